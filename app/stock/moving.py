"""Entries that people and programs make into the ledger: received, issued, transferred, adjusted, made into kits, reversed."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.answers import not_found
from app.errors import Conflict, Invalid
from app.languages import gettext as _
from app.permissions import By
from app.stock import actions, kits, ledger, shelves
from app.stock import writing_queries as queries
from app.stock.batches import Batch
from app.stock.ledger_schemas import MovementIn
from app.stock.models import StockMovement, StockReservation

CLOCKS_DIFFER = timedelta(minutes=5)
Lines = list[StockMovement]


class Promised(Conflict):
    """What an offer promises is not the stock keeper's to take away."""


class NotReversible(Conflict):
    """What was reversed already, a reversal itself, or what a deployment has taken along."""


def move(db: Session, by: By, new: MovementIn) -> Lines:
    """Write an entry. Raises Invalid, NotFound, Forbidden, NotEnough, NoKit."""
    if new.moved_at and new.moved_at > datetime.now(UTC) + CLOCKS_DIFFER:
        raise Invalid.field("moved_at", _("This time is still to come: the ledger says what has happened."))
    return WRITERS[new.kind](db, by, new)


def receive(db: Session, by: By, new: MovementIn) -> Lines:
    batch = shelves.put(db, by, shelf_named(db, by, new), new.number or "", new.expires_on, new.condition or "good")
    return ledger.write(db, by, "stock received", [(batch, ledger.line("receipt", new.quantity, **when(new)))])


def shelf_named(db: Session, by: By, new: MovementIn) -> shelves.Shelf:
    return shelves.named_shelf(
        db, by, new.item or "", new.warehouse or "", new.owner, new.donor, new.earmark, new.earmark_countries
    )


def issue(db: Session, by: By, new: MovementIn) -> Lines:
    batch = held(db, by, new)
    ledger.demand(batch, new.quantity)
    return ledger.write(db, by, "stock issued", [(batch, ledger.line("issue", -new.quantity, **when(new)))])


def transfer(db: Session, by: By, new: MovementIn) -> Lines:
    """Out of one warehouse and into another in one operation: to the same owner's and donor's shelf there."""
    source = seen(db, by, new.lot)
    target = new.to_warehouse or ""
    shelves.demand_warehouse(db, by, target, "to_warehouse")
    if target == source.warehouse_code:
        raise Invalid.field("to_warehouse", _("It lies in this warehouse already."))
    there = shelves.at(shelves.shelf_of(source), target)
    queries.lock_positions(db, [source.position_id, queries.position_at(db, there, source.demonstration)])
    arrived = shelves.put(db, by, there, source.number, source.expires_on, source.condition, source.demonstration)
    source = queries.lock_lots(db, [source.lot_id])[source.lot_id]
    ledger.demand(source, new.quantity)
    told = when(new) | {"operation_id": uuid4()}
    lines = [
        (source, ledger.line("transfer_out", -new.quantity, **told)),
        (arrived, ledger.line("transfer_in", new.quantity, **told)),
    ]
    return ledger.write(db, by, "transferred", lines)


def adjust(db: Session, by: By, new: MovementIn) -> Lines:
    batch = held(db, by, new)
    is_in = new.reason == "found" or new.direction == "in"
    if not is_in:
        ledger.demand(batch, new.quantity)
    quantity = new.quantity if is_in else -new.quantity
    line = ledger.line("adjustment", quantity, reason=new.reason, **when(new))
    return ledger.write(db, by, "adjusted", [(batch, line)])


def make_kits(db: Session, by: By, new: MovementIn) -> Lines:
    shelf = shelf_named(db, by, new)
    return kits.make_kits(db, by, shelf, new.number or "", new.quantity, new.moved_at, new.note or None)


def break_kits(db: Session, by: By, new: MovementIn) -> Lines:
    return kits.break_kits(db, by, seen(db, by, new.lot), new.quantity, new.moved_at, new.note or None)


def take_back(db: Session, by: By, new: MovementIn) -> Lines:
    batch = seen(db, by, new.lot)
    return [actions.take_back(db, by, batch.lot_id, new.quantity, new.condition or "good", None, new.moved_at)]


WRITERS: Mapping[str, Callable[[Session, By, MovementIn], Lines]] = {
    "receipt": receive,
    "issue": issue,
    "transfer": transfer,
    "adjustment": adjust,
    "kit_made": make_kits,
    "kit_broken": break_kits,
    "return": take_back,
}


def when(new: MovementIn) -> dict[str, object]:
    return {"moved_at": new.moved_at, "note": new.note or None}


def seen(db: Session, by: By, lot_id: UUID | None) -> Batch:
    """The lot, for somebody who may move it. Raises NotFound, Forbidden."""
    batch = queries.lots_seen(db, by, [lot_id] if lot_id else []).get(lot_id)  # type: ignore[arg-type]
    if batch is None:
        raise not_found(str(lot_id))
    shelves.refuse_elsewhere(by, batch.country_iso3)
    return batch


def held(db: Session, by: By, new: MovementIn) -> Batch:
    """The same, locked."""
    lot_id = seen(db, by, new.lot).lot_id
    return queries.lock_lots(db, [lot_id])[lot_id]


def release_by_hand(db: Session, by: By, reservation_id: UUID, reason: str) -> str:
    """Answers the position's ref. Raises NotFound, Forbidden, Promised where it is an offer's: what is promised to others ends with the offer."""
    reservation = db.get(StockReservation, reservation_id)
    if reservation is None:
        raise not_found(str(reservation_id))
    batch = seen(db, by, reservation.lot_id)
    if reservation.offer_line_id and reservation.ended_at is None:
        raise Promised(_("This is promised in an offer: withdraw or release it there."))
    actions.release(db, by, [reservation_id], reason)
    return batch.position_ref


# -- corrections


def reverse(db: Session, by: By, movement_id: UUID, reason: str) -> Lines:
    """Undo a movement by its opposite, and with it all that was written together. Raises NotFound, NotReversible, NotEnough."""
    lines = to_undo(db, by, movement_id)
    if lines[0].kind == "reversal":
        raise NotReversible(_("A reversal is not reversed: enter what happened anew."))
    batches = queries.lock_lots(db, [line.lot_id for line in lines])
    refuse_twice(db, lines)
    for line in lines:
        demand_reversible(batches[line.lot_id], line.quantity)
    operation_id = uuid4() if len(lines) > 1 else None
    note = {"en": reason}
    return ledger.write(
        db, by, "reversed", [(batches[line.lot_id], opposite(line, note, operation_id)) for line in lines]
    )


def to_undo(db: Session, by: By, movement_id: UUID) -> Lines:
    """A movement with what was written together with it, if the asker may move all of it. Raises NotFound, Forbidden."""
    first = queries.movement(db, movement_id)
    if first is None:
        raise not_found(str(movement_id))
    lines = [first] if first.kind == "reversal" else queries.operation_of(db, first)
    for line in lines:
        seen(db, by, line.lot_id)
    return lines


def demand_reversible(batch: Batch, quantity: Decimal) -> None:
    if quantity > 0:
        ledger.demand(batch, quantity)


def opposite(line: StockMovement, note: dict[str, str], operation_id: UUID | None) -> StockMovement:
    return ledger.line("reversal", -line.quantity, reverses_id=line.id, note=note, operation_id=operation_id)


def refuse_twice(db: Session, lines: Lines) -> None:
    if any(line.deployment_line_id for line in lines):
        raise NotReversible(_("This belongs to a deployment: say there what came back."))
    if queries.is_reversed(db, ledger.ids_of(lines)):
        raise NotReversible(_("This was reversed already."))
