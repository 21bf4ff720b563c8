"""The alert level of an event: changed with a reason only, and every level known with since when, why, and who said so."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from tests.conftest import Cast
from tests.events.past import moment
from tests.events.test_event_forms import in_form
from tests.events.test_log_event import MUDFLOW
from tests.make import make_event


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db, alert_level="green")
    db.commit()
    return event


def patch(client: TestClient, event: Event, headers: dict[str, str], **change: Any) -> Any:
    return client.patch(f"/api/v1/events/{event.ref}", json=change, headers=headers | {"If-Match": "*"})


def levels(client: TestClient, event: Event, headers: dict[str, str] = {}, **asked: Any) -> list[tuple[Any, str]]:
    answer = client.get(f"/api/v1/events/{event.ref}/alert-levels", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return [(one["level"], one["reason"]) for one in answer.json()["results"]]


def test_every_level_is_known_with_its_reason(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    operator = cast.person("operator")
    assert patch(client, event, operator, alert_level="red", alert_reason="The lake rises").status_code == 200
    assert patch(client, event, operator, alert_level=None, alert_reason="Nobody knows").status_code == 200
    assert levels(client, event, operator) == [(None, "Nobody knows"), ("red", "The lake rises"), ("green", "")]
    newest = client.get(f"/api/v1/events/{event.ref}/alert-levels", headers=operator).json()["results"][0]
    assert newest["organisation"]["code"] == "CESDRR"
    db.rollback()
    reasons = db.scalars(select(History.reason).where(History.record_id == event.id).order_by(History.id))
    assert list(reasons) == ["The lake rises", "Nobody knows"]


def test_an_event_is_logged_with_its_first_level(client: TestClient, cast: Cast) -> None:
    body = MUDFLOW | {"alert_level": "orange", "alert_reason": "Rain"}
    logged = client.post("/api/v1/events", json=body, headers=cast.person("operator")).json()
    results = client.get(f"/api/v1/events/{logged['ref']}/alert-levels").json()["results"]
    assert [(one["level"], one["reason"], one["since"][:19]) for one in results] == [
        ("orange", "Rain", logged["started_at"][:19])
    ]


@pytest.mark.parametrize(
    "change",
    [{"alert_level": "red"}, {"alert_level": None}, {"alert_reason": "For nothing"}, {"alert_level": "red", "alert_reason": " "},
     {"alert_level": "green", "alert_reason": "The same"}],
)  # fmt: skip
def test_no_level_changes_without_a_reason_and_no_reason_stands_alone(
    client: TestClient, cast: Cast, event: Event, change: dict[str, Any]
) -> None:
    answer = patch(client, event, cast.person("operator"), **change)
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, ["alert_reason"])
    assert levels(client, event) == [("green", "")]


def test_a_level_written_past_the_doors_is_noted_too(client: TestClient, db: Session, event: Event) -> None:
    event.alert_level = "orange"
    db.commit()
    assert levels(client, event) == [("orange", ""), ("green", "")]


def test_levels_are_those_known_by_then(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    then = moment(db)
    patch(client, event, cast.person("operator"), alert_level="red", alert_reason="The lake rises")
    assert levels(client, event, as_of=then) == [("green", "")]


def test_reasons_of_a_hidden_time_stay_hidden(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db, visibility="centre")
    db.commit()
    operator = cast.person("operator")
    patch(client, event, operator, alert_level="red", alert_reason="A secret source")
    assert client.get(f"/api/v1/events/{event.ref}/alert-levels").status_code == 404
    patch(client, event, operator, visibility="public")
    assert levels(client, event) == []
    assert levels(client, event, operator) == [("red", "A secret source")]


def test_the_page_shows_the_levels_and_the_form_asks_for_the_reason(
    client: TestClient, cast: Cast, event: Event
) -> None:
    operator = cast.person("operator")
    sent = in_form(client.get(f"/events/{event.ref}/edit", headers=operator).text) | {"alert_level": "red"}
    refused = client.post(f"/events/{event.ref}", data=sent, headers=operator)
    assert refused.status_code == 422
    assert 'href="#field-alert_reason">Say why the alert level changes.' in refused.text
    answer = client.post(f"/events/{event.ref}", data=sent | {"alert_reason": "The lake rises"}, headers=operator)
    assert answer.status_code == 200
    assert "The lake rises" in answer.text


def test_a_reason_for_a_level_that_is_decided_against_is_dropped(client: TestClient, cast: Cast, event: Event) -> None:
    operator = cast.person("operator")
    mine = in_form(client.get(f"/events/{event.ref}/edit", headers=operator).text)
    patch(client, event, operator, alert_level="red", alert_reason="Theirs")
    typed = mine | {"alert_level": "orange", "alert_reason": "Mine", "place.en": "Gorge"}
    conflict = client.post(f"/events/{event.ref}", data=typed, headers=operator)
    assert conflict.status_code == 409
    decided = in_form(conflict.text) | {"choose.alert_level": "theirs"}
    answer = client.post(f"/events/{event.ref}", data=decided, headers=operator, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert levels(client, event, operator)[0] == ("red", "Theirs")
