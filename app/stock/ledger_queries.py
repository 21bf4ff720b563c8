"""What is asked of the ledger and what surrounds it: movements, reservations, minimum levels, kits, counts.

All of it is the Centre's; of positions that the asker may not see nothing is told.
"""

from typing import Any
from uuid import UUID

from app.filters import identity
from app.listing import Column, Listing
from app.paging import Key
from app.permissions import By, asking, visible_values
from app.sql import Sql
from app.stock.queries import named, visible_stock

# A movement with the position that it belongs to
TABLE = """(
    SELECT moved.*, lot.position_id, lot.number, position.ref, position.item_code, position.warehouse_code, position.owner_id,
           position.visibility, position.search, moved.recorded_at AS updated_at,
           EXISTS (SELECT FROM stock_movements undone WHERE undone.reverses_id = moved.id) AS reversed
    FROM stock_movements moved
    JOIN lots lot ON lot.id = moved.lot_id
    JOIN stock_positions position ON position.id = lot.position_id
)"""

FILTERS = {
    "position": "%(position)s IN (r.position_id::text, r.ref)",
    "item": "r.item_code = ANY (%(item)s)",
    "warehouse": "r.warehouse_code = ANY (%(warehouse)s)",
    "kind": "r.kind = ANY (%(kind)s)",
    "since": "r.recorded_at >= %(since)s",
    "q": "r.search @@ query",
}

RECORD = f"""
    page.id, page.ref AS position, json_build_object({named("item")}) AS item, item.unit_code AS unit,
    json_build_object({named("warehouse")}) AS warehouse, page.number AS lot, page.lot_id, page.kind, page.quantity, page.reason,
    label(page.note, %(lang)s) AS note, page.operation_id, page.deployment_line_id, page.reverses_id, page.reversed,
    page.moved_at, page.recorded_at, page.demonstration"""

JOINS = """JOIN items item ON item.code = page.item_code
    JOIN warehouses warehouse ON warehouse.code = page.warehouse_code"""


def keys(lang: str) -> dict[str, Key]:
    return {
        "recorded_at": Key("r.recorded_at", "timestamptz"),
        "moved_at": Key("r.moved_at", "timestamptz"),
        "q": Key("ts_rank(r.search, query)::float8", "float8", descending=True),
    }


MOVEMENTS = Listing(
    name="stock_movements",
    layers=("stock",),
    table=TABLE,
    record=RECORD,
    joins=JOINS,
    visible=visible_stock,
    withdrawable=False,
    filters=FILTERS,
    keys=keys,
    default="-recorded_at",
    named="FALSE",
    columns=tuple(
        Column(path)
        for path in (
            "id", "position", "item.code", "item.name", "unit", "warehouse.code", "warehouse.name", "lot", "lot_id", "kind", "quantity",
            "reason", "note", "operation_id", "deployment_line_id", "reverses_id", "reversed", "moved_at", "recorded_at", "demonstration",
        )
    ),
    formats=("json", "csv", "xlsx"),
)  # fmt: skip


def written(ids: list[UUID], lang: str) -> Sql:
    """These lines of the ledger, as a JSON array in the order they were written in."""
    statement = f"""
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.recorded_at, x.id), '[]')
FROM (SELECT {RECORD} FROM (SELECT * FROM {TABLE} r WHERE r.id = ANY (%(ids)s)) page {JOINS}) x"""
    return Sql(statement, {"ids": ids, "lang": lang})


# -- below one position

RESERVATIONS = """
SELECT coalesce(json_agg(json_build_object(
    'id', held.id, 'lot', lot.number, 'lot_id', lot.id, 'quantity', held.quantity, 'reason', label(held.reason, %(lang)s),
    'offer_line_id', held.offer_line_id, 'created_at', held.created_at, 'ended_at', held.ended_at, 'ended_as', held.ended_as)
    ORDER BY held.ended_at DESC NULLS FIRST, held.created_at DESC), '[]')
FROM (SELECT held.* FROM stock_reservations held JOIN lots ON lots.id = held.lot_id
      WHERE {} ORDER BY held.ended_at DESC NULLS FIRST, held.created_at DESC LIMIT 200) held
JOIN lots lot ON lot.id = held.lot_id"""


def reservations_of(position_id: UUID, lang: str) -> Sql:
    """Those of a position, the active ones first."""
    return Sql(RESERVATIONS.format("lots.position_id = %(id)s"), {"id": position_id, "lang": lang})


def reservations_named(ids: list[UUID], lang: str) -> Sql:
    return Sql(RESERVATIONS.format("held.id = ANY (%(ids)s)"), {"ids": ids, "lang": lang})


# -- minimum levels: what can be used of all owners and donors, since a shelf is empty for everybody

