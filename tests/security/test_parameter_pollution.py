"""HTTP parameter pollution: a value that is given twice, or in two places, never means two things to two readers."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.accounts.signing_in import PASSWORD, member
from tests.conftest import Cast
from tests.make import make_user

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    "query", ["limit=1&limit=1000", "lang=en&lang=ru", "cursor=a&cursor=b", "format=json&format=csv"]
)
def test_a_filter_of_one_value_given_twice_is_refused(portal: TestClient, query: str) -> None:
    assert portal.get(f"/api/v1/events?{query}").status_code == 422


def test_what_a_form_wants_in_its_body_does_not_count_in_its_address(client: TestClient, db: Session) -> None:
    member(db, "reader")
    answer = client.post(f"/sign-in?email=aida@example.org&password={PASSWORD}", headers=FORM, follow_redirects=False)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_of_two_addresses_in_one_form_one_counts_throughout(client: TestClient, db: Session) -> None:
    """The account whose failures are counted is the one whose password is compared."""
    member(db, "reader")
    twice = f"email=aida%40example.org&email=mallory%40example.org&password={PASSWORD.replace(' ', '+')}&next=%2Fevents&next=%2F%2Fevil.example"
    answer = client.post("/sign-in", content=twice, headers=FORM, follow_redirects=False)
    assert answer.status_code in (303, 422)
    assert not answer.headers.get("location", "/").startswith("//")


def test_two_sessions_in_one_request_are_one_of_them(client: TestClient, db: Session, cast: Cast) -> None:
    reader, administrator = (cast.person(role)["Cookie"] for role in ("reader", "administrator"))
    for pair in (f"{reader}; {administrator}", f"{administrator}; {reader}"):
        statuses = {client.get("/people", headers={"Cookie": pair}).status_code for _again in range(3)}
        assert len(statuses) == 1


def test_a_key_beside_a_session_counts_alone(client: TestClient, db: Session, cast: Cast) -> None:
    """Nobody adds a session's rights to a key's, or slips past the check of where a request comes from by a key of nobody."""
    me = cast.person("administrator")
    assert client.get("/people", headers=me | cast.program("records:read-partners")).status_code == 403
    forged = me | {"Authorization": "Bearer apk_nobody", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/people/invite", headers=forged).status_code == 401
    for odd in ("", "Bearer", "Bearer ", "Basic YTpi", "bearer apk_", "Bearer apk_a apk_b", "Negotiate x"):
        answer = client.post("/sign-out", headers=me | {"Authorization": odd, "Sec-Fetch-Site": "cross-site"})
        assert answer.status_code in (401, 403), odd


def test_two_keys_in_one_request_are_refused_or_one_of_them(client: TestClient, cast: Cast) -> None:
    one, two = (cast.program(scope)["Authorization"] for scope in ("records:read-partners", "events:write"))
    answer = client.post("/api/v1/events", json={}, headers=[("Authorization", one), ("Authorization", two)])
    assert answer.status_code in (401, 403, 422)


def test_a_role_given_twice_is_given_once(client: TestClient, db: Session, cast: Cast) -> None:
    other = make_user(db, "reader")
    db.commit()
    body = (
        "roles_were=reader%3A&roles=contributor&roles=contributor&countries.contributor=KAZ&countries.contributor=KAZ"
    )
    client.post(f"/people/{other.id}/roles", content=body, headers=FORM | cast.person("administrator"))
    db.rollback()
    kept = db.execute(text("SELECT role, countries FROM user_roles WHERE user_id = :id"), {"id": other.id}).all()
    assert [tuple(row) for row in kept] in ([("contributor", ["KAZ"])], [("reader", [])])
