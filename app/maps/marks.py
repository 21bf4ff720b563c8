"""Records as the marks of a drawn map."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.places.map_drawing import Mark

Records = Iterable[Mapping[str, Any]]


def of_events(events: Records) -> list[Mark]:
    return [
        Mark(
            event["point"]["lon"],
            event["point"]["lat"],
            event["title"],
            f"/events/{event['ref']}",
            event["alert_level"] or "unrated",
        )
        for event in events
        if event["point"]
    ]


def of_capacities(capacities: Records) -> list[Mark]:
    return standing(capacities, "capacities")


def of_entry_points(points: Records) -> list[Mark]:
    return standing(points, "entry-points")


def standing(records: Records, noun: str) -> list[Mark]:
    """Those whose place is known."""
    found = []
    for record in records:
        if record["geometry"]:
            lon, lat = record["geometry"]["coordinates"]
            found.append(Mark(lon, lat, record["name"], f"/{noun}/{record['ref']}"))
    return found
