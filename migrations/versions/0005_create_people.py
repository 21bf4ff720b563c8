"""Organisations by stable code, and the meetings that made the Centre."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = r"""
CREATE TABLE organisations (
  id UUID DEFAULT uuid_v7() NOT NULL,
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  aliases TEXT[] DEFAULT '{}' NOT NULL,
  kind TEXT NOT NULL,
  country_iso3 TEXT,
  relation TEXT,
  url TEXT,
  source TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  search TSVECTOR,
  CONSTRAINT pk_organisations PRIMARY KEY (id),
  CONSTRAINT ck_organisations_kind CHECK (kind IN ('authority', 'ministry', 'red_cross_red_crescent', 'un', 'international', 'regional', 'donor', 'ngo', 'military', 'science', 'other')),
  CONSTRAINT ck_organisations_relation CHECK (relation IN ('party', 'acceding', 'participating', 'supporting')),
  CONSTRAINT uq_organisations_code UNIQUE (code),
  CONSTRAINT fk_organisations_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3),
  CONSTRAINT ck_organisations_names CHECK (names ? 'en')
);
CREATE INDEX ix_organisations_country_iso3 ON organisations (country_iso3);
CREATE INDEX ix_organisations_search ON organisations USING gin (search);
CREATE INDEX ix_organisations_updated_at ON organisations (updated_at);

CREATE TABLE meetings (
  id UUID DEFAULT uuid_v7() NOT NULL,
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  held_on DATE,
  held_until DATE,
  place JSONB NOT NULL,
  status TEXT NOT NULL,
  note JSONB,
  source TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_meetings PRIMARY KEY (id),
  CONSTRAINT ck_meetings_status CHECK (status IN ('held', 'planned')),
  CONSTRAINT uq_meetings_code UNIQUE (code),
  CONSTRAINT ck_meetings_names CHECK (names ? 'en')
);
CREATE INDEX ix_meetings_updated_at ON meetings (updated_at);

CREATE FUNCTION document_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := search_document(
        concat_ws(' ', NEW.code, all_names(NEW.names), array_to_string(NEW.aliases, ' ')),
        (SELECT all_names(names) FROM countries WHERE iso3 = NEW.country_iso3),
        NULL);
    RETURN NEW;
END $$;
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION document_organisation();
CREATE TRIGGER learn_inserted AFTER INSERT ON organisations REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER learn_updated AFTER UPDATE ON organisations REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON meetings FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON organisations
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('people');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON meetings
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('people');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        DROP TABLE meetings, organisations;
        DROP FUNCTION document_organisation();
    """)
