"""An announcement reaches a webhook: once it is delivered, signed, with the record as its organisation may see it."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.webhooks.models import Attempt, Delivery
from tests.announcements.happening import Happening
from tests.make import make_webhook
from tests.webhooks.receivers import Receiver

Run = Callable[[], None]


def test_what_happens_is_sent_once(db: Session, happening: Happening, receiver: Receiver, deliver: Run) -> None:
    make_webhook(db, receiver.url)
    db.commit()
    ref = happening.log()
    happening.hand_on()
    deliver()
    deliver()
    happening.hand_on()
    deliver()
    assert receiver.types == ["event.logged"]
    body = receiver.bodies[0]
    assert body["event"] == {
        "id": body["record"]["id"], "ref": ref, "title": "Mudflow above Almaty", "url": f"http://localhost:8000/events/{ref}",
    }  # fmt: skip
    assert (body["exercise"], body["noun"], body["ref"]) == (False, "events", ref)
    assert body["record"]["ref"] == ref
    assert body["record"]["hazard"]["code"] == "MS"


def test_its_headers_are_those_of_the_convention(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    make_webhook(db, receiver.url)
    db.commit()
    happening.log()
    happening.hand_on()
    deliver()
    headers, _body = receiver.got[0]
    assert headers["webhook-id"] == receiver.bodies[0]["id"]
    assert headers["webhook-id"].startswith("msg_")
    assert headers["webhook-timestamp"].isdigit()
    assert headers["webhook-signature"].startswith("v1,")
    assert headers["content-type"] == "application/json"


def test_the_log_says_when_and_how_long_and_what_came_back(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    receiver.answer = b"thank you"
    make_webhook(db, receiver.url)
    db.commit()
    happening.log()
    happening.hand_on()
    deliver()
    attempt = db.scalars(select(Attempt)).one()
    assert (attempt.status, attempt.failure, attempt.answer) == (200, None, "thank you")
    assert attempt.duration_ms >= 0
    assert db.scalars(select(Delivery)).one().state == "delivered"


def test_an_exercise_is_marked_and_only_for_those_who_want_exercises(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    make_webhook(db, receiver.url)
    wanting = make_webhook(db, receiver.url, exercises="only")
    db.commit()
    happening.log()
    happening.log(exercise=True)
    happening.hand_on()
    deliver()
    assert sorted(body["exercise"] for body in receiver.bodies) == [False, True]
    told = next(body for body in receiver.bodies if body["exercise"])
    assert told["event"]["title"].startswith("EXERCISE: ")
    assert len(db.scalars(select(Delivery).where(Delivery.webhook_id == wanting.id)).all()) == 1
