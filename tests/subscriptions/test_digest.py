"""The digest of a day: at an hour of the reader's own clock, all news in one mail, and none on days without."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.people.models import User
from app.subscriptions.digests import next_digest, zone_of, zones
from tests.announcements.happening import Happening
from tests.make import make_subscription
from tests.subscriptions.conftest import Mails


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("hour", "zone", "now", "expected"),
    [
        (8, "Asia/Almaty", "2026-07-08T00:00:00Z", "2026-07-08T03:00:00Z"),
        (8, "Asia/Almaty", "2026-07-08T03:00:00Z", "2026-07-09T03:00:00Z"),
        (6, "Asia/Kabul", "2026-07-08T12:00:00Z", "2026-07-09T01:30:00Z"),
        (0, "UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
        (8, "Europe/Berlin", "2026-03-28T08:00:00Z", "2026-03-29T06:00:00Z"),  # summer time begins
        (2, "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),  # this hour is left out there
        (2, "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z"),  # and comes twice here
        (2, "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z"),
    ],
)
def test_the_next_one_by_the_readers_clock(hour: int, zone: str, now: str, expected: str) -> None:
    assert next_digest(hour, zone, moment(now)) == moment(expected)


def test_every_country_of_the_region_has_a_clock() -> None:
    known = {name for _title, names in zones() for name in names}
    assert {zone_of(code) for code in ("KAZ", "KGZ", "TJK", "UZB", "TKM", "AFG")} <= known
    assert zone_of(None) == "UTC"


def test_all_news_of_a_day_is_one_mail(db: Session, reader: User, happening: Happening, mails: Mails) -> None:
    at = datetime.now(UTC) + timedelta(hours=3)
    subscription = make_subscription(db, reader, next_digest_at=at)
    ref = happening.log()
    happening.change(ref, place={"en": "Elsewhere"})
    happening.log()
    happening.hand_on()
    assert mails(60) == []
    sent = mails(at=at)
    assert len(sent) == 1
    assert sent[0].subject == "Daily digest: News of 2 events"
    db.refresh(subscription)
    assert subscription.next_digest_at
    assert at < subscription.next_digest_at <= at + timedelta(days=1)
    assert mails(at=subscription.next_digest_at) == []


def test_on_a_day_without_news_nothing_comes(db: Session, reader: User, mails: Mails) -> None:
    at = datetime.now(UTC)
    subscription = make_subscription(db, reader, next_digest_at=at)
    db.commit()
    assert mails(at=at) == []
    db.refresh(subscription)
    assert subscription.next_digest_at
    assert subscription.next_digest_at > at
