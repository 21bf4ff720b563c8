"""One click ends a subscription, without signing in; its token serves for nothing else."""

import re
from email.message import EmailMessage

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.mail.actions import send_due, written
from app.people.models import Mail, User
from app.settings import Settings
from app.subscriptions import letters
from tests.announcements.happening import Happening
from tests.make import make_subscription
from tests.subscriptions.conftest import Mails


@pytest.fixture
def mail(db: Session, reader: User, happening: Happening, mails: Mails) -> Mail:
    make_subscription(db, reader)
    happening.log()
    happening.hand_on()
    return mails()[0]


def message(mail: Mail) -> EmailMessage:
    return written(mail, "portal@example.org", "8bit")


def path(link: str) -> str:
    return link.removeprefix("http://localhost:8000")


def left(db: Session) -> int:
    return int(db.scalar(text("SELECT count(*) FROM subscriptions")) or 0)


def test_the_headers_of_rfc_8058(mail: Mail) -> None:
    told = message(mail)
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<http://localhost:8000/unsubscribe\?token=[\w.%-]+&lang=en>", told["List-Unsubscribe"])


def test_a_mail_program_ends_it_by_one_request_without_cookies(client: TestClient, db: Session, mail: Mail) -> None:
    link = path(str(message(mail)["List-Unsubscribe"]).strip("<>"))
    for _twice in range(2):
        answer = client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert left(db) == 0


def test_the_link_in_the_text_shows_a_button_and_ends_nothing(client: TestClient, db: Session, mail: Mail) -> None:
    found = re.search(r"http://localhost:8000/unsubscribe\S+", mail.body or "")
    assert found
    page = client.get(path(found[0]))
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert left(db) == 1
    action = re.search(r'action="(/unsubscribe[^"]+)"', page.text)
    assert action
    assert client.post(action[1].replace("&amp;", "&")).status_code == 200
    assert left(db) == 0


def test_only_the_one_it_came_from_ends(client: TestClient, db: Session, reader: User, mail: Mail) -> None:
    make_subscription(db, reader)
    db.commit()
    client.post(path(str(message(mail)["List-Unsubscribe"]).strip("<>")))
    assert left(db) == 1


@pytest.mark.parametrize("token", ["x", "x.y", "0198c7a2-6e0b-7c3e-9f52-2d1a5b8c4e11", "." * 250, "é.é"])
def test_what_is_no_token_ends_nothing(client: TestClient, db: Session, mail: Mail, token: str) -> None:
    assert client.post("/unsubscribe", params={"token": token}).status_code == 404
    assert left(db) == 1


def test_another_subscriptions_token_cannot_be_made_of_this_one(
    client: TestClient, db: Session, reader: User, mail: Mail
) -> None:
    other = make_subscription(db, reader)
    db.commit()
    found = re.search(r"token=([^&\s]+)", mail.body or "")
    assert found
    forged = f"{other.id}.{found[1].partition('.')[2]}"
    assert client.post("/unsubscribe", params={"token": forged}).status_code == 404
    assert letters.subscription_of(forged) is None


def test_the_token_opens_nothing_else(client: TestClient, mail: Mail) -> None:
    found = re.search(r"token=([^&\s]+)", mail.body or "")
    assert found
    token = found[1]
    for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"session={token}"}):
        answer = client.get("/subscriptions", headers=headers, follow_redirects=False)
        assert answer.status_code in (303, 401)


def test_it_is_gone_from_the_outbox_once_the_mail_is_out(db: Session, mail: Mail, tmp_path: object) -> None:
    send_due(db, Settings(_env_file=None, mail_folder=str(tmp_path)))  # type: ignore[call-arg]
    db.expire_all()
    sent = db.get_one(Mail, mail.id)
    assert (sent.sent_at is not None, sent.headers, sent.body) == (True, None, None)
