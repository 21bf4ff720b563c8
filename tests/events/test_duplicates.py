"""Before an event is logged: those that are there already and may be the same, only what the asker may see."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.duplicates import KINDRED, SLOW_DAYS, Asked
from app.events.writing_queries import duplicates
from app.geo import Point
from app.permissions import ANYBODY
from tests.conftest import Cast
from tests.make import make_event

HERE = {"hazard": "MS", "near": "76.98,43.15", "started_at": "2026-07-08T05:30:00Z"}


def ask(client: TestClient, headers: dict[str, str], **changes: Any) -> list[dict[str, Any]]:
    params = {name: value for name, value in (HERE | changes).items() if value is not None}
    answer = client.get("/api/v1/events/duplicates", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == len(answer.json()["results"])
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def placed(lon: float, lat: float) -> str:
    return f"SRID=4326;POINT({lon} {lat})"


def test_the_same_event_is_found_with_score_and_reason(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db)
    db.commit()
    (found,) = ask(client, cast.person("operator"))
    assert found == {
        "ref": event.ref,
        "title": "Mudflow above Almaty",
        "hazard": {"code": "MS", "name": "Mudslide or mudflow"},
        "status": "ongoing",
        "started_at": "2026-07-08T05:30:00+00:00",
        "started_precision": "day",
        "exercise": False,
        "distance_km": 0,
        "score": 1.0,
        "reason": "the same hazard, at the same place, began on the same day",
    }


def test_the_reason_is_in_the_readers_words(client: TestClient, cast: Cast, db: Session) -> None:
    make_event(db, hazard_code="FL", geometry=placed(76.98, 43.35), started_at="2026-07-06T05:30:00Z")
    db.commit()
    (found,) = ask(client, cast.person("operator"))
    assert found["reason"] == "a kindred hazard, 22 km away, began 2 days earlier"
    assert ask(client, cast.person("operator"), lang="ru")[0]["hazard"]["name"] == "Наводнение"


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({"geometry": placed(77.9, 43.15)}, True),  # 75 km
        ({"geometry": placed(78.5, 43.15)}, False),  # 124 km
        ({"started_at": "2026-07-11T05:00:00Z"}, True),
        ({"started_at": "2026-07-12T05:00:00Z"}, False),
        ({"started_at": "2026-07-05T06:00:00Z"}, True),
        ({"started_at": "2026-07-04T00:00:00Z"}, False),
        ({"started_at": "2026-07-01T00:00:00Z", "started_precision": "month"}, True),
        ({"hazard_code": "LS"}, True),
        ({"hazard_code": "FL"}, True),
        ({"hazard_code": "EQ"}, False),
        ({"withdrawn_at": "2026-07-09T00:00:00Z"}, False),
        ({"geometry": None, "geometry_precision": None}, False),  # nothing says that it is near
    ],
)
def test_near_is_by_hazard_place_and_time(
    client: TestClient, cast: Cast, db: Session, changes: dict[str, Any], is_found: bool
) -> None:
    make_event(db, **changes)
    db.commit()
    assert bool(ask(client, cast.person("operator"))) == is_found


def test_droughts_are_dated_less_surely(client: TestClient, cast: Cast, db: Session) -> None:
    make_event(db, hazard_code="DR", started_at="2026-05-01T00:00:00Z")
    db.commit()
    assert ask(client, cast.person("operator"), hazard="DR")


def test_without_a_point_the_country_counts(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db, geometry=None, geometry_precision=None)
    db.commit()
    operator = cast.person("operator")
    (found,) = ask(client, operator, near=None, country="KAZ")
    assert (found["ref"], found["distance_km"]) == (event.ref, None)
    assert "in the same country" in found["reason"]
    assert ask(client, operator, country="KAZ")  # it has no point, so its country is all there is
    assert ask(client, operator, near=None, country="UZB") == []
    assert ask(client, operator, near=None) == []


def test_the_likeliest_comes_first(client: TestClient, cast: Cast, db: Session) -> None:
    far = make_event(db, geometry=placed(77.9, 43.15), started_at="2026-07-10T05:30:00Z")
    near = make_event(db)
    kindred = make_event(db, hazard_code="LS")
    db.commit()
    found = ask(client, cast.person("operator"))
    assert [one["ref"] for one in found] == [near.ref, kindred.ref, far.ref]
    assert found == sorted(found, key=lambda one: -one["score"])


def test_only_what_the_asker_may_see_is_told(client: TestClient, cast: Cast, db: Session) -> None:
    make_event(db, visibility="centre")
    db.commit()
    assert ask(client, cast.person("operator"))
    assert ask(client, cast.program("events:write")) == []


def test_it_is_for_those_who_log_events(client: TestClient, cast: Cast) -> None:
    assert client.get("/api/v1/events/duplicates", params=HERE).status_code == 401
    assert client.get("/api/v1/events/duplicates", headers=cast.person("reader"), params=HERE).status_code == 403


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hazard": None}, "hazard"),
        ({"hazard": "ZZ"}, "hazard"),
        ({"country": "KAZ,XXX"}, "country"),
        ({"started_at": "now"}, "started_at"),
        ({"started_at": "0001-01-01T00:00:00Z"}, "started_at"),
        ({"started_at": "9999-12-31T23:59:59Z"}, "started_at"),
        ({"near": "here"}, "near"),
        ({"far": "1"}, "far"),
    ],
)
def test_bad_questions_are_named(client: TestClient, cast: Cast, changes: dict[str, Any], field: str) -> None:
    params = {name: value for name, value in (HERE | changes).items() if value is not None}
    answer = client.get("/api/v1/events/duplicates", params=params, headers=cast.person("operator"))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_table_of_hazards_knows_only_hazards(db: Session) -> None:
    known = set(db.scalars(text("SELECT code FROM hazards")))
    assert set().union(*KINDRED, SLOW_DAYS) <= known


def test_among_many_events_an_index_leads_to_the_few(db: Session) -> None:
    many = """INSERT INTO events (titles, hazard_code, status, started_at, geometry, geometry_precision)
        SELECT '{"en": "x"}', 'MS', 'closed', timestamptz '2000-01-01Z' + n * interval '30 minutes',
               ST_SetSRID(ST_MakePoint(60 + n % 300 / 10.0, 35 + n % 170 / 10.0), 4326), 'approximate'
        FROM generate_series(1, 20000) n"""
    db.execute(text(many))
    db.execute(text("ANALYZE events"))
    for near in (None, Point(76.98, 43.15)):
        statement, values = duplicates(ANYBODY, Asked("MS", make_event(db).started_at, near, ["KAZ"]), "en")
        plan = "\n".join(row[0] for row in db.connection().exec_driver_sql(f"EXPLAIN {statement}", values))
        assert "Seq Scan on events" not in plan, plan
