"""POST /api/v1/warnings: whoever may warn drafts a warning; nobody but the Centre sees it, and nobody is told."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.history import History
from tests.conftest import Cast
from tests.make import make_event
from tests.warnings.warned import draft, in_hours, letters, mudflow


def refused(client: TestClient, headers: dict[str, str], **changes: Any) -> list[str]:
    answer = client.post("/api/v1/warnings", json=mudflow(**changes), headers=headers)
    assert answer.status_code == 422, answer.text
    return [error["field"] for error in answer.json()["errors"]]


def test_an_operator_drafts_a_warning_and_reads_what_was_said(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    event = make_event(cast.db)
    cast.db.commit()
    answer = client.post("/api/v1/warnings", json=mudflow(event=event.ref), headers=operator)
    said = answer.json()
    assert answer.headers["location"] == f"/api/v1/warnings/{said['ref']}"
    assert said["ref"].startswith("WA-20")
    assert (said["state"], said["active"], said["msg_type"], said["status"]) == ("draft", False, "alert", "actual")
    assert said["event"] == {"ref": event.ref, "title": "Mudflow above Almaty"}
    assert said["headline"] == "Mudflow expected in the Almarasan gorge"
    assert sorted(said["languages"]) == ["en", "ru"]
    assert [area["code"] for area in said["areas"]] == ["KZ-75"]
    assert said["cap_url"] is None
    assert client.get(answer.headers["location"], headers=operator).json() == said


def test_a_draft_is_seen_by_the_centre_only_and_nobody_is_written_to(
    client: TestClient, cast: Cast, db: Session
) -> None:
    operator = cast.person("operator")
    ref = draft(client, operator)["ref"]
    partner = cast.person("approver", organisation="KAZ-MES")
    assert client.get(f"/api/v1/warnings/{ref}").status_code == 404
    assert client.get(f"/api/v1/warnings/{ref}", headers=partner).status_code == 404
    assert client.get("/api/v1/warnings").json()["count"] == 0
    assert client.get(f"/api/v1/warnings/{ref}", headers=cast.person("analyst")).status_code == 200
    assert letters(db) == []


def test_a_draft_is_changed_field_by_field_with_its_version_and_history(
    client: TestClient, cast: Cast, db: Session
) -> None:
    operator = cast.person("operator")
    ref = draft(client, operator)["ref"]
    path, tag = f"/api/v1/warnings/{ref}", client.get(f"/api/v1/warnings/{ref}", headers=operator).headers["etag"]
    change = {"severity": "extreme", "headlines": {"ru": "Сель!"}, "areas": None}
    assert client.patch(path, json=change, headers=operator).status_code == 428
    changed = client.patch(path, json=change, headers=operator | {"If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["severity"], changed.json()["areas"]) == ("extreme", [])
    assert client.patch(path, json=change, headers=operator | {"If-Match": tag}).status_code == 412
    line = db.scalars(select(History).where(History.action == "changed")).one()
    assert line.before == {"severity": "severe", "headlines": mudflow()["headlines"], "areas": ["KZ-75"]}
    assert line.visibility == "centre"


def test_a_discarded_draft_is_gone(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator") | {"If-Match": "*"}
    ref = draft(client, operator)["ref"]
    assert client.post(f"/api/v1/warnings/{ref}/discard", headers=operator).json()["withdrawn_at"]
    assert client.get(f"/api/v1/warnings/{ref}", headers=operator).status_code == 404


def test_a_draft_sent_twice_with_one_key_is_made_once(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator") | {"Idempotency-Key": "one"}
    said = mudflow()
    first, again = (client.post("/api/v1/warnings", json=said, headers=operator) for _time in range(2))
    assert first.status_code == 201
    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hazard", "XX"),
        ("countries", ["XXX"]),
        ("countries", []),
        ("areas", ["XX-1"]),
        ("areas", ["KG-B"]),
        ("event", "EV-2026-9999"),
        ("categories", []),
        ("severity", "dreadful"),
        ("headlines", {}),
        ("descriptions", {"ky": "There is no headline in Kyrgyz"}),
        ("expires_at", "1926-01-01T00:00:00Z"),
        pytest.param("onset_at", in_hours(30), id="onset_at after the end"),
        ("circles", [{"lon": 76.9, "lat": 43.2, "km": 0}]),
        ("circles", [{"lon": 76.9, "lat": 93.2, "km": 10}]),
        ("parameters", [{"name": "", "value": "x"}]),
        ("geometry", {"type": "Point", "coordinates": [76.9, 43.2]}),
        ("geometry", {"type": "Polygon", "coordinates": [[[70, 40], [71, 41], [71, 40], [70, 41], [70, 40]]]}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(client: TestClient, cast: Cast, field: str, value: Any) -> None:
    named = {"onset_at": "expires_at", "descriptions": "descriptions"}.get(field, field)
    assert refused(client, cast.person("operator"), **{field: value})[0].startswith(named)


def test_a_polygon_with_a_hole_is_refused_since_cap_has_none(client: TestClient, cast: Cast) -> None:
    outer = [[70, 40], [72, 40], [72, 42], [70, 42], [70, 40]]
    hole = [[70.5, 40.5], [71, 40.5], [71, 41], [70.5, 40.5]]
    shape = {"type": "Polygon", "coordinates": [outer, hole]}
    assert refused(client, cast.person("operator"), geometry=shape) == ["geometry.coordinates"]


def test_a_warning_of_an_exercise_is_an_exercise(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    event = make_event(cast.db, exercise=True)
    cast.db.commit()
    assert refused(client, operator, event=event.ref) == ["status"]
    assert refused(client, operator, event=event.ref, status="test") == ["status"]
    assert draft(client, operator, event=event.ref, status="exercise")["exercise"] is True


def test_who_may_warn_for_one_country_cannot_warn_for_another(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator", countries=("KGZ",))
    assert client.post("/api/v1/warnings", json=mudflow(), headers=operator).status_code == 403
    both = mudflow(countries=["KAZ", "KGZ"])
    assert client.post("/api/v1/warnings", json=both, headers=operator).status_code == 403
    own = mudflow(countries=["KGZ"], areas=[])
    assert client.post("/api/v1/warnings", json=own, headers=operator).status_code == 201


def test_an_event_that_the_writer_may_not_see_is_not_there(client: TestClient, cast: Cast) -> None:
    event = make_event(cast.db, visibility="own", organisation_id=None or make_owner(cast.db))
    cast.db.commit()
    assert refused(client, cast.person("operator"), event=event.ref) == ["event"]


def make_owner(db: Session) -> Any:
    from tests.make import make_organisation

    return make_organisation(db, "OWNER").id
