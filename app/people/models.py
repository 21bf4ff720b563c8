"""Organisations, the meetings that made the Centre, and the people and programs that sign in."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.permissions import Role
from app.records import VISIBILITY, Dated, Identified, one_of

ORGANISATION_KINDS = (
    "authority",
    "ministry",
    "red_cross_red_crescent",
    "un",
    "international",
    "regional",
    "donor",
    "ngo",
    "military",
    "science",
    "other",
)
RELATIONS = ("party", "acceding", "participating", "supporting")


class Organisation(Identified, Dated, Base):
    """Who has, gives or asks; `relation` is to the Almaty Centre, none where there is none."""

    __tablename__ = "organisations"
    __table_args__ = (
        one_of("kind", *ORGANISATION_KINDS),
        one_of("relation", *RELATIONS),
        Index("ix_organisations_search", "search", postgresql_using="gin"),
        Index("uq_organisations_is_centre", "is_centre", unique=True, postgresql_where=text("is_centre")),
    )
    code: Mapped[str] = mapped_column(unique=True)
    names: Mapped[dict[str, str]]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    kind: Mapped[str]
    country_iso3: Mapped[str | None] = mapped_column(ForeignKey("countries.iso3"), index=True)
    relation: Mapped[str | None]
    is_centre: Mapped[bool] = mapped_column(server_default=text("false"))
    url: Mapped[str | None]
    source: Mapped[str]
    search: Mapped[str | None] = mapped_column(TSVECTOR, sort_order=99)


class Meeting(Identified, Dated, Base):
    """A meeting of the Heart of Asia confidence-building measure on disaster management, or of the Centre."""

    __tablename__ = "meetings"
    __table_args__ = (one_of("status", "held", "planned"),)
    code: Mapped[str] = mapped_column(unique=True)
    names: Mapped[dict[str, str]]
    held_on: Mapped[date | None]
    held_until: Mapped[date | None]
    place: Mapped[dict[str, str]]
    status: Mapped[str]
    note: Mapped[dict[str, str] | None]
    source: Mapped[str]


# -- people who sign in


class User(Identified, Dated, Base):
    """An account: one person in one organisation. Erased accounts keep their id, for history, and nothing else."""

    __tablename__ = "users"
    __table_args__ = (
        one_of("status", "invited", "active", "suspended", "erased"),
        Index("uq_users_email", func.lower(text("email")), unique=True),
    )
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    email: Mapped[str | None]
    name: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="en")
    status: Mapped[str] = mapped_column(server_default="invited")
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # encrypted: app/secrets.py
    totp_last_step: Mapped[int | None]  # a code serves once
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))
    last_signed_in_at: Mapped[datetime | None]


class UserRole(Base):
    """A role of a person; `countries` limits it to these, ISO 3166-1 alpha-3, and empty is everywhere."""

    __tablename__ = "user_roles"
    __table_args__ = (one_of("role", *Role),)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))


class UserSession(Identified, Base):
    """A browser that has signed in; the token itself is only in its cookie."""

    __tablename__ = "sessions"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    strength: Mapped[str]  # what was given: password, password+totp, password+passkey, passkey, openid, openid+totp …
    second_factor: Mapped[bool]
    browser: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    last_seen_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    expires_at: Mapped[datetime] = mapped_column(index=True)  # whatever happens; the idle time-out comes earlier


class Passkey(Identified, Base):
    """A WebAuthn credential."""

    __tablename__ = "passkeys"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    last_used_at: Mapped[datetime | None]


class Ceremony(Identified, Base):
    """Something begun in one browser that its next step ends: a second factor, a passkey, a visit to an identity provider."""

    __tablename__ = "ceremonies"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    purpose: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    state: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Device(Base):
    """A browser in which this person has signed in before: an attacker's failures elsewhere do not slow it down."""

    __tablename__ = "devices"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    last_seen_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class SignInFailure(Base):
    """How often signing in failed of late, by account, device or address; `bucket` is a hash of which."""

    __tablename__ = "sign_in_failures"
    bucket: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    wait_until: Mapped[datetime]


class RecoveryCode(Base):
    """Serves once instead of a second factor that is lost. 120 random bits, so that a plain hash is enough."""

    __tablename__ = "recovery_codes"
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class OneTimeLink(Identified, Base):
    """An invitation, a recovery, or the link that makes the first administrator. Mailed, used once, then worthless."""

    __tablename__ = "one_time_links"
    __table_args__ = (
        one_of("purpose", "invitation", "recovery", "first_administrator"),
        CheckConstraint("(purpose = 'first_administrator') = (user_id IS NULL)", name="user_id"),
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    purpose: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Mail(Identified, Base):
    """The outbox: written with the change that it tells of, sent by the background worker, emptied once sent."""

    __tablename__ = "mails"
    recipient: Mapped[str | None]
    subject: Mapped[str]
    body: Mapped[str | None]
    headers: Mapped[dict[str, str] | None]  # beside the usual ones: List-Unsubscribe
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)
    failure: Mapped[str | None]


class IdentityProvider(Identified, Dated, Base):
    """An organisation's own accounts, by OpenID Connect."""

    __tablename__ = "identity_providers"
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    issuer: Mapped[str] = mapped_column(unique=True)
    client_id: Mapped[str]
    client_secret: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted: app/secrets.py
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))


class Identity(Base):
    """What a provider calls a person."""

    __tablename__ = "identities"
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("identity_providers.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


# -- programs


class ApiKey(Identified, Base):
    """What a program of an organisation signs in with: shown once, kept as a hash. `scopes` are permissions."""

    __tablename__ = "api_keys"
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hint: Mapped[str]  # its first characters, to tell keys apart
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


# -- whom to call


class Contact(Identified, Dated, Base):
    """Whom to call: a duty desk or a person of an organisation, or of one of its capacities."""

    __tablename__ = "contacts"
    __table_args__ = (
        one_of("kind", "duty_officer", "focal_point", "liaison", "capacity"),
        one_of("visibility", *VISIBILITY),
        CheckConstraint("(kind = 'capacity') = (capacity_id IS NOT NULL)", name="capacity_id"),
    )
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    capacity_id: Mapped[UUID | None] = mapped_column(ForeignKey("capacities.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    position: Mapped[str] = mapped_column(server_default="")  # what they are: duty officer of the crisis centre
    phones: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    email: Mapped[str | None]
    radio: Mapped[str] = mapped_column(server_default="")
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    is_24h: Mapped[bool] = mapped_column(server_default=text("false"))
    hours: Mapped[str] = mapped_column(server_default="")
    visibility: Mapped[str] = mapped_column(server_default="centre")
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))
    withdrawn_at: Mapped[datetime | None]
