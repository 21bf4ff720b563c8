"""Disaster events, where they happened, and the figures each source gave."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Dated, Identified, Record, one_of

STATUSES = ("alert", "ongoing", "closed")
ALERT_LEVELS = ("green", "orange", "red")
QUALIFIERS = ("exact", "about", "at_least", "range")


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
        CheckConstraint("parent_id <> id", name="parent_id"),
        CheckConstraint("visibility <> 'own' OR organisation_id IS NOT NULL", name="organisation_id"),
        Index("ix_events_started_at_id", text("started_at DESC"), text("id DESC")),
        Index("ix_events_search", "search", postgresql_using="gin"),
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
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id"))
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
    __table_args__ = (CheckConstraint("glide ~ '^[A-Z]{2}-[0-9]{4}-[0-9]{6}-[A-Z]{3}$'", name="glide"),)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    glide: Mapped[str] = mapped_column(primary_key=True, index=True)


class Source(Identified, Dated, Base):
    """A document or a body that gave a figure."""

    __tablename__ = "sources"
    __table_args__ = (one_of("kind", "government", "un", "red_cross_red_crescent", "science", "media", "other"),)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    url: Mapped[str | None]
    kind: Mapped[str]
    published_on: Mapped[date | None]


class Figure(Identified, Dated, Base):
    """What one source said of one indicator on one day. Never summed over sources."""

    __tablename__ = "figures"
    __table_args__ = (
        one_of("qualifier", *QUALIFIERS),
        one_of("method", "official", "estimate", "modelled", "media"),
        CheckConstraint(
            "CASE qualifier WHEN 'range' THEN value IS NULL AND low <= high ELSE value >= 0 AND low IS NULL AND high IS NULL END IS TRUE",
            name="value",
        ),
        CheckConstraint("low >= 0", name="low"),
        Index("uq_figures_headline", "event_id", "indicator_code", unique=True, postgresql_where=text("is_headline")),
    )
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    indicator_code: Mapped[str] = mapped_column(ForeignKey("indicators.code"))
    value: Mapped[Decimal | None]
    low: Mapped[Decimal | None]
    high: Mapped[Decimal | None]
    qualifier: Mapped[str]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"), index=True)
    method: Mapped[str | None]
    country_iso3: Mapped[str | None] = mapped_column(ForeignKey("countries.iso3"))
    as_of: Mapped[date | None]
    note: Mapped[dict[str, str] | None]
    is_headline: Mapped[bool] = mapped_column(server_default=text("false"))
