"""What time it is where a contact sits: nobody should be called at three in the morning for want of knowing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# of the capital; the countries of the region have one time each
ZONES = {
    "AFG": "Asia/Kabul",
    "AZE": "Asia/Baku",
    "IND": "Asia/Kolkata",
    "IRN": "Asia/Tehran",
    "KAZ": "Asia/Almaty",
    "KGZ": "Asia/Bishkek",
    "PAK": "Asia/Karachi",
    "TJK": "Asia/Dushanbe",
    "TKM": "Asia/Ashgabat",
    "UZB": "Asia/Tashkent",
}


def local_time(country: str | None, now: datetime | None = None) -> dict[str, str] | None:
    """{"time": "15:42", "offset": "UTC+5"}; None where the country's time is not known here."""
    try:
        at = (now or datetime.now(UTC)).astimezone(ZoneInfo(ZONES[country or ""]))
    except (KeyError, ZoneInfoNotFoundError):
        return None
    minutes = (at.utcoffset() or timedelta()).total_seconds() // 60
    hours, rest = divmod(int(minutes), 60)
    return {"time": f"{at:%H:%M}", "offset": f"UTC+{hours}" + (f":{rest:02}" if rest else "")}
