"""POST /api/v1/deployments/{ref}/receipts: what arrived is signed for, differs with a reason, and never changes."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import goods, planned, post, progress, sign, underway


def line(no: int, quantity: float, **said: object) -> dict[str, object]:
    return {"line": no, "quantity_received": quantity, **said}


def test_what_arrived_whole_is_delivered(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    found = sign(client, here.receiver, ref, line(1, 6), line(2, 4), place="Kunduz").json()
    assert (found["status"], found["arrived_at"] is not None) == ("on_site", True)
    assert found["receipts"][0]["signed_by"] == "A. Receiver"
    assert found["receipts"][0]["organisation"]["code"] == "TEST-ASKER"
    assert progress(client, here) == {"committed": 10, "in_transit": 0, "delivered": 10}
    assert sign(client, here.receiver, ref, line(1, 1, difference="more")).status_code == 409


def test_what_differs_needs_a_reason_and_is_missing_again(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    refused = sign(client, here.receiver, ref, line(1, 5), line(2, 4))
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"field": "lines.0.difference", "message": "Line 1: 6 were to come, 5 arrived. Say why."}
    ]
    found = sign(client, here.receiver, ref, line(1, 5, difference="missing", note="Torn bale"), line(2, 4)).json()
    assert found["status"] == "on_site"
    assert (found["lines"][0]["quantity_received"], found["lines"][0]["quantity_missing"]) == (5, 1)
    assert found["receipts"][0]["lines"][0]["note"] == "Torn bale"
    assert progress(client, here) == {"committed": 9, "in_transit": 0, "delivered": 9}


def test_what_comes_later_is_still_on_its_way(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    first = sign(client, here.receiver, ref, line(1, 2, difference="later")).json()
    assert first["status"] == "in_transit"
    assert progress(client, here) == {"committed": 10, "in_transit": 8, "delivered": 2}
    second = sign(client, here.receiver, ref, line(1, 4), line(2, 5, difference="more")).json()
    assert [receipt["no"] for receipt in second["receipts"]] == [1, 2]
    assert (second["status"], progress(client, here)["delivered"]) == ("on_site", 11)


def test_of_two_who_sign_the_same_the_second_is_told(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    half = (line(1, 3, difference="later"),)
    assert sign(client, here.receiver, ref, *half, no=1).status_code == 200
    refused = sign(client, here.operator, ref, *half, no=1)
    assert (refused.status_code, refused.json()["detail"]) == (
        409, "Somebody has signed for this meanwhile. Look at what is still to come.",
    )  # fmt: skip
    assert progress(client, here)["delivered"] == 3


def test_only_who_receives_signs_and_only_for_what_has_left(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    assert sign(client, here.receiver, ref, line(1, 6)).status_code == 409
    post(client, here.keeper, ref, "transitions", to="in_transit")
    assert sign(client, here.keeper, ref, line(1, 6)).status_code == 403
    assert sign(client, cast.person("requester", organisation="OTHER"), ref, line(1, 6)).status_code == 404
    assert sign(client, here.receiver, ref, line(7, 6)).json()["errors"][0]["field"] == "lines.0.line"
    assert sign(client, here.receiver, ref, line(1, 6), line(1, 6)).json()["errors"][0]["field"] == "lines.1.line"


def test_a_receipt_sent_again_is_signed_once(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    who = here.receiver | {"Idempotency-Key": "bad line"}
    answers = [sign(client, who, ref, line(1, 2, difference="later")) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert progress(client, here)["delivered"] == 2
