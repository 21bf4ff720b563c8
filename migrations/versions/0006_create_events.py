"""Disaster events and the figures each source gave."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = r"""
CREATE TABLE events (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  titles JSONB NOT NULL,
  summary JSONB,
  hazard_code TEXT NOT NULL,
  status TEXT NOT NULL,
  alert_level TEXT,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  started_precision TEXT DEFAULT 'day' NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  place JSONB,
  geometry geometry(GEOMETRY,4326),
  geometry_precision TEXT,
  exercise BOOLEAN DEFAULT false NOT NULL,
  parent_id UUID,
  visibility TEXT DEFAULT 'public' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  search TSVECTOR,
  CONSTRAINT pk_events PRIMARY KEY (id),
  CONSTRAINT ck_events_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_events_status CHECK (status IN ('alert', 'ongoing', 'closed')),
  CONSTRAINT ck_events_alert_level CHECK (alert_level IN ('green', 'orange', 'red')),
  CONSTRAINT ck_events_started_precision CHECK (started_precision IN ('minute', 'hour', 'day', 'month')),
  CONSTRAINT ck_events_geometry_precision CHECK (geometry_precision IN ('printed', 'approximate', 'exact')),
  CONSTRAINT ck_events_ended_at CHECK (started_at <= ended_at),
  CONSTRAINT ck_events_geometry CHECK ((geometry IS NULL) = (geometry_precision IS NULL)),
  CONSTRAINT ck_events_parent_id CHECK (parent_id <> id),
  CONSTRAINT uq_events_ref UNIQUE (ref),
  CONSTRAINT fk_events_hazard_code_hazards FOREIGN KEY(hazard_code) REFERENCES hazards (code),
  CONSTRAINT fk_events_parent_id_events FOREIGN KEY(parent_id) REFERENCES events (id),
  CONSTRAINT ck_events_titles CHECK (titles ? 'en')
);
CREATE INDEX idx_events_geometry ON events USING gist (geometry);
CREATE INDEX ix_events_hazard_code ON events (hazard_code);
CREATE INDEX ix_events_search ON events USING gin (search);
CREATE INDEX ix_events_started_at_id ON events (started_at DESC, id DESC);
CREATE INDEX ix_events_updated_at ON events (updated_at);

CREATE TABLE event_countries (
  event_id UUID NOT NULL,
  country_iso3 TEXT NOT NULL,
  CONSTRAINT pk_event_countries PRIMARY KEY (event_id, country_iso3),
  CONSTRAINT fk_event_countries_event_id_events FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT fk_event_countries_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3)
);
CREATE INDEX ix_event_countries_country_iso3 ON event_countries (country_iso3);

CREATE TABLE event_areas (
  event_id UUID NOT NULL,
  area_id UUID NOT NULL,
  CONSTRAINT pk_event_areas PRIMARY KEY (event_id, area_id),
  CONSTRAINT fk_event_areas_event_id_events FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT fk_event_areas_area_id_areas FOREIGN KEY(area_id) REFERENCES areas (id)
);
CREATE INDEX ix_event_areas_area_id ON event_areas (area_id);

CREATE TABLE event_glides (
  event_id UUID NOT NULL,
  glide TEXT NOT NULL,
  CONSTRAINT pk_event_glides PRIMARY KEY (event_id, glide),
  CONSTRAINT ck_event_glides_glide CHECK (glide ~ '^[A-Z]{2}-[0-9]{4}-[0-9]{6}-[A-Z]{3}$'),
  CONSTRAINT fk_event_glides_event_id_events FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE
);
CREATE INDEX ix_event_glides_glide ON event_glides (glide);

CREATE TABLE sources (
  id UUID DEFAULT uuid_v7() NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT,
  kind TEXT NOT NULL,
  published_on DATE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_sources PRIMARY KEY (id),
  CONSTRAINT ck_sources_kind CHECK (kind IN ('government', 'un', 'red_cross_red_crescent', 'science', 'media', 'other')),
  CONSTRAINT uq_sources_code UNIQUE (code)
);
CREATE INDEX ix_sources_updated_at ON sources (updated_at);

