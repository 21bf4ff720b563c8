"""The door for people: /capacities."""

import json
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import depends_on, find_page, find_record
from app.capacities import actions
from app.capacities.queries import CAPACITIES, facets
from app.capacities.schemas import CapacityFilter
from app.equipment import words
from app.equipment.schemas import specified
from app.errors import NotFound
from app.geo import Point, distance_km
from app.permissions import Permission, asking, public
from app.places.map_drawing import Mark, draw_map
from app.places.of_lists import area_names, map_of_list
from app.reading import HotDb
from app.records import version_of
from app.trail.pages import history_of
from app.web import as_page, names_of, render, shown, without_filters

router = APIRouter(prefix="/capacities", dependencies=[Depends(as_page)], include_in_schema=False)
WITHDRAWN_TOO = replace(CAPACITIES, withdrawable=False)


@router.get("")
@public
async def list_capacities(request: Request, where: Annotated[CapacityFilter, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, *CAPACITIES.layers)
    page = shown(request, await find_page(CAPACITIES, where, db))
    if where.near:
        for capacity in page["results"]:
            capacity["distance_km"] = distance_km(where.near, Point(*capacity["geometry"]["coordinates"]))
    counted = await db.json(facets(where, languages.current().code))
    return render(
        request,
        "capacities/list.html",
        page=page,
        facets=counted,
        names=names_of(counted) | await area_names(where.area, db),
        map=await map_of_list(request, "capacities", where, db, countries=where.country),
    )


@router.get("/{id_or_ref}", dependencies=[Depends(without_filters)])
@public
async def show_capacity(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *CAPACITIES.layers)
    capacity, version, is_withdrawn = await find_capacity(id_or_ref, db)
    return render(
        request,
        "capacities/show.html",
        capacity=capacity,
        specification=words.told(specified(capacity["specification"])),
        drawing=await draw(capacity, db),
        history=await history_of("capacities", capacity["id"], db),
        may_write=may_write(capacity),
        version=version,
        is_withdrawn=is_withdrawn,
    )


async def find_capacity(id_or_ref: str, db: HotDb) -> tuple[dict[str, Any], str, bool]:
    """A capacity, its version, whether it is withdrawn: such a one is there only for those who may restore it."""
    try:
        record, updated_at = await find_record(CAPACITIES, id_or_ref, db)
        return json.loads(record), version_of(updated_at), False
    except NotFound:
        if not asking().may(Permission.CAPACITY_WRITE):
            raise
        record, updated_at = await find_record(WITHDRAWN_TOO, id_or_ref, db)
        capacity = json.loads(record)
        if not may_write(capacity):
            raise
        return capacity, version_of(updated_at), True


def may_write(capacity: dict[str, Any]) -> bool:
    """Whether whoever asks may change this record."""
    by = asking()
    is_own = capacity["organisation"]["code"] == by.organisation_code
    return actions.may_write(by, is_own, capacity["country"]["iso3"])


async def draw(capacity: dict[str, Any], db: HotDb) -> object:
    """Where it stands, in its country; nothing where the place is not known."""
    if not capacity["geometry"]:
        return None
    lon, lat = capacity["geometry"]["coordinates"]
    mark = Mark(lon, lat, capacity["name"], f"/capacities/{capacity['ref']}")
    return await draw_map(db, capacity["name"], countries=[capacity["country"]["iso3"]], marks=[mark])
