"""Shared by the tests of webhooks."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.webhooks.delivering import ask_for_due
from tests.announcements.happening import Happening
from tests.conftest import Cast
from tests.webhooks.receivers import Receiver, receiving


@pytest.fixture
def happening(client: TestClient, cast: Cast, db: Session) -> Happening:
    return Happening(client, cast, db)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as one:
        yield one


@pytest.fixture
def deliver(db: Session, work_off: Callable[..., None]) -> Callable[[], None]:
    """What the background process does: asks for what is due, and works it off."""

    def run() -> None:
        ask_for_due(db)
        db.commit()
        work_off(allow_private_addresses=True)
        db.expire_all()

    return run


@pytest.fixture
def later(db: Session) -> Callable[..., None]:
    """Time goes by: whatever is to happen is so much nearer, whatever was is so much longer ago."""

    def pass_by(hours: float) -> None:
        for table, columns in {
            "webhooks": ("next_try_at", "failing_since", "former_until", "created_at"),
            "deliveries": ("next_attempt_at", "taken_until", "patient_until", "created_at", "done_at"),
            "announcements": ("at",),
        }.items():
            moved = ", ".join(f"{column} = {column} - make_interval(secs => :seconds)" for column in columns)
            db.execute(text(f"UPDATE {table} SET {moved}"), {"seconds": hours * 3600})
        db.commit()
        db.expire_all()

    return pass_by
