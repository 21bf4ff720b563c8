"""Kits: what they are made of, made from their parts, and taken apart again."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from sqlalchemy.orm import Session

from app import history
from app.errors import Conflict, Invalid
from app.languages import gettext as _
from app.permissions import By
from app.stock import ledger, shelves
from app.stock import writing_queries as queries
from app.stock.batches import Batch, plain
from app.stock.ledger import NotEnough
from app.stock.ledger_schemas import PartIn
from app.stock.models import ItemPart, StockMovement
from app.stock.proposal import Taken, propose
from app.stock.shelves import Shelf

Texts = dict[str, str]


class NoKit(Conflict):
    """Nobody has said what it is made of."""


def set_parts(db: Session, by: By, kit_code: str, parts: Sequence[PartIn]) -> None:
    """Say what one kit is made of from now on. What was made before stays as it is. Raises Invalid."""
    shelves.demand_code(db, "item", "items", kit_code)
    for part in parts:
        shelves.demand_code(db, "parts", "items", part.item)
    refuse_circle(db, kit_code, [part.item for part in parts])
    before = said(queries.parts_of(db, kit_code))
    for old in queries.parts_of(db, kit_code):
        db.delete(old)
    db.flush()
    new = {part.item: ItemPart(kit_code=kit_code, part_code=part.item, quantity=part.quantity) for part in parts}
    db.add_all(new.values())
    db.flush()
    after = said(list(new.values()))
    history.record(
        db,
        by,
        "kit defined",
        "stock",
        None,
        ref=kit_code,
        before={"parts": before},
        after={"parts": after},
        visibility="centre",
    )


def said(parts: Sequence[ItemPart]) -> dict[str, str]:
    return {part.part_code: plain(part.quantity) for part in parts}


def refuse_circle(db: Session, kit_code: str, parts: Sequence[str]) -> None:
    if len(set(parts)) < len(parts):
        raise Invalid.field("parts", _("One item stands there twice."))
    if kit_code in parts or any(queries.is_made_of(db, part, kit_code) for part in parts):
        raise Invalid.field("parts", _("A kit cannot be made of itself."))


def make_kits(
    db: Session, by: By, shelf: Shelf, number: str, quantity: Decimal, moved_at: datetime | None, note: Texts | None
) -> list[StockMovement]:
    """Take the parts from the shelves of the same warehouse and owner, first expired first; the kit lasts as long as they all do.

    Raises NoKit, NotEnough.
    """
    parts = demand_parts(db, shelf.item_code)
    shelves.lock(db, [shelf], [shelves.holding(shelf, part.part_code) for part in parts])
    taken = [one for part in parts for one in take(db, shelf, part, quantity)]
    dates = [one.batch.expires_on for one in taken if one.batch.expires_on]
    kit = shelves.put(db, by, shelf, number, min(dates, default=None), "good")
    operation = {"operation_id": uuid4(), "moved_at": moved_at, "note": note}
    lines = [(one.batch, ledger.line("kit_made", -one.quantity, **operation)) for one in taken]
    return ledger.write(db, by, "kit made", [(kit, ledger.line("kit_made", quantity, **operation)), *lines])


def demand_parts(db: Session, kit_code: str) -> list[ItemPart]:
    parts = queries.parts_of(db, kit_code)
    if not parts:
        raise NoKit(_("Nobody has said yet what %(item)s is made of.") % {"item": kit_code})
    return parts


def take(db: Session, shelf: Shelf, part: ItemPart, quantity: Decimal) -> Sequence[Taken]:
    needed = part.quantity * quantity
    proposal = propose(queries.batches_at(db, shelves.holding(shelf, part.part_code)), needed)
    if proposal.missing:
        words = {"item": part.part_code, "left": plain(needed - proposal.missing), "asked": plain(needed)}
        raise NotEnough(_("Of the part %(item)s %(left)s are left; %(asked)s are needed.") % words)
    return proposal.taken


def break_kits(
    db: Session, by: By, kit: Batch, quantity: Decimal, moved_at: datetime | None, note: Texts | None
) -> list[StockMovement]:
    """Put the parts back on their shelves, in lots called like the kit's, which expire when the kit did. Raises NoKit, NotEnough."""
    parts = demand_parts(db, kit.item_code)
    there = [shelves.holding(shelves.shelf_of(kit), part.part_code) for part in parts]
    shelves.lock(db, [shelves.shelf_of(kit), *there])
    kit = queries.lock_lots(db, [kit.lot_id])[kit.lot_id]
    ledger.demand(kit, quantity)
    operation = {"operation_id": uuid4(), "moved_at": moved_at, "note": note}
    lines = [(kit, ledger.line("kit_broken", -quantity, **operation))]
    for part, shelf in zip(parts, there, strict=True):
        batch = shelves.put(db, by, shelf, kit_lot(kit), kit.expires_on, kit.condition, kit.demonstration)
        lines.append((batch, ledger.line("kit_broken", part.quantity * quantity, **operation)))
    return ledger.write(db, by, "kit broken", lines)


def kit_lot(kit: Batch) -> str:
    return f"{kit.number}-{kit.item_code}"
