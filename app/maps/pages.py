"""The door for people: /map, the interactive map at once, over a drawn one with the same records."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from pydantic import TypeAdapter, ValidationError

from app.answers import check, depends_on, find_page
from app.capacities.schemas import CapacityFilter
from app.entry_points.schemas import EntryPointFilter
from app.errors import Invalid
from app.events.schemas import EventFilter
from app.filters import ListFilter
from app.geo import Bbox, BboxParam
from app.languages import gettext as _
from app.maps import marks
from app.maps.layers import CAPACITY_POINTS, ENTRY_POINT_POINTS, EVENT_POINTS
from app.maps.queries.points import Layer
from app.maps.rules import refuse_paging
from app.permissions import public
from app.places.map_drawing import draw_map
from app.reading import HotDb, Reader
from app.web import as_page, clean_query, render, shown

router = APIRouter(dependencies=[Depends(as_page)], include_in_schema=False)

NOUNS: Mapping[str, tuple[Layer, type[ListFilter]]] = {
    "events": (EVENT_POINTS, EventFilter),
    "entry-points": (ENTRY_POINT_POINTS, EntryPointFilter),
    "capacities": (CAPACITY_POINTS, CapacityFilter),
}
MARKS = {"events": marks.of_events, "capacities": marks.of_capacities, "entry-points": marks.of_entry_points}
DRAWN_AT_MOST = 100


@router.get("/map")
@public
async def show_map(request: Request, db: HotDb) -> HTMLResponse:
    """The filters are those of a list: of events, capacities, entry points, or several of them. `bbox` is only where the map looks first."""
    query = dict(clean_query(request.query_params.multi_items()))
    query.pop("lang", None)
    bbox = look_at(query.pop("bbox", None))
    wheres = await filters(query, db)
    depends_on(request, *{layer for noun in wheres for layer in NOUNS[noun][0].listing.layers})
    noun, where = next(iter(wheres.items()))
    drawing = await draw_map(
        db,
        _("Map"),
        bbox=bbox,
        marks=await drawn_marks(request, noun, where, db),
        layers=list(wheres),
        query=query,
        list_address=f"/{noun}",
    )
    search = "?" + urlencode(query, safe=",:") if query else ""
    return render(request, "maps/show.html", drawing=drawing, nouns=list(wheres), search=search)


def look_at(text: str | None) -> Bbox | None:
    try:
        return TypeAdapter(BboxParam).validate_python(text) if text else None
    except ValidationError as error:
        raise wrong_query(error, "bbox") from None


async def filters(query: Mapping[str, str], db: Reader) -> dict[str, ListFilter]:
    """Each noun that the query makes sense for, with its filter; where it makes none, what is wrong with it as events see it."""
    found: dict[str, ListFilter] = {}
    problems: list[Exception] = []
    for noun, (_layer, kind) in NOUNS.items():
        try:
            where = kind.model_validate(query)
            refuse_paging(where)
            await check(where, db)
            found[noun] = where
        except ValidationError as error:
            problems.append(wrong_query(error))
        except Invalid as error:
            problems.append(error)
    if not found:
        raise problems[0]
    return found


def wrong_query(error: ValidationError, *name: str) -> RequestValidationError:
    """As FastAPI says it of a query that it reads itself."""
    return RequestValidationError([dict(one) | {"loc": ("query", *name, *one["loc"])} for one in error.errors()])


async def drawn_marks(request: Request, noun: str, where: ListFilter, db: Reader) -> list[Any]:
    """The first records of the list, for the map that needs no JavaScript."""
    page = await find_page(NOUNS[noun][0].listing, where.model_copy(update={"limit": DRAWN_AT_MOST}), db)
    records = shown(request, page)["results"]
    return MARKS[noun](records)
