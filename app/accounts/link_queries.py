"""What is asked of one-time links."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.people.models import OneTimeLink


def link_that_serves(db: Session, purpose: str, hash: bytes) -> OneTimeLink | None:
    """The link, unless it is used or too old."""
    asked = select(OneTimeLink).where(OneTimeLink.token_hash == hash, OneTimeLink.purpose == purpose)
    return db.scalar(asked.where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > datetime.now(UTC)))
