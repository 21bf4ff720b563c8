"""What was done that outsiders may have asked to be told of, and the conditions under which they asked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.events.models import ALERT_LEVELS
from app.records import VISIBILITY, Identified, one_of

EXERCISES = ("no", "yes", "only")


class Announcement(Identified, Base):
    """A row of history that may be news to somebody. A trigger writes it; `told_at` says that it was handed on."""

    __tablename__ = "announcements"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        Index("ix_announcements_untold", "history_id", postgresql_where=text("told_at IS NULL")),
    )
    history_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    noun: Mapped[str]
    action: Mapped[str]
    record_id: Mapped[UUID]
    ref: Mapped[str]
    visibility: Mapped[str]  # that of the row of history
    was_alert_level: Mapped[str | None]  # before the change, where the change was of it
    was_status: Mapped[str | None]
    kind: Mapped[str | None]  # event.logged, figure.added …; empty: told to nobody
    event_id: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    told_at: Mapped[datetime | None]


def codes() -> Mapped[list[str]]:
    return mapped_column(ARRAY(Text), server_default=text("'{}'"))


class Conditioned:
    """What somebody wants to be told of: each condition that is given must be met, by one of its values."""

    countries: Mapped[list[str]] = codes()
    areas: Mapped[list[str]] = codes()  # codes, with all below
    hazards: Mapped[list[str]] = codes()
    alert_at_least: Mapped[str | None]
    statuses: Mapped[list[str]] = codes()
    kinds: Mapped[list[str]] = codes()
    exercises: Mapped[str] = mapped_column(server_default="no")


def allowed() -> tuple[CheckConstraint, ...]:
    """The checks of a table that is Conditioned."""
    return one_of("alert_at_least", *ALERT_LEVELS), one_of("exercises", *EXERCISES)
