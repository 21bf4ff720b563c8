"""POST /api/v1/offers/{ref}/release while a part is planned: what a deployment is to take along stays where it lies."""

from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import balances, goods, move, planned, post


def release(client: TestClient, who: dict[str, str], offer: str, *lines: dict[str, Any]) -> Any:
    body = {"reason": "Half of it is enough", "lines": list(lines)}
    return client.post(f"/api/v1/offers/{offer}/release", json=body, headers=who | {"If-Match": "*"})


def test_what_is_given_back_is_not_what_a_deployment_is_to_take_along(
    db: Session, client: TestClient, cast: Cast
) -> None:
    here = goods(db, client, cast)
    first = planned(client, here.sender, here.offer, lines=[{"offer_line": 1, "quantity": 6}])  # all of EARLY
    rest = planned(client, here.sender, here.offer, lines=[{"offer_line": 1, "quantity": 3}])  # of LATE
    answer = release(client, here.operator, here.offer, {"no": 1, "quantity": 1})
    assert answer.status_code == 200, answer.text
    assert balances(db) == {"EARLY": (6, 6), "LATE": (8, 3)}
    post(client, here.sender, first["ref"], "transitions", to="cancelled", reason="No lorry")
    assert release(client, here.operator, here.offer, {"no": 1, "quantity": 5}).status_code == 200
    assert balances(db) == {"EARLY": (6, 1), "LATE": (8, 3)}
    assert move(client, here.keeper, rest["ref"], "in_transit")["status"] == "in_transit"
    last = planned(client, here.sender, here.offer)
    assert move(client, here.keeper, last["ref"], "in_transit")["status"] == "in_transit"
    assert balances(db) == {"EARLY": (5, 0), "LATE": (5, 0)}


def test_a_line_is_given_back_once(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    twice = release(client, here.operator, here.offer, {"no": 1, "quantity": 6}, {"no": 1, "quantity": 6})
    assert (twice.status_code, balances(db)) == (422, {"EARLY": (6, 6), "LATE": (8, 4)})
