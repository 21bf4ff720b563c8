"""What is done with offers: drafted, changed, submitted, declined, withdrawn, tied to a request, lapsed. Each with its line of history.

Contributors offer what their own organisation has, operators of the Centre what any has; the Centre's stock is offered by the
Centre. Whoever changes what counts for a request holds the request before the offer.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found, refuse_stale
from app.errors import Conflict, Forbidden, Invalid
from app.languages import gettext as _
from app.offers import entry
from app.offers import writing_queries as queries
from app.offers.models import Offer, OfferLine
from app.offers.schemas import OfferIn, TieIn
from app.offers.words import statuses
from app.permissions import PORTAL, By, Permission
from app.requests import words as request_words
from app.requests import writing_queries as requests
from app.requests.models import Request
from app.writing import merged, understood

NOUN = "offers"
DECIDED = ("accepted", "partly_accepted")
TAKES_OFFERS = ("submitted", "approved")


class NotPossible(Conflict):
    """The offer, or the request that it is for, is not in a state in which this can be done."""


# -- drafts


def draft_offer(db: Session, by: By, new: OfferIn) -> Offer:
    """Begin an offer; only its own organisation sees it (and the Centre, where that writes it down). Raises Forbidden, Invalid."""
    offer = Offer(organisation_id=owner_of(db, by, new.organisation), demonstration=by.demonstration)
    demand_owner(by, offer)
    offer.visibility = "own" if offer.organisation_id == by.organisation_id else "centre"
    after = entry.write(db, by, offer, request_named(db, by, new), new)
    tell(db, by, "drafted", offer, after=after)
    return offer


def change_offer(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any], version: str) -> Offer:
    """Lay a change (a merge patch) over a draft. Raises NotFound, Forbidden, Stale, NotPossible, Invalid."""
    offer, request = take(db, by, id_or_ref, version, demand_owner)
    demand_status(offer, "draft")
    before = queries.state_of(db, offer.id)
    after = entry.write(db, by, offer, request, understood(OfferIn, merged(before, change)))
    if before != after:
        was, now = history.changes(before, after)
        tell(db, by, "changed", offer, before=was, after=now)
    return offer


def discard_draft(db: Session, by: By, id_or_ref: str, version: str, reason: str = "") -> Offer:
    """Throw a draft away. Raises NotFound, Forbidden, Stale, NotPossible."""
    offer, _request = take(db, by, id_or_ref, version, demand_owner)
    demand_status(offer, "draft")
    offer.withdrawn_at = datetime.now(UTC)
    tell(db, by, "discarded", offer, reason=reason)
    return offer


# -- from one state to the next


def submit_offer(db: Session, by: By, id_or_ref: str, version: str) -> Offer:
    """Whoever asked and those who decide see it from now on. Raises NotFound, Forbidden, Stale, NotPossible, Invalid."""
    offer, request = take(db, by, id_or_ref, version, demand_owner)
    demand_status(offer, "draft")
    demand_open(request)
    if not (lines := queries.lines_of(db, offer.id)):
        raise Invalid.field("lines", _("Say what you offer: an offer has at least one line."))
    demand_fitting(db, offer, request, lines.values())
    if offer.valid_until and offer.valid_until <= datetime.now(UTC):
        raise Invalid.field("valid_until", _("This time is over: say until when the offer is valid."))
    offer.status, offer.submitted_at, offer.visibility = "submitted", datetime.now(UTC), "centre"
    return moved(db, by, offer, "draft")


def decline_offer(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Offer:
    """Raises NotFound, Forbidden, Stale, NotPossible, Invalid."""
    offer, request = take(db, by, id_or_ref, version, demand_nothing)
    demand_decider(by, offer, request)
    demand_status(offer, "submitted")
    offer.status, offer.decided_at, offer.decision_reason = "declined", datetime.now(UTC), demanded(reason)
    return moved(db, by, offer, "submitted", reason)


def withdraw_offer(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Offer:
    """Take back what nobody has decided on yet; what is accepted is released instead. Raises as `decline_offer`."""
    offer, _request = take(db, by, id_or_ref, version, demand_owner)
    demand_status(offer, "submitted")
    offer.status, offer.decision_reason = "withdrawn", demanded(reason)
    return moved(db, by, offer, "submitted", reason)


def tie_offer(db: Session, by: By, id_or_ref: str, tie: TieIn, version: str) -> Offer:
    """Say which request an unsolicited offer is for, and its lines. By whoever offers or decides. Raises as `decline_offer`."""
    if queries.offer_seen(db, by, id_or_ref) is None:
        raise not_found(id_or_ref)
    request = requests.lock_request(db, by, tie.request)
    if request is None:
        raise Invalid.field("request", not_found(tie.request).detail)
    offer = queries.offer_seen(db, by, id_or_ref, "FOR NO KEY UPDATE")
    if offer is None:
        raise not_found(id_or_ref)
    if not may_decide(by, offer, request):
        demand_owner(by, offer)
    refuse_stale(version, offer.updated_at)
    demand_status(offer, "draft", "submitted")
    if offer.request_id is not None:
        raise NotPossible(_("This offer is for a request already."))
    demand_open(request)
    demand_same_kind(offer, request)
    offer.request_id = request.id
    offer.event_id = offer.country_iso3 = None
    offer.demonstration = offer.demonstration or request.demonstration
    tie_lines(db, offer, request, tie)
    tell(db, by, "tied", offer, after={"request": request.ref, "lines": {str(a): b for a, b in tie.lines.items()}})
    return offer


def tie_lines(db: Session, offer: Offer, request: Request, tie: TieIn) -> None:
    lines, asked = queries.lines_of(db, offer.id), queries.lines_asked(db, request.id)
    for no, of_request in sorted(tie.lines.items()):
        field = f"lines.{no}"
        if no not in lines or of_request not in asked:
            raise Invalid.field(field, _("The request has no line %(no)s that stands.") % {"no": of_request})
        if lines[no].unit_code != asked[of_request].unit_code:
            text = _("The request counts this line in “%(unit)s”: offer it in that unit.")
            raise Invalid.field(field, text % {"unit": asked[of_request].unit_code})
        lines[no].request_line_id = asked[of_request].id
    db.flush()


def lapse_due(db: Session) -> None:
    """Offers that nobody has decided on in time lapse. A job's work."""
    for id in queries.lapsed(db, datetime.now(UTC)):
        lapse(db, id)


def lapse(db: Session, id: UUID) -> None:
    """Looked at again under its lock: somebody may have decided on it meanwhile."""
    offer = db.get_one(Offer, id)
    request = queries.hold_request(db, offer.request_id) if offer.request_id else None
    offer = db.get_one(Offer, id, populate_existing=True, with_for_update={"key_share": True})
    is_due = offer.valid_until is not None and offer.valid_until <= datetime.now(UTC)
    if offer.status == "submitted" and is_due and offer.request_id == (request.id if request else None):
        offer.status = "lapsed"
        moved(db, PORTAL, offer, "submitted")


# -- who may


def may_offer(by: By, is_own: bool) -> bool:
    """Whether an offer of one's own or of another organisation is the asker's to write."""
    own = by.may(Permission.CAPACITY_WRITE) or by.may(Permission.STOCK_WRITE)
    return by.may(Permission.CAPACITY_WRITE_ANY) or (is_own and own)


def demand_owner(by: By, offer: Offer) -> None:
    if not may_offer(by, offer.organisation_id == by.organisation_id):
        raise Forbidden(_("This offer belongs to another organisation: you may write what your own offers."))


def demand_nothing(by: By, offer: Offer) -> None:
    """What somebody may do follows from the request as well, and is looked at with it."""


def may_decide(by: By, offer: Offer, request: Request | None) -> bool:
    country = request.country_iso3 if request else offer.country_iso3
    return by.may(Permission.REQUEST_APPROVE, *([country] if country else []))


