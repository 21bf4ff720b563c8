"""What feeds brought, one candidate a happening, what became of it, and the rules by which it is sorted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, Computed, FetchedValue, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Double, Text

from app.db import Base
from app.events.models import ALERT_LEVELS
from app.records import Dated, Identified, one_of

STATUSES = ("undecided", "dropped", "event", "dismissed")
REGIONS = ("inside", "near", "said", "unknown", "outside")
DEEDS = ("drop", "keep", "urgent", "publish")
NO_TEXTS = text("'{}'")

Texts = Mapped[list[str]]


def texts() -> Any:
    """A column of several texts, none of them unless said."""
    return mapped_column(ARRAY(Text), server_default=NO_TEXTS)


class InboxRule(Identified, Dated, Base):
    """What becomes of candidates that fulfil all its conditions; the first rule that fits decides. Empty: whatever."""

    __tablename__ = "inbox_rules"
    __table_args__ = (
        one_of("does", *DEEDS),
        one_of("alert_from", *ALERT_LEVELS),
        one_of("alert_to", *ALERT_LEVELS),
        one_of("event_status", "alert", "ongoing", "closed"),
        one_of("event_visibility", "public", "partners", "centre"),
        CheckConstraint("does <> 'drop' OR reason <> ''", name="reason"),
        UniqueConstraint("position", deferrable=True, initially="DEFERRED"),
    )
    position: Mapped[int]
    does: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    is_enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    feeds: Texts = texts()
    hazards: Texts = texts()
    countries: Texts = texts()
    area: Mapped[str | None]
    anywhere: Mapped[bool] = mapped_column(
        server_default=text("false")
    )  # else only in the region, or where nobody knows
    magnitude_from: Mapped[float | None] = mapped_column(Double)
    magnitude_below: Mapped[float | None] = mapped_column(Double)
    depth_from_km: Mapped[float | None] = mapped_column(Double)
    depth_to_km: Mapped[float | None] = mapped_column(Double)
    alert_from: Mapped[str | None]
    alert_to: Mapped[str | None]
    words: Mapped[str] = mapped_column(server_default="")
    # of the event that a publishing rule logs, and for which organisation: that of whoever wrote the rule
    event_status: Mapped[str] = mapped_column(server_default="ongoing")
    event_visibility: Mapped[str] = mapped_column(server_default="public")
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))


class Candidate(Identified, Dated, Base):
    """One happening as feeds tell of it. `chosen` says which feed each value comes from, `decided` what they were then.

    `magnitude_most` is the largest that any feed says, which is what rules look at. `waits`: an operator has to look.
    """

    __tablename__ = "candidates"
    __table_args__ = (
        one_of("status", *STATUSES),
        one_of("region", *REGIONS),
        one_of("alert_level", *ALERT_LEVELS),
        CheckConstraint("titles <> '{}'", name="titles"),
        CheckConstraint("event_id IS NULL OR status = 'event'", name="event_id"),
        Index("ix_candidates_gravity_id", text("gravity DESC"), text("id DESC")),
        Index("ix_candidates_waits", text("gravity DESC"), text("id DESC"), postgresql_where=text("waits")),
        Index("ix_candidates_search", "search", postgresql_using="gin"),
    )
    ref: Mapped[str] = mapped_column(unique=True, server_default=FetchedValue())
    status: Mapped[str]
    is_changed: Mapped[bool] = mapped_column(server_default=text("false"))  # what matters, since it was decided
    urgent: Mapped[bool] = mapped_column(server_default=text("false"))
    titles: Mapped[dict[str, str]]
    hazard_code: Mapped[str | None] = mapped_column(ForeignKey("hazards.code"))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    magnitude: Mapped[float | None] = mapped_column(Double)
    magnitude_type: Mapped[str] = mapped_column(server_default="")
    magnitude_most: Mapped[float | None] = mapped_column(Double)
    depth_km: Mapped[float | None] = mapped_column(Double)
    alert_level: Mapped[str | None]
    population: Mapped[int | None] = mapped_column(BigInteger)
    geometry: Mapped[WKBElement | None] = mapped_column(Geometry("GEOMETRY", srid=4326))
    town: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # {names, km, azimuth, country}
    region: Mapped[str]
    countries: Texts = texts()
    areas: Texts = texts()
    glides: Texts = texts()
    feeds: Texts = texts()
    is_exercise: Mapped[bool] = mapped_column(server_default=text("false"))
    is_test: Mapped[bool] = mapped_column(server_default=text("false"))
    is_cancelled: Mapped[bool] = mapped_column(server_default=text("false"))
    chosen: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=NO_TEXTS)
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey("inbox_rules.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str] = mapped_column(server_default="")
    changed: Texts = texts()
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id", ondelete="SET NULL"), index=True)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    decided: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    raised_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    waits: Mapped[bool] = mapped_column(Computed("status = 'undecided' OR is_changed", persisted=True))
    gravity: Mapped[int] = mapped_column(
        BigInteger,
        Computed(
            "(CASE WHEN is_changed THEN 2 WHEN urgent THEN 1 ELSE 0 END) * 100000000000"
            " + floor(extract(epoch FROM raised_at AT TIME ZONE 'UTC'))::bigint",
            persisted=True,
        ),
    )
    search: Mapped[str | None] = mapped_column(TSVECTOR, sort_order=99)


class CandidateItem(Base):
    """An item of a feed as the inbox last looked at it, and where that is: `placed` is app/inbox/told.py Placed.

    `kin` is the group of hazards that it may be told of as; with the time it finds the likes of an item.
    """

    __tablename__ = "candidate_items"
    __table_args__ = (Index("ix_candidate_items_kin", "kin", "started_at"),)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("feed_items.id", ondelete="CASCADE"), primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"), index=True)
    feed_id: Mapped[UUID] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    said: Mapped[dict[str, Any]] = mapped_column(JSONB)
    kin: Mapped[str]
    started_at: Mapped[datetime | None]
    point: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    placed: Mapped[dict[str, Any]] = mapped_column(JSONB)


class CandidateKey(Base):
    """A name that some body gave the happening: whatever else bears it tells of the same."""

    __tablename__ = "candidate_keys"
    key: Mapped[str] = mapped_column(primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"), index=True)


class CandidateChange(Identified, Base):
    """What a feed came to say otherwise: `was` and `is_now` hold the fields that differ."""

    __tablename__ = "candidate_changes"
    __table_args__ = (Index("ix_candidate_changes_candidate_id", "candidate_id", "id"),)
    candidate_id: Mapped[UUID] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    feed: Mapped[str]
    revision: Mapped[int]
    was: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_now: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
