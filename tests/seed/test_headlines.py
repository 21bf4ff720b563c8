"""Which figure is the headline, and how a printed number is read."""

from decimal import Decimal

import pytest

from seed.events import Amount, amount, headlines

KINDS = {"OCHA": "un", "ANDMA": "government", "IFRC": "red_cross_red_crescent", "PRESS": "media", "CHARTER": "other"}


def told(*figures: tuple[str, str, str], covers: str = "") -> list[dict[str, str]]:
    names = ("source", "printed", "as_of")
    return [
        {"event": "EV", "indicator": "dead", "covers_en": covers, **dict(zip(names, row, strict=True))}
        for row in figures
    ]


def headline(*figures: tuple[str, str, str], covers: str = "") -> str | None:
    rows = headlines(told(*figures, covers=covers), KINDS)
    return rows[0]["printed"] if rows else None


def test_the_latest_official_figure_is_the_headline():
    assert (
        headline(("OCHA", "1023", "2023-10-08"), ("OCHA", "1480", "2023-10-24"), ("ANDMA", ">2400", "2023-10-09"))
        == "1480"
    )


def test_the_press_gives_way_to_an_official_source_even_when_it_is_later():
    assert headline(("IFRC", "16", "2010-05-08"), ("PRESS", "40", "2010-05-19")) == "16"


def test_a_figure_without_a_day_gives_way_to_one_that_has_a_day():
    assert headline(("ANDMA", ">2000", ""), ("OCHA", "1294", "2023-10-10")) == "1294"


def test_contradiction_on_one_day_leaves_no_headline():
    assert headline(("ANDMA", ">2000", ""), ("OCHA", "1294", "")) is None


def test_agreement_on_one_day_is_a_headline():
    assert headline(("ANDMA", "75", "2008-10-06"), ("IFRC", "75", "2008-10-06")) == "75"


def test_a_figure_for_a_part_of_the_event_is_never_the_headline():
    assert headline(("OCHA", "503", "2014-05-12"), covers="One landslide only") is None


def test_where_nobody_official_spoke_the_press_may_be_the_headline():
    assert headline(("PRESS", ">2200", "")) == ">2200"


def test_parts_are_never_summed():
    parts = told(("OCHA", "8", "2021-07-15"), covers="Uzbekistan") + told(
        ("OCHA", "7", "2021-07-15"), covers="Kyrgyzstan"
    )
    assert headlines(parts, KINDS) == []


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("12744", Amount("exact", Decimal(12744))),
        (">73000", Amount("at_least", Decimal(73000))),
        ("~33000", Amount("about", Decimal(33000))),
        ("26-28", Amount("range", low=Decimal(26), high=Decimal(28))),
    ],
)
def test_a_number_is_read_as_it_was_printed(printed, read):
    assert amount(printed) == read
