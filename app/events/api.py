"""The doors for programs: /api/v1/events, and the sources of figures among the reference lists."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app import codes, languages
from app.answers import (
    IfMatch,
    answer_facets,
    answer_list,
    answer_one,
    answer_written,
    check_once,
    done_once,
    expected_version,
    find_id,
)
from app.db import Db
from app.docs import (
    WithdrawnOut,
    describes_change,
    describes_list,
    describes_list_below,
    describes_new,
    describes_one,
    describes_table,
)
from app.errors import Invalid
from app.events import actions
from app.events.duplicates import Asked, rated
from app.events.queries import EVENTS, FACETS, FIGURES, SOURCES
from app.events.schemas import (
    DuplicatesFilter,
    DuplicatesOut,
    EventChange,
    EventFacetsOut,
    EventFilter,
    EventIn,
    EventOut,
    FigureFilter,
    FigureOut,
    FiguresOfEvent,
    SourceRecordOut,
)
from app.events.writing_queries import duplicates
from app.filters import OneFilter, TableFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb, Reader
from app.sql import Sql
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/events", tags=["events"])
reference = APIRouter(prefix="/reference", tags=["reference"])
Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]


@router.get("", responses=describes_list(EventOut))
@public
async def list_events(request: Request, where: Annotated[EventFilter, Query()], db: HotDb) -> Response:
    """Disaster events, the latest first; each with its headline figures and their sources."""
    return await answer_list(request, EVENTS, where, db)


@router.get("/facets", responses=describes_one(EventFacetsOut))
@public
async def count_event_facets(request: Request, where: Annotated[EventFilter, Query()], db: HotDb) -> Response:
    """How many events each value of a filter would leave."""
    return await answer_facets(request, EVENTS, FACETS, where, db)


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
async def show_event(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One event, by `id` or `ref`."""
    return await answer_one(request, EVENTS, id_or_ref, asked, db)


@router.get("/{id_or_ref}/figures", responses=describes_list_below(FigureOut))
@public
async def list_figures(
    request: Request, id_or_ref: str, where: Annotated[FigureFilter, Query()], db: HotDb
) -> Response:
    """All figures of an event, by indicator: what each source said, and of which day. They are never added up."""
    event = await find_id(EVENTS, id_or_ref, db)
    of_event = FiguresOfEvent(event=event, **where.model_dump(exclude_unset=True))
    return await answer_list(request, FIGURES, of_event, db)


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who changed an event, when, for which organisation, and what it was before; the latest first, at most 100."""
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


@reference.get("/sources", responses=describes_table(SourceRecordOut))
@public
async def list_sources(request: Request, where: Annotated[TableFilter, Query()], db: HotDb) -> Response:
    """The documents and bodies that figures come from."""
    return await answer_list(request, SOURCES, where, db)