def demand_decider(by: By, offer: Offer, request: Request | None) -> None:
    if not may_decide(by, offer, request):
        raise Forbidden(_("You may not decide on offers to this country."))


def owner_of(db: Session, by: By, code: str | None) -> UUID:
    """Whose offer it is to be: one's own organisation's, unless one may write for others."""
    if code in (None, by.organisation_code):
        if by.organisation_id is None:
            raise Forbidden(_("An offer is made by an organisation, and you belong to none."))
        return by.organisation_id
    if not by.may(Permission.CAPACITY_WRITE_ANY):
        raise Forbidden(_("You may write what your own organisation has: leave “organisation” out."))
    found = queries.organisation_with(db, code or "")
    if found is None:
        raise Invalid.field("organisation", _("There is no “%(code)s” here.") % {"code": code})
    return found


# -- what they share


def request_named(db: Session, by: By, new: OfferIn) -> Request | None:
    """The request that a new offer names. Raises Invalid where it is not there, NotPossible where it takes no offers."""
    if new.request is None:
        return None
    request = requests.request_seen(db, by, new.request)
    if request is None:
        raise Invalid.field("request", not_found(new.request).detail)
    demand_open(request)
    return request


def take(
    db: Session, by: By, id_or_ref: str, version: str, check: Callable[[By, Offer], None]
) -> tuple[Offer, Request | None]:
    """The offer and its request, both locked, for somebody who may do this. Raises NotFound, Forbidden, Stale."""
    found = queries.lock_offer(db, by, id_or_ref)
    if found is None:
        raise not_found(id_or_ref)
    check(by, found[0])
    refuse_stale(version, found[0].updated_at)
    return found


def demand_status(offer: Offer, *possible: str) -> None:
    if offer.status not in possible:
        called = statuses()
        words = {
            "ref": offer.ref,
            "status": called[offer.status],
            "possible": ", ".join(called[one] for one in possible),
        }
        raise NotPossible(_("%(ref)s: “%(status)s”. This can be done only while it is: %(possible)s.") % words)


def demand_open(request: Request | None) -> None:
    if request is not None and request.status not in TAKES_OFFERS:
        words = {"ref": request.ref, "status": request_words.statuses()[request.status]}
        raise NotPossible(_("%(ref)s: “%(status)s”. Nothing can be offered for it.") % words)


def demand_same_kind(offer: Offer, request: Request | None) -> None:
    if request is not None and offer.is_exercise != request.is_exercise:
        raise NotPossible(_("One of the two is an exercise and the other one is not: they are kept apart."))


def demand_fitting(db: Session, offer: Offer, request: Request | None, lines: Iterable[OfferLine]) -> None:
    """A request may have changed since the offer was begun: what is added up has to be the same still."""
    demand_same_kind(offer, request)
    aims = {line.request_line_id: line for line in lines if line.request_line_id}
    for id, asked in queries.request_lines(db, aims).items():
        if asked.cancelled_at is not None:
            raise NotPossible(_("The request has no line %(no)s that stands.") % {"no": asked.no})
        if asked.unit_code != aims[id].unit_code:
            text = _("The request counts this line in “%(unit)s”: offer it in that unit.")
            raise NotPossible(text % {"unit": asked.unit_code})


def demanded(reason: str) -> str:
    if not reason.strip():
        raise Invalid.field("reason", _("Say why."))
    return reason.strip()


def moved(db: Session, by: By, offer: Offer, was: str, reason: str = "") -> Offer:
    tell(db, by, offer.status, offer, before={"status": was}, after={"status": offer.status}, reason=reason)
    return offer


def tell(db: Session, by: By, action: str, offer: Offer, **said: Any) -> None:
    """Write the row, and beside it what was done."""
    db.flush()
    db.refresh(offer)
    history.record(db, by, action, NOUN, offer.id, ref=offer.ref, visibility=offer.visibility, **said)
