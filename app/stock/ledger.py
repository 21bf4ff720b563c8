"""What is written into the ledger, each with its line of history. Whoever calls has locked the lots and knows who may."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import history
from app.errors import Conflict
from app.languages import gettext as _
from app.permissions import By
from app.stock.batches import Batch, plain
from app.stock.models import StockMovement


class NotEnough(Conflict):
    """A lot, or all lots together, have less than is asked for."""


def write(db: Session, by: By, action: str, lines: Sequence[tuple[Batch, StockMovement]]) -> list[StockMovement]:
    """Put lines into the ledger, in one order for everybody: that of their positions and lots."""
    for batch, line in sorted(lines, key=lambda one: (one[0].position_id, one[0].lot_id)):
        line.lot_id, line.demonstration = batch.lot_id, batch.demonstration
        line.moved_at = line.moved_at or datetime.now(UTC)
        db.add(line)
        db.flush()
        tell(db, by, action, batch, said(batch, line))
    return [line for _batch, line in lines]


def said(batch: Batch, line: StockMovement) -> dict[str, Any]:
    told = {
        "lot": batch.number,
        "kind": line.kind,
        "quantity": plain(line.quantity),
        "reason": line.reason,
        "note": line.note,
    }
    return {name: value for name, value in told.items() if value}


def tell(db: Session, by: By, action: str, batch: Batch, after: dict[str, Any], reason: str = "") -> None:
    """The ledger is the Centre's: what moved is told to nobody else."""
    history.record(
        db,
        by,
        action,
        "stock",
        batch.position_id,
        ref=batch.position_ref,
        after=after,
        reason=reason,
        visibility="centre",
    )


def demand(batch: Batch, quantity: Decimal) -> None:
    """Raise NotEnough unless so much of a lot is on hand and not reserved."""
    if quantity > batch.available:
        raise NotEnough(
            _(
                "Of lot %(lot)s %(left)s are left (%(on_hand)s on hand, %(reserved)s reserved); %(asked)s were asked for."
            )
            % {
                "lot": batch.name,
                "left": plain(batch.available),
                "on_hand": plain(batch.on_hand),
                "reserved": plain(batch.reserved),
                "asked": plain(quantity),
            }
        )


def line(kind: str, quantity: Decimal, **told: Any) -> StockMovement:
    return StockMovement(kind=kind, quantity=quantity, **told)


def sum_left(batches: Sequence[Batch]) -> Decimal:
    return sum((one.available for one in batches), Decimal(0))


def ids_of(lines: Sequence[StockMovement]) -> list[UUID]:
    return [one.id for one in lines]
