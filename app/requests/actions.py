"""What is done with requests: drafted, changed, submitted, decided on, closed, cancelled, shown to donors. Each with its line of history.

Whoever asks needs the right in the country where help is needed, and asks for their own organisation; the Centre may write
down what another one has asked. Deciding is a right of its own.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found, refuse_stale
from app.errors import Conflict, Forbidden, Invalid
from app.languages import gettext as _
from app.permissions import By, Permission
from app.requests import entry, words
from app.requests import writing_queries as queries
from app.requests.models import Request, RequestLine
from app.requests.schemas import AppealIn, RequestIn
from app.writing import merged, understood

NOUN = "requests"
CONTACT_KEPT = "…"  # history says that whom to call has changed, not whom


class NotPossible(Conflict):
    """The request is not in a state in which this can be done."""


class Promised(Conflict):
    """Something of it is committed or under way, so it cannot go away."""


# -- drafts, and what waits for a decision


def draft_request(db: Session, by: By, new: RequestIn) -> Request:
    """Begin a request; only its own organisation and the Centre's approvers see it. Raises Forbidden, Invalid."""
    organisation_id = asker_of(db, by, new)
    if not may_ask(by, organisation_id, new.country):
        raise Forbidden(
            _("You may ask for assistance for your own organisation, in the countries that you answer for.")
        )
    request = Request(organisation_id=organisation_id, demonstration=by.demonstration)
    after = entry.write(db, by, request, new)
    tell(db, by, "drafted", request, after=without_contact(after))
    return request


def change_request(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any], version: str) -> Request:
    """Lay a change (a merge patch) over a draft, or over what waits for a decision. Raises NotFound, Forbidden, Stale, NotPossible, Invalid."""
    request = take(db, by, id_or_ref, version, demand_asker)
    demand_status(request, "draft", "submitted")
    before = queries.state_of(db, request.id)
    new = understood(RequestIn, merged(before, change))
    if not may_ask(by, request.organisation_id, new.country):
        raise Forbidden(
            _("You may ask for assistance for your own organisation, in the countries that you answer for.")
        )
    after = entry.write(db, by, request, new)
    if before != after:
        was, now = history.changes(without_contact(before), without_contact(after))
        tell(db, by, "changed", request, before=was, after=now)
    return request


def discard_draft(db: Session, by: By, id_or_ref: str, version: str, reason: str = "") -> Request:
    """Throw a draft away. Raises NotFound, Forbidden, Stale, NotPossible."""
    request = take(db, by, id_or_ref, version, demand_asker)
    demand_status(request, "draft")
    request.withdrawn_at = datetime.now(UTC)
    tell(db, by, "discarded", request, reason=reason)
    return request


def cancel_line(db: Session, by: By, id_or_ref: str, no: int, reason: str, version: str) -> Request:
    """One thing is no longer needed. Raises NotFound, Forbidden, Stale, NotPossible, Promised."""
    request = take(db, by, id_or_ref, version, demand_asker)
    demand_status(request, "submitted", "approved")
    line = queries.lines_of(db, request.id).get(no)
    if line is None or line.cancelled_at:
        raise not_found(f"{request.ref}/{no}")
    if line.quantity_committed + line.quantity_in_transit + line.quantity_delivered > 0:
        raise Promised(_("Something of this line is committed already. Agree with whoever sends it first."))
    line.cancelled_at = datetime.now(UTC)
    db.flush()
    tell(db, by, "line cancelled", request, after={"line": no, **said_of_line(line)}, reason=reason)
    return request


def said_of_line(line: RequestLine) -> dict[str, Any]:
    return {"code": line.item_code or line.resource_type_code, "quantity": str(line.quantity), "unit": line.unit_code}


# -- the decision


def move_request(db: Session, by: By, id_or_ref: str, to: str, reason: str, version: str) -> Request:
    """Take a request one step on. Raises NotFound, Forbidden, Stale, NotPossible, Promised, Invalid."""
    request = take(db, by, id_or_ref, version, WHO_MAY[to])
    demand_status(request, *FROM[to])
    was = request.status
    if to in NEEDS_REASON and not reason.strip():
        raise Invalid.field("reason", _("Say why."))
    if to in BEFORE:
        BEFORE[to](db, request)
    request.status = to
    mark(request, was, reason)
    tell(db, by, to, request, before={"status": was}, after={"status": to}, reason=reason)
    return request


def mark(request: Request, was: str, reason: str) -> None:
    """When it was submitted and decided on, and why; from then on its audience sees it."""
    now = datetime.now(UTC)
    if was == "draft":
        request.submitted_at, request.visibility = now, request.audience
    elif request.status in ("approved", "rejected"):
        request.decided_at = now
    if request.status in ("approved", "rejected", "cancelled"):
        request.decision_reason = reason


def check_submission(db: Session, request: Request) -> None:
    lines = [line for line in queries.lines_of(db, request.id).values() if line.cancelled_at is None]
    if not lines:
        raise Invalid.field("lines", _("Say what is needed: a request has at least one line."))
    if any(at and at <= datetime.now(UTC) for at in (request.needed_by, *(line.needed_by for line in lines))):
        raise Invalid.field("needed_by", _("The time by which it is needed is over: say until when it still helps."))


