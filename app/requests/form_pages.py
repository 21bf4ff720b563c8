"""The doors for people who ask and decide: a form that works offline, the steps of a request, the page for donors.

What is refused comes back with everything that was typed. Where somebody was quicker, both versions stand side by side.
"""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, not_found, refuse_stale
from app.db import Db
from app.equipment import words as specifications
from app.errors import AppError, Conflict, Stale
from app.events import writing_queries as events
from app.exercises import marked
from app.forms import (
    Form,
    Typed,
    TypedForm,
    again,
    by_language,
    differences,
    in_languages,
    merged,
    question_of,
    read,
    saved,
    undecided,
)
from app.idempotency import once
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.requests import actions, form, words
from app.requests import writing_queries as queries
from app.requests.models import Request as Asked
from app.requests.schemas import AppealIn
from app.web import Plain, as_page, render, without_filters
from app.writing import MaybeReason, Reason

Writer = Annotated[By, allowed_to(Permission.REQUEST_WRITE)]
beginning = APIRouter(prefix="/requests", dependencies=[Depends(as_page)], include_in_schema=False)
router = APIRouter(
    prefix="/requests", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)


# -- asking


class Begun(Plain):
    """Which event a request is for."""

    event: str | None = Field(None, max_length=40)


@beginning.get("/new")
def new_request(request: Request, by: Writer, begun: Annotated[Begun, Query()], db: Db) -> HTMLResponse:
    state = form.NEW | {"country": queries.home_of(db, by), "organisation": by.organisation_code}
    if begun.event:
        event = events.event_seen(db, by, begun.event)
        if event is None or event.withdrawn_at:
            raise not_found(begun.event)
        state |= {
            name: value for name, value in form.of_event(events.state_of(db, event.id), event.ref).items() if value
        }
    return show_form(request, db, by, Form("requests/new", form.values_of(state), labels_for(by)))


@router.post("")
def draft_request(request: Request, by: Writer, typed: TypedForm, db: Db) -> Response:
    if "more" in typed.values:
        return show_form(request, db, by, with_more_rows(typed, "requests/new", by))

    def draft() -> Response:
        return to_page(actions.draft_request(db, by, form.request_in(typed.values)))

    try:
        return saved(request, db, by, typed, draft)
    except AppError as error:
        return show_form(request, db, by, refused(typed, "requests/new", by, error), status=error.status)


