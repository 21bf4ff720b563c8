"""What is done with stock: reserved, released, issued, taken back. Each is told to history.

These are called by offers and deployments, too, whose doors say who may. All lock positions by id, then lots by id; a transaction
that touches several positions calls `writing_queries.lock_positions` for all of them first.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.answers import not_found
from app.errors import Conflict
from app.languages import gettext as _
from app.permissions import By
from app.stock import ledger
from app.stock import writing_queries as queries
from app.stock.batches import Batch, plain
from app.stock.ledger import NotEnough
from app.stock.ledger_schemas import ReservationIn
from app.stock.models import Lot, StockMovement, StockPosition, StockReservation
from app.stock.proposal import Proposal, has_expired, propose

Texts = Mapping[str, str]


class NotFit(Conflict):
    """A lot that nobody should be sent."""


class Ended(Conflict):
    """A reservation that was issued or released is not there any more."""


# -- reservations


def reserve(
    db: Session,
    by: By,
    position_id: UUID,
    quantity: Decimal,
    *,
    offer_line_id: UUID | None = None,
    reason: Texts | None = None,
    lasts_until: date | None = None,
    country: str | None = None,
) -> list[StockReservation]:
    """Promise so much of a position, first expired first, from what lasts until then and may go to that country.

    All or nothing. Raises NotEnough, which says what is left and why lots were passed over.
    """
    batches = queries.lock_lots_of(db, [position_id])
    proposal = propose(batches, quantity, lasts_until=lasts_until, country=country)
    if proposal.missing:
        raise NotEnough(shortage(batches, quantity, proposal))
    return [promise(db, by, one.batch, one.quantity, offer_line_id, reason) for one in proposal.taken]


def reserve_lots(
    db: Session,
    by: By,
    choices: Mapping[UUID, Decimal],
    *,
    offer_line_id: UUID | None = None,
    reason: Texts | None = None,
) -> list[StockReservation]:
    """Promise so much of each of these lots, {lot: quantity}, in whatever order. Raises NotFound, NotEnough; NotFit for an expired one."""
    held = queries.lock_lots(db, choices)
    for lot_id, quantity in choices.items():
        if lot_id not in held:
            raise not_found(str(lot_id))
        refuse_expired(held[lot_id])
        ledger.demand(held[lot_id], quantity)
    return [promise(db, by, batch, choices[id], offer_line_id, reason) for id, batch in held.items()]


def refuse_expired(batch: Batch) -> None:
    """What is damaged somebody may want all the same; what has expired is promised to nobody."""
    if has_expired(batch):
        raise NotFit(_("Lot %(lot)s: %(why)s.") % {"lot": batch.name, "why": _("it has expired")})


def reserve_asked(db: Session, by: By, position: StockPosition, new: ReservationIn) -> list[StockReservation]:
    """What somebody of the Centre asks for by hand. Raises NotFound where a lot is another position's."""
    if new.quantity is not None:
        return reserve(
            db, by, position.id, new.quantity, reason=new.reason, lasts_until=new.lasts_until, country=new.country
        )
    here = {one.lot_id for one in queries.batches_of(db, [position.id])}
    for lot_id in new.lots or {}:
        if lot_id not in here:
            raise not_found(str(lot_id))
    return reserve_lots(db, by, new.lots or {}, reason=new.reason)


def promise(
    db: Session, by: By, batch: Batch, quantity: Decimal, offer_line_id: UUID | None, reason: Texts | None
) -> StockReservation:
    reservation = StockReservation(
        lot_id=batch.lot_id,
        quantity=quantity,
        reason=dict(reason or {"en": "Reserved"}),
        offer_line_id=offer_line_id,
        demonstration=batch.demonstration,
    )
    db.add(reservation)
    db.flush()
    ledger.tell(db, by, "reserved", batch, {"lot": batch.number, "quantity": plain(quantity)})
    return reservation


def shortage(batches: Sequence[Batch], quantity: Decimal, proposal: Proposal) -> str:
    """What is left of a position, and why the rest of it does not count."""
    left = sum((one.quantity for one in proposal.taken), Decimal(0))
    ref = batches[0].position_ref if batches else ""
    words = {"ref": ref, "left": plain(left), "asked": plain(quantity)}
    text = _("Of %(ref)s %(left)s are left; %(asked)s were asked for.") % words
    lots = [_("Lot %(lot)s: %(why)s.") % {"lot": one.batch.number, "why": one.sentence} for one in proposal.passed]
    return " ".join([text, *lots])


