"""Warnings, where they hold, whom they were told to, who has read them, and what is done where nobody has."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Dated, Identified, Record, one_of

# The code lists of CAP 1.2, in its order and our spelling: CAP writes each with a capital
MSG_TYPES = ("alert", "update", "cancel")
STATUSES = ("actual", "exercise", "test")
URGENCIES = ("immediate", "expected", "future", "past", "unknown")
SEVERITIES = ("extreme", "severe", "moderate", "minor", "unknown")
CERTAINTIES = ("observed", "likely", "possible", "unlikely", "unknown")
CATEGORIES = (
    "geo", "met", "safety", "security", "rescue", "fire", "health", "env", "transport", "infra", "cbrne", "other",
)  # fmt: skip
RESPONSES = ("shelter", "evacuate", "prepare", "execute", "avoid", "monitor", "assess", "all_clear", "none")
STATES = ("draft", "in_force", "expired", "updated", "cancelled", "cancellation")
ACTIONS = ("remind", "tell_next", "tell_centre")


class Warning(Record, Base):
    """One CAP message. A draft until `issued_at`; then it never changes, but that a later message has ended it."""

    __tablename__ = "warnings"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        one_of("audience", *VISIBILITY),
        one_of("msg_type", *MSG_TYPES),
        one_of("status", *STATUSES),
        one_of("urgency", *URGENCIES),
        one_of("severity", *SEVERITIES),
        one_of("certainty", *CERTAINTIES),
        one_of("ended_as", "updated", "cancelled"),
        Index("ix_warnings_expires_at", "expires_at"),
        Index("uq_warnings_replaces_id", "replaces_id", unique=True, postgresql_where=text("issued_at IS NOT NULL")),
    )
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)  # who warns
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id"), index=True)
    msg_type: Mapped[str]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("warnings.id"))  # the message that it ends
    status: Mapped[str]
    audience: Mapped[str]  # who may see it once it is issued
    hazard_code: Mapped[str] = mapped_column(ForeignKey("hazards.code"))
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    responses: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    urgency: Mapped[str]
    severity: Mapped[str]
    certainty: Mapped[str]
    effective_at: Mapped[datetime | None]
    onset_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    headlines: Mapped[dict[str, str]]  # the languages of the message are those that a headline is in
    descriptions: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    instructions: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    area_descriptions: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    geometry: Mapped[WKBElement | None] = mapped_column(Geometry("GEOMETRY", srid=4326))
    circles: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))  # {lon, lat, km}
    parameters: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))  # {name, value}
    contact: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")  # why: of a cancellation, or of an exercise
    issued_at: Mapped[datetime | None]
    cap: Mapped[str | None]  # the message as it was sent
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]
    visibility: Mapped[str] = mapped_column(server_default="centre", sort_order=80)  # of a draft; then the audience


class WarningCountry(Base):
    """A country that the warning is for."""

    __tablename__ = "warning_countries"
    warning_id: Mapped[UUID] = mapped_column(ForeignKey("warnings.id", ondelete="CASCADE"), primary_key=True)
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"), primary_key=True, index=True)


class WarningArea(Base):
    """An administrative area that the warning is for."""

    __tablename__ = "warning_areas"
    warning_id: Mapped[UUID] = mapped_column(ForeignKey("warnings.id", ondelete="CASCADE"), primary_key=True)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("areas.id"), primary_key=True, index=True)


class WarningRecipient(Base):
    """An organisation that an issued warning is told to."""

    __tablename__ = "warning_recipients"
    warning_id: Mapped[UUID] = mapped_column(ForeignKey("warnings.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True, index=True)
    added_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class WarningReader(Identified, Base):
    """Somebody who was told of a warning or has read it: a person with an account, a contact of the directory, a program."""

    __tablename__ = "warning_readers"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, contact_id, key_id) = 1", name="who"),
        one_of("told_as", "first", "next", "centre"),
        one_of("opened_by", "page", "link", "api"),
        one_of("acknowledged_by", "page", "link", "api"),
        *(
            Index(
                f"uq_warning_readers_{who}", "warning_id", who, unique=True, postgresql_where=text(f"{who} IS NOT NULL")
            )
            for who in ("user_id", "contact_id", "key_id")
        ),
    )
    warning_id: Mapped[UUID] = mapped_column(ForeignKey("warnings.id", ondelete="CASCADE"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"))
    told_as: Mapped[str | None]  # NULL: came by themselves
    opened_at: Mapped[datetime | None]
    opened_by: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    remark: Mapped[str] = mapped_column(server_default="")


class WarningLetter(Identified, Base):
    """A mail to a reader. Its link opens this warning for this person, without a password, until it expires."""

    __tablename__ = "warning_letters"
    __table_args__ = (one_of("kind", "told", "reminded", "late"),)
    reader_id: Mapped[UUID] = mapped_column(ForeignKey("warning_readers.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    mail_id: Mapped[UUID]  # in the outbox, which forgets after a month
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class WarningRule(Identified, Dated, Base):
    """What is done so many minutes after the issue where an organisation has not acknowledged; NULL: it is not done."""

    __tablename__ = "warning_rules"
    __table_args__ = (
        one_of("severity", *SEVERITIES),
        one_of("action", *ACTIONS),
        CheckConstraint("after_minutes BETWEEN 1 AND 10080", name="after_minutes"),
        UniqueConstraint("severity", "action", name="uq_warning_rules_severity"),
    )
    severity: Mapped[str]
    action: Mapped[str]
    after_minutes: Mapped[int | None]


class WarningStep(Identified, Base):
    """A rule as it was when a warning was issued to an organisation: done once, or dropped."""

    __tablename__ = "warning_steps"
    __table_args__ = (
        one_of("action", *ACTIONS),
        one_of("dropped_because", "acknowledged", "ended"),
        ForeignKeyConstraint(
            ["warning_id", "organisation_id"],
            ["warning_recipients.warning_id", "warning_recipients.organisation_id"],
            ondelete="CASCADE",
            name="fk_warning_steps_warning_id_warning_recipients",
        ),
        UniqueConstraint("warning_id", "organisation_id", "action", name="uq_warning_steps_warning_id"),
        Index("ix_warning_steps_due_at", "due_at", postgresql_where=text("done_at IS NULL")),
    )
    warning_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    action: Mapped[str]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]  # or dropped
    mails: Mapped[int | None]
    dropped_because: Mapped[str | None]