@router.get("/{id_or_ref}/edit")
def edit_request(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    asked, now = to_change(db, by, id_or_ref)
    opened = Form(draft_of(asked), now, labels_for(by), version=version_of(asked.updated_at), was=now)
    return show_form(request, db, by, opened, asked)


@router.post("/{id_or_ref}")
def change_request(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    asked, now = to_change(db, by, id_or_ref)
    if "more" in typed.values:
        return show_form(request, db, by, with_more_rows(typed, draft_of(asked), by), asked)
    if typed.is_decision and (open_ones := undecided(form.labels(), typed)):
        return show_conflict(request, db, asked, typed, typed.was, open_ones)
    if typed.is_decision:
        typed = Typed(merged(form.labels(), typed), typed.key, typed.version, typed.was)

    def change() -> Response:
        refuse_stale(expected_version(typed.version), asked.updated_at)
        form.request_in(typed.values)
        return to_page(actions.change_request(db, by, asked.ref, form.change(typed.values, now), typed.version))

    try:
        return saved(request, db, by, typed, change)
    except Stale:
        asked, now = to_change(db, by, id_or_ref)
        return show_conflict(request, db, asked, typed, now)
    except AppError as error:
        return show_form(request, db, by, refused(typed, draft_of(asked), by, error), asked, error.status)


def show_conflict(
    request: Request, db: Session, asked: Asked, typed: Typed, theirs: dict[str, list[str]], missing: list[str] = []
) -> HTMLResponse:
    """Both versions side by side. `missing` are the fields that nobody has chosen for yet."""
    names, message = form.labels(), _("Choose one of the two versions.")
    wrong = [{"field": f"choose.{name}", "message": message} for name in missing]
    version = typed.version if missing else version_of(asked.updated_at)
    mine = Form(draft_of(asked), typed.values, names, wrong, version=version, was=theirs)
    found = differences(names, typed.was, theirs, typed.values, partial(form.in_words, offered(db, mine)))
    if missing:  # what was chosen already stays chosen
        found = [replace(one, was="", chosen=typed.choices.get(one.name, "")) for one in found]
    context = {"asked": asked, "form": mine, "differences": found, "title": title_of(asked)}
    return render(request, "requests/conflict.html", Conflict.status, **context)


@router.post("/{id_or_ref}/discard")
def discard_draft(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def discard() -> Response:
        actions.discard_draft(db, by, id_or_ref, expected_version(typed.version))
        return RedirectResponse("/requests", 303)

    return once(db, by, request, typed.key, question_of(typed), discard)


# -- deciding


@router.get("/{id_or_ref}/decide")
def look_before_deciding(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    asked = seen(db, by, id_or_ref)
    chosen = {"to": ["submitted"]} if asked.status == "draft" else {}  # there is no other way to go
    opened = Form(f"{draft_of(asked)}/decide", chosen, step_labels(), version=version_of(asked.updated_at))
    return show_steps(request, by, asked, opened)


@router.post("/{id_or_ref}/transitions")
def move_request(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    asked = seen(db, by, id_or_ref)

    def move() -> Response:
        why = read(MaybeReason, {"reason": typed.text("reason")}, step_labels())
        version = expected_version(typed.version)
        return to_page(actions.move_request(db, by, asked.ref, step_of(typed), why.reason, version))

    try:
        return saved(request, db, by, typed, move)
    except AppError as error:
        db.refresh(asked)
        sent = again(typed, f"{draft_of(asked)}/decide", step_labels(), error)
        sent.version = version_of(asked.updated_at)  # the page shows what it says now
        return show_steps(request, by, asked, sent, error.status)


def step_of(typed: Typed) -> str:
    to = typed.text("to")
    if to not in actions.FROM:
        raise actions.NotPossible(_("Choose what is to become of this request."))
    return to


def step_labels() -> dict[str, str]:
    return {"to": _("What is to become of it"), "reason": _("Reason")}


def show_steps(request: Request, by: By, asked: Asked, shown: Form, status: int = 200) -> HTMLResponse:
    steps = [(to, words.transitions()[to], "") for to in actions.steps_for(by, asked)]
    context = {"asked": asked, "form": shown, "steps": steps, "title": title_of(asked), "words": words.words()}
    return render(request, "requests/decide.html", status, **context)


@router.get("/{id_or_ref}/lines/{no}/cancel")
def ask_why_line_is_not_needed(request: Request, id_or_ref: str, no: int, by: Writer, db: Db) -> HTMLResponse:
    asked = owned(db, by, id_or_ref)
    name = f"{draft_of(asked)}/lines/{no}"
    return show_line(request, asked, no, Form(name, {}, {"reason": _("Reason")}, version=version_of(asked.updated_at)))


@router.post("/{id_or_ref}/lines/{no}/cancel")
def cancel_line(request: Request, id_or_ref: str, no: int, by: Writer, typed: TypedForm, db: Db) -> Response:
    asked, labels = owned(db, by, id_or_ref), {"reason": _("Reason")}

    def cancel() -> Response:
        why = read(Reason, {"reason": typed.text("reason")}, labels)
        return to_page(actions.cancel_line(db, by, asked.ref, no, why.reason, expected_version(typed.version)))

    try:
        return saved(request, db, by, typed, cancel)
    except AppError as error:
        sent = again(typed, f"{draft_of(asked)}/lines/{no}", labels, error)
        return show_line(request, asked, no, sent, error.status)


def show_line(request: Request, asked: Asked, no: int, shown: Form, status: int = 200) -> HTMLResponse:
    context = {"asked": asked, "no": no, "form": shown, "title": title_of(asked)}
    return render(request, "requests/line.html", status, **context)


# -- the page for donors


def appeal_labels() -> dict[str, str]:
    return {**by_language("text", _("What donors read")), "prices": _("Show the prices")}


@router.get("/{id_or_ref}/appeal/edit")
def edit_appeal(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    asked = owned(db, by, id_or_ref)
    values = in_languages("text", asked.appeal_text or asked.descriptions)
    values |= {"prices": ["true"]} if asked.appeal_prices else {}
    opened = Form(f"{draft_of(asked)}/appeal", values, appeal_labels(), version=version_of(asked.updated_at))
    return show_appeal_form(request, asked, opened)


@router.post("/{id_or_ref}/appeal")
def publish_appeal(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    asked = owned(db, by, id_or_ref)

    def publish() -> Response:
        question = form.appeal_asked(typed.values)
        appeal = read(AppealIn, question, appeal_labels() | {"text": _("What donors read")})
        actions.publish_appeal(db, by, asked.ref, appeal, expected_version(typed.version))
        return RedirectResponse(f"/requests/{asked.ref}/appeal", 303)

    try:
        return saved(request, db, by, typed, publish)
    except AppError as error:
        sent = again(typed, f"{draft_of(asked)}/appeal", appeal_labels(), error)
        return show_appeal_form(request, asked, sent, error.status)


@router.post("/{id_or_ref}/appeal/take-back")
def take_appeal_back(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def take() -> Response:
        return to_page(actions.take_appeal_back(db, by, id_or_ref, expected_version(typed.version)))

    return once(db, by, request, typed.key, question_of(typed), take)


def show_appeal_form(request: Request, asked: Asked, shown: Form, status: int = 200) -> HTMLResponse:
    return render(request, "requests/appeal_edit.html", status, asked=asked, form=shown, title=title_of(asked))


# -- what they share


def seen(db: Session, by: By, id_or_ref: str) -> Asked:
    asked = queries.request_seen(db, by, id_or_ref)
    if asked is None:
        raise not_found(id_or_ref)
    return asked


def owned(db: Session, by: By, id_or_ref: str) -> Asked:
    """For somebody who may change it. Raises NotFound, Forbidden."""
    asked = seen(db, by, id_or_ref)
    actions.demand_asker(by, asked)
    return asked


def to_change(db: Session, by: By, id_or_ref: str) -> tuple[Asked, dict[str, list[str]]]:
    """A request that can still be changed, and what stands in its fields. Raises NotFound, Forbidden, NotPossible."""
    asked = owned(db, by, id_or_ref)
    actions.demand_status(asked, "draft", "submitted")
    return asked, form.values_of(queries.state_of(db, asked.id))


def labels_for(by: By) -> dict[str, str]:
    return form.labels(for_any=by.may(Permission.READ_CENTRE))


def with_more_rows(typed: Typed, name: str, by: By) -> Form:
    return again(replace(typed, values=form.with_more_rows(typed.values)), name, labels_for(by))


def refused(typed: Typed, name: str, by: By, error: AppError) -> Form:
    """The form as it was sent, with what is wrong at the rows of the page."""
    told = again(typed, name, labels_for(by), error)
    told.errors = form.in_rows(error.errors, typed.values)
    return told


def to_page(asked: Asked) -> Response:
    return RedirectResponse(f"/requests/{asked.ref}", 303)


def title_of(asked: Asked) -> str:
    return marked(languages.label(asked.titles), asked.is_exercise)


def draft_of(asked: Asked) -> str:
    return f"requests/{asked.ref}"


def show_form(
    request: Request, db: Session, by: By, shown: Form, asked: Asked | None = None, status: int = 200
) -> HTMLResponse:
    """The form of a request, new or to be changed."""
    shown.labels = {
        **shown.labels,
        **{name: label for row in form.rows_of(shown.values) for name, label in form.row_labels(row).items()},
    }
    context: dict[str, Any] = {
        "form": shown, "asked": asked, "title": title_of(asked) if asked else "", "choices": offered(db, shown),
        "rows": form.rows_of(shown.values), "words": words.words(), "specification": specifications.choices(),
    }  # fmt: skip
    return render(request, "requests/edit.html", status, **context)


def offered(db: Session, shown: Form) -> dict[str, Any]:
    """What can be chosen."""
    lang, country, area = languages.current().code, shown.text("country"), shown.text("deliver_to.area")
    found = queries.choices(db, lang, country, area)
    return {**found, "what": form.what_choices(found)}
