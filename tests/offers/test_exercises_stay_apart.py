"""What is offered in an exercise is never taken for real, nor the other way round; nor is anything of the register promised in one."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.offers.offered import accept, accepted, draft, left, said, scene, step, submitted

ANY = {"If-Match": "*"}


@pytest.mark.parametrize("is_exercise", [True, False])
def test_an_offer_is_tied_to_a_request_of_its_own_kind(
    db: Session, client: TestClient, cast: Cast, is_exercise: bool
) -> None:
    play = scene(db, cast)
    play.request.is_exercise = not is_exercise
    db.commit()
    line = {"capacity": play.capacity.ref, "quantity": 2}
    body = {"titles": {"en": "Two teams"}, "country": "AFG", "exercise": is_exercise, "lines": [line]}
    offer = submitted(client, play.holder, body)
    tie = {"request": play.request.ref, "lines": {"1": 1}}
    answer = client.post(f"/api/v1/offers/{offer['ref']}/tie", json=tie, headers=play.operator | ANY)
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "One of the two is an exercise and the other one is not: they are kept apart.",
    )  # fmt: skip


def test_what_becomes_an_exercise_afterwards_takes_no_real_offer(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast, status="submitted")
    waiting = submitted(client, play.holder, said(play, 1))["ref"]
    begun = draft(client, play.holder, said(play, 1))["ref"]
    address = f"/api/v1/requests/{play.request.ref}"
    assert client.patch(address, json={"exercise": True}, headers=play.operator | ANY).status_code == 200
    assert step(client, play.holder, begun, "submitted").status_code == 409
    to = {"to": "approved", "reason": ""}
    assert client.post(f"{address}/transitions", json=to, headers=play.operator | ANY).status_code == 200
    assert accept(client, play.operator, waiting).status_code == 409


def test_nothing_is_promised_twice_because_an_exercise_promised_it(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    play.request.is_exercise = True
    db.commit()
    offer = accepted(client, play, said(play, 4))
    assert (offer["status"], offer["exercise"]) == ("accepted", True)
    assert left(db, play.capacity) == (4, 4, 0, "available")
    given = {"reason": "The exercise is over"}
    released = client.post(f"/api/v1/offers/{offer['ref']}/release", json=given, headers=play.operator | ANY)
    assert (released.status_code, released.json()["lines"][0]["quantity_released"]) == (200, 4)
    assert left(db, play.capacity) == (4, 4, 0, "available")


def lines_of(client: TestClient, play: Any) -> list[dict[str, Any]]:
    found = client.get(f"/api/v1/requests/{play.request.ref}", headers=play.operator).json()["lines"]
    return [{name: one[name] for name in ("no", "status", "unit")} for one in found]


def test_a_line_whose_unit_has_changed_meanwhile_is_not_added_up_with_what_was_offered_before(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast, status="submitted")
    rope = {"request_line": 2, "description": {"en": "Rope"}, "quantity": 3, "unit": "each"}
    waiting = submitted(client, play.holder, said(play, lines=[rope]))["ref"]
    begun = draft(client, play.holder, said(play, lines=[rope]))["ref"]
    address = f"/api/v1/requests/{play.request.ref}"
    team = {"no": 1, "kind": "type", "code": "usar-medium", "quantity": 6}
    ropes = {"no": 2, "kind": "item", "description": {"en": "Rope"}, "quantity": 10, "unit": "kg"}
    changed = client.patch(address, json={"lines": [team, ropes]}, headers=play.operator | ANY)
    assert changed.status_code == 200, changed.text
    assert step(client, play.holder, begun, "submitted").status_code == 409
    to = {"to": "approved", "reason": ""}
    assert client.post(f"{address}/transitions", json=to, headers=play.operator | ANY).status_code == 200
    assert accept(client, play.operator, waiting).status_code == 409


def test_a_draft_that_nobody_sees_keeps_no_line_of_a_request_in_place(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast, status="submitted")
    begun = draft(client, play.holder, said(play, 1))["ref"]
    ropes = {"no": 2, "kind": "item", "description": {"en": "Rope"}, "quantity": 10, "unit": "each"}
    address = f"/api/v1/requests/{play.request.ref}"
    changed = client.patch(address, json={"lines": [ropes]}, headers=play.operator | ANY)
    assert changed.status_code == 200, changed.text
    assert lines_of(client, play)[0]["status"] == "cancelled"
    assert step(client, play.holder, begun, "submitted").status_code == 409
