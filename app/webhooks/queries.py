"""What is asked of webhooks, of what waits for each, and of what became of it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app.people.models import Organisation, User
from app.permissions import Countries
from app.webhooks.models import Attempt, Delivery, Webhook

SHOWN_AT_MOST = 200
LYING = timedelta(seconds=30)

WEBHOOKS = """
SELECT w.id, o.code AS organisation, label(o.names, :lang) AS organisation_name, w.name, w.url, w.sees, w.limited_to,
       w.countries, w.areas, w.hazards, w.alert_at_least, w.statuses, w.kinds, w.exercises, w.state, w.because,
       w.failing_since, CASE WHEN w.failures > 0 AND w.state = 'active' THEN w.next_try_at END AS next_try_at, w.created_at,
       w.former_until, (SELECT name FROM users WHERE id = w.created_by_id) AS created_by,
       (SELECT max(done_at) FROM deliveries WHERE webhook_id = w.id AND state = 'delivered') AS delivered_at,
       (SELECT count(*) FROM deliveries WHERE webhook_id = w.id AND state = 'waiting' AND attempts > 0) AS waiting,
       (SELECT count(*) FROM deliveries WHERE webhook_id = w.id AND state = 'failed') AS failed
FROM webhooks w JOIN organisations o ON o.id = w.organisation_id
WHERE {which}
ORDER BY w.state = 'ended', organisation_name, w.name, w.id LIMIT 1000"""

OF_THOSE = "(o.id = :own OR :everywhere OR o.country_iso3 = ANY (:countries))"


def webhooks_of(
    db: Session, own: UUID | None, others: Countries, lang: str, id: UUID | None = None
) -> list[dict[str, Any]]:
    """Those of one's own organisation and of organisations of some countries (None: of all); or the one with this id."""
    which = OF_THOSE if id is None else f"{OF_THOSE} AND w.id = :id"
    values = {"own": own, "everywhere": others is None, "countries": sorted(others or ()), "lang": lang, "id": id}
    return [dict(row) for row in db.execute(text(WEBHOOKS.format(which=which)), values).mappings()]


def webhook_of(db: Session, id: UUID, *, locked: bool = True) -> tuple[Webhook, Organisation] | None:
    asked = select(Webhook, Organisation).join(Organisation, Organisation.id == Webhook.organisation_id)
    asked = asked.where(Webhook.id == id)
    found = db.execute(asked.with_for_update(of=Webhook) if locked else asked).one_or_none()
    return (found[0], found[1]) if found else None


def organisations_of(db: Session, ids: Collection[UUID]) -> dict[UUID, tuple[Webhook, Organisation]]:
    """Webhooks with whose they are."""
    asked = select(Webhook, Organisation).join(Organisation, Organisation.id == Webhook.organisation_id)
    return {row[0].id: (row[0], row[1]) for row in db.execute(asked.where(Webhook.id.in_(ids)))}


def has_webhook_named(db: Session, organisation: UUID, name: str, but: UUID | None = None) -> bool:
    asked = """SELECT EXISTS (SELECT FROM webhooks WHERE organisation_id = :organisation AND lower(name) = lower(:name)
                              AND state <> 'ended' AND id IS DISTINCT FROM CAST(:but AS uuid))"""
    return bool(db.scalar(text(asked), {"organisation": organisation, "name": name, "but": but}))


def owners(db: Session, webhook: Webhook) -> list[User]:
    """Who is written to when it stops: those of the organisation who manage its webhooks, and whoever made it."""
    asked = """SELECT u.id FROM users u WHERE u.status = 'active' AND u.email IS NOT NULL AND (u.id = :maker
        OR u.organisation_id = :organisation AND EXISTS (
            SELECT FROM user_roles r WHERE r.user_id = u.id AND r.role IN ('approver', 'administrator')))"""
    ids = list(db.scalars(text(asked), {"maker": webhook.created_by_id, "organisation": webhook.organisation_id}))
    return list(db.scalars(select(User).where(User.id.in_(ids)).order_by(User.id)))


# -- what waits


def add_deliveries(db: Session, webhook_id: UUID, announcements: Sequence[UUID]) -> None:
    """Each announcement once: one that is there already stays as it is."""
    asked = """INSERT INTO deliveries (webhook_id, announcement_id) SELECT :webhook, unnest(CAST(:announcements AS uuid[]))
    ON CONFLICT DO NOTHING"""
    db.execute(text(asked), {"webhook": webhook_id, "announcements": list(announcements)})


def count_on_their_way(db: Session, webhook_id: UUID, now: datetime) -> int:
    asked = "SELECT count(*) FROM deliveries WHERE webhook_id = :id AND state = 'waiting' AND taken_until > :now"
    return db.scalar(text(asked), {"id": webhook_id, "now": now}) or 0


def lock_due(db: Session, webhook: Webhook, now: datetime, most: int) -> list[Delivery]:
    """What is due, tests first. A webhook that is paused or waits for its next try is sent tests only."""
    due = select(Delivery).where(
        Delivery.webhook_id == webhook.id, Delivery.state == "waiting", Delivery.next_attempt_at <= now,
        Delivery.taken_until.is_(None) | (Delivery.taken_until <= now),
    )  # fmt: skip
    if webhook.state != "active" or (webhook.failures and webhook.next_try_at > now):
        due = due.where(Delivery.announcement_id.is_(None))
    ordered = due.order_by(Delivery.announcement_id.is_not(None), Delivery.next_attempt_at, Delivery.id)
    return list(db.scalars(ordered.limit(most).with_for_update(skip_locked=True)))


