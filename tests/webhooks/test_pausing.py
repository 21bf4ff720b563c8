"""A webhook that fails for days is paused and its owners are mailed; resumed, it gets what it missed."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.people.models import Mail
from app.webhooks.models import Delivery, Webhook
from tests.announcements.happening import Happening
from tests.conftest import Cast
from tests.make import make_webhook
from tests.webhooks.receivers import Receiver

Run = Callable[[], None]
Later = Callable[[float], None]


@pytest.fixture
def owner_of_it(cast: Cast) -> dict[str, str]:
    return cast.person("approver", organisation="TEST-ORG", email="owner@example.org", language="ru")


@pytest.fixture
def paused(
    db: Session, owner_of_it: dict[str, str], happening: Happening, receiver: Receiver, deliver: Run, later: Later
) -> Webhook:
    webhook = make_webhook(db, receiver.url)
    db.commit()
    receiver.says = [500]
    for _ in range(14):
        happening.log()
        happening.hand_on()
        deliver()
        later(6.5)
    db.refresh(webhook)
    return webhook


def test_after_three_days_it_is_paused_and_its_owners_are_told_in_their_language(
    db: Session, paused: Webhook, receiver: Receiver, deliver: Run, later: Later
) -> None:
    assert (paused.state, paused.because) == ("paused", "failing")
    mail = db.scalars(select(Mail)).one()
    assert mail.recipient == "owner@example.org"
    assert paused.name in mail.subject
    assert f"/webhooks/{paused.id}" in (mail.body or "")
    sent = len(receiver.got)
    later(24)
    deliver()
    assert len(receiver.got) == sent


def test_resumed_it_gets_all_that_it_missed_each_once(
    db: Session, client: TestClient, owner_of_it: dict[str, str], paused: Webhook, happening: Happening,
    receiver: Receiver, deliver: Run,
) -> None:  # fmt: skip
    happening.log()
    happening.hand_on()
    receiver.says, before = [200], len(receiver.got)
    answer = client.post(f"/webhooks/{paused.id}/resume", data={"with_missed": "true"}, headers=owner_of_it)
    assert answer.status_code == 200
    deliver()
    assert {one.state for one in db.scalars(select(Delivery))} == {"delivered"}
    ids = [headers["webhook-id"] for headers, _body in receiver.got[before:]]
    assert len(ids) == len(set(ids)) == 15


def test_resumed_without_it_is_sent_only_what_happens_from_now_on(
    db: Session, client: TestClient, owner_of_it: dict[str, str], paused: Webhook, happening: Happening,
    receiver: Receiver, deliver: Run,
) -> None:  # fmt: skip
    receiver.says, before = [200], len(receiver.got)
    client.post(f"/webhooks/{paused.id}/resume", data={}, headers=owner_of_it)
    deliver()
    assert len(receiver.got) == before
    happening.log()
    happening.hand_on()
    deliver()
    assert len(receiver.got) == before + 1


def test_a_test_is_sent_even_while_it_is_paused(
    db: Session, client: TestClient, owner_of_it: dict[str, str], paused: Webhook, receiver: Receiver, deliver: Run
) -> None:
    receiver.says, before = [200], len(receiver.got)
    client.post(f"/webhooks/{paused.id}/test", headers=owner_of_it)
    deliver()
    assert receiver.types[before:] == ["webhook.test"]
    db.refresh(paused)
    assert paused.state == "paused"
