"""The doors for programs: the figures and headlines of an event, and the sources they come from."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app import languages
from app.answers import answer_list, answer_one, answer_written, check_once, depends_on, not_found
from app.db import Db
from app.docs import describes_change, describes_list_below, describes_new, describes_one, describes_table
from app.events.known_queries import events_at
from app.events.merged import lead_to_master
from app.events.models import Event
from app.events.queries import EVENTS
from app.figures import actions
from app.figures.models import Figure
from app.figures.queries import FIGURES, FIGURES_THEN, SOURCES, event_of, events_shown, headline_ids, headlines, series
from app.figures.schemas import (
    AsKnown,
    FigureCorrection,
    FigureFilter,
    FigureIn,
    FigureOut,
    FigureSeriesOut,
    FiguresOfEvent,
    FigureWithdrawnOut,
    HeadlineFiguresOut,
    HeadlineIn,
    SourceRecordOut,
)
from app.filters import Many, OneFilter, TableFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, asking, public
from app.reading import HotDb, Reader
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/events/{id_or_ref}", tags=["figures"])
reference = APIRouter(prefix="/reference", tags=["reference"])
Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]


class AskedSeries(AsKnown):
    """What a chart asks."""

    indicator: Many | None = Field(None, description="codes of indicators", examples=["dead,injured"])


@router.get("/figures", responses=describes_list_below(FigureOut))
@public
async def list_figures(
    request: Request, id_or_ref: str, where: Annotated[FigureFilter, Query()], db: HotDb
) -> Response:
    """What each source said of the harm an event did, the latest said first; never added up. `as_of` is "as known then"."""
    event, events = await family(request, id_or_ref, db, where)
    of_event = FiguresOfEvent(event=event, events=events, **where.model_dump(exclude_unset=True))
    return await answer_list(request, FIGURES_THEN if where.looks_back else FIGURES, of_event, db)


@router.get("/figures/series", responses=describes_one(FigureSeriesOut))
@public
async def show_series(request: Request, id_or_ref: str, asked: Annotated[AskedSeries, Query()], db: HotDb) -> Response:
    """Totals for the whole event over time, by indicator and source, for charts. What was corrected or withdrawn is left out."""
    check_once(request, asked)
    depends_on(request, *FIGURES.layers)
    event, events = await family(request, id_or_ref, db, asked)
    shown = [id for (id,) in await db.rows(headline_ids(event, asked))]
    found = await db.json(series(events, shown, asked, languages.current().code, asked.indicator))
    return JSONResponse({**said(asked), **found})


@router.get("/figures/{id:uuid}", responses=describes_one(FigureOut))
@public
async def show_figure(
    request: Request, id_or_ref: str, id: UUID, asked: Annotated[OneFilter, Query()], db: HotDb
) -> Response:
    """One figure, also one that was superseded."""
    _event, events = await family(request, id_or_ref, db)
    found = await db.row(event_of(id))
    if not found or found[0] not in events:
        raise not_found(str(id))
    return await answer_one(request, FIGURES, str(id), asked, db)


@router.get("/headlines", responses=describes_one(HeadlineFiguresOut))
@public
async def list_headlines(request: Request, id_or_ref: str, asked: Annotated[AsKnown, Query()], db: HotDb) -> Response:
    """The figure shown first for each indicator, and why: chosen by an operator, or by the rule."""
    check_once(request, asked)
    depends_on(request, *FIGURES.layers)
    event, events = await family(request, id_or_ref, db, asked)
    found = await db.json(headlines(event, events, asked, languages.current().code))
    return JSONResponse({**said(asked), "results": found})


async def family(
    request: Request, id_or_ref: str, db: Reader, asked: AsKnown | FigureFilter | None = None
) -> tuple[UUID, list[UUID]]:
    """The event, and the ids of it and those merged into it, now or then, that whoever asks may see. Raises NotFound, Elsewhere."""
    event = await find_event_then(request, id_or_ref, db, asked.as_of if asked else None)
    return event, [id for (id,) in await db.rows(events_shown(asking(), event, asked.then if asked else None))]


async def find_event_then(request: Request, id_or_ref: str, db: Reader, at: datetime | None) -> UUID:
    """An event that is here, or was here then. Raises NotFound, Elsewhere."""
    found = await db.row(EVENTS.id_of(id_or_ref)) or (at and await db.row(events_at(at).id_of(id_or_ref)))
    if not found:
        await lead_to_master(request, id_or_ref, db)
        raise not_found(id_or_ref)
    id: UUID = found[0]
    return id


def said(asked: AsKnown) -> dict[str, Any]:
    times = {"as_of": asked.as_of, "recorded_by": asked.recorded_by}
    return {name: at.isoformat() if at else None for name, at in times.items()}


# -- writing


@router.post("/figures", status_code=201, responses=describes_new(FigureOut))
def record_figure(
    request: Request, id_or_ref: str, by: Writer, new: FigureIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Record what a source said of an event."""
    return new_figure(
        request, db, by, idempotency_key, id_or_ref, new, lambda: actions.record_figure(db, by, id_or_ref, new)
    )


