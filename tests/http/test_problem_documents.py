"""Every refusal of a program is a problem document as RFC 9457 says, and tells nothing of our insides."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

INSIDES = ("Traceback", "psycopg", "SELECT", "site-packages", "/app/", "relation", "LINE 1")


def problem(answer: object) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    document: dict[str, object] = answer.json()  # type: ignore[attr-defined]
    assert {"type", "title", "status", "detail"} <= set(document)
    assert document["status"] == answer.status_code  # type: ignore[attr-defined]
    assert not any(word in answer.text for word in INSIDES)  # type: ignore[attr-defined]
    return document


def test_a_404_says_what_was_not_found(portal: TestClient) -> None:
    assert problem(portal.get("/api/v1/nothing"))["title"] == "Not found"
    assert "EV-1900-0001" in str(problem(portal.get("/api/v1/events/EV-1900-0001"))["detail"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_method_that_is_not_taken_is_a_405_that_names_those_that_are(portal: TestClient, method: str) -> None:
    answer = portal.request(method, "/api/v1/events")
    assert answer.status_code == 405
    problem(answer)
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_a_422_names_every_field_that_is_wrong(portal: TestClient) -> None:
    document = problem(portal.get("/api/v1/events?limit=0&bbox=1&country=XX&colour=red"))
    errors = document["errors"]
    assert isinstance(errors, list)
    assert {"limit", "bbox", "colour"} <= {error["field"] for error in errors}
    assert all(set(error) == {"field", "message"} and error["message"].endswith(".") for error in errors)


def test_what_was_asked_comes_back_cut_short_and_as_plain_text(portal: TestClient) -> None:
    answer = portal.get("/api/v1/events", params={"hazard": "<script>alert(1)</script>" * 50})
    assert "nosniff" in answer.headers["x-content-type-options"]
    assert len(answer.text) < 4000
    problem(answer)


def test_too_many_requests_are_told_when_to_come_back(new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(rate_limit=3)
    for left in (2, 1, 0):
        allowed = client.get("/api/v1/reference")
        assert allowed.status_code == 200
        assert f"r={left}" in allowed.headers["ratelimit"]
    refused = client.get("/api/v1/reference")
    assert refused.status_code == 429
    problem(refused)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"]


def test_a_host_that_is_not_ours_is_a_400(new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(allowed_hosts=["portal.example"])
    refused = client.get("/api/v1/events", headers={"Host": "evil.example"})
    assert refused.status_code == 400
    problem(refused)


def test_a_crash_tells_nothing_of_our_insides(client: TestClient, owner: Engine) -> None:
    with owner.begin() as db:
        db.execute(text("ALTER TABLE hazards RENAME TO elsewhere"))
    answer = client.get("/api/v1/events")
    assert answer.status_code == 500
    assert problem(answer)["title"] == "Internal error"
    assert answer.headers["x-request-id"]


def test_a_database_without_time_is_a_503_that_says_when_to_come_back(
    new_portal: Callable[..., TestClient], db: Session
) -> None:
    client = new_portal(statement_timeout_s=1)
    db.execute(text("LOCK TABLE capacities IN ACCESS EXCLUSIVE MODE"))
    answer = client.get("/api/v1/capacities")
    assert answer.status_code == 503
    problem(answer)
    assert int(answer.headers["retry-after"]) > 0
    db.rollback()
    assert client.get("/api/v1/capacities").status_code == 200


def test_people_get_a_page_instead(portal: TestClient) -> None:
    answer = portal.get("/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_security_headers_and_cors_stand_on_refusals_too(portal: TestClient) -> None:
    for path in ("/api/v1/events?limit=0", "/api/v1/nothing", "/api/v1/events?q=%00"):
        headers = portal.get(path).headers
        assert headers["access-control-allow-origin"] == "*"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-request-id"]
