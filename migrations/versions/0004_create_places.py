"""Countries, administrative areas with their past, disputed features and towns."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = r"""
CREATE TABLE countries (
  iso3 TEXT NOT NULL,
  iso2 TEXT NOT NULL,
  m49 INTEGER,
  names JSONB NOT NULL,
  region BOOLEAN DEFAULT false NOT NULL,
  position INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_countries PRIMARY KEY (iso3),
  CONSTRAINT uq_countries_iso2 UNIQUE (iso2),
  CONSTRAINT ck_countries_names CHECK (names ? 'en')
);

CREATE TABLE areas (
  id UUID DEFAULT uuid_v7() NOT NULL,
  code TEXT NOT NULL,
  pcode TEXT,
  iso TEXT,
  level SMALLINT NOT NULL,
  country_iso3 TEXT NOT NULL,
  parent_id UUID,
  names JSONB NOT NULL,
  spellings TEXT[] DEFAULT '{}' NOT NULL,
  valid_from DATE,
  valid_to DATE,
  population BIGINT,
  population_on DATE,
  geometry geometry(MULTIPOLYGON,4326) NOT NULL,
  label_point geometry(POINT,4326),
  source TEXT NOT NULL,
  note JSONB,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  search TSVECTOR,
  CONSTRAINT pk_areas PRIMARY KEY (id),
  CONSTRAINT ck_areas_level CHECK (level BETWEEN 0 AND 4),
  CONSTRAINT ck_areas_valid CHECK (valid_from < valid_to),
  CONSTRAINT ck_areas_population CHECK (population >= 0),
  CONSTRAINT ex_areas_code EXCLUDE USING gist (code WITH =, daterange(valid_from, valid_to) WITH &&),
  CONSTRAINT fk_areas_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3),
  CONSTRAINT fk_areas_parent_id_areas FOREIGN KEY(parent_id) REFERENCES areas (id),
  CONSTRAINT ck_areas_names CHECK (names ? 'en')
);
CREATE INDEX idx_areas_geometry ON areas USING gist (geometry);
CREATE INDEX ix_areas_code ON areas (code);
CREATE INDEX ix_areas_country_iso3 ON areas (country_iso3);
CREATE INDEX ix_areas_iso ON areas (iso);
CREATE INDEX ix_areas_parent_id ON areas (parent_id);
CREATE INDEX ix_areas_pcode ON areas (pcode);
CREATE INDEX ix_areas_search ON areas USING gin (search);
CREATE INDEX ix_areas_updated_at ON areas (updated_at);

CREATE TABLE area_predecessors (
  area_id UUID NOT NULL,
  predecessor_id UUID NOT NULL,
  share DOUBLE PRECISION,
  CONSTRAINT pk_area_predecessors PRIMARY KEY (area_id, predecessor_id),
  CONSTRAINT ck_area_predecessors_share CHECK (share > 0 AND share <= 1),
  CONSTRAINT fk_area_predecessors_area_id_areas FOREIGN KEY(area_id) REFERENCES areas (id) ON DELETE CASCADE,
  CONSTRAINT fk_area_predecessors_predecessor_id_areas FOREIGN KEY(predecessor_id) REFERENCES areas (id) ON DELETE CASCADE
);
CREATE INDEX ix_area_predecessors_predecessor_id ON area_predecessors (predecessor_id);

CREATE TABLE disputed_features (
  id UUID DEFAULT uuid_v7() NOT NULL,
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  kind TEXT NOT NULL,
  claimants TEXT[] DEFAULT '{}' NOT NULL,
  note JSONB,
  source TEXT NOT NULL,
  geometry geometry(GEOMETRY,4326) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_disputed_features PRIMARY KEY (id),
  CONSTRAINT ck_disputed_features_kind CHECK (kind IN ('area', 'line')),
  CONSTRAINT uq_disputed_features_code UNIQUE (code),
  CONSTRAINT ck_disputed_features_names CHECK (names ? 'en')
);
CREATE INDEX idx_disputed_features_geometry ON disputed_features USING gist (geometry);
CREATE INDEX ix_disputed_features_updated_at ON disputed_features (updated_at);

CREATE TABLE places (
  id UUID DEFAULT uuid_v7() NOT NULL,
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  spellings TEXT[] DEFAULT '{}' NOT NULL,
  country_iso3 TEXT NOT NULL,
  area_id UUID,
  kind TEXT NOT NULL,
  rank INTEGER DEFAULT '9' NOT NULL,
  location geometry(POINT,4326) NOT NULL,
  source TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_places PRIMARY KEY (id),
  CONSTRAINT ck_places_kind CHECK (kind IN ('capital', 'city', 'town')),
  CONSTRAINT uq_places_code UNIQUE (code),
  CONSTRAINT fk_places_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3),
  CONSTRAINT fk_places_area_id_areas FOREIGN KEY(area_id) REFERENCES areas (id),
  CONSTRAINT ck_places_names CHECK (names ? 'en')
);
CREATE INDEX idx_places_location ON places USING gist (location);
CREATE INDEX ix_places_country_iso3 ON places (country_iso3);
CREATE INDEX ix_places_updated_at ON places (updated_at);

CREATE FUNCTION document_area() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := search_document(
        concat_ws(' ', NEW.code, NEW.pcode, NEW.iso, all_names(NEW.names), array_to_string(NEW.spellings, ' ')),
        (SELECT all_names(names) FROM countries WHERE iso3 = NEW.country_iso3),
        NULL);
    RETURN NEW;
END $$;
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON areas FOR EACH ROW EXECUTE FUNCTION document_area();
CREATE TRIGGER learn_inserted AFTER INSERT ON areas REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER learn_updated AFTER UPDATE ON areas REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();

-- The areas that a p-code, an ISO 3166-2 or our own code names, in whatever time; all below them; and those of the past
-- that went into them whole, so that Khyber Pakhtunkhwa finds what happened in the Tribal Areas
CREATE FUNCTION areas_within(codes text[]) RETURNS SETOF uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE within (id) AS (
        SELECT id FROM areas WHERE code = ANY (codes) OR pcode = ANY (codes) OR iso = ANY (codes)
        UNION
        SELECT further.id
        FROM within, LATERAL (
            SELECT id FROM areas WHERE parent_id = within.id
            UNION ALL
            SELECT predecessor_id FROM area_predecessors WHERE area_id = within.id AND share >= 0.95
        ) AS further
    )
    SELECT id FROM within
$$;

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON areas FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON disputed_features FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON places FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON countries
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('places');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON areas
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('places');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON area_predecessors
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('places');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON disputed_features
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('places');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON places
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('places');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        DROP TABLE places, disputed_features, area_predecessors, areas, countries;
        DROP FUNCTION document_area(), areas_within(text[]);
    """)
