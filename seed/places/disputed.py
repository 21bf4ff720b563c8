"""The disputed areas and lines, for extract.py: cut from the same shapes as the countries, so that they meet them.

Where Natural Earth has only a line of claim (drawn finer than the shapes), it is used as a line or to cut an area off.
"""

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

Row = dict[str, Any]

CHINA = ("CHN",)
KASHMIR_PAKISTAN = ("PAK:PK06", "PAK:PK07")
KASHMIR_INDIA = ("IND:IN12",)
SIACHEN = ("KAS",)

# code: the shapes (beginnings of their keys) that make the area
WHOLE = {
    "DISP-AZAD-KASHMIR": ("PAK:PK06",),
    "DISP-GILGIT-BALTISTAN": ("PAK:PK07",),
    "DISP-JAMMU-KASHMIR": KASHMIR_INDIA,
    "DISP-SIACHEN": SIACHEN,
    "DISP-ARUNACHAL": ("IND:IN30",),
    "DISP-CRIMEA": ("UKR:Crimea",),
    "DISP-KOSOVO": ("SRB:Kosovo",),
}
# code: (shape it is cut from, Natural Earth's line of claim, a point inside)
CUT = {
    "DISP-AKSAI-CHIN": (CHINA, ("Indian claim", "CHN"), (79.3, 35.2)),
    "DISP-SHAKSGAM": (CHINA, ("Indian claim", "CHN"), (76.6, 36.0)),
}
# code: (shape, a point in the one part of it that is meant)
ISLANDS = {"DISP-ABU-MUSA": (("IRN:IR11",), (55.033, 25.873))}
# code: the two sides whose common border it is
BORDERS = {
    "LINE-OF-CONTROL": (KASHMIR_PAKISTAN, KASHMIR_INDIA),
    "LINE-WORKING-BOUNDARY": (("PAK:PK04",), KASHMIR_INDIA),
    "LINE-SHAKSGAM": (KASHMIR_PAKISTAN, CHINA),
    "LINE-SIACHEN": (SIACHEN, ("PAK", "IND", "CHN")),
    "LINE-ACTUAL-CONTROL-WEST": (KASHMIR_INDIA, CHINA),
    "LINE-ACTUAL-CONTROL-MIDDLE": (("IND:IN11", "IND:IN39"), CHINA),
    "LINE-ACTUAL-CONTROL-EAST": (("IND:IN30",), CHINA),
    "LINE-DURAND": (("AFG",), ("PAK",)),
    "LINE-ARMENIA-AZERBAIJAN": (("ARM",), ("AZE",)),
}
# code: Natural Earth's lines of claim, by what they are called, whose they are, and where (west, south, east, north)
CLAIMS = {
    "LINE-KARABAKH-OBLAST": ("Former USSR oblast in 1991", "AZE", (45, 39, 48, 41)),
    "LINE-KARABAKH-CEASEFIRE": ("Ceasefire Line 1994", "AZE", (45, 39, 48, 41)),
    "LINE-DONBAS-CONTACT": ("Ukrainian claim", "UKR", (36, 46, 41, 50)),
    "LINE-ABKHAZIA": ("Georgian claim", "GEO", (41, 42, 42.3, 44)),
    "LINE-SOUTH-OSSETIA": ("Georgian claim", "GEO", (43.5, 41, 45, 43)),
    "LINE-TRANSNISTRIA": ("Moldovan claim", "MDA", (28, 46, 30, 49)),
    "LINE-GOLAN": ("Syrian claim", "ISR", (35, 32, 36, 34)),
    "LINE-SHEBAA": ("Lebanese claim", "ISR", (35, 33, 36, 34)),
    "LINE-KURIL": ("Japanese claim", "RUS", (145, 43, 150, 47)),
    "LINE-BHUTAN-CHINA": ("Chinese claim", "BTN", (88, 27, 91, 29)),
    "LINE-ABYEI": ("South Sudanese claim", "SDN", (27, 9, 30, 11)),
    "LINE-ILEMI-KENYA": ("Sudanese claim", "KEN", (34, 4, 36, 6)),
    "LINE-ILEMI-SOUTH-SUDAN": ("Kenyan claim", "SDS", (35, 4, 36, 6)),
}


def disputed_rows(units: list[Row], claims: list[Row]) -> list[Row]:
    rows = {code: together(units, keys) for code, keys in WHOLE.items()}
    rows |= {code: cut(together(units, keys), claim(claims, *line), at) for code, (keys, line, at) in CUT.items()}
    rows |= {code: part_at(together(units, keys), at) for code, (keys, at) in ISLANDS.items()}
    rows |= {code: border(together(units, a), together(units, b)) for code, (a, b) in BORDERS.items()}
    rows |= {code: claim(claims, *which).simplify(0.001) for code, which in CLAIMS.items()}
    return [{"key": code, "shape": shape} for code, shape in rows.items()]


def together(units: list[Row], keys: tuple[str, ...]) -> BaseGeometry:
    return shapely.union_all([one["shape"] for one in units if one["key"].startswith(keys)])


def border(a: BaseGeometry, b: BaseGeometry) -> BaseGeometry:
    shared = shapely.intersection(a.boundary, b.boundary)
    lines = [part for part in shapely.get_parts(shared) if part.geom_type == "LineString"]
    return shapely.line_merge(shapely.multilinestrings(lines))


def claim(claims: list[Row], name: str, side: str, within: tuple[float, ...] = (60, 20, 100, 50)) -> BaseGeometry:
    box = shapely.box(*within)
    lines = [one["shape"] for one in claims if (one["name"], one["adm0_a3_l"]) == (name, side)]
    return shapely.line_merge(shapely.union_all([line for line in lines if line.within(box)]))


def part_at(shape: BaseGeometry, at: tuple[float, float]) -> BaseGeometry:
    return min(shapely.get_parts(shape), key=lambda part: part.distance(shapely.Point(at)))


def cut(shape: BaseGeometry, line: BaseGeometry, at: tuple[float, float]) -> BaseGeometry:
    """The piece of the shape on `at`'s side of the line, which is first drawn on until it meets the border."""
    reach = [drawn_on(part, shape.boundary) for part in shapely.get_parts(line) if part.length > 0.05]
    net = shapely.unary_union([shape.boundary, *reach])
    return next(piece for piece in polygonize(net) if piece.contains(shapely.Point(at)))


def drawn_on(line: BaseGeometry, border: BaseGeometry) -> BaseGeometry:
    """The line with a short straight piece from each end to, and a hair beyond, the nearest point of the border."""
    ends = []
    for x, y, *_ in (line.coords[0], line.coords[-1]):
        u, v = shapely.shortest_line(shapely.Point(x, y), border).coords[-1]
        ends.append((u + (u - x) * 0.01, v + (v - y) * 0.01))
    return shapely.LineString([ends[0], *(point[:2] for point in line.coords), ends[1]])
