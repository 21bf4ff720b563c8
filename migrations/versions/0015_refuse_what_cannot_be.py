"""What PostgreSQL's types allow and no fact can be: NaN people, a place off the earth, a name that is a number, the year ∞.

A NaN in the ledger would pass every check on a balance for ever, since NaN is greater than any number.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

NUMBERS = {
    "capacities": ("quantity", "quantity_available", "transport_weight_kg", "transport_volume_m3"),
    "figures": ("value", "low", "high"),
    "items": ("weight_kg", "volume_m3"),
    "stock_movements": ("quantity",),
    "stock_reservations": ("quantity",),
}
TIMES = {
    "capacities": ("classification_valid_until", "verified_at"),
    "events": ("started_at", "ended_at"),
    "figures": ("as_of",),
    "lots": ("expires_on",),
    "stock_movements": ("moved_at",),
}
PLACED = (
    ("areas", "label_point"), ("areas", "geometry"), ("capacities", "location"), ("disputed_features", "geometry"),
    ("events", "geometry"), ("places", "location"), ("warehouses", "location"),
)  # fmt: skip
NAMES = {
    "names": (
        "areas", "capacities", "countries", "disputed_features", "hazards", "indicators", "items", "meetings", "organisations",
        "places", "resource_families", "resource_types", "units", "warehouses",
    ),
    "titles": ("events",),
}  # fmt: skip
TEXTS = {
    "areas": ("note",),
    "capacities": ("description", "base_place"),
    "disputed_features": ("note",),
    "events": ("summary", "place"),
    "figures": ("note",),
    "meetings": ("place", "note"),
    "resource_types": ("description",),
    "stock_movements": ("note",),
    "stock_reservations": ("reason",),
    "warehouses": ("place",),
}

FUNCTIONS = r"""
-- texts by language: an object, and each value a text that says something
CREATE FUNCTION are_texts(texts jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_typeof(texts) = 'object'
       AND NOT jsonb_path_exists(texts, 'strict $.* ? (@.type() != "string" || @ == "")', '{}', true)
$$;

-- A reversal undoes one movement of the same lot, all of it
CREATE FUNCTION check_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM stock_movements
                   WHERE id = NEW.reverses_id AND lot_id = NEW.lot_id AND quantity = -NEW.quantity) THEN
        RAISE EXCEPTION 'a reversal undoes one movement of its lot, wholly'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stock_movements_reversal';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_reversal AFTER INSERT ON stock_movements
    FOR EACH ROW WHEN (NEW.kind = 'reversal') EXECUTE FUNCTION check_reversal();
"""

# In plpgsql one statement follows the other: no plan can look at the locks before it has looked at the clock
SYNCED_TO = """
CREATE OR REPLACE FUNCTION synced_to() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    asked timestamptz := clock_timestamp();
BEGIN
    RETURN least(asked, (
        SELECT min(to_timestamp(objid::bigint + 1577836800))
        FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 2013 AND objsubid = 2 AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ));
END $$;
"""

SYNCED_TO_BEFORE = """
CREATE OR REPLACE FUNCTION synced_to() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
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

ON_EARTH = (
    "NOT ST_IsEmpty({0}) AND ST_IsValid({0})"
    " AND ST_XMin({0}) >= -180 AND ST_XMax({0}) <= 180 AND ST_YMin({0}) >= -90 AND ST_YMax({0}) <= 90"
)

CHECKS = [
    *((table, f"{name}_finite", f"{name} > '-Infinity' AND {name} < 'Infinity'") for table, names in NUMBERS.items() for name in names),
    *((table, f"{name}_finite", f"isfinite({name})") for table, names in TIMES.items() for name in names),
    *((table, f"{name}_on_earth", ON_EARTH.format(name)) for table, name in PLACED),
    *((table, f"{name}_texts", f"are_texts({name})") for name, tables in NAMES.items() for table in tables),
    *((table, f"{name}_texts", f"are_texts({name})") for table, names in TEXTS.items() for name in names),
    ("areas", "parent_id", "parent_id <> id"),
    ("stock_movements", "direction", "CASE kind WHEN 'receipt' THEN quantity > 0 WHEN 'issue' THEN quantity < 0 ELSE true END"),
]  # fmt: skip


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FUNCTIONS)
    op.execute(SYNCED_TO)
    for table, name, condition in CHECKS:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition})")


def downgrade() -> None:
    for table, name, _condition in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(SYNCED_TO_BEFORE)
    op.execute("""
        DROP TRIGGER check_reversal ON stock_movements;
        DROP FUNCTION check_reversal(), are_texts(jsonb);
    """)
