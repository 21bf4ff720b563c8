"""A receiver is sent what its organisation may see at the moment of sending, and learns of nothing else."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.webhooks.models import Delivery
from tests.announcements.happening import Happening
from tests.conftest import Cast
from tests.make import make_webhook
from tests.webhooks.receivers import Receiver

Run = Callable[[], None]
Later = Callable[[float], None]


@pytest.mark.parametrize(
    ("sees", "organisation", "expected"),
    [
        ("public", "TEST-ORG", ["public"]),
        ("partners", "TEST-ORG", ["partners", "public"]),
        ("centre", "TEST-ORG", ["centre", "partners", "public"]),
        ("public", "CESDRR", ["centre", "own", "partners", "public"]),
    ],
)
def test_each_audience_is_sent_its_own(
    db: Session,
    happening: Happening,
    receiver: Receiver,
    deliver: Run,
    sees: str,
    organisation: str,
    expected: list[str],
) -> None:
    """What the operator of the Centre logs belongs to the Centre."""
    make_webhook(db, receiver.url, organisation, sees=sees)
    db.commit()
    for visibility in ("public", "partners", "centre", "own"):
        happening.log(visibility=visibility)
    happening.hand_on()
    deliver()
    assert sorted(body["record"]["visibility"] for body in receiver.bodies) == expected


def test_a_webhook_of_somebody_limited_to_countries_sees_there_only(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    make_webhook(db, receiver.url, sees="partners", limited_to=["KGZ"])
    db.commit()
    happening.log(visibility="partners")
    there = happening.log(visibility="partners", countries=["KGZ"], areas=[])
    happening.hand_on()
    deliver()
    assert [body["ref"] for body in receiver.bodies] == [there]


def test_that_an_event_was_narrowed_is_not_told_to_those_who_no_longer_see_it(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    make_webhook(db, receiver.url)
    db.commit()
    ref = happening.log()
    happening.hand_on()
    deliver()
    happening.change(ref, visibility="centre")
    happening.hand_on()
    deliver()
    assert receiver.types == ["event.logged"]
    assert len(db.scalars(select(Delivery)).all()) == 1


def test_what_is_narrowed_before_it_is_sent_again_is_withheld(
    db: Session, client: TestClient, cast: Cast, happening: Happening, receiver: Receiver, deliver: Run, later: Later
) -> None:
    webhook = make_webhook(db, receiver.url)
    db.commit()
    receiver.says = [500, 200]
    ref = happening.log()
    happening.hand_on()
    deliver()
    happening.change(ref, visibility="centre")
    later(1)
    deliver()
    assert len(receiver.got) == 1
    assert db.scalars(select(Delivery)).one().state == "withheld"
    page = client.get(f"/webhooks/{webhook.id}", headers=cast.person("approver", organisation="TEST-ORG"))
    assert page.status_code == 200
    assert ref not in page.text


def test_what_was_narrowed_before_it_was_handed_on_leaves_no_trace(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    make_webhook(db, receiver.url)
    db.commit()
    ref = happening.log()
    happening.change(ref, visibility="own")
    happening.hand_on()
    deliver()
    assert receiver.got == []
    assert db.scalar(text("SELECT count(*) FROM deliveries")) == 0


def test_that_an_event_is_withdrawn_is_told_without_its_record(
    db: Session, client: TestClient, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    make_webhook(db, receiver.url)
    db.commit()
    ref = happening.log()
    tag = client.get(f"/api/v1/events/{ref}", headers=happening.headers).headers["etag"]
    headers = happening.headers | {"If-Match": tag}
    answer = client.post(f"/api/v1/events/{ref}/withdraw", json={"reason": "Nothing happened"}, headers=headers)
    assert answer.status_code == 200, answer.text
    happening.hand_on()
    deliver()
    told = [(body["type"], body["record"]) for body in receiver.bodies if body["type"] == "event.withdrawn"]
    assert told == [("event.withdrawn", None)]
