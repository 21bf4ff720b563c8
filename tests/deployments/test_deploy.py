"""POST /api/v1/deployments: what was accepted of an offer is planned, in one or several deployments, never more."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import deploy, goods, planned, post, team


def test_all_that_is_accepted_is_planned_from_the_lots_that_expire_first(
    db: Session, client: TestClient, cast: Cast
) -> None:
    here = goods(db, client, cast)
    answer = deploy(client, here.sender, here.offer)
    found = answer.json()
    assert answer.headers["location"] == f"/api/v1/deployments/{found['ref']}"
    assert (found["status"], found["kind"], found["organisation"]["code"]) == ("planned", "goods", "CESDRR")
    assert [(line["lot"], line["quantity"], line["weight_kg"]) for line in found["lines"]] == [
        ("EARLY", 6, 12), ("LATE", 4, 8),
    ]  # fmt: skip
    assert found["weight_kg"] == 20
    assert found["receiver"]["code"] == "TEST-ASKER"
    assert found["request"]["ref"] == here.request
    assert (found["destination"]["country"]["iso3"], found["destination"]["place"]) == ("AFG", "Kunduz airfield")
    assert found["origin"]["country"]["iso3"] == "KAZ"


def test_an_offer_goes_in_several_deployments_and_never_more_than_was_accepted(
    db: Session, client: TestClient, cast: Cast
) -> None:
    here = goods(db, client, cast)
    first = planned(client, here.sender, here.offer, lines=[{"offer_line": 1, "quantity": 7}])
    assert [(line["lot"], line["quantity"]) for line in first["lines"]] == [("EARLY", 6), ("LATE", 1)]
    refused = deploy(client, here.sender, here.offer, lines=[{"offer_line": 1, "quantity": 4}])
    assert refused.status_code == 409
    assert refused.json()["detail"] == "Of line 1 3 are accepted and not planned yet; 4 were asked for."
    rest = planned(client, here.sender, here.offer)
    assert [(line["lot"], line["quantity"]) for line in rest["lines"]] == [("LATE", 3)]
    assert deploy(client, here.sender, here.offer).status_code == 409


def test_it_is_shown_to_no_more_people_than_its_request(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    client_sees = client.get(f"/api/v1/requests/{here.request}", headers=here.operator).json()["visibility"]
    refused = deploy(client, here.sender, here.offer, visibility="public")
    assert client_sees == "partners"
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["visibility"]
    assert planned(client, here.sender, here.offer, visibility="partners")["visibility"] == "partners"


def test_what_was_called_off_can_be_planned_again(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    first = planned(client, here.sender, here.offer)
    assert post(client, here.sender, first["ref"], "transitions", to="cancelled").status_code == 422
    gone = post(client, here.sender, first["ref"], "transitions", to="cancelled", reason="No lorry")
    assert gone.json()["status"] == "cancelled"
    assert len(planned(client, here.sender, here.offer)["lines"]) == 2


def test_a_team_keeps_its_capacity_and_says_when_it_is_expected(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    times = [{"what": "arrival", "kind": "estimated", "at": "2026-12-25T06:00:00Z"}]
    found = planned(client, here.sender, here.offer, times=times, mode="air", people=80, driver="A. Pilot")
    assert (found["kind"], found["mode"], found["people"]) == ("team", "air", 80)
    assert found["lines"][0]["capacity"]["ref"].startswith("CA-")
    assert found["times"]["arrival"]["estimated"] == "2026-12-25T06:00:00+00:00"
    assert found["expected_at"] == "2026-12-25T06:00:00+00:00"


def test_only_who_offers_sends_and_only_what_is_accepted(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    assert deploy(client, here.receiver, here.offer).status_code == 403
    assert deploy(client, cast.person("contributor", organisation="OTHER"), here.offer).status_code == 404
    assert deploy(client, {}, here.offer).status_code == 401
    said = {"titles": {"en": "Pumps"}, "lines": [{"description": {"en": "Pump"}, "quantity": 1, "unit": "each"}]}
    draft = client.post("/api/v1/offers", json=said, headers=here.sender).json()
    assert deploy(client, here.sender, draft["ref"]).status_code == 409


def test_unknown_lines_and_codes_are_named(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    wrong = {
        "lines.0.offer_line": {"lines": [{"offer_line": 9, "quantity": 1}]},
        "entry_point": {"entry_point": "nowhere"},
        "receiver": {"receiver": "NOBODY"},
        "destination.country": {"destination": {"country": "XXX"}},
        "lines.0.quantity": {"lines": [{"offer_line": 1, "quantity": 0}]},
    }
    for field, said in wrong.items():
        answer = deploy(client, here.sender, here.offer, **said)
        assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])


def test_those_who_take_part_see_it_and_nobody_else(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer, driver="A. Pilot")["ref"]
    path = f"/api/v1/deployments/{ref}"
    deciding = cast.person("approver", organisation="AFG-ANDMA", countries=("AFG",))
    for who in (here.sender, here.receiver, here.operator, cast.person("analyst")):
        assert client.get(path, headers=who).json()["driver"] == "A. Pilot"
    assert client.get(path, headers=deciding).json()["driver"] is None
    elsewhere = cast.person("approver", organisation="KAZ-MES", countries=("KAZ",))
    for stranger in ({}, cast.person("reader", organisation="OTHER"), elsewhere):
        assert client.get(path, headers=stranger).status_code == 404
        assert client.get("/api/v1/deployments", headers=stranger).json()["count"] == 0


def test_a_deployment_sent_twice_with_one_key_is_planned_once(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    sender = here.sender | {"Idempotency-Key": "one"}
    first, again = (planned(client, sender, here.offer) for _time in range(2))
    assert first == again
    assert client.get("/api/v1/deployments", headers=here.sender).json()["count"] == 1


def test_how_it_travels_is_changed_with_its_version(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    path = f"/api/v1/deployments/{planned(client, here.sender, here.offer, mode='road')['ref']}"
    tag = client.get(path, headers=here.sender).headers["etag"]
    change = {"vehicle": "01 KG 777", "entry_point": None}
    assert client.patch(path, json=change, headers=here.sender).status_code == 428
    assert client.patch(path, json=change, headers=here.receiver | {"If-Match": tag}).status_code == 403
    changed = client.patch(path, json=change, headers=here.sender | {"If-Match": tag}).json()
    assert (changed["vehicle"], changed["mode"]) == ("01 KG 777", "road")
    assert client.patch(path, json=change, headers=here.sender | {"If-Match": tag}).status_code == 412
