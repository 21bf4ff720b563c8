"""What people type or paste as the place of an event, as a GeoJSON geometry: coordinates, a list of them, WKT, GeoJSON itself."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.geo import Point, spoken_point
from app.languages import gettext as _

Geometry = dict[str, Any]

NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
POSITION = re.compile(rf"({NUMBER})\s+({NUMBER})")
WKT = re.compile(
    r"(?:SRID\s*=\s*4326\s*;\s*)?(MULTI)?(POINT|LINESTRING|POLYGON)\s*(\([-+\d.eE\s,()]*\))", re.ASCII | re.IGNORECASE
)
LETTERS = re.compile(r"SRID|MULTI|POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION", re.IGNORECASE)
NAMES = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon"}
BETWEEN = re.compile(r"[\n;]")


def shape(text: str) -> Any:
    """What was written, not yet looked at closely: see GeometryIn. Raises ValueError with what to do."""
    text = text.strip()
    if not text:
        return None
    if text.startswith("{"):
        return geometry_of(pasted(text))
    if LETTERS.match(text):
        return from_wkt(text)
    return from_coordinates(text)


# -- GeoJSON


def pasted(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(_("This is not valid GeoJSON. Paste a geometry, or write latitude and longitude.")) from None


def geometry_of(said: Any) -> Any:
    """The geometry of a feature; those of several as the parts of one."""
    if isinstance(said, Mapping) and said.get("type") in ("Feature", "FeatureCollection", "GeometryCollection"):
        return joined([part for one in geometries(said) for part in parts(one)])
    return said


def geometries(said: Any, depth: int = 0) -> Iterator[Any]:
    if not isinstance(said, Mapping) or depth > 5:
        return
    inner = [said.get("geometry"), *listed(said.get("features")), *listed(said.get("geometries"))]
    if said.get("type") in ("Feature", "FeatureCollection", "GeometryCollection"):
        for one in inner:
            yield from geometries(one, depth + 1)
    else:
        yield said


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def parts(geometry: Mapping[str, Any]) -> list[Geometry]:
    """One geometry as its single parts."""
    kind = str(geometry.get("type"))
    if not kind.startswith("Multi"):
        return [dict(geometry)]
    return [{"type": kind.removeprefix("Multi"), "coordinates": one} for one in listed(geometry.get("coordinates"))]


def joined(found: Sequence[Geometry]) -> Geometry | None:
    """Parts of one kind as one geometry. Raises ValueError where they are of several."""
    kinds = {part["type"] for part in found}
    if len(kinds) > 1:
        raise ValueError(_("Points, lines and areas cannot be one shape: give those of one kind."))
    if len(found) < 2:
        return found[0] if found else None
    return {"type": f"Multi{kinds.pop()}", "coordinates": [part.get("coordinates") for part in found]}


# -- well-known text


def from_wkt(text: str) -> Geometry:
    """`POLYGON((76.9 43.1, 77 43.1, 77 43.2, 76.9 43.1))`: longitude first, two numbers a position."""
    match = WKT.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        multi, kind, body = match.groups()
        found = json.loads(POSITION.sub(r"[\1,\2]", body).replace("(", "[").replace(")", "]"))
    except (ValueError, RecursionError):
        raise ValueError(
            _("This is not valid WKT: write POINT, LINESTRING or POLYGON with longitude and latitude.")
        ) from None
    if kind.upper() == "POINT":  # its parts may stand in brackets of their own
        found = [one[0] if isinstance(one, list) and one and isinstance(one[0], list) else one for one in found]
        found = found if multi else found[0] if len(found) == 1 else found
    return {"type": f"{'Multi' if multi else ''}{NAMES[kind.upper()]}", "coordinates": found}


# -- coordinates, latitude first


def from_coordinates(text: str) -> Geometry:
    """One point; of several, one on each line, a line, or the area within where the last is the first."""
    written = [one for one in BETWEEN.split(text) if one.strip()]
    try:
        return {"type": "Point", "coordinates": list(spoken_point(text))}
    except ValueError:
        if len(written) < 2:
            raise
    positions = [list(Point(*spoken_point(one))) for one in written]
    if len(positions) > 3 and positions[0] == positions[-1]:
        return {"type": "Polygon", "coordinates": [positions]}
    return {"type": "LineString", "coordinates": positions}
