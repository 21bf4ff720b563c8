"""An exercise is switched on or off with a reason only, and never mixed with what happened."""

from typing import Any

import pytest
import sqlalchemy.exc
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from tests.conftest import Cast
from tests.make import make_event, make_figure


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db)
    make_figure(db, event)
    db.commit()
    return event


def patch(client: TestClient, ref: str, headers: dict[str, str], **change: Any) -> Any:
    return client.patch(f"/api/v1/events/{ref}", json=change, headers=headers | {"If-Match": "*"})


def test_it_is_switched_with_a_reason(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    operator = cast.person("operator")
    refused = patch(client, event.ref, operator, exercise=True)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "exercise_reason")
    for exercise, reason in ((True, "It was a drill"), (False, "It was none")):
        assert (
            patch(client, event.ref, operator, exercise=exercise, exercise_reason=reason).json()["exercise"] is exercise
        )
    db.rollback()
    told = db.scalars(select(History.reason).where(History.record_id == event.id).order_by(History.id))
    assert list(told) == ["It was a drill", "It was none"]


@pytest.mark.parametrize("end", [0, 1])
def test_what_belongs_to_a_real_event_does_not_become_an_exercise(
    client: TestClient, cast: Cast, db: Session, event: Event, end: int
) -> None:
    refs = [event.ref, make_event(db, "Aftershock").ref]
    db.commit()
    operator = cast.person("operator")
    related = {"kind": "part_of", "event": refs[1]}
    sent = operator | {"If-Match": "*"}
    assert client.post(f"/api/v1/events/{refs[0]}/relations", json=related, headers=sent).status_code == 200
    assert patch(client, refs[end], operator, exercise=True, exercise_reason="A drill").status_code == 409
    assert client.get(f"/api/v1/events/{refs[end]}").json()["exercise"] is False


def test_what_something_was_merged_into_does_not_become_an_exercise(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    double = make_event(db, "Mudflow")
    db.commit()
    operator = cast.person("operator")
    asked = {"into": event.ref, "reason": "Twice"}
    sent = operator | {"If-Match": "*"}
    assert client.post(f"/api/v1/events/{double.ref}/merge", json=asked, headers=sent).status_code == 200
    assert patch(client, event.ref, operator, exercise=True, exercise_reason="A drill").status_code == 409


def test_the_database_refuses_mixtures_whoever_writes_them(db: Session, event: Event) -> None:
    drill = make_event(db, "Drill", exercise=True)
    db.commit()
    ids = {"event": event.id, "drill": drill.id}
    for statement in (
        "INSERT INTO event_relations (event_id, kind, other_id) VALUES (:event, 'part_of', :drill)",
        "UPDATE events SET merged_into_id = :event, withdrawn_at = now() WHERE id = :drill",
    ):
        with pytest.raises(sqlalchemy.exc.IntegrityError):
            db.execute(text(statement), ids)
        db.rollback()
    db.execute(text("INSERT INTO event_relations (event_id, kind, other_id) VALUES (:event, 'related', :drill)"), ids)
