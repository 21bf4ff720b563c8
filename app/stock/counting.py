"""Counts: what was found on the shelves, held against the ledger, and the adjustments that bring the two together."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.errors import Invalid
from app.languages import gettext as _
from app.permissions import By
from app.stock import ledger, shelves
from app.stock import writing_queries as queries
from app.stock.batches import Batch, plain
from app.stock.ledger import NotEnough
from app.stock.ledger_schemas import CountIn, CountLineIn
from app.stock.models import StockCount, StockCountLine, StockMovement

INWARDS = ("found",)
OUTWARDS = ("lost", "damaged", "expired")


def record_count(db: Session, by: By, new: CountIn) -> StockCount:
    """Keep what was counted; where the ledger said otherwise at this moment, adjust it. Raises Invalid, NotEnough."""
    shelves.demand_warehouse(db, by, new.warehouse)
    held = queries.lock_lots(db, [line.lot for line in new.lines])
    check(new, held.values())
    count = StockCount(
        warehouse_code=new.warehouse,
        counted_at=new.counted_at or datetime.now(UTC),
        note=new.note or None,
        demonstration=by.demonstration or any(one.demonstration for one in held.values()),
    )
    db.add(count)
    db.flush()
    for line in sorted(new.lines, key=lambda one: (held[one.lot].position_id, one.lot)):
        keep(db, by, count, held[line.lot], line)
    db.refresh(count)
    return count


def keep(db: Session, by: By, count: StockCount, batch: Batch, line: CountLineIn) -> None:
    difference = line.counted - batch.on_hand
    movement: StockMovement | None = None
    if difference:
        why = line.reason or "counted"
        made = ledger.line("adjustment", difference, reason=why, moved_at=count.counted_at)
        movement = ledger.write(db, by, "counted", [(batch, made)])[0]
    db.add(
        StockCountLine(
            count_id=count.id,
            lot_id=batch.lot_id,
            expected=batch.on_hand,
            counted=line.counted,
            movement_id=movement and movement.id,
        )
    )
    db.flush()


def check(new: CountIn, held: Iterable[Batch]) -> None:
    """Every lot once, all in this warehouse, no reason that says the opposite, and never less than is reserved."""
    batches = {one.lot_id: one for one in held}
    for number, line in enumerate(new.lines):
        batch = batches.get(line.lot)
        if batch is None or batch.warehouse_code != new.warehouse:
            raise Invalid.field(f"lines.{number}.lot", _("There is no such lot in this warehouse."))
        if [one.lot for one in new.lines].count(line.lot) > 1:
            raise Invalid.field(f"lines.{number}.lot", _("This lot stands there twice: %(lot)s.") % {"lot": batch.name})
        refuse_opposite(number, line, batch)
        if line.counted < batch.reserved:
            words = {"lot": batch.name, "reserved": plain(batch.reserved), "counted": plain(line.counted)}
            raise NotEnough(
                _("Of lot %(lot)s %(reserved)s are reserved, and %(counted)s were counted: release reservations first.")
                % words
            )


def refuse_opposite(number: int, line: CountLineIn, batch: Batch) -> None:
    wrong = INWARDS if line.counted < batch.on_hand else OUTWARDS
    if line.reason in wrong and line.counted != batch.on_hand:
        raise Invalid.field(f"lines.{number}.reason", _("This reason says the opposite of what was counted."))
