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
    found = []
    for capacity in capacities:
        if capacity["geometry"]:
            lon, lat = capacity["geometry"]["coordinates"]
            found.append(Mark(lon, lat, capacity["name"], f"/capacities/{capacity['ref']}"))
    return found
