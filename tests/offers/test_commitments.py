"""What is committed stays so until it is given back, returned, lost or used up: in the database, whoever writes."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.offers import committing
from app.offers.committing import NotCommitted
from app.offers.models import CapacityCommitment
from app.permissions import PORTAL
from tests.conftest import Cast
from tests.make import add, make_lot, make_position
from tests.offers.offered import accept, accepted, draft, left, said, scene, step, submitted


def line_id(db: Session, ref: str, no: int = 1) -> object:
    asked = "SELECT l.id FROM offer_lines l JOIN offers o ON o.id = l.offer_id WHERE o.ref = :ref AND l.no = :no"
    return db.execute(text(asked), {"ref": ref, "no": no}).scalar_one()


def test_the_database_itself_commits_no_more_than_there_is(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    line = line_id(db, draft(client, play.holder, said(play))["ref"])
    with pytest.raises(IntegrityError, match="not enough of this capacity is left"):
        add(db, CapacityCommitment(capacity_id=play.capacity.id, offer_line_id=line, quantity=5))
    db.rollback()


def test_an_owner_cannot_take_away_what_is_promised(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    accepted(client, play, said(play))
    address, match = f"/api/v1/capacities/{play.capacity.ref}", play.holder | {"If-Match": "*"}
    more = client.patch(address, json={"quantity_available": 2}, headers=match)
    assert more.status_code == 422
    assert "3 of these are committed: at most 1 can be available." in more.json()["detail"]
    fewer = client.patch(address, json={"quantity": 2, "quantity_available": 0}, headers=match)
    assert "the quantity cannot be less" in fewer.json()["detail"]
    assert client.post(f"{address}/withdraw", json={"reason": "Sold"}, headers=match).status_code == 409
    assert client.patch(address, json={"quantity": 6, "quantity_available": 3}, headers=match).status_code == 200
    with pytest.raises(IntegrityError, match="ck_capacities_quantity_committed"):
        db.execute(text("UPDATE capacities SET quantity_available = 4 WHERE id = :id"), {"id": play.capacity.id})
    db.rollback()


@pytest.mark.parametrize(
    ("ended_as", "what_is_left"),
    [
        ("returned", (4, 4, 0, "available")),
        ("released", (4, 4, 0, "available")),
        ("lost", (1, 1, 0, "available")),
        ("consumed", (1, 1, 0, "available")),
    ],
)
def test_what_comes_back_is_available_again_and_what_is_gone_is_gone(
    db: Session, client: TestClient, cast: Cast, ended_as: str, what_is_left: tuple[float, ...]
) -> None:
    play = scene(db, cast)
    line = line_id(db, accepted(client, play, said(play))["ref"])
    committing.end_commitment(db, PORTAL, line, Decimal(3), ended_as)  # type: ignore[arg-type]
    assert left(db, play.capacity) == what_is_left


def test_a_part_of_it_ends_and_the_rest_goes_on(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    line = line_id(db, accepted(client, play, said(play, 4))["ref"])
    assert left(db, play.capacity) == (4, 0, 4, "committed")
    committing.end_commitment(db, PORTAL, line, Decimal(1), "lost")  # type: ignore[arg-type]
    assert left(db, play.capacity) == (3, 0, 3, "committed")
    committing.end_commitment(db, PORTAL, line, Decimal(2), "returned")  # type: ignore[arg-type]
    assert left(db, play.capacity) == (3, 2, 1, "available")
    with pytest.raises(NotCommitted, match="1 are committed; 2 were asked for"):
        committing.end_commitment(db, PORTAL, line, Decimal(2), "returned")  # type: ignore[arg-type]
    db.rollback()
    rows = db.execute(text("SELECT quantity, ended_as FROM capacity_commitments ORDER BY ended_at NULLS LAST")).all()
    assert [(int(quantity), ended_as) for quantity, ended_as in rows] == [(1, "lost"), (2, "returned"), (1, None)]


def test_what_has_ended_never_changes(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    line = line_id(db, accepted(client, play, said(play))["ref"])
    committing.end_commitment(db, PORTAL, line, Decimal(3), "returned")  # type: ignore[arg-type]
    db.commit()
    with pytest.raises(IntegrityError, match="a commitment ends once"):
        db.execute(text("UPDATE capacity_commitments SET ended_as = 'lost'"))
    db.rollback()


def test_an_offer_that_is_deleted_gives_back_what_it_had(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    accepted(client, play, said(play))
    db.execute(text("DELETE FROM offers"))
    assert left(db, play.capacity) == (4, 4, 0, "available")


def test_what_is_not_sent_is_given_back_to_the_capacity_the_stock_and_the_request(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    position = make_position(db, owner_id=play.capacity.organisation_id)
    make_lot(db, position, "L1", 9)
    db.commit()
    body = said(play, organisation="TEST-ORG")
    body["lines"].append({"request_line": 2, "stock": position.ref, "quantity": 8})
    ref = draft(client, play.operator, body)["ref"]
    step(client, play.operator, ref, "submitted")
    match = play.operator | {"If-Match": "*"}
    assert client.post(f"/api/v1/offers/{ref}/accept", json={}, headers=match).status_code == 200
    part = {"reason": "The road is closed", "lines": [{"no": 2, "quantity": 3}]}
    assert client.post(f"/api/v1/offers/{ref}/release", json=part, headers=match).status_code == 200
    assert client.get(f"/api/v1/stock/{position.ref}", headers=match).json()["reserved"] == 5
    assert client.post(f"/api/v1/offers/{ref}/release", json={"reason": "Closed"}, headers=match).status_code == 200
    assert client.get(f"/api/v1/stock/{position.ref}", headers=match).json()["reserved"] == 0
    assert left(db, play.capacity) == (4, 4, 0, "available")
    lines = client.get(f"/api/v1/requests/{play.request.ref}", headers=match).json()["lines"]
    assert [line["quantity_committed"] for line in lines] == [0, 0]
    again = client.post(f"/api/v1/offers/{ref}/release", json={"reason": "Closed"}, headers=match)
    assert again.status_code == 409


def test_what_is_under_way_is_not_given_back(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    ref = accepted(client, play, said(play))["ref"]
    # as if two of the three had been sent
    db.execute(
        text("""CREATE OR REPLACE FUNCTION quantity_deployed(offer_line uuid) RETURNS numeric LANGUAGE sql STABLE
                       AS $$ SELECT 2::numeric $$""")
    )
    db.commit()
    match = play.holder | {"If-Match": "*"}
    whole = {"reason": "Closed", "lines": [{"no": 1, "quantity": 3}]}
    assert client.post(f"/api/v1/offers/{ref}/release", json=whole, headers=match).status_code == 409
    assert client.post(f"/api/v1/offers/{ref}/release", json={"reason": "Closed"}, headers=match).status_code == 200
    assert left(db, play.capacity)[1:3] == (2, 2)
    with pytest.raises(IntegrityError, match="what is under way is not given back"):
        db.execute(text("UPDATE offer_lines SET quantity_released = quantity_accepted"))
    db.rollback()


def test_a_request_is_not_cancelled_while_something_beside_its_lines_is_committed_to_it(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    beside = accepted(client, play, said(play, lines=[{"capacity": play.capacity.ref, "quantity": 2}]))
    address, match = f"/api/v1/requests/{play.request.ref}/transitions", play.asker | {"If-Match": "*"}
    cancelled = {"to": "cancelled", "reason": "No longer needed"}
    assert client.post(address, json=cancelled, headers=match).status_code == 409
    given = {"reason": "No longer needed"}
    release = f"/api/v1/offers/{beside['ref']}/release"
    assert client.post(release, json=given, headers=play.operator | {"If-Match": "*"}).status_code == 200
    assert client.post(address, json=cancelled, headers=match).status_code == 200


def test_what_is_offered_stays_counted_in_the_unit_that_it_was_offered_in(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    waiting = submitted(client, play.holder, said(play, 1))["ref"]
    address, match = f"/api/v1/capacities/{play.capacity.ref}", play.holder | {"If-Match": "*"}
    assert client.patch(address, json={"unit": "kg"}, headers=match).status_code == 200
    refused = accept(client, play.operator, waiting)
    assert (refused.status_code, left(db, play.capacity)[2]) == (409, 0)
    assert client.patch(address, json={"unit": "team"}, headers=match).status_code == 200
    assert accept(client, play.operator, waiting).status_code == 200
    changed = client.patch(address, json={"unit": "kg"}, headers=match)
    assert (changed.status_code, changed.json()["errors"][0]["field"]) == (422, "unit")
