"""Who keeps an event, exact bases that fewer may see than the record, and names without an English one.

What an audience could see and no longer can stands in `departures`, so that those who follow changes are told and learn
nothing else.
"""

from alembic import op

revision = "0025"
down_revision = "0024"

COLUMNS = r"""
ALTER TABLE events ADD organisation_id uuid;
ALTER TABLE events ADD CONSTRAINT fk_events_organisation_id_organisations
    FOREIGN KEY (organisation_id) REFERENCES organisations (id);
ALTER TABLE events ADD CONSTRAINT ck_events_organisation_id CHECK (visibility <> 'own' OR organisation_id IS NOT NULL);
CREATE INDEX ix_events_organisation_id ON events (organisation_id);

ALTER TABLE capacities
    ADD base_visibility text DEFAULT 'public' NOT NULL,
    ADD exact_place jsonb,
    ADD exact_location geometry(POINT, 4326),
    ADD CONSTRAINT ck_capacities_base_visibility CHECK (base_visibility IN ('public', 'partners', 'centre', 'own')),
    ADD CONSTRAINT ck_capacities_exact_location CHECK (exact_location IS NULL OR location IS NULL),
    ADD CONSTRAINT ck_capacities_exact_place CHECK (exact_place IS NULL OR base_place IS NULL),
    ADD CONSTRAINT ck_capacities_exact_place_texts CHECK (exact_place IS NULL OR are_texts(exact_place)),
    ADD CONSTRAINT ck_capacities_exact_location_earth CHECK (exact_location IS NULL OR (
        ST_X(exact_location) BETWEEN -180 AND 180 AND ST_Y(exact_location) BETWEEN -90 AND 90));
CREATE INDEX ix_capacities_exact ON capacities USING gist (exact_location)
    WHERE exact_location IS NOT NULL OR exact_place IS NOT NULL;
CREATE INDEX ix_capacities_exact_geography ON capacities USING gist ((exact_location::geography))
    WHERE exact_location IS NOT NULL OR exact_place IS NOT NULL;
CREATE INDEX ix_capacities_own ON capacities (organisation_id, visibility) WHERE visibility <> 'public';

ALTER TABLE events DROP CONSTRAINT ck_events_titles;
ALTER TABLE events ADD CONSTRAINT ck_events_titles CHECK (titles <> '{}');
ALTER TABLE capacities DROP CONSTRAINT ck_capacities_names;
ALTER TABLE capacities ADD CONSTRAINT ck_capacities_names CHECK (names <> '{}');
"""

# Whoever writes in Dari need not write English; where the reader's language is missing another one is better than none
LABEL = """
CREATE OR REPLACE FUNCTION label(names jsonb, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(names ->> lang, names ->> 'en'{others})
$$
"""
OTHERS = "".join(f", names ->> '{lang}'" for lang in ("ru", "fa-AF", "ps", "kk", "ky"))

DEPARTURES = r"""
CREATE TABLE departures (
  record_id UUID NOT NULL,
  audience TEXT NOT NULL,
  noun TEXT NOT NULL,
  ref TEXT NOT NULL,
  left_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_departures PRIMARY KEY (record_id, audience),
  CONSTRAINT ck_departures_audience CHECK (audience IN ('public', 'partners', 'centre'))
);
CREATE INDEX ix_departures_left_at ON departures (noun, left_at);

-- who sees a record of this visibility: each audience sees what the wider ones see
CREATE FUNCTION audiences(visibility text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE visibility WHEN 'public' THEN ARRAY['public', 'partners', 'centre']
                           WHEN 'partners' THEN ARRAY['partners', 'centre']
                           WHEN 'centre' THEN ARRAY['centre'] ELSE '{}'::text[] END
$$;

CREATE FUNCTION note_departure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    still text[] := CASE TG_OP WHEN 'DELETE' THEN '{}' ELSE audiences(NEW.visibility) END;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(2013, (floor(extract(epoch FROM now())) - 1577836800)::int);  -- see touch()
    INSERT INTO departures (record_id, audience, noun, ref)
    SELECT OLD.id, audience, TG_ARGV[0], OLD.ref
    FROM unnest(audiences(OLD.visibility)) audience WHERE audience <> ALL (still)
    ON CONFLICT (record_id, audience) DO UPDATE SET left_at = clock_timestamp();
    DELETE FROM departures WHERE record_id = OLD.id AND audience = ANY (still);
    RETURN NULL;
END $$;
"""
TABLES = {"events": "events", "capacities": "capacities", "stock_positions": "stock"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(COLUMNS)
    op.execute(LABEL.format(others=OTHERS))
    op.execute(DEPARTURES)
    for table, noun in TABLES.items():
        op.execute(f"""
            CREATE TRIGGER note_narrowed AFTER UPDATE OF visibility ON {table} FOR EACH ROW
                WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION note_departure('{noun}');
            CREATE TRIGGER note_deleted AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION note_departure('{noun}');
        """)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER note_narrowed ON {table}; DROP TRIGGER note_deleted ON {table}")
    op.execute("""
        DROP FUNCTION note_departure(), audiences(text);
        DROP TABLE departures;
        ALTER TABLE capacities DROP CONSTRAINT ck_capacities_names;
        ALTER TABLE capacities ADD CONSTRAINT ck_capacities_names CHECK (names ? 'en');
        ALTER TABLE events DROP CONSTRAINT ck_events_titles;
        ALTER TABLE events ADD CONSTRAINT ck_events_titles CHECK (titles ? 'en');
        DROP INDEX ix_capacities_own;
        ALTER TABLE capacities DROP base_visibility, DROP exact_place, DROP exact_location;
        ALTER TABLE events DROP organisation_id;
    """)
    op.execute(LABEL.format(others=""))
