"""What writing asks of stock: positions and lots, locked in their order, and what each lot has."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.codes import LISTS
from app.filters import identity
from app.languages import label
from app.people.models import Organisation
from app.permissions import By, visible_values
from app.stock.batches import Batch
from app.stock.models import Item, ItemPart, Lot, StockMovement, StockPosition, StockReservation, Warehouse
from app.stock.queries import visible_stock

BATCHES = """
SELECT lot.id AS lot_id, lot.number, lot.expires_on, lot.condition, balance.on_hand, balance.reserved, p.id AS position_id,
       p.ref AS position_ref, p.item_code, item.unit_code AS unit, p.warehouse_code, warehouse.country_iso3, p.owner_id, p.donor_id,
       p.earmark, p.earmark_countries, p.demonstration
FROM lots lot
JOIN lot_balances balance ON balance.lot_id = lot.id
JOIN stock_positions p ON p.id = lot.position_id
JOIN items item ON item.code = p.item_code
JOIN warehouses warehouse ON warehouse.code = p.warehouse_code
WHERE {} ORDER BY p.id, lot.id"""


def ask(db: Session, statement: str, values: Mapping[str, Any]) -> Any:
    return db.connection().exec_driver_sql(statement, dict(values))


def batches(db: Session, condition: str, values: Mapping[str, Any]) -> list[Batch]:
    rows = ask(db, BATCHES.format(condition), values).mappings()
    return [Batch(**{**row, "earmark_countries": tuple(row["earmark_countries"])}) for row in rows]


def batches_of(db: Session, position_ids: Iterable[UUID]) -> list[Batch]:
    """All lots of these positions, those used up too."""
    return batches(db, "p.id = ANY (%(ids)s)", {"ids": list(position_ids)})


def batches_named(db: Session, lot_ids: Iterable[UUID]) -> dict[UUID, Batch]:
    return {one.lot_id: one for one in batches(db, "lot.id = ANY (%(ids)s)", {"ids": list(lot_ids)})}


# -- locks: positions by id, then lots by id, of all that a transaction will touch


def lock_positions(db: Session, ids: Iterable[UUID]) -> None:
    """Whoever reserves or moves several positions in one transaction locks all of them first, so that nobody waits in a circle."""
    asked = select(StockPosition.id).where(StockPosition.id.in_(set(ids))).order_by(StockPosition.id)
    db.execute(asked.with_for_update(key_share=True)).all()


def lock_lots(db: Session, ids: Iterable[UUID]) -> dict[UUID, Batch]:
    """The lots, locked with their positions, as they stand now. Those that do not exist are left out."""
    wanted = set(ids)
    lock_positions(db, db.scalars(select(Lot.position_id).where(Lot.id.in_(wanted))))
    db.execute(select(Lot.id).where(Lot.id.in_(wanted)).order_by(Lot.id).with_for_update(key_share=True)).all()
    return batches_named(db, wanted)


def lock_lots_of(db: Session, position_ids: Sequence[UUID]) -> list[Batch]:
    """All lots of these positions, locked, as they stand now."""
    lock_positions(db, position_ids)
    lots = select(Lot.id).where(Lot.position_id.in_(position_ids)).order_by(Lot.id)
    db.execute(lots.with_for_update(key_share=True)).all()
    return batches_of(db, position_ids)


# -- where things lie


POSITION = """
SELECT id FROM stock_positions
WHERE item_code = %(item_code)s AND warehouse_code = %(warehouse_code)s AND owner_id = %(owner_id)s
  AND donor_id IS NOT DISTINCT FROM %(donor_id)s::uuid AND earmark IS NOT DISTINCT FROM %(earmark)s::jsonb
  AND earmark_countries = %(earmark_countries)s::text[]"""

NEW_POSITION = """
INSERT INTO stock_positions (item_code, warehouse_code, owner_id, donor_id, earmark, earmark_countries, demonstration)
SELECT %(item_code)s, %(warehouse_code)s, %(owner_id)s, %(donor_id)s, %(earmark)s, %(earmark_countries)s,
       %(demonstration)s OR item.demonstration OR warehouse.demonstration
