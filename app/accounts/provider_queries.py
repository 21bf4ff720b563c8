"""What is asked of identity providers, and of the people they know."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.people.models import Identity, IdentityProvider, OneTimeLink, Organisation, User

ProviderOf = tuple[IdentityProvider, Organisation]


def find_providers(db: Session) -> list[ProviderOf]:
    """All, each with its organisation."""
    return [(one, organisation) for one, organisation in db.execute(_providers().order_by(Organisation.code)).tuples()]


def provider_with(db: Session, id: UUID) -> ProviderOf | None:
    found = db.execute(_providers().where(IdentityProvider.id == id)).tuples().one_or_none()
    return (found[0], found[1]) if found else None


def provider_at(db: Session, issuer: str) -> IdentityProvider | None:
    return db.scalar(select(IdentityProvider).where(IdentityProvider.issuer == issuer))


def offered_providers(db: Session) -> list[dict[str, Any]]:
    """What the page where people sign in shows: [{id, name, organisation: {language: name}}]."""
    found = db.execute(_providers().where(IdentityProvider.enabled).order_by(IdentityProvider.name)).tuples()
    return [{"id": one.id, "name": one.name, "organisation": organisation.names} for one, organisation in found]


def _providers() -> Any:
    of = Organisation.id == IdentityProvider.organisation_id
    return select(IdentityProvider, Organisation).join(Organisation, of)


def find_organisations(db: Session) -> list[Organisation]:
    return list(db.scalars(select(Organisation).order_by(Organisation.code)))


def organisation_with(db: Session, code: str) -> Organisation | None:
    return db.scalar(select(Organisation).where(Organisation.code == code))


def person_known_as(db: Session, provider_id: UUID, subject: str) -> User | None:
    """Whom the provider calls so."""
    known = (Identity.provider_id == provider_id, Identity.subject == subject)
    return db.scalar(select(User).join(Identity, Identity.user_id == User.id).where(*known))


def person_with_email(db: Session, organisation_id: UUID, email: str) -> User | None:
    """Locked: of two first visits at once one is to link the account."""
    wanted = (User.organisation_id == organisation_id, func.lower(User.email) == func.lower(email))
    return db.scalar(select(User).where(*wanted).with_for_update())


def is_linked(db: Session, provider_id: UUID, user_id: UUID) -> bool:
    linked = (Identity.provider_id == provider_id, Identity.user_id == user_id)
    return db.scalar(select(Identity).where(*linked)) is not None


def use_up_invitations(db: Session, user_id: UUID) -> None:
    """Who has come another way needs the mailed link no more, and nobody else should find it."""
    open_ones = (OneTimeLink.user_id == user_id, OneTimeLink.purpose == "invitation", OneTimeLink.used_at.is_(None))
    db.execute(update(OneTimeLink).where(*open_ones).values(used_at=func.now()))
