"""What a deployment says on its papers: in the languages of the parties, on their clocks, and nothing that is not known."""

from typing import Any

import pytest

from app.formats.paper import Paper, lines
from app.papers import sheets
from tests.exchange import records

SITE = "https://portal.example"
RECEIPT = {
    "no": 2,
    "organisation": records.ANDMA,
    "signed_by": "M. Receiver",
    "signed_at": "2026-11-25T08:00:00+00:00",
    "place": "Kunduz airport",
    "note": "Rain",
    "lines": [
        {"line": 1, "quantity_received": 7, "quantity_missing": 1, "condition": "good", "difference": "missing", "note": "Box open"},
        {"line": 2, "quantity_received": 8, "quantity_missing": 0, "condition": "damaged", "difference": None, "note": ""},
    ],
}  # fmt: skip


def told(*codes: str, **changes: Any) -> sheets.Told:
    return {code: records.deployment(**changes) for code in codes or ("en", "ru")}


def fields(paper: Paper) -> dict[str, str]:
    """{English label: what stands there in English or in all languages}."""
    both = [(one.label["en"], lines(one.value, ("en",))) for one in paper.fields]
    return {label: "; ".join(line["text"] for line in value) for label, value in both}


def row(paper: Paper, n: int) -> list[str]:
    return ["; ".join(line["text"] for line in lines(cell, ("en",))) for cell in paper.rows[n]]


def test_the_waybill_says_who_sends_what_where_and_how() -> None:
    paper = sheets.waybill(told(), SITE)
    said = fields(paper)
    assert (paper.title["en"], paper.number) == ("Waybill", "DP-2026-0004")
    assert paper.address == "https://portal.example/deployments/DP-2026-0004"
    assert said["Sender"] == "Almaty Centre"
    assert said["Receiver"] == "Afghanistan National Disaster Management Authority"
    assert said["Place of departure"] == "Almaty, Kazakhstan"
    assert said["Place of delivery"] == "Kunduz airport, Afghanistan"
    assert said["Request"] == "RQ-2026-0007; Cutting tools for Kunduz"
    assert said["Border crossing"] == "Hairatan – Termez"
    assert said["Vehicle or flight"] == "02 KZ 123 ABC"
    assert row(paper, 0) == ["1", "Hydraulic cutter", "L-2026-1", "2028-01-31", "2", "8 pieces", "92.5", "0.4"]
    assert [cell.get("", "") for cell in paper.totals] == ["", "", "", "", "4", "", "185", "0.8"]


def test_times_are_on_the_clock_of_the_place_and_in_utc() -> None:
    said = fields(sheets.waybill(told(), SITE))
    assert said["Departure"] == "2026-11-24 14:00 +05:00 (09:00 UTC)"
    assert said["Arrival, estimated"] == "2026-11-24 12:30 +04:30 (08:00 UTC)"


def test_readers_of_dari_find_the_day_in_their_calendar() -> None:
    paper = sheets.waybill(told("en", "fa-AF"), SITE)
    (departure,) = [one.value for one in paper.fields if one.label["en"] == "Departure"]
    assert departure["fa-AF"] == "3 قوس 1405"
    assert departure["en"] == ""


def test_what_is_not_known_is_left_out() -> None:
    none = dict.fromkeys(("requested", "estimated", "actual"))
    times = dict.fromkeys(("departure", "border", "arrival", "return_departure", "return_arrival"), none)
    nowhere = {"country": None, "place": "", "geometry": None}
    bare = told(
        mode=None, carrier="", vehicle="", driver=None, entry_point=None, purpose="", request=None, receiver=None, times=times,
        origin=nowhere, destination=nowhere,
    )  # fmt: skip
    assert fields(sheets.waybill(bare, SITE)) == {"Sender": "Almaty Centre"}


def test_a_sum_is_told_only_where_all_is_known() -> None:
    one, other = records.deployment()["lines"]
    paper = sheets.waybill(told(lines=[one, other | {"weight_kg": None}]), SITE)
    assert [cell.get("", "") for cell in paper.totals] == ["", "", "", "", "4", "", "", "0.8"]


def test_exercises_inventions_and_what_was_cancelled_are_marked() -> None:
    paper = sheets.waybill(told(exercise=True, demonstration=True, status="cancelled"), SITE)
    assert [mark["en"] for mark in paper.marks] == ["EXERCISE", "CANCELLED", "Invented data of the demonstration"]
    assert paper.marks[0]["ru"] == "УЧЕНИЕ"
    assert sheets.waybill(told(), SITE).marks == []


def test_the_note_says_what_arrived_and_why_it_differs() -> None:
    paper = sheets.goods_received(told(receipts=[RECEIPT | {"no": 1}, RECEIPT]), SITE, None)
    assert paper is not None
    assert paper.number == "DP-2026-0004/2"
    assert row(paper, 0) == ["1", "Hydraulic cutter", "L-2026-1", "8 pieces", "7", "1", "good", "Box open; missing"]
    assert row(paper, 1) == ["2", "Ropes", "", "8 pieces", "8", "", "damaged", ""]
    assert fields(paper)["Received at"] == "2026-11-25 12:30 +04:30 (08:00 UTC)"
    assert paper.signatures[-1].name == "M. Receiver"
    assert paper.signatures[-1].at == "2026-11-25 12:30 +04:30 (08:00 UTC)"
    assert paper.remarks[0].value[""] == "Rain"


def test_an_earlier_receipt_can_be_printed_too_and_one_that_is_not_there_cannot() -> None:
    both = told(receipts=[RECEIPT | {"no": 1}, RECEIPT])
    earlier = sheets.goods_received(both, SITE, 1)
    assert earlier is not None
    assert earlier.number == "DP-2026-0004/1"
    assert sheets.goods_received(both, SITE, 3) is None
    assert sheets.goods_received(told(), SITE, 1) is None


def test_before_anybody_has_signed_it_is_a_form_for_the_pen() -> None:
    paper = sheets.goods_received(told(), SITE, None)
    assert paper is not None
    assert paper.number == "DP-2026-0004"
    assert row(paper, 0) == ["1", "Hydraulic cutter", "L-2026-1", "8 pieces", "", "", "", ""]
    assert paper.signatures[-1].name == ""


def test_who_signed_is_not_told_to_those_who_took_no_part() -> None:
    paper = sheets.goods_received(told(receipts=[RECEIPT | {"signed_by": None}], driver=None), SITE, None)
    assert paper is not None
    assert [signature.name for signature in paper.signatures] == ["", ""]


@pytest.mark.parametrize(
    ("origin", "destination", "expected"),
    [("RUS", "TJK", ["ru", "en"]), ("CHN", None, ["en"]), ("UZB", "PAK", ["ru", "en"]), (None, None, ["en"])],
)
def test_a_paper_speaks_the_languages_of_both_ends_and_english(
    origin: str | None, destination: str | None, expected: list[str]
) -> None:
    assert sheets.languages_of(origin, destination) == expected
