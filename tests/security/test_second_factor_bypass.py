"""Ways around the second factor: none of them leads in."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import links
from app.secrets import decrypt, token_hash
from tests.accounts.signing_in import PASSWORD, Browser, code, member
from tests.conftest import Cast
from tests.make import make_session

NEW = "nine lanterns under the glacier"


def test_a_code_serves_once(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    first, second = Browser(client), Browser(client)
    shown = code()
    for browser in (first, second):
        browser.sign_in()
        browser.post("/sign-in/code", code=shown)
    assert first.is_signed_in
    assert not second.is_signed_in


@pytest.mark.parametrize("given", ["", "000000", " ", "1", "abcdef", "0" * 10_000, "١٢٣٤٥٦", "null", "123456\x00"])
def test_what_is_no_code_is_none(client: TestClient, db: Session, given: str) -> None:
    member(db, "operator", totp=True)
    browser = Browser(client)
    browser.sign_in()
    assert browser.post("/sign-in/code", code=given).status_code in (422, 429)
    assert browser.post("/sign-in/code", recovery_code=given).status_code in (422, 429)
    assert not browser.is_signed_in


def test_codes_cannot_be_tried_one_after_the_other(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    browser = Browser(client)
    browser.sign_in()
    statuses = [browser.post("/sign-in/code", code=f"{number:06}").status_code for number in range(12)]
    assert 429 in statuses
    assert not browser.is_signed_in


def test_the_second_step_of_one_person_is_not_that_of_another(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    member(db, "operator", email="mallory@example.org", totp_secret=None)
    victim, attacker = Browser(client), Browser(client)
    victim.sign_in()
    attacker.cookies["second_factor"] = victim.cookies["second_factor"] + "x"
    assert attacker.post("/sign-in/code", code=code()).headers["location"] == "/sign-in"
    assert not attacker.is_signed_in


@pytest.mark.parametrize("path", ["/account", "/people", "/keys", "/history", "/api/v1/events?limit=1"])
def test_after_the_first_step_alone_nothing_more_is_open(client: TestClient, db: Session, path: str) -> None:
    member(db, "operator", "administrator", totp=True)
    browser = Browser(client)
    browser.sign_in()
    answer = browser.get(path)
    anonymous = client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("location")) == (
        anonymous.status_code, anonymous.headers.get("location"),
    )  # fmt: skip


def test_rights_that_need_two_factors_sleep_in_a_session_of_one(client: TestClient, db: Session) -> None:
    user = member(db, "operator", "administrator")
    token = make_session(db, user, strength="password", second_factor=False)
    db.commit()
    browser = Browser(client, session=token)
    for path in ("/people", "/keys", "/history", "/api/v1/history"):
        assert browser.get(path).status_code == 403, path
    assert browser.ask("POST", "/api/v1/events", json={}).status_code == 403


def test_a_new_password_by_mail_does_not_do_without_the_second_factor(client: TestClient, db: Session) -> None:
    user = member(db, "operator", totp=True)
    token = links.make(db, links.RECOVERY, user.id)
    db.commit()
    browser = Browser(client)
    browser.get(f"/recover/new-password?token={token}")
    answer = browser.post("/recover/new-password", password=NEW, again=NEW)
    assert answer.headers["location"] == "/sign-in/code"
    assert not browser.is_signed_in


def test_whoever_knows_the_password_cannot_replace_the_factor_that_was_set_up_meanwhile(
    client: TestClient, db: Session
) -> None:
    """An attacker is led to set one up, and waits; the person sets up theirs; the attacker goes on."""
    user = member(db, "operator")
    attacker, person = Browser(client), Browser(client)
    for browser in (attacker, person):
        browser.sign_in()
    planted = secret_of(db, attacker)
    person.post("/sign-in/second-factor", code=code(secret=secret_of(db, person)))
    assert person.is_signed_in
    attacker.post("/sign-in/second-factor", code=code(secret=planted))
    assert not attacker.is_signed_in
    actions = db.scalars(text("SELECT action FROM history WHERE record_id = :id"), {"id": user.id}).all()
    assert "second factor replaced" not in actions


def test_a_new_password_ends_what_was_begun_with_the_old_one(client: TestClient, db: Session) -> None:
    user = member(db, "operator")
    attacker = Browser(client)
    attacker.sign_in()
    planted = secret_of(db, attacker)
    token = links.make(db, links.RECOVERY, user.id)
    db.commit()
    person = Browser(client)
    person.get(f"/recover/new-password?token={token}")
    person.post("/recover/new-password", password=NEW, again=NEW)
    attacker.post("/sign-in/second-factor", code=code(secret=planted))
    assert not attacker.is_signed_in


def secret_of(db: Session, browser: Browser) -> str:
    """What the app was told, read where the ceremony keeps it."""
    db.rollback()
    kept = db.scalar(
        text("SELECT state ->> 'secret' FROM ceremonies WHERE token_hash = :hash"),
        {"hash": token_hash(browser.cookies["second_factor_new"])},
    )
    return decrypt(str(kept).encode())


def test_a_thief_of_a_session_does_not_change_what_it_signs_in_with(
    client: TestClient, db: Session, cast: Cast
) -> None:
    """tests/accounts/test_sessions.py: after ten minutes the person is asked to sign in again. Here: each door that counts."""
    user = member(db, "operator", "administrator", totp=True)
    token = make_session(db, user)
    db.execute(text("UPDATE sessions SET created_at = created_at - interval '11 minutes'"))
    db.commit()
    browser, before = Browser(client, session=token), state(db)
    for path in (
        "/account/second-factor", "/account/second-factor/remove", "/account/recovery-codes", "/people/invite", "/keys",
        "/account/passkeys/options", "/account/passkeys",
    ):  # fmt: skip
        answer = browser.post(path)
        went = answer.headers.get("location") or answer.text
        assert "/sign-in" in went or answer.status_code in (403, 422), (path, went[:200])
    assert state(db) == before
    wrong = browser.post("/account/password", present="a wrong one", password=NEW, again=NEW)
    assert wrong.status_code == 422
    assert PASSWORD not in wrong.text


def state(db: Session) -> list[int]:
    db.rollback()
    tables = ("passkeys", "api_keys", "recovery_codes", "one_time_links")
    return [db.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables]
