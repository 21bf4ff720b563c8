"""An exercise goes the whole way from offer to receipt, and the Centre's stock and teams stay as they are."""

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import balances, move, planned, play, post, progress, sign, teams_left
from tests.make import (
    make_capacity,
    make_item,
    make_lot,
    make_organisation,
    make_position,
    make_request,
    make_request_line,
)


def asked(db: Session, **line: object) -> str:
    asker = make_organisation(db, "TEST-ASKER", country_iso3="AFG")
    request = make_request(db, status="approved", organisation_id=asker.id, country_iso3="AFG", is_exercise=True)
    make_request_line(db, request, quantity=20, **line)
    return request.ref  # type: ignore[no-any-return]


def test_goods_of_an_exercise_leave_no_store(db: Session, client: TestClient, cast: Cast) -> None:
    what = {"kind": "item", "item_code": make_item(db).code, "resource_type_code": None, "unit_code": "each"}
    request = asked(db, **what)
    position = make_position(db, owner_id=make_organisation(db, "CESDRR").id)
    make_lot(db, position, "L1", 14)
    db.commit()
    keeper = cast.person("stock_keeper")
    here = play(client, cast, request, keeper, {"request_line": 1, "stock": position.ref, "quantity": 10}, keeper)
    sent = move(client, keeper, planned(client, keeper, here.offer)["ref"], "in_transit")
    assert (sent["exercise"], sent["lines"][0]["code"], sent["lines"][0]["quantity"]) == (True, what["item_code"], 10)
    assert sign(client, here.receiver, sent["ref"], {"line": 1, "quantity_received": 10}).status_code == 200
    assert progress(client, here)["delivered"] == 10
    assert move(client, keeper, sent["ref"], "returned")["status"] == "returned"
    assert balances(db) == {"L1": (14, 0)}
    assert db.execute(text("SELECT count(*) FROM stock_movements WHERE kind <> 'receipt'")).scalar() == 0


def test_teams_of_an_exercise_stay_available_and_none_is_lost(db: Session, client: TestClient, cast: Cast) -> None:
    request = asked(db)
    capacity = make_capacity(db, "USAR teams", quantity=4, quantity_available=4)
    db.commit()
    sender = cast.person("contributor", organisation="TEST-ORG")
    here = play(client, cast, request, sender, {"request_line": 1, "capacity": capacity.ref, "quantity": 2}, sender)
    ref = planned(client, sender, here.offer)["ref"]
    move(client, sender, ref, "in_transit")
    said = {"line": 1, "kind": "lost", "quantity": 1, "reason": "An avalanche, as the script has it"}
    assert post(client, sender, ref, "outcomes", **said).status_code == 200
    assert move(client, sender, ref, "returned")["status"] == "returned"
    assert teams_left(db) == (4, 4, 0)
