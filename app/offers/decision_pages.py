"""The doors for people who decide on offers: accepting line by line, declining, giving back, tying an offer to a request.

What is refused comes back with everything that was typed, and with what is left now.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version
from app.db import Db
from app.errors import AppError
from app.forms import Form, Typed, TypedForm, again, read, saved
from app.languages import gettext as _
from app.offers import accepting, actions, committing, form, words
from app.offers import writing_queries as queries
from app.offers.form_pages import asked_lines, seen, title_of, to_page
from app.offers.models import Offer
from app.offers.schemas import ReleaseIn, TieIn
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.requests import writing_queries as requests
from app.requests.form import plain
from app.requests.models import Request as Asked
from app.web import Plain, as_page, render, without_filters

Decider = Annotated[By, allowed_to(Permission.REQUEST_APPROVE)]
Either = Annotated[By, allowed_to(Permission.CAPACITY_WRITE, Permission.STOCK_WRITE, Permission.REQUEST_APPROVE)]
beginning = APIRouter(prefix="/offers", dependencies=[Depends(as_page)], include_in_schema=False)
router = APIRouter(prefix="/offers", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)


# -- deciding


@router.get("/{id_or_ref}/decide")
def look_before_deciding(request: Request, id_or_ref: str, by: Decider, db: Db) -> HTMLResponse:
    offer, _asked = to_decide(db, by, id_or_ref)
    lines = queries.lines_of(db, offer.id).values()
    values = {f"accepted.{line.no}": [plain(float(line.quantity))] for line in lines}
    return show_decision(request, db, offer, Form(f"offers/{offer.ref}/decide", values, decision_labels(offer, db)))


@router.post("/{id_or_ref}/accept")
def accept_offer(request: Request, id_or_ref: str, by: Decider, typed: TypedForm, db: Db) -> Response:
    offer, _asked = to_decide(db, by, id_or_ref)

    def accept() -> Response:
        said = form.accept_in(typed.values)
        return to_page(accepting.accept_offer(db, by, offer.ref, said, expected_version(typed.version)))

    return decided(request, db, by, typed, offer, accept)


@router.post("/{id_or_ref}/decline")
def decline_offer(request: Request, id_or_ref: str, by: Decider, typed: TypedForm, db: Db) -> Response:
    offer, _asked = to_decide(db, by, id_or_ref)

    def decline() -> Response:
        version = expected_version(typed.version)
        return to_page(actions.decline_offer(db, by, offer.ref, typed.text("reason"), version))

    return decided(request, db, by, typed, offer, decline)


def decided(
    request: Request, db: Session, by: By, typed: Typed, offer: Offer, decide: Callable[[], Response]
) -> Response:
    try:
        return saved(request, db, by, typed, decide)
    except AppError as error:
        shown = again(typed, f"offers/{offer.ref}/decide", decision_labels(offer, db), error)
        db.refresh(offer)
        return show_decision(request, db, offer, shown, error.status)


def decision_labels(offer: Offer, db: Session) -> dict[str, str]:
    return {f"accepted.{no}": _("Quantity") for no in queries.lines_of(db, offer.id)} | {"reason": _("Reason")}


def show_decision(request: Request, db: Session, offer: Offer, shown: Form, status: int = 200) -> HTMLResponse:
    """Each line with what is offered and what the request still needs; the page shows what the offer says now."""
    shown.version = version_of(offer.updated_at)
    lang = languages.current().code
    asked = {one["no"]: one for one in asked_lines(db, db.get(Asked, offer.request_id) if offer.request_id else None)}
    context = {"offer": offer, "form": shown, "lines": queries.lines_in_words(db, offer.id, lang), "asked": asked}
    return render(request, "offers/decide.html", status, title=title_of(db, offer), words=words.words(), **context)


# -- giving back, and tying to a request


@router.get("/{id_or_ref}/give-back")
def ask_for_reason(request: Request, id_or_ref: str, by: Either, db: Db) -> HTMLResponse:
    offer = to_give_back(db, by, id_or_ref)
    return show_giving_back(request, db, offer, Form(f"offers/{offer.ref}/give-back", {}, {"reason": _("Reason")}))


@router.post("/{id_or_ref}/give-back")
def give_back(request: Request, id_or_ref: str, by: Either, typed: TypedForm, db: Db) -> Response:
    """Of what waits for a decision the offer is withdrawn; of what was accepted, all that is not under way is released."""
    offer, labels = to_give_back(db, by, id_or_ref), {"reason": _("Reason")}

    def give() -> Response:
        version, reason = expected_version(typed.version), typed.text("reason")
        if offer.status in actions.DECIDED:
            said = read(ReleaseIn, {"reason": reason}, labels)
            return to_page(committing.release_offer(db, by, offer.ref, said, version))
        return to_page(actions.withdraw_offer(db, by, offer.ref, reason, version))

    try:
        return saved(request, db, by, typed, give)
    except AppError as error:
        db.refresh(offer)
        shown = again(typed, f"offers/{offer.ref}/give-back", labels, error)
        return show_giving_back(request, db, offer, shown, error.status)


def show_giving_back(request: Request, db: Session, offer: Offer, shown: Form, status: int = 200) -> HTMLResponse:
    shown.version = version_of(offer.updated_at)
    context = {
        "offer": offer,
        "form": shown,
        "title": title_of(db, offer),
        "is_accepted": offer.status in actions.DECIDED,
    }
    return render(request, "offers/give_back.html", status, **context)


class Tying(Plain):
    """The request that an offer is to be tied to."""

    request: str | None = Field(None, max_length=40)


@beginning.get("/{id_or_ref}/tie")
def choose_request(
    request: Request, id_or_ref: str, by: Either, asked: Annotated[Tying, Query()], db: Db
) -> HTMLResponse:
    """First the request, then which line of the offer goes to which of its lines."""
    offer = to_tie(db, by, id_or_ref)
    values = {"request": [asked.request or ""]}
    shown = Form(f"offers/{offer.ref}/tie", values, {"request": _("Request")})
    return show_tying(request, db, by, offer, shown)


@router.post("/{id_or_ref}/tie")
def tie_offer(request: Request, id_or_ref: str, by: Either, typed: TypedForm, db: Db) -> Response:
    offer = to_tie(db, by, id_or_ref)

    def tie() -> Response:
        lines = {
            name.partition(".")[2]: texts[0]
            for name, texts in typed.values.items()
            if name.startswith("lines.") and texts[0]
        }
        said = read(TieIn, {"request": typed.text("request"), "lines": lines}, {"request": _("Request")})
        return to_page(actions.tie_offer(db, by, offer.ref, said, expected_version(typed.version)))

    try:
        return saved(request, db, by, typed, tie)
    except AppError as error:
        db.refresh(offer)
        shown = again(typed, f"offers/{offer.ref}/tie", {"request": _("Request")}, error)
        return show_tying(request, db, by, offer, shown, error.status)


def show_tying(request: Request, db: Session, by: By, offer: Offer, shown: Form, status: int = 200) -> HTMLResponse:
    shown.version = version_of(offer.updated_at)
    ref = shown.text("request").strip()
    asked = requests.request_seen(db, by, ref) if ref else None
    context = {
        "offer": offer, "form": shown, "asked": asked, "title": title_of(db, offer), "lines_asked": asked_lines(db, asked),
        "lines": queries.lines_in_words(db, offer.id, languages.current().code), "is_missing": bool(ref and asked is None),
    }  # fmt: skip
    return render(request, "offers/tie.html", status, **context)


# -- what they share


def to_decide(db: Session, by: By, id_or_ref: str) -> tuple[Offer, Asked | None]:
    offer, asked = seen(db, by, id_or_ref)
    actions.demand_decider(by, offer, asked)
    actions.demand_status(offer, "submitted")
    return offer, asked


def to_give_back(db: Session, by: By, id_or_ref: str) -> Offer:
    offer, asked = seen(db, by, id_or_ref)
    if offer.status not in actions.DECIDED or not actions.may_decide(by, offer, asked):
        actions.demand_owner(by, offer)
    actions.demand_status(offer, "submitted", *actions.DECIDED)
    return offer


def to_tie(db: Session, by: By, id_or_ref: str) -> Offer:
    offer, _asked = seen(db, by, id_or_ref)
    if not actions.may_decide(by, offer, None):
        actions.demand_owner(by, offer)
    actions.demand_status(offer, "draft", "submitted")
    return offer
