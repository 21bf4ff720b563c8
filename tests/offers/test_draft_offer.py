"""Offers are drafted, changed, submitted, declined, withdrawn and tied: who may, what is seen, what cannot be."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.offers import actions
from tests.conftest import Cast
from tests.make import make_capacity, make_equipment_profile, make_organisation, make_position
from tests.offers.offered import accept, accepted, draft, in_hours, said, scene, step, submitted


def test_a_draft_is_its_organisations_and_once_submitted_for_whoever_asked_and_decides(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    ref = draft(client, play.holder, said(play))["ref"]
    address = f"/api/v1/offers/{ref}"
    assert client.get(address, headers=play.holder).status_code == 200
    assert [client.get(address, headers=who).status_code for who in (play.operator, play.asker, {})] == [404, 404, 404]
    step(client, play.holder, ref, "submitted")
    other = cast.program("records:read-partners", organisation="KGZ-MES")
    readers = (play.operator, play.asker, other, {})
    assert [client.get(address, headers=who).status_code for who in readers] == [200, 200, 404, 404]


def test_until_it_is_submitted_an_offer_counts_nowhere(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    ref = draft(client, play.holder, said(play))["ref"]
    request = f"/api/v1/requests/{play.request.ref}"
    assert client.get(request, headers=play.operator).json()["lines"][0]["quantity_offered"] == 0
    step(client, play.holder, ref, "submitted")
    line = client.get(request, headers=play.operator).json()["lines"][0]
    assert (line["quantity_offered"], line["quantity_committed"], line["status"]) == (3, 0, "offered")
    step(client, play.holder, ref, "withdrawn", "Needed at home")
    assert client.get(request, headers=play.operator).json()["lines"][0]["status"] == "open"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"capacity": "CA-9999999", "quantity": 1}, "lines.0.capacity"),
        ({"request_line": 9, "description": {"en": "Rope"}, "quantity": 1, "unit": "each"}, "lines.0.request_line"),
        ({"request_line": 2, "description": {"en": "Rope"}, "quantity": 1, "unit": "kg"}, "lines.0.unit"),
        ({"description": {"en": "Rope"}, "quantity": 1}, "lines.0.unit"),
        ({"item": "no-such-thing", "quantity": 1}, "lines.0.item"),
        ({"quantity": 1, "unit": "each"}, "lines.0"),
        ({"description": {"en": "Rope"}, "quantity": 0, "unit": "each"}, "lines.0.quantity"),
    ],
)
def test_a_line_that_cannot_be_is_named(
    db: Session, client: TestClient, cast: Cast, line: dict[str, object], field: str
) -> None:
    play = scene(db, cast)
    answer = client.post("/api/v1/offers", json=said(play, lines=[line]), headers=play.holder)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_more_than_there_is_or_another_ones_capacity_cannot_be_offered(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    assert client.post("/api/v1/offers", json=said(play, 5), headers=play.holder).status_code == 422
    other = make_capacity(db, "Others", organisation_id=make_organisation(db, "TEST-OTHER").id)
    db.commit()
    body = said(play, lines=[{"capacity": other.ref, "quantity": 1}])
    answer = client.post("/api/v1/offers", json=body, headers=play.holder)
    assert answer.status_code == 422
    assert "belongs to another organisation" in answer.json()["detail"]


def test_the_centres_stock_is_offered_by_the_centre_only(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    position = make_position(db)
    db.commit()
    body = said(play, lines=[{"request_line": 2, "stock": position.ref, "quantity": 1}])
    assert client.post("/api/v1/offers", json=body, headers=play.holder).status_code == 422
    assert client.post("/api/v1/offers", json=body, headers=cast.person("stock_keeper")).status_code == 201


def test_an_operator_writes_down_what_another_organisation_offers(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    offer = draft(client, play.operator, said(play, organisation="TEST-ORG"))
    assert offer["organisation"]["code"] == "TEST-ORG"
    assert client.get(f"/api/v1/offers/{offer['ref']}", headers=play.holder).status_code == 200
    mine = client.post("/api/v1/offers", json=said(play, organisation="CESDRR"), headers=play.holder)
    assert mine.status_code == 403


def test_a_change_replaces_what_it_names_and_nobody_overwrites_unseen_work(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    offer = draft(client, play.holder, said(play))
    address = f"/api/v1/offers/{offer['ref']}"
    assert client.patch(address, json={"financing": "Ours"}, headers=play.holder).status_code == 428
    tag = client.get(address, headers=play.holder).headers["ETag"]
    changed = client.patch(address, json={"financing": "Ours"}, headers=play.holder | {"If-Match": tag})
    assert changed.status_code == 200
    assert (changed.json()["financing"], changed.json()["lines"][0]["quantity"]) == ("Ours", 3)
    stale = client.patch(address, json={"financing": "Yours"}, headers=play.holder | {"If-Match": tag})
    assert stale.status_code == 412


def test_what_is_submitted_cannot_be_changed_and_what_is_empty_or_over_cannot_be_submitted(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    empty = draft(client, play.holder, said(play, lines=[]))["ref"]
    assert step(client, play.holder, empty, "submitted").status_code == 422
    over = draft(client, play.holder, said(play, valid_until=in_hours(-1)))["ref"]
    assert step(client, play.holder, over, "submitted").status_code == 422
    ref = submitted(client, play.holder, said(play))["ref"]
    change = client.patch(f"/api/v1/offers/{ref}", json={"lines": []}, headers=play.holder | {"If-Match": "*"})
    assert change.status_code == 409


def test_nothing_can_be_offered_for_a_request_that_is_over(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast, status="rejected")
    answer = client.post("/api/v1/offers", json=said(play), headers=play.holder)
    assert answer.status_code == 409


def test_to_decline_and_to_withdraw_needs_a_reason_and_the_right_side(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    assert step(client, play.operator, ref, "declined").status_code == 422
    assert step(client, play.holder, ref, "declined", "No").status_code == 403
    found = step(client, play.operator, ref, "declined", "Too far away")
    assert (found.json()["status"], found.json()["decision_reason"]) == ("declined", "Too far away")
    assert step(client, play.holder, ref, "withdrawn", "Late").status_code == 409


def test_an_unsolicited_offer_is_tied_to_a_request_later(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    body = {"titles": {"en": "Two teams"}, "country": "AFG", "lines": [{"capacity": play.capacity.ref, "quantity": 2}]}
    offer = submitted(client, play.holder, body)
    assert offer["request"] is None
    tie = {"request": play.request.ref, "lines": {"1": 1}}
    address = f"/api/v1/offers/{offer['ref']}/tie"
    wrong = client.post(address, json=tie | {"lines": {"1": 2}}, headers=play.operator | {"If-Match": "*"})
    assert wrong.status_code == 422
    tied = client.post(address, json=tie, headers=play.operator | {"If-Match": "*"})
    assert tied.json()["request"]["ref"] == play.request.ref
    request = client.get(f"/api/v1/requests/{play.request.ref}", headers=play.operator).json()
    assert request["lines"][0]["quantity_offered"] == 2
    again = client.post(address, json=tie, headers=play.operator | {"If-Match": "*"})
    assert again.status_code == 409


def test_an_unsolicited_offer_can_be_accepted_as_it_is(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    body = {"titles": {"en": "Two teams"}, "country": "AFG", "lines": [{"capacity": play.capacity.ref, "quantity": 2}]}
    assert accepted(client, play, body)["status"] == "accepted"


def test_what_nobody_has_decided_on_in_time_lapses(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    late = submitted(client, play.holder, said(play, valid_until=in_hours(1)))["ref"]
    good = submitted(client, play.holder, said(play, 1, valid_until=in_hours(2)))["ref"]
    over = datetime.now(UTC) - timedelta(minutes=1)
    db.execute(text("UPDATE offers SET valid_until = :over WHERE ref = :ref"), {"over": over, "ref": late})
    actions.lapse_due(db)
    db.commit()
    found = {ref: client.get(f"/api/v1/offers/{ref}", headers=play.operator).json()["status"] for ref in (late, good)}
    assert found == {late: "lapsed", good: "submitted"}
    line = client.get(f"/api/v1/requests/{play.request.ref}", headers=play.operator).json()["lines"][0]
    assert line["quantity_offered"] == 1
    assert accept(client, play.operator, late).status_code == 409


def test_each_line_says_whether_it_fits_what_was_asked_and_is_used(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    make_equipment_profile(db, "TEST-ASKER")
    line = {
        "request_line": 2, "description": {"en": "Rope"}, "quantity": 1, "unit": "each", "specification": {"make": "Beal"},
    }  # fmt: skip
    ref = submitted(client, play.holder, said(play, lines=[line]))["ref"]
    found = client.get(f"/api/v1/offers/{ref}/fit", headers=play.operator)
    assert found.status_code == 200, found.text
    [told] = found.json()["results"]
    assert (told["no"], told["verdict"] in ("fits", "not", "unknown")) == (1, True)


def test_what_was_done_is_told_in_its_history(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    ref = accepted(client, play, said(play))["ref"]
    found = client.get(f"/api/v1/offers/{ref}/history", headers=play.operator).json()
    assert [entry["action"] for entry in found["results"]][:2] == ["accepted", "submitted"]
    own = client.get(f"/api/v1/offers/{ref}/history", headers=play.holder).json()
    assert [entry["action"] for entry in own["results"]] == ["accepted", "submitted", "drafted"]


def test_the_list_filters_and_is_taken_away_as_a_file(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    draft(client, play.holder, said(play))
    for query in (
        "status=submitted",
        f"request={play.request.ref}&status=submitted",
        "organisation=TEST-ORG&source=capacity",
        "q=USAR",
    ):
        found = client.get(f"/api/v1/offers?{query}", headers=play.operator).json()
        assert [one["ref"] for one in found["results"]] == [ref], query
    assert client.get("/api/v1/offers?unsolicited=true", headers=play.operator).json()["count"] == 0
    assert ref in client.get("/api/v1/offers?format=csv", headers=play.operator).text
