"""Mass assignment: nobody sets what is not theirs to set by adding a field to what they send."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.accounts.signing_in import Browser, member
from tests.conftest import Cast
from tests.make import make_organisation, make_user
from tests.security.walking import Door, address_of, furnish, unsafe

EVERYTHING = ("operator", "administrator", "approver", "contributor", "stock_keeper")
# of every table: what the portal itself decides
NOT_YOURS: dict[str, Any] = {
    "id": "00000000-0000-7000-8000-000000000001", "ref": "EV-1999-9999", "demonstration": True, "withdrawn_at": None,
    "created_at": "2001-01-01T00:00:00Z", "updated_at": "2001-01-01T00:00:00Z", "organisation_id": "x", "owner_id": "x",
    "verified_at": "2099-01-01T00:00:00Z", "verified_by": "UN", "is_stale": False, "search": "x", "kind_code": "x",
    "location": "POINT(0 0)", "exact_location": "POINT(0 0)", "base_visibility": "own", "user_id": "x", "role": "administrator",
    "roles": ["administrator"], "rights": ["people:manage"], "scopes": ["people:manage"], "is_centre": True, "status_code": 1,
    "password_hash": "x", "totp_secret": "x", "second_factor": True, "strength": "x", "token_hash": "x", "is_admin": True,
    "__class__": "x", "constructor": {"prototype": {}},
}  # fmt: skip
EVENT = {
    "titles": {"en": "Mudflow"}, "hazard": "MS", "status": "ongoing", "started_at": "2026-07-08T05:30:00Z",
    "countries": ["KAZ"],
}  # fmt: skip
CAPACITY = {"names": {"en": "Team"}, "type": "usar-medium", "country": "KAZ", "quantity": 1}
WHOLE: dict[str, dict[str, Any]] = {
    "POST /api/v1/events": EVENT,
    "POST /api/v1/capacities": CAPACITY,
    "POST /api/v1/contacts": {"kind": "duty_officer", "name": "Desk", "phones": ["+000 700 0001"]},
}

NO_BODY = {"DELETE /api/v1/requests/{id_or_ref}/appeal"}


def json_doors(client: TestClient) -> list[Door]:
    return [door for door in unsafe(client) if door.path.startswith("/api/")]


def test_a_field_that_is_not_known_is_refused_by_name_at_every_door(
    client: TestClient, db: Session, cast: Cast
) -> None:
    furnish(db)
    me, tried = cast.person(*EVERYTHING) | {"If-Match": "*"}, 0
    for door in json_doors(client):
        whole = WHOLE.get(f"{door.method} {door.path}", {"reason": "because"} if "PATCH" not in door.method else {})
        if (
            door.path.endswith(("verify", "correct", "/documents", "/test", "/end", "}/replay"))
            or f"{door.method} {door.path}" in NO_BODY
        ):
            continue  # takes no body, or a list of refs, or a file: see tests/documents/test_keep_document.py
        for name, value in NOT_YOURS.items():
            answer = client.request(door.method, address_of(door, db), json=whole | {name: value}, headers=me)
            assert answer.status_code == 422, (door, name, answer.text)
            assert name in [error["field"] for error in answer.json()["errors"]], (door, name)
            tried += 1
    assert tried > 100


@pytest.mark.parametrize("inside", ["base", "transport", "readiness", "classification", "names"])
def test_nor_is_one_inside_another(client: TestClient, cast: Cast, inside: str) -> None:
    me = cast.person("contributor")
    answer = client.post("/api/v1/capacities", json=CAPACITY | {inside: {"exact_location": "POINT(0 0)"}}, headers=me)
    assert answer.status_code == 422
    assert [error["field"].split(".")[0] for error in answer.json()["errors"]] == [inside]


def test_a_contributor_does_not_write_in_the_name_of_others(client: TestClient, db: Session, cast: Cast) -> None:
    make_organisation(db, "VICTIM")
    for me in (
        cast.person("contributor", organisation="OTHER"),
        cast.program("capacities:write", organisation="OTHER"),
    ):
        made = client.post("/api/v1/capacities", json=CAPACITY | {"organisation": "VICTIM"}, headers=me)
        assert made.status_code == 403
        own = client.post("/api/v1/capacities", json=CAPACITY, headers=me)
        assert own.status_code == 201
        moved = client.patch(
            own.headers["location"], json={"organisation": "VICTIM"}, headers=me | {"If-Match": own.headers["etag"]}
        )
        assert moved.status_code == 403


def test_nobody_gives_themselves_roles_by_their_own_account(client: TestClient, db: Session) -> None:
    user = member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    more = {"roles": "administrator", "role": "administrator", "status": "active", "organisation_id": "x", "id": "x"}
    more |= {"email": "mallory@example.org", "organisation": "CESDRR", "demonstration": "true", "is_centre": "true"}
    browser.post("/account", name="Aida Test", language="en", **more)
    db.rollback()
    assert db.scalars(text("SELECT role FROM user_roles WHERE user_id = :id"), {"id": user.id}).all() == ["reader"]
    kept = db.execute(text("SELECT email, demonstration FROM users WHERE id = :id"), {"id": user.id}).one()
    assert tuple(kept) == ("aida@example.org", False)


@pytest.mark.parametrize(
    "role", ["contributor", "requester", "approver", "reader", "analyst", "stock_keeper", "operator"]
)
def test_nobody_but_an_administrator_gives_roles(client: TestClient, db: Session, cast: Cast, role: str) -> None:
    other = make_user(db, "reader")
    me = cast.person(role)
    for address in (f"/people/{other.id}/roles", "/people/invite", f"/people/{other.id}/restore", "/people/providers"):
        answer = client.post(address, data={"roles": "administrator"}, headers=me, follow_redirects=False)
        assert answer.status_code == 403, address


def test_a_form_sets_no_more_than_it_shows(client: TestClient, db: Session, cast: Cast) -> None:
    """Fields that a page's form does not have are refused or passed over, whatever they are called."""
    me = cast.person("operator")
    for path, whole in (("/events", EVENT), ("/capacities", CAPACITY)):
        fields = (
            flat(whole) | dict.fromkeys(NOT_YOURS, "true") | {"started_at.day": "2026-07-08", "started_at.time": ""}
        )
        answer = client.post(path, data=fields, headers=me, follow_redirects=False)
        assert answer.status_code in (303, 405, 422), answer.text
    db.rollback()
    for table in ("events", "capacities"):
        asked = f"SELECT count(*) FROM {table} WHERE demonstration OR ref = 'EV-1999-9999' OR created_at < '2002-01-01'"
        before = db.scalar(text(asked))
        assert before == 0


