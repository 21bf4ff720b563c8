"""Receivers that say nothing, too much, or drop by drop, and names that lead into our own network: no harm, no waiting."""

import ipaddress
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outgoing
from app.webhooks import delivering
from app.webhooks.models import Attempt, Delivery
from tests.announcements.happening import Happening
from tests.make import make_webhook
from tests.webhooks.receivers import Receiver, black_hole

Run = Callable[[], None]


def attempt(db: Session) -> Attempt:
    return db.scalars(select(Attempt)).one()


def test_a_hundred_megabytes_after_a_good_status_are_not_read(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    sent = []

    def flood(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(100_000_000))
        request.end_headers()
        try:
            for _ in range(1000):
                request.wfile.write(b"x" * 100_000)
                sent.append(1)
        except OSError:
            request.close_connection = True

    receiver.hook = flood
    make_webhook(db, receiver.url)
    db.commit()
    happening.log()
    happening.hand_on()
    deliver()
    assert (attempt(db).status, len(attempt(db).answer)) == (200, outgoing.BEGINNING)
    assert len(sent) < 1000


def test_words_that_drip_are_not_waited_for(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "SAYS_MORE_S", 0.1)
    dripping = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"x")
        dripping.wait(5)

    receiver.hook = drip
    make_webhook(db, receiver.url)
    db.commit()
    happening.log()
    happening.hand_on()
    deliver()
    dripping.set()
    assert (attempt(db).status, attempt(db).answer) == (200, "x")


def test_silence_is_a_failure(db: Session, happening: Happening, deliver: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "WITHIN_S", 0.1)
    with black_hole() as url:
        make_webhook(db, url)
        db.commit()
        happening.log()
        happening.hand_on()
        deliver()
    assert (attempt(db).status, attempt(db).failure) == (None, "timeout")


def test_nobody_there_and_no_name_are_told_apart(
    db: Session, happening: Happening, deliver: Run, receiver: Receiver
) -> None:
    with black_hole() as url:
        pass
    make_webhook(db, url)
    db.commit()
    happening.log()
    happening.hand_on()
    deliver()
    assert attempt(db).failure == "refused"


def test_without_leave_no_private_address_is_called(
    db: Session, happening: Happening, receiver: Receiver, work_off: Callable[..., None]
) -> None:
    make_webhook(db, receiver.url)
    db.commit()
    happening.log()
    happening.hand_on()
    work_off()
    assert receiver.got == []
    db.expire_all()
    assert attempt(db).failure == "not_allowed"


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "10.0.0.7", "::1", "::ffff:127.0.0.1"])
def test_a_name_that_means_another_machine_a_moment_later_gains_nothing(
    db: Session, happening: Happening, receiver: Receiver, work_off: Callable[..., None], inside: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What is behind the name is asked at each delivery, and judged; that it was good when the webhook was made is nothing."""

    async def rebound(name: str) -> list[Any]:
        return [ipaddress.ip_address(inside)]

    monkeypatch.setattr(outgoing, "addresses_of", rebound)
    port = receiver.url.rpartition(":")[2]
    make_webhook(db, f"https://receiver.example.org:{port}")
    db.commit()
    happening.log()
    happening.hand_on()
    work_off()
    db.expire_all()
    assert receiver.got == []
    assert attempt(db).failure == "not_allowed"
    assert db.scalars(select(Delivery)).one().state == "waiting"


def test_what_a_receiver_says_cannot_break_the_log(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run
) -> None:
    receiver.says, receiver.answer = [500], b"\x00\xff<script>alert(1)</script>"
    make_webhook(db, receiver.url)
    db.commit()
    happening.log()
    happening.hand_on()
    deliver()
    assert attempt(db).answer.startswith("��<script>")
