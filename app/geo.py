"""Places in a request: a box, a point. WGS 84 longitude and latitude, in this order."""

from math import asin, cos, radians, sin, sqrt
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

from app.languages import gettext as _


class Bbox(NamedTuple):
    west: float
    south: float
    east: float
    north: float


class Point(NamedTuple):
    lon: float
    lat: float


def numbers(text: object, name: str, many: int) -> list[float]:
    """`many` finite numbers separated by commas, the first of each pair a longitude, the second a latitude."""
    one = ",".join(map(str, text)) if isinstance(text, list) else str(text)  # FastAPI hands over tuples as lists
    try:
        found = [float(part) for part in one.split(",")]
    except ValueError:
        found = []
    inside = all(abs(value) <= (90 if place % 2 else 180) for place, value in enumerate(found))  # NaN is outside too
    if len(found) != many or not inside:
        raise ValueError(
            _(
                "%(name)s must be %(many)s numbers separated by commas: longitudes from -180 to 180, latitudes from -90 to 90."
            )
            % {"name": name, "many": many}
        )
    return found


def parse_bbox(text: object) -> object:
    if isinstance(text, Bbox):
        return text
    box = Bbox(*numbers(text, "bbox", 4))
    if box.west > box.east or box.south > box.north:
        raise ValueError(
            _(
                "bbox must be west,south,east,north with west ≤ east and south ≤ north. "
                "Ask for the two sides of the antimeridian separately."
            )
        )
    return box


def parse_point(text: object) -> object:
    return text if isinstance(text, Point) else Point(*numbers(text, "near", 2))


BboxParam = Annotated[
    Bbox, BeforeValidator(parse_bbox), WithJsonSchema({"type": "string", "examples": ["66.5,36.5,70.5,41.0"]})
]
PointParam = Annotated[
    Point, BeforeValidator(parse_point), WithJsonSchema({"type": "string", "examples": ["76.95,43.25"]})
]

EARTH_KM = 6371.0


def distance_km(one: Point, other: Point) -> float:
    """Great-circle distance; to within half a percent, as people read it."""
    lat_1, lat_2 = radians(one.lat), radians(other.lat)
    half = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin(radians(other.lon - one.lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