def release(db: Session, by: By, reservation_ids: Sequence[UUID], reason: str = "") -> list[StockReservation]:
    """Take promises back: what they held is available again. Those that have ended already stay as they are."""
    released = [one for one in queries.lock_reservations(db, reservation_ids) if one.ended_at is None]
    for one in released:
        one.ended_at, one.ended_as = datetime.now(UTC), "released"
    db.flush()
    held = queries.batches_named(db, [one.lot_id for one in released])
    for one in released:
        after = {"lot": held[one.lot_id].number, "quantity": plain(one.quantity)}
        ledger.tell(db, by, "reservation released", held[one.lot_id], after, reason)
    return released


# -- what leaves and comes back


def issue_reserved(
    db: Session,
    by: By,
    reservation_ids: Sequence[UUID],
    deployment_line_id: UUID | None,
    moved_at: datetime | None = None,
    quantity: Decimal | None = None,
) -> list[StockMovement]:
    """Issue what these reservations hold, or `quantity` of it, first expired first; of the rest a reservation stays.

    Raises Ended where one of them has ended, NotEnough where they hold less than `quantity`.
    """
    reservations = queries.lock_reservations(db, reservation_ids)
    if len(reservations) < len(set(reservation_ids)) or any(one.ended_at for one in reservations):
        raise Ended(_("What was reserved here has been issued or released already. Look at it again."))
    wanted = cut(db, reservations, quantity)
    held = queries.batches_named(db, [one.lot_id for one in wanted])
    lines = [(held[one.lot_id], issue(one, deployment_line_id, moved_at)) for one in wanted]
    issued = ledger.write(db, by, "stock issued", lines)
    for one in wanted:
        db.refresh(one)  # the ledger has ended it
    return issued


def issue(reservation: StockReservation, deployment_line_id: UUID | None, moved_at: datetime | None) -> StockMovement:
    return ledger.line(
        "issue",
        -reservation.quantity,
        reservation_id=reservation.id,
        deployment_line_id=deployment_line_id,
        moved_at=moved_at,
    )


def cut(db: Session, reservations: Sequence[StockReservation], quantity: Decimal | None) -> list[StockReservation]:
    """Of these reservations those that make up `quantity`; the last is split where it holds more than is left to issue."""
    if quantity is None:
        return list(reservations)
    wanted, left = [], quantity
    for one in reservations:
        if left <= 0:
            break
        if one.quantity > left:
            split(db, one, left)
        wanted.append(one)
        left -= one.quantity
    if left > 0:
        words = {"left": plain(quantity - left), "asked": plain(quantity)}
        raise NotEnough(_("%(left)s are reserved; %(asked)s were asked for.") % words)
    return wanted


def split(db: Session, reservation: StockReservation, quantity: Decimal) -> StockReservation:
    """Leave `quantity` in a reservation, and the rest in a new one."""
    rest = StockReservation(
        lot_id=reservation.lot_id,
        quantity=reservation.quantity - quantity,
        reason=reservation.reason,
        offer_line_id=reservation.offer_line_id,
        demonstration=reservation.demonstration,
    )
    reservation.quantity = quantity
    db.flush()  # smaller first: both together never hold more than before
    db.add(rest)
    db.flush()
    return rest


def take_back(
    db: Session,
    by: By,
    lot_id: UUID,
    quantity: Decimal,
    condition: str,
    deployment_line_id: UUID | None = None,
    moved_at: datetime | None = None,
) -> StockMovement:
    """Put back what has returned: into its lot, or beside it into one of the condition that it came back in. Raises NotFound."""
    batch = queries.lock_lots(db, [lot_id]).get(lot_id)
    if batch is None:
        raise not_found(str(lot_id))
    if condition != batch.condition:
        batch = beside(db, batch, condition)
    returned = ledger.line("return", quantity, deployment_line_id=deployment_line_id, moved_at=moved_at)
    return ledger.write(db, by, "stock returned", [(batch, returned)])[0]


def beside(db: Session, batch: Batch, condition: str) -> Batch:
    """The lot of the same batch in this condition; made, where there is none."""
    number = f"{batch.number}-{condition}"
    lot = queries.lot_numbered(db, batch.position_id, number)
    if lot is None:
        lot = Lot(position_id=batch.position_id, number=number, expires_on=batch.expires_on, condition=condition)
        db.add(lot)
        db.flush()
    return queries.batches_named(db, [lot.id])[lot.id]
