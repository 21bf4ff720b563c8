"""Mails follow what the reader may see at the moment of sending, and whether the account serves."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.people.models import Passkey, User, UserRole
from tests.announcements.happening import Happening
from tests.conftest import Cast
from tests.make import add, make_subscription, make_user
from tests.subscriptions.conftest import Mails


@pytest.mark.parametrize(
    ("roles", "secret", "seen"),
    [
        ((), None, 1),
        (("reader",), None, 2),
        (("analyst",), None, 3),
        (("operator",), None, 1),
        (("operator",), b"x", 3),
    ],
)
def test_each_role_is_mailed_what_it_sees_when_it_signs_in(
    db: Session, happening: Happening, mails: Mails, roles: tuple[str, ...], secret: bytes | None, seen: int
) -> None:
    """Who needs a second factor and has none yet sees what is public."""
    make_subscription(db, make_user(db, *roles, organisation="OTHER", totp_secret=secret))
    for visibility in ("public", "partners", "centre", "own"):
        happening.log(visibility=visibility)
    happening.hand_on()
    assert (mails()[0].body or "").count("http://localhost:8000/events/") == seen


def test_a_passkey_is_a_second_factor(db: Session, happening: Happening, mails: Mails) -> None:
    user = make_user(db, "operator", organisation="OTHER")
    add(db, Passkey(user_id=user.id, credential_id=b"x", public_key=b"x", sign_count=0, name="Key"))
    make_subscription(db, user)
    happening.log(visibility="centre")
    happening.hand_on()
    assert len(mails()) == 1


def test_what_is_narrowed_between_the_change_and_the_mail_is_not_told(
    db: Session, reader: User, happening: Happening, mails: Mails
) -> None:
    make_subscription(db, reader)
    ref = happening.log()
    happening.hand_on()
    happening.change(ref, visibility="centre")
    happening.hand_on()
    assert mails() == []
    assert mails(60) == []


def test_who_lost_a_role_is_told_no_more(db: Session, reader: User, happening: Happening, mails: Mails) -> None:
    make_subscription(db, reader)
    happening.log(visibility="partners")
    happening.hand_on()
    db.query(UserRole).filter_by(user_id=reader.id).delete()
    db.commit()
    assert mails() == []


@pytest.mark.parametrize(
    "changes", [{"status": "suspended"}, {"status": "erased", "email": None}, {"status": "invited"}]
)
def test_only_accounts_that_serve_are_mailed(
    db: Session, reader: User, happening: Happening, mails: Mails, changes: dict[str, Any]
) -> None:
    make_subscription(db, reader)
    happening.log()
    happening.hand_on()
    for name, value in changes.items():
        setattr(reader, name, value)
    db.commit()
    assert mails() == []


def test_subscriptions_of_others_are_not_there(db: Session, client: TestClient, cast: Cast, reader: User) -> None:
    subscription = make_subscription(db, reader)
    db.commit()
    for asker in (cast.person("reader", organisation="TEST-ORG"), cast.person("administrator")):
        assert client.get(f"/subscriptions/{subscription.id}", headers=asker).status_code == 404
        assert client.post(f"/subscriptions/{subscription.id}", headers=asker).status_code == 404
        assert client.post(f"/subscriptions/{subscription.id}/end", headers=asker).status_code == 404
        assert str(subscription.id) not in client.get("/subscriptions", headers=asker).text