LEVELS = f"""
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.missing DESC, x.item ->> 'name'), '[]') FROM (
    SELECT json_build_object({named("item")}) AS item, item.unit_code AS unit, json_build_object({named("warehouse")}) AS warehouse,
           level.quantity AS minimum, usable.quantity AS available, greatest(level.quantity - usable.quantity, 0) AS missing
    FROM minimum_levels level
    JOIN items item ON item.code = level.item_code
    JOIN warehouses warehouse ON warehouse.code = level.warehouse_code
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(on_hand - reserved), 0) AS quantity
        FROM stock_positions r JOIN lots lot ON lot.position_id = r.id JOIN lot_balances balance ON balance.lot_id = lot.id
        WHERE r.item_code = level.item_code AND r.warehouse_code = level.warehouse_code AND r.withdrawn_at IS NULL AND {{seen}}
          AND lot.condition IN ('new', 'good') AND (lot.expires_on IS NULL OR lot.expires_on >= current_date)) usable
    WHERE NOT %(below)s OR usable.quantity < level.quantity) x"""


def levels(lang: str, below: bool = False) -> Sql:
    """Minimum levels, what is missing most first; `below`: those that are not reached."""
    by = asking()
    return Sql(LEVELS.replace("{seen}", visible_stock(by)), {"lang": lang, "below": below} | visible_values(by))


# -- kits

KITS = f"""
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.name), '[]') FROM (
    SELECT kit.code, label(kit.names, %(lang)s) AS name,
           (SELECT json_agg(json_build_object({named("item")}, 'quantity', part.quantity, 'unit', item.unit_code)
                            ORDER BY label(item.names, %(lang)s))
            FROM item_parts part JOIN items item ON item.code = part.part_code WHERE part.kit_code = kit.code) AS parts
    FROM items kit WHERE kit.code IN (SELECT kit_code FROM item_parts)) x"""


def kits(lang: str) -> Sql:
    return Sql(KITS, {"lang": lang})


def is_kit(code: str) -> Sql:
    return Sql("SELECT to_json(EXISTS (SELECT FROM item_parts WHERE kit_code = %(code)s))", {"code": code})


# -- counts


def counts(lang: str, ref: str | None = None) -> Sql:
    """The latest 100 counts; or the one that is called so. Of positions that the asker may not see nothing is told."""
    by = asking()
    values = {"lang": lang, "ref": ref.upper() if ref else None} | visible_values(by)
    return Sql(COUNTS.replace("{seen}", visible_stock(by)), values)


COUNTS = f"""
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.counted_at DESC, x.ref DESC), '[]') FROM (
    SELECT count.ref, json_build_object({named("warehouse")}) AS warehouse, count.counted_at, label(count.note, %(lang)s) AS note,
           (SELECT coalesce(json_agg(json_build_object(
                'position', r.ref, 'item', json_build_object({named("item")}), 'unit', item.unit_code, 'lot', lot.number,
                'lot_id', lot.id, 'expected', line.expected, 'counted', line.counted, 'reason', moved.reason)
                ORDER BY label(item.names, %(lang)s), lot.number), '[]')
            FROM stock_count_lines line
            JOIN lots lot ON lot.id = line.lot_id
            JOIN stock_positions r ON r.id = lot.position_id
            JOIN items item ON item.code = r.item_code
            LEFT JOIN stock_movements moved ON moved.id = line.movement_id
            WHERE line.count_id = count.id AND {{seen}}) AS lines
    FROM stock_counts count JOIN warehouses warehouse ON warehouse.code = count.warehouse_code
    WHERE %(ref)s::text IS NULL OR count.ref = %(ref)s
    ORDER BY count.counted_at DESC, count.ref DESC LIMIT 100) x"""


def position_id(id_or_ref: str) -> Sql:
    """The position, if the asker may see it."""
    values: dict[str, Any] = identity(id_or_ref)
    by: By = asking()
    found = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    statement = f"SELECT r.id FROM stock_positions r WHERE {found} AND r.withdrawn_at IS NULL AND {visible_stock(by)}"
    return Sql(statement, values | visible_values(by))


# -- what forms offer: [code, name] pairs

OFFERED = """
SELECT json_build_object(
    'items', (SELECT coalesce(json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)), '[]') FROM items),
    'kits', (SELECT coalesce(json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)), '[]')
             FROM items WHERE code IN (SELECT kit_code FROM item_parts)),
    'warehouses', (SELECT coalesce(json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)), '[]')
                   FROM warehouses),
    'organisations', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)) FROM organisations),
    'countries', (SELECT json_agg(json_build_array(iso3, label(names, %(lang)s)) ORDER BY position, iso3) FROM countries WHERE region),
    'families', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY position) FROM resource_families),
    'types', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)) FROM resource_types),
    'units', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)) FROM units))"""


def offered(lang: str) -> Sql:
    return Sql(OFFERED, {"lang": lang})
