"""Signing in with a password: who it lets in, and that it tells nobody who has an account."""

import pytest
import structlog
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from structlog.testing import CapturingLogger

from app.accounts import hashing, passwords, sessions, sign_in
from app.accounts.hashing import HASHER
from app.accounts.sign_in import local_path
from tests.accounts.signing_in import PASSWORD, Browser, done, member, words

ELSEWHERE = ["//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "/\t/evil.example",
             "\\\\evil.example", "https://evil.example",
             "http:evil.example", "javascript:alert(1)", "%2f%2fevil.example", "/\n/evil.example", " //evil.example",
             "evil.example", "", "/" + "a" * 3000]  # fmt: skip


def test_a_password_lets_in_who_needs_no_second_factor(client: TestClient, db: Session) -> None:
    user = member(db, "reader")
    browser = Browser(client)
    answer = browser.sign_in(next="/events?country=KAZ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/events?country=KAZ")
    assert "Aida Test" in words(browser.get("/events"))
    assert done(db, user) == ["signed in"]


def test_the_address_may_be_written_in_any_case(client: TestClient, db: Session) -> None:
    member(db, "reader", email="Aida@Example.org")
    browser = Browser(client)
    browser.sign_in(" aida@example.ORG ")
    assert browser.is_signed_in


def test_who_is_not_known_is_sent_to_sign_in_and_comes_back(client: TestClient, db: Session) -> None:
    member(db, "reader")
    browser = Browser(client)
    assert browser.get("/account").headers["location"] == "/sign-in?next=%2Faccount"
    assert 'name="next" value="/account"' in browser.get("/sign-in?next=%2Faccount").text


@pytest.mark.parametrize(
    ("email", "password", "changes"),
    [
        ("aida@example.org", "a wrong password", {}),
        ("nobody@example.org", PASSWORD, {}),
        ("aida@example.org", PASSWORD, {"status": "suspended"}),
        ("aida@example.org", PASSWORD, {"status": "erased"}),
        ("aida@example.org", PASSWORD, {"password_hash": None}),
        ("aida@example.org", "", {}),
        ("aida@example.org", PASSWORD + "x" * 200, {}),
    ],
    ids=["wrong", "unknown", "suspended", "erased", "without password", "empty", "too long"],
)
def test_every_refusal_is_the_same(
    client: TestClient, db: Session, email: str, password: str, changes: dict[str, str | None]
) -> None:
    member(db, "reader", **changes)
    browser = Browser(client)
    answer = browser.sign_in(email, password)
    assert answer.status_code == 422
    assert "The e-mail address or the password is wrong." in words(answer)
    assert f'value="{email}"' in answer.text
    assert "set-cookie" not in answer.headers
    assert browser.cookies == {}


@pytest.mark.parametrize(
    "email", ["aida@example.org", "nobody@example.org", "suspended@example.org", "new@example.org"]
)
def test_every_attempt_costs_one_comparison(
    client: TestClient, db: Session, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    member(db, "reader")
    member(db, "reader", email="suspended@example.org", status="suspended")
    member(db, "reader", email="new@example.org", status="invited", password_hash=None)
    asked, ask = [], passwords.ask
    monkeypatch.setattr(passwords, "ask", lambda question: asked.append(question) or ask(question))
    Browser(client).sign_in(email, "a wrong password")
    assert [(one["password"], one["kept"] is not None) for one in asked] == [
        ("a wrong password", email.startswith(("aida", "suspended")))
    ]


@pytest.mark.parametrize("kept", [None, "not a hash", HASHER.hash(PASSWORD)], ids=["nobody", "odd", "known"])
def test_every_comparison_is_one(monkeypatch: pytest.MonkeyPatch, kept: str | None) -> None:
    compared = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *given: compared.append(given) or verify(*given))
    hashing.answer_to({"password": "a wrong password", "kept": kept}, HASHER.hash("nobody's"))
    assert len(compared) == 1


def test_a_failure_stands_in_the_history_of_the_account_without_the_address_in_plain(
    client: TestClient, db: Session
) -> None:
    user = member(db, "reader")
    Browser(client).sign_in(password="a wrong password")
    assert done(db, user) == ["sign-in failed"]
    (after,) = db.scalars(text("SELECT after FROM history WHERE action = 'sign-in failed'"))
    assert after["with"] == "password"
    assert set(after["address"]) == {"personal", "digest"}


def test_each_attempt_is_logged_without_what_was_typed(
    client: TestClient, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = CapturingLogger()
    for place in (sign_in, sessions):
        monkeypatch.setattr(place, "log", structlog.wrap_logger(lines, processors=[]))
    user = member(db, "reader")
    Browser(client).sign_in(password="a wrong password")
    Browser(client).sign_in("nobody@example.org", "another wrong one")
    Browser(client).sign_in()
    logged = [call.kwargs for call in lines.calls]
    assert [(one["outcome"], one["user"]) for one in logged] == [
        ("refused", str(user.id)), ("refused", None), ("signed in", str(user.id)),
    ]  # fmt: skip
    assert not any(typed in str(logged) for typed in ("wrong", "aida", "nobody", PASSWORD))


@pytest.mark.parametrize("next", ELSEWHERE)
def test_nobody_is_led_elsewhere(client: TestClient, db: Session, next: str) -> None:
    member(db, "reader")
    assert local_path(next) in ("/", "/events")
    assert Browser(client).sign_in(next=next).headers["location"] == "/"


def test_pages_of_signing_in_are_not_kept(client: TestClient, db: Session) -> None:
    member(db, "reader")
    browser = Browser(client)
    assert browser.get("/sign-in").headers["cache-control"] == "no-store"
    assert browser.sign_in(password="a wrong password").headers["cache-control"] == "no-store"
    assert browser.sign_in().headers["cache-control"] == "no-store"
    assert browser.get("/account").headers["cache-control"] == "no-store"


def test_a_browser_without_a_language_speaks_that_of_the_person(client: TestClient, db: Session) -> None:
    member(db, "reader", language="ru")
    fresh, chosen = Browser(client), Browser(client, lang="en")
    fresh.sign_in()
    chosen.sign_in()
    assert (fresh.cookies["lang"], chosen.cookies["lang"]) == ("ru", "en")


def test_a_hash_of_other_parameters_is_made_anew(client: TestClient, db: Session) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    user = member(db, "reader", password_hash=old)
    Browser(client).sign_in()
    db.refresh(user)
    assert user.password_hash
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert Browser(client).sign_in().status_code == 303


def test_another_site_cannot_sign_a_browser_in(client: TestClient, db: Session) -> None:
    member(db, "reader")
    given = {"email": "aida@example.org", "password": PASSWORD}
    answer = client.post("/sign-in", data=given, headers={"Sec-Fetch-Site": "cross-site"}, follow_redirects=False)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
