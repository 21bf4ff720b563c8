"""USGS earthquakes, GeoJSON summary format: https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php."""

from typing import Any

from app.intake import plain
from app.intake.payloads import Parsed, json_parts, read_each
from app.intake.plain import Said
from app.intake.schemas import Item

# Quarry blasts and the like shake the ground, but are no hazard of their own
HAZARDS = {
    "earthquake": "EQ",
    "landslide": "LS",
    "mud slide": "MS",
    "volcanic eruption": "VO",
    "snow avalanche": "AV",
    "nuclear explosion": "AC",
    "accidental explosion": "AC",
    "industrial explosion": "AC",
}


def parse(body: bytes) -> Parsed:
    """Raises Unreadable."""
    parsed = Parsed()
    return read_each(json_parts(body, "features", parsed), read, parsed)


def read(feature: dict[str, Any]) -> Item:
    says, position = feature["properties"], feature.get("geometry") or {}
    said = Said()
    said.put("title", says.get("title"), plain.line)
    said.put("summary", says.get("place"), plain.text)
    said.put("url", says.get("url"), plain.link)
    said.put("started_at", says.get("time"), plain.milliseconds)
    said.put("updated_at", says.get("updated"), plain.milliseconds)
    said.put("magnitude", says.get("mag"), plain.magnitude)
    said.put("magnitude_type", says.get("magType"), plain.line, 20)
    said.put("geometry", position, plain.geometry)
    said.put("depth_km", depth_of(position), plain.depth)
    said.put("alert_level", pager(says), plain.level)
    said.put("severity_text", severity(says), plain.line)
    said.fields["hazard"] = HAZARDS.get(str(says.get("type", "earthquake")).lower())
    said.fields["is_cancelled"] = says.get("status") == "deleted"
    return said.item(feature.get("id"), related=[f"usgs:{id}" for id in ids(feature)], title=title_of(said))


def title_of(said: Said) -> str:
    return f"M {said.get('magnitude')} - {said.get('summary')}" if said.get("summary") else ""


def ids(feature: dict[str, Any]) -> list[str]:
    """All names that networks have given it: `,us7000abcd,at00qwerty,`."""
    others = str(feature["properties"].get("ids") or "").split(",")
    return [one for one in [str(feature.get("id") or ""), *others] if one]


def depth_of(position: dict[str, Any]) -> Any:
    coordinates = position.get("coordinates")
    return coordinates[2] if isinstance(coordinates, list) and len(coordinates) > 2 else None


def pager(says: dict[str, Any]) -> Any:
    """PAGER knows yellow between green and orange; we do not, and say it in words only."""
    return None if says.get("alert") == "yellow" else says.get("alert")


def severity(says: dict[str, Any]) -> str:
    parts = [f"{name} {says[key]}" for name, key in (("PAGER", "alert"), ("MMI", "mmi")) if says.get(key)]
    return ", ".join(parts)
