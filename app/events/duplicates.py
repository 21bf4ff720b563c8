"""Which events that are there already may be the one that somebody is about to log.

Likely is the same or a kindred hazard, near in place (or in the same country, where no place is known) and in time.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from app.geo import Point
from app.languages import gettext as _
from app.languages import ngettext

NEAR_KM = 100
AT_MOST = 8
DAYS = 3
# What comes slowly is dated less surely
SLOW_DAYS = {"DR": 90, "CE": 90, "EP": 30, "IN": 30, "CW": 7, "HT": 7, "FL": 7}
# What brings the other about, or is taken for it in a first report
KINDRED = (
    {"EQ", "TS", "LS"},
    {"FL", "FF", "MS", "LS"},
    {"ST", "VW", "TO", "EC", "TC", "SS", "FF"},
    {"WF", "FR"},
    {"FR", "AC"},
    {"LS", "AV", "MS"},
)


class Asked(NamedTuple):
    """What is known of the event that is about to be logged."""

    hazard: str
    started_at: datetime
    near: Point | None = None
    countries: Sequence[str] = ()

    @property
    def hazards(self) -> list[str]:
        kindred = set().union(*(group for group in KINDRED if self.hazard in group))
        return sorted(kindred | {self.hazard})

    @property
    def window(self) -> timedelta:
        return timedelta(days=SLOW_DAYS.get(self.hazard, DAYS))


def rated(asked: Asked, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Candidates with their score (0 to 1) and the reason in words, the likeliest first."""
    rows = [row | {"score": score(asked, row), "reason": reason(asked, row)} for row in found]
    return sorted(rows, key=lambda row: (-row["score"], row["ref"]))[:AT_MOST]


def score(asked: Asked, row: dict[str, Any]) -> float:
    """The nearer in place and time, the likelier; a kindred hazard counts half. An unknown place counts as halfway."""
    place = 0.5 if row["distance_km"] is None else 1 - row["distance_km"] / NEAR_KM
    time = 1 - abs(days_after(asked, row)) / asked.window.days
    same = 1.0 if row["hazard"]["code"] == asked.hazard else 0.5
    return float(round(same * (0.2 + 0.4 * max(place, 0) + 0.4 * max(time, 0)), 2))


def days_after(asked: Asked, row: dict[str, Any]) -> int:
    """Whole days from the day asked for to that of the event: negative before; none within the month that it is known by."""
    day, began = (
        asked.started_at.astimezone(UTC).date(),
        datetime.fromisoformat(row["started_at"]).astimezone(UTC).date(),
    )
    if day < began or row["started_precision"] != "month":
        return (began - day).days
    last = began.replace(day=monthrange(began.year, began.month)[1])
    return min((last - day).days, 0)


def reason(asked: Asked, row: dict[str, Any]) -> str:
    hazard = _("the same hazard") if row["hazard"]["code"] == asked.hazard else _("a kindred hazard")
    where = _("in the same country") if row["distance_km"] is None else distance(row["distance_km"])
    return ", ".join((hazard, where, when(days_after(asked, row))))


def distance(km: float) -> str:
    return _("%(km)s km away") % {"km": round(km)} if km >= 1 else _("at the same place")


def when(days: int) -> str:
    if not days:
        return _("began on the same day")
    words = {"count": abs(days)}
    if days < 0:
        return ngettext("began %(count)s day earlier", "began %(count)s days earlier", -days) % words
    return ngettext("began %(count)s day later", "began %(count)s days later", days) % words
