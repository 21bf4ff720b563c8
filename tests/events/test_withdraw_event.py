"""Withdrawn is not deleted: an event leaves every list, stays known to those who may restore it, and comes back as it was."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from tests.conftest import Cast
from tests.make import make_event


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db)
    db.commit()
    return event


def act(
    client: TestClient, ref: str, what: str, headers: dict[str, str], version: str | None = "*", **body: Any
) -> Any:
    sent = headers if version is None else headers | {"If-Match": version}
    return client.post(f"/api/v1/events/{ref}/{what}", json=body, headers=sent)


def test_a_withdrawn_event_is_gone_for_readers_and_told_to_followers(
    client: TestClient, cast: Cast, event: Event
) -> None:
    since = client.get("/api/v1/events").json()["synced_to"]
    answer = act(client, event.ref, "withdraw", cast.person("operator"), reason="Logged twice")
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"id", "ref", "withdrawn_at"}
    assert client.get(f"/api/v1/events/{event.ref}").status_code == 404
    assert client.get("/api/v1/events", params={"q": event.ref}).json()["results"] == []
    (stub,) = client.get("/api/v1/events", params={"updated_since": since}).json()["results"]
    assert set(stub) == {"id", "ref", "withdrawn_at"}


def test_it_comes_back_as_it_was(client: TestClient, cast: Cast, event: Event) -> None:
    operator = cast.person("operator")
    before = client.get(f"/api/v1/events/{event.ref}").json()
    gone = act(client, event.ref, "withdraw", operator, reason="By mistake")
    back = act(client, event.ref, "restore", operator, gone.headers["etag"])
    assert back.status_code == 200, back.text
    assert back.json() == before | {"updated_at": back.json()["updated_at"]}
    assert client.get(f"/api/v1/events/{event.ref}").json() == back.json()


def test_history_says_why(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    operator = cast.person("operator")
    act(client, event.ref, "withdraw", operator, reason="Logged twice")
    act(client, event.ref, "restore", operator, reason="It was another one")
    found = db.scalars(select(History).where(History.record_id == event.id).order_by(History.id))
    assert [(line.action, line.reason) for line in found] == [
        ("withdrawn", "Logged twice"),
        ("restored", "It was another one"),
    ]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 1001}, {"why": "?"}])
def test_a_reason_is_asked_for(client: TestClient, cast: Cast, event: Event, body: dict[str, str]) -> None:
    answer = act(client, event.ref, "withdraw", cast.person("operator"), **body)
    assert answer.status_code == 422
    assert client.get(f"/api/v1/events/{event.ref}").status_code == 200


def test_versions_are_compared(client: TestClient, cast: Cast, event: Event) -> None:
    operator = cast.person("operator")
    assert act(client, event.ref, "withdraw", operator, None, reason="r").status_code == 428
    assert act(client, event.ref, "withdraw", operator, '"0-x"', reason="r").status_code == 412
    act(client, event.ref, "withdraw", operator, reason="r")
    assert act(client, event.ref, "restore", operator, None).status_code == 428
    assert act(client, event.ref, "restore", operator, '"0"').status_code == 412


def test_the_wrong_moment_is_a_conflict(client: TestClient, cast: Cast, event: Event) -> None:
    operator = cast.person("operator")
    assert act(client, event.ref, "restore", operator).status_code == 409
    assert act(client, event.ref, "withdraw", operator, reason="r").status_code == 200
    assert act(client, event.ref, "withdraw", operator, reason="r").status_code == 409
    change = client.patch(
        f"/api/v1/events/{event.ref}", json={"status": "closed"}, headers=operator | {"If-Match": "*"}
    )
    assert change.status_code == 409


@pytest.mark.parametrize("what", ["withdraw", "restore"])
def test_rights_are_asked_for(client: TestClient, cast: Cast, db: Session, event: Event, what: str) -> None:
    hidden = make_event(db, visibility="centre")
    db.commit()
    for ref in (event.ref, hidden.ref, "EV-2026-9999"):
        assert act(client, ref, what, {}, reason="r").status_code == 401
        assert act(client, ref, what, cast.person("reader"), reason="r").status_code == 403
    program = cast.program("events:write")
    assert act(client, hidden.ref, what, program, reason="r").status_code == 404
    assert act(client, "EV-2026-9999", what, program, reason="r").status_code == 404
    limited = cast.person("operator", countries=("UZB",))
    assert act(client, event.ref, what, limited, reason="r").status_code == 403


def test_a_withdrawn_event_is_hidden_from_who_may_not_restore_it(client: TestClient, cast: Cast, event: Event) -> None:
    act(client, event.ref, "withdraw", cast.person("operator"), reason="r")
    assert act(client, event.ref, "restore", cast.person("operator", countries=("UZB",))).status_code == 404


def test_the_same_key_withdraws_once(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    headers = cast.person("operator") | {"Idempotency-Key": "k"}
    first = act(client, event.ref, "withdraw", headers, reason="r")
    again = act(client, event.ref, "withdraw", headers, reason="r")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["etag"] == first.headers["etag"]
    assert len(db.scalars(select(History).where(History.record_id == event.id)).all()) == 1
