"""Cross-site request forgery: another site may make a user's browser ask, and nothing comes of it.

The browser sends the session's cookie along in the worst case (an old one that knows no SameSite), so the cookie is sent here.
"""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.cluster import SERVING
from tests.conftest import Cast
from tests.security.walking import address_of, bodies, doors, furnish, unsafe

FROM_ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver@evil.example"},
    {"Origin": "https://testserver"},
    {"Origin": "http://testserver:81"},
    {"Origin": ""},
]
EVERYTHING = ("operator", "administrator", "stock_keeper", "approver")
# what a reading may write: that somebody was here, and who has read a contact
MAY_BE_NOTED = ("UPDATE ON sessions, api_keys", "INSERT ON history, history_unsealed, personal_values")

# a provider sends people back by a link; it serves once, with the cookie and the state of the visit that began with a POST
BACK = "/back"


def history(db: Session) -> int:
    db.rollback()
    return int(db.execute(text("SELECT count(*) FROM history")).scalar_one())


@pytest.mark.parametrize("origin", FROM_ELSEWHERE)
def test_nothing_that_another_site_sends_is_done(
    client: TestClient, db: Session, cast: Cast, origin: dict[str, str]
) -> None:
    furnish(db)
    me = {"Cookie": cast.person(*EVERYTHING)["Cookie"]}
    before, tried = history(db), 0
    for door in unsafe(client):
        for sent in bodies():
            headers = me | sent["headers"] | origin
            answer = client.request(
                door.method, address_of(door, db), content=sent["content"], headers=headers, follow_redirects=False
            )
            assert answer.status_code == 403, (door, answer.status_code)
            assert "set-cookie" not in answer.headers
            tried += 1
    assert history(db) == before
    assert tried > 100


@pytest.mark.parametrize("origin", FROM_ELSEWHERE)
def test_nobody_is_signed_in_by_another_site(client: TestClient, origin: dict[str, str]) -> None:
    """Login CSRF: a victim who works in the attacker's account tells it all."""
    answer = client.post("/sign-in", data={"email": "a@example.org", "password": "correct horse"}, headers=origin)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_an_address_written_in_odd_ways_is_not_a_way_around(client: TestClient, db: Session, cast: Cast) -> None:
    headers = {"Cookie": cast.person(*EVERYTHING)["Cookie"], "Sec-Fetch-Site": "cross-site"}
    for address in ("/events/", "//events", "/EVENTS", "/events;x=1", "/%65vents", "/events?_method=GET", "/./events"):
        answer = client.post(address, headers=headers, follow_redirects=False)
        assert answer.status_code == 403, address


def test_reading_changes_nothing(client: TestClient, db: Session, cast: Cast) -> None:
    """The serving role loses its right to write: whatever a GET would still change now fails, and shows."""
    furnish(db)
    me = cast.person(*EVERYTHING)
    db.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public FROM {SERVING}"))
    for right in MAY_BE_NOTED:
        db.execute(text(f"GRANT {right} TO {SERVING}"))
    db.commit()
    for door in doors(client):
        if door.method == "GET" and not door.path.endswith(BACK):
            for headers in ({}, me):
                answer = client.get(address_of(door, db), headers=headers, follow_redirects=False)
                assert answer.status_code < 500, door