def deliveries(db: Session, ids: Collection[UUID]) -> dict[UUID, Delivery]:
    return {one.id: one for one in db.scalars(select(Delivery).where(Delivery.id.in_(ids)).with_for_update())}


def hasten(db: Session, webhook_id: UUID, now: datetime) -> None:
    """The receiver answers again: what waits because it did not is due at once. What it refused by itself goes on waiting."""
    was_away = (Delivery.last_status.is_(None)) | (Delivery.last_status >= 500) | (Delivery.last_status.in_((408, 429)))
    waiting = (Delivery.webhook_id == webhook_id) & (Delivery.state == "waiting") & was_away
    db.execute(update(Delivery).where(waiting, Delivery.next_attempt_at > now).values(next_attempt_at=now))


def send_again(
    db: Session, webhook_id: UUID, now: datetime, until: datetime, since: datetime | None = None, id: UUID | None = None
) -> int:
    """What failed since a time, or one delivery whatever became of it, waits again. How many."""
    which = Delivery.webhook_id == webhook_id
    if id is not None:
        which &= (Delivery.id == id) & Delivery.state.in_(("failed", "delivered", "waiting", "skipped"))
    else:
        which &= (Delivery.state == "failed") & (Delivery.created_at >= since)
    values = {"state": "waiting", "next_attempt_at": now, "patient_until": until, "done_at": None, "attempts": 0}
    return len(db.scalars(update(Delivery).where(which).values(values).returning(Delivery.id)).all())


def be_patient_anew(db: Session, webhook_id: UUID, now: datetime, until: datetime) -> None:
    """What waits is due now, and is tried for as long as something new."""
    waiting = (Delivery.webhook_id == webhook_id) & (Delivery.state == "waiting")
    db.execute(update(Delivery).where(waiting).values(next_attempt_at=now, patient_until=until, attempts=0))


def skip(db: Session, webhook_id: UUID, now: datetime) -> None:
    """What waits is given up, since its owner wants it so."""
    waiting = (Delivery.webhook_id == webhook_id) & (Delivery.state == "waiting")
    db.execute(update(Delivery).where(waiting).values(state="skipped", done_at=now))


def webhooks_due(db: Session, now: datetime) -> list[tuple[UUID, bool]]:
    """Those for which something is due that has no task: tried before, or left lying for a while. And whether they fail."""
    asked = """SELECT w.id, w.failures > 0 FROM webhooks w WHERE w.state <> 'ended'
    AND EXISTS (SELECT FROM deliveries d WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.next_attempt_at <= :now
        AND (d.taken_until IS NULL OR d.taken_until <= :now)
        AND (d.attempts > 0 OR w.failures > 0 OR d.created_at < :lying)
        AND (d.announcement_id IS NULL OR w.state = 'active' AND (w.failures = 0 OR w.next_try_at <= :now)))"""
    values = {"now": now, "lying": now - LYING}
    return [(row[0], row[1]) for row in db.execute(text(asked), values)]


def forget(db: Session, before: datetime) -> None:
    """What became of deliveries before a time, and webhooks that had ended by then."""
    db.execute(delete(Delivery).where(Delivery.created_at < before))
    asked = """DELETE FROM webhooks w WHERE w.state = 'ended' AND w.created_at < :before
    AND NOT EXISTS (SELECT FROM deliveries d WHERE d.webhook_id = w.id)"""
    db.execute(text(asked), {"before": before})


# -- what is sent, and what is told of it

LOG = """
SELECT d.id, d.announcement_id IS NULL AS is_test, coalesce(a.kind, 'webhook.test') AS type,
       CASE WHEN d.state <> 'withheld' THEN a.ref END AS ref, d.state, d.created_at, d.done_at,
       CASE WHEN d.state = 'waiting' THEN d.next_attempt_at END AS next_attempt_at,
       (SELECT coalesce(json_agg(json_build_object('at', t.at, 'duration_ms', t.duration_ms, 'status', t.status,
            'failure', t.failure, 'answer', t.answer) ORDER BY t.at DESC), '[]')
        FROM delivery_attempts t WHERE t.delivery_id = d.id) AS attempts
FROM deliveries d LEFT JOIN announcements a ON a.id = d.announcement_id
WHERE d.webhook_id = :id AND (d.attempts > 0 OR d.state <> 'waiting' OR a.id IS NULL
    OR EXISTS (SELECT FROM delivery_attempts t WHERE t.delivery_id = d.id))
ORDER BY d.created_at DESC, d.id DESC LIMIT :most"""


def log_of(db: Session, webhook_id: UUID) -> list[dict[str, Any]]:
    """The latest deliveries that were tried. What was not tried yet is left out: it may turn out to be withheld."""
    rows = db.execute(text(LOG), {"id": webhook_id, "most": SHOWN_AT_MOST}).mappings()
    return [{**row, "id": f"msg_{row['id']}"} for row in rows]


def add_attempt(db: Session, attempt: Attempt) -> None:
    db.add(attempt)
