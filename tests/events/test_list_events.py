"""The list of events: every filter narrows it, by the stated rule; the latest stand first."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event, EventArea
from app.places.models import Area
from tests.make import make_event, make_glide

QUAKE_AREA = "SRID=4326;POLYGON((69 39, 71 39, 71 41, 69 41, 69 39))"


@pytest.fixture
def log(db: Session) -> None:
    """Four events that differ in everything that can be asked, and two that nobody should see."""
    db.execute(delete(Event))
    make_event(db, "A mudflow", alert_level="orange", started_at="2026-07-01T00:00:00Z")
    quake = make_event(
        db, "B quake", "KGZ", "TJK", hazard_code="EQ", status="closed", alert_level="red",
        started_at="2026-06-01T00:00:00Z", geometry=QUAKE_AREA,
    )  # fmt: skip
    make_event(db, "C flood", "TJK", hazard_code="FL", status="alert", geometry=None, geometry_precision=None,
               started_at="2026-05-01T00:00:00Z")  # fmt: skip
    make_event(db, "D exercise", "AFG", hazard_code="EQ", exercise=True, started_at="2026-04-01T00:00:00Z",
               geometry="SRID=4326;POINT(69.2 34.5)")  # fmt: skip
    make_event(db, "Z withdrawn", withdrawn_at=datetime.now(UTC))
    make_event(db, "Z hidden", visibility="partners")
    batken = db.scalar(select(Area).where(Area.iso == "KG-B"))
    db.add(EventArea(event_id=quake.id, area_id=batken.id))
    make_glide(db, quake, "EQ-2026-000011-KGZ")
    make_glide(db, quake, "EQ-2026-000012-TJK")
    db.commit()


def letters(client: TestClient, **params: Any) -> str:
    answer = client.get("/api/v1/events", params=params)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["count"] == len(body["results"])
    return "".join(one["title"].removeprefix("EXERCISE: ")[0] for one in body["results"])


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "ABCD"),
        ({"hazard": "EQ"}, "BD"),
        ({"hazard": "FL,MS"}, "AC"),
        ({"status": "ongoing"}, "AD"),
        ({"status": "alert,closed"}, "BC"),
        ({"alert_level": "red"}, "B"),
        ({"alert_level": "orange,red"}, "AB"),
        ({"country": "TJK"}, "BC"),
        ({"country": "KGZ,AFG"}, "BD"),
        ({"area": "KG-B"}, "B"),
        ({"area": "KGZ"}, "B"),
        ({"area": "KG-O"}, ""),
        ({"glide": "EQ-2026-000012-TJK"}, "B"),
        ({"started_after": "2026-06-01T00:00:00Z"}, "AB"),
        ({"started_before": "2026-06-01T00:00:00Z"}, "CD"),
        ({"started_after": "2026-05-01T00:00:00Z", "started_before": "2026-07-01T00:00:00Z"}, "BC"),
        ({"exercise": "true"}, "D"),
        ({"exercise": "false"}, "ABC"),
        ({"bbox": "70.5,40.5,70.6,40.6"}, "B"),
        ({"bbox": "71.5,39,72,41"}, ""),
        ({"bbox": "-180,-90,180,90"}, "ABD"),
        ({"near": "70,38.9"}, "BDA"),
        ({"near": "70,38.9", "within_km": 100}, "B"),
        ({"q": "mudflow"}, "A"),
        ({"q": "землетрясение"}, "BD"),
        ({"q": "Баткен"}, "B"),
        ({"ordering": "started_at"}, "DCBA"),
        ({"ordering": "-title"}, "DCBA"),
        ({"hazard": "EQ", "country": "AFG"}, "D"),
    ],
)
def test_a_filter_leaves_what_it_says(client: TestClient, log: None, params: dict[str, Any], expected: str) -> None:
    found = letters(client, **params)
    assert (found if "near" in params or "ordering" in params else "".join(sorted(found))) == expected


def test_the_latest_event_stands_first(client: TestClient, log: None) -> None:
    assert letters(client) == "ABCD"


def test_several_countries_and_glide_numbers_belong_to_one_event(client: TestClient, log: None) -> None:
    (quake,) = client.get("/api/v1/events", params={"alert_level": "red"}).json()["results"]
    assert [country["iso3"] for country in quake["countries"]] == ["KGZ", "TJK"]
    assert quake["glide"] == ["EQ-2026-000011-KGZ", "EQ-2026-000012-TJK"]
    assert quake["areas"] == [{"code": "KG-B", "name": "Batken Region"}]


def test_a_mark_for_an_outline_stands_inside_it(client: TestClient, log: None) -> None:
    (quake,) = client.get("/api/v1/events", params={"alert_level": "red"}).json()["results"]
    assert quake["geometry"]["type"] == "Polygon"
    assert 69 < quake["point"]["lon"] < 71
    assert 39 < quake["point"]["lat"] < 41


def test_an_event_without_a_place_has_neither_geometry_nor_mark(client: TestClient, log: None) -> None:
    (flood,) = client.get("/api/v1/events", params={"hazard": "FL"}).json()["results"]
    assert (flood["geometry"], flood["point"], flood["geometry_precision"]) == (None, None, None)


def test_one_event_is_found_by_id_and_by_ref_in_any_case(client: TestClient, log: None) -> None:
    event = client.get("/api/v1/events").json()["results"][0]
    by_id = client.get(f"/api/v1/events/{event['id']}").json()
    assert by_id == client.get(f"/api/v1/events/{event['ref'].lower()}").json() == event


def test_hidden_withdrawn_and_unknown_events_are_all_the_same_404(client: TestClient, db: Session, log: None) -> None:
    unseen = db.scalars(select(Event).where(Event.titles["en"].astext.startswith("Z"))).all()
    assert len(unseen) == 2
    for name in (*(event.ref for event in unseen), *(event.id for event in unseen), "EV-1999-0001", "nonsense"):
        answer = client.get(f"/api/v1/events/{name}")
        assert answer.status_code == 404, name
        assert answer.json()["title"] == "Not found"
        assert client.get(f"/api/v1/events/{name}/figures").status_code == 404


def test_facets_count_under_all_filters_but_their_own(client: TestClient, log: None) -> None:
    counted = client.get("/api/v1/events/facets", params={"hazard": "EQ"}).json()
    assert counted["count"] == 2
    assert {one["code"]: one["count"] for one in counted["hazard"]} == {"EQ": 2, "FL": 1, "MS": 1}
    assert {one["code"]: one["count"] for one in counted["country"]} == {"AFG": 1, "KGZ": 1, "TJK": 1}
    assert counted["alert_level"] == [{"code": "red", "name": "red", "count": 1}]


def test_facets_equal_the_lists_they_lead_to(portal: TestClient) -> None:
    counted = portal.get("/api/v1/events/facets").json()
    for facet in ("hazard", "country", "status", "alert_level"):
        for value in counted[facet]:
            found = portal.get("/api/v1/events", params={facet: value["code"], "limit": 1}).json()
            assert found["count"] == value["count"], (facet, value)
