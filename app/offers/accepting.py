"""An offer is accepted: what is accepted of it is committed, all of it or nothing.

Held in this order, by everybody: request, offer, capacities by id, positions of the stock by id, lots by id. So of two that want
the same, the second waits, and is told what the first has left.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.capacities.models import Capacity
from app.errors import Conflict, Invalid
from app.languages import gettext as _
from app.offers import actions
from app.offers import writing_queries as queries
from app.offers.models import CapacityCommitment, Offer, OfferLine
from app.offers.schemas import AcceptedLine, AcceptIn
from app.permissions import By
from app.requests import words as request_words
from app.requests.models import Request, RequestLine
from app.stock import actions as stock
from app.stock import writing_queries as stock_queries
from app.stock.batches import plain
from app.stock.ledger import NotEnough

Chosen = Sequence[tuple[OfferLine, Decimal]]  # lines of the offer, with what is accepted of each: more than nothing
Asked = dict[UUID, RequestLine]


class Lapsed(Conflict):
    """The offer was valid until a time that is over."""


class NotAsked(Conflict):
    """The request needs no more of this."""


class NotThere(Conflict):
    """The capacity was withdrawn, or its organisation says that it cannot go."""


def accept_offer(db: Session, by: By, id_or_ref: str, said: AcceptIn, version: str) -> Offer:
    """Decide on an offer: accept lines of it, wholly or in part, and decline the others. What is accepted is committed.

    Raises NotFound, Forbidden, Stale, NotPossible, Lapsed, NotAsked, NotThere, NotEnough, Invalid.
    """
    offer, request = actions.take(db, by, id_or_ref, version, actions.demand_nothing)
    actions.demand_decider(by, offer, request)
    demand_standing(offer, request)
    lines = queries.lines_of(db, offer.id)
    chosen = decide(lines, said)
    asked = queries.request_lines(db, [line.request_line_id for line, _n in chosen if line.request_line_id])
    refuse_too_much(chosen, asked)
    actions.demand_fitting(db, offer, request, [line for line, _quantity in chosen])
    note_lines(db, lines.values(), chosen, said)
    if not offer.is_exercise:  # what is played with stays free for what is real
        commit_capacities(db, [one for one in chosen if one[0].source == "capacity"])
        reserve_stock(db, by, offer, request, [one for one in chosen if one[0].source == "stock"], asked)
    settle(db, by, offer, lines.values(), said.reason)
    return offer


def demand_standing(offer: Offer, request: Request | None) -> None:
    """Whether the offer, and the request that it is for, wait for this."""
    actions.demand_status(offer, "submitted")
    if offer.valid_until and offer.valid_until <= datetime.now(UTC):
        raise Lapsed(_("%(ref)s was valid until a time that is over: ask for a new offer.") % {"ref": offer.ref})
    if request is not None and request.status != "approved":
        words = {"ref": request.ref, "status": request_words.statuses()[request.status]}
        raise actions.NotPossible(_("%(ref)s: “%(status)s”. Offers are accepted once it is approved.") % words)


def decide(lines: dict[int, OfferLine], said: AcceptIn) -> Chosen:
    """What is accepted of each line. Raises Invalid where it is more than is offered, or nothing at all."""
    wanted = [AcceptedLine(no=no) for no in lines] if said.lines is None else said.lines
    chosen = [(lines[one.no], quantity_of(lines[one.no], one, at)) for at, one in enumerate(known(lines, wanted))]
    chosen = [(line, quantity) for line, quantity in chosen if quantity]
    if not chosen:
        raise Invalid.field("lines", _("Accept something of it, or decline the offer."))
    return chosen


def known(lines: dict[int, OfferLine], wanted: Sequence[AcceptedLine]) -> Sequence[AcceptedLine]:
    for at, one in enumerate(wanted):
        if one.no not in lines:
            raise Invalid.field(f"lines.{at}.no", _("The offer has no line %(no)s.") % {"no": one.no})
    return wanted


def quantity_of(line: OfferLine, one: AcceptedLine, at: int) -> Decimal:
    if one.quantity is None:
        return line.quantity
    if one.quantity > line.quantity:
        words = {"no": line.no, "offered": plain(line.quantity)}
        message = _("Of line %(no)s %(offered)s are offered: no more can be accepted.") % words
        raise Invalid.field(f"lines.{at}.quantity", message)
    return one.quantity


def refuse_too_much(chosen: Chosen, asked: Asked) -> None:
    """The request is held, so what stands there as committed is true."""
    for id, line in asked.items():
        wanted = sum((quantity for one, quantity in chosen if one.request_line_id == id), Decimal(0))
        left = max(line.quantity - line.quantity_committed, Decimal(0))
        if line.cancelled_at is not None:
            raise NotAsked(
                _("Line %(no)s of the request was cancelled: decline what is offered for it.") % {"no": line.no}
            )
        if wanted > left:
            words = {"no": line.no, "asked": plain(line.quantity), "left": plain(left), "unit": line.unit_code}
            text = _("Line %(no)s of the request asks for %(asked)s (%(unit)s): at most %(left)s more can be accepted.")
            raise NotAsked(text % words)


def note_lines(db: Session, lines: Iterable[OfferLine], chosen: Chosen, said: AcceptIn) -> None:
    accepted = {line.no: quantity for line, quantity in chosen}
    reasons = {one.no: one.reason for one in said.lines or ()}
    for line in lines:
        line.quantity_accepted = accepted.get(line.no, Decimal(0))
        line.decline_reason = reasons.get(line.no, "") if line.quantity_accepted < line.quantity else ""
    db.flush()


def settle(db: Session, by: By, offer: Offer, lines: Iterable[OfferLine], reason: str) -> None:
    is_whole = all(line.quantity_accepted == line.quantity for line in lines)
    offer.status = "accepted" if is_whole else "partly_accepted"
    offer.decided_at, offer.decision_reason = datetime.now(UTC), reason
    after = {
        "status": offer.status,
        "lines": [{"no": line.no, "quantity": plain(line.quantity_accepted), "unit": line.unit_code} for line in lines],
    }
    actions.tell(db, by, offer.status, offer, before={"status": "submitted"}, after=after, reason=reason)


# -- what is committed


def commit_capacities(db: Session, chosen: Chosen) -> None:
    """Promise so much of each capacity. They are locked first, all of them by id, and looked at as they are now."""
    held = queries.lock_capacities(db, [line.capacity_id for line, _n in chosen if line.capacity_id])
    for id, capacity in held.items():
        wanted = sum((quantity for line, quantity in chosen if line.capacity_id == id), Decimal(0))
        demand_available(capacity, wanted)
        demand_unit(capacity, [line for line, _n in chosen if line.capacity_id == id])
    for line, quantity in sorted(chosen, key=lambda one: (str(one[0].capacity_id), one[0].no)):
        assert line.capacity_id is not None
        db.add(CapacityCommitment(capacity_id=line.capacity_id, offer_line_id=line.id, quantity=quantity))
        db.flush()


def demand_available(capacity: Capacity, wanted: Decimal) -> None:
    if capacity.withdrawn_at is not None or capacity.status == "unavailable":
        text = _("%(ref)s is not available any more: its organisation has taken it out of the register, or says so.")
        raise NotThere(text % {"ref": capacity.ref})
    if capacity.quantity_available < wanted:
        words = {"ref": capacity.ref, "left": plain(capacity.quantity_available), "asked": plain(wanted)}
        raise NotEnough(_("Of %(ref)s %(left)s are left; %(asked)s were asked for.") % words)


def demand_unit(capacity: Capacity, lines: Iterable[OfferLine]) -> None:
    """Its organisation may count it otherwise since it was offered."""
    if any(line.unit_code != capacity.unit_code for line in lines):
        raise actions.NotPossible(_("This is counted in “%(unit)s”.") % {"unit": capacity.unit_code})


def reserve_stock(db: Session, by: By, offer: Offer, request: Request | None, chosen: Chosen, asked: Asked) -> None:
    """Reserve so much of each position: the lot that the line names, or first expired first of what lasts until it is needed."""
    held = {line.stock_position_id for line, _n in chosen if line.stock_position_id}
    stock_queries.lock_positions(db, held)
    country = request.country_iso3 if request else offer.country_iso3
    reason = {"en": f"Accepted offer {offer.ref}", "ru": f"Принятое предложение {offer.ref}"}
    for line, quantity in sorted(chosen, key=lambda one: (str(one[0].stock_position_id), one[0].no)):
        assert line.stock_position_id is not None
        if line.lot_id:
            stock.reserve_lots(db, by, {line.lot_id: quantity}, offer_line_id=line.id, reason=reason)
        else:
            until = queries.day_needed(asked.get(line.request_line_id) if line.request_line_id else None, request)
            position = line.stock_position_id
            stock.reserve(
                db, by, position, quantity, offer_line_id=line.id, reason=reason, lasts_until=until, country=country
            )
