"""NASA EONET version 3: https://eonet.gsfc.nasa.gov/docs/v3. An event has one geometry for each day it was seen; the last one counts."""

import re
from typing import Any

from app.intake import plain
from app.intake.payloads import Parsed, json_parts, read_each
from app.intake.plain import Said
from app.intake.schemas import Item

HAZARDS = {
    "wildfires": "WF",
    "volcanoes": "VO",
    "floods": "FL",
    "drought": "DR",
    "landslides": "LS",
    "earthquakes": "EQ",
    "severeStorms": "ST",
    "manmade": "AC",
}
CYCLONE = re.compile(r"\b(cyclone|hurricane|typhoon|tropical)\b", re.IGNORECASE)
OF_GDACS = re.compile(r"eventtype=([A-Z]{2})\b.*?eventid=(\d+)", re.IGNORECASE)
OF_USGS = re.compile(r"earthquake\.usgs\.gov/earthquakes/eventpage/([a-z0-9]+)")


def parse(body: bytes) -> Parsed:
    """Raises Unreadable."""
    parsed = Parsed()
    return read_each(json_parts(body, "events", parsed), read, parsed)


def read(event: dict[str, Any]) -> Item:
    seen = [one for one in event.get("geometry") or [] if isinstance(one, dict)]
    first, last = (seen[0], seen[-1]) if seen else ({}, {})
    said = Said()
    said.put("title", event.get("title"), plain.line)
    said.put("summary", event.get("description"), plain.text)
    said.put("url", address_of(event), plain.link)
    said.put("started_at", first.get("date"), plain.time)
    said.put("updated_at", last.get("date"), plain.time)
    said.put("ended_at", event.get("closed"), plain.time)
    said.put("geometry", {key: last.get(key) for key in ("type", "coordinates")} if last else None, plain.geometry)
    said.put("severity_text", size(last), plain.line)
    said.fields["hazard"] = hazard(event)
    own = event.get("id")
    return said.item(own, related=[f"eonet:{own}"] * bool(own) + others(event))


def sources(event: dict[str, Any]) -> list[dict[str, Any]]:
    found = event.get("sources")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def address_of(event: dict[str, Any]) -> Any:
    """Where its first source tells of it; EONET's own link leads to JSON."""
    return next((one["url"] for one in sources(event) if one.get("url")), event.get("link"))


def others(event: dict[str, Any]) -> list[str]:
    """What the bodies call it that EONET has it from."""
    addresses = [str(one.get("url") or "")[:500] for one in sources(event)]
    of_gdacs = [f"gdacs:{found[1].upper()}{found[2]}" for one in addresses if (found := OF_GDACS.search(one))]
    return of_gdacs + [f"usgs:{found[1]}" for one in addresses if (found := OF_USGS.search(one))]


def size(last: dict[str, Any]) -> str:
    value, unit = last.get("magnitudeValue"), last.get("magnitudeUnit")
    return f"{value} {unit or ''}".strip() if value is not None else ""


def hazard(event: dict[str, Any]) -> str | None:
    codes = [str(one.get("id")) for one in event.get("categories") or [] if isinstance(one, dict)]
    found = next((HAZARDS[code] for code in codes if code in HAZARDS), None)
    return "TC" if found == "ST" and CYCLONE.search(str(event.get("title"))) else found
