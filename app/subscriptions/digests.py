"""When the digest of a day comes: at an hour of the reader's own clock, whatever summer time does to it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from app.calendars import ZONES

MORE = ("Asia/Aqtau", "Asia/Aqtobe", "UTC")


def zone_of(country: str | None) -> str:
    return ZONES.get(country or "", "UTC")


def zones() -> list[tuple[str, list[str]]]:
    """Time zones to choose from: those of the region, then all by continent."""
    ours = sorted({*ZONES.values(), *MORE})
    groups: dict[str, list[str]] = {}
    for name in sorted(available_timezones()):
        continent, _slash, place = name.partition("/")
        if place and continent not in ("Etc", "SystemV", "posix", "right"):
            groups.setdefault(continent, []).append(name)
    return [("", ours), *groups.items()]


def next_digest(hour: int, time_zone: str, now: datetime) -> datetime:
    """The next time that the clock there shows this full hour, in UTC. An hour that a day leaves out comes an hour later."""
    zone = ZoneInfo(time_zone)
    day = now.astimezone(zone).date()
    while True:
        at = datetime.combine(day, time(hour), zone).astimezone(UTC)
        if at > now:
            return at
        day += timedelta(days=1)
