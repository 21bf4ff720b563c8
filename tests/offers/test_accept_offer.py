"""An accepted offer is committed, all of it or nothing, and each is told the truth of what is left."""

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_lot, make_position
from tests.offers.offered import accept, accepted, draft, in_hours, left, said, scene, step, submitted


def line_of(client: TestClient, ref: str, who: dict[str, str], no: int = 1) -> dict[str, object]:
    found = client.get(f"/api/v1/requests/{ref}", headers=who).json()
    return next(line for line in found["lines"] if line["no"] == no)  # type: ignore[no-any-return]


def test_what_is_accepted_is_committed_and_counts_for_the_request(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    offer = accepted(client, play, said(play))
    assert offer["status"] == "accepted"
    assert offer["lines"][0]["quantity_accepted"] == 3
    assert left(db, play.capacity) == (4, 1, 3, "available")
    line = line_of(client, play.request.ref, play.operator)
    assert (line["quantity_offered"], line["quantity_committed"], line["status"]) == (3, 3, "partly_committed")


def test_a_capacity_of_which_all_is_committed_says_so(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    accepted(client, play, said(play, 4))
    assert left(db, play.capacity) == (4, 0, 4, "committed")


def test_of_two_offers_of_the_same_the_second_is_told_what_is_left(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    second = submitted(client, play.holder, said(play, 3))
    accepted(client, play, said(play, 3))
    answer = accept(client, play.operator, second["ref"])
    assert answer.status_code == 409
    assert answer.json()["detail"] == f"Of {play.capacity.ref} 1 are left; 3 were asked for."
    assert left(db, play.capacity) == (4, 1, 3, "available")


def test_lines_are_accepted_in_part_and_the_others_declined_with_their_reason(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    rope = {"request_line": 2, "description": {"en": "Rope, 10 mm"}, "quantity": 10, "unit": "each"}
    body = said(play)
    body["lines"].append(rope)
    offer = submitted(client, play.holder, body)
    lines = [{"no": 1, "quantity": 2, "reason": "No transport for the third"}]
    found = accept(client, play.operator, offer["ref"], lines=lines).json()
    assert found["status"] == "partly_accepted"
    assert [one["quantity_accepted"] for one in found["lines"]] == [2, 0]
    assert found["lines"][0]["decline_reason"] == "No transport for the third"
    assert left(db, play.capacity)[1:3] == (2, 2)


def test_no_more_is_accepted_than_the_request_still_needs(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast, quantity=20)
    accepted(client, play, said(play, 5))
    answer = accept(client, play.operator, submitted(client, play.holder, said(play, 2))["ref"])
    assert answer.status_code == 409
    assert "at most 1 more can be accepted" in answer.json()["detail"]


def test_where_one_line_cannot_be_kept_nothing_of_the_offer_is_committed(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    position = make_position(db, owner_id=play.capacity.organisation_id)
    make_lot(db, position, "L1", 5)
    db.commit()
    body = said(play)
    body["lines"].append({"request_line": 2, "stock": position.ref, "quantity": 8})
    offer = draft(client, play.operator, body | {"organisation": "TEST-ORG"})
    assert step(client, play.operator, offer["ref"], "submitted").status_code == 200
    answer = accept(client, play.operator, offer["ref"])
    assert answer.status_code == 409
    assert "5 are left; 8 were asked for" in answer.json()["detail"]
    assert left(db, play.capacity) == (4, 4, 0, "available")
    found = accept(client, play.operator, offer["ref"], lines=[{"no": 1}, {"no": 2, "quantity": 5}])
    assert found.status_code == 200, found.text
    stock = client.get(f"/api/v1/stock/{position.ref}", headers=play.operator).json()
    assert (stock["on_hand"], stock["reserved"]) == (5, 5)


def test_more_than_is_offered_or_nothing_at_all_is_no_acceptance(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    assert accept(client, play.operator, ref, lines=[{"no": 1, "quantity": 4}]).status_code == 422
    assert accept(client, play.operator, ref, lines=[{"no": 7}]).status_code == 422
    assert accept(client, play.operator, ref, lines=[]).status_code == 422
    assert left(db, play.capacity)[2] == 0


def test_an_offer_is_accepted_once_and_only_while_it_stands(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    offer = accepted(client, play, said(play, 1))
    assert accept(client, play.operator, offer["ref"]).status_code == 409
    late = submitted(client, play.holder, said(play, 1, valid_until=in_hours(1)))

    db.execute(
        text("UPDATE offers SET valid_until = now() - interval '1 minute' WHERE ref = :ref"), {"ref": late["ref"]}
    )
    db.commit()
    assert "ask for a new offer" in accept(client, play.operator, late["ref"]).json()["detail"]


def test_what_is_asked_for_has_to_be_approved_first(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast, status="submitted")
    answer = accept(client, play.operator, submitted(client, play.holder, said(play))["ref"])
    assert answer.status_code == 409
    assert "once it is approved" in answer.json()["detail"]


def test_who_decides_nowhere_near_may_not_accept(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    assert accept(client, play.holder, ref).status_code == 403
    elsewhere = cast.person("approver", organisation="TEST-ASKER", countries=("KAZ",))
    assert accept(client, elsewhere, ref).status_code == 403
    there = cast.person("approver", organisation="TEST-ORG", countries=("AFG",))
    assert accept(client, there, ref).status_code == 200


def test_the_same_acceptance_sent_again_commits_nothing_more(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    again = play.operator | {"If-Match": "*", "Idempotency-Key": "once"}
    first = client.post(f"/api/v1/offers/{ref}/accept", json={}, headers=again)
    second = client.post(f"/api/v1/offers/{ref}/accept", json={}, headers=again)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert left(db, play.capacity)[2] == 3
