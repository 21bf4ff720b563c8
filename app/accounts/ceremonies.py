"""What a browser has begun and its next step ends: a second factor, a passkey, a visit to an identity provider.

The browser holds a token in a cookie, the server the rest. A ceremony ends once, whether well or not.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.people.models import Ceremony
from app.secrets import new_token, token_hash

MINUTES = 5


def begin(db: Session, purpose: str, *, user_id: UUID | None = None, minutes: int = MINUTES, **state: Any) -> str:
    """The token for the cookie. `state` is JSON."""
    token = new_token()
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    db.add(Ceremony(token_hash=token_hash(token), purpose=purpose, user_id=user_id, state=state, expires_at=ends))
    db.flush()
    return token


def find(db: Session, purpose: str, token: str | None) -> Ceremony | None:
    """The ceremony under way, to show its page."""
    return db.scalar(select(Ceremony).where(*_is(purpose, token)))


def end(db: Session, purpose: str, token: str | None) -> Ceremony | None:
    """The same, gone: of two who come with one token the second finds nothing."""
    return db.scalar(delete(Ceremony).where(*_is(purpose, token)).returning(Ceremony))


def end_all(db: Session, user_id: UUID) -> None:
    """What was begun with an account's old password or factors leads nowhere any more."""
    db.execute(delete(Ceremony).where(Ceremony.user_id == user_id))


def forget_old(db: Session) -> None:
    """A job's work."""
    db.execute(delete(Ceremony).where(Ceremony.expires_at < datetime.now(UTC)))


def _is(purpose: str, token: str | None) -> tuple[Any, ...]:
    kept = token_hash(token or "")
    return Ceremony.token_hash == kept, Ceremony.purpose == purpose, Ceremony.expires_at > datetime.now(UTC)
