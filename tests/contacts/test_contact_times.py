"""Beside a number stands what time it is where it rings."""

from datetime import UTC, datetime

import pytest

from app.contacts.times import local_time
from app.people.texts import dialled

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "told"),
    [
        ("KGZ", {"time": "18:00", "offset": "UTC+6"}),
        ("AFG", {"time": "16:30", "offset": "UTC+4:30"}),
        ("IND", {"time": "17:30", "offset": "UTC+5:30"}),
        ("DEU", None),
        (None, None),
    ],
)
def test_the_time_there_is_told_with_its_distance_from_utc(country: str | None, told: dict[str, str] | None) -> None:
    assert local_time(country, NOON) == told


@pytest.mark.parametrize(
    ("phone", "link"),
    [
        ("+7 (727) 250-00-00", "tel:+77272500000"),
        ("112", "tel:112"),
        ("+996 312 00 00 00 ext. 12", "tel:+996312000000;ext=12"),
        ("8 727 250 00 00 доб. 7", "tel:87272500000;ext=7"),
    ],
)
def test_a_number_becomes_a_link_that_dials_it(phone: str, link: str) -> None:
    assert dialled(phone) == link
