"""POST /api/v1/events: whoever may logs an event, whole or not at all, once, and with their name on it."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from tests.conftest import ROOT, Cast
from tests.make import make_organisation

MUDFLOW: dict[str, Any] = {
    "titles": {"en": "Mudflow above Almaty", "ru": "Сель выше Алматы"},
    "summary": {"en": "After a night of rain."},
    "hazard": "MS",
    "status": "ongoing",
    "alert_level": "orange",
    "started_at": "2026-07-08T11:30:00+06:00",
    "started_precision": "minute",
    "countries": ["KAZ"],
    "areas": ["KZ-75"],
    "glide": ["ms 2026 101 kaz"],
    "place": {"en": "Almarasan gorge"},
    "geometry": {"type": "Point", "coordinates": [76.98, 43.15]},
}
SQUARE = [[70, 40], [71, 40], [71, 41], [70, 41], [70, 40]]
BOW_TIE = [[70, 40], [71, 41], [71, 40], [70, 41], [70, 40]]


def post(client: TestClient, headers: dict[str, str], **changes: Any) -> Any:
    return client.post("/api/v1/events", json=MUDFLOW | changes, headers=headers)


def logged(db: Session) -> list[Event]:
    """Those that are not of the reference data."""
    return list(db.scalars(select(Event).where(Event.ref > "EV-2026-01")))


def fields(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["field"] for error in answer.json()["errors"]]


def test_an_operator_logs_an_event_and_reads_it_where_location_says(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    answer = post(client, operator)
    assert answer.status_code == 201, answer.text
    event = answer.json()
    assert answer.headers["location"] == f"/api/v1/events/{event['ref']}"
    assert event["title"] == "Mudflow above Almaty"
    assert event["started_at"].startswith("2026-07-08T05:30:00")
    assert event["glide"] == ["MS-2026-000101-KAZ"]
    assert [area["code"] for area in event["areas"]] == ["KZ-75"]
    assert event["geometry_precision"] == "approximate"
    read = client.get(answer.headers["location"])
    assert read.json() == event
    assert read.headers["etag"].startswith(answer.headers["etag"].rstrip('"'))


def test_the_event_belongs_to_the_writers_organisation_and_history_says_who_did_it(
    client: TestClient, cast: Cast, db: Session
) -> None:
    ref = post(client, cast.program("events:write", organisation="KGZ-MES"), visibility="partners").json()["ref"]
    event = db.scalars(select(Event).where(Event.ref == ref)).one()
    line = db.scalars(select(History).where(History.record_id == event.id)).one()
    assert event.organisation_id == make_organisation(db, "KGZ-MES").id
    assert (line.actor_kind, line.means, line.action, line.noun, line.ref) == ("key", "api", "logged", "events", ref)
    assert line.organisation_id == event.organisation_id
    assert line.visibility == "partners"
    assert line.before is None
    assert line.after
    assert line.after["titles"] == MUDFLOW["titles"]
    assert line.after["countries"] == ["KAZ"]


def test_nobody_logs_an_event_without_credentials_whatever_they_send(client: TestClient) -> None:
    for body in (b"{}", b"{", b'{"titles": 1}', b""):
        assert client.post("/api/v1/events", content=body).status_code == 401
    assert post(client, {"Authorization": "Bearer apk_unknown"}).status_code == 401


@pytest.mark.parametrize("role", ["reader", "contributor", "analyst", "stock_keeper", "administrator"])
def test_other_roles_may_not(client: TestClient, cast: Cast, db: Session, role: str) -> None:
    assert post(client, cast.person(role)).status_code == 403
    assert logged(db) == []


def test_a_right_for_some_countries_reaches_to_all_that_the_event_touches(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator", countries=("KAZ", "KGZ"))
    assert post(client, operator, countries=["KAZ", "KGZ"]).status_code == 201
    assert post(client, operator, countries=["KAZ", "UZB"]).status_code == 403
    assert post(client, operator, countries=["UZB"], areas=[]).status_code == 403


def test_the_same_key_sent_twice_logs_once(client: TestClient, cast: Cast, db: Session) -> None:
    headers = cast.person("operator") | {"Idempotency-Key": "the line broke"}
    first, again = post(client, headers), post(client, headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert len(logged(db)) == 1
    assert len(db.scalars(select(History).where(History.noun == "events")).all()) == 1


def test_the_same_key_for_another_event_is_refused(client: TestClient, cast: Cast) -> None:
    headers = cast.person("operator") | {"Idempotency-Key": "k"}
    assert post(client, headers).status_code == 201
    assert fields(post(client, headers, status="closed")) == ["Idempotency-Key"]


def test_two_people_may_use_the_same_key(client: TestClient, cast: Cast, db: Session) -> None:
    for _person in range(2):
        assert post(client, cast.person("operator") | {"Idempotency-Key": "k"}).status_code == 201
    assert len(logged(db)) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"titles": {}}, "titles"),
        ({"titles": {"xx": "?"}}, "titles.xx"),
        ({"titles": {"en": "x" * 201}}, "titles.en"),
        ({"titles": {"en": "a\x00b"}}, "titles.en"),
        ({"summary": {"en": "x" * 5001}}, "summary.en"),
        ({"hazard": "ZZ"}, "hazard"),
        ({"hazard": "E\x00"}, "hazard"),
        ({"status": "over"}, "status"),
        ({"alert_level": "purple"}, "alert_level"),
        ({"started_at": "2026-07-08"}, "started_at"),
        ({"started_at": "2026-07-08T05:30:00"}, "started_at"),
        ({"started_at": 1783488600}, "started_at"),
        ({"started_at": "1826-07-08T05:30:00Z"}, "started_at"),
        ({"started_at": "2226-07-08T05:30:00Z"}, "started_at"),
        ({"ended_at": "2026-07-01T00:00:00Z"}, "ended_at"),
        ({"countries": []}, "countries"),
        ({"countries": ["XXX"], "areas": []}, "countries"),
        ({"countries": "KAZ"}, "countries"),
        ({"areas": ["ZZ-99"]}, "areas"),
        ({"areas": ["KG-O"]}, "areas"),
        ({"glide": ["EQ-1"]}, "glide.0"),
        ({"geometry": {"type": "Point", "coordinates": [181, 43]}}, "geometry.coordinates"),
        ({"geometry": {"type": "Point", "coordinates": [76, 43, 800]}}, "geometry.coordinates"),
        ({"geometry": {"type": "Point", "coordinates": [10**400, 43]}}, "geometry.coordinates"),
        ({"geometry": {"type": "Point", "coordinates": []}}, "geometry.coordinates"),
        ({"geometry": {"type": "Point", "coordinates": [[76, 43]]}}, "geometry.coordinates"),
        ({"geometry": {"type": "Point", "coordinates": [True, 43]}}, "geometry.coordinates"),
        ({"geometry": {"type": "LineString", "coordinates": [[76, 43]]}}, "geometry.coordinates"),
        ({"geometry": {"type": "Polygon", "coordinates": [SQUARE[:4]]}}, "geometry.coordinates"),
        ({"geometry": {"type": "Polygon", "coordinates": [76, 43]}}, "geometry.coordinates"),
        ({"geometry": {"type": "Polygon", "coordinates": [BOW_TIE]}}, "geometry"),
        ({"geometry": {"type": "LineString", "coordinates": [[1, 1]] * 10_001}}, "geometry.coordinates"),
        ({"geometry": {"type": "Circle", "coordinates": [76, 43]}}, "geometry.type"),
        ({"exercise": "perhaps"}, "exercise"),
        ({"visibility": "secret"}, "visibility"),
        ({"organisation": "CESDRR"}, "organisation"),
        ({"demonstration": True}, "demonstration"),
        ({"ref": "EV-2026-9999"}, "ref"),
    ],
)
def test_what_cannot_be_is_refused_and_named(
    client: TestClient, cast: Cast, db: Session, changes: dict[str, Any], field: str
) -> None:
    assert fields(post(client, cast.person("operator"), **changes)) == [field]
    assert logged(db) == []


def test_every_field_that_is_wrong_is_named_at_once(client: TestClient, cast: Cast) -> None:
    answer = post(client, cast.person("operator"), status="over", glide=["x"], exercise=None)
    assert set(fields(answer)) == {"status", "glide.0", "exercise"}


def test_not_json_is_told_in_words(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    answer = client.post("/api/v1/events", content=b'{"titles": ', headers=operator)
    assert answer.status_code == 422
    assert "JSON" in answer.json()["detail"]
    answer = client.post("/api/v1/events", content=b"[1]", headers=operator | {"Content-Type": "application/json"})
    assert answer.status_code == 422
    answer = client.post("/api/v1/events", content=b"NaN", headers=operator | {"Content-Type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [SQUARE]},
        {"type": "LineString", "coordinates": [[70, 40], [71, 41]]},
        {"type": "MultiPoint", "coordinates": [[70, 40], [71, 41]]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
    ],
)
def test_lines_and_areas_can_be_logged(client: TestClient, cast: Cast, geometry: dict[str, Any]) -> None:
    answer = post(client, cast.person("operator"), geometry=geometry, geometry_precision="exact")
    assert answer.status_code == 201, answer.text
    assert answer.json()["geometry"] == geometry
    assert answer.json()["geometry_precision"] == "exact"


def test_an_event_without_a_place_or_an_english_title_is_one_too(client: TestClient, cast: Cast) -> None:
    answer = post(client, cast.person("operator"), titles={"fa-AF": "سیلاب"}, geometry=None, areas=[], place={})
    assert answer.status_code == 201, answer.text
    assert answer.json()["title"] == "سیلاب"
    assert answer.json()["geometry_precision"] is None


def test_nobody_logs_an_event_that_they_could_not_see(client: TestClient, cast: Cast) -> None:
    program = cast.program("events:write", organisation="KGZ-MES")
    assert post(client, program, visibility="own").status_code == 201  # its own organisation sees it
    assert post(client, program, visibility="centre").status_code == 201


def test_the_example_of_the_partners_guide_is_logged(client: TestClient, cast: Cast) -> None:
    guide = (ROOT / "docs" / "api.md").read_text()
    example = re.search(r"POST \"\$PORTAL/api/v1/events\".*?-d '(\{.*?\})'", guide, re.DOTALL)
    assert example
    answer = client.post("/api/v1/events", json=json.loads(example[1]), headers=cast.program("events:write"))
    assert answer.status_code == 201, answer.text
