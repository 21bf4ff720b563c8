"""A GeoJSON geometry as GeoRSS: Simple where that can say it, else GML in its Simple Features profile (OGC 17-002).

GeoRSS writes latitude first. GeoRSS Simple knows a point, a line and a ring; holes and several parts need GML.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

GEORSS, GML = "http://www.georss.org/georss", "http://www.opengis.net/gml"
WGS84 = "urn:ogc:def:crs:EPSG::4326"  # its axes are latitude, longitude: those of GeoRSS

Positions = Sequence[Sequence[float]]


def written(geometry: Mapping[str, Any]) -> Element:
    """The one element that says where it is."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return simple("point", [coordinates])
    if kind == "LineString":
        return simple("line", coordinates)
    if kind == "Polygon" and len(coordinates) == 1:
        return simple("polygon", coordinates[0])
    where = Element("georss:where")
    where.append(GML_OF[kind](coordinates))
    where[0].set("srsName", WGS84)
    return where


def simple(name: str, positions: Positions) -> Element:
    element = Element(f"georss:{name}")
    element.text = latitude_first(positions)
    return element


def latitude_first(positions: Positions) -> str:
    return " ".join(
        f"{lat:.6f}".rstrip("0").rstrip(".") + " " + f"{lon:.6f}".rstrip("0").rstrip(".")
        for lon, lat, *_height in positions
    )


def gml_point(position: Sequence[float]) -> Element:
    return holding("gml:Point", "gml:pos", latitude_first([position]))


def gml_line(positions: Positions) -> Element:
    return holding("gml:LineString", "gml:posList", latitude_first(positions))


def gml_polygon(rings: Sequence[Positions]) -> Element:
    polygon = Element("gml:Polygon")
    for number, ring in enumerate(rings):
        side = SubElement(polygon, "gml:interior" if number else "gml:exterior")
        side.append(holding("gml:LinearRing", "gml:posList", latitude_first(ring)))
    return polygon


def holding(name: str, inner: str, text: str) -> Element:
    element = Element(name)
    SubElement(element, inner).text = text
    return element


def several(name: str, member: str, one: Callable[[Any], Element]) -> Callable[[Iterable[Any]], Element]:
    def write(parts: Iterable[Any]) -> Element:
        element = Element(name)
        for part in parts:
            SubElement(element, member).append(one(part))
        return element

    return write


GML_OF: Mapping[str, Callable[[Any], Element]] = {
    "Polygon": gml_polygon,
    "MultiPoint": several("gml:MultiPoint", "gml:pointMember", gml_point),
    "MultiLineString": several("gml:MultiCurve", "gml:curveMember", gml_line),
    "MultiPolygon": several("gml:MultiSurface", "gml:surfaceMember", gml_polygon),
}
