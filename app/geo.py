"""Places in a request: a box, a point. WGS 84 longitude and latitude, in this order."""

import re
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


# -- as people write a point: latitude first, in degrees, or with minutes and seconds, with letters or signs

DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫−′’´″”“", "01234567890123456789.-'''\"\"\"")
SIDES = (("N", "сш"), ("S", "юш"), ("E", "вд"), ("W", "зд"))  # as Russian abbreviates them: с. ш., в. д.
DEGREES, MINUTES = r"([-+]?\d{1,3}(?:\.\d+)?) ?°?", r" ?(\d{1,2}(?:\.\d+)?) ?'?"
SECONDS = r" ?(\d{1,2}(?:\.\d+)?) ?(?:\"|'')?"
ANGLES = (DEGREES + "()()", DEGREES + MINUTES + "()", DEGREES + MINUTES + SECONDS)
ANGLE = f"{DEGREES}(?:{MINUTES}(?:{SECONDS})?)?"
APART = r"""(?: ?[,;] ?| |(?<=[NSEW°'"]))"""
WRITTEN = [
    re.compile(half + APART + half, re.ASCII)
    for half in (f"(){ANGLE} ?([NSEW])", f"([NSEW]) ?{ANGLE}()", *(f"(){angle}()" for angle in ANGLES))
]
LONGEST_POINT = 200


def spoken_point(text: str) -> Point:
    """`43.15, 76.98`, `43.15 N 76.98 E`, `N43°09′ E76°58′48″`, `43,15° с. ш. 76,98° в. д.`. Raises ValueError with what to do."""
    plain = plainly_written(text)
    found = next((match for pattern in WRITTEN if (match := pattern.fullmatch(plain[:LONGEST_POINT]))), None)
    halves = degrees_of(found.groups()) if found else []
    if not halves or abs(halves[0]) > 90 or abs(halves[1]) > 180:
        raise ValueError(
            _(
                "Write the coordinates as latitude and longitude, such as 43.15, 76.98 or 43.15 N 76.98 E: “%(value)s” is none."
            )
            % {"value": text.strip()[:60]}
        )
    return Point(lon=halves[1], lat=halves[0])


def plainly_written(text: str) -> str:
    """Latin digits, letters and full stops; a comma between digits that can only be a decimal one is none any more."""
    plain = " ".join(text.lower().split()).removeprefix("geo:").translate(DIGITS).replace("،", ",")
    for letter, russian in SIDES:
        plain = re.sub(rf"{russian[0]}\.?\s*{russian[1]}\.?", letter, plain)
    if "." not in plain and len(re.findall(r"\d,\d", plain)) == 2:
        plain = re.sub(r"(\d),(\d)", r"\1.\2", plain)
    return plain.upper()


def degrees_of(parts: tuple[str | None, ...]) -> list[float]:
    """Latitude and longitude of two written halves; nothing where they contradict themselves."""
    middle = len(parts) // 2
    sides, values = [], []
    for before, *numbers, after in (parts[:middle], parts[middle:]):
        degrees, *finer = (float(number or 0) for number in numbers)
        if any(value >= 60 for value in finer):
            return []
        size = abs(degrees) + sum(value / 60**place for place, value in enumerate(finer, 1))
        side = before or after or ""
        sides.append(side)
        values.append(-size if degrees < 0 or side in ("S", "W") else size)
    order = "".join("y" if side in ("N", "S") else "x" for side in sides if side)
    if order == "xy":
        return values[::-1]
    return values if order in ("", "yx") else []


def distance_km(one: Point, other: Point) -> float:
    """Great-circle distance; to within half a percent, as people read it."""
    lat_1, lat_2 = radians(one.lat), radians(other.lat)
    half = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin(radians(other.lon - one.lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
