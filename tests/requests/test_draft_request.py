"""A request is drafted, changed and thrown away by whoever asks."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.requests.asked import SAID, draft, step, submitted
from tests.waiting import soon


def test_a_draft_says_back_what_was_asked(client: TestClient, cast: Cast) -> None:
    found = draft(client, cast.person("requester", organisation="TEST-ORG"))
    assert found["ref"].startswith("RQ-")
    assert (found["status"], found["visibility"], found["requester"]["organisation"]["code"]) == (
        "draft",
        "own",
        "TEST-ORG",
    )
    assert [line["resource"]["name"] for line in found["lines"]] == ["Medium USAR team", "Motor pumps"]
    assert found["lines"][0]["unit"] == "team"  # that of the type
    assert {line["priority"] for line in found["lines"]} == {"high"}  # that of the request
    assert found["progress"] == dict.fromkeys(("offered", "committed", "in_transit", "delivered"), "none")
    assert found["deliver_to"]["contact"] == "+000 700 0001"


def test_a_draft_is_seen_by_its_own_organisation_and_by_who_decides_at_the_centre_alone(
    client: TestClient, cast: Cast
) -> None:
    ref = draft(client, cast.person("requester", organisation="TEST-ORG"))["ref"]
    seen_by = {
        "own": cast.person("reader", organisation="TEST-ORG"),
        "centre's approver": cast.person("operator"),
        "analyst": cast.person("analyst"),
        "another's approver": cast.person("approver", organisation="OTHER-ORG"),
        "nobody": {},
    }
    answers = {name: client.get(f"/api/v1/requests/{ref}", headers=who).status_code for name, who in seen_by.items()}
    assert answers == {
        "own": 200, "centre's approver": 200, "analyst": 404, "another's approver": 404, "nobody": 404,
    }  # fmt: skip


def test_one_asks_for_the_countries_that_one_answers_for(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG", countries=("KGZ",))
    assert client.post("/api/v1/requests", json=SAID, headers=who).status_code == 403


def test_only_the_centre_writes_down_what_another_organisation_asks(client: TestClient, cast: Cast) -> None:
    cast.person("reader", organisation="TEST-ORG")
    said = SAID | {"organisation": "TEST-ORG"}
    assert (
        client.post("/api/v1/requests", json=said, headers=cast.person("requester", organisation="OTHER")).status_code
        == 403
    )
    found = draft(client, cast.person("operator"), organisation="TEST-ORG")
    assert found["requester"]["organisation"]["code"] == "TEST-ORG"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"country": "XXX"}, "country"),
        ({"event": "EV-1999-0001"}, "event"),
        ({"deliver_to": {"area": "UZ-TK"}}, "deliver_to.area"),
        ({"lines": [{"kind": "type", "code": "no-such", "quantity": 1}]}, "lines.0.code"),
        ({"lines": [{"kind": "expertise", "code": "usar-medium", "quantity": 1}]}, "lines.0.code"),
        ({"lines": [{"kind": "item", "description": {"en": "Boats"}, "quantity": 1}]}, "lines.0.unit"),
        ({"lines": [{"kind": "type", "code": "usar-medium", "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"kind": "item", "quantity": 1}]}, "lines.0"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(
    client: TestClient, cast: Cast, change: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/requests", json=SAID | change, headers=cast.person("operator"))
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_a_change_keeps_lines_by_their_number(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    found = draft(client, who)
    kept = {"no": 2, "kind": "item", "description": {"en": "Motor pumps"}, "quantity": 6, "unit": "each"}
    new = {"kind": "type", "code": "usar-heavy", "quantity": 1}
    change = {"lines": [kept, new], "priority": "critical"}
    after = client.patch(f"/api/v1/requests/{found['ref']}", json=change, headers={**who, "If-Match": "*"}).json()
    assert [(line["no"], line["quantity"]) for line in after["lines"]] == [(2, 6), (3, 1)]
    assert after["lines"][0]["id"] == found["lines"][1]["id"]
    assert after["priority"] == "critical"


def test_nobody_overwrites_what_somebody_else_has_written(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = draft(client, who)["ref"]
    read = client.get(f"/api/v1/requests/{ref}", headers=who).headers["ETag"]
    first = client.patch(f"/api/v1/requests/{ref}", json={"priority": "low"}, headers={**who, "If-Match": read})
    second = client.patch(f"/api/v1/requests/{ref}", json={"priority": "high"}, headers={**who, "If-Match": read})
    assert (first.status_code, second.status_code) == (200, 412)


def test_a_draft_sent_again_is_made_once(client: TestClient, cast: Cast) -> None:
    who = {**cast.person("requester", organisation="TEST-ORG"), "Idempotency-Key": "sent-twice"}
    assert draft(client, who)["ref"] == draft(client, who)["ref"]


def test_a_discarded_draft_is_gone(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = draft(client, who)["ref"]
    answer = client.post(f"/api/v1/requests/{ref}/discard", headers={**who, "If-Match": "*"})
    assert answer.json()["withdrawn_at"]
    gone = soon(lambda: client.get(f"/api/v1/requests/{ref}", headers=who).status_code, lambda status: status == 404)
    assert gone == 404
    assert step(client, who, ref, "submitted").status_code == 404


def test_history_says_that_the_contact_was_given_and_not_whom(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = submitted(client, who)["ref"]
    told = client.get(f"/api/v1/requests/{ref}/history", headers=who).text
    assert "drafted" in told
    assert "700 0001" not in told
