"""What every public record has: identity, visibility, and when it changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, FetchedValue, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


def one_of(column: str, *values: str) -> CheckConstraint:
    """A check that a column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Identified:
    """A row with a time-ordered UUID of version 7."""

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid_v7()"), sort_order=-20)


class Dated:
    """When the row came and when it last changed; a trigger keeps `updated_at`."""

    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=text("clock_timestamp()"), server_onupdate=FetchedValue(), index=True, sort_order=91
    )


class Record(Identified, Dated):
    """A public record: `ref` is its short human name, `demonstration` marks what is invented."""

    ref: Mapped[str] = mapped_column(unique=True, server_default=FetchedValue(), sort_order=-19)
    visibility: Mapped[str] = mapped_column(server_default="public", sort_order=80)
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"), sort_order=81)
    withdrawn_at: Mapped[datetime | None] = mapped_column(sort_order=92)


VISIBILITY = ("public", "partners", "centre", "own")


class Departure(Base):
    """A record that an audience could see and no longer can: deleted, or shown to fewer. Followers of changes are told."""

    __tablename__ = "departures"
    __table_args__ = (
        one_of("audience", "public", "partners", "centre"),
        Index("ix_departures_left_at", "noun", "left_at"),
    )
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    audience: Mapped[str] = mapped_column(primary_key=True)
    noun: Mapped[str]
    ref: Mapped[str]
    left_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


def version_of(updated_at: datetime) -> str:
    """The part of an ETag that If-Match compares, and the version that forms carry."""
    return f"{int(updated_at.replace(microsecond=0).timestamp()) * 1_000_000 + updated_at.microsecond:x}"
