"""GDACS: the RSS at https://www.gdacs.org/xml/rss.xml and the list of events of its API (…/gdacsapi/api/events/geteventlist/…).

An event is known by its type and number. Its episodes are its later states, so a new episode is news of the same item.
"""

import re
from typing import Any
from xml.etree.ElementTree import Element

from app.intake import georss, plain
from app.intake.payloads import Parsed, json_parts, read_each, text_of, xml_parts
from app.intake.plain import Said
from app.intake.schemas import Item

HAZARDS = {one: one for one in ("EQ", "TC", "FL", "VO", "DR", "WF", "TS")}
DEPTH = re.compile(r"Depth:?\s*(\d+(?:\.\d+)?)\s*km", re.IGNORECASE)
OF_USGS = re.compile(r"(?:us|at|ci|nc|ak|nn|uw|uu|hv|pr|pt|mb|se|tx|ok|nm|ld|official)[0-9a-z]{6,}")


def parse_rss(body: bytes) -> Parsed:
    """Raises Unreadable."""
    parsed = Parsed()
    return read_each(xml_parts(body, ("item",), parsed)[1], read_rss, parsed)


def parse_api(body: bytes) -> Parsed:
    """Raises Unreadable."""
    parsed = Parsed()
    return read_each(json_parts(body, "features", parsed), read, parsed)


def read_rss(item: Element) -> Item:
    kind, number = text_of(item, "gdacs_eventtype"), text_of(item, "gdacs_eventid")
    severity, people = item.find("gdacs_severity"), item.find("gdacs_population")
    said = Said()
    said.put("title", text_of(item, "title"), plain.line)
    said.put("summary", text_of(item, "description"), plain.text)
    said.put("url", text_of(item, "link"), plain.link)
    said.put("started_at", text_of(item, "gdacs_fromdate", "pubDate"), plain.time)
    said.put("updated_at", text_of(item, "gdacs_datemodified", "gdacs_todate"), plain.time)
    said.put("alert_level", text_of(item, "gdacs_alertlevel"), plain.level)
    said.put("countries", text_of(item, "gdacs_iso3").split(), plain.countries)
    said.put("glides", [text_of(item, "gdacs_glide", "glide_number")], plain.glides)
    said.put("geometry", georss.geometry_of(item), plain.geometry)
    said.put("severity_text", text_of(item, "gdacs_severity"), plain.line)
    if severity is not None and kind == "EQ":
        said.put("magnitude", severity.get("value"), plain.magnitude)
    if people is not None and re.fullmatch(r"Pop\d+", people.get("unit", "")):  # else it may count the dead
        said.put("population", people.get("value"), plain.people)
    if text_of(item, "gdacs_iscurrent").lower() == "false":
        said.put("ended_at", text_of(item, "gdacs_todate"), plain.time)
    return whole(said, kind, number, text_of(item, "guid"), text_of(item, "gdacs_sourceid"))


def read(feature: dict[str, Any]) -> Item:
    says = feature["properties"]
    kind, number = str(says.get("eventtype") or ""), str(says.get("eventid") or "")
    severity, links = says.get("severitydata") or {}, says.get("url") or {}
    said = Said()
    said.put("title", says.get("name") or says.get("eventname"), plain.line)
    said.put("summary", says.get("htmldescription") or says.get("description"), plain.text)
    said.put("url", links.get("report") if isinstance(links, dict) else links, plain.link)
    said.put("started_at", says.get("fromdate"), plain.time)
    said.put("updated_at", says.get("datemodified") or says.get("todate"), plain.time)
    said.put("alert_level", says.get("alertlevel"), plain.level)
    said.put("countries", affected(says), plain.countries)
    said.put("glides", [says.get("glide") or ""], plain.glides)
    said.put("geometry", feature.get("geometry"), plain.geometry)
    said.put("severity_text", severity.get("severitytext"), plain.line)
    said.put("source", says.get("source"), plain.line, 200)
    if kind == "EQ":
        said.put("magnitude", severity.get("severity"), plain.magnitude)
    if str(says.get("iscurrent")).lower() == "false":
        said.put("ended_at", says.get("todate"), plain.time)
    return whole(said, kind, number, "", str(says.get("sourceid") or ""))


def affected(says: dict[str, Any]) -> list[Any]:
    """`iso3` names one country; all of them stand in a list beside it."""
    others = says.get("affectedcountries")
    listed = [one.get("iso3") for one in others if isinstance(one, dict)] if isinstance(others, list) else []
    return [one for one in [says.get("iso3"), *listed] if one]


def whole(said: Said, kind: str, number: str, guid: str, source_id: str) -> Item:
    """With what both shapes have in common."""
    said.fields["hazard"] = HAZARDS.get(kind)
    if kind == "EQ" and (found := DEPTH.search(said.get("severity_text") or said.get("title") or "")):
        said.put("depth_km", found[1], plain.depth)
    own = f"{kind}{number}" if kind and number else guid
    related = [f"gdacs:{own}"] if own else []
    if OF_USGS.fullmatch(source_id):
        related.append(f"usgs:{source_id}")
    return said.item(own, related=related)
