"""Sending what waits for a receiver: at least once, signed, a few at a time; tried again for three days.

However many tasks serve a receiver, and wherever they run, it gets a few messages at a time. One that fails is asked again
after a while that grows, with a single message, and in a queue beside the others: it keeps nobody waiting. What is sent is
taken for a minute; whoever is killed between sending and noting leaves it to be sent again, under the same id.
"""

import asyncio
import random
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

import httpx
from sqlalchemy.orm import Session

from app import history
from app.announcements import queries as announcements
from app.outgoing import NotReached, tell
from app.people.models import Organisation
from app.permissions import PORTAL
from app.queue import at_work, put, queue, transaction_at_work
from app.secrets import SecretLost, decrypt
from app.webhooks import letters, parcels, queries, signatures
from app.webhooks.models import Attempt, Delivery, Webhook

AT_ONCE = 4  # requests to one receiver
WITHIN_S = 10.0
PATIENCE = timedelta(days=3)  # so long something is tried, and so long a webhook may fail before it is paused
KEPT = timedelta(days=30)  # deliveries and their log
FIRST_WAIT_S, TIMES, LONGEST_WAIT_S = 5.0, 4.0, 6 * 3600.0
LONGEST_RETRY_AFTER = timedelta(days=1)
NOTED_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Parcel:
    """A message that is ready to go."""

    delivery: UUID
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """What came of sending one."""

    delivery: UUID
    at: datetime
    duration_ms: int
    status: int | None = None
    failure: str | None = None
    answer: str = ""
    retry_after: datetime | None = None

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


# -- who is served, and by what


@queue.task(name="webhooks.deliver", queue="webhooks")
async def deliver(webhook: str) -> None:
    await serve(UUID(webhook))


@queue.task(name="webhooks.deliver_failing", queue="webhooks_failing")
async def deliver_failing(webhook: str) -> None:
    await serve(UUID(webhook))


def ask_for(
    db: Session, webhook: UUID, *, is_failing: bool = False, at: datetime | None = None, once: bool = True
) -> None:
    """Have what waits for a receiver sent, after the commit or from `at` on."""
    task, lane = (deliver_failing, "failing") if is_failing else (deliver, "due")
    put(db, task, once=f"webhook:{webhook}:{lane}", webhook=str(webhook))


def keep(db: Session, ids: Collection[UUID]) -> None:
    """Take announcements for those whose conditions they meet and who may see them."""
    wanted: dict[UUID, list[UUID]] = {}
    for id, announcement in announcements.conditions_met(db, "webhooks", "c.state <> 'ended'", ids):
        wanted.setdefault(id, []).append(announcement)
    for webhook, organisation in queries.organisations_of(db, wanted).values():
        seen = announcements.seen_of(db, parcels.eyes_of(webhook, organisation), wanted[webhook.id])
        if seen:
            queries.add_deliveries(db, webhook.id, [one["id"] for one in seen])
            ask_for(db, webhook.id, is_failing=webhook.failures > 0)


def ask_for_due(db: Session) -> None:
    """A job's work: all for whom something is due are served, also what is tried again and what a killed process left."""
    for id, is_failing in queries.webhooks_due(db, datetime.now(UTC)):
        ask_for(db, id, is_failing=is_failing)


def forget_old(db: Session) -> None:
    queries.forget(db, datetime.now(UTC) - KEPT)


async def serve(webhook: UUID) -> None:
    """Send what is due for one receiver until nothing is, or the receiver fails."""
    private = at_work().allow_private_addresses
    is_more = True
    while is_more:
        ready, is_more = await asyncio.to_thread(take, webhook)
        outcomes = await asyncio.gather(*(send(parcel, private) for parcel in ready))
        if not ready or not await asyncio.to_thread(note, webhook, outcomes):
            return


# -- before it goes


def take(id: UUID) -> tuple[list[Parcel], bool]:
    """The next messages for a receiver, one only while it fails; and whether there may be more. What comes later has a task
    of its own."""
    with transaction_at_work() as db:
        found = queries.webhook_of(db, id)
        if found is None or found[0].state == "ended":
            return [], False
        webhook, organisation = found
        now = datetime.now(UTC)
        most = (1 if webhook.failures else AT_ONCE) - queries.count_on_their_way(db, id, now)
        while most > 0 and (due := queries.lock_due(db, webhook, now, most)):
            try:
                ready = [parcel for one in due if (parcel := packed(db, one, webhook, organisation, now))]
            except SecretLost:  # SECRET_KEY is another one now: a new secret has to be made
                stop(db, webhook, "paused", "failing")
                return [], False
            if ready:
                return ready, len(due) == most
        return [], False


def packed(
    db: Session, delivery: Delivery, webhook: Webhook, organisation: Organisation, now: datetime
) -> Parcel | None:
    """What is visible to its organisation at this moment; what is not any more goes nowhere."""
    body = parcels.body_of(db, delivery, webhook, organisation, at_work().public_url)
    if body is None:
        delivery.state, delivery.done_at = "withheld", now
        db.flush()
        return None
    delivery.taken_until = now + NOTED_WITHIN
    db.flush()
    headers = signatures.headers(secrets_of(webhook, now), parcels.message_id(delivery), now, body)
    return Parcel(delivery.id, webhook.url, headers, body)