FROM items item, warehouses warehouse WHERE item.code = %(item_code)s AND warehouse.code = %(warehouse_code)s
ON CONFLICT DO NOTHING RETURNING id"""


def position_at(db: Session, shelf: Any, demonstration: bool) -> UUID:
    """The position of a `Shelf`, made where there is none."""
    earmark = Jsonb(dict(shelf.earmark)) if shelf.earmark else None
    values = vars(shelf) | {"earmark": earmark, "earmark_countries": list(shelf.earmark_countries)}
    found: UUID | None = ask(db, POSITION, values).scalar()
    found = found or ask(db, NEW_POSITION, values | {"demonstration": demonstration}).scalar()
    return found or ask(db, POSITION, values).scalar_one()  # somebody was quicker


def positions_at(db: Session, shelf: Any) -> list[UUID]:
    """The positions of an item that a `Shelf` tells of, of any donor who gave it for the same countries."""
    statement = """
        SELECT id FROM stock_positions WHERE item_code = %(item_code)s AND warehouse_code = %(warehouse_code)s
          AND owner_id = %(owner_id)s AND earmark_countries = %(earmark_countries)s::text[] AND withdrawn_at IS NULL"""
    values = vars(shelf) | {"earmark": None, "earmark_countries": list(shelf.earmark_countries)}
    return list(ask(db, statement, values).scalars())


def batches_at(db: Session, shelf: Any) -> list[Batch]:
    """Their lots, locked, as they stand now."""
    return lock_lots_of(db, positions_at(db, shelf))


def batches_in(db: Session, warehouse_code: str) -> list[Batch]:
    """All lots of a warehouse that have something, or something promised."""
    return batches(db, "p.warehouse_code = %(code)s AND on_hand <> 0", {"code": warehouse_code})


def possible(db: Session, name: str) -> frozenset[str]:
    """The codes of a list of app/codes.py."""
    return frozenset(code for (code,) in ask(db, LISTS[name][0], {}) if code)


def organisation_with_code(db: Session, code: str) -> UUID | None:
    return db.scalar(select(Organisation.id).where(Organisation.code == code))


def centre(db: Session) -> UUID:
    return db.scalars(select(Organisation.id).where(Organisation.is_centre)).one()


def title_of(db: Session, position: StockPosition) -> str:
    """What lies where, in the reader's language."""
    item, warehouse = db.get_one(Item, position.item_code), db.get_one(Warehouse, position.warehouse_code)
    return f"{label(item.names)}, {label(warehouse.names)}"


def country_of(db: Session, warehouse_code: str) -> str:
    return db.get_one(Warehouse, warehouse_code).country_iso3


def parts_of(db: Session, kit_code: str) -> list[ItemPart]:
    return list(db.scalars(select(ItemPart).where(ItemPart.kit_code == kit_code).order_by(ItemPart.part_code)))


MADE_OF = """
WITH RECURSIVE below AS (
    SELECT part_code FROM item_parts WHERE kit_code = %(kit)s
    UNION SELECT item_parts.part_code FROM item_parts JOIN below ON item_parts.kit_code = below.part_code)
SELECT FROM below WHERE part_code = %(part)s"""


def is_made_of(db: Session, kit_code: str, part_code: str) -> bool:
    """However far down."""
    return ask(db, MADE_OF, {"kit": kit_code, "part": part_code}).first() is not None


# -- reservations and movements


def lock_reservations(db: Session, ids: Iterable[UUID]) -> list[StockReservation]:
    """Those of them that exist, first expired first, with their lots and positions locked."""
    wanted = select(StockReservation).where(StockReservation.id.in_(set(ids)))
    lock_lots(db, [one.lot_id for one in db.scalars(wanted)])
    held = wanted.join(Lot).order_by(Lot.expires_on.nulls_last(), StockReservation.id)
    return list(db.scalars(held, execution_options={"populate_existing": True}))


def lot_numbered(db: Session, position_id: UUID, number: str) -> Lot | None:
    return db.scalar(select(Lot).where(Lot.position_id == position_id, Lot.number == number))


def movement(db: Session, id: UUID) -> StockMovement | None:
    return db.get(StockMovement, id)


def operation_of(db: Session, movement: StockMovement) -> list[StockMovement]:
    """The lines that were written together with this one; itself, where it stands alone."""
    if movement.operation_id is None:
        return [movement]
    together = select(StockMovement).where(StockMovement.operation_id == movement.operation_id)
    return list(db.scalars(together.where(StockMovement.kind != "reversal").order_by(StockMovement.id)))


def is_reversed(db: Session, ids: Sequence[UUID]) -> bool:
    return db.scalar(select(StockMovement.id).where(StockMovement.reverses_id.in_(ids)).limit(1)) is not None


# -- what the asker sees


def position_seen(db: Session, by: By, id_or_ref: str) -> StockPosition | None:
    """The position, if `by` may see it and it is not withdrawn."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    statement = f"SELECT r.id FROM stock_positions r WHERE {named} AND r.withdrawn_at IS NULL AND {visible_stock(by)}"
    id = ask(db, statement, values | visible_values(by)).scalar()
    return db.get_one(StockPosition, id, populate_existing=True) if id else None


def lots_seen(db: Session, by: By, ids: Iterable[UUID]) -> dict[UUID, Batch]:
    """Those of these lots whose positions `by` may see."""
    condition = f"""lot.id = ANY (%(ids)s) AND EXISTS (
        SELECT FROM stock_positions r WHERE r.id = p.id AND r.withdrawn_at IS NULL AND {visible_stock(by)})"""
    return {one.lot_id: one for one in batches(db, condition, {"ids": list(ids), **visible_values(by)})}
