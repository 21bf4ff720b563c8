"""More people may come than were announced: the promise that ends is that of their own deployment, and no other."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import move, planned, sign, team, teams_left


def test_what_came_beyond_what_was_sent_ends_no_promise_of_another_deployment(
    db: Session, client: TestClient, cast: Cast
) -> None:
    here = team(db, client, cast)
    first = planned(client, here.sender, here.offer, lines=[{"offer_line": 1, "quantity": 1}])["ref"]
    second = planned(client, here.sender, here.offer, lines=[{"offer_line": 1, "quantity": 1}])["ref"]
    move(client, here.sender, first, "in_transit")
    assert (
        sign(client, here.receiver, first, {"line": 1, "quantity_received": 2, "difference": "more"}).status_code == 200
    )
    assert move(client, here.sender, first, "returned")["status"] == "returned"
    assert teams_left(db) == (4, 3, 1)
    move(client, here.sender, second, "in_transit")
    assert (
        sign(client, here.receiver, second, {"line": 1, "quantity_received": 3, "difference": "more"}).status_code
        == 200
    )
    assert move(client, here.sender, second, "lost", reason="An avalanche")["status"] == "lost"
    assert teams_left(db) == (3, 3, 0)
