"""A record shows names of others: when a source, an area, a hazard, a country or a unit is corrected, so is the record.

Whoever follows changes learns of it, and search finds the record by the new name.
"""

from alembic import op

revision = "0020"
down_revision = "0019"

# table → the tables and rows that show what it says, and what of it they show
SHOWN = {
    "sources": ("name, url, code", ("events WHERE id IN (SELECT event_id FROM figures WHERE source_id = NEW.id AND is_headline)",)),
    "areas": ("names, code, spellings", ("events WHERE id IN (SELECT event_id FROM event_areas WHERE area_id = NEW.id)",)),
    "hazards": ("names", ("events WHERE hazard_code = NEW.code",)),
    "countries": (
        "names",
        (
            "events WHERE id IN (SELECT event_id FROM event_countries WHERE country_iso3 = NEW.iso3)",
            "capacities WHERE country_iso3 = NEW.iso3",
            "areas WHERE country_iso3 = NEW.iso3",
        ),
    ),
    "units": ("names", ("capacities WHERE unit_code = NEW.code",)),
}  # fmt: skip

REFRESH = """
    CREATE FUNCTION pass_on_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {updates}
        RETURN NULL;
    END $$;
    CREATE TRIGGER pass_on AFTER UPDATE OF {columns} ON {table} FOR EACH ROW
        WHEN ({changed}) EXECUTE FUNCTION pass_on_{table}();
"""

# Which areas an area came from stands in both
PREDECESSORS = """
    CREATE FUNCTION pass_on_area_predecessors() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            UPDATE areas SET updated_at = clock_timestamp() WHERE id IN (OLD.area_id, OLD.predecessor_id);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            UPDATE areas SET updated_at = clock_timestamp() WHERE id IN (NEW.area_id, NEW.predecessor_id);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER pass_on AFTER INSERT OR UPDATE OR DELETE ON area_predecessors
        FOR EACH ROW EXECUTE FUNCTION pass_on_area_predecessors();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, (columns, showing) in SHOWN.items():
        places = [place.split(" ", 1) for place in showing]
        updates = "\n        ".join(
            f"UPDATE {shown} SET updated_at = clock_timestamp() {rows};" for shown, rows in places
        )
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns.split(", "))
        op.execute(REFRESH.format(table=table, columns=columns, updates=updates, changed=changed))
    op.execute(PREDECESSORS)


def downgrade() -> None:
    for table in (*SHOWN, "area_predecessors"):
        op.execute(f"DROP TRIGGER pass_on ON {table}")
        op.execute(f"DROP FUNCTION pass_on_{table}()")
