"""Figures of an event that was merged into another stand with the master, and go back with it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from tests.conftest import Cast
from tests.make import make_event, make_figure, make_source


@pytest.fixture
def writes(cast: Cast) -> dict[str, str]:
    return cast.program("events:write", "records:read-centre")


def merge(client: TestClient, event: Event, into: Event, headers: dict[str, str]) -> None:
    body = {"into": into.ref, "reason": "The same flood"}
    answer = client.post(f"/api/v1/events/{event.ref}/merge", json=body, headers=headers | {"If-Match": "*"})
    assert answer.status_code == 200, answer.text


def told(client: TestClient, event: Event, headers: dict[str, str], **asked: str) -> list[tuple[str, float, bool]]:
    found = client.get(f"/api/v1/events/{event.ref}/figures", params={"ordering": "value", **asked}, headers=headers)
    assert found.status_code == 200, found.text
    return [(one["event"], one["value"], one["headline"]) for one in found.json()["results"]]


def test_the_masters_headline_counts_figures_of_the_duplicate_until_it_is_parted(
    client: TestClient, db: Session, writes: dict[str, str]
) -> None:
    master, duplicate = make_event(db, "Flood"), make_event(db, "Flooding")
    ministry, press = make_source(db, "MINISTRY").id, make_source(db, "PRESS", kind="media").id
    make_figure(db, master, "dead", 5, source_id=press, as_of="2026-07-11")
    make_figure(db, duplicate, "dead", 7, source_id=ministry, as_of="2026-07-10")
    db.commit()
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    merge(client, duplicate, master, writes)
    assert told(client, master, writes) == [(master.ref, 5, False), (duplicate.ref, 7, True)]
    shown = client.get(f"/api/v1/events/{master.ref}", headers=writes).json()["figures"]["dead"]
    assert shown["value"] == 7
    assert client.get(f"/api/v1/events/{master.ref}/headlines", headers=writes).json()["results"][0]["contradicted"]
    then = client.get(f"/api/v1/events/{master.ref}/headlines", params={"as_of": before.isoformat()}, headers=writes)
    assert [one["figure"]["value"] for one in then.json()["results"]] == [5]
    parted = client.post(
        f"/api/v1/events/{duplicate.ref}/unmerge", json={"reason": "Two floods"}, headers=writes | {"If-Match": "*"}
    )
    assert parted.status_code == 200, parted.text
    assert told(client, master, writes) == [(master.ref, 5, True)]
    assert told(client, duplicate, writes) == [(duplicate.ref, 7, True)]


def test_a_figure_of_a_hidden_duplicate_is_told_to_nobody_else(
    client: TestClient, db: Session, writes: dict[str, str]
) -> None:
    master, duplicate = make_event(db, "Flood"), make_event(db, "Flooding", visibility="centre")
    make_figure(db, duplicate, "dead", 7, as_of="2026-07-10")
    db.commit()
    merge(client, duplicate, master, writes)
    assert told(client, master, {}) == []
    assert client.get(f"/api/v1/events/{master.ref}").json()["figures"]["dead"] is None
    assert told(client, master, writes) == [(duplicate.ref, 7, False)]