def check_nothing_promised(db: Session, request: Request) -> None:
    if queries.promised(db, request.id):
        raise Promised(_("Something of it is committed or under way, so it can be closed but not cancelled."))


# -- the page for donors


def publish_appeal(db: Session, by: By, id_or_ref: str, said: AppealIn, version: str) -> Request:
    """Let anybody read what is needed. Raises NotFound, Forbidden, Stale, NotPossible."""
    request = take(db, by, id_or_ref, version, demand_asker)
    demand_status(request, "submitted", "approved")
    request.appeal_text, request.appeal_prices = said.text, said.prices
    request.appeal_published_at = request.appeal_published_at or datetime.now(UTC)
    tell(db, by, "appeal published", request, after={"text": said.text, "prices": said.prices})
    return request


def take_appeal_back(db: Session, by: By, id_or_ref: str, version: str) -> Request:
    """Raises NotFound, Forbidden, Stale, NotPossible."""
    request = take(db, by, id_or_ref, version, demand_asker)
    if request.appeal_published_at is None:
        raise NotPossible(_("This request has no page for donors."))
    request.appeal_published_at = None
    tell(db, by, "appeal taken back", request)
    return request


# -- who may


def may_ask(by: By, organisation_id: UUID | None, country: str) -> bool:
    """Whether `by` may write a request of this organisation for this country: one's own, or the Centre any."""
    is_own = organisation_id is not None and organisation_id == by.organisation_id
    return by.may(Permission.REQUEST_WRITE, country) and (is_own or by.may(Permission.READ_CENTRE))


def may_decide(by: By, country: str) -> bool:
    """Whether `by` decides on requests for this country."""
    return by.may(Permission.REQUEST_APPROVE, country)


def asker_of(db: Session, by: By, new: RequestIn) -> UUID:
    """The organisation that asks. Raises Forbidden, Invalid."""
    if by.organisation_id is None:
        raise Forbidden(_("A request is made by an organisation, and you belong to none."))
    if new.organisation in (None, by.organisation_code):
        return by.organisation_id
    found = queries.organisation_with(db, new.organisation or "")
    if found is None:
        raise Invalid.field("organisation", _("There is no “%(code)s” here.") % {"code": new.organisation})
    return found


def demand_asker(by: By, request: Request) -> None:
    if not may_ask(by, request.organisation_id, request.country_iso3):
        raise Forbidden(_("Only the organisation that asks, or the Centre, can change a request."))


def demand_decider(by: By, request: Request) -> None:
    if not may_decide(by, request.country_iso3):
        raise Forbidden(_("You may not decide on requests for this country."))


def demand_either(by: By, request: Request) -> None:
    if not may_decide(by, request.country_iso3):
        demand_asker(by, request)


def demand_status(request: Request, *possible: str) -> None:
    if request.status not in possible:
        called = words.statuses()
        said = {"status": called[request.status], "possible": ", ".join(called[one] for one in possible)}
        raise NotPossible(_("This request is %(status)s. That can be done while it is: %(possible)s.") % said)


Check = Callable[[By, Request], None]
WHO_MAY: Mapping[str, Check] = {
    "submitted": demand_asker, "approved": demand_decider, "rejected": demand_decider,
    "closed": demand_either, "cancelled": demand_either,
}  # fmt: skip
FROM = {
    "submitted": ("draft",), "approved": ("submitted",), "rejected": ("submitted",), "closed": ("approved",),
    "cancelled": ("submitted", "approved"),
}  # fmt: skip
NEEDS_REASON = ("rejected", "cancelled")
BEFORE: Mapping[str, Callable[[Session, Request], None]] = {
    "submitted": check_submission, "cancelled": check_nothing_promised,
}  # fmt: skip


def steps_for(by: By, request: Request) -> list[str]:
    """The steps that `by` can take a request to now, in their order."""
    found = []
    for to, check in WHO_MAY.items():
        try:
            check(by, request)
        except Forbidden:
            continue
        found += [to] if request.status in FROM[to] else []
    return found


# -- what they share


def take(db: Session, by: By, id_or_ref: str, version: str, check: Check) -> Request:
    """The request, locked, for somebody who may do this. Raises NotFound, Forbidden, Stale."""
    request = queries.lock_request(db, by, id_or_ref)
    if request is None:
        raise not_found(id_or_ref)
    check(by, request)
    refuse_stale(version, request.updated_at)
    return request


def tell(db: Session, by: By, action: str, request: Request, **said: Any) -> None:
    """Write the row, and beside it what was done; drafts are nobody else's business."""
    db.flush()
    db.refresh(request)
    history.record(db, by, action, NOUN, request.id, ref=request.ref, visibility=request.visibility, **said)


def without_contact(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state as history keeps it: history is never rewritten, and a telephone number may have to go."""
    return {
        **state,
        "deliver_to": {**state["deliver_to"], "contact": CONTACT_KEPT if state["deliver_to"]["contact"] else ""},
    }