@router.post("/figures/{id:uuid}/supersede", status_code=201, responses=describes_new(FigureOut))
def supersede_figure(
    request: Request, id_or_ref: str, id: UUID, by: Writer, change: FigureCorrection, db: Db,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Correct a figure by another one that supersedes it; what is left out stays as it was. 409 where it was corrected already."""
    return new_figure(
        request, db, by, idempotency_key, id_or_ref, change,
        lambda: actions.supersede_figure(db, by, id_or_ref, id, change),
    )  # fmt: skip


def new_figure(
    request: Request, db: Session, by: By, key: str | None, id_or_ref: str, said: BaseModel, do: Callable[[], Figure]
) -> Response:
    def answer() -> Response:
        return answer_written(db, FIGURES, do().id, 201, "/api/v1/events/{event}/figures/{id}")

    return once(db, by, request, key, said.model_dump(mode="json", exclude_unset=True), answer)


@router.post("/figures/{id:uuid}/withdraw", responses=describes_change(FigureWithdrawnOut))
def withdraw_figure(
    request: Request, id_or_ref: str, id: UUID, by: Writer, why: Reason, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Withdraw a figure that was recorded in error. What a source has corrected itself is superseded instead."""

    def withdraw() -> Response:
        figure = actions.withdraw_figure(db, by, id_or_ref, id, why.reason)
        ref = db.get_one(Event, figure.event_id).ref
        assert figure.withdrawn_at is not None
        return JSONResponse({"id": str(figure.id), "ref": ref, "withdrawn_at": figure.withdrawn_at.isoformat()})

    return once(db, by, request, idempotency_key, why.model_dump(), withdraw)


@router.post("/figures/{id:uuid}/restore", responses=describes_change(FigureOut))
def restore_figure(
    request: Request, id_or_ref: str, id: UUID, by: Writer, why: MaybeReason, db: Db,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Make a withdrawn figure valid again."""
    return once(
        db, by, request, idempotency_key, why.model_dump(),
        lambda: answer_written(db, FIGURES, actions.restore_figure(db, by, id_or_ref, id, why.reason).id),
    )  # fmt: skip


@router.put("/headlines/{indicator}", responses=describes_change(HeadlineFiguresOut))
def choose_headline(id_or_ref: str, indicator: str, by: Writer, new: HeadlineIn, db: Db) -> Response:
    """Choose the figure that is shown first for an indicator, with the reason; it stays until it is corrected, withdrawn or released."""
    return headlines_written(db, actions.choose_headline(db, by, id_or_ref, indicator, new))


@router.delete("/headlines/{indicator}", responses=describes_change(HeadlineFiguresOut))
def release_headline(id_or_ref: str, indicator: str, by: Writer, db: Db, why: MaybeReason | None = None) -> Response:
    """Let the rule choose again; a reason may be given."""
    reason = why.reason if why else ""
    return headlines_written(db, actions.release_headline(db, by, id_or_ref, indicator, reason))


def headlines_written(db: Session, event: Event) -> Response:
    """All headlines of the event, as they are now."""
    statement = headlines(event.id, [event.id], AsKnown(), languages.current().code)
    found = db.connection().exec_driver_sql(statement.text, statement.values).scalar_one()
    return JSONResponse({**said(AsKnown()), "results": found})


# -- the sources


@reference.get("/sources", responses=describes_table(SourceRecordOut))
@public
async def list_sources(request: Request, where: Annotated[TableFilter, Query()], db: HotDb) -> Response:
    """The documents and bodies that figures come from."""
    return await answer_list(request, SOURCES, where, db)
