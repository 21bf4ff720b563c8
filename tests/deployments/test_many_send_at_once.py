"""Many who send, sign and report at the same moment: never one too many, and each is told the truth."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import (
    balances,
    deploy,
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

MANY = 8


def at_once(do: Callable[[int], Any]) -> Counter[int]:
    """{status: how many were answered so}."""
    with ThreadPoolExecutor(MANY) as together:
        return Counter(answer.status_code for answer in together.map(do, range(MANY)))


def test_of_many_who_plan_the_same_no_more_goes_than_was_accepted(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    said = {"lines": [{"offer_line": 1, "quantity": 3}]}
    assert at_once(lambda _: deploy(client, here.sender, here.offer, **said)) == {201: 3, 409: 5}
    sent = client.get("/api/v1/deployments", headers=here.sender).json()["results"]
    assert sum(line["quantity"] for one in sent for line in one["lines"]) == 9


def test_what_many_send_off_leaves_the_shelf_once(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    assert at_once(lambda _: post(client, here.keeper, ref, "transitions", to="in_transit")) == {200: 1, 409: 7}
    assert balances(db) == {"EARLY": (0, 0), "LATE": (4, 0)}


def test_what_many_sign_for_has_arrived_once(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    lines = ({"line": 1, "quantity_received": 6}, {"line": 2, "quantity_received": 4})
    assert at_once(lambda _: sign(client, here.receiver, ref, *lines)) == {200: 1, 409: 7}
    assert progress(client, here) == {"committed": 10, "in_transit": 0, "delivered": 10}


def test_what_many_give_up_for_lost_is_lost_once(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    for step in ("in_transit", "on_site"):
        move(client, here.sender, ref, step)
    said = {"line": 1, "kind": "lost", "quantity": 1, "reason": "Fire"}
    assert at_once(lambda _: post(client, here.sender, ref, "outcomes", **said)) == {200: 2, 409: 6}
    assert teams_left(db) == (2, 2, 0)
