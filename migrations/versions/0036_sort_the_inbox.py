"""Candidates: what feeds brought, one a happening, with what was decided on it; and the rules by which they are sorted."""

from alembic import op

revision = "0036"
down_revision = "0035"

TABLES = r"""
CREATE TABLE inbox_rules (
  id UUID DEFAULT uuid_v7() NOT NULL,
  position INTEGER NOT NULL,
  does TEXT NOT NULL,
  reason TEXT DEFAULT '' NOT NULL,
  is_enabled BOOLEAN DEFAULT true NOT NULL,
  feeds TEXT[] DEFAULT '{}' NOT NULL,
  hazards TEXT[] DEFAULT '{}' NOT NULL,
  countries TEXT[] DEFAULT '{}' NOT NULL,
  area TEXT,
  anywhere BOOLEAN DEFAULT false NOT NULL,
  magnitude_from DOUBLE PRECISION,
  magnitude_below DOUBLE PRECISION,
  depth_from_km DOUBLE PRECISION,
  depth_to_km DOUBLE PRECISION,
  alert_from TEXT,
  alert_to TEXT,
  words TEXT DEFAULT '' NOT NULL,
  event_status TEXT DEFAULT 'ongoing' NOT NULL,
  event_visibility TEXT DEFAULT 'public' NOT NULL,
  organisation_id UUID,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_inbox_rules PRIMARY KEY (id),
  CONSTRAINT uq_inbox_rules_position UNIQUE (position) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_inbox_rules_does CHECK (does IN ('drop', 'keep', 'urgent', 'publish')),
  CONSTRAINT ck_inbox_rules_reason CHECK (does <> 'drop' OR reason <> ''),
  CONSTRAINT ck_inbox_rules_alert_from CHECK (alert_from IN ('green', 'orange', 'red')),
  CONSTRAINT ck_inbox_rules_alert_to CHECK (alert_to IN ('green', 'orange', 'red')),
  CONSTRAINT ck_inbox_rules_event_status CHECK (event_status IN ('alert', 'ongoing', 'closed')),
  CONSTRAINT ck_inbox_rules_event_visibility CHECK (event_visibility IN ('public', 'partners', 'centre')),
  CONSTRAINT fk_inbox_rules_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id)
);
CREATE INDEX ix_inbox_rules_updated_at ON inbox_rules (updated_at);

CREATE TABLE candidates (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  status TEXT NOT NULL,
  is_changed BOOLEAN DEFAULT false NOT NULL,
  urgent BOOLEAN DEFAULT false NOT NULL,
  titles JSONB NOT NULL,
  hazard_code TEXT,
  started_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  magnitude DOUBLE PRECISION,
  magnitude_type TEXT DEFAULT '' NOT NULL,
  magnitude_most DOUBLE PRECISION,
  depth_km DOUBLE PRECISION,
  alert_level TEXT,
  population BIGINT,
  geometry geometry(GEOMETRY,4326),
  town JSONB,
  region TEXT NOT NULL,
  countries TEXT[] DEFAULT '{}' NOT NULL,
  areas TEXT[] DEFAULT '{}' NOT NULL,
  glides TEXT[] DEFAULT '{}' NOT NULL,
  feeds TEXT[] DEFAULT '{}' NOT NULL,
  is_exercise BOOLEAN DEFAULT false NOT NULL,
  is_test BOOLEAN DEFAULT false NOT NULL,
  is_cancelled BOOLEAN DEFAULT false NOT NULL,
  chosen JSONB DEFAULT '{}' NOT NULL,
  rule_id UUID,
  reason TEXT DEFAULT '' NOT NULL,
  changed TEXT[] DEFAULT '{}' NOT NULL,
  event_id UUID,
  decided_at TIMESTAMP WITH TIME ZONE,
  decided_by_id UUID,
  decided JSONB,
  raised_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  waits BOOLEAN GENERATED ALWAYS AS (status = 'undecided' OR is_changed) STORED,
  gravity BIGINT GENERATED ALWAYS AS (
    (CASE WHEN is_changed THEN 2 WHEN urgent THEN 1 ELSE 0 END) * 100000000000
    + floor(extract(epoch FROM raised_at AT TIME ZONE 'UTC'))::bigint) STORED,
  search TSVECTOR,
  CONSTRAINT pk_candidates PRIMARY KEY (id),
  CONSTRAINT uq_candidates_ref UNIQUE (ref),
  CONSTRAINT ck_candidates_status CHECK (status IN ('undecided', 'dropped', 'event', 'dismissed')),
  CONSTRAINT ck_candidates_region CHECK (region IN ('inside', 'near', 'said', 'unknown', 'outside')),
  CONSTRAINT ck_candidates_alert_level CHECK (alert_level IN ('green', 'orange', 'red')),
  CONSTRAINT ck_candidates_titles CHECK (titles <> '{}'),
  CONSTRAINT ck_candidates_event_id CHECK (event_id IS NULL OR status = 'event'),
  CONSTRAINT fk_candidates_hazard_code_hazards FOREIGN KEY(hazard_code) REFERENCES hazards (code),
  CONSTRAINT fk_candidates_rule_id_inbox_rules FOREIGN KEY(rule_id) REFERENCES inbox_rules (id) ON DELETE SET NULL,
  CONSTRAINT fk_candidates_event_id_events FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE SET NULL
);
CREATE INDEX idx_candidates_geometry ON candidates USING gist (geometry);
CREATE INDEX ix_candidates_updated_at ON candidates (updated_at);
CREATE INDEX ix_candidates_gravity_id ON candidates (gravity DESC, id DESC);
CREATE INDEX ix_candidates_waits ON candidates (gravity DESC, id DESC) WHERE waits;
CREATE INDEX ix_candidates_event_id ON candidates (event_id);
CREATE INDEX ix_candidates_rule_id ON candidates (rule_id);
CREATE INDEX ix_candidates_search ON candidates USING gin (search);

CREATE TABLE candidate_items (
  item_id UUID NOT NULL,
  candidate_id UUID NOT NULL,
  feed_id UUID NOT NULL,
  revision INTEGER NOT NULL,
  said JSONB NOT NULL,
  kin TEXT NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE,
  point geometry(POINT,4326),
  placed JSONB NOT NULL,
  CONSTRAINT pk_candidate_items PRIMARY KEY (item_id),
  CONSTRAINT fk_candidate_items_item_id_feed_items FOREIGN KEY(item_id) REFERENCES feed_items (id) ON DELETE CASCADE,
  CONSTRAINT fk_candidate_items_candidate_id_candidates FOREIGN KEY(candidate_id) REFERENCES candidates (id) ON DELETE CASCADE,
  CONSTRAINT fk_candidate_items_feed_id_feeds FOREIGN KEY(feed_id) REFERENCES feeds (id) ON DELETE CASCADE
);
CREATE INDEX ix_candidate_items_candidate_id ON candidate_items (candidate_id);
CREATE INDEX ix_candidate_items_feed_id ON candidate_items (feed_id);
CREATE INDEX ix_candidate_items_kin ON candidate_items (kin, started_at);

CREATE TABLE candidate_keys (
  key TEXT NOT NULL,
  candidate_id UUID NOT NULL,
  CONSTRAINT pk_candidate_keys PRIMARY KEY (key),
  CONSTRAINT fk_candidate_keys_candidate_id_candidates FOREIGN KEY(candidate_id) REFERENCES candidates (id) ON DELETE CASCADE
);
CREATE INDEX ix_candidate_keys_candidate_id ON candidate_keys (candidate_id);

CREATE TABLE candidate_changes (
  id UUID DEFAULT uuid_v7() NOT NULL,
  candidate_id UUID NOT NULL,
  feed TEXT NOT NULL,
  revision INTEGER NOT NULL,
  was JSONB NOT NULL,
  is_now JSONB NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_candidate_changes PRIMARY KEY (id),
  CONSTRAINT fk_candidate_changes_candidate_id_candidates
    FOREIGN KEY(candidate_id) REFERENCES candidates (id) ON DELETE CASCADE
);
CREATE INDEX ix_candidate_changes_candidate_id ON candidate_changes (candidate_id, id);

ALTER TABLE feed_items ADD CONSTRAINT fk_feed_items_candidate_id_candidates
    FOREIGN KEY (candidate_id) REFERENCES candidates (id) ON DELETE SET NULL;

CREATE SEQUENCE candidates_number;

CREATE FUNCTION number_candidate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := coalesce(NEW.ref, numbered('CD', 6, nextval('candidates_number')));
    RETURN NEW;
END $$;
CREATE TRIGGER a_number BEFORE INSERT ON candidates FOR EACH ROW EXECUTE FUNCTION number_candidate();

-- the words stay here: none of them goes into the vocabulary that every reader's typing errors are looked up in
CREATE FUNCTION document_candidate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := search_document(
        concat_ws(' ', NEW.ref, all_names(NEW.titles), array_to_string(NEW.glides, ' ')),
        concat_ws(' ',
            (SELECT all_names(names) FROM hazards WHERE code = NEW.hazard_code),
            (SELECT string_agg(all_names(names), ' ') FROM countries WHERE iso3 = ANY (NEW.countries))),
        concat_ws(' ', NEW.reason, array_to_string(NEW.feeds, ' ')));
    RETURN NEW;
END $$;
CREATE TRIGGER document BEFORE INSERT OR UPDATE OF titles, glides, hazard_code, countries, reason, feeds ON candidates
    FOR EACH ROW EXECUTE FUNCTION document_candidate();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON candidates FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON inbox_rules FOR EACH ROW EXECUTE FUNCTION touch();

-- the inbox is the Centre's: nobody else hears of it
CREATE FUNCTION note_inbox_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM tell_change('inbox', 2);
    RETURN NULL;
END $$;
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR TRUNCATE ON candidates
    FOR EACH STATEMENT EXECUTE FUNCTION note_inbox_change();
-- an event that is deleted empties the column of its candidates, also where it has none: the Centre would hear of hidden events
CREATE FUNCTION note_changed_candidates() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        PERFORM tell_change('inbox', 2);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_changed AFTER UPDATE ON candidates REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_candidates();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON inbox_rules
    FOR EACH STATEMENT EXECUTE FUNCTION note_inbox_change();

-- the first rules; an administrator changes them as the Centre wishes
INSERT INTO inbox_rules (position, does, reason, hazards, magnitude_from, magnitude_below, alert_from) VALUES
    (1, 'urgent', '', '{}', NULL, NULL, 'orange'),
    (2, 'urgent', '', '{EQ}', 6.5, NULL, NULL),
    (3, 'drop', 'Earthquake below M 4.5 · Землетрясение слабее M 4,5', '{EQ}', NULL, 4.5, NULL);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE feed_items DROP CONSTRAINT fk_feed_items_candidate_id_candidates;
        DROP TABLE candidate_changes, candidate_keys, candidate_items, candidates, inbox_rules;
        DROP FUNCTION note_inbox_change(), note_changed_candidates(), document_candidate(), number_candidate();
        DROP SEQUENCE candidates_number;
    """)
