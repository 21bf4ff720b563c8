"""The doors for people who read requests: the board, one request, its page for donors."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from app import languages
from app.answers import depends_on, find_page, find_record
from app.equipment import words as specifications
from app.equipment.schemas import specified
from app.permissions import By, Permission, asking, public
from app.places.map_drawing import Mark, draw_map
from app.places.of_lists import area_names
from app.reading import HotDb, Reader
from app.records import version_of
from app.requests import actions, words
from app.requests.queries import APPEALS, REQUESTS, facets
from app.requests.schemas import RequestFilter
from app.secrets import new_token
from app.trail.pages import history_of
from app.web import as_page, names_of, render, shown, without_filters

lists = APIRouter(prefix="/requests", dependencies=[Depends(as_page)], include_in_schema=False)
router = APIRouter(
    prefix="/requests", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)
MOST_APPEALS, MOST_OF_EVENT = 20, 50


@lists.get("")
@public
async def list_requests(request: Request, where: Annotated[RequestFilter, Query()], db: HotDb) -> HTMLResponse:
    """The board; above it, what donors are asked for."""
    depends_on(request, *REQUESTS.layers)
    page = shown(request, await find_page(REQUESTS, where, db))
    counted = await db.json(facets(where, languages.current().code))
    appeals = await find_page(APPEALS, RequestFilter(limit=MOST_APPEALS), db) if not where.given - {"lang"} else None
    return render(
        request,
        "requests/list.html",
        page=page,
        facets=counted,
        names=names_of(counted) | await area_names(where.area, db) | filter_names(),
        appeals=shown(request, appeals)["results"] if appeals else [],
        words=words.words(),
    )


def filter_names() -> dict[str, dict[str, str]]:
    """What the filters in force are called that no facet names."""
    return {"status": words.statuses(), "priority": words.priorities(), "progress": words.progress(), "event": {}}


async def requests_of(request: Request, ref: str, db: Reader) -> dict[str, Any]:
    """For the page of an event: what is asked for it, the latest first."""
    found = await find_page(REQUESTS, RequestFilter(event=[ref], limit=MOST_OF_EVENT), db)
    return {"requests": shown(request, found)["results"], "request_words": words.words()}


async def about(request: Request, id_or_ref: str, db: HotDb) -> dict[str, Any]:
    """For the page of a request, which app/home/of_requests.py shows with the help for it. Raises NotFound."""
    depends_on(request, *REQUESTS.layers)
    record, updated_at = await find_record(REQUESTS, id_or_ref, db)
    asked, by = json.loads(record), asking()
    return {
        "asked": asked,
        "version": version_of(updated_at),
        "key": new_token(),
        "specifications": {line["no"]: specification_told(line["specification"]) for line in asked["lines"]},
        "may_ask": may_ask(by, asked),
        "may_decide": by.is_known and actions.may_decide(by, asked["country"]["iso3"]),
        "drawing": await draw(asked, db),
        "words": words.words(),
        "history": await history_of("requests", asked["id"], db),
        "is_exercise": asked["exercise"],
    }


def specification_told(kept: dict[str, Any] | None) -> list[tuple[str, str]]:
    """A specification in words; nothing where it was written in a vocabulary that is not today's."""
    try:
        return specifications.told(specified(kept))
    except ValidationError:
        return []


def may_ask(by: By, asked: dict[str, Any]) -> bool:
    """Whether whoever reads this may change it: their own organisation asks, or they write for the Centre."""
    is_own = asked["requester"]["organisation"]["code"] == by.organisation_code or by.may(Permission.READ_CENTRE)
    return is_own and by.may(Permission.REQUEST_WRITE, asked["country"]["iso3"])


async def draw(asked: dict[str, Any], db: HotDb) -> object:
    """Where it is to be delivered; nothing where the place is not known."""
    if not asked["geometry"]:
        return None
    lon, lat = asked["geometry"]["coordinates"]
    mark = Mark(lon, lat, asked["deliver_to"]["place"] or asked["title"], f"/requests/{asked['ref']}")
    return await draw_map(db, asked["title"], countries=[asked["country"]["iso3"]], marks=[mark])


@router.get("/{id_or_ref}/appeal")
@public
async def show_appeal(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    """What anybody may read of a request, once its page for donors is published."""
    depends_on(request, *APPEALS.layers)
    record, _updated_at = await find_record(APPEALS, id_or_ref, db)
    appeal = json.loads(record)
    return render(request, "requests/appeal.html", appeal=appeal, words=words.words(), is_exercise=appeal["exercise"])
