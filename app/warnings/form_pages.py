"""The doors for people who warn: a form, a second step that shows who will be told what, an update, a cancellation.

What is refused comes back with everything that was typed. Where somebody was quicker, both versions stand side by side.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, not_found, refuse_stale
from app.db import Db
from app.errors import AppError, Conflict, Stale
from app.events import writing_queries as events
from app.forms import Form, Typed, TypedForm, again, differences, merged, question_of, read, saved, undecided
from app.idempotency import once
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.warnings import actions, form, messages, telling, words
from app.warnings import writing_queries as queries
from app.warnings.models import Warning
from app.warnings.schemas import CancelIn
from app.web import Plain, as_page, render, without_filters

Writer = Annotated[By, allowed_to(Permission.WARNING_ISSUE)]

beginning = APIRouter(prefix="/warnings", dependencies=[Depends(as_page)], include_in_schema=False)
router = APIRouter(
    prefix="/warnings", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)
HOLDS = timedelta(hours=24)  # unless somebody says otherwise


# -- drafting


class Begun(Plain):
    """Which event a warning is of."""

    event: str | None = Field(None, max_length=40)


@beginning.get("/new")
def new_warning(request: Request, by: Writer, begun: Annotated[Begun, Query()], db: Db) -> HTMLResponse:
    state = {"status": "actual", "urgency": "expected", "audience": "public", "countries": [], "areas": []}
    if begun.event:
        event = events.event_seen(db, by, begun.event)
        if event is None or event.withdrawn_at:
            raise not_found(begun.event)
        state |= form.of_event(events.state_of(db, event.id), event.ref)
    until = (datetime.now(UTC) + HOLDS).replace(minute=0, second=0, microsecond=0)
    values = form.values_of(state | {"expires_at": f"{until:%Y-%m-%dT%H:%M:%SZ}"})
    return show_form(request, db, Form("warnings/new", values, form.labels()))


@router.post("")
def draft_warning(request: Request, by: Writer, typed: TypedForm, db: Db) -> Response:
    def draft() -> Response:
        warning = actions.draft_warning(db, by, form.warning_in(typed.values))
        return RedirectResponse(f"/warnings/{warning.ref}/issue", 303)

    try:
        return saved(request, db, by, typed, draft)
    except AppError as error:
        return show_form(request, db, again(typed, "warnings/new", form.labels(), error), status=error.status)


@router.get("/{id_or_ref}/edit")
def edit_draft(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    warning, state = draft_to_write(db, by, id_or_ref)
    now = form.values_of(state)
    opened = Form(draft_of(warning), now, form.labels(), version=version_of(warning.updated_at), was=now)
    return show_form(request, db, opened, warning)


@router.post("/{id_or_ref}")
def change_draft(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    warning, state = draft_to_write(db, by, id_or_ref)
    now, name = form.values_of(state), draft_of(warning)
    if typed.is_decision and (open_ones := undecided(form.labels(), typed)):
        return show_conflict(request, db, warning, typed, typed.was, open_ones)
    if typed.is_decision:
        typed = Typed(merged(form.labels(), typed), typed.key, typed.version, typed.was)

    def change() -> Response:
        refuse_stale(expected_version(typed.version), warning.updated_at)
        form.warning_in(typed.values)
        actions.change_draft(db, by, warning.ref, form.change(typed.values, now), typed.version)
        return RedirectResponse(f"/warnings/{warning.ref}/issue", 303)

    try:
        return saved(request, db, by, typed, change)
    except Stale:
        warning, state = draft_to_write(db, by, id_or_ref)
        return show_conflict(request, db, warning, typed, form.values_of(state))
    except AppError as error:
        return show_form(request, db, again(typed, name, form.labels(), error), warning, error.status)


def show_conflict(
    request: Request, db: Session, warning: Warning, typed: Typed, theirs: dict[str, list[str]], missing: list[str] = []
) -> HTMLResponse:
    """Both versions side by side. `missing` are the fields that nobody has chosen for yet."""
    names, message = form.labels(), _("Choose one of the two versions.")
    wrong = [{"field": f"choose.{name}", "message": message} for name in missing]
    version = typed.version if missing else version_of(warning.updated_at)
    mine = Form(draft_of(warning), typed.values, names, wrong, version=version, was=theirs)
    spoken = partial(form.in_words, offered(db, [*typed.values.get("areas", ()), *theirs.get("areas", ())]))
    found = differences(names, typed.was, theirs, typed.values, spoken)
    if missing:  # what was chosen already stays chosen
        found = [replace(one, was="", chosen=typed.choices.get(one.name, "")) for one in found]
    context = {"warning": warning, "form": mine, "differences": found, "title": actions.title_of(warning)}
    return render(request, "warnings/conflict.html", Conflict.status, **context)


@router.post("/{id_or_ref}/discard")
def discard_draft(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def discard() -> Response:
        actions.discard_draft(db, by, id_or_ref, expected_version(typed.version))
        return RedirectResponse("/warnings", 303)

    return once(db, by, request, typed.key, question_of(typed), discard)


# -- issuing: the second step


@router.get("/{id_or_ref}/issue")
def look_before_issuing(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    warning, state = draft_to_write(db, by, id_or_ref)
    chosen = {"recipients": actions.proposed(db, warning, state)}
    opened = Form(
        f"{draft_of(warning)}/issue", chosen, {"recipients": _("Who is told")}, version=version_of(warning.updated_at)
    )
    return show_issue(request, db, warning, opened)


@router.post("/{id_or_ref}/issue")
def issue_warning(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    warning, _state = draft_to_write(db, by, id_or_ref)
    site = request.app.state.settings.public_url
    chosen = [code for code in typed.values.get("recipients", ()) if code]

    def issue() -> Response:
        version = expected_version(typed.version)
        return to_board(actions.issue_warning(db, by, warning.ref, chosen, version, site))

    try:
        return saved(request, db, by, typed, issue)
    except AppError as error:
        labels = {"recipients": _("Who is told"), **form.labels()}
        sent = again(typed, f"{draft_of(warning)}/issue", labels, error)
        sent.version = version_of(warning.updated_at)  # the page shows what it says now
        return show_issue(request, db, warning, sent, error.status)


def show_issue(request: Request, db: Session, warning: Warning, shown: Form, status: int = 200) -> HTMLResponse:
    """What goes out in each language, and to whom: those chosen first, then everybody else who could be told."""
    names = queries.all_organisations(db, languages.current().code, warning.organisation_id)
    people = telling.count_by_code(telling.people_of(db, [code for code, *_rest in names], warning.demonstration))
    chosen = set(shown.texts("recipients"))
    context = {
        "warning": warning,
        "form": shown,
        "title": actions.title_of(warning),
        "said": messages.said(warning, queries.facts_of(db, warning.id)),
        "chosen": [one for one in names if one[0] in chosen],
        "others": [one for one in names if one[0] not in chosen],
        "people": people,
        "words": words.words(),
    }
    return render(request, "warnings/issue.html", status, **context)


# -- updating, cancelling


@router.post("/{id_or_ref}/update")
def draft_update(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def draft() -> Response:
        return RedirectResponse(f"/warnings/{actions.draft_update(db, by, id_or_ref, {}).ref}/edit", 303)

    return once(db, by, request, typed.key, question_of(typed), draft)


@router.get("/{id_or_ref}/cancel")
def ask_for_reason(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    warning = issued_to_write(db, by, id_or_ref)
    opened = Form(f"{draft_of(warning)}/cancel", {}, {"reason": _("Reason")}, version=version_of(warning.updated_at))
    return show_cancel(request, db, warning, opened)


@router.post("/{id_or_ref}/cancel")
def cancel_warning(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    warning, labels = issued_to_write(db, by, id_or_ref), {"reason": _("Reason")}
    site = request.app.state.settings.public_url

    def cancel() -> Response:
        why = read(CancelIn, {"reason": typed.text("reason")}, labels)
        version = expected_version(typed.version)
        return to_board(actions.cancel_warning(db, by, warning.ref, why.reason, version, site))

    try:
        return saved(request, db, by, typed, cancel)
    except AppError as error:
        sent = again(typed, f"{draft_of(warning)}/cancel", labels, error)
        sent.version = version_of(warning.updated_at)
        return show_cancel(request, db, warning, sent, error.status)


def show_cancel(request: Request, db: Session, warning: Warning, shown: Form, status: int = 200) -> HTMLResponse:
    names = queries.organisation_names(db, queries.recipients_of(db, warning.id))
    told = sorted(languages.label(one) for one in names.values())
    title = actions.title_of(warning)
    return render(request, "warnings/cancel.html", status, warning=warning, form=shown, title=title, told=told)


# -- what they share


def draft_to_write(db: Session, by: By, id_or_ref: str) -> tuple[Warning, queries.State]:
    """A draft, for somebody who may issue it, and what it says now. Raises NotFound, Forbidden, Issued."""
    return to_write(db, by, id_or_ref, actions.refuse_issued)


def issued_to_write(db: Session, by: By, id_or_ref: str) -> Warning:
    return to_write(db, by, id_or_ref, lambda _warning: None)[0]


def to_write(db: Session, by: By, id_or_ref: str, refuse: Callable[[Warning], None]) -> tuple[Warning, queries.State]:
    warning = queries.warning_seen(db, by, id_or_ref)
    if warning is None:
        raise not_found(id_or_ref)
    state = queries.state_of(db, warning.id)
    actions.refuse_stranger(by, warning, state["countries"])
    refuse(warning)
    return warning, state


def to_board(warning: Warning) -> Response:
    return RedirectResponse(f"/warnings/{warning.ref}/board", 303)


def draft_of(warning: Warning) -> str:
    return f"warnings/{warning.ref}"


def show_form(
    request: Request, db: Session, shown: Form, warning: Warning | None = None, status: int = 200
) -> HTMLResponse:
    """The form of a draft, new or to be changed."""
    context: dict[str, Any] = {
        "form": shown,
        "warning": warning,
        "title": actions.title_of(warning) if warning else "",
        "choices": offered(db, list(shown.texts("areas"))),
        "lists": {
            "severity": words.severities(), "urgency": words.urgencies(), "certainty": words.certainties(),
            "status": words.statuses(), "categories": words.categories(), "responses": words.responses(),
        },
    }  # fmt: skip
    return render(request, "warnings/edit.html", status, **context)


def offered(db: Session, areas: list[str]) -> dict[str, list[list[str]]]:
    return events.choices(db, languages.current().code, areas)
