"""What a receiver refuses is tried again for three days, under the same id, ever more seldom; the others go on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.webhooks import delivering
from app.webhooks.models import Delivery, Webhook
from tests.announcements.happening import Happening
from tests.make import make_webhook
from tests.webhooks.receivers import Receiver, receiving

Run = Callable[[], None]
Later = Callable[[float], None]


@pytest.fixture
def webhook(db: Session, receiver: Receiver) -> Webhook:
    webhook = make_webhook(db, receiver.url)
    db.commit()
    return webhook


@pytest.mark.parametrize("status", [500, 503, 404, 429, 301, 302, 100 + 304])
def test_any_other_answer_than_2xx_is_tried_again_under_the_same_id(
    db: Session, webhook: Webhook, happening: Happening, receiver: Receiver, deliver: Run, later: Later, status: int
) -> None:
    receiver.says = [status, 204]
    receiver.headers = {"Location": receiver.url}
    happening.log()
    happening.hand_on()
    deliver()
    deliver()  # it is not due yet
    assert len(receiver.got) == 1
    later(1)
    deliver()
    ids = [headers["webhook-id"] for headers, _body in receiver.got]
    assert len(ids) == 2
    assert ids[0] == ids[1]
    assert db.scalars(select(Delivery)).one().state == "delivered"


def test_waiting_grows_from_seconds_to_six_hours() -> None:
    waits = [delivering.wait(failures).total_seconds() for failures in range(1, 60)]
    assert 4 <= waits[0] <= 6
    assert all(wait <= 6 * 3600 * 1.2 for wait in waits)
    assert waits[20] >= 6 * 3600 * 0.8
    assert len({round(delivering.wait(3).total_seconds(), 6) for _ in range(5)}) == 5


@pytest.mark.parametrize("as_date", [False, True])
def test_a_receiver_says_when_to_come_back(
    db: Session, webhook: Webhook, happening: Happening, receiver: Receiver, deliver: Run, later: Later, as_date: bool
) -> None:
    at = datetime.now(UTC) + timedelta(hours=2)
    receiver.says, receiver.headers = [503], {"Retry-After": format_datetime(at, usegmt=True) if as_date else "7200"}
    happening.log()
    happening.hand_on()
    deliver()
    later(1.9)
    deliver()
    assert len(receiver.got) == 1
    later(0.2)
    deliver()
    assert len(receiver.got) == 2


@pytest.mark.parametrize("said", ["", "soon", "-5", "1e9", "²", "9" * 4000, "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_nonsense_about_when_is_no_harm(said: str) -> None:
    now = datetime.now(UTC)
    at = delivering.retry_after(said, now)
    assert at is None or now <= at <= now + timedelta(days=1)


def test_gone_ends_the_webhook_and_its_owners_are_told(
    db: Session, webhook: Webhook, happening: Happening, receiver: Receiver, deliver: Run, later: Later
) -> None:
    receiver.says = [410]
    happening.log()
    happening.hand_on()
    deliver()
    db.refresh(webhook)
    assert (webhook.state, webhook.because) == ("ended", "gone")
    happening.log()
    happening.hand_on()
    later(24)
    deliver()
    assert len(receiver.got) == 1


def test_it_is_given_up_after_three_days(
    db: Session, webhook: Webhook, happening: Happening, receiver: Receiver, deliver: Run, later: Later
) -> None:
    receiver.says = [500]
    happening.log()
    happening.hand_on()
    for _ in range(20):
        deliver()
        later(6.5)
    assert db.scalars(select(Delivery)).one().state == "failed"
    assert 10 <= len(receiver.got) <= 18


def test_a_failing_receiver_is_asked_with_one_message_and_gets_the_rest_once_it_answers(
    db: Session, webhook: Webhook, happening: Happening, receiver: Receiver, deliver: Run, later: Later
) -> None:
    receiver.says = [500]
    happening.log()
    happening.hand_on()
    deliver()
    for _ in range(6):
        happening.log()
    happening.hand_on()
    later(1)
    deliver()
    assert len(receiver.got) == 2
    receiver.says = [200]
    later(1)
    deliver()
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 7
    db.refresh(webhook)
    assert (webhook.failures, webhook.failing_since) == (0, None)
    assert {one.state for one in db.scalars(select(Delivery))} == {"delivered"}


def test_one_message_that_is_refused_holds_up_no_other(
    db: Session, webhook: Webhook, happening: Happening, receiver: Receiver, deliver: Run, later: Later
) -> None:
    refs = [happening.log() for _ in range(6)]
    happening.hand_on()
    take = receiver.take
    receiver.take = lambda request: 400 if _ref(take, receiver, request) == refs[0] else 200  # type: ignore[method-assign,assignment]
    deliver()
    later(1)
    deliver()
    states = [one.state for one in db.scalars(select(Delivery))]
    assert sorted(states) == ["delivered"] * 5 + ["waiting"]


def _ref(take: Callable[..., int], receiver: Receiver, request: object) -> str:
    take(request)
    return str(receiver.bodies[-1]["ref"])


def test_two_receivers_do_not_wait_for_each_other(
    db: Session, webhook: Webhook, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    with receiving(Receiver(says=[500])) as failing:
        make_webhook(db, failing.url)
        db.commit()
        for _ in range(5):
            happening.log()
        happening.hand_on()
        deliver()
        assert len(receiver.got) == 5
        assert len(failing.got) <= 4
