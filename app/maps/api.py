"""The door for maps: vector tiles at /tiles/{layer}/{z}/{x}/{y}.mvt, in Web Mercator, zooms 0 to 14.

Numbers that are none are a 422, numbers outside the pyramid a 404. Tiles of records take the filters of their lists.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app import languages
from app.answers import check, check_once, depends_on
from app.capacities.schemas import CapacityFilter
from app.entry_points.schemas import EntryPointFilter
from app.events.schemas import EventFilter
from app.filters import ListFilter
from app.maps.layers import CAPACITY_POINTS, ENTRY_POINT_POINTS, EVENT_POINTS
from app.maps.queries import ground
from app.maps.queries.points import Layer, points
from app.maps.rules import Tile, refuse_paging, tile
from app.maps.schemas import GroundFilter
from app.permissions import public
from app.reading import HotDb, Reader
from app.sql import Sql

MVT = "application/vnd.mapbox-vector-tile"
Z = Annotated[int, Path(description="zoom, 0 to 14")]
X = Annotated[int, Path(description="column, from the west")]
Y = Annotated[int, Path(description="row, from the north")]
TILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {MVT: {}}, "description": "A Mapbox Vector Tile, version 2."}
}

router = APIRouter(prefix="/tiles", tags=["tiles"])


@router.get("/areas/{z}/{x}/{y}.mvt", responses=TILES)
@public
async def show_areas(
    request: Request, z: Z, x: X, y: Y, asked: Annotated[GroundFilter, Query()], db: HotDb
) -> Response:
    """Countries and areas: polygons in `areas`, points for their names in `area_names`."""
    return await answer_ground(request, ground.areas, tile(z, x, y), db)


@router.get("/borders/{z}/{x}/{y}.mvt", responses=TILES)
@public
async def show_borders(
    request: Request, z: Z, x: X, y: Y, asked: Annotated[GroundFilter, Query()], db: HotDb
) -> Response:
    """Lines in `borders`, each `disputed` or not, and polygons in `disputed_areas`."""
    return await answer_ground(request, ground.borders, tile(z, x, y), db)


@router.get("/places/{z}/{x}/{y}.mvt", responses=TILES)
@public
async def show_places(
    request: Request, z: Z, x: X, y: Y, asked: Annotated[GroundFilter, Query()], db: HotDb
) -> Response:
    """Towns, for labels."""
    return await answer_ground(request, ground.places, tile(z, x, y), db)


@router.get("/capacities/{z}/{x}/{y}.mvt", responses=TILES)
@public
async def show_capacities(
    request: Request, z: Z, x: X, y: Y, where: Annotated[CapacityFilter, Query()], db: HotDb
) -> Response:
    """Capacities with a known position. To zoom 7 they are gathered: `n` says how many a point stands for."""
    return await answer_points(request, CAPACITY_POINTS, where, tile(z, x, y), db)


@router.get("/events/{z}/{x}/{y}.mvt", responses=TILES)
@public
async def show_events(
    request: Request, z: Z, x: X, y: Y, where: Annotated[EventFilter, Query()], db: HotDb
) -> Response:
    """Events with a known position, gathered to zoom 7 like capacities; `worst` is 3 for a red alert, 2 orange, 1 green."""
    return await answer_points(request, EVENT_POINTS, where, tile(z, x, y), db)


@router.get("/entry-points/{z}/{x}/{y}.mvt", responses=TILES)
@public
async def show_entry_points(
    request: Request, z: Z, x: X, y: Y, where: Annotated[EntryPointFilter, Query()], db: HotDb
) -> Response:
    """Border crossings, airports and ports, gathered to zoom 7 like capacities; `passable`: neither closed nor in its winter."""
    return await answer_points(request, ENTRY_POINT_POINTS, where, tile(z, x, y), db)


async def answer_ground(request: Request, statement: Callable[[Tile, str], Sql], at: Tile, db: Reader) -> Response:
    depends_on(request, "places")
    return await answer_tile(statement(at, languages.current().code), db)


async def answer_points(request: Request, layer: Layer, where: ListFilter, at: Tile, db: Reader) -> Response:
    check_once(request, where)
    refuse_paging(where)
    await check(where, db)
    depends_on(request, *layer.listing.layers)
    return await answer_tile(points(layer, where, at, languages.current().code), db)


async def answer_tile(statement: Sql, db: Reader) -> Response:
    row = await db.row(statement)
    return Response(row and bytes(row[0]), media_type=MVT)
