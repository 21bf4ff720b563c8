"""Sessions: a new token at every sign-in, an end after a while, a list of one's own that can be ended one by one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import sessions
from app.background import JOBS
from app.people.models import UserSession
from app.secrets import token_hash
from tests.accounts.signing_in import PASSWORD, Browser, code, done, member, words
from tests.make import make_session


def count(db: Session) -> int:
    return int(db.scalar(text("SELECT count(*) FROM sessions")) or 0)


def test_signing_in_makes_a_new_token_and_ends_the_old_session(client: TestClient, db: Session) -> None:
    member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    first = browser.cookies["session"]
    browser.sign_in()
    assert browser.cookies["session"] != first
    assert not Browser(client, session=first).is_signed_in
    assert count(db) == 1


def test_a_token_that_was_planted_is_worth_nothing(client: TestClient, db: Session) -> None:
    member(db, "reader")
    victim = Browser(client, session="planted-by-an-attacker")
    victim.sign_in()
    assert victim.is_signed_in
    assert not Browser(client, session="planted-by-an-attacker").is_signed_in


def test_the_session_of_an_attacker_that_was_planted_ends(client: TestClient, db: Session) -> None:
    attacker, victim = member(db, "reader", email="attacker@example.org"), member(db, "reader")
    planted = make_session(db, attacker)
    db.commit()
    browser = Browser(client, session=planted)
    browser.sign_in()
    assert list(db.scalars(text("SELECT user_id FROM sessions"))) == [victim.id]


def test_only_the_hash_of_a_token_is_kept(client: TestClient, db: Session) -> None:
    member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    assert db.scalar(text("SELECT token_hash FROM sessions")) == token_hash(browser.cookies["session"])


def test_the_second_factor_gives_another_token(client: TestClient, db: Session) -> None:
    """Setting one up makes a session stronger: who knows the old token stays outside."""
    member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    weak = browser.cookies["session"]
    browser.post("/account/second-factor")
    secret = page_secret(browser)
    browser.post("/sign-in/second-factor", code=code(secret=secret))
    assert browser.cookies["session"] != weak
    assert browser.is_signed_in
    assert not Browser(client, session=weak).is_signed_in
    assert db.execute(text("SELECT strength, second_factor FROM sessions")).one() == ("password+totp", True)


def page_secret(browser: Browser) -> str:
    page = browser.get("/sign-in/second-factor").text
    return page.split('class="secret" dir="ltr">')[1].split("<")[0].replace("-", "")


@pytest.mark.parametrize(
    ("https", "name", "flags"),
    [
        (False, "session", {"HttpOnly", "SameSite=lax", "Path=/"}),
        (True, "__Host-session", {"HttpOnly", "SameSite=lax", "Path=/", "Secure"}),
    ],
)
def test_no_script_and_no_other_site_gets_the_cookie(
    db: Session, new_portal: Callable[..., TestClient], https: bool, name: str, flags: set[str]
) -> None:
    member(db, "reader")
    portal = new_portal(public_url="https://portal.example" if https else "http://localhost:8000")
    answer = portal.post("/sign-in", data={"email": "aida@example.org", "password": PASSWORD}, follow_redirects=False)
    lines = {line.split("=")[0]: set(line.split("; ")[1:]) for line in answer.headers.get_list("set-cookie")}
    assert lines[name] == flags
    assert flags <= lines[name.replace("session", "device")]


@pytest.mark.parametrize(
    "ended", ["expires_at = now() - interval '1 s'", "last_seen_at = now() - interval '121 minutes'"]
)
def test_a_session_ends_by_itself(client: TestClient, db: Session, ended: str) -> None:
    member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    db.execute(text(f"UPDATE sessions SET {ended}"))
    db.commit()
    assert not browser.is_signed_in
    sessions.forget_ended(db)
    assert count(db) == 0


def test_a_session_lasts_as_long_as_the_settings_say(db: Session, new_portal: Callable[..., TestClient]) -> None:
    member(db, "reader")
    Browser(new_portal(session_hours=3)).sign_in()
    (session,) = db.query(UserSession)
    assert session.expires_at - session.created_at == timedelta(hours=3)


def test_what_has_ended_is_deleted_in_the_background(client: TestClient, db: Session) -> None:
    member(db, "reader", totp=True)
    browser = Browser(client)
    browser.sign_in()
    browser.post("/sign-in/code", code=code())
    browser.sign_in()
    db.execute(text("UPDATE sessions SET expires_at = now()"))
    db.execute(text("UPDATE ceremonies SET expires_at = now() - interval '1 s'"))
    db.execute(text("UPDATE sign_in_failures SET last_at = now() - interval '2 days'"))
    db.execute(text("UPDATE devices SET last_seen_at = now() - interval '181 days'"))
    (job,) = (job for job in JOBS if job.name == "forget_sign_ins")
    job.run(db)
    for table in ("sessions", "ceremonies", "sign_in_failures", "devices"):
        assert db.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_a_session_in_use_is_not_forgotten(client: TestClient, db: Session) -> None:
    member(db, "reader")
    Browser(client).sign_in()
    sessions.forget_ended(db)
    assert count(db) == 1


def test_signing_out_ends_the_session_on_the_server(client: TestClient, db: Session) -> None:
    user = member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    token = browser.cookies["session"]
    answer = browser.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "session" not in browser.cookies
    assert not Browser(client, session=token).is_signed_in
    assert done(db, user) == ["signed in", "signed out"]


def test_signing_out_without_a_session_does_nothing(client: TestClient) -> None:
    assert Browser(client).post("/sign-out").status_code == 303


def test_people_see_where_they_are_signed_in(client: TestClient, db: Session) -> None:
    member(db, "reader")
    here, there = Browser(client), Browser(client)
    here.sign_in()
    there.sign_in()
    page = words(here.get("/account"))
    assert page.count("Firefox, Windows") == 2
    assert page.count("this one") == 1


def test_one_session_can_be_ended_from_another(client: TestClient, db: Session) -> None:
    member(db, "reader")
    here, there = Browser(client), Browser(client)
    there.sign_in()
    (id,) = db.scalars(text("SELECT id FROM sessions"))
    here.sign_in()
    assert here.post(f"/account/sessions/{id}/end").status_code == 303
    assert not there.is_signed_in
    assert here.is_signed_in
    assert db.scalar(text("SELECT record_id FROM history WHERE action = 'revoked'")) == id


def test_nobody_ends_the_session_of_somebody_else(client: TestClient, db: Session) -> None:
    member(db, "reader")
    member(db, "reader", email="other@example.org")
    victim, other = Browser(client), Browser(client)
    victim.sign_in()
    (id,) = db.scalars(text("SELECT id FROM sessions"))
    other.sign_in("other@example.org")
    assert other.is_signed_in
    assert other.post(f"/account/sessions/{id}/end").status_code == 404
    assert victim.is_signed_in


def test_all_others_can_be_ended_at_once(client: TestClient, db: Session) -> None:
    user = member(db, "reader")
    here, *others = browsers = [Browser(client) for _number in range(3)]
    for browser in browsers:
        browser.sign_in()
    here.post("/account/sessions/end")
    assert here.is_signed_in
    assert not any(browser.is_signed_in for browser in others)
    assert done(db, user)[-1] == "signed out elsewhere"


def test_what_a_thief_of_a_session_would_like_asks_to_sign_in_again(client: TestClient, db: Session) -> None:
    member(db, "reader", totp=True)
    browser = Browser(client)
    browser.sign_in()
    browser.post("/sign-in/code", code=code())
    db.execute(text("UPDATE sessions SET created_at = :then"), {"then": datetime.now(UTC) - timedelta(minutes=11)})
    db.commit()
    for address in ("/account/second-factor", "/account/second-factor/remove", "/account/recovery-codes"):
        answer = browser.post(address)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F")
    assert "Sign in once more" in words(browser.get("/sign-in?next=%2Faccount"))
