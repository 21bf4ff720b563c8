"""POST /api/v1/deployments/{ref}/transitions and /times: the way there and home; the shelf, the capacity and the request follow."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import balances, goods, move, planned, post, progress, team, teams_left, underway


def test_what_leaves_is_issued_from_the_lots_that_were_reserved(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer, lines=[{"offer_line": 1, "quantity": 7}])["ref"]
    assert balances(db) == {"EARLY": (6, 6), "LATE": (8, 4)}
    assert progress(client, here) == {"committed": 10, "in_transit": 0, "delivered": 0}
    found = move(client, here.keeper, ref, "in_transit", at="2026-11-20T04:00:00Z")
    assert found["times"]["departure"]["actual"] == found["left_at"] == "2026-11-20T04:00:00+00:00"
    assert balances(db) == {"EARLY": (0, 0), "LATE": (7, 3)}
    assert progress(client, here) == {"committed": 10, "in_transit": 7, "delivered": 0}


def test_what_lies_in_store_leaves_only_by_the_stock_keeper(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.operator, here.offer)["ref"]
    refused = post(client, here.operator, ref, "transitions", to="in_transit")
    assert refused.status_code == 403
    assert balances(db)["EARLY"] == (6, 6)


def test_a_team_goes_there_and_home_and_is_available_again(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    assert teams_left(db) == (4, 2, 2)
    move(client, here.sender, ref, "mobilising")
    move(client, here.sender, ref, "in_transit")
    assert progress(client, here)["in_transit"] == 2
    move(client, here.sender, ref, "at_border")
    move(client, here.sender, ref, "in_transit")
    there = move(client, here.receiver, ref, "on_site")
    assert there["arrived_at"]
    assert there["times"]["arrival"]["actual"]
    assert progress(client, here) == {"committed": 2, "in_transit": 0, "delivered": 2}
    move(client, here.receiver, ref, "released")
    home = move(client, here.sender, ref, "returned")
    assert home["status"] == "returned"
    assert [one["kind"] for one in home["outcomes"]] == ["returned"]
    assert home["lines"][0]["quantity_ended"] == 2
    assert teams_left(db) == (4, 4, 0)
    assert progress(client, here)["delivered"] == 2


def test_goods_are_there_when_they_are_signed_for(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    refused = post(client, here.keeper, underway(client, here)["ref"], "transitions", to="on_site")
    assert refused.status_code == 409
    assert "sign for what arrived" in refused.json()["detail"]


def test_steps_come_in_their_order_and_each_side_reports_its_own(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    refused = post(client, here.sender, ref, "transitions", to="on_site")
    assert (refused.status_code, refused.json()["detail"]) == (
        409, "It is planned now. Possible next: mobilising, in_transit, cancelled.",
    )  # fmt: skip
    assert post(client, here.receiver, ref, "transitions", to="in_transit").status_code == 403
    stranger = cast.person("contributor", organisation="OTHER")
    assert post(client, stranger, ref, "transitions", to="in_transit").status_code == 404
    ahead = post(client, here.sender, ref, "transitions", to="in_transit", at="2030-01-01T00:00:00Z")
    assert ahead.status_code == 422
    assert post(client, here.sender, ref, "transitions", to="planned").status_code == 409


def test_the_last_word_on_a_time_counts_and_the_earlier_stay(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    for who, kind, day in (
        (here.receiver, "requested", 20),
        (here.sender, "estimated", 25),
        (here.sender, "estimated", 22),
    ):
        said = {"what": "arrival", "kind": kind, "at": f"2026-12-{day}T06:00:00Z"}
        found = post(client, who, ref, "times", **said).json()
    assert found["times"]["arrival"] == {
        "requested": "2026-12-20T06:00:00+00:00", "estimated": "2026-12-22T06:00:00+00:00", "actual": None,
    }  # fmt: skip
    said = {"what": "arrival", "kind": "actual", "at": "2030-01-01T00:00:00Z"}
    assert post(client, here.sender, ref, "times", **said).status_code == 422
    history = client.get(f"/api/v1/deployments/{ref}/history", headers=here.sender).json()["results"]
    assert [one["action"] for one in history] == ["time noted", "time noted", "time noted", "planned"]


def test_what_is_expected_before_now_and_not_there_is_late(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    post(client, here.sender, ref, "times", what="arrival", kind="estimated", at="2026-01-01T00:00:00Z")
    assert client.get(f"/api/v1/deployments/{ref}", headers=here.sender).json()["late"] is True
    assert client.get("/api/v1/deployments?late=true", headers=here.sender).json()["count"] == 1
    move(client, here.sender, ref, "in_transit")
    move(client, here.sender, ref, "on_site")
    assert client.get("/api/v1/deployments?late=true", headers=here.sender).json()["count"] == 0