def secrets_of(webhook: Webhook, now: datetime) -> list[str]:
    """Those that serve, the newest first. Raises SecretLost."""
    kept = [webhook.secret]
    if webhook.former_secret and webhook.former_until and webhook.former_until > now:
        kept.append(webhook.former_secret)
    return [decrypt(one) for one in kept]


# -- on its way


async def send(parcel: Parcel, private: bool) -> Outcome:
    at, began = datetime.now(UTC), time.monotonic()
    try:
        answer = await tell(parcel.url, private=private, seconds=WITHIN_S, headers=parcel.headers, content=parcel.body)
    except NotReached as error:
        return Outcome(parcel.delivery, at, since(began), failure=why(error))
    beginning = answer.body.decode(errors="replace").replace("\x00", "\ufffd")
    asked = retry_after(answer.headers.get("retry-after", ""), at)
    return Outcome(parcel.delivery, at, since(began), answer.status, None, beginning, asked)


def since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def why(error: NotReached) -> str:
    """In one word why there was no answer."""
    cause = error.__cause__
    if cause is None:
        return "not_allowed"
    if isinstance(cause, TimeoutError | httpx.TimeoutException):
        return "timeout"
    if isinstance(cause, httpx.ConnectError):
        said = str(cause).lower()
        return "tls" if "certificate" in said or "ssl" in said else "refused" if "address" not in said else "no_address"
    return "no_address" if isinstance(cause, OSError | UnicodeError) else "broken"


def retry_after(text: str, now: datetime) -> datetime | None:
    """When the receiver wants to be asked again, at most a day from now: seconds or a date."""
    try:
        at = now + timedelta(seconds=int(text)) if text.isdecimal() else parsedate_to_datetime(text)
        return min(max(at.astimezone(UTC), now), now + LONGEST_RETRY_AFTER)
    except (ValueError, TypeError, OverflowError):
        return None if not text.isdecimal() else now + LONGEST_RETRY_AFTER


# -- after it went


def note(id: UUID, outcomes: Collection[Outcome]) -> bool:
    """Keep what came of it. Whether to go on with this receiver."""
    with transaction_at_work() as db:
        found = queries.webhook_of(db, id)
        if found is None:
            return False
        webhook, now = found[0], datetime.now(UTC)
        kept = queries.deliveries(db, [one.delivery for one in outcomes])
        for one in outcomes:
            if delivery := kept.get(one.delivery):
                note_outcome(db, delivery, one, now)
        return goes_on(db, webhook, outcomes, now)


def note_outcome(db: Session, delivery: Delivery, one: Outcome, now: datetime) -> None:
    queries.add_attempt(db, Attempt(delivery_id=delivery.id, at=one.at, duration_ms=one.duration_ms, status=one.status,
                                    failure=one.failure, answer=one.answer))  # fmt: skip
    delivery.attempts += 1
    delivery.last_status, delivery.taken_until = one.status, None
    if one.is_good:
        delivery.state, delivery.done_at = "delivered", now
        return
    delivery.next_attempt_at = max(now + wait(delivery.attempts), one.retry_after or now)
    if delivery.next_attempt_at > delivery.patient_until or delivery.announcement_id is None:
        delivery.state, delivery.done_at = "failed", now  # a test is tried once


def wait(failures: int) -> timedelta:
    """5 s, 20 s, 80 s … 6 h, each a little more or less, so that many that failed together do not come back together."""
    seconds = min(FIRST_WAIT_S * TIMES ** min(failures - 1, 20), LONGEST_WAIT_S)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311  # chance, not secrecy


def goes_on(db: Session, webhook: Webhook, outcomes: Collection[Outcome], now: datetime) -> bool:
    """What the outcomes say of the receiver: it is gone, it answers, or it fails and is left alone for a while."""
    if any(one.status == 410 for one in outcomes):
        stop(db, webhook, "ended", "gone")
        return False
    if any(one.is_good for one in outcomes):
        if webhook.failures:
            webhook.failures = 0
            webhook.failing_since = None if webhook.state == "active" else webhook.failing_since
            queries.hasten(db, webhook.id, now)
        return True
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or now
    asked = [one.retry_after for one in outcomes if one.retry_after]
    webhook.next_try_at = max(now + wait(webhook.failures), *asked, now)
    if webhook.state == "active" and now - webhook.failing_since >= PATIENCE:
        stop(db, webhook, "paused", "failing")
    return False


def stop(db: Session, webhook: Webhook, state: str, because: str) -> None:
    webhook.state, webhook.because = state, because
    if state == "ended":
        queries.skip(db, webhook.id, datetime.now(UTC))
    db.flush()
    history.record(db, PORTAL, state, "webhooks", webhook.id, ref=webhook.name, reason=because)
    letters.stopped(db, webhook, at_work().public_url)
