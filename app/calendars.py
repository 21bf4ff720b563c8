"""Time as people on the ground have it: the clock of a country beside UTC, and the Solar Hijri calendar of Afghanistan and Iran.

Months of the Solar Hijri year go by their Afghan names: the portal speaks Dari and Pashto.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime
from persiantools.jdatetime import JalaliDate

from app import languages

# Of the countries of the region and their neighbours; where a country has several, that of its capital
ZONES = {
    "AFG": "Asia/Kabul",
    "AZE": "Asia/Baku",
    "CHN": "Asia/Shanghai",
    "IND": "Asia/Kolkata",
    "IRN": "Asia/Tehran",
    "KAZ": "Asia/Almaty",
    "KGZ": "Asia/Bishkek",
    "PAK": "Asia/Karachi",
    "RUS": "Europe/Moscow",
    "TJK": "Asia/Dushanbe",
    "TKM": "Asia/Ashgabat",
    "TUR": "Europe/Istanbul",
    "UZB": "Asia/Tashkent",
}

MONTHS = {
    "fa-AF": ("حمل", "ثور", "جوزا", "سرطان", "اسد", "سنبله", "میزان", "عقرب", "قوس", "جدی", "دلو", "حوت"),
    "ps": ("وری", "غویی", "غبرګولی", "چنګاښ", "زمری", "وږی", "تله", "لړم", "لیندۍ", "مرغومی", "سلواغه", "کب"),
}


@dataclass(frozen=True)
class LocalMoment:
    """A moment in words: on the clock of a place, in UTC, and as a Solar Hijri date to whoever reckons by that."""

    local: str  # 14 Nov 2026, 16:30
    offset: str  # +04:30
    utc: str  # 12:00, with the day where that is another one there
    solar_hijri: str  # 23 عقرب 1405, or empty
    machine: str  # 2026-11-14T12:00Z


@cache
def zone_of(country: str | None) -> ZoneInfo | None:
    """The clock of a country (ISO 3166-1 alpha-3), or of an IANA time zone; None where it is not known here."""
    try:
        return ZoneInfo(ZONES.get(country or "", country or ""))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, such as Asia
        return None


def offset_of(at: datetime) -> str:
    """+04:30, as people write it on both sides of a border."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def solar_hijri(on: str | date | None) -> str:
    """The day in the calendar of readers of Dari and Pashto; to others nothing. Of a moment, the day that it is in UTC."""
    months = MONTHS.get(languages.current().code)
    if months is None or not on:
        return ""
    day = JalaliDate(date.fromisoformat(on[:10]) if isinstance(on, str) else on)  # type: ignore[no-untyped-call]
    return f"{day.day} {months[day.month - 1]} {day.year}"


def day_of_year(md: str) -> str:
    """11-01 as 1 November."""
    month, day = md.split("-")
    return format_date(date(2024, int(month), int(day)), "d MMMM", locale=languages.locale())


def local_moment(at: datetime, zone: ZoneInfo) -> LocalMoment:
    """`at` knows its time zone; the words are in the reader's language."""
    there, utc = at.astimezone(zone), at.astimezone(UTC)
    pattern = "HH:mm" if there.date() == utc.date() else "d MMM, HH:mm"
    return LocalMoment(
        local=format_datetime(there, "d MMM y, HH:mm", locale=languages.locale()),
        offset=offset_of(there),
        utc=format_datetime(utc, pattern, locale=languages.locale()),
        solar_hijri=solar_hijri(there.date()),
        machine=utc.strftime("%Y-%m-%dT%H:%MZ"),
    )
