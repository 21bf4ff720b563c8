"""A forgotten password: the same answer for everybody, a mail for those who have an account, and every session ended."""

from urllib.parse import urlsplit

import pyotp
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import recovery
from app.people.models import Ceremony, Mail, User, UserSession
from app.secrets import encrypt
from tests.mail.letters_read import letters_to, link_in
from tests.make import make_session, make_user

EMAIL = "bolot@example.org"
PASSWORD = "nine brown camels rest"
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def person(db: Session) -> User:
    person = make_user(db, "contributor", organisation="KGZ-MES", email=EMAIL, name="Bolot")
    db.commit()
    return person


def ask(client: TestClient, email: str = EMAIL) -> object:
    return client.post("/recover", data={"email": email}, headers=HERE)


def do_job(db: Session) -> None:
    recovery.answer_asked(db, "https://portal.example.org")
    db.commit()


def link(client: TestClient, db: Session) -> str:
    ask(client)
    do_job(db)
    return link_in(letters_to(db, EMAIL)[0])


def choose(client: TestClient, password: str = PASSWORD) -> object:
    data = {"password": password, "again": password}
    return client.post("/recover/new-password", data=data, headers=HERE, follow_redirects=False)


def test_from_the_mail_to_a_new_password(client: TestClient, db: Session, person: User) -> None:
    make_session(db, person)
    db.commit()
    assert client.get(link(client, db)).status_code == 200
    assert choose(client).status_code == 303
    assert client.get("/account").status_code == 200, "signed in"
    db.rollback()
    assert db.scalar(select(func.count()).select_from(UserSession)) == 1, "the sessions that there were have ended"
    assert letters_to(db, EMAIL)[0].subject == "Your password was changed"
    client.cookies.clear()
    answer = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}, headers=HERE, follow_redirects=False)
    assert answer.status_code == 303


@pytest.mark.parametrize("other", ["nobody@example.org", "suspended@example.org", "invited@example.org"])
def test_nobody_learns_who_has_an_account(client: TestClient, db: Session, person: User, other: str) -> None:
    for status in ("suspended", "invited"):
        make_user(db, email=f"{status}@example.org", status=status)
    db.commit()
    known, unknown = ask(client), ask(client, other)
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert known.text.replace(EMAIL, "") == unknown.text.replace(other, "")
    assert dict(known.headers).keys() == dict(unknown.headers).keys()
    do_job(db)
    assert len(letters_to(db, EMAIL)) == 1
    assert letters_to(db, other) == []


def test_asking_is_the_same_work_for_all_and_looks_nobody_up(client: TestClient, db: Session, person: User) -> None:
    ask(client)
    ask(client, "nobody@example.org")
    kept = db.scalars(select(Ceremony).where(Ceremony.purpose == recovery.ASKED)).all()
    assert len(kept) == 2
    assert db.scalar(select(func.count()).select_from(Mail)) == 0
    do_job(db)
    assert db.scalar(select(func.count()).select_from(Ceremony)) == 0


def test_who_asks_too_often_is_told_the_same_and_gets_no_more_mails(
    client: TestClient, db: Session, person: User
) -> None:
    answers = {ask(client).text for _ in range(12)}
    assert len(answers) == 1
    do_job(db)
    assert len(letters_to(db, EMAIL)) <= 6


def test_whoever_signs_in_is_not_slowed_by_others_who_ask(client: TestClient, db: Session, person: User) -> None:
    client.get(link(client, db))
    choose(client)
    client.cookies.clear()
    for _ in range(12):
        ask(client)
    answer = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}, headers=HERE, follow_redirects=False)
    assert answer.status_code == 303


def test_the_second_factor_stays(client: TestClient, db: Session, person: User) -> None:
    person.totp_secret = encrypt(pyotp.random_base32())
    db.commit()
    client.get(link(client, db))
    assert choose(client).headers["location"] == "/sign-in/code"
    assert client.get("/account", follow_redirects=False).headers["location"].startswith("/sign-in")


def test_a_link_serves_once_and_only_the_newest(client: TestClient, db: Session, person: User) -> None:
    first = link(client, db)
    second = link(client, db)
    assert client.get(first).status_code == 410
    client.cookies.clear()
    assert client.get(second).status_code == 200
    assert choose(client).status_code == 303
    client.cookies.clear()
    assert client.get(second).status_code == 410
    assert choose(client, "yet another long password").status_code == 410


def test_after_an_hour_it_serves_no_more(client: TestClient, db: Session, person: User) -> None:
    path = link(client, db)
    db.execute(text("UPDATE one_time_links SET expires_at = now()"))
    db.commit()
    dead = client.get(path)
    assert dead.status_code == 410
    assert "/recover" in dead.text


def test_whoever_was_suspended_since_they_asked_gets_nothing(client: TestClient, db: Session, person: User) -> None:
    path = link(client, db)
    person.status = "suspended"
    db.commit()
    assert client.get(path).status_code == 410
    assert choose(client).status_code == 410


def test_what_is_no_address_is_said(client: TestClient) -> None:
    assert ask(client, "bolot").status_code == 422
    assert ask(client, "").status_code == 422


def test_the_address_loses_the_token(client: TestClient, db: Session, person: User) -> None:
    answer = client.get(link(client, db), follow_redirects=False)
    assert answer.status_code == 303
    assert "token" not in urlsplit(answer.headers["location"]).query
    assert answer.headers.get_list("referrer-policy") == ["no-referrer"]
