"""The door for people: all figures of an event; and what the event's own page shows of them."""

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import depends_on, find_page
from app.events.actions import may_write
from app.events.merged import find_event
from app.figures import queries
from app.figures.chart import charts
from app.figures.queries import FIGURES, FIGURES_THEN, events_shown
from app.figures.schemas import AsKnown, FigureFilter, FiguresOfEvent
from app.permissions import asking, public
from app.reading import HotDb, Reader
from app.web import as_page, render, shown

router = APIRouter(prefix="/events", dependencies=[Depends(as_page)], include_in_schema=False)

ON_THE_PAGE = 60  # of the latest; the list has all
MOST_CHARTS = 8


@router.get("/{id_or_ref}/figures")
@public
async def list_figures(
    request: Request, id_or_ref: str, where: Annotated[FigureFilter, Query()], db: HotDb
) -> HTMLResponse:
    depends_on(request, *FIGURES.layers)
    record, _updated_at = await find_event(request, id_or_ref, db)
    event = json.loads(record)
    page = shown(request, await find_figures(event["id"], where, db))
    kinds = await db.json(queries.indicators(languages.current().code))
    return render(
        request, "figures/list.html", event=event, page=page, indicators=kinds,
        may_write=is_writer(event) and not where.looks_back, as_known=where.as_of.isoformat() if where.as_of else "",
    )  # fmt: skip


async def section(event: dict[str, Any], db: Reader, at: datetime | None = None) -> dict[str, Any]:
    """What figures/_section.html shows of an event: the headlines and why they are these, charts, the latest figures."""
    lang, asked = languages.current().code, AsKnown().model_copy(update={"as_of": at})
    id = UUID(event["id"])
    events = [one for (one,) in await db.rows(events_shown(asking(), id, at))]
    told = await db.json(queries.headlines(id, events, asked, lang))
    drawn = await db.json(queries.series(events, [one["figure"]["id"] for one in told], asked, lang))
    page = await find_figures(event["id"], FigureFilter(as_of=at, limit=ON_THE_PAGE) if at else LATEST, db)
    latest = json.loads(page.results)
    return {
        "headlines": told,
        "charts": charts(drawn["results"])[:MOST_CHARTS],
        "charts_are_partial": drawn["is_partial"] or len(drawn["results"]) > MOST_CHARTS,
        "figures_by_indicator": by_indicator(latest, await db.json(queries.indicators(lang))),
        "figures_shown": latest,
        "figures_counted": page.counted,
    }


LATEST = FigureFilter(superseded=False, limit=ON_THE_PAGE)


async def find_figures(event: str, where: FigureFilter, db: Reader) -> Any:
    """A page of the figures of an event and of those merged into it, as whoever asks may see them."""
    events = [one for (one,) in await db.rows(events_shown(asking(), UUID(event), where.then))]
    of_event = FiguresOfEvent.model_construct(
        {*where.model_fields_set, "event", "events"}, **{**where.__dict__, "event": UUID(event), "events": events}
    )
    return await find_page(FIGURES_THEN if where.looks_back else FIGURES, of_event, db)


def by_indicator(figures: list[dict[str, Any]], indicators: list[dict[str, str]]) -> list[dict[str, Any]]:
    """In the order of the indicators, what each source says now, with what it said `before`; the headline's source first."""
    found = []
    for one in indicators:
        told = [figure for figure in figures if figure["indicator"]["code"] == one["code"]]
        told.sort(key=lambda figure: (figure["headline"], figure["as_of"] or "", figure["reported_at"]), reverse=True)
        if told:
            found.append({"indicator": one, "figures": by_source(told)})
    return found


def by_source(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first figure of each source that counts the same, with the others of its kind below `before`."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for figure in figures:
        place = (figure["area"] or figure["country"] or {}).get("name")
        same = (figure["source"]["code"], place, figure["part"], figure["counting"], figure["event"])
        if same in found:
            found[same]["before"].append(figure)
        else:
            found[same] = {**figure, "before": []}
    return list(found.values())


def is_writer(event: dict[str, Any]) -> bool:
    return may_write(asking(), [country["iso3"] for country in event["countries"]])
