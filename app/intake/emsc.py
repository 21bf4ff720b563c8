"""EMSC earthquakes: the FDSN event service as JSON (https://www.seismicportal.eu/fdsnws/event/1/) and the RSS of emsc-csem.org."""

import re
from typing import Any
from xml.etree.ElementTree import Element

from app.intake import georss, plain
from app.intake.payloads import Parsed, json_parts, read_each, text_of, xml_parts
from app.intake.plain import Said
from app.intake.schemas import Item

PAGE = "https://www.seismicportal.eu/eventdetails.html?unid="
# The first letter says known or suspected, the second what
HAZARDS = {"e": "EQ", "l": "LS", "v": "VO", "n": "AC"}


def parse(body: bytes) -> Parsed:
    """Raises Unreadable."""
    parsed = Parsed()
    if body.lstrip()[:1] == b"<":
        return read_each(xml_parts(body, ("item",), parsed)[1], read_rss, parsed)
    return read_each(json_parts(body, "features", parsed), read, parsed)


def read(feature: dict[str, Any]) -> Item:
    says = feature["properties"]
    name = says.get("unid") or feature.get("id")
    said = Said()
    said.put("summary", says.get("flynn_region"), plain.text)
    said.put("url", f"{PAGE}{name}" if name else None, plain.link)
    said.put("started_at", says.get("time"), plain.time)
    said.put("updated_at", says.get("lastupdate"), plain.time)
    said.put("magnitude", says.get("mag"), plain.magnitude)
    said.put("magnitude_type", says.get("magtype"), plain.line, 20)
    said.put("depth_km", says.get("depth"), plain.depth)
    said.put("geometry", feature.get("geometry"), plain.geometry)
    said.put("source", says.get("auth"), plain.line, 200)
    said.fields["hazard"] = HAZARDS.get(str(says.get("evtype") or "ke")[1:2])
    return said.item(name, related=[f"emsc:{name}"] if name else [], title=title_of(said))


def title_of(said: Said) -> str:
    region = said.get("summary")
    return f"M {said.get('magnitude')} - {region}" if region and said.get("magnitude") is not None else region or ""


def read_rss(item: Element) -> Item:
    said = Said()
    said.put("title", text_of(item, "title"), plain.line)
    said.put("url", text_of(item, "link"), plain.link)
    said.put("started_at", text_of(item, "emsc_time") or text_of(item, "pubDate"), plain.time)
    said.put("geometry", georss.geometry_of(item), plain.geometry)
    kind, _, size = text_of(item, "emsc_magnitude").strip().rpartition(" ")
    said.put("magnitude", size, plain.magnitude)
    said.put("magnitude_type", kind, plain.line, 20)
    said.put("depth_km", (text_of(item, "emsc_depth").split() or [""])[0], plain.depth)
    said.fields["hazard"] = "EQ"
    own = text_of(item, "guid", "link")
    unid = re.search(r"\b\d{8}_\d{7}\b", own)
    return said.item(own, related=[f"emsc:{unid[0]}"] if unid else [])
