"""What people do with their subscriptions: make, change, end them; also whoever holds the link out of a mail ends one."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app import history
from app.announcements import actions as announcements
from app.errors import Conflict, NotFound
from app.languages import gettext as _
from app.permissions import By
from app.subscriptions import digests, letters, queries
from app.subscriptions.models import Subscription
from app.subscriptions.schemas import SubscriptionIn

NOUN = "subscriptions"
MOST = 20


class TooMany(Conflict):
    """A person has as many subscriptions as one can keep an eye on."""


def subscribe(db: Session, by: By, new: SubscriptionIn) -> Subscription:
    """Raises Invalid, TooMany."""
    announcements.check_conditions(db, new)
    assert by.user_id
    if queries.count_of(db, by.user_id) >= MOST:
        raise TooMany(_("You have %(most)s subscriptions already. End one of them first.") % {"most": MOST})
    subscription = Subscription(user_id=by.user_id)
    write(subscription, new)
    db.add(subscription)
    db.flush()
    history.record(db, by, "made", NOUN, subscription.id, after=new.model_dump())
    return subscription


def change(db: Session, by: By, id: UUID, new: SubscriptionIn) -> Subscription:
    """Raises NotFound, Invalid."""
    subscription = own(db, by, id)
    announcements.check_conditions(db, new)
    before = said(subscription)
    write(subscription, new)
    db.flush()
    was, now = history.changes(before, said(subscription))
    if was != now:
        history.record(db, by, "changed", NOUN, subscription.id, before=was, after=now)
    return subscription


def write(subscription: Subscription, new: SubscriptionIn) -> None:
    announcements.set_conditions(subscription, new)
    subscription.rhythm, subscription.hour, subscription.time_zone = new.rhythm, new.hour, new.time_zone
    is_daily = new.rhythm == "daily"
    subscription.next_digest_at = digests.next_digest(new.hour, new.time_zone, datetime.now(UTC)) if is_daily else None


def said(subscription: Subscription) -> dict[str, object]:
    when = {name: getattr(subscription, name) for name in ("rhythm", "hour", "time_zone")}
    return announcements.conditions_of(subscription) | when


def own(db: Session, by: By, id: UUID) -> Subscription:
    """One of one's own. Raises NotFound."""
    subscription = queries.subscription(db, id)
    if subscription is None or subscription.user_id != by.user_id:
        raise NotFound(_("There is no such subscription of yours."))
    return subscription


def end(db: Session, by: By, id: UUID) -> None:
    """Raises NotFound."""
    forget(db, by, own(db, by, id))


def end_by_token(db: Session, by: By, token: str) -> None:
    """By the link out of a mail. One that has ended already stays so. Raises NotFound for what is no such link."""
    id = letters.subscription_of(token)
    if id is None:
        raise NotFound(_("This link is not whole. Copy all of it from the mail."))
    if subscription := queries.subscription(db, id):
        forget(db, by, subscription)


def forget(db: Session, by: By, subscription: Subscription) -> None:
    history.record(db, by, "ended", NOUN, subscription.id, before=said(subscription))
    db.delete(subscription)
    db.flush()
