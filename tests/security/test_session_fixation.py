"""Session fixation: a token that somebody knew before is worth nothing after signing in, nor after a second factor.

tests/accounts/test_sessions.py says how sessions begin and end; here is what an attacker tries with them.
"""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.accounts.signing_in import PASSWORD, Browser, code, member
from tests.make import make_session, make_user


def is_worth_something(client: TestClient, token: str) -> bool:
    return Browser(client, session=token).get("/account").status_code == 200


@pytest.mark.parametrize("planted", ["k" * 43, "x", "", "../..", "a" * 4000, "apk_" + "k" * 43])
def test_a_token_that_was_planted_never_becomes_the_session(client: TestClient, db: Session, planted: str) -> None:
    member(db, "reader")
    browser = Browser(client, session=planted)
    browser.sign_in()
    assert browser.cookies["session"] != planted
    assert not is_worth_something(client, planted)


def test_the_attacker_s_own_session_does_not_become_the_victim_s(client: TestClient, db: Session) -> None:
    attacker = make_session(db, make_user(db, "reader", name="Mallory", organisation="OTHER"))
    member(db, "reader")
    browser = Browser(client, session=attacker)
    browser.sign_in()
    assert browser.cookies["session"] != attacker
    assert "Aida Test" in browser.get("/account").text
    assert not is_worth_something(client, attacker)


def test_between_the_steps_nobody_is_signed_in(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    browser = Browser(client)
    browser.sign_in()
    assert "session" not in browser.cookies
    waiting = browser.cookies["second_factor"]
    assert not is_worth_something(client, waiting)
    browser.post("/sign-in/code", code=code())
    assert browser.cookies["session"] != waiting
    assert not is_worth_something(client, waiting)


def test_a_second_factor_makes_the_token_worthless_that_was_known_before(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    first, second = Browser(client), Browser(client)
    for browser in (first, second):
        browser.sign_in()
    first.post("/sign-in/code", code=code())
    stolen = first.cookies["session"]
    first.sign_in()
    first.post("/sign-in/code", code=code(1))
    assert first.cookies["session"] != stolen
    assert not is_worth_something(client, stolen)


def test_a_key_is_no_session_and_a_session_no_key(client: TestClient, db: Session) -> None:
    member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    token = browser.cookies["session"]
    for said in (token, f"apk_{token}"):
        answer = client.get("/api/v1/events", headers={"Authorization": f"Bearer {said}"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_tokens_do_not_stand_in_the_database(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    browser = Browser(client)
    browser.sign_in()
    known = set(browser.cookies.values())
    browser.post("/sign-in/code", code=code())
    known |= set(browser.cookies.values()) | {PASSWORD}
    tables = db.scalars(
        text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    )
    for table in tables.all():
        for secret in known - {"en"}:
            found = db.scalar(
                text(f"SELECT count(*) FROM {table} t WHERE position(:secret IN t::text) > 0"), {"secret": secret}
            )
            assert found == 0, table
