"""Several feeds tell of one happening: one candidate. Two shocks of a sequence: two, however near they are."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.inbox.telling import ISFARA, revise, sort_all, sorted_one, tell

POINT = {"type": "Point", "coordinates": [70.75, 40.45]}
FLOOD: dict[str, Any] = {
    "title": "Flood in Tajikistan", "hazard": "FL", "magnitude": None, "magnitude_type": "", "depth_km": None,
    "started_at": "2026-07-08T00:00:00Z",
}  # fmt: skip


def feeds(db: Session) -> list[list[str]]:
    return [one.feeds for one in sort_all(db)]


def test_three_bodies_tell_of_one_shock(db: Session) -> None:
    tell(db, "usgs", "us1")
    tell(db, "emsc", "e1", magnitude=5.5, started_at="2026-07-08T05:30:14Z", geometry=POINT)
    tell(db, "gdacs", "EQ1", magnitude=5.9, alert_level="orange", started_at="2026-07-08T05:30:11Z")
    assert feeds(db) == [["emsc", "gdacs", "usgs"]]


def test_it_does_not_matter_in_how_many_turns_they_come(db: Session) -> None:
    tell(db, "usgs", "us1")
    sort_all(db)
    tell(db, "emsc", "e1", started_at="2026-07-08T05:30:14Z")
    sort_all(db)
    tell(db, "gdacs", "EQ1", started_at="2026-07-08T05:29:59Z")
    assert feeds(db) == [["emsc", "gdacs", "usgs"]]


def test_an_aftershock_ten_minutes_later_is_another_candidate(db: Session) -> None:
    for feed, second in (("usgs", "10"), ("emsc", "13")):
        tell(db, feed, "main", started_at=f"2026-07-08T05:30:{second}Z")
        tell(db, feed, "after", started_at=f"2026-07-08T05:40:{second}Z", magnitude=5.1)
    assert feeds(db) == [["emsc", "usgs"], ["emsc", "usgs"]]


def test_two_shocks_within_a_minute_are_told_apart_by_each_feed_and_matched_by_the_nearer_time(db: Session) -> None:
    tell(db, "usgs", "first", started_at="2026-07-08T05:30:00Z", magnitude=5.8)
    tell(db, "usgs", "second", started_at="2026-07-08T05:30:50Z", magnitude=5.6)
    tell(db, "emsc", "second", started_at="2026-07-08T05:30:48Z", magnitude=5.5)
    tell(db, "emsc", "first", started_at="2026-07-08T05:30:03Z", magnitude=5.7)
    found = sort_all(db)
    assert [one.feeds for one in found] == [["emsc", "usgs"], ["emsc", "usgs"]]
    assert [one.magnitude for one in found] == [5.8, 5.6]


def test_a_whole_sequence_told_by_two_bodies_stays_a_sequence(db: Session) -> None:
    for minute in range(30):
        for feed, second in (("usgs", 0), ("emsc", 7)):
            tell(
                db,
                feed,
                f"{feed}{minute}",
                started_at=f"2026-07-08T05:{minute:02}:{second:02}Z",
                magnitude=6 - minute / 20,
            )
    assert feeds(db) == [["emsc", "usgs"]] * 30


@pytest.mark.parametrize(
    "other",
    [
        {"geometry": {"type": "Point", "coordinates": [72.5, 40.3]}},
        {"magnitude": 4.6},
        {"started_at": "2026-07-08T05:31:30Z"},
        {"hazard": "LS"},
    ],
)
def test_what_is_too_far_too_weak_too_late_or_another_hazard_is_another_happening(
    db: Session, other: dict[str, Any]
) -> None:
    tell(db, "usgs", "us1")
    tell(db, "emsc", "e1", **other)
    assert len(sort_all(db)) == 2


def test_a_name_that_another_body_gave_it_joins_whatever_the_distance(db: Session) -> None:
    tell(db, "usgs", "us1", related_keys=["usgs:us1"])
    tell(db, "gdacs", "EQ1", related_keys=["gdacs:EQ1", "usgs:us1"], started_at="2026-07-08T05:34:00Z", geometry=None)
    assert feeds(db) == [["gdacs", "usgs"]]


def test_a_glide_number_joins_floods_that_nobody_has_placed(db: Session) -> None:
    tell(db, "relief", "1", **FLOOD, geometry=None, countries=["TJK"], glides=["FL-2026-000123-TJK"])
    tell(db, "gdacs", "FL1", **FLOOD, glides=["FL-2026-000123-TJK"])
    assert feeds(db) == [["gdacs", "relief"]]


def test_one_number_for_two_hazards_joins_nothing(db: Session) -> None:
    tell(db, "relief", "1", **FLOOD, geometry=None, countries=["TJK"], glides=["FL-2026-000123-TJK"])
    tell(db, "gdacs", "EQ1", glides=["FL-2026-000123-TJK"])
    assert len(sort_all(db)) == 2


def test_floods_are_the_same_within_days(db: Session) -> None:
    tell(db, "gdacs", "FL1", **FLOOD)
    tell(db, "eonet", "EONET_1", **FLOOD | {"started_at": "2026-07-11T00:00:00Z", "hazard": "FF", "geometry": POINT})
    tell(db, "met", "a", **FLOOD | {"started_at": "2026-07-20T00:00:00Z"})
    assert feeds(db) == [["eonet", "gdacs"], ["met"]]


def test_without_a_place_or_a_time_nothing_is_joined_by_likeness(db: Session) -> None:
    tell(db, "relief", "1", **FLOOD, geometry=None, countries=["TJK"])
    tell(db, "gdacs", "FL1", **FLOOD, geometry=None, countries=["TJK"])
    tell(db, "met", "a", **FLOOD | {"started_at": None})
    assert len(sort_all(db)) == 3


def test_two_items_of_one_feed_are_joined_by_name_only(db: Session) -> None:
    tell(db, "met", "a", **FLOOD, related_keys=["cap:met,a"])
    tell(db, "met", "b", **FLOOD)
    tell(db, "met", "c", **FLOOD, related_keys=["cap:met,c", "cap:met,a"])
    assert [one.feeds for one in sort_all(db)] == [["met"], ["met"]]


def test_the_headline_comes_from_the_first_feed_in_the_order_and_says_which(db: Session) -> None:
    tell(db, "gdacs", "EQ1", magnitude=6.0, depth_km=None, alert_level="orange", population=120_000)
    tell(db, "emsc", "e1", magnitude=5.5, depth_km=10.0)
    tell(db, "usgs", "us1", magnitude=5.8, depth_km=None, alert_level="green")
    (one,) = sort_all(db)
    assert (one.magnitude, one.magnitude_most, one.depth_km) == (5.8, 6.0, 10.0)
    assert (one.alert_level, one.population) == ("orange", 120_000)
    assert one.chosen["magnitude"] == "usgs"
    assert (one.chosen["depth_km"], one.chosen["population"]) == ("emsc", "gdacs")


def test_the_title_is_plain_and_in_two_languages(db: Session) -> None:
    one = sorted_one(db)
    assert one.titles["en"].startswith("Earthquake M 5.8, ")
    assert one.titles["en"].endswith(one.town["names"]["en"])
    assert one.titles["ru"].startswith("Землетрясение M 5,8, ")
    assert " км к " in one.titles["ru"]


def test_an_item_told_twice_changes_nothing(db: Session) -> None:
    item = tell(db)
    (before,) = sort_all(db)
    was = before.updated_at
    revise(db, item)
    (after,) = sort_all(db)
    assert after.updated_at == was
    assert ISFARA["magnitude"] == after.magnitude
