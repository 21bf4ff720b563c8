"""POST /api/v1/deployments/{ref}/outcomes: lost, consumed, returned: nothing that was sent vanishes."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import (
    balances,
    goods,
    move,
    planned,
    post,
    progress,
    sign,
    team,
    teams_left,
    underway,
)


def arrived(client: TestClient, here: object) -> str:
    ref = underway(client, here)["ref"]  # type: ignore[arg-type]
    lines = ({"line": 1, "quantity_received": 6}, {"line": 2, "quantity_received": 4})
    assert sign(client, here.receiver, ref, *lines).status_code == 200  # type: ignore[attr-defined]
    return ref  # type: ignore[no-any-return]


def test_the_end_is_there_when_it_is_known_of_all_what_became_of_it(
    db: Session, client: TestClient, cast: Cast
) -> None:
    here = goods(db, client, cast)
    ref = arrived(client, here)
    assert (
        post(client, here.receiver, ref, "outcomes", line=1, kind="consumed", quantity=6).json()["status"] == "on_site"
    )
    lost = {"line": 2, "kind": "lost", "quantity": 1}
    assert post(client, here.receiver, ref, "outcomes", **lost).status_code == 422
    post(client, here.receiver, ref, "outcomes", **lost, reason="Fell into the river")
    too_much = post(client, here.receiver, ref, "outcomes", line=2, kind="donated", quantity=4)
    assert (too_much.status_code, too_much.json()["detail"]) == (
        409, "Of line 2 it is open what became of 3; 4 were given.",
    )  # fmt: skip
    end = post(client, here.receiver, ref, "outcomes", line=2, kind="donated", quantity=3).json()
    assert (end["status"], end["ended_at"] is not None) == ("consumed", True)
    assert progress(client, here)["delivered"] == 10


def test_what_comes_back_is_taken_into_store_in_its_condition(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = arrived(client, here)
    back = {"line": 1, "kind": "returned", "quantity": 2}
    assert post(client, here.receiver, ref, "outcomes", **back).status_code == 403
    assert post(client, here.keeper, ref, "outcomes", **back, condition="new").status_code == 200
    assert post(client, here.keeper, ref, "outcomes", **back, condition="damaged").status_code == 200
    assert balances(db) == {"EARLY": (2, 0), "EARLY-damaged": (2, 0), "LATE": (4, 0)}


def test_what_is_lost_on_the_way_is_missing_and_the_rest_can_be_signed_for(
    db: Session, client: TestClient, cast: Cast
) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    said = {"line": 1, "kind": "lost", "quantity": 2, "reason": "Avalanche"}
    assert post(client, here.keeper, ref, "outcomes", **said).json()["lines"][0]["quantity_missing"] == 2
    assert post(client, here.keeper, ref, "outcomes", line=1, kind="consumed", quantity=1).status_code == 409
    assert progress(client, here) == {"committed": 8, "in_transit": 8, "delivered": 0}
    found = sign(
        client, here.receiver, ref, {"line": 1, "quantity_received": 4}, {"line": 2, "quantity_received": 4}
    ).json()
    assert found["status"] == "on_site"
    assert progress(client, here) == {"committed": 8, "in_transit": 0, "delivered": 8}


def test_a_team_that_is_lost_is_no_longer_in_the_register(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    for step in ("in_transit", "on_site"):
        move(client, here.sender, ref, step)
    post(client, here.sender, ref, "outcomes", line=1, kind="lost", quantity=1, reason="Destroyed by fire")
    assert teams_left(db) == (3, 2, 1)
    assert move(client, here.sender, ref, "returned")["status"] == "returned"
    assert teams_left(db) == (3, 3, 0)


def test_nothing_is_told_of_what_has_not_left_or_has_ended(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    said = {"line": 1, "kind": "lost", "quantity": 1, "reason": "Fire"}
    assert post(client, here.sender, ref, "outcomes", **said).status_code == 409
    move(client, here.sender, ref, "cancelled", reason="Roads closed")
    assert post(client, here.sender, ref, "outcomes", **said).status_code == 409
