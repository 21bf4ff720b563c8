"""Extensions and the functions that every table stands on: identifiers, names by language, change tracking."""

from alembic import op

revision = "0001"
down_revision = None

EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")

FUNCTIONS = r"""
-- RFC 9562 version 7: 48 bits of Unix milliseconds over random bits. PostgreSQL has none of its own before 18
CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                    PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                    FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid
$$;

-- the name in the reader's language, in English where there is none
CREATE FUNCTION label(names jsonb, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(names ->> lang, names ->> 'en')
$$;

-- 'CA', 7, 4711 becomes CA-0004711; a number that outgrows its width keeps all its digits
CREATE FUNCTION numbered(prefix text, width int, number bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT prefix || '-' || lpad(number::text, greatest(width, length(number::text)), '0')
$$;

-- One row for each statement that changed a layer; the version of a layer is the sum of its bumps. Rows are only
-- appended, so writers never wait for one another here
CREATE TABLE layer_changes (
    layer      text        NOT NULL,
    bumps      bigint      NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO layer_changes (layer) VALUES (TG_ARGV[0]);
    PERFORM pg_notify('layer_changes', TG_ARGV[0]);
    RETURN NULL;
END $$;

-- Many rows become one with the same sum: no reader sees another version
CREATE FUNCTION compact_layer_changes() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM layer_changes RETURNING layer, bumps, changed_at)
    INSERT INTO layer_changes (layer, bumps, changed_at)
    SELECT layer, sum(bumps), max(changed_at) FROM gone GROUP BY layer
$$;

-- A transaction that writes holds a shared lock naming the second it began (since 2020), before it takes the time for
-- updated_at. So whoever sees no lock older than t knows that nothing before t can still commit: see synced_to()
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(2013, (floor(extract(epoch FROM now())) - 1577836800)::int);
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;

-- The time before which no change can still commit. Call it in a statement before the one that reads the rows
CREATE FUNCTION synced_to() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    WITH asked AS MATERIALIZED (SELECT clock_timestamp() AS at),
         writing AS (
             SELECT min(to_timestamp(objid::bigint + 1577836800)) AS since
             FROM asked, pg_locks
             WHERE locktype = 'advisory' AND classid = 2013 AND objsubid = 2 AND granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         )
    SELECT least(asked.at, writing.since) FROM asked, writing
$$;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.execute(FUNCTIONS)


def downgrade() -> None:
    op.execute("""
        DROP FUNCTION synced_to(), touch(), compact_layer_changes(), note_change(), numbered(text, int, bigint),
                      label(jsonb, text), uuid_v7();
        DROP TABLE layer_changes;
    """)  # the extensions stay: they may have been there before us
