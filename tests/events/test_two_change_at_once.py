"""Two people at the same moment, on two real connections: the second waits, is told, and overwrites nothing."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.cluster import SERVING, Cluster
from app.db import sqlalchemy_url, transaction
from app.errors import Stale
from app.events import actions
from app.events.models import Event
from app.history import History
from app.permissions import By, Role, rights_of
from app.records import version_of
from tests.conftest import Cast
from tests.make import make_event, make_organisation, make_user

TOGETHER = 8


@pytest.fixture
def serving(cluster: Cluster, database: str) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_url(cluster.url(database, SERVING)))
    yield engine
    engine.dispose()


@pytest.fixture
def operator(db: Session) -> By:
    user, centre = make_user(db, "operator"), make_organisation(db, "CESDRR")
    db.commit()
    rights = rights_of([(Role.OPERATOR, ())])
    return By("person", "page", user.id, organisation_id=centre.id, organisation_code="CESDRR", rights=rights)


def in_thread(act: Callable[[], Any], into: list[Any]) -> threading.Thread:
    def run() -> None:
        try:
            into.append(act())
        except Exception as error:
            into.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_the_second_waits_for_the_first_and_is_told_that_it_is_stale(
    serving: Engine, db: Session, operator: By
) -> None:
    event = make_event(db)
    db.commit()
    db.refresh(event)  # its countries touched it
    version = version_of(event.updated_at)
    outcome: list[Any] = []

    def second() -> None:
        with transaction(serving) as other:
            actions.change_event(other, operator, event.ref, {"status": "closed"}, version)

    with transaction(serving) as one:
        actions.change_event(one, operator, event.ref, {"alert_level": "red", "alert_reason": "It rains"}, version)
        waiting = in_thread(second, outcome)
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(20)
    assert [type(error) for error in outcome] == [Stale]
    db.refresh(event)
    assert (event.alert_level, event.status) == ("red", "ongoing")


def test_of_many_who_change_one_version_one_succeeds(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db)
    db.commit()
    db.refresh(event)  # its countries touched it
    headers = cast.person("operator") | {"If-Match": f'"{version_of(event.updated_at)}"'}
    outcome: list[Any] = []

    def change(number: int) -> int:
        body = {"place": {"en": f"Gorge {number}"}}
        return client.patch(f"/api/v1/events/{event.ref}", json=body, headers=headers).status_code

    threads = [in_thread(lambda number=number: change(number), outcome) for number in range(TOGETHER)]
    for thread in threads:
        thread.join(30)
    assert sorted(outcome) == [200] + [412] * (TOGETHER - 1)
    assert len(db.scalars(select(History).where(History.record_id == event.id)).all()) == 1


def test_a_form_sent_twice_at_once_logs_one_event(client: TestClient, cast: Cast, db: Session) -> None:
    headers = cast.person("operator") | {"Idempotency-Key": "pressed twice"}
    body = {
        "titles": {"en": "Pressed twice"},
        "hazard": "FL",
        "started_at": "2026-07-08T00:00:00Z",
        "countries": ["TJK"],
    }
    outcome: list[Any] = []

    def log() -> int:
        return client.post("/api/v1/events", json=body, headers=headers).status_code

    threads = [in_thread(log, outcome) for _press in range(TOGETHER)]
    for thread in threads:
        thread.join(30)
    assert set(outcome) <= {201, 409}
    assert 201 in outcome
    assert len(db.scalars(select(Event).where(Event.titles["en"].astext == "Pressed twice")).all()) == 1
