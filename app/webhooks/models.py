"""Receivers of other organisations, what is to be delivered to each, and every attempt at it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.announcements.models import Conditioned, allowed
from app.db import Base
from app.records import Identified, one_of

SEES = ("public", "partners", "centre")
STATES = ("waiting", "delivered", "failed", "withheld", "skipped")


class Webhook(Identified, Conditioned, Base):
    """An address that an organisation wants announcements sent to. It sees what an API key of the organisation would."""

    __tablename__ = "webhooks"
    __table_args__ = (
        *allowed(),
        one_of("sees", *SEES),
        one_of("state", "active", "paused", "ended"),
        one_of("because", "failing", "gone", "owner"),
        CheckConstraint("(former_secret IS NULL) = (former_until IS NULL)", name="former_secret"),
    )
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    url: Mapped[str]
    sees: Mapped[str]  # beside the organisation's own: what is public, what partners see, what the Centre sees
    limited_to: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'")
    )  # countries of whoever made it
    secret: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted: app/secrets.py
    former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="active")
    because: Mapped[str | None]  # why it is paused or ended
    failures: Mapped[int] = mapped_column(server_default=text("0"))  # in a row, whatever was sent
    failing_since: Mapped[datetime | None]
    next_try_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class Delivery(Identified, Base):
    """One announcement for one webhook, or a test without one; its id is the receiver's `webhook-id`, attempt after attempt."""

    __tablename__ = "deliveries"
    __table_args__ = (
        one_of("state", *STATES),
        UniqueConstraint("webhook_id", "announcement_id"),
        Index("ix_deliveries_created_at", "webhook_id", "created_at"),
        Index("ix_deliveries_waiting", "webhook_id", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
    )
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    announcement_id: Mapped[UUID | None] = mapped_column(ForeignKey("announcements.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    last_status: Mapped[int | None]
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    taken_until: Mapped[datetime | None]  # it is on its way; past that, whoever took it is dead
    patient_until: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp() + interval '3 days'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    done_at: Mapped[datetime | None]


class Attempt(Identified, Base):
    """One request to a receiver: how long it took, what came back, or in one word why nothing did."""

    __tablename__ = "delivery_attempts"
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    failure: Mapped[str | None]
    answer: Mapped[str] = mapped_column(server_default="")  # the beginning of it
