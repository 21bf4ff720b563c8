"""A moment is told on the clock of the place, beside UTC, and in the reader's own calendar."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app import calendars, web
from app.languages import speaking

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def shown(when: Any, country: Any, language: str = "en") -> str:
    """What a reader sees of the macro, without its tags and isolates."""
    source = '{% from "components/moment.html" import moment %}{{ moment(when, country) }}'
    with speaking(language):
        html = web.environment().from_string(source).render(when=when, country=country)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html)).strip()


def test_local_time_stands_with_its_offset_beside_utc() -> None:
    assert shown(NOON, "AFG") == "23 Nov 2026, 16:30 +04:30 (12:00 UTC)"
    assert shown("2026-11-23T12:00:00+00:00", {"iso3": "KGZ", "name": "Kyrgyzstan"}) == (
        "23 Nov 2026, 18:00 +06:00 (12:00 UTC)"
    )


def test_utc_names_its_day_where_that_is_another_one_there() -> None:
    assert shown(NOON.replace(hour=21), "AFG") == "24 Nov 2026, 01:30 +04:30 (23 Nov, 21:00 UTC)"


@pytest.mark.parametrize(("language", "month"), [("fa-AF", "قوس"), ("ps", "لیندۍ")])
def test_readers_of_dari_and_pashto_see_the_solar_hijri_day_of_that_place(language: str, month: str) -> None:
    assert f"2 {month} 1405" in shown(NOON, "AFG", language)
    assert f"3 {month} 1405" in shown(NOON.replace(hour=21), "AFG", language)
    assert f"2 {month} 1405" in shown("2026-11-23", "AFG", language)


def test_the_new_year_of_a_leap_year_is_the_right_day() -> None:
    with speaking("fa-AF"):
        assert calendars.solar_hijri(date(2025, 3, 20)) == "30 حوت 1403"  # 1403 has 366 days
        assert calendars.solar_hijri(date(2025, 3, 21)) == "1 حمل 1404"


def test_a_clock_that_is_not_known_is_told_in_utc_alone() -> None:
    assert shown(NOON, "DEU") == "23 Nov 2026, 12:00 UTC"
    assert shown(NOON, None) == "23 Nov 2026, 12:00 UTC"
    assert shown(None, "AFG") == "—"
    assert shown("2026-11-23", "AFG") == "23 Nov 2026"


def test_every_country_of_the_region_has_a_clock() -> None:
    assert all(NOON.astimezone(calendars.zone_of(country)).utcoffset() for country in calendars.ZONES)
    assert calendars.zone_of("Asia/Kabul") == calendars.zone_of("AFG")
