"""Whether two items of different feeds tell of the same happening: the same kind of hazard, near in place and time.

A feed knows its own happenings apart, so two items of one feed are never joined by this: that is how an aftershock stays
another candidate than the shock before it.
"""

from datetime import timedelta
from math import sqrt
from typing import NamedTuple

from app.geo import distance_km
from app.inbox.told import Told

# What one feed calls this, another may call that
KINS = {
    "EQ": "shock", "FL": "flood", "FF": "flood", "LS": "slope", "MS": "slope", "WF": "fire", "FR": "fire",
    "ST": "storm", "VW": "storm", "TO": "storm", "EC": "storm", "TC": "storm", "SS": "storm",
}  # fmt: skip


class Tolerance(NamedTuple):
    """How far apart two reports of one happening may be. Magnitudes are of different scales, and early ones rough."""

    time: timedelta
    km: float
    magnitude: float = 1.0


TOLERANCES = {
    "shock": Tolerance(timedelta(seconds=60), 100),
    "TS": Tolerance(timedelta(hours=1), 200),
    "flood": Tolerance(timedelta(days=5), 100),
    "slope": Tolerance(timedelta(days=1), 25),
    "AV": Tolerance(timedelta(days=1), 25),
    "fire": Tolerance(timedelta(days=3), 15),
    "storm": Tolerance(timedelta(days=3), 300),
    "VO": Tolerance(timedelta(days=10), 30),
    "DR": Tolerance(timedelta(days=60), 300),
    "CW": Tolerance(timedelta(days=5), 300),
    "HT": Tolerance(timedelta(days=5), 300),
}
OTHERS = Tolerance(timedelta(days=2), 50)


def kin_of(hazard: str | None) -> str:
    """The group of hazards within which reports may be of the same; none where the hazard is not known."""
    return KINS.get(hazard, hazard) if hazard else ""


def tolerance_of(kin: str) -> Tolerance:
    return TOLERANCES.get(kin, OTHERS)


def likeness(one: Told, other: Told) -> float | None:
    """From 1, the same place and second, to 0, the edge of what is tolerated; None beyond it, or where nobody can tell."""
    kin = kin_of(one.said.get("hazard"))
    if not kin or kin != kin_of(other.said.get("hazard")) or one.feed_id == other.feed_id:
        return None
    here, there, began, begun = one.placed.point, other.placed.point, one.started_at, other.started_at
    if not (here and there and began and begun):
        return None
    allowed = tolerance_of(kin)
    apart = [abs(began - begun) / allowed.time, distance_km(here, there) / allowed.km]
    strengths = one.said.get("magnitude"), other.said.get("magnitude")
    if strengths[0] is not None and strengths[1] is not None:
        apart.append(abs(strengths[0] - strengths[1]) / allowed.magnitude)
    whole = sqrt(sum(part * part for part in apart))
    return 1 - whole if whole <= 1 else None
