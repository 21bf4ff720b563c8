"""What time it is where a contact sits: nobody should be called at three in the morning for want of knowing."""

from datetime import UTC, datetime, timedelta

from app.calendars import zone_of


def local_time(country: str | None, now: datetime | None = None) -> dict[str, str] | None:
    """{"time": "15:42", "offset": "UTC+5"}; None where the country's time is not known here."""
    zone = zone_of(country)
    if zone is None:
        return None
    at = (now or datetime.now(UTC)).astimezone(zone)
    minutes = (at.utcoffset() or timedelta()).total_seconds() // 60
    hours, rest = divmod(int(minutes), 60)
    return {"time": f"{at:%H:%M}", "offset": f"UTC+{hours}" + (f":{rest:02}" if rest else "")}
