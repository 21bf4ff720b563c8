"""What is outside the region or below the threshold is dropped with its reason, and found again; nothing else is."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.inbox.sorting import sort_items
from tests.conftest import Cast
from tests.inbox.telling import ISFARA, revise, sort_all, sorted_one, tell

JAPAN = {"type": "Point", "coordinates": [139.7, 35.7]}
# Kashgar lies in China, 90 km or so from the border of Kyrgyzstan; Ürümqi far from everything of the region
BEFORE_THE_BORDER, FAR_IN_CHINA = [75.99, 39.47], [92.5, 36.0]


def at(lon: float, lat: float) -> dict[str, Any]:
    return {"geometry": {"type": "Point", "coordinates": [lon, lat]}}


def test_a_shock_in_the_region_waits_for_a_decision_with_its_countries_and_areas(db: Session) -> None:
    one = sorted_one(db)
    assert (one.status, one.region) == ("undecided", "inside")
    assert "TJK" in one.countries
    assert one.areas


def test_far_away_it_is_dropped_as_outside(db: Session) -> None:
    one = sorted_one(db, geometry=JAPAN)
    assert (one.status, one.region, one.reason) == ("dropped", "outside", "")


def test_the_margin_around_the_region_is_in_kilometres(db: Session) -> None:
    tell(db, "usgs", "near", **at(*BEFORE_THE_BORDER))
    tell(db, "usgs", "far", **at(*FAR_IN_CHINA), started_at="2026-07-01T00:00:00Z")
    near, far = sort_all(db)
    assert (near.region, far.region) == ("near", "outside")
    assert {"CHN", "KGZ"} <= set(near.countries)


def test_without_a_margin_the_border_is_the_border(db: Session) -> None:
    tell(db, "usgs", "near", **at(*BEFORE_THE_BORDER))
    sort_items(db, margin_km=0)
    assert sort_all(db)[0].region == "outside"


@pytest.mark.parametrize(
    ("countries", "region", "status"),
    [
        (["TJK"], "said", "undecided"),
        (["JPN", "TJK"], "said", "undecided"),
        (["JPN"], "outside", "dropped"),
        ([], "unknown", "undecided"),
    ],
)
def test_without_a_place_the_countries_named_count_and_without_either_it_is_kept(
    db: Session, countries: list[str], region: str, status: str
) -> None:
    one = sorted_one(db, geometry=None, countries=countries)
    assert (one.region, one.status) == (region, status)


def test_a_place_that_nobody_can_mean_does_not_hide_a_country_that_is_named(db: Session) -> None:
    one = sorted_one(db, **at(0, 0), countries=["AFG"])
    assert (one.region, one.status) == ("said", "undecided")


def test_a_shape_that_reaches_into_the_region_is_in_it(db: Session) -> None:
    ring = [[60, 50], [95, 50], [95, 75], [60, 75], [60, 50]]
    one = sorted_one(db, hazard="FL", magnitude=None, geometry={"type": "Polygon", "coordinates": [ring]})
    assert one.region == "inside"
    assert "KAZ" in one.countries


def test_a_ring_that_crosses_itself_is_put_right(db: Session) -> None:
    bow_tie = [[70, 40], [71, 41], [71, 40], [70, 41], [70, 40]]
    one = sorted_one(db, hazard="FL", magnitude=None, geometry={"type": "Polygon", "coordinates": [bow_tie]})
    assert one.region == "inside"


def test_below_the_threshold_it_is_dropped_with_the_reason_of_the_rule(db: Session) -> None:
    one = sorted_one(db, magnitude=4.4)
    assert one.status == "dropped"
    assert "M 4.5" in one.reason
    assert one.rule_id


def test_the_threshold_looks_at_the_largest_magnitude_that_any_feed_says(db: Session) -> None:
    tell(db, "usgs", "us1", magnitude=4.4)
    tell(db, "emsc", "e1", magnitude=4.6)
    (one,) = sort_all(db)
    assert (one.status, one.magnitude) == ("undecided", 4.4)


def test_nothing_is_dropped_for_want_of_a_magnitude(db: Session) -> None:
    assert sorted_one(db, magnitude=None).status == "undecided"


def test_what_was_dropped_comes_in_when_it_is_revised_above_the_threshold(db: Session) -> None:
    item = tell(db, magnitude=4.3)
    assert sort_all(db)[0].status == "dropped"
    revise(db, item, magnitude=5.1)
    (one,) = sort_all(db)
    assert (one.status, one.reason) == ("undecided", "")


def test_what_operators_have_before_them_does_not_vanish_when_it_is_revised_below(db: Session) -> None:
    item = tell(db, magnitude=4.6)
    sort_all(db)
    revise(db, item, magnitude=4.2)
    assert sort_all(db)[0].status == "undecided"


@pytest.mark.parametrize(
    "said", [{"magnitude": 6.5}, {"alert_level": "orange"}, {"alert_level": "red", "hazard": "FL", "magnitude": None}]
)
def test_what_is_grave_is_urgent_and_stands_first(db: Session, said: dict[str, Any]) -> None:
    tell(db, "usgs", "first")
    tell(db, "gdacs", "grave", **said | {"started_at": "2026-07-01T00:00:00Z"})
    found = {one.urgent: one for one in sort_all(db)}
    assert found[True].gravity > found[False].gravity


def test_dropped_ones_are_searched_by_reason_and_taken_into_the_inbox_by_hand(
    client: TestClient, db: Session, cast: Cast
) -> None:
    one = sorted_one(db, magnitude=4.4)
    operator = cast.person("operator")
    found = client.get("/api/v1/inbox?status=dropped&q=below", headers=operator).json()
    assert [row["ref"] for row in found["results"]] == [one.ref]
    assert found["results"][0]["rule"] == 3
    back = client.post(f"/api/v1/inbox/{one.ref}/take-back", json={}, headers=operator | {"If-Match": "*"})
    assert back.json()["status"] == "undecided"
    assert client.get("/api/v1/inbox?waiting=true", headers=operator).json()["count"] == 1


def test_what_was_taken_in_by_hand_is_not_dropped_by_the_next_revision(
    client: TestClient, db: Session, cast: Cast
) -> None:
    item = tell(db, magnitude=4.4)
    (one,) = sort_all(db)
    client.post(f"/api/v1/inbox/{one.ref}/take-back", json={}, headers=cast.person("operator") | {"If-Match": "*"})
    revise(db, item, magnitude=4.3)
    assert sort_all(db)[0].status == "undecided"


def test_the_title_says_where_even_without_a_town(db: Session) -> None:
    named = sorted_one(db, hazard="FL", magnitude=None, geometry=None, countries=["TJK"])
    assert named.titles == {"en": "Flood, Tajikistan", "ru": "Наводнение, Таджикистан"}


def test_a_hazard_that_nobody_knows_keeps_the_title_of_the_feed(db: Session) -> None:
    one = sorted_one(db, hazard="ZZ", title="Strange things near Isfara")
    assert (one.hazard_code, one.titles) == (None, {"en": "Strange things near Isfara"})
    assert ISFARA["hazard"] == "EQ"
