"""The doors for people who write: a draft begun, written on, looked at, published by a second step, corrected, withdrawn."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, refuse_stale
from app.db import Db
from app.documents.actions import event_to_write
from app.documents.form import visibilities
from app.errors import AppError, Conflict, Stale
from app.events.models import Event
from app.exercises import marked
from app.forms import Form, Typed, TypedForm, again, differences, merged, question_of, read, saved, undecided
from app.idempotency import once
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import VISIBILITY, version_of
from app.situation_reports import actions, form
from app.situation_reports import writing_queries as queries
from app.situation_reports.models import SituationReport
from app.situation_reports.schemas import NewReport, Publishing, ReportIn
from app.web import as_page, render, without_filters
from app.writing import MaybeReason, Reason

Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]
Values = dict[str, list[str]]

router = APIRouter(
    prefix="/events/{id_or_ref}/situation-reports",
    dependencies=[Depends(as_page), Depends(without_filters)],
    include_in_schema=False,
)


# -- beginning


@router.get("/new")
def new_report(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    event = event_to_write(db, by, id_or_ref)
    begin = ReportIn.model_validate(actions.beginning(db, by, event)).model_dump(mode="json")
    return show_form(request, db, by, event, Form(draft_of_new(event), form.values_of(begin), form.labels()))


@router.post("")
def begin_report(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    event = event_to_write(db, by, id_or_ref)

    def begin() -> Response:
        new = read(NewReport, form.said(typed.values), form.names())
        return to_page(event, actions.begin_report(db, by, event.ref, new))

    try:
        return saved(request, db, by, typed, begin)
    except AppError as error:
        sent = again(typed, draft_of_new(event), form.labels(), error)
        return show_form(request, db, by, event, sent, status=error.status)


# -- writing on a draft


@router.get("/{report}/edit")
def edit_report(request: Request, id_or_ref: str, report: str, by: Writer, db: Db) -> HTMLResponse:
    draft, event, now = draft_as_it_is(db, by, id_or_ref, report)
    opened = Form(draft_of(draft), now, form.labels(), version=version_of(draft.updated_at), was=now)
    return show_form(request, db, by, event, opened, draft)


@router.post("/{report}")
def change_report(request: Request, id_or_ref: str, report: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    draft, event, now = draft_as_it_is(db, by, id_or_ref, report)
    if typed.is_decision and (open_ones := undecided(form.labels(), typed)):
        return show_conflict(request, event, draft, typed, typed.was, open_ones)
    if typed.is_decision:
        typed = Typed(merged(form.labels(), typed), typed.key, typed.version, typed.was)

    def change() -> Response:
        refuse_stale(expected_version(typed.version), draft.updated_at)
        read(ReportIn, form.said(typed.values), form.names())
        patch = form.change(typed.values, now)
        return to_page(event, actions.change_report(db, by, event.ref, str(draft.id), patch, typed.version))

    try:
        return saved(request, db, by, typed, change)
    except Stale:
        draft, event, now = draft_as_it_is(db, by, id_or_ref, report)
        return show_conflict(request, event, draft, typed, now)
    except AppError as error:
        sent = again(typed, draft_of(draft), form.labels(), error)
        return show_form(request, db, by, event, sent, draft, error.status)


def draft_as_it_is(db: Session, by: By, id_or_ref: str, ref: str) -> tuple[SituationReport, Event, Values]:
    """A draft for somebody who may write it, its event, and what stands in its form. Raises Published, Withdrawn."""
    draft, event = report_as_it_is(db, by, id_or_ref, ref)
    if draft.number is not None:
        raise actions.Published(_("What is published is never changed. Correct it: that makes a new version."))
    return draft, event, form.values_of(queries.state_of(db, draft.id))


def report_as_it_is(db: Session, by: By, id_or_ref: str, ref: str) -> tuple[SituationReport, Event]:
    report, event = actions.report_to_write(db, by, id_or_ref, ref)
    actions.refuse_withdrawn(report)
    db.refresh(report)
    return report, event


# -- publishing, correcting, withdrawing: each by a second step


@router.get("/{report}/publish")
def ask_to_publish(request: Request, id_or_ref: str, report: str, by: Writer, db: Db) -> HTMLResponse:
    draft, event, _now = draft_as_it_is(db, by, id_or_ref, report)
    return show_step(request, event, draft, "publish", opened(draft, "publish"))


@router.post("/{report}/publish")
def publish_report(request: Request, id_or_ref: str, report: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    draft, event = actions.report_to_write(db, by, id_or_ref, report)

    def publish() -> Response:
        said = read(Publishing, {"change": typed.text("change")}, {"change": _("What was corrected, and why")})
        version = expected_version(typed.version)
        published = actions.publish_report(db, by, event.ref, str(draft.id), said.change, version)
        return RedirectResponse(f"{address(event)}/{published.number}", 303)

    return step(request, db, by, event, draft, typed, "publish", publish)


@router.get("/{report}/correct")
def ask_to_correct(request: Request, id_or_ref: str, report: str, by: Writer, db: Db) -> HTMLResponse:
    published, event = report_as_it_is(db, by, id_or_ref, report)
    return show_step(request, event, published, "correct", opened(published, "correct"))


@router.post("/{report}/correct")
def correct_report(request: Request, id_or_ref: str, report: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    published, event = actions.report_to_write(db, by, id_or_ref, report)

    def correct() -> Response:
        version = expected_version(typed.version)
        draft = actions.correct_report(db, by, event.ref, str(published.id), version)
        return RedirectResponse(f"{address(event)}/{draft.id}/edit", 303)

    return step(request, db, by, event, published, typed, "correct", correct)


@router.get("/{report}/withdraw")
def ask_for_reason(request: Request, id_or_ref: str, report: str, by: Writer, db: Db) -> HTMLResponse:
    found, event = report_as_it_is(db, by, id_or_ref, report)
    return show_step(request, event, found, "withdraw", opened(found, "withdraw"))


@router.post("/{report}/withdraw")
def withdraw_report(request: Request, id_or_ref: str, report: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    found, event = actions.report_to_write(db, by, id_or_ref, report)

    def withdraw() -> Response:
        why = read(Reason, {"reason": typed.text("reason")}, {"reason": _("Reason")})
        version = expected_version(typed.version)
        actions.withdraw_report(db, by, event.ref, str(found.id), why.reason, version)
        return RedirectResponse(address(event), 303)

    return step(request, db, by, event, found, typed, "withdraw", withdraw)


@router.post("/{report}/restore")
def restore_report(request: Request, id_or_ref: str, report: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    found, event = actions.report_to_write(db, by, id_or_ref, report)

    def restore() -> Response:
        why = read(MaybeReason, {"reason": typed.text("reason")}, {"reason": _("Reason")})
        version = expected_version(typed.version)
        return to_page(event, actions.restore_report(db, by, event.ref, str(found.id), why.reason, version))

    return once(db, by, request, typed.key, question_of(typed), restore)


def opened(report: SituationReport, what: str) -> Form:
    labels = {"reason": _("Reason"), "change": _("What was corrected, and why")}
    return Form(f"{draft_of(report)}/{what}", {}, labels, version=version_of(report.updated_at))


# -- what they share


def address(event: Event) -> str:
    return f"/events/{event.ref}/situation-reports"


def to_page(event: Event, report: SituationReport) -> Response:
    return RedirectResponse(f"{address(event)}/{report.number or report.id}", 303)


def draft_of(report: SituationReport) -> str:
    return f"situation-reports/{report.id}"


def draft_of_new(event: Event) -> str:
    return f"events/{event.ref}/situation-reports/new"


def step(
    request: Request, db: Session, by: By, event: Event, report: SituationReport, typed: Typed, what: str,
    do: Callable[[], Response],
) -> Response:  # fmt: skip
    """What a second step does; where it is refused its page says why. Pressed again, what the page shows then is meant."""
    name, labels = f"{draft_of(report)}/{what}", opened(report, what).labels
    try:
        return saved(request, db, by, typed, do)
    except AppError as error:
        sent = again(typed, name, labels, error)
        sent.version = version_of(report.updated_at)
        return show_step(request, event, report, what, sent, error.status)


def show_step(
    request: Request, event: Event, report: SituationReport, what: str, shown: Form, status: int = 200
) -> HTMLResponse:
    context = {
        "event": event,
        "report": report,
        "form": shown,
        "title": marked(languages.label(event.titles), event.exercise),
        "what": what,
    }
    return render(request, "situation_reports/step.html", status, address=address(event), **context)


def show_form(
    request: Request, db: Session, by: By, event: Event, shown: Form, draft: SituationReport | None = None,
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    """The form of a draft, new or to be written on."""
    words = visibilities()
    possible = [(name, words[name], "") for name in VISIBILITY[VISIBILITY.index(event.visibility) :]]
    context = {
        "event": event, "draft": draft, "form": shown, "title": marked(languages.label(event.titles), event.exercise), "sections": form.sections(),
        "visibilities": possible, "address": address(event),
        "documents": queries.documents_of(db, by, event.id, languages.current().code),
    }  # fmt: skip
    return render(request, "situation_reports/edit.html", status, **context)


def show_conflict(
    request: Request, event: Event, draft: SituationReport, typed: Typed, theirs: Values, missing: list[str] = []
) -> HTMLResponse:
    """Both versions side by side. `missing` are the fields that nobody has chosen for yet."""
    message = _("Choose one of the two versions.")
    wrong = [{"field": f"choose.{name}", "message": message} for name in missing]
    version = typed.version if missing else version_of(draft.updated_at)
    mine = Form(draft_of(draft), typed.values, form.labels(), wrong, version=version, was=theirs)
    found = differences(form.labels(), {} if missing else typed.was, theirs, typed.values, form.in_words)
    context = {"event": event, "draft": draft, "form": mine, "differences": found}
    title = marked(languages.label(event.titles), event.exercise)
    return render(
        request, "situation_reports/conflict.html", Conflict.status, title=title, address=address(event), **context
    )
