"""One search over everything: the first few of each noun, under the same search as its list."""

from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from app.answers import depends_on, find_page
from app.capacities.queries import CAPACITIES
from app.capacities.schemas import CapacityFilter
from app.events.queries import EVENTS
from app.events.schemas import EventFilter
from app.filters import Lang
from app.languages import gettext as _
from app.people.queries import ORGANISATIONS
from app.people.schemas import OrganisationFilter
from app.permissions import public
from app.places.queries import AREAS
from app.places.schemas import AreaFilter
from app.reading import HotDb
from app.stock.queries import STOCK
from app.stock.schemas import StockFilter
from app.web import as_page, listing, render, shown

router = APIRouter(dependencies=[Depends(as_page)], include_in_schema=False)

SHOWN = 6
Record = dict[str, Any]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    q: str | None = Field(None, max_length=500)
    lang: Lang | None = None


@router.get("/search")
@public
async def search(request: Request, asked: Annotated[Asked, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, "events", "capacities", "stock", "people", "places", "reference")
    groups = [group async for group in found_groups(request, asked.q, db)] if asked.q else []
    return render(request, "home/search.html", q=asked.q or "", groups=groups)


async def found_groups(request: Request, q: str, db: HotDb) -> Any:
    """Each noun that has something, with its count and where all of it is listed; "" where no list page is."""
    nouns = (
        (_("Events"), "/events", EVENTS, EventFilter(q=q, limit=SHOWN), of_events),
        (_("Places"), "", AREAS, AreaFilter(q=q, limit=SHOWN), of_areas),
        (_("Capacities"), "/capacities", CAPACITIES, CapacityFilter(q=q, limit=SHOWN), of_capacities),
        (_("Stock"), "/stock", STOCK, StockFilter(q=q, limit=SHOWN), of_stock),
        (_("Organisations"), "/organisations", ORGANISATIONS, OrganisationFilter(q=q, limit=SHOWN), of_organisations),
    )
    for title, address, noun, where, rows in nouns:
        page = shown(request, await find_page(noun, where, db))
        if page["results"]:
            link = f"{address}?{urlencode({'q': q})}" if address else ""
            yield page | {"title": title, "address": link, "rows": list(rows(page["results"]))}


def row(href: str, name: str, about: Iterable[str | None], record: Record) -> Record:
    demonstration = record.get("demonstration", False)
    return {"href": href, "name": name, "about": listing(filter(None, about)), "demonstration": demonstration}


def of_events(records: Iterable[Record]) -> Iterable[Record]:
    for event in records:
        about = [event["hazard"]["name"], *(country["name"] for country in event["countries"]), event["started_at"][:4]]
        yield row(f"/events/{event['ref']}", event["title"], about, event)


def of_areas(records: Iterable[Record]) -> Iterable[Record]:
    for area in records:
        about = [area["country"]["name"] if area["level"] else None]
        yield row(f"/places/{area['code']}", area["name"], about, area)


def of_capacities(records: Iterable[Record]) -> Iterable[Record]:
    for capacity in records:
        about = [capacity["type"]["name"], capacity["organisation"]["name"], capacity["country"]["name"]]
        yield row(f"/capacities/{capacity['ref']}", capacity["name"], about, capacity)


def of_stock(records: Iterable[Record]) -> Iterable[Record]:
    for position in records:
        yield row(f"/stock/{position['ref']}", position["item"]["name"], [position["warehouse"]["name"]], position)


def of_organisations(records: Iterable[Record]) -> Iterable[Record]:
    for organisation in records:
        yield row(f"/organisations/{organisation['code']}", organisation["name"], [organisation["code"]], organisation)
