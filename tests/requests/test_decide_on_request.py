"""A request goes from draft to submitted to approved or rejected, and ends closed or cancelled."""

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests import make
from tests.conftest import Cast
from tests.requests.asked import draft, step, submitted


def test_submitted_it_is_seen_by_its_audience(client: TestClient, cast: Cast) -> None:
    who, partner = cast.person("requester", organisation="TEST-ORG"), cast.person("reader", organisation="OTHER-ORG")
    ref = draft(client, who)["ref"]
    assert client.get(f"/api/v1/requests/{ref}", headers=partner).status_code == 404
    assert step(client, who, ref, "submitted").json()["visibility"] == "partners"
    found = client.get(f"/api/v1/requests/{ref}", headers=partner).json()
    assert found["status"] == "submitted"
    assert found["deliver_to"]["contact"] is None  # for those who decide and deliver
    assert client.get(f"/api/v1/requests/{ref}").status_code == 404


def test_a_request_without_lines_or_too_late_is_not_submitted(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    empty = step(client, who, draft(client, who, lines=[])["ref"], "submitted")
    assert [one["field"] for one in empty.json()["errors"]] == ["lines"]
    late = step(client, who, draft(client, who, needed_by="2020-01-01T00:00:00Z")["ref"], "submitted")
    assert [one["field"] for one in late.json()["errors"]] == ["needed_by"]


def test_whoever_asks_does_not_decide(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    assert step(client, who, submitted(client, who)["ref"], "approved").status_code == 403


def test_an_approver_decides_for_their_countries(client: TestClient, cast: Cast) -> None:
    ref = submitted(client, cast.person("requester", organisation="TEST-ORG"))["ref"]
    stranger = cast.person("approver", organisation="OTHER-ORG", countries=("KGZ",))
    assert step(client, stranger, ref, "approved").status_code in (403, 404)
    found = step(client, cast.person("operator"), ref, "approved", "Agreed by telephone").json()
    assert (found["status"], found["decision_reason"]) == ("approved", "Agreed by telephone")
    assert found["decided_at"]


def test_a_rejection_says_why(client: TestClient, cast: Cast) -> None:
    ref, operator = submitted(client, cast.person("requester", organisation="TEST-ORG"))["ref"], cast.person("operator")
    assert step(client, operator, ref, "rejected", " ").status_code == 422
    assert step(client, operator, ref, "rejected", "Met by the neighbours").json()["status"] == "rejected"
    assert step(client, operator, ref, "approved").status_code == 409


def test_steps_cannot_be_left_out_or_taken_twice(client: TestClient, cast: Cast) -> None:
    who, operator = cast.person("requester", organisation="TEST-ORG"), cast.person("operator")
    ref = draft(client, who)["ref"]
    assert step(client, operator, ref, "approved").status_code == 409
    assert step(client, who, ref, "submitted").status_code == 200
    assert step(client, who, ref, "submitted").status_code == 409
    assert step(client, who, ref, "closed").status_code == 409


def test_of_two_who_decide_at_the_same_time_the_second_is_told(client: TestClient, cast: Cast) -> None:
    ref, operator = submitted(client, cast.person("requester", organisation="TEST-ORG"))["ref"], cast.person("operator")
    read = client.get(f"/api/v1/requests/{ref}", headers=operator).headers["ETag"]
    assert step(client, operator, ref, "approved", version=read).status_code == 200
    assert step(client, operator, ref, "rejected", "no", version=read).status_code in (409, 412)


def test_what_is_decided_is_no_longer_changed(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = submitted(client, who)["ref"]
    step(client, cast.person("operator"), ref, "approved")
    answer = client.patch(f"/api/v1/requests/{ref}", json={"priority": "low"}, headers={**who, "If-Match": "*"})
    assert answer.status_code == 409


def test_a_line_that_is_no_longer_needed_is_cancelled_and_stays_known(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = submitted(client, who)["ref"]
    path, headers = f"/api/v1/requests/{ref}/lines/2/cancel", {**who, "If-Match": "*"}
    found = client.post(path, json={"reason": "Found nearby"}, headers=headers).json()
    assert [line["status"] for line in found["lines"]] == ["open", "cancelled"]
    assert client.post(path, json={"reason": "again"}, headers=headers).status_code == 404


def test_a_request_of_which_something_is_committed_cannot_be_cancelled_but_closed(
    client: TestClient, cast: Cast, db: Session
) -> None:
    request = make.make_request(db, status="approved")
    line = make.make_request_line(db, request, quantity=3)
    db.execute(text("SELECT set_request_line(:id, 3, 1, 0, 0)"), {"id": line.id})
    operator = cast.person("operator")
    refused = step(client, operator, request.ref, "cancelled", "over")
    assert refused.status_code == 409
    path = f"/api/v1/requests/{request.ref}/lines/1/cancel"
    assert client.post(path, json={"reason": "over"}, headers={**operator, "If-Match": "*"}).status_code == 409
    assert step(client, operator, request.ref, "closed").json()["status"] == "closed"
