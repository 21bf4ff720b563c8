"""The form of the event that a candidate becomes, filled in with what feeds say, for whoever wants to correct it first."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.answers import expected_version, not_found
from app.db import Db
from app.errors import AppError
from app.events import form
from app.events.actions import demand_right
from app.events.form_pages import doubts, show_form
from app.forms import Form, Typed, TypedForm, again, saved
from app.inbox import actions
from app.inbox.becoming import state_of
from app.inbox.models import Candidate
from app.inbox.writing_queries import candidate_seen, touched
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.web import as_page, without_filters

Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]

router = APIRouter(prefix="/inbox", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)


@router.get("/{id_or_ref}/edit")
def edit_first(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    candidate = candidate_to_decide(db, by, id_or_ref)
    state = {name: "" if value is None else value for name, value in state_of(db, candidate).items()}
    values = form.values_of(state | {"geometry": state["geometry"] or None})
    values |= {"alert_reason": [str(state["alert_reason"])]}
    opened = Form(draft_of(candidate), values, form.labels(), version=version_of(candidate.updated_at), was=values)
    return show_form(request, db, opened, action=address_of(candidate))


@router.post("/{id_or_ref}/edit")
def log_edited(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    candidate = candidate_to_decide(db, by, id_or_ref)
    questions: list[str] = []

    def log() -> Response:
        new = form.event_in(typed.values)
        if not typed.nevertheless and (said := doubts(db, new)):
            questions.extend(said)
            raise actions.MayBeHere([])
        version = expected_version(typed.version)
        made = actions.make_event(db, by, candidate.ref, new, version, nevertheless=typed.nevertheless)
        return RedirectResponse(f"/inbox/{made.ref}", 303)

    try:
        return saved(request, db, by, typed, log)
    except actions.MayBeHere as doubt:
        shown = again(typed, draft_of(candidate), form.labels())
        return show_form(
            request, db, shown, duplicates=list(doubt.found), doubts=questions, status=doubt.status,
            action=address_of(candidate),
        )  # fmt: skip
    except AppError as error:
        return shown_again(request, db, candidate, typed, error)


def shown_again(request: Request, db: Session, candidate: Candidate, typed: Typed, error: AppError) -> HTMLResponse:
    """With what is wrong. Where feeds said something new meanwhile, pressing again means that it was seen."""
    db.refresh(candidate)
    shown = again(typed, draft_of(candidate), form.labels(), error)
    shown.version = version_of(candidate.updated_at)
    return show_form(request, db, shown, status=error.status, action=address_of(candidate))


def candidate_to_decide(db: Session, by: By, id_or_ref: str) -> Candidate:
    """Raises NotFound, Forbidden."""
    candidate = candidate_seen(db, by, id_or_ref)
    if candidate is None:
        raise not_found(id_or_ref)
    demand_right(by, touched(db, candidate))
    db.refresh(candidate)
    return candidate


def address_of(candidate: Candidate) -> str:
    return f"/inbox/{candidate.ref}/edit"


def draft_of(candidate: Candidate) -> str:
    return f"inbox/{candidate.ref}"
