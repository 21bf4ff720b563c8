"""The pyramid of tiles: which tiles there are, what ground one covers, and what none can be asked."""

from dataclasses import dataclass
from math import inf

from app.errors import Invalid, NotFound
from app.filters import ListFilter
from app.geo import Bbox
from app.languages import gettext as _
from app.places.map_frame import HALF_WORLD, degrees

DEEPEST = 14
CELLS = 16  # on a side of a tile, where points are gathered; at low zooms the same cells as in capacity_cells
FINE_CELLS = 64  # on a side of a tile that has too many points of its own
GATHERED_TO = 7  # the deepest zoom at which points are always gathered
MOST_POINTS = 2_000  # in one tile, each by itself
HAIR = 1e-6  # degrees
OF_A_LIST = {"ordering", "limit", "cursor", "format", "hxl"}


class NoSuchTile(NotFound):
    """There is no tile with these numbers: zoom 0 to 14, columns and rows from 0 to 2^zoom - 1."""


@dataclass(frozen=True)
class Tile:
    """A tile by its zoom, column (from the west) and row (from the north)."""

    z: int
    x: int
    y: int

    @property
    def tiles(self) -> int:
        """How many there are on a side of the world at this zoom."""
        return 1 << self.z

    @property
    def gathers(self) -> bool:
        return self.z <= GATHERED_TO

    @property
    def edges(self) -> Bbox:
        """Metres. Two neighbours share one number; the outermost tiles reach on without end."""
        west, east = self._edge(self.x), self._edge(self.x + 1)
        north, south = -self._edge(self.y), -self._edge(self.y + 1)
        return Bbox(west, south, east, north)

    def _edge(self, line: int) -> float:
        if line in (0, self.tiles):
            return inf if line else -inf
        return line * (2 * HALF_WORLD / self.tiles) - HALF_WORLD

    @property
    def box(self) -> Bbox:
        """Degrees, a hair wider than the tile, for the index; the first and last row reach to the poles."""
        west, south, east, north = self.edges
        west, south = degrees(max(west, -HALF_WORLD), max(south, -HALF_WORLD))
        east, north = degrees(min(east, HALF_WORLD), min(north, HALF_WORLD))
        at_north, at_south = self.y == 0, self.y == self.tiles - 1
        return Bbox(west - HAIR, -90 if at_south else south - HAIR, east + HAIR, 90 if at_north else north + HAIR)


def tile(z: int, x: int, y: int) -> Tile:
    """Raises NoSuchTile."""
    if not 0 <= z <= DEEPEST or not 0 <= x < 1 << z or not 0 <= y < 1 << z:
        raise NoSuchTile(
            _("There is no such tile: zooms are 0 to %(deepest)s, columns and rows 0 to 2^zoom − 1.")
            % {"deepest": DEEPEST}
        )
    return Tile(z, x, y)


def refuse_paging(where: ListFilter) -> None:
    """A map has no pages, no order and one format."""
    if wrong := sorted(where.given & OF_A_LIST):
        message = _("A map cannot be asked for %(names)s.") % {"names": ", ".join(wrong)}
        raise Invalid(message, [{"field": name, "message": message} for name in wrong])