def flat(whole: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{name}.{inner}" if inner else name: text
        for name, value in whole.items()
        for inner, text in (value.items() if isinstance(value, dict) else [("", value)])
    }


def test_an_administrator_for_one_country_lets_nobody_into_the_centre(
    client: TestClient, db: Session, cast: Cast
) -> None:
    """The Centre is in Kazakhstan, and its rights reach everywhere."""
    me = cast.person("administrator", countries=("KAZ",))
    form = {"name": "Mallory", "email": "mallory@example.org", "organisation": "CESDRR", "language": "en"}
    form |= {"roles": "operator", "countries.operator": "KAZ"}
    assert client.post("/people/invite", data=form, headers=me, follow_redirects=False).status_code == 422
    other = make_user(db, "administrator")
    db.commit()
    for act in ("roles", "suspend", "second-factor", "erase"):
        answer = client.post(f"/people/{other.id}/{act}", data={"reason": "x"}, headers=me, follow_redirects=False)
        assert answer.status_code == 404, act
    provider = {
        "organisation": "CESDRR",
        "name": "P",
        "issuer": "https://evil.example",
        "client_id": "x",
        "client_secret": "y",
    }
    assert client.post("/people/providers", data=provider, headers=me, follow_redirects=False).status_code in (403, 422)
    db.rollback()
    assert db.scalar(text("SELECT count(*) FROM users WHERE email = 'mallory@example.org'")) == 0
