"""The doors for people: /entry-points, /agreements, /countries/{iso3}/host-nation-support."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import depends_on, find_page, find_record, not_found
from app.entry_points import actions, queries
from app.entry_points.models import SECTIONS
from app.entry_points.queries import AGREEMENTS, ENTRY_POINTS, SUPPORT
from app.entry_points.schemas import AgreementFilter, EntryPointFilter, SupportFilter
from app.entry_points.words import words
from app.geo import Point, distance_km
from app.permissions import Permission, asking, public
from app.places.map_drawing import Mark, draw_map
from app.places.of_lists import area_names, map_of_list
from app.reading import HotDb
from app.records import version_of
from app.trail.pages import history_of
from app.web import as_page, names_of, render, shown, without_filters

router = APIRouter(dependencies=[Depends(as_page)], include_in_schema=False)
PLAIN = [Depends(without_filters)]


@router.get("/entry-points")
@public
async def list_entry_points(request: Request, where: Annotated[EntryPointFilter, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, *ENTRY_POINTS.layers)
    page = shown(request, await find_page(ENTRY_POINTS, where, db))
    if where.near:
        for point in page["results"]:
            point["distance_km"] = distance_km(where.near, Point(*point["geometry"]["coordinates"]))
    counted = await db.json(queries.facets(where, languages.current().code))
    said = words()
    for name in ("kind", "status", "passes"):
        for choice in counted[name]:
            choice["name"] = said[name][choice["code"]]
    return render(
        request,
        "entry_points/list.html",
        page=page,
        facets=counted,
        names=names_of(counted) | await area_names(where.area, db),
        map=await map_of_list(request, "entry-points", where, db, countries=where.country),
        words=said,
        may_keep=asking().may(Permission.EVENT_WRITE),
    )


@router.get("/entry-points/{id_or_ref}", dependencies=PLAIN)
@public
async def show_entry_point(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *ENTRY_POINTS.layers)
    record, updated_at = await find_record(ENTRY_POINTS, id_or_ref, db)
    point = json.loads(record)
    countries = [point["country"]["iso3"], *([point["across"]["iso3"]] if point["across"] else [])]
    return render(
        request,
        "entry_points/show.html",
        point=point,
        countries=countries,
        reports=await db.json(queries.reports(point["id"], languages.current().code)),
        drawing=await draw(point, countries, db),
        history=await history_of("entry-points", point["id"], db),
        may_keep=actions.may_keep(asking(), countries),
        may_tell=await may_tell(countries, db),
        version=version_of(updated_at),
        words=words(),
    )


async def may_tell(countries: list[str], db: HotDb) -> bool:
    """Whether whoever asks may say how things are in one of these countries."""
    by = asking()
    if not by.may(Permission.REQUEST_WRITE):
        return False
    return actions.may_tell(by, countries, await db.json(queries.home_of(by)))


async def draw(point: dict[str, Any], countries: list[str], db: HotDb) -> object:
    """Where it lies, in both countries; nothing where the place is not known."""
    if not point["geometry"]:
        return None
    lon, lat = point["geometry"]["coordinates"]
    mark = Mark(lon, lat, point["name"], f"/entry-points/{point['ref']}")
    return await draw_map(db, point["name"], countries=countries, marks=[mark], layers=["entry-points"])


@router.get("/agreements")
@public
async def list_agreements(request: Request, where: Annotated[AgreementFilter, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, *AGREEMENTS.layers)
    page = shown(request, await find_page(AGREEMENTS, where, db))
    return render(request, "entry_points/agreements.html", page=page, words=words())


@router.get("/countries/{iso3}/host-nation-support", dependencies=PLAIN)
@public
async def show_support(request: Request, iso3: str, db: HotDb) -> HTMLResponse:
    """How a country receives help from abroad: what is known, and what nobody has written yet."""
    depends_on(request, *ENTRY_POINTS.layers)
    country = await db.json(queries.country(iso3.upper(), languages.current().code))
    if country is None:
        raise not_found(iso3)
    code = country["iso3"]
    written = shown(request, await find_page(SUPPORT, SupportFilter(country=[code], limit=len(SECTIONS)), db))
    agreed = shown(request, await find_page(AGREEMENTS, AgreementFilter(country=[code], limit=100), db))
    points = shown(request, await find_page(ENTRY_POINTS, EntryPointFilter(country=[code], limit=200), db))
    return render(
        request,
        "entry_points/support.html",
        country=country,
        sections={one["section"]: one for one in written["results"]},
        agreements=agreed["results"],
        points=points["results"],
        may_tell=await may_tell([code], db),
        words=words(),
    )
