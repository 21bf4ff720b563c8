"""A hidden record that changes gives the public layer no new version: nobody can tell from a tag that it is there."""

from alembic import op

revision = "0013"
down_revision = "0012"

LAYERS = {"events": "events", "capacities": "capacities", "stock_positions": "stock"}
# Their row triggers change the record that they belong to, which then tells of it itself
PARTS = {
    "events": ("event_countries", "event_areas", "event_glides", "figures"),
    "stock": ("lots", "stock_movements", "stock_reservations"),
}

FUNCTION = """
    CREATE FUNCTION note_visible_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FUNCTION)
    for table, layer in LAYERS.items():
        only_truncate(table, layer)
        for change, rows in (("INSERT", "NEW TABLE AS new_rows"), ("DELETE", "OLD TABLE AS old_rows")):
            tell(table, layer, change, rows)
        tell(table, layer, "UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows")
        for part in PARTS.get(layer, ()):
            only_truncate(part, layer)


def tell(table: str, layer: str, change: str, rows: str) -> None:
    op.execute(f"""
        CREATE TRIGGER note_{change.lower()} AFTER {change} ON {table} REFERENCING {rows}
            FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('{layer}')
    """)


def only_truncate(table: str, layer: str) -> None:
    op.execute(f"""
        DROP TRIGGER note_change ON {table};
        CREATE TRIGGER note_change AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION note_change('{layer}');
    """)


def downgrade() -> None:
    for table, layer in LAYERS.items():
        op.execute(f"""
            DROP TRIGGER note_insert ON {table};
            DROP TRIGGER note_update ON {table};
            DROP TRIGGER note_delete ON {table};
        """)
        for one in (table, *PARTS.get(layer, ())):
            op.execute(f"""
                DROP TRIGGER note_change ON {one};
                CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {one}
                    FOR EACH STATEMENT EXECUTE FUNCTION note_change('{layer}');
            """)
    op.execute("DROP FUNCTION note_visible_change()")
