"""Shared by the tests of subscriptions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.people.models import Mail, User
from app.subscriptions import mailing
from tests.announcements.happening import Happening
from tests.conftest import Cast
from tests.make import make_user

Mails = Callable[..., list[Mail]]


@pytest.fixture
def happening(client: TestClient, cast: Cast, db: Session) -> Happening:
    return Happening(client, cast, db)


@pytest.fixture
def reader(db: Session) -> User:
    user = make_user(db, "reader", organisation="TEST-ORG", email="reader@example.org")
    db.commit()
    return user


@pytest.fixture
def mails(db: Session) -> Mails:
    """Runs the job as if so many minutes had gone by; the mails that it put into the outbox."""

    def run(minutes: float = 0, at: datetime | None = None) -> list[Mail]:
        before = set(db.scalars(select(Mail.id)))
        mailing.mail_due(db, (at or datetime.now(UTC)) + timedelta(minutes=minutes))
        db.commit()
        return [mail for mail in db.scalars(select(Mail).order_by(Mail.id)) if mail.id not in before]

    return run
