"""What is asked of accounts and their sessions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.people.models import Device, Organisation, Passkey, RecoveryCode, User, UserRole, UserSession
from app.permissions import NEEDS_SECOND_FACTOR, By

# -- accounts


def account_of(db: Session, email: str) -> User | None:
    return db.scalar(select(User).where(func.lower(User.email) == email.lower()))


def locked_account(db: Session, id: UUID) -> User:
    """Of two requests with one code, or two changes at once, the second sees what the first did."""
    asked = select(User).where(User.id == id).with_for_update().execution_options(populate_existing=True)
    return db.scalars(asked).one()


def own_organisation(db: Session, user: User) -> Organisation:
    return db.get_one(Organisation, user.organisation_id)


def roles_of(db: Session, user_id: UUID, lang: str) -> list[Row[tuple[str, list[str]]]]:
    """Each role with the names of the countries that it is limited to."""
    named = text("ARRAY(SELECT label(names, :lang) FROM countries WHERE iso3 = ANY (user_roles.countries) ORDER BY 1)")
    asked = select(UserRole.role, named).where(UserRole.user_id == user_id).order_by(UserRole.role)
    return list(db.execute(asked, {"lang": lang}))


# -- second factors


def needs_second_factor(db: Session, user_id: UUID) -> bool:
    needing = UserRole.role.in_([str(role) for role in NEEDS_SECOND_FACTOR])
    return bool(db.scalar(select(exists().where(UserRole.user_id == user_id, needing))))


def has_passkey(db: Session, user_id: UUID) -> bool:
    return bool(db.scalar(select(exists().where(Passkey.user_id == user_id))))


def count_recovery_codes(db: Session, user_id: UUID) -> int:
    return db.scalars(select(func.count()).where(RecoveryCode.user_id == user_id)).one()


def use_recovery_code(db: Session, user_id: UUID, hash: bytes) -> bool:
    """Whether there was one; now it is gone."""
    used = delete(RecoveryCode).where(RecoveryCode.code_hash == hash, RecoveryCode.user_id == user_id)
    return bool(_count(db, used))


def replace_recovery_codes(db: Session, user_id: UUID, hashes: list[bytes]) -> None:
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.add_all(RecoveryCode(code_hash=hash, user_id=user_id) for hash in hashes)
    db.flush()


# -- sessions


def sessions_of(db: Session, user_id: UUID, idle_minutes: int) -> list[UserSession]:
    """Those that have not ended, the latest used first."""
    asked = select(UserSession).where(UserSession.user_id == user_id, ~_ended(idle_minutes))
    return list(db.scalars(asked.order_by(UserSession.last_seen_at.desc(), UserSession.id)))


def own_session(db: Session, by: By, id: UUID) -> UserSession | None:
    return db.scalar(select(UserSession).where(UserSession.id == id, UserSession.user_id == by.user_id))


def delete_session(db: Session, hash: bytes) -> UserSession | None:
    return db.scalar(delete(UserSession).where(UserSession.token_hash == hash).returning(UserSession))


def delete_sessions(db: Session, user_id: UUID, but: UUID | None) -> int:
    return _count(db, delete(UserSession).where(UserSession.user_id == user_id, UserSession.id.is_distinct_from(but)))


def delete_ended_sessions(db: Session, idle_minutes: int) -> None:
    db.execute(delete(UserSession).where(_ended(idle_minutes)))


def _ended(idle_minutes: int) -> Any:
    now = datetime.now(UTC)
    return or_(UserSession.expires_at <= now, UserSession.last_seen_at <= now - timedelta(minutes=idle_minutes))


# -- browsers that are known


def is_device(db: Session, hash: bytes) -> bool:
    return bool(db.scalar(select(exists().where(Device.token_hash == hash))))


def keep_device(db: Session, hash: bytes, user_id: UUID) -> None:
    known = insert(Device).values(token_hash=hash, user_id=user_id)
    db.execute(
        known.on_conflict_do_update(index_elements=["token_hash"], set_={"last_seen_at": func.clock_timestamp()})
    )


def delete_old_devices(db: Session, days: int) -> None:
    db.execute(delete(Device).where(Device.last_seen_at < datetime.now(UTC) - timedelta(days=days)))


def _count(db: Session, statement: Any) -> int:
    return int(db.execute(statement).rowcount)  # type: ignore[attr-defined]