CREATE TABLE figures (
  id UUID DEFAULT uuid_v7() NOT NULL,
  event_id UUID NOT NULL,
  indicator_code TEXT NOT NULL,
  value NUMERIC,
  low NUMERIC,
  high NUMERIC,
  qualifier TEXT NOT NULL,
  source_id UUID NOT NULL,
  method TEXT,
  country_iso3 TEXT,
  as_of DATE,
  note JSONB,
  is_headline BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_figures PRIMARY KEY (id),
  CONSTRAINT ck_figures_qualifier CHECK (qualifier IN ('exact', 'about', 'at_least', 'range')),
  CONSTRAINT ck_figures_method CHECK (method IN ('official', 'estimate', 'modelled', 'media')),
  CONSTRAINT ck_figures_value CHECK (CASE qualifier WHEN 'range' THEN value IS NULL AND low <= high ELSE value >= 0 AND low IS NULL AND high IS NULL END IS TRUE),
  CONSTRAINT ck_figures_low CHECK (low >= 0),
  CONSTRAINT fk_figures_event_id_events FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT fk_figures_indicator_code_indicators FOREIGN KEY(indicator_code) REFERENCES indicators (code),
  CONSTRAINT fk_figures_source_id_sources FOREIGN KEY(source_id) REFERENCES sources (id),
  CONSTRAINT fk_figures_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3)
);
CREATE INDEX ix_figures_event_id ON figures (event_id);
CREATE INDEX ix_figures_source_id ON figures (source_id);
CREATE INDEX ix_figures_updated_at ON figures (updated_at);
CREATE UNIQUE INDEX uq_figures_headline ON figures (event_id, indicator_code) WHERE is_headline;

CREATE SEQUENCE events_number START 101;  -- the seed numbers its own below

CREATE FUNCTION number_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := coalesce(NEW.ref, numbered('EV-' || extract(year FROM NEW.started_at AT TIME ZONE 'UTC'), 4, nextval('events_number')));
    RETURN NEW;
END $$;
CREATE TRIGGER a_number BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION number_event();

CREATE FUNCTION document_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := search_document(
        concat_ws(' ', NEW.ref, all_names(NEW.titles), (SELECT string_agg(glide, ' ') FROM event_glides WHERE event_id = NEW.id)),
        concat_ws(' ',
            (SELECT all_names(names) FROM hazards WHERE code = NEW.hazard_code),
            all_names(NEW.place),
            (SELECT string_agg(all_names(names), ' ') FROM event_countries JOIN countries ON iso3 = country_iso3 WHERE event_id = NEW.id),
            (SELECT string_agg(concat_ws(' ', all_names(names), array_to_string(spellings, ' ')), ' ')
             FROM event_areas JOIN areas ON areas.id = area_id WHERE event_id = NEW.id)),
        all_names(NEW.summary));
    RETURN NEW;
END $$;
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON events FOR EACH ROW EXECUTE FUNCTION document_event();
CREATE TRIGGER learn_inserted AFTER INSERT ON events REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER learn_updated AFTER UPDATE ON events REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();

-- what belongs to an event changes the event: its document and the time it last changed
CREATE FUNCTION refresh_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events SET updated_at = clock_timestamp()
    WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.event_id ELSE NEW.event_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_event AFTER INSERT OR UPDATE OR DELETE ON event_countries FOR EACH ROW EXECUTE FUNCTION refresh_event();
CREATE TRIGGER refresh_event AFTER INSERT OR UPDATE OR DELETE ON event_areas FOR EACH ROW EXECUTE FUNCTION refresh_event();
CREATE TRIGGER refresh_event AFTER INSERT OR UPDATE OR DELETE ON event_glides FOR EACH ROW EXECUTE FUNCTION refresh_event();
CREATE TRIGGER refresh_event AFTER INSERT OR UPDATE OR DELETE ON figures FOR EACH ROW EXECUTE FUNCTION refresh_event();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON events FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON sources FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON figures FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON event_countries
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON event_areas
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON event_glides
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON sources
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON figures
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        DROP TABLE figures, sources, event_glides, event_areas, event_countries, events;
        DROP FUNCTION number_event(), document_event(), refresh_event();
        DROP SEQUENCE events_number;
    """)
