"""What an item of a feed says, where that is, and how it differs from what was said before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.geo import Point, distance_km

Said = Mapping[str, Any]  # app/intake/schemas.py Item, as JSON

# What differs between two revisions, in the order in which a page shows it
COMPARED = (
    "title", "hazard", "magnitude", "magnitude_type", "depth_km", "alert_level", "severity_text", "population",
    "started_at", "ended_at", "expires_at", "geometry", "countries", "glides", "is_cancelled", "is_exercise", "is_test",
)  # fmt: skip
REGIONS = ("inside", "near", "said", "unknown", "outside")  # the first that any item says holds for all


@dataclass(frozen=True)
class Placed:
    """Where an item is: the countries that its shape touches, those of the region near it or named by it, its areas (p-codes).

    `region`: inside, near (within the margin), said (only named), unknown (neither shape nor country), outside.
    """

    lon: float | None = None
    lat: float | None = None
    inside: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    areas: list[str] = field(default_factory=list)
    area_names: list[dict[str, str]] = field(default_factory=list)
    town: dict[str, Any] | None = None
    region: str = "unknown"

    @property
    def point(self) -> Point | None:
        return Point(self.lon, self.lat) if self.lon is not None and self.lat is not None else None


@dataclass
class Told:
    """An item of a feed: who says it, which revision, what, and where that is."""

    item_id: UUID
    feed_id: UUID
    feed: str
    feed_name: str
    adapter: str
    revision: int
    said: Said
    seen_at: datetime
    placed: Placed = field(default_factory=Placed)

    @property
    def started_at(self) -> datetime | None:
        return time_of(self.said.get("started_at"))

    @property
    def keys(self) -> set[str]:
        """The names of the happening: other bodies', this feed's own, and GLIDE numbers."""
        return {
            f"feed:{self.feed}:{self.said['key']}",
            *self.said.get("related_keys", ()),
            *(f"glide:{number}" for number in self.said.get("glides", ())),
        }

    @property
    def is_cancelled(self) -> bool:
        return bool(self.said.get("is_cancelled"))

    @property
    def newest(self) -> datetime:
        """When its source last touched it, as far as it says so."""
        return time_of(self.said.get("updated_at")) or self.seen_at


def time_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def differences(was: Said, now: Said) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of what was said and what is said the fields that differ; nothing, empty and false are the same."""
    names = [name for name in COMPARED if said_at_all(was.get(name)) != said_at_all(now.get(name))]
    return {name: was.get(name) for name in names}, {name: now.get(name) for name in names}


def said_at_all(value: Any) -> Any:
    return None if is_nothing(value) else value


def is_nothing(value: Any) -> bool:
    """Not said: null, empty, false. A zero is said."""
    return value is None or value is False or value in ("", [])


# -- what matters after a decision

STRONGER = 0.3  # magnitudes are revised by a tenth or two for hours
MOVED_KM = 25


def what_matters(decided: Said, now: Said) -> list[str]:
    """The fields by which a candidate is another one than it was when somebody decided on it."""
    names = [
        name for name in ("hazard", "alert_level", "cancelled", "is_exercise") if decided.get(name) != now.get(name)
    ]
    before, after = decided.get("magnitude"), now.get("magnitude")
    if (before is None) != (after is None) or (before is not None and abs(before - after) > STRONGER - 1e-9):
        names.append("magnitude")
    if has_moved(decided.get("at"), now.get("at")):
        names.append("geometry")
    return names


def has_moved(before: list[float] | None, after: list[float] | None) -> bool:
    if before is None or after is None:
        return before != after
    return distance_km(Point(*before), Point(*after)) > MOVED_KM
