"""Insecure direct object references: an id that one has guessed or seen opens nothing.

Whatever is hidden answers as what does not exist, word for word; what is seen and not one's own to change answers 403.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_capacity, make_event, make_key, make_organisation, make_position, make_session, make_user
from tests.security.walking import NOBODY, PARAMETER, RECORDS, address_of, doors, unsafe

OWNER, OTHER = "OWNER-ORG", "OTHER-ORG"
HIDDEN = "Known to its owner only"
EVERY_ROLE = ("reader", "contributor", "requester", "approver")
EVERY_SCOPE = ("records:read-partners", "capacities:write", "requests:write")
CONTACT = """
    INSERT INTO contacts (organisation_id, kind, name, phones, visibility)
    VALUES (:organisation, 'duty_officer', :name, ARRAY['+000 700 0001'], :visibility)
"""
_OF_OWNER = "JOIN organisations o ON o.id = organisation_id AND o.code = 'OWNER-ORG'"
THEIRS = RECORDS | {
    "people": f"SELECT users.id FROM users {_OF_OWNER}",
    "keys": f"SELECT api_keys.id FROM api_keys {_OF_OWNER}",
    "sessions": f"SELECT sessions.id FROM sessions JOIN users u ON u.id = user_id {_OF_OWNER}",
}


@dataclass(frozen=True)
class Stranger:
    """Somebody of another organisation, by the headers that they send."""

    name: str
    headers: dict[str, str]


def keep(db: Session, visibility: str) -> None:
    """What another organisation has: records, a contact, a key, a session, a passkey. Made first, so that ids find it."""
    organisation = make_organisation(db, OWNER).id
    make_event(db, HIDDEN, visibility=visibility, organisation_id=organisation)
    make_capacity(db, HIDDEN, visibility=visibility, organisation_id=organisation)
    make_position(db, owner_id=organisation, visibility=visibility)
    db.execute(text(CONTACT), {"organisation": organisation, "name": HIDDEN, "visibility": visibility})
    user = make_user(db, "contributor", "approver", organisation=OWNER, name=HIDDEN)
    make_session(db, user)
    make_key(db, "capacities:write", organisation=OWNER, name=HIDDEN)
    db.execute(
        text(
            "INSERT INTO passkeys (user_id, credential_id, public_key, sign_count, name) "
            "VALUES (:user, '\\x01', '\\x02', 0, :name)"
        ),
        {"user": user.id, "name": HIDDEN},
    )
    db.commit()


@pytest.fixture
def strangers(client: TestClient, db: Session, cast: Cast) -> list[Stranger]:
    keep(db, "own")
    return [
        Stranger("nobody", {"Sec-Fetch-Site": "same-origin"}),
        Stranger("a person", cast.person(*EVERY_ROLE, organisation=OTHER)),
        Stranger("an analyst of the Centre", cast.person("analyst")),
        Stranger("a program", cast.program(*EVERY_SCOPE, organisation=OTHER)),
    ]


def ask(client: TestClient, method: str, address: str, who: Stranger) -> tuple[int, str]:
    """The status and the body, without what names the address asked for."""
    sent: dict[str, Any] = {} if method == "GET" else {"json": {"reason": "because"}}
    headers = who.headers | {"If-Match": "*"}
    answer = client.request(method, address, headers=headers, follow_redirects=False, **sent)
    named = address.removesuffix(".atom").removesuffix(".cap").strip("/").split("/")
    body = answer.text + answer.headers.get("location", "")
    for part in named:
        if len(part) > 8:
            body = body.replace(part, "…").replace(part.replace("-", ""), "…")
    return answer.status_code, body


def test_what_is_hidden_answers_as_what_is_not_there(
    client: TestClient, db: Session, strangers: list[Stranger]
) -> None:
    tried = 0
    for door in doors(client):
        if not PARAMETER.search(door.path) or is_for_all(door.path):
            continue
        hidden, missing = address_of(door, db, THEIRS), PARAMETER.sub(NOBODY, door.path)
        for who in strangers:
            said = ask(client, door.method, hidden, who)
            assert said == ask(client, door.method, missing, who), (door, who.name)
            assert HIDDEN not in said[1]
            assert said[0] >= 300, (door, who.name)
            tried += 1
    assert tried > 40


def is_for_all(path: str) -> bool:
    """Areas, organisations, tiles and code lists are public."""
    return path.strip("/").split("/")[0] in ("tiles", "places", "organisations", "static") or "/areas" in path


def test_what_is_seen_is_not_anybodys_to_change(client: TestClient, db: Session, cast: Cast) -> None:
    keep(db, "public")
    strangers = [
        Stranger("a person", cast.person(*EVERY_ROLE, organisation=OTHER)),
        Stranger("a program", cast.program(*EVERY_SCOPE, organisation=OTHER)),
        Stranger("an analyst of the Centre", cast.person("analyst")),
    ]
    before = state(db)
    for door in unsafe(client):
        if PARAMETER.search(door.path):
            for who in strangers:
                status, _body = ask(client, door.method, address_of(door, db, THEIRS), who)
                assert status in (303, 403, 404, 410, 422, 428), (door, who.name)
    assert state(db) == before


def state(db: Session) -> list[Any]:
    db.rollback()
    asked = (
        "SELECT (SELECT sum(hashtext(e::text)) FROM events e), (SELECT sum(hashtext(c::text)) FROM capacities c), "
        "(SELECT sum(hashtext(c::text)) FROM contacts c), (SELECT count(*) FROM api_keys WHERE revoked_at IS NULL), "
        "(SELECT count(*) FROM passkeys), (SELECT count(*) FROM users WHERE status = 'active'), "
        "(SELECT count(*) FROM user_roles), (SELECT count(*) FROM sessions)"
    )
    return list(db.execute(text(asked)).one())
