"""Any RSS 2.0, RSS 1.0 or Atom feed with places: GeoRSS simple and GML (https://docs.ogc.org/cs/17-002r1/17-002r1.html), W3C geo."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from app.intake import plain
from app.intake.hazard_words import hazard_of
from app.intake.payloads import Parsed, read_each, text_of, xml_parts
from app.intake.plain import Said
from app.intake.schemas import Item

GML = {"gml_Point": ("Point", "gml_pos"), "gml_LineString": ("LineString", "gml_posList")}


def parse(body: bytes) -> Parsed:
    """Raises Unreadable."""
    parsed = Parsed()
    return read_each(xml_parts(body, ("item", "entry"), parsed)[1], read, parsed)


def read(entry: Element) -> Item:
    said = Said()
    said.put("title", text_of(entry, "title"), plain.line)
    said.put("summary", text_of(entry, "description", "summary", "content", "content_encoded"), plain.text)
    said.put("url", link_of(entry), plain.link)
    said.put("started_at", text_of(entry, "dc_date", "published", "pubDate", "updated"), plain.time)
    said.put("updated_at", text_of(entry, "updated", "dcterms_modified"), plain.time)
    said.put("geometry", geometry_of(entry), plain.geometry)
    said.put("source", text_of(entry, "dc_creator", "dc_publisher"), plain.line, 200)
    subjects = [one.get("term") or one.get("label") or one.text or "" for one in entry.iterfind("category")]
    said.fields["hazard"] = hazard_of(*subjects, text_of(entry, "dc_subject"), text_of(entry, "title"))
    own = text_of(entry, "guid", "id") or entry.get("rdf_about") or said.get("url")
    return said.item(own)


def link_of(entry: Element) -> str:
    """Of Atom the alternate one, of RSS the only one."""
    links = list(entry.iterfind("link"))
    atom = [one for one in links if one.get("href")]
    first = next((one for one in atom if one.get("rel", "alternate") == "alternate"), atom[0] if atom else None)
    return (first.get("href") or "") if first is not None else text_of(entry, "link")


def geometry_of(entry: Element) -> dict[str, Any] | str | None:
    """As GeoJSON; a text that says what stood there where it was not understood; None: none."""
    stood = ""
    for kind, said in places(entry):
        stood = said
        try:
            return plain.box(said) if kind == "box" else plain.shape(kind, said)
        except ValueError:
            continue
    return stood or None


def places(entry: Element) -> Iterator[tuple[str, str]]:
    """What kind of place, and its coordinates, latitude first; each way to say it in turn."""
    inside = [entry, *entry.iterfind("georss_where")]
    for name, kind in (("polygon", "Polygon"), ("line", "LineString"), ("box", "box"), ("point", "Point")):
        yield from ((kind, said) for said in [text_of(entry, f"georss_{name}")] if said)
    for where in inside:
        yield from of_gml(where)
    for where in (entry, *entry.iterfind("geo_Point")):
        lat, lon = text_of(where, "geo_lat"), text_of(where, "geo_long", "geo_lon")
        if lat or lon:
            yield "Point", f"{lat} {lon}"


def of_gml(where: Element) -> Iterator[tuple[str, str]]:
    for name, (kind, positions) in GML.items():
        for one in where.iterfind(name):
            yield kind, text_of(one, positions, "gml_coordinates")
    for one in where.iterfind("gml_Polygon"):
        yield "Polygon", text_of(one, "gml_exterior")
    for one in where.iterfind("gml_Envelope"):
        yield "box", f"{text_of(one, 'gml_lowerCorner')} {text_of(one, 'gml_upperCorner')}"
