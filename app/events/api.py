"""The doors for programs: /api/v1/events."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app import codes, languages
from app.answers import (
    IfMatch,
    answer_facets,
    answer_list,
    answer_written,
    check_once,
    depends_on,
    done_once,
    expected_version,
)
from app.db import Db
from app.docs import (
    WithdrawnOut,
    describes_change,
    describes_list,
    describes_new,
    describes_one,
)
from app.errors import Invalid
from app.events import actions
from app.events.beside_queries import alert_levels
from app.events.beside_schemas import AlertLevelsOut
from app.events.duplicates import Asked, rated
from app.events.known_queries import events_at, facets_at
from app.events.merged import answer_event, find_event_id
from app.events.queries import EVENTS
from app.events.schemas import (
    DuplicatesFilter,
    DuplicatesOut,
    EventAsked,
    EventChange,
    EventFacetsOut,
    EventIn,
    EventOut,
    EventsAsked,
)
from app.events.writing_queries import duplicates
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, asking, public
from app.reading import HotDb, Reader
from app.sql import Sql
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/events", tags=["events"])
Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]


@router.get("", responses=describes_list(EventOut))
@public
async def list_events(request: Request, where: Annotated[EventsAsked, Query()], db: HotDb) -> Response:
    """Disaster events, the latest first; each with its headline figures and their sources. `as_of`: as they were known then."""
    return await answer_list(request, events_at(where.as_of), where, db)


@router.get("/facets", responses=describes_one(EventFacetsOut))
@public
async def count_event_facets(request: Request, where: Annotated[EventsAsked, Query()], db: HotDb) -> Response:
    """How many events each value of a filter would leave."""
    return await answer_facets(request, events_at(where.as_of), facets_at(where.as_of), where, db)


@router.get("/duplicates", responses=describes_one(DuplicatesOut))
async def find_duplicates(
    request: Request, by: Writer, asked: Annotated[DuplicatesFilter, Query()], db: HotDb
) -> Response:
    """Events that may be the one you are about to log: the same or a kindred hazard, within 100 km (or in the same country), close in time."""
    check_once(request, asked)
    await check_codes(asked, db)
    what = Asked(asked.hazard, asked.started_at, asked.near, asked.country or ())
    found = rated(what, await db.json(Sql(*duplicates(by, what, languages.current().code))))
    return Response(json.dumps({"count": len(found), "results": found}), media_type="application/json")


async def check_codes(asked: DuplicatesFilter, db: Reader) -> None:
    """Raise Invalid for a hazard or a country that no list knows."""
    for field, name, values in (("hazard", "hazards", [asked.hazard]), ("country", "countries", asked.country or [])):
        possible = await codes.known(name, db)
        for value in values:
            if value not in possible:
                raise Invalid.field(field, codes.unknown(field, value, possible))


@router.get("/{id_or_ref}", responses=describes_one(EventOut))
@public
async def show_event(request: Request, id_or_ref: str, asked: Annotated[EventAsked, Query()], db: HotDb) -> Response:
    """One event, by `id` or `ref`. One that was merged leads to its master (302)."""
    return await answer_event(request, id_or_ref, asked, db)


@router.get("/{id_or_ref}/alert-levels", responses=describes_one(AlertLevelsOut))
@public
async def list_alert_levels(
    request: Request, id_or_ref: str, asked: Annotated[EventAsked, Query()], db: HotDb
) -> Response:
    """The alert levels of an event: since when each, why, and who said so; the latest first."""
    check_once(request, asked)
    depends_on(request, *EVENTS.layers)
    event = await find_event_id(request, id_or_ref, db, asked.as_of)
    levels = await db.json(alert_levels(asking(), event, languages.current().code, asked.as_of))
    return JSONResponse({"results": levels})


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who changed an event, when, for which organisation, and what it was before; the latest first, at most 100."""
    await find_event_id(request, id_or_ref, db)
    return await answer_history(request, EVENTS, id_or_ref, asked, db)


# -- writing


@router.post("", status_code=201, responses=describes_new(EventOut))
def log_event(request: Request, by: Writer, new: EventIn, db: Db, idempotency_key: IdempotencyKey = None) -> Response:
    """Log an event. Look at `/events/duplicates` first; your own organisation keeps it."""

    def log() -> Response:
        return answer_written(db, EVENTS, actions.log_event(db, by, new).id, 201, "/api/v1/events/{ref}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), log)


@router.patch("/{id_or_ref}", responses=describes_change(EventOut))
def change_event(id_or_ref: str, by: Writer, change: EventChange, db: Db, if_match: IfMatch = None) -> Response:
    """Change some fields: those left out stay, null empties one, texts by language too (JSON Merge Patch, RFC 7396); lists and geometry are replaced whole."""
    version = expected_version(if_match)
    event = actions.change_event(db, by, id_or_ref, change.model_dump(mode="json", exclude_unset=True), version)
    return answer_written(db, EVENTS, event.id)


@router.post("/{id_or_ref}/withdraw", responses=describes_change(WithdrawnOut))
def withdraw_event(
    request: Request, id_or_ref: str, by: Writer, why: Reason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Withdraw an event that is not or no longer valid: it leaves all lists and is still known, so that it can be restored."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), EVENTS,
        lambda: actions.withdraw_event(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{id_or_ref}/restore", responses=describes_change(EventOut))
def restore_event(
    request: Request, id_or_ref: str, by: Writer, why: MaybeReason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Restore a withdrawn event, as it was. `If-Match` is the ETag that the withdrawal answered, or `*`."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), EVENTS,
        lambda: actions.restore_event(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip
