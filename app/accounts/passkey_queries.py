"""What is asked of passkeys."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.people.models import Passkey


def passkeys_of(db: Session, user_id: UUID) -> list[Passkey]:
    """The oldest first."""
    return list(db.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at, Passkey.id)))


def count_passkeys(db: Session, user_id: UUID) -> int:
    return db.scalars(select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id)).one()


def own_passkey(db: Session, user_id: UUID, id: UUID) -> Passkey | None:
    return db.scalar(select(Passkey).where(Passkey.id == id, Passkey.user_id == user_id).with_for_update())


def lock_passkey(db: Session, credential_id: bytes) -> Passkey | None:
    """Locked, since of two uses at once the second must see the counter of the first."""
    return db.scalar(select(Passkey).where(Passkey.credential_id == credential_id).with_for_update())
