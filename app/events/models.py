"""Disaster events and where they happened."""

from datetime import datetime
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Identified, Record, one_of

STATUSES = ("alert", "ongoing", "closed")
ALERT_LEVELS = ("green", "orange", "red")
RELATIONS = ("part_of", "triggered_by", "aftershock_of", "related")


class Event(Record, Base):
    """Something that happened or may happen; `started_precision` says how much of `started_at` is known."""

    __tablename__ = "events"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        one_of("status", *STATUSES),
        one_of("alert_level", *ALERT_LEVELS),
        one_of("started_precision", "minute", "hour", "day", "month"),
        one_of("geometry_precision", "printed", "approximate", "exact"),
        CheckConstraint("started_at <= ended_at", name="ended_at"),
        CheckConstraint("(geometry IS NULL) = (geometry_precision IS NULL)", name="geometry"),
        CheckConstraint(
            "merged_into_id IS NULL OR (merged_into_id <> id AND withdrawn_at IS NOT NULL)", name="merged_into_id"
        ),
        CheckConstraint("visibility <> 'own' OR organisation_id IS NOT NULL", name="organisation_id"),
        Index("ix_events_started_at_id", text("started_at DESC"), text("id DESC")),
        Index("ix_events_search", "search", postgresql_using="gin"),
        Index("ix_events_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
    )
    titles: Mapped[dict[str, str]]
    summary: Mapped[dict[str, str] | None]
    hazard_code: Mapped[str] = mapped_column(ForeignKey("hazards.code"), index=True)
    status: Mapped[str]
    alert_level: Mapped[str | None]
    started_at: Mapped[datetime]
    started_precision: Mapped[str] = mapped_column(server_default="day")
    ended_at: Mapped[datetime | None]
    place: Mapped[dict[str, str] | None]
    geometry: Mapped[WKBElement | None] = mapped_column(Geometry("GEOMETRY", srid=4326))
    geometry_precision: Mapped[str | None]
    exercise: Mapped[bool] = mapped_column(server_default=text("false"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)  # who keeps it
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id", ondelete="SET NULL"))  # its master
    search: Mapped[str | None] = mapped_column(TSVECTOR, sort_order=99)


class EventCountry(Base):
    """A country the event touches."""

    __tablename__ = "event_countries"
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"), primary_key=True, index=True)


class EventArea(Base):
    """An administrative area the event touches."""

    __tablename__ = "event_areas"
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("areas.id"), primary_key=True, index=True)


class EventGlide(Base):
    """A GLIDE number given to the event; one event may have several and one number several events."""

    __tablename__ = "event_glides"
    __table_args__ = (
        CheckConstraint("glide ~ '^[A-Z]{2}-[0-9]{4}-[0-9]{6}-[A-Z]{3}$'", name="glide"),
        Index("ix_event_glides_number", text("substr(glide, 4)")),
    )
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    glide: Mapped[str] = mapped_column(primary_key=True, index=True)


class EventVersion(Base):
    """What an event said between two moments; triggers write it. `id` is the event's."""

    __tablename__ = "event_versions"
    __table_args__ = (
        CheckConstraint("known_from < known_until", name="known"),
        Index("ix_event_versions_search", "search", postgresql_using="gin"),
        Index("ix_event_versions_countries", "countries", postgresql_using="gin"),
        Index("ix_event_versions_area_ids", "area_ids", postgresql_using="gin"),
        Index("ix_event_versions_started_at_id", text("started_at DESC"), text("id DESC")),
        Index(
            "ix_event_versions_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")
        ),
        ExcludeConstraint(
            ("id", "="),
            (func.tstzrange(text("known_from"), text("known_until")), "&&"),
            name="ex_event_versions_id",
            using="gist",
        ),
    )
    id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    ref: Mapped[str] = mapped_column(index=True)
    titles: Mapped[dict[str, str]]
    summary: Mapped[dict[str, str] | None]
    hazard_code: Mapped[str]
    status: Mapped[str]
    alert_level: Mapped[str | None]
    started_at: Mapped[datetime]
    started_precision: Mapped[str]
    ended_at: Mapped[datetime | None]
    place: Mapped[dict[str, str] | None]
    geometry: Mapped[WKBElement | None] = mapped_column(Geometry("GEOMETRY", srid=4326))
    geometry_precision: Mapped[str | None]
    exercise: Mapped[bool]
    organisation_id: Mapped[UUID | None]
    merged_into_id: Mapped[UUID | None]
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    glides: Mapped[list[str]] = mapped_column(ARRAY(Text))
    visibility: Mapped[str]
    demonstration: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    search: Mapped[str | None] = mapped_column(TSVECTOR)
    known_from: Mapped[datetime] = mapped_column(primary_key=True)
    known_until: Mapped[datetime] = mapped_column(server_default="infinity")


class EventAlertLevel(Identified, Base):
    """An alert level from a moment on, and why; `visibility` is that of the event then."""

    __tablename__ = "event_alert_levels"
    __table_args__ = (
        one_of("level", *ALERT_LEVELS),
        one_of("visibility", *VISIBILITY),
        Index("ix_event_alert_levels_event_id", "event_id", "since"),
    )
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    level: Mapped[str | None]
    since: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    reason: Mapped[str] = mapped_column(server_default="")
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    visibility: Mapped[str]


class EventRelation(Identified, Base):
    """What one event is to another, from a moment on and, where it ended, until one."""

    __tablename__ = "event_relations"
    __table_args__ = (
        one_of("kind", *RELATIONS),
        CheckConstraint("other_id <> event_id", name="other_id"),
        CheckConstraint("related_at <= ended_at", name="ended_at"),
        Index(
            "uq_event_relations_pair",
            text("least(event_id, other_id)"),
            text("greatest(event_id, other_id)"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_event_relations_parent",
            "event_id",
            unique=True,
            postgresql_where=text("kind = 'part_of' AND ended_at IS NULL"),
        ),
    )
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    other_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    related_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    ended_at: Mapped[datetime | None]
