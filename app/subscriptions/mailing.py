"""Mailing subscribers: at once or once a day, what they may see at that moment, and nothing twice.

At once means: the first news of an event goes out within seconds. What follows on the same event within ten minutes waits
until they are over and comes as one mail; a raised alert level and warnings do not wait. What is due for one subscription
at the same moment is one mail, however many events it is about.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.announcements import actions as announcements
from app.announcements import queries as news
from app.languages import speaking
from app.mail import actions as mail
from app.people.models import Organisation, User
from app.permissions import NEEDS_SECOND_FACTOR, By, rights_of
from app.settings import settings
from app.subscriptions import digests, letters, queries
from app.subscriptions.letters import Story
from app.subscriptions.models import Subscription

GATHERED = timedelta(minutes=10)
URGENT = ("event.alert_raised", "warning.issued", "warning.updated", "warning.cancelled")

log = structlog.get_logger()


def keep(db: Session, ids: Collection[UUID]) -> None:
    """Take announcements for those whose conditions they meet. Whether they may see them is asked when they are mailed."""
    pairs = news.conditions_met(db, "subscriptions", "TRUE", ids)
    if pairs:
        queries.add_news(db, pairs)


def mail_due(db: Session, now: datetime | None = None) -> None:
    """A job's work: put into the outbox what is due, each subscription by itself."""
    now = now or datetime.now(UTC)
    for id in queries.due_at_once(db, now - GATHERED, URGENT):
        attempt(db, id, now)
    for id in queries.digests_due(db, now):
        attempt(db, id, now)


def attempt(db: Session, id: UUID, now: datetime) -> None:
    """One that cannot be written keeps nobody else from theirs."""
    try:
        with db.begin_nested():
            if subscription := queries.subscription(db, id, lock=True):
                tell(db, subscription, now)
    except Exception:
        log.exception("a subscriber was not mailed", subscription=str(id))


def tell(db: Session, subscription: Subscription, now: datetime) -> None:
    if subscription.rhythm == "daily":
        due = queries.all_news(db, subscription.id)
        subscription.next_digest_at = digests.next_digest(subscription.hour, subscription.time_zone, now)
    else:
        due = queries.due_news(db, subscription.id, now - GATHERED, URGENT)
    ids = [announcement for announcement, _about in due]
    queries.drop_news(db, subscription.id, ids)
    reader = queries.reader(db, subscription.user_id)
    if reader and ids and write(db, subscription, reader, ids):
        queries.note_mailed(db, subscription.id, [about for _id, about in due], now)


def write(
    db: Session, subscription: Subscription, reader: tuple[User, Organisation, bool], ids: Collection[UUID]
) -> bool:
    """Put the mail into the outbox; nothing where the reader may see none of it now."""
    user, site = reader[0], settings().public_url
    by = eyes_of(db, *reader)
    seen = news.seen_of(db, by, ids)
    if not seen or not user.email:
        return False
    with speaking(user.language):
        stories = stories_of(db, by, seen, user.language)
        kind = seen[0]["kind"] if len(seen) == 1 else ""
        conditions = announcements.in_words(db, announcements.conditions_of(subscription))
        mail.post(
            db, user.email, letters.subject(stories, kind, subscription.rhythm),
            letters.body(stories, subscription, conditions, site), letters.headers(subscription.id, site),
        )  # fmt: skip
    return True


def eyes_of(db: Session, user: User, organisation: Organisation, has_second_factor: bool) -> By:
    """As whom a reader sees: as when they sign in, with their second factor where they have one."""
    granted = [
        (role, countries)
        for role, countries in queries.roles_of(db, user.id)
        if has_second_factor or role not in NEEDS_SECOND_FACTOR
    ]
    return By(
        "person", "job", user.id, None, None, organisation.id, organisation.code, user.name, user.language,
        rights_of(granted), frozenset(role for role, _countries in granted), has_second_factor,
    )  # fmt: skip


def stories_of(db: Session, by: By, seen: Sequence[dict[str, Any]], lang: str) -> list[Story]:
    """What is told, by event, in the order in which it was done."""
    about: dict[UUID, list[dict[str, Any]]] = {}
    for one in seen:
        about.setdefault(one["event_id"] or one["record_id"], []).append(one)
    return [story_of(db, by, id, told, lang) for id, told in about.items()]


def story_of(db: Session, by: By, id: UUID, told: Sequence[dict[str, Any]], lang: str) -> Story:
    records = [news.record_as_seen(db, by, one["noun"], one["record_id"], lang) for one in told]
    lines = [letters.line(one, record) for one, record in zip(told, records, strict=True)]
    event = news.event_as_seen(db, by, id, lang)
    if event:
        return Story(event["title"], letters.about(event), f"/events/{event['ref']}", event["exercise"], lines)
    title = next((str(record["headline"]) for record in records if record and record.get("headline")), told[0]["ref"])
    return Story(title, "", f"/{told[0]['noun']}/{told[0]['ref']}", told[0]["exercise"], lines)


def forget_old(db: Session) -> None:
    queries.forget_mailings(db, datetime.now(UTC) - timedelta(days=1))
