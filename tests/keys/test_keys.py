"""An API key belongs to an organisation, is shown once, kept as a hash, limited in what and how long, revoked at once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.people.models import UserRole
from tests.conftest import Cast
from tests.make import make_event, make_key, make_organisation, make_session, make_user

Headers = dict[str, str]


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def make(client: TestClient, headers: Headers, **changes: Any) -> Any:
    typed = {"name": "Dispatch system", "scopes": ["records:read-partners"], "expires_on": in_days(365)} | changes
    return client.post("/keys", data=typed, headers=headers)


def token_in(page: str) -> str:
    found = re.findall(r"apk_[\w-]{43}", page)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture
def approver(cast: Cast) -> Headers:
    return cast.person("approver", organisation="KGZ-MES")


def test_a_key_is_shown_once_and_kept_as_a_hash(client: TestClient, db: Session, approver: Headers) -> None:
    answer = make(client, approver)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    token = token_in(answer.text)
    assert token not in client.get("/keys", headers=approver).text
    kept = db.execute(text("SELECT k::text, hint FROM api_keys k")).one()
    assert token not in kept[0]
    assert token[4:] not in kept[0]
    assert token.startswith(kept[1])


def test_what_the_key_opens_is_what_was_chosen(client: TestClient, db: Session, approver: Headers) -> None:
    make_event(db, "For partners", visibility="partners")
    make_event(db, "Of the Centre", visibility="centre")
    db.commit()
    token = token_in(make(client, approver).text)
    found = client.get("/api/v1/events?limit=1000", headers={"Authorization": f"Bearer {token}"}).json()["results"]
    titles = {event["title"] for event in found}
    assert "For partners" in titles
    assert "Of the Centre" not in titles


def test_a_revoked_key_is_refused_at_once_and_revoking_again_changes_nothing(
    client: TestClient, db: Session, approver: Headers
) -> None:
    program = {"Authorization": f"Bearer {token_in(make(client, approver).text)}"}
    assert client.get("/api/v1/events", headers=program).status_code == 200
    id = db.scalar(text("SELECT id FROM api_keys"))
    for _again in range(2):
        answer = client.post(f"/keys/{id}/revoke", headers=approver, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/keys")
    refused = client.get("/api/v1/events", headers=program)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert db.scalars(text("SELECT action FROM history WHERE noun = 'api_keys' ORDER BY id")).all() == [
        "made",
        "revoked",
    ]


def test_history_tells_who_made_which_key_and_not_the_key(client: TestClient, db: Session, approver: Headers) -> None:
    token = token_in(make(client, approver).text)
    actor, after, ref, row = db.execute(text("SELECT actor_kind, after, ref, h::text FROM history h")).one()
    assert (actor, after["name"], after["scopes"], after["organisation"]) == (
        "person", "Dispatch system", ["records:read-partners"], "KGZ-MES",
    )  # fmt: skip
    assert token.startswith(ref)
    assert token not in row


def test_a_key_goes_on_when_whoever_made_it_is_suspended(client: TestClient, db: Session, approver: Headers) -> None:
    token = token_in(make(client, approver).text)
    db.execute(text("UPDATE users SET status = 'suspended'"))
    db.commit()
    assert client.get("/api/v1/events", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_people_see_and_revoke_the_keys_of_their_own_organisation_only(
    client: TestClient, db: Session, cast: Cast, approver: Headers
) -> None:
    make_key(db, organisation="KGZ-MES", name="Ours")
    make_key(db, organisation="TJK-COES", name="Theirs")
    db.commit()
    page = client.get("/keys", headers=approver).text
    assert "Ours" in page
    assert "Theirs" not in page
    id = db.scalar(text("SELECT id FROM api_keys WHERE name = 'Theirs'"))
    assert client.post(f"/keys/{id}/revoke", headers=approver).status_code == 404
    assert make(client, approver, organisation="TJK-COES").status_code == 403
    assert client.get("/keys/new?organisation=TJK-COES", headers=approver).status_code == 403
    assert db.scalar(text("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL")) == 2


def test_an_administrator_of_the_centre_manages_the_keys_of_all(client: TestClient, db: Session, cast: Cast) -> None:
    make_key(db, organisation="TJK-COES", name="Theirs")
    db.commit()
    administrator = cast.person("administrator")
    assert "Theirs" in client.get("/keys", headers=administrator).text
    assert make(client, administrator, organisation="KGZ-MES").status_code == 200
    id = db.scalar(text("SELECT id FROM api_keys WHERE name = 'Theirs'"))
    client.post(f"/keys/{id}/revoke", headers=administrator)
    db.expire_all()
    assert db.scalar(text("SELECT revoked_at IS NOT NULL FROM api_keys WHERE name = 'Theirs'"))


def test_one_who_administers_some_countries_manages_the_keys_of_these(
    client: TestClient, db: Session, cast: Cast
) -> None:
    administrator = cast.person("administrator", countries=("KGZ",))
    assert make(client, administrator, organisation="KGZ-MES", countries=["KGZ"]).status_code == 200
    assert make(client, administrator, organisation="TJK-COES", countries=["KGZ"]).status_code == 403


@pytest.mark.parametrize("role", ["reader", "contributor", "requester", "analyst", "operator"])
def test_whoever_does_not_manage_keys_gets_none(client: TestClient, db: Session, cast: Cast, role: str) -> None:
    headers = cast.person(role)
    assert client.get("/keys", headers=headers).status_code == 403
    assert make(client, headers).status_code == 403
    assert db.scalar(text("SELECT count(*) FROM api_keys")) == 0


def test_strangers_and_programs_make_no_keys(client: TestClient, cast: Cast) -> None:
    assert client.get("/keys", follow_redirects=False).headers["location"].startswith("/sign-in")
    assert client.post("/keys", data={}, follow_redirects=False).status_code == 303
    assert make(client, cast.program("records:read-partners")).status_code == 403


def test_scopes_of_the_centre_are_given_to_the_centre_alone_by_its_administrators(
    client: TestClient, db: Session, cast: Cast, approver: Headers
) -> None:
    of_the_centre = "records:read-centre"
    administrator = cast.person("administrator")
    assert of_the_centre not in client.get("/keys/new", headers=approver).text
    assert make(client, approver, scopes=[of_the_centre]).status_code == 422
    assert make(client, administrator, organisation="KGZ-MES", scopes=["events:write"]).status_code == 422
    assert make(client, cast.person("approver"), scopes=[of_the_centre]).status_code == 422
    assert make(client, administrator, scopes=[of_the_centre]).status_code == 200
    assert db.scalar(text("SELECT scopes FROM api_keys")) == ["records:read-partners", of_the_centre]


@pytest.mark.parametrize("scope", ["keys:manage", "people:manage", "history:search", "everything"])
def test_no_key_manages_people_or_keys(client: TestClient, cast: Cast, scope: str) -> None:
    assert make(client, cast.person("administrator"), scopes=[scope]).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "  "},
        {"name": "\x07"},
        {"name": "x" * 101},
        {"expires_on": in_days(0)},
        {"expires_on": in_days(-1)},
        {"expires_on": in_days(732)},
        {"expires_on": ""},
        {"expires_on": "9999-12-31"},
        {"expires_on": "soon"},
        {"countries": ["XXX"]},
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    client: TestClient, db: Session, approver: Headers, changes: dict[str, Any]
) -> None:
    answer = make(client, approver, **{"name": "Kept as typed"} | changes)
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert "name" in changes or 'value="Kept as typed"' in answer.text
    assert db.scalar(text("SELECT count(*) FROM api_keys")) == 0


def test_sent_twice_there_is_one_key(client: TestClient, db: Session, approver: Headers) -> None:
    assert make(client, approver).status_code == 200
    assert make(client, approver).status_code == 422
    assert db.scalar(text("SELECT count(*) FROM api_keys")) == 1
    db.execute(text("UPDATE api_keys SET revoked_at = now()"))
    db.commit()
    assert make(client, approver).status_code == 200


def test_whoever_is_limited_to_countries_gives_no_more(client: TestClient, db: Session, cast: Cast) -> None:
    limited = cast.person("approver", organisation="UN-OCHA", countries=("KGZ", "TJK"))
    assert make(client, limited).status_code == 422
    assert make(client, limited, countries=["KGZ", "KAZ"]).status_code == 422
    assert make(client, limited, countries=["KGZ"]).status_code == 200
    assert db.scalar(text("SELECT countries FROM api_keys")) == ["KGZ"]


def test_a_key_that_ends_soon_is_marked(client: TestClient, db: Session, approver: Headers) -> None:
    make_organisation(db, "KGZ-MES")
    make_key(db, organisation="KGZ-MES", expires_at=datetime.now(UTC) + timedelta(days=29))
    db.commit()
    assert "Ends soon" in client.get("/keys", headers=approver).text
    db.execute(text("UPDATE api_keys SET expires_at = now() + interval '40 days'"))
    db.commit()
    assert "Ends soon" not in client.get("/keys", headers=approver).text


def test_an_administrator_limited_to_countries_makes_no_key_with_rights_of_the_centre(
    client: TestClient, cast: Cast
) -> None:
    limited = cast.person("administrator", countries=("KGZ",))
    for scope in ("events:write", "capacities:write-any", "records:read-centre"):
        assert make(client, limited, scopes=[scope], countries=["KGZ"]).status_code == 422
    assert make(client, cast.person("administrator"), scopes=["events:write"]).status_code == 200


def test_two_roles_together_give_no_key_that_neither_gives(client: TestClient, db: Session, cast: Cast) -> None:
    person = make_user(db, "administrator", countries=("KGZ",))
    db.add(UserRole(user_id=person.id, role="approver", countries=[]))
    make_organisation(db, "KGZ-MES")
    headers = {"Cookie": f"session={make_session(db, person)}", "Sec-Fetch-Site": "same-origin"}
    db.commit()
    assert make(client, headers, organisation="KGZ-MES").status_code == 422
    assert make(client, headers, organisation="KGZ-MES", countries=["KGZ"]).status_code == 200
    assert make(client, headers, name="Our own").status_code == 200
