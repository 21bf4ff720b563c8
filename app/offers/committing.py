"""What was committed ends: given back before it is sent, returned, lost or used up. Whoever calls holds request and offer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid
from app.languages import gettext as _
from app.offers import actions
from app.offers import writing_queries as queries
from app.offers.models import CapacityCommitment, Offer, OfferLine
from app.offers.schemas import ReleasedLine, ReleaseIn
from app.permissions import By
from app.stock import actions as stock
from app.stock import writing_queries as stock_queries
from app.stock.batches import plain


class NotCommitted(Conflict):
    """There is not so much committed, or it is under way already."""


def end_commitment(db: Session, by: By, offer_line_id: UUID, quantity: Decimal, ended_as: str) -> None:
    """End so much of what is committed of a capacity: released, returned, lost or consumed. Lines without a capacity have none.

    Raises NotCommitted. Whoever calls tells history what became of it.
    """
    capacity_id = queries.capacity_of_line(db, offer_line_id)
    if capacity_id is None:
        return
    queries.lock_capacities(db, [capacity_id])
    left = quantity
    for one in queries.commitments_of(db, offer_line_id):
        if left <= 0:
            break
        left -= end(db, one, min(left, one.quantity), ended_as)
    if left > 0:
        words = {"left": plain(quantity - left), "asked": plain(quantity)}
        raise NotCommitted(_("%(left)s are committed; %(asked)s were asked for.") % words)


def end(db: Session, commitment: CapacityCommitment, quantity: Decimal, ended_as: str) -> Decimal:
    """End a commitment; of one that is larger the rest goes on as a row of its own. The capacity is held, so nobody comes between."""
    rest = commitment.quantity - quantity
    if rest:
        commitment.quantity = quantity
        db.flush()  # smaller first: both together never hold more than before
        part = CapacityCommitment(
            capacity_id=commitment.capacity_id, offer_line_id=commitment.offer_line_id, quantity=rest
        )
        db.add(part)
        db.flush()
    commitment.ended_at, commitment.ended_as = datetime.now(UTC), ended_as
    db.flush()
    return quantity


# -- given back before it is sent


def release_offer(db: Session, by: By, id_or_ref: str, said: ReleaseIn, version: str) -> Offer:
    """Give back what was accepted and is not under way: it is available again, and the request lacks it again.

    By whoever offers or decides. Raises NotFound, Forbidden, Stale, NotPossible, NotCommitted, Invalid.
    """
    offer, request = actions.take(db, by, id_or_ref, version, actions.demand_nothing)
    if not actions.may_decide(by, offer, request):
        actions.demand_owner(by, offer)
    actions.demand_status(offer, *actions.DECIDED)
    released = chosen(db, offer, said)
    for line, quantity in released:
        if not offer.is_exercise:  # which has promised nothing
            uncommit(db, by, line, quantity, said.reason)
        line.quantity_released += quantity
        db.flush()
    after = [{"no": line.no, "quantity": plain(quantity), "unit": line.unit_code} for line, quantity in released]
    actions.tell(db, by, "released", offer, after={"lines": after}, reason=said.reason)
    return offer


def chosen(db: Session, offer: Offer, said: ReleaseIn) -> Sequence[tuple[OfferLine, Decimal]]:
    """The lines and how much of each, in the order in which their capacities and positions are locked."""
    lines = queries.lines_of(db, offer.id)
    named = [ReleasedLine(no=no) for no in lines] if said.lines is None else said.lines
    found = []
    for at, one in enumerate(named):
        if one.no not in lines:
            raise Invalid.field(f"lines.{at}.no", _("The offer has no line %(no)s.") % {"no": one.no})
        line = lines[one.no]
        left = line.quantity_accepted - line.quantity_released - queries.deployed(db, line.id)
        quantity = left if one.quantity is None else one.quantity
        if quantity > left:
            words = {"no": line.no, "left": plain(max(left, Decimal(0)))}
            raise NotCommitted(_("Of line %(no)s %(left)s are accepted and not under way.") % words)
        found += [(line, quantity)] if quantity > 0 else []
    if not found:
        raise NotCommitted(_("Nothing of this offer is left to give back: it is under way, or was given back."))
    return sorted(found, key=lambda one: (one[0].source, str(one[0].capacity_id or one[0].stock_position_id)))


def uncommit(db: Session, by: By, line: OfferLine, quantity: Decimal, reason: str) -> None:
    """Of one line. Raises NotCommitted."""
    end_commitment(db, by, line.id, quantity, "released")
    if line.stock_position_id is not None:
        release_stock(db, by, line, quantity, reason)


def release_stock(db: Session, by: By, line: OfferLine, quantity: Decimal, reason: str) -> None:
    """The reservations that make up so much, the last one in part; what a deployment is to take along stays reserved."""
    left, whole = quantity, []
    held = stock_queries.lock_reservations(db, queries.reservations_of(db, line.id))
    planned = queries.lots_planned(db, line.id)
    for one in held:
        kept = min(planned.get(one.lot_id, Decimal(0)), one.quantity)
        planned[one.lot_id] = planned.get(one.lot_id, Decimal(0)) - kept
        free = min(one.quantity - kept, left)
        if free <= 0:
            continue
        if one.quantity > free:
            stock.split(db, one, free)
        whole.append(one.id)
        left -= free
    if left > 0:
        words = {"left": plain(quantity - left), "asked": plain(quantity)}
        raise NotCommitted(_("%(left)s are reserved; %(asked)s were asked for.") % words)
    stock.release(db, by, whole, reason)
