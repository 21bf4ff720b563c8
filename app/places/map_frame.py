"""The piece of the world that a drawn map shows, and where on it a position lies. Web Mercator, as the interactive map."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import atan, exp, log, pi, radians, tan

from app.geo import Bbox

HALF_WORLD = 20_037_508.342789244  # metres
NORTHMOST = 85.05
WIDTH = 640
LOWEST, HIGHEST = 0.5, 0.95  # height by width: no map is a strip, none fills more than a screen
MARGIN = 0.05
SMALLEST_SPAN = 300_000  # metres: a single position is shown with the land around it

REGION = Bbox(43.0, 5.0, 98.0, 56.0)


def metres(lon: float, lat: float) -> tuple[float, float]:
    lat = max(min(lat, NORTHMOST), -NORTHMOST)
    return lon * HALF_WORLD / 180, log(tan(pi / 4 + radians(lat) / 2)) * HALF_WORLD / pi


def degrees(x: float, y: float) -> tuple[float, float]:
    return x * 180 / HALF_WORLD, (2 * atan(exp(y * pi / HALF_WORLD)) - pi / 2) * 180 / pi


@dataclass(frozen=True)
class Frame:
    """Metres of Web Mercator on the ground; `scale` units of the drawing to a metre."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def around(cls, box: Bbox, margin: float = MARGIN) -> "Frame":
        """The box with a margin, widened until it has a shape that fits a page."""
        west, south = metres(box.west, box.south)
        east, north = metres(box.east, box.north)
        width = max(east - west, (north - south) / HIGHEST, SMALLEST_SPAN) * (1 + 2 * margin)
        height = max((north - south) * (1 + 2 * margin), width * LOWEST)
        x, y = (west + east) / 2, (south + north) / 2
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def scale(self) -> float:
        return WIDTH / (self.east - self.west)

    @property
    def height(self) -> int:
        return round((self.north - self.south) * self.scale)

    @property
    def box(self) -> Bbox:
        """What the drawing shows, in degrees, to 4 decimals."""
        corners = (*degrees(self.west, self.south), *degrees(self.east, self.north))
        return Bbox(*(round(value, 4) for value in corners))

    def place(self, lon: float, lat: float) -> tuple[int, int]:
        """Where a position lies in the drawing, from its upper left corner."""
        x, y = metres(lon, lat)
        return round((x - self.west) * self.scale), round((self.north - y) * self.scale)

    def holds(self, x: int, y: int) -> bool:
        return 0 <= x <= WIDTH and 0 <= y <= self.height


def box_of(positions: Iterable[tuple[float, float]]) -> Bbox:
    lons, lats = zip(*positions, strict=True)
    return Bbox(min(lons), min(lats), max(lons), max(lats))
