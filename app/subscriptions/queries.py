"""What is asked of subscriptions, of their people, and of what is not mailed yet."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.people.models import Organisation, User, UserRole
from app.permissions import Role
from app.subscriptions.models import Mailing, News, Subscription

ABOUT = "coalesce(a.event_id, a.record_id)"


def subscriptions_of(db: Session, user: UUID) -> list[Subscription]:
    return list(db.scalars(select(Subscription).where(Subscription.user_id == user).order_by(Subscription.id)))


def count_of(db: Session, user: UUID) -> int:
    """Counted by whoever adds one; two who do so at once wait for each other."""
    db.execute(select(User.id).where(User.id == user).with_for_update(key_share=True))
    return db.scalar(text("SELECT count(*) FROM subscriptions WHERE user_id = :user"), {"user": user}) or 0


def subscription(db: Session, id: UUID, *, lock: bool = False) -> Subscription | None:
    asked = select(Subscription).where(Subscription.id == id)
    return db.scalar(asked.with_for_update(skip_locked=True) if lock else asked)


def country_of(db: Session, organisation: UUID | None) -> str | None:
    return db.scalar(select(Organisation.country_iso3).where(Organisation.id == organisation))


def reader(db: Session, user: UUID) -> tuple[User, Organisation, bool] | None:
    """Whoever is to be mailed, of which organisation, and whether they have a second factor; None where they get none."""
    asked = select(User, Organisation).join(Organisation, Organisation.id == User.organisation_id)
    found = db.execute(asked.where(User.id == user, User.status == "active", User.email.is_not(None))).one_or_none()
    if found is None:
        return None
    has_passkey = db.scalar(text("SELECT EXISTS (SELECT FROM passkeys WHERE user_id = :user)"), {"user": user})
    return found[0], found[1], bool(found[0].totp_secret or has_passkey)


def roles_of(db: Session, user: UUID) -> list[tuple[Role, list[str]]]:
    granted = db.execute(select(UserRole.role, UserRole.countries).where(UserRole.user_id == user))
    return [(Role(row[0]), row[1]) for row in granted]


# -- what is to be mailed


def add_news(db: Session, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Each piece of news once for each person: where several of their subscriptions want it, by the one that mails at once."""
    asked = """INSERT INTO subscription_news (subscription_id, announcement_id)
    SELECT DISTINCT ON (s.user_id, p.announcement) s.id, p.announcement
    FROM unnest(CAST(:subscriptions AS uuid[]), CAST(:announcements AS uuid[])) p (subscription, announcement)
    JOIN subscriptions s ON s.id = p.subscription
    ORDER BY s.user_id, p.announcement, s.rhythm = 'daily', s.id ON CONFLICT DO NOTHING"""
    ids, announcements = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    db.execute(text(asked), {"subscriptions": ids, "announcements": announcements})


DUE = f"""
FROM subscription_news n JOIN announcements a ON a.id = n.announcement_id
LEFT JOIN subscription_mailings m ON m.subscription_id = n.subscription_id AND m.about_id = {ABOUT}
WHERE (m.mailed_at IS NULL OR m.mailed_at <= :before OR a.kind = ANY (:urgent))"""


def due_at_once(db: Session, before: datetime, urgent: Collection[str]) -> list[UUID]:
    """The subscriptions with news of an event that they were not mailed about since a time, or with urgent news."""
    asked = f"""SELECT s.id FROM subscriptions s WHERE s.rhythm = 'immediate'
    AND s.id IN (SELECT n.subscription_id {DUE}) ORDER BY s.id LIMIT 1000"""
    return list(db.scalars(text(asked), {"before": before, "urgent": list(urgent)}))


def due_news(db: Session, id: UUID, before: datetime, urgent: Collection[str]) -> list[tuple[UUID, UUID]]:
    """All news of those events: (announcement, what it is about)."""
    asked = f"""SELECT n.announcement_id, {ABOUT} FROM subscription_news n JOIN announcements a ON a.id = n.announcement_id
    WHERE n.subscription_id = :id AND {ABOUT} IN (SELECT {ABOUT} {DUE} AND n.subscription_id = :id)"""
    values = {"id": id, "before": before, "urgent": list(urgent)}
    return [(row[0], row[1]) for row in db.execute(text(asked), values)]


def all_news(db: Session, id: UUID) -> list[tuple[UUID, UUID]]:
    asked = f"""SELECT n.announcement_id, {ABOUT} FROM subscription_news n JOIN announcements a ON a.id = n.announcement_id
    WHERE n.subscription_id = :id"""
    return [(row[0], row[1]) for row in db.execute(text(asked), {"id": id})]


def digests_due(db: Session, now: datetime) -> list[UUID]:
    asked = "SELECT id FROM subscriptions WHERE next_digest_at <= :now ORDER BY next_digest_at, id LIMIT 1000"
    return list(db.scalars(text(asked), {"now": now}))


def drop_news(db: Session, id: UUID, announcements: Collection[UUID]) -> None:
    db.execute(delete(News).where(News.subscription_id == id, News.announcement_id.in_(announcements)))


def note_mailed(db: Session, id: UUID, about: Collection[UUID], now: datetime) -> None:
    asked = """INSERT INTO subscription_mailings (subscription_id, about_id, mailed_at)
    SELECT :id, unnest(CAST(:about AS uuid[])), :now
    ON CONFLICT (subscription_id, about_id) DO UPDATE SET mailed_at = :now"""
    db.execute(text(asked), {"id": id, "about": list(set(about)), "now": now})


def forget_mailings(db: Session, before: datetime) -> None:
    db.execute(delete(Mailing).where(Mailing.mailed_at < before))
