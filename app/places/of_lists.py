"""What the page of a list needs of the ground: the names of the areas it is filtered by, and its interactive map."""

from collections.abc import Sequence
from math import cos, radians

from starlette.requests import Request

from app import languages
from app.filters import ListFilter
from app.geo import Bbox, Point
from app.places import map_queries
from app.places.map_frame import REGION
from app.places.map_view import view_data
from app.places.queries import names_of_areas
from app.reading import Reader
from app.web import clean_query

NOT_OF_MAPS = ("lang", "ordering", "limit", "cursor", "bbox")
KM_OF_A_DEGREE = 111.2
LOOK_AROUND_KM = 400.0


async def area_names(codes: Sequence[str] | None, db: Reader) -> dict[str, dict[str, str]]:
    """What the chosen areas are called, beside `names_of(facets)`."""
    return {"area": await db.json(names_of_areas(codes, languages.current().code))} if codes else {}


async def map_of_list(
    request: Request, noun: str, where: ListFilter, db: Reader, *, countries: Sequence[str] | None
) -> dict[str, str]:
    """For `on_map()`: the same filters as the list; a bbox is where the map looks first."""
    query = dict(clean_query(request.query_params.multi_items()))
    kept = {name: value for name, value in query.items() if name not in NOT_OF_MAPS}
    return view_data(await look_at(where, countries, db), [noun], kept)


async def look_at(where: ListFilter, countries: Sequence[str] | None, db: Reader) -> Bbox:
    if where.near:
        return around(where.near, where.within_km or LOOK_AROUND_KM)
    if where.bbox or not countries:
        return where.bbox or REGION
    found = await db.row(map_queries.extent(countries, ()))
    return Bbox(*found) if found else REGION


def around(at: Point, km: float) -> Bbox:
    high = min(km / KM_OF_A_DEGREE, 80.0)
    wide = min(high / max(cos(radians(at.lat)), 0.1), 170.0)
    south, north = max(at.lat - high, -85.0), min(at.lat + high, 85.0)
    return Bbox(max(at.lon - wide, -180.0), south, min(at.lon + wide, 180.0), north)
