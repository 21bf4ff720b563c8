"""A change is told to the widest audience that can see it, and to nobody else: `events`, `events/partners`, `events/centre`, `events/own`.

A source is seen where a figure that comes from it is, so it is told of like the events of those figures. The indexes are
for askers who see more than everybody: what they count near a place, and what is not public in a country.
"""

from alembic import op

revision = "0029"
down_revision = "0028"

WIDEST = "max(array_position(ARRAY['own', 'centre', 'partners', 'public'], visibility))"

TELL = r"""
-- with the rights of whoever calls it, which are the owner's in a trigger only
CREATE FUNCTION tell_change(layer text, told int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    heard text := layer || (ARRAY['/own', '/centre', '/partners', ''])[told];  -- NULL where no row changed
BEGIN
    IF heard IS NOT NULL THEN
        INSERT INTO layer_changes (layer) VALUES (heard);
        PERFORM pg_notify('layer_changes', heard);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION note_visible_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    told int;
BEGIN
    CASE TG_OP
        WHEN 'INSERT' THEN told := (SELECT {widest} FROM new_rows);
        WHEN 'DELETE' THEN told := (SELECT {widest} FROM old_rows);
        ELSE told := greatest((SELECT {widest} FROM new_rows), (SELECT {widest} FROM old_rows));
    END CASE;
    PERFORM tell_change(TG_ARGV[0], told);
    RETURN NULL;
END $$;

-- one that no figure comes from is seen by nobody
CREATE FUNCTION note_source_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM tell_change('events', (
        SELECT {widest} FROM events
        WHERE id IN (SELECT event_id FROM figures WHERE source_id IN (SELECT id FROM new_rows))));
    RETURN NULL;
END $$;
DROP TRIGGER note_change ON sources;
CREATE TRIGGER note_change AFTER TRUNCATE ON sources FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
CREATE TRIGGER note_update AFTER UPDATE ON sources REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_source_change();
DELETE FROM layer_changes WHERE layer LIKE '%/hidden';
"""

TELL_PUBLIC = r"""
CREATE OR REPLACE FUNCTION note_visible_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    layer text := TG_ARGV[0];
    told  int;   -- 1: somebody may see a row that changed, 0: nobody may, NULL: no row changed
BEGIN
    CASE TG_OP
        WHEN 'INSERT' THEN told := (SELECT max((visibility = 'public')::int) FROM new_rows);
        WHEN 'DELETE' THEN told := (SELECT max((visibility = 'public')::int) FROM old_rows);
        ELSE told := greatest((SELECT max((visibility = 'public')::int) FROM new_rows),
                              (SELECT max((visibility = 'public')::int) FROM old_rows));
    END CASE;
    IF told IS NOT NULL THEN
        layer := CASE told WHEN 1 THEN layer ELSE layer || '/hidden' END;
        INSERT INTO layer_changes (layer) VALUES (layer);
        PERFORM pg_notify('layer_changes', layer);
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER note_update ON sources;
DROP TRIGGER note_change ON sources;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON sources
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
DROP FUNCTION note_source_change(), tell_change(text, int);
DELETE FROM layer_changes WHERE layer LIKE '%/%';
"""

# `organisation_id`, for what is one's own: equal entries are folded into one, so the index hardly grows
PLACED = """
DROP INDEX ix_capacities_placed;
CREATE INDEX ix_capacities_placed ON capacities (type_code, country_iso3, {organisation}visibility, withdrawn_at)
    WHERE location IS NOT NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TELL.format(widest=WIDEST))
    op.execute(PLACED.format(organisation="organisation_id, "))
    op.execute(
        "CREATE INDEX ix_capacities_hidden ON capacities (visibility, country_iso3) WHERE visibility <> 'public'"
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_capacities_hidden")
    op.execute(PLACED.format(organisation=""))
    op.execute(TELL_PUBLIC)
