"""The doors for people: /events/{ref}/relations, where an event is related to others and parted from them."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, not_found
from app.db import Db
from app.errors import AppError
from app.events import relating
from app.events import writing_queries as queries
from app.events.actions import demand_right
from app.events.beside_queries import relations
from app.events.beside_schemas import RelationEnd, RelationIn
from app.events.models import Event
from app.exercises import marked
from app.forms import Form, Typed, TypedForm, again, read, saved
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.web import as_page, render, without_filters

Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]

router = APIRouter(prefix="/events", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)


def labels() -> dict[str, str]:
    return {"kind": _("This event"), "event": _("The other event")}


@router.get("/{id_or_ref}/relations")
def edit_relations(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    event = event_to_relate(db, by, id_or_ref)
    return show(request, db, by, event, Form(draft_of(event), {}, labels(), version=version_of(event.updated_at)))


@router.post("/{id_or_ref}/relations")
def relate_event(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    event = event_to_relate(db, by, id_or_ref)

    def relate() -> Response:
        new = read(RelationIn, {name: typed.text(name) or None for name in labels()}, labels())
        return to_page(relating.relate_events(db, by, event.ref, new, expected_version(typed.version)))

    return done_or_shown(request, db, by, typed, event, relate)


@router.post("/{id_or_ref}/relations/end")
def end_relation(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    event = event_to_relate(db, by, id_or_ref)

    def part() -> Response:
        end = read(RelationEnd, {"event": typed.text("event") or None}, labels())
        return to_page(relating.end_relation(db, by, event.ref, end, expected_version(typed.version)))

    return done_or_shown(request, db, by, typed, event, part)


def done_or_shown(
    request: Request, db: Session, by: By, typed: Typed, event: Event, do: Callable[[], Response]
) -> Response:
    """What `do` answers, or the page with what is wrong."""
    try:
        return saved(request, db, by, typed, do)
    except AppError as error:
        db.refresh(event)
        sent = again(typed, draft_of(event), labels(), error)
        sent.version = version_of(event.updated_at)
        return show(request, db, by, event, sent, error.status)


def event_to_relate(db: Session, by: By, id_or_ref: str) -> Event:
    """An event that is here, for somebody who may change it. Raises NotFound, Forbidden."""
    event = queries.event_seen(db, by, id_or_ref)
    if event is None or event.withdrawn_at:
        raise not_found(id_or_ref)
    db.refresh(event)
    demand_right(by, queries.state_of(db, event.id)["countries"])
    return event


def draft_of(event: Event) -> str:
    return f"events/{event.ref}/relations"


def to_page(event: Event) -> Response:
    return RedirectResponse(f"/events/{event.ref}/relations", 303)


def show(request: Request, db: Session, by: By, event: Event, opened: Form, status: int = 200) -> HTMLResponse:
    statement = relations(by, event.id, languages.current().code)
    found = queries.ask(db, statement.text, statement.values).scalar_one()
    title = marked(languages.label(event.titles), event.exercise)
    return render(request, "events/relations.html", status, event=event, title=title, form=opened, relations=found)
