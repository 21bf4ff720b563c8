"""What is asked of people by those who administer them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, delete, exists, func, or_, select, text, tuple_, update
from sqlalchemy.orm import Session

from app.administration.schemas import PeopleFilter
from app.history import PersonalValue
from app.people.models import (
    ApiKey,
    Ceremony,
    Device,
    Identity,
    OneTimeLink,
    Organisation,
    Passkey,
    RecoveryCode,
    User,
    UserRole,
    UserSession,
)
from app.permissions import Countries, Role

AT_A_TIME = 50
SIGNED_IN_BY = (
    Device,
    Identity,
    OneTimeLink,
    Passkey,
    RecoveryCode,
    Ceremony,
    UserSession,
)  # all that an account signs in with


def get_centre(db: Session) -> Organisation:
    return db.scalars(select(Organisation).where(Organisation.is_centre)).one()


def organisations_within(db: Session, limit: Countries) -> list[Organisation]:
    """Those whose people an administrator limited to these countries manages, the Centre first: it is for the unlimited."""
    asked = select(Organisation).order_by(Organisation.is_centre.desc(), Organisation.code)
    return list(db.scalars(asked.where(*_within(limit))))


def _within(limit: Countries) -> list[Any]:
    return [] if limit is None else [Organisation.country_iso3.in_(limit), ~Organisation.is_centre]


def countries(db: Session, lang: str) -> list[tuple[str, str]]:
    """Code and name of those that roles can be limited to."""
    named = text("SELECT iso3, label(names, :lang) FROM countries WHERE region ORDER BY 2")
    return [(code, name) for code, name in db.execute(named, {"lang": lang})]


def unknown_countries(db: Session, codes: set[str]) -> set[str]:
    known = set(db.scalars(text("SELECT iso3 FROM countries WHERE iso3 = ANY (:codes)"), {"codes": sorted(codes)}))
    return codes - known


# -- the list


def find_people(
    db: Session, where: PeopleFilter, limit: Countries, *, only_demonstration: bool
) -> list[tuple[User, Organisation, list[str]]]:
    """One page, by name, and the first of the next: each person with their organisation and the names of their roles."""
    held: Any = func.array_agg(UserRole.role, type_=ARRAY(Text))
    roles = select(func.coalesce(held, text("'{}'"))).where(UserRole.user_id == User.id).scalar_subquery()
    asked = select(User, Organisation, roles).join(Organisation)
    asked = asked.where(*_reached(limit, only_demonstration), *_wanted(db, where))
    found = db.execute(asked.order_by(func.lower(User.name), User.id).limit(AT_A_TIME + 1))
    return [(user, organisation, sorted(codes)) for user, organisation, codes in found]


def _reached(limit: Countries, only_demonstration: bool) -> list[Any]:
    reached = _within(limit)
    return [*reached, User.demonstration] if only_demonstration else reached


def _wanted(db: Session, where: PeopleFilter) -> Iterator[Any]:
    yield User.status == where.status if where.status else User.status != "erased"
    if where.organisation:
        yield Organisation.code == where.organisation
    if where.role:
        yield exists().where(UserRole.user_id == User.id, UserRole.role == where.role)
    for word in where.q.split():
        yield or_(User.name.icontains(word, autoescape=True), User.email.icontains(word, autoescape=True))
    if last := db.get(User, where.after) if where.after else None:
        yield tuple_(func.lower(User.name), User.id) > tuple_(func.lower(last.name), last.id)


# -- one person


def person_with_id(db: Session, id: UUID, *, lock: bool = False) -> tuple[User, Organisation] | None:
    asked = select(User, Organisation).join(Organisation).where(User.id == id)
    found = db.execute(asked.with_for_update(of=User) if lock else asked).one_or_none()
    return (found[0], found[1]) if found else None


def roles_granted(db: Session, id: UUID) -> dict[str, list[str]]:
    """Each role of a person with the countries that limit it."""
    asked = select(UserRole.role, UserRole.countries).where(UserRole.user_id == id).order_by(UserRole.role)
    return {role: sorted(codes) for role, codes in db.execute(asked)}


def replace_roles(db: Session, id: UUID, granted: dict[str, list[str]]) -> None:
    db.execute(delete(UserRole).where(UserRole.user_id == id))
    db.add_all(UserRole(user_id=id, role=role, countries=codes) for role, codes in granted.items())
    db.flush()


def is_demonstration(db: Session, id: UUID | None) -> bool:
    return bool(db.scalar(select(User.demonstration).where(User.id == id)))


def lock_administrators(db: Session) -> set[UUID]:
    """Those who serve everywhere and are real. Held, so that of two who remove each other one comes too late."""
    asked = (
        select(User.id)
        .join(UserRole)
        .where(UserRole.role == Role.ADMINISTRATOR, UserRole.countries == [], User.status == "active")
        .where(~User.demonstration)
        .order_by(User.id)
        .with_for_update()
    )
    return set(db.scalars(asked))


def can_sign_in(db: Session, person: User) -> bool:
    """Whether there is anything yet that the account signs in with."""
    has_passkey, has_identity = (exists().where(table.user_id == person.id) for table in (Passkey, Identity))
    return person.password_hash is not None or bool(db.scalar(select(or_(has_passkey, has_identity))))


def delete_passkeys(db: Session, id: UUID) -> None:
    db.execute(delete(Passkey).where(Passkey.user_id == id))


def delete_ways_in(db: Session, id: UUID) -> None:
    for table in SIGNED_IN_BY:
        db.execute(delete(table).where(table.user_id == id))


def erase_personal_values(db: Session, id: UUID) -> int:
    """Of what history says of somebody only digests are left, which say nothing without their salt."""
    theirs = (PersonalValue.subject_id == id, PersonalValue.erased_at.is_(None))
    erasing = update(PersonalValue).where(*theirs).values(value=None, salt=None, erased_at=datetime.now(UTC))
    done: Any = db.execute(erasing)
    return int(done.rowcount)


# -- the demonstration


def lock_demonstration(db: Session) -> list[User]:
    """Its accounts that somebody could still sign in with, or be invited to."""
    serving = User.status.in_(("active", "invited"))
    return list(db.scalars(select(User).where(User.demonstration, serving).order_by(User.id).with_for_update()))


def revoke_keys_of_demonstration(db: Session) -> None:
    theirs = ApiKey.created_by_id.in_(select(User.id).where(User.demonstration))
    db.execute(update(ApiKey).where(theirs, ApiKey.revoked_at.is_(None)).values(revoked_at=datetime.now(UTC)))
