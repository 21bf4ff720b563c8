"""A paper is printed in the languages of the parties, each in its own direction, and reads back as it was said."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest

from app.formats import paper
from app.formats.paper import Column, Field, Paper, Signature

TITLE = {"en": "Waybill", "ru": "Накладная", "fa-AF": "بارنامه", "kk": "Жүкқұжат"}
ADDRESS = "https://portal.example/deployments/DP-2026-0007"


def sheet(**said: Any) -> Paper:
    given = {
        "title": TITLE,
        "number": "DP-2026-0007",
        "version": "2026-11-23 09:30 UTC",
        "address": ADDRESS,
        "languages": ("en", "ru", "fa-AF"),
        "changed_at": datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
        "fields": [Field({"en": "To", "ru": "Получатель", "fa-AF": "گیرنده"}, {"": "ANDMA"})],
        "columns": [Column({"en": "Goods"}, 3), Column({"en": "Quantity"}, 1, is_number=True)],
        "rows": [[{"en": "Tent", "ru": "Палатка"}, {"": "20"}]],
        "signatures": [Signature({"en": "Received by"}, "M. Rahimi", "2026-11-25")],
        "words": {word: {"en": word} for word in ("name", "date", "signature", "page", "scan")},
    }
    return Paper(**(given | said))


def texts_of(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def test_what_is_said_stands_on_the_paper() -> None:
    (text,) = texts_of(paper.printed(sheet()))
    for said in ("Waybill", "Накладная", "DP-2026-0007", "ANDMA", "Палатка", "20", "M. Rahimi", "2026-11-25"):
        assert said in text


def test_the_paper_is_accessible_and_says_its_language() -> None:
    pdf = paper.printed(sheet())
    assert b"pdfuaid" in pdf
    document = pypdfium2.PdfDocument(pdf)
    assert document.get_metadata_value("Title") == "Waybill DP-2026-0007"
    assert document.is_tagged()


def test_the_same_paper_gives_the_same_bytes() -> None:
    assert paper.printed(sheet()) == paper.printed(sheet())


def test_a_long_list_goes_on_with_its_heading_on_the_next_page() -> None:
    rows = [[{"en": f"Tent {n}"}, {"": str(n)}] for n in range(80)]
    first, *rest = texts_of(paper.printed(sheet(rows=rows)))
    assert rest
    assert all("Goods" in page for page in (first, *rest[:-1]))
    assert f"1 / {1 + len(rest)}" in first.replace("\u200f", "")


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Waybill", "ltr"),
        ("بارنامه", "rtl"),
        ("۱۲ بسته", "rtl"),
        ("02 KZ 123", "ltr"),
        ("+7 727 000", "ltr"),
        ("", "ltr"),
        ("12", "ltr"),
    ],
)
def test_a_text_runs_as_its_first_letter_does(text: str, direction: str) -> None:
    assert paper.direction(text) == direction


def test_a_text_in_dari_runs_from_right_to_left_though_it_begins_with_a_latin_name() -> None:
    text = "RQ-2026-0001 ابزار برش"
    assert (paper.direction(text), paper.direction(text, "fa-AF")) == ("ltr", "rtl")
    assert paper.direction("Kunduz", "fa-AF") == "ltr"


@pytest.mark.parametrize(
    ("said", "codes", "expected"),
    [
        ({"en": "Tent", "ru": "Палатка"}, ("ru", "en"), ["Палатка", "Tent"]),
        ({"en": "Tent", "ru": "Tent"}, ("ru", "en"), ["Tent"]),
        ({"": "20", "en": "pieces"}, ("en",), ["20", "pieces"]),
        ({"fa-AF": "خیمه", "en": "Tent"}, ("fa-AF", "en"), ["Tent", "خیمه"]),
        ({"kk": "Шатыр"}, ("en",), []),
        ({"en": "  "}, ("en",), []),
    ],
)
def test_each_text_is_written_once_in_the_order_of_the_paper(
    said: dict[str, str], codes: Sequence[str], expected: list[str]
) -> None:
    assert [line["text"] for line in paper.lines(said, codes)] == expected


def test_every_letter_of_the_languages_has_a_shape_in_the_fonts() -> None:
    """Pashto, Dari, Kazakh and Kyrgyz have letters that plain Arabic and Russian fonts lack; PDF/UA forbids empty boxes."""
    letters = "ښ ګ ځ څ ټ ډ ړ ږ ڼ ې ۍ ئ پ چ ژ گ ک ی ۴۵۶ Ә Ғ Қ Ң Ө Ұ Ү Һ І ә ғ қ ң ө ұ ү һ і"
    pdf = paper.printed(sheet(fields=[Field({"en": "Letters"}, {"": letter}) for letter in letters.split()]))
    assert b"pdfuaid" in pdf
    assert all(letter in "".join(texts_of(pdf)) for letter in "ӘҒҚҢӨҰҮҺІәғқңөұүһі")


def test_a_name_that_the_fonts_cannot_write_does_not_stop_a_paper() -> None:
    (text,) = texts_of(paper.printed(sheet(fields=[Field({"en": "From"}, {"": "水利部 🚚"})])))
    assert "DP-2026-0007" in text


def test_signs_that_nobody_can_print_do_not_stop_a_paper() -> None:
    (text,) = texts_of(paper.printed(sheet(fields=[Field({"en": "Remarks"}, {"": 'a\x07b #set "x" $y$ \\ *z*'})])))
    assert '#set "x" $y$ \\ *z*' in text
