"""The doors for people who write: /events/new, /events/{ref}/edit, /withdraw, and the forms they send.

What is refused comes back with everything that was typed. Where somebody was quicker, both versions stand side by side.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, not_found, refuse_stale
from app.db import Db
from app.errors import AppError, Conflict, Invalid, Stale
from app.events import actions, form
from app.events import writing_queries as queries
from app.events.duplicates import Asked, rated
from app.events.models import Event
from app.events.schemas import EventIn, GeometryIn, possible_time
from app.events.shapes import shape
from app.exercises import marked
from app.forms import Form, Typed, TypedForm, again, differences, merged, moment, question_of, read, saved, undecided
from app.geo import Point, spoken_point
from app.idempotency import once
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.places.queries import is_far_from, touched
from app.records import version_of
from app.web import as_page, render, without_filters
from app.writing import MaybeReason, Reason

Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]
Drawer = Annotated[
    By, allowed_to(Permission.EVENT_WRITE, Permission.REQUEST_WRITE)
]  # where help is to come is drawn, too

router = APIRouter(prefix="/events", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)
fragments = APIRouter(prefix="/events", include_in_schema=False)

NEW = {"status": ["ongoing"], "visibility": ["public"]}


# -- logging


@router.get("/new")
def new_event(request: Request, by: Writer, db: Db) -> HTMLResponse:
    return show_form(request, db, Form("events/new", NEW, form.labels()))


@router.post("")
def log_event(request: Request, by: Writer, typed: TypedForm, db: Db) -> Response:
    def log() -> Response:
        new = form.event_in(typed.values)
        if not typed.nevertheless:
            refuse_doubtful(likely(db, by, new), doubts(db, new))
        return to_page(actions.log_event(db, by, new))

    try:
        return saved(request, db, by, typed, log)
    except Doubtful as doubt:
        return show_form(
            request,
            db,
            again(typed, "events/new", form.labels()),
            duplicates=doubt.found,
            doubts=doubt.doubts,
            status=doubt.status,
        )
    except AppError as error:
        return show_form(request, db, again(typed, "events/new", form.labels(), error), status=error.status)


class Doubtful(Conflict):
    """There are events that may be the same, or what was typed is hardly meant so: somebody has to look first."""

    def __init__(self, found: list[dict[str, Any]], doubts: list[str]) -> None:
        super().__init__()
        self.found, self.doubts = found, doubts


def refuse_doubtful(found: list[dict[str, Any]], doubts: list[str]) -> None:
    if found or doubts:
        raise Doubtful(found, doubts)


# About 300 km: an earthquake below one country is felt in another, swapped coordinates are thousands of kilometres off
FAR_DEGREES = 3.0


def doubts(db: Session, new: EventIn) -> list[str]:
    """What is hardly meant as it was typed, in sentences."""
    said = []
    if new.geometry and is_far_from(db, new.countries, new.geometry.model_dump_json(), FAR_DEGREES):
        said.append(_("The place lies far outside the countries chosen: have latitude and longitude changed places?"))
    if new.status != "alert" and new.started_at > datetime.now(UTC) + timedelta(days=1):
        said.append(_("It begins in the future, but is said to be going on already: look at the date and the status."))
    return said


def likely(db: Session, by: By, new: EventIn) -> list[dict[str, Any]]:
    """The events that may be the one about to be logged."""
    near = new.geometry.coordinates if new.geometry and new.geometry.type == "Point" else None
    asked = Asked(new.hazard, new.started_at, Point(*near) if near else None, new.countries)
    return rated(asked, queries.likely_duplicates(db, by, asked, languages.current().code))


# -- changing


@router.get("/{id_or_ref}/edit")
def edit_event(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    event, state = event_to_write(db, by, id_or_ref)
    now = form.values_of(state)
    opened = Form(draft_of(event), now, form.labels(), version=version_of(event.updated_at), was=now)
    return show_form(request, db, opened, event=event)


@router.post("/{id_or_ref}")
def change_event(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    event, state = event_to_write(db, by, id_or_ref)
    now, name = form.values_of(state), draft_of(event)
    if typed.is_decision and (open_ones := undecided(form.labels(), typed)):
        return show_conflict(request, db, event, typed, typed.was, open_ones)
    if typed.is_decision:
        values = form.without_idle_reasons(merged(form.labels(), typed), now)
        typed = Typed(values, typed.key, typed.version, typed.was)

    def change() -> Response:
        refuse_stale(expected_version(typed.version), event.updated_at)
        form.event_in(typed.values)
        return to_page(actions.change_event(db, by, event.ref, form.change(typed.values, now), typed.version))

    try:
        return saved(request, db, by, typed, change)
    except Stale:
        event, state = event_to_write(db, by, id_or_ref)
        return show_conflict(request, db, event, typed, form.values_of(state))
    except AppError as error:
        return show_form(request, db, again(typed, name, form.labels(), error), event=event, status=error.status)


def show_conflict(
    request: Request, db: Session, event: Event, typed: Typed, theirs: dict[str, list[str]], missing: list[str] = []
) -> HTMLResponse:
    """Both versions side by side. `missing` are the fields that nobody has chosen for yet."""
    names, message = form.labels(), _("Choose one of the two versions.")
    wrong = [{"field": f"choose.{name}", "message": message} for name in missing]
    version = typed.version if missing else version_of(event.updated_at)
    mine = Form(draft_of(event), typed.values, names, wrong, version=version, was=theirs)
    words = partial(form.in_words, offered(db, [*typed.values.get("areas", ()), *theirs.get("areas", ())]))
    found = differences(names, typed.was, theirs, typed.values, words)
    if missing:  # what was chosen already stays chosen
        found = [replace(one, was="", chosen=typed.choices.get(one.name, "")) for one in found]
    context = {
        "event": event,
        "form": mine,
        "differences": found,
        "title": marked(languages.label(event.titles), event.exercise),
    }
    return render(request, "events/conflict.html", Conflict.status, **context)


# -- withdrawing, restoring


@router.get("/{id_or_ref}/withdraw")
def ask_for_reason(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    event, _state = event_to_write(db, by, id_or_ref)
    opened = Form(f"{draft_of(event)}/withdraw", {}, {"reason": _("Reason")}, version=version_of(event.updated_at))
    return show_withdraw(request, event, opened)


@router.post("/{id_or_ref}/withdraw")
def withdraw_event(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    event, _state = event_to_write(db, by, id_or_ref)
    names = {"reason": _("Reason")}

    def withdraw() -> Response:
        why = read(Reason, {"reason": typed.text("reason")}, names)
        return to_page(actions.withdraw_event(db, by, event.ref, why.reason, expected_version(typed.version)))

    try:
        return saved(request, db, by, typed, withdraw)
    except AppError as error:
        sent = again(typed, f"{draft_of(event)}/withdraw", names, error)
        sent.version = version_of(
            event.updated_at
        )  # the page shows what it says now: pressed again, that is what is meant
        return show_withdraw(request, event, sent, error.status)


def show_withdraw(request: Request, event: Event, opened: Form, status: int = 200) -> HTMLResponse:
    title = marked(languages.label(event.titles), event.exercise)
    return render(request, "events/withdraw.html", status, event=event, form=opened, title=title)


@router.post("/{id_or_ref}/restore")
def restore_event(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def restore() -> Response:
        why = read(MaybeReason, {"reason": typed.text("reason")}, {"reason": _("Reason")})
        return to_page(actions.restore_event(db, by, id_or_ref, why.reason, expected_version(typed.version)))

    return once(db, by, request, typed.key, question_of(typed), restore)


# -- duplicates, while somebody types


class Beginning(BaseModel):
    """What stands in the form so far; anything may be missing or half typed."""

    model_config = ConfigDict(extra="ignore")

    hazard: str = ""
    geometry: str = ""
    day: str = Field("", alias="started_at.day")
    time: str = Field("", alias="started_at.time")
    countries: list[str] = []


@fragments.get("/duplicates")
def show_duplicates(request: Request, by: Writer, begun: Annotated[Beginning, Query()], db: Db) -> HTMLResponse:
    asked = about(begun)
    found = queries.likely_duplicates(db, by, asked, languages.current().code) if asked else []
    return render(request, "events/_duplicates.html", duplicates=rated(asked, found) if asked else [])


# -- the place, while somebody types or draws


@fragments.post("/touched")
def show_touched(by: Drawer, typed: TypedForm, db: Db) -> JSONResponse:
    """What stands in the field as a GeoJSON geometry, and the countries and areas that it lies in; or what is wrong with it."""
    try:
        said = shape(typed.text("geometry"))
        geometry = read(GeometryIn, said, {}) if said else None
    except (ValueError, Invalid) as error:
        return JSONResponse({"message": str(error)})
    if geometry is None:
        return JSONResponse({"geometry": None, "countries": [], "areas": []})
    found = touched(db, geometry.model_dump_json(), languages.current().code)
    return JSONResponse({"geometry": geometry.model_dump(), **found})


def about(begun: Beginning) -> Asked | None:
    """What can be asked with what is typed so far."""
    try:
        at = possible_time(datetime.fromisoformat(moment({"at.day": [begun.day], "at.time": [begun.time]}, "at") or ""))
        near = spoken_point(begun.geometry) if begun.geometry.strip() else None
    except ValueError:
        return None
    return Asked(begun.hazard, at, near, begun.countries[:60]) if begun.hazard else None


# -- what they share


def event_to_write(db: Session, by: By, id_or_ref: str) -> tuple[Event, queries.State]:
    """An event that is not withdrawn, for somebody who may change it, and what it says now. Raises NotFound, Forbidden."""
    event = queries.event_seen(db, by, id_or_ref)
    if event is None or event.withdrawn_at:
        raise not_found(id_or_ref)
    db.refresh(event)
    state = queries.state_of(db, event.id)
    actions.demand_right(by, state["countries"])
    return event, state


def to_page(event: Event) -> Response:
    return RedirectResponse(f"/events/{event.ref}", 303)


def draft_of(event: Event) -> str:
    return f"events/{event.ref}"


def show_form(
    request: Request,
    db: Session,
    shown: Form,
    *,
    event: Event | None = None,
    duplicates: list[dict[str, Any]] = [],
    doubts: list[str] = [],
    status: int = 200,
    action: str = "/events",
) -> HTMLResponse:
    """The form of an event, new or to be changed; `action` is where a new one is sent."""
    found = offered(db, shown.texts("areas"))
    title = marked(languages.label(event.titles), event.exercise) if event else ""
    context = {
        "form": shown,
        "event": event,
        "title": title,
        "choices": found,
        "duplicates": duplicates,
        "doubts": doubts,
        "action": action,
    }
    return render(request, "events/edit.html", status, **context)


def offered(db: Session, areas: Any) -> dict[str, list[list[str]]]:
    return queries.choices(db, languages.current().code, list(areas))
