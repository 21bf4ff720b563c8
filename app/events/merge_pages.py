"""The doors for people: /events/{ref}/merge, in two steps (which event stays; what differs, and why), and /unmerge."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, not_found
from app.db import Db
from app.errors import AppError, Invalid
from app.events import form, merging
from app.events import writing_queries as queries
from app.events.actions import demand_right
from app.events.beside_schemas import MergeIn
from app.events.duplicates import Asked, rated
from app.events.models import Event
from app.exercises import marked
from app.filters import Text
from app.forms import Form, Typed, TypedForm, again, differences, question_of, read, saved
from app.geo import Point
from app.idempotency import once
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.web import as_page, render, without_filters
from app.writing import MaybeReason

Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]

router = APIRouter(prefix="/events", dependencies=[Depends(as_page)], include_in_schema=False)


class Chosen(BaseModel):
    """Which event stays, as far as it is chosen."""

    model_config = ConfigDict(extra="forbid")

    into: Text | None = None
    lang: str | None = None


def labels() -> dict[str, str]:
    return {"into": _("The event that stays"), "reason": _("Reason")}


@router.get("/{id_or_ref}/merge")
def choose_master(
    request: Request, id_or_ref: str, by: Writer, chosen: Annotated[Chosen, Query()], db: Db
) -> HTMLResponse:
    event, state = event_to_merge(db, by, id_or_ref)
    opened = Form(
        f"events/{event.ref}/merge", {"into": [chosen.into or ""]}, labels(), version=version_of(event.updated_at)
    )
    master, wrong = None, None
    if chosen.into:
        try:
            master = merging.possible_master(db, by, event, chosen.into.strip())
        except Invalid as error:
            wrong = error
            opened.errors, opened.message = error.errors, error.detail
    return show(request, db, by, event, state, opened, master, wrong.status if wrong else 200)


@router.post("/{id_or_ref}/merge", dependencies=[Depends(without_filters)])
def merge_event(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    event, state = event_to_merge(db, by, id_or_ref)

    def merge() -> Response:
        asked = read(MergeIn, {name: typed.text(name) for name in labels()}, labels())
        version = expected_version(typed.version)
        _duplicate, master = merging.merge_events(db, by, event.ref, asked.into, asked.reason, version)
        return RedirectResponse(f"/events/{master.ref}", 303)

    try:
        return saved(request, db, by, typed, merge)
    except AppError as error:
        return show_again(request, db, by, typed, error, event, state)


def show_again(
    request: Request, db: Session, by: By, typed: Typed, error: AppError, event: Event, state: queries.State
) -> HTMLResponse:
    """The same page with what is wrong; it shows what both say now: pressed again, that is what is meant."""
    db.refresh(event)
    sent = again(typed, f"events/{event.ref}/merge", labels(), error)
    sent.version = version_of(event.updated_at)
    try:
        master = merging.possible_master(db, by, event, typed.text("into"))
    except AppError:
        master = None
    return show(request, db, by, event, state, sent, master, error.status)


@router.post("/{id_or_ref}/unmerge", dependencies=[Depends(without_filters)])
def unmerge_event(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def unmerge() -> Response:
        why = read(MaybeReason, {"reason": typed.text("reason")}, labels())
        event = merging.unmerge_event(db, by, id_or_ref, why.reason, expected_version(typed.version))
        return RedirectResponse(f"/events/{event.ref}", 303)

    return once(db, by, request, typed.key, question_of(typed), unmerge)


def event_to_merge(db: Session, by: By, id_or_ref: str) -> tuple[Event, queries.State]:
    """An event that is here, for somebody who may change it, and what it says. Raises NotFound, Forbidden."""
    event = queries.event_seen(db, by, id_or_ref)
    if event is None or event.withdrawn_at:
        raise not_found(id_or_ref)
    db.refresh(event)
    state = queries.state_of(db, event.id)
    demand_right(by, state["countries"])
    return event, state


def show(
    request: Request, db: Session, by: By, event: Event, state: queries.State, opened: Form, master: Event | None,
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    context: dict[str, Any] = {
        "event": event,
        "title": marked(languages.label(event.titles), event.exercise),
        "form": opened,
        "master": master,
    }
    if master:
        context |= {"master_title": languages.label(master.titles), "differences": what_differs(db, state, master)}
    else:
        context["duplicates"] = [one for one in likely(db, by, event, state) if one["ref"] != event.ref]
    return render(request, "events/merge.html", status, **context)


def what_differs(db: Session, state: queries.State, master: Event) -> list[Any]:
    """The fields that the two say differently, in words: `mine` the duplicate's, `theirs` the master's."""
    other = queries.state_of(db, master.id)
    choices = queries.choices(db, languages.current().code, [*state["areas"], *other["areas"]])
    mine, theirs = form.values_of(state), form.values_of(other)
    return differences(form.labels(), {}, theirs, mine, partial(form.in_words, choices))


def likely(db: Session, by: By, event: Event, state: queries.State) -> list[dict[str, Any]]:
    """The events that may be the same one."""
    point = state["geometry"]["coordinates"] if state["geometry"] and state["geometry"]["type"] == "Point" else None
    asked = Asked(event.hazard_code, event.started_at, Point(*point) if point else None, state["countries"])
    return rated(asked, queries.likely_duplicates(db, by, asked, languages.current().code))
