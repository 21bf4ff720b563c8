"""What is asked of the outbox."""

from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.people.models import Mail

IS_WAITING = (Mail.sent_at.is_(None), Mail.body.is_not(None))
IS_GIVEN_UP = (Mail.sent_at.is_(None), Mail.body.is_(None))


def lock_next_mail(db: Session) -> Mail | None:
    """The mail that has been due longest and that nobody else is sending right now."""
    due = select(Mail).where(*IS_WAITING, Mail.next_attempt_at <= datetime.now(UTC))
    return db.scalar(due.order_by(Mail.next_attempt_at).limit(1).with_for_update(skip_locked=True))


def failure_to(db: Session, recipient: str) -> str | None:
    """Why the last mail to this address is not out, if it failed."""
    to_them = select(Mail.failure).where(func.lower(Mail.recipient) == recipient.lower(), Mail.sent_at.is_(None))
    return db.scalar(to_them.order_by(Mail.created_at.desc()).limit(1))


def forget_mails(db: Session, before: datetime) -> None:
    db.execute(delete(Mail).where(Mail.created_at < before))


def forget_recipient(db: Session, recipient: str) -> None:
    db.execute(delete(Mail).where(func.lower(Mail.recipient) == recipient.lower()))
