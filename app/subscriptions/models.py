"""What people want to be mailed of, when, and what of it is not mailed yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.announcements.models import Conditioned, allowed
from app.db import Base
from app.records import Identified, one_of

RHYTHMS = ("immediate", "daily")


class Subscription(Identified, Conditioned, Base):
    """A person's wish to be mailed. `hour` and `time_zone` are those of the daily digest."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        *allowed(),
        one_of("rhythm", *RHYTHMS),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        CheckConstraint("(rhythm = 'daily') = (next_digest_at IS NOT NULL)", name="next_digest_at"),
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    rhythm: Mapped[str]
    hour: Mapped[int]
    time_zone: Mapped[str]
    next_digest_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class News(Base):
    """An announcement that is to be mailed to a subscriber; gone once it is in the outbox."""

    __tablename__ = "subscription_news"
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True)
    announcement_id: Mapped[UUID] = mapped_column(
        ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Mailing(Base):
    """When a subscriber was last mailed about an event, or about a warning without one."""

    __tablename__ = "subscription_mailings"
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True)
    about_id: Mapped[UUID] = mapped_column(primary_key=True)
    mailed_at: Mapped[datetime] = mapped_column(index=True)
