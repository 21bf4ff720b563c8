"""The doors for people who write: a file sent with a form, what is said of it changed, withdrawn, restored."""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, refuse_stale
from app.db import Db, engine_of, transaction
from app.documents import actions, form
from app.documents import writing_queries as queries
from app.documents.models import Document
from app.documents.receiving import Received, most_bytes, received, too_large
from app.documents.schemas import DocumentIn
from app.errors import AppError, Conflict, Stale
from app.events.models import Event
from app.exercises import marked
from app.forms import Form, Typed, TypedForm, again, differences, merged, question_of, read, saved, typed_as, undecided
from app.idempotency import once
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import VISIBILITY, version_of
from app.web import as_page, render, spoken, without_filters
from app.writing import MaybeReason, Reason

Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]
PAGES: dict[str, Any] = {"dependencies": [Depends(as_page), Depends(without_filters)], "include_in_schema": False}

of_events = APIRouter(prefix="/events", **PAGES)
router = APIRouter(prefix="/documents", **PAGES)


# -- keeping a file


@of_events.get("/{id_or_ref}/documents/new")
def new_document(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    event = actions.event_to_write(db, by, id_or_ref)
    opened = Form(draft_of_new(event), {"kind": ["other"], "visibility": [event.visibility]}, form.labels_of_new())
    return show_new(request, event, opened)


@of_events.post("/{id_or_ref}/documents")
async def keep_document(request: Request, id_or_ref: str, by: Writer, db: Db) -> Response:
    event = await to_thread.run_sync(event_outside, request, by, id_or_ref)
    try:
        async with received(request) as got:
            return await to_thread.run_sync(keep, request, db, by, event, got)
    except AppError as error:  # nothing of the form has come
        return refused(request, event, Typed({}), error)


def event_outside(request: Request, by: By, id_or_ref: str) -> Event:
    """The event, in a transaction of its own: none is open while the file comes."""
    with transaction(engine_of(request.app)) as db:
        return actions.event_to_write(db, by, id_or_ref)


def keep(request: Request, db: Session, by: By, event: Event, got: Received) -> Response:
    typed = typed_as(got.fields)
    names = form.labels_of_new()
    try:
        if got.is_too_large:
            raise too_large(most_bytes(request))
        new = read(DocumentIn, form.said(typed.values), {**names, "titles": _("Title")})
        examined = actions.look_at(got.file if got.name else None, got.name)
        typed.values["file"] = [examined.sha256.hex()]  # the same form with another file is another form

        def do() -> Response:
            now = actions.event_to_write(db, by, event.ref)
            actions.keep_document(db, by, now, examined, new.model_dump(mode="json"))
            return RedirectResponse(f"/events/{event.ref}#documents", 303)

        return saved(request, db, by, typed, do)
    except AppError as error:
        return refused(request, event, typed, error)


def refused(request: Request, event: Event, typed: Typed, error: AppError) -> HTMLResponse:
    """The form with all that was typed; only the file has to be chosen again."""
    page = show_new(request, event, again(typed, draft_of_new(event), form.labels_of_new(), error), error.status)
    page.headers.update(error.headers)
    return page


def show_new(request: Request, event: Event, opened: Form, status: int = 200) -> HTMLResponse:
    return show_form(request, event, opened, status, largest=most_bytes(request))


def show_form(request: Request, event: Event, opened: Form, status: int = 200, **more: Any) -> HTMLResponse:
    title, words = marked(languages.label(event.titles), event.exercise), form.visibilities()
    possible = [(name, words[name], "") for name in VISIBILITY[VISIBILITY.index(event.visibility) :]]
    spoken_here = sorted({*languages.LANGUAGES, "tg", "uz", "tr", "zh", *opened.texts("language")} - {""})
    context = {
        "event": event, "form": opened, "title": title, "kinds": list(form.kinds().items()), "visibilities": possible,
        "languages_offered": [(code, spoken([code])) for code in spoken_here],
    }  # fmt: skip
    return render(request, "documents/edit.html", status, **{"document": None, **context, **more})


# -- saying something else of it


@router.get("/{id_or_ref}/edit")
def edit_document(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    document, event, now = document_as_it_is(db, by, id_or_ref)
    version = version_of(document.updated_at)
    opened = Form(draft_of(document), now, form.labels(), version=version, was=now)
    return show_form(request, event, opened, document=document)


@router.post("/{id_or_ref}")
def change_document(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    document, event, now = document_as_it_is(db, by, id_or_ref)
    name = draft_of(document)
    if typed.is_decision and (open_ones := undecided(form.labels(), typed)):
        return show_conflict(request, event, document, typed, typed.was, open_ones)
    if typed.is_decision:
        typed = Typed(merged(form.labels(), typed), typed.key, typed.version, typed.was)

    def change() -> Response:
        refuse_stale(expected_version(typed.version), document.updated_at)
        read(DocumentIn, form.said(typed.values), {**form.labels(), "titles": _("Title")})
        actions.change_document(db, by, document.ref, form.change(typed.values, now), typed.version)
        return to_page(document)

    try:
        return saved(request, db, by, typed, change)
    except Stale:
        document, event, now = document_as_it_is(db, by, id_or_ref)
        return show_conflict(request, event, document, typed, now)
    except AppError as error:
        return show_form(request, event, again(typed, name, form.labels(), error), error.status, document=document)


def document_as_it_is(db: Session, by: By, id_or_ref: str) -> tuple[Document, Event, dict[str, list[str]]]:
    """A document for somebody who may write it, its event, and what stands in its form."""
    document, event = actions.document_to_write(db, by, id_or_ref)
    db.refresh(document)
    return document, event, form.values_of(queries.state_of(db, document.id))


def show_conflict(
    request: Request,
    event: Event,
    document: Document,
    typed: Typed,
    theirs: dict[str, list[str]],
    missing: list[str] = [],
) -> HTMLResponse:
    """Both versions side by side. `missing` are the fields that nobody has chosen for yet."""
    message = _("Choose one of the two versions.")
    wrong = [{"field": f"choose.{name}", "message": message} for name in missing]
    version = typed.version if missing else version_of(document.updated_at)
    mine = Form(draft_of(document), typed.values, form.labels(), wrong, version=version, was=theirs)
    found = differences(form.labels(), {} if missing else typed.was, theirs, typed.values, form.in_words)
    context = {"document": document, "form": mine, "differences": found, "title": languages.label(document.titles)}
    return render(request, "documents/conflict.html", Conflict.status, is_exercise=event.exercise, **context)


# -- withdrawing, restoring


@router.get("/{id_or_ref}/withdraw")
def ask_for_reason(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    document, event = actions.document_to_write(db, by, id_or_ref)
    opened = Form(
        f"{draft_of(document)}/withdraw", {}, {"reason": _("Reason")}, version=version_of(document.updated_at)
    )
    return show_withdraw(request, event, document, opened)


@router.post("/{id_or_ref}/withdraw")
def withdraw_document(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    document, event = actions.document_to_write(db, by, id_or_ref)
    names = {"reason": _("Reason")}

    def withdraw() -> Response:
        why = read(Reason, {"reason": typed.text("reason")}, names)
        actions.withdraw_document(db, by, document.ref, why.reason, expected_version(typed.version))
        return RedirectResponse(f"/events/{event.ref}#documents", 303)

    try:
        return saved(request, db, by, typed, withdraw)
    except AppError as error:
        sent = again(typed, f"{draft_of(document)}/withdraw", names, error)
        sent.version = version_of(document.updated_at)
        return show_withdraw(request, event, document, sent, error.status)


def show_withdraw(request: Request, event: Event, document: Document, opened: Form, status: int = 200) -> HTMLResponse:
    context = {"document": document, "form": opened, "title": languages.label(document.titles)}
    return render(request, "documents/withdraw.html", status, is_exercise=event.exercise, **context)


@router.post("/{id_or_ref}/restore")
def restore_document(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def restore() -> Response:
        why = read(MaybeReason, {"reason": typed.text("reason")}, {"reason": _("Reason")})
        version = expected_version(typed.version)
        return to_page(actions.restore_document(db, by, id_or_ref, why.reason, version))

    return once(db, by, request, typed.key, question_of(typed), restore)


def to_page(document: Document) -> Response:
    return RedirectResponse(f"/documents/{document.ref}", 303)


def draft_of(document: Document) -> str:
    return f"documents/{document.ref}"


def draft_of_new(event: Event) -> str:
    return f"events/{event.ref}/documents/new"
