"""One's own account: what can be changed there, and what is said about it on every page."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.accounts.signing_in import PASSWORD, Browser, let_pass, member, words
from tests.conftest import Cast
from tests.make import make_session

NEW = "nine herons wait by the weir"


@pytest.fixture
def here(client: TestClient, db: Session) -> Browser:
    member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    return browser


def test_people_see_who_they_are_here(client: TestClient, db: Session) -> None:
    member(db, "requester", organisation="TEST-ORG", countries=("KGZ", "TJK"))
    browser = Browser(client)
    browser.sign_in()
    page = words(browser.get("/account"))
    for said in ("Test-Org", "aida@example.org", "Requester (Kyrgyzstan, Tajikistan)"):
        assert said in page


def test_name_and_language_can_be_changed(here: Browser, db: Session) -> None:
    assert here.post("/account", name="  Аида \t Нурланова ", language="ru").status_code == 303
    assert db.execute(text("SELECT name, language FROM users")).one() == ("Аида Нурланова", "ru")
    assert here.cookies["lang"] == "ru"
    assert 'lang="ru"' in here.get("/account").text
    before, after = db.execute(text("SELECT before, after FROM history WHERE action = 'changed'")).one()
    assert (before["language"], after["language"]) == ("en", "ru")
    assert set(before["name"]) == {"personal", "digest"}


@pytest.mark.parametrize(("name", "language"), [("", "en"), ("x" * 201, "en"), ("Ai\x07da", "en"), ("Aida", "xx")])
def test_a_name_that_is_none_is_refused_and_kept_in_the_form(
    here: Browser, db: Session, name: str, language: str
) -> None:
    answer = here.post("/account", name=name, language=language)
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert f'value="{name}"' in answer.text
    assert db.scalar(text("SELECT name FROM users")) == "Aida Test"


def test_a_form_changes_nothing_but_its_own_fields(here: Browser, db: Session) -> None:
    here.post("/account", name="Aida", language="en", email="boss@example.org", status="erased", organisation_id="x")
    assert db.execute(text("SELECT email, status FROM users")).one() == ("aida@example.org", "active")


# -- the password


def test_a_new_password_serves_and_ends_the_other_sessions(here: Browser, client: TestClient, db: Session) -> None:
    there = Browser(client)
    there.sign_in()
    assert here.post("/account/password", present=PASSWORD, password=NEW, again=NEW).status_code == 303
    assert here.is_signed_in
    assert not there.is_signed_in
    assert Browser(client).sign_in(password=PASSWORD).status_code == 422
    assert Browser(client).sign_in(password=NEW).status_code == 303
    assert "password changed" in set(db.scalars(text("SELECT action FROM history")))
    assert db.scalar(text("SELECT recipient FROM mails")) == "aida@example.org"


@pytest.mark.parametrize(
    ("present", "password", "again", "said"),
    [
        ("not this one", NEW, NEW, "This is not your present password."),
        (PASSWORD, "short", "short", "At least 12 characters"),
        (PASSWORD, "password1234", "password1234", "among the first that an attacker tries"),
        (PASSWORD, "aida@example.org", "aida@example.org", "among the first that an attacker tries"),
        (PASSWORD, NEW, NEW + ".", "The two are not the same."),
    ],
)
def test_a_password_that_cannot_be_is_refused(
    here: Browser, client: TestClient, present: str, password: str, again: str, said: str
) -> None:
    answer = here.post("/account/password", present=present, password=password, again=again)
    assert answer.status_code == 422
    assert said in words(answer)
    assert password not in answer.text or "@" in password
    assert Browser(client).sign_in().status_code == 303


def test_who_took_a_session_cannot_try_out_passwords(here: Browser, db: Session) -> None:
    tried = [here.post("/account/password", present=f"guess {n}", password=NEW, again=NEW) for n in range(8)]
    assert [answer.status_code for answer in tried] == [422] * 5 + [429] * 3
    assert int(tried[-1].headers["retry-after"]) > 0
    let_pass(db, "15 minutes")
    assert here.post("/account/password", present=PASSWORD, password=NEW, again=NEW).status_code == 303


def test_who_has_no_password_sets_one_after_signing_in_anew(client: TestClient, db: Session, cast: Cast) -> None:
    headers = cast.person("reader", email="key@example.org")
    given = {"password": NEW, "again": NEW}
    assert client.post("/account/password", data=given, headers=headers, follow_redirects=False).status_code == 303
    assert db.scalar(text("SELECT password_hash IS NOT NULL FROM users"))
    db.execute(text("UPDATE users SET password_hash = NULL"))
    db.execute(text("UPDATE sessions SET created_at = now() - interval '11 minutes'"))
    db.commit()
    answer = client.post("/account/password", data=given, headers=headers, follow_redirects=False)
    assert answer.headers["location"].startswith("/sign-in")
    assert db.scalar(text("SELECT password_hash IS NULL FROM users"))


# -- who may


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/account"),
        ("POST", "/account"),
        ("POST", "/account/password"),
        ("POST", "/account/second-factor"),
        ("POST", "/account/second-factor/remove"),
        ("POST", "/account/recovery-codes"),
        ("POST", "/account/sessions/end"),
        ("POST", "/account/sessions/0190d1a0-0000-7000-8000-000000000000/end"),
    ],
)
def test_an_account_is_for_who_is_signed_in(client: TestClient, cast: Cast, method: str, path: str) -> None:
    answer = Browser(client).ask(method, path)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")
    key = cast.program("events:write")
    assert client.request(method, path, headers=key).status_code == 403


def test_an_operator_without_second_factor_is_told_so(client: TestClient, db: Session) -> None:
    token = make_session(db, member(db, "operator"), second_factor=False)
    db.commit()
    assert "Your role needs a second factor" in words(Browser(client, session=token).get("/account"))


# -- the corner of the masthead


def test_strangers_find_the_way_in_on_every_page(client: TestClient) -> None:
    page = client.get("/events?country=KAZ").text
    assert 'href="/sign-in?next=/events%3Fcountry%3DKAZ"' in page
    assert "/sign-out" not in page


def test_the_known_see_who_they_are_and_the_way_out(here: Browser) -> None:
    page = here.get("/events")
    assert "Aida Test CESDRR" in words(page)
    assert '<form method="post" action="/sign-out">' in page.text
    assert "/sign-in" not in page.text


def test_a_name_cannot_bring_anything_into_the_page(client: TestClient, db: Session) -> None:
    member(db, "reader", name='<img src=x onerror="alert(1)">')
    browser = Browser(client)
    browser.sign_in()
    for path in ("/events", "/account"):
        assert "<img" not in browser.get(path).text
