"""The doors for programs: /api/v1/events, and the sources of figures among the reference lists."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import answer_facets, answer_list, answer_one, find_id
from app.docs import describes_list, describes_list_below, describes_one, describes_table
from app.events.queries import EVENTS, FACETS, FIGURES, SOURCES
from app.events.schemas import (
    EventFacetsOut,
    EventFilter,
    EventOut,
    FigureFilter,
    FigureOut,
    FiguresOfEvent,
    SourceRecordOut,
)
from app.filters import OneFilter, TableFilter
from app.permissions import public
from app.reading import HotDb
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut

router = APIRouter(prefix="/events", tags=["events"])
reference = APIRouter(prefix="/reference", tags=["reference"])


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


@reference.get("/sources", responses=describes_table(SourceRecordOut))
@public
async def list_sources(request: Request, where: Annotated[TableFilter, Query()], db: HotDb) -> Response:
    """The documents and bodies that figures come from."""
    return await answer_list(request, SOURCES, where, db)
