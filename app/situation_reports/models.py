"""Numbered reports on an event: what is being written, and each version as it was published."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, FetchedValue, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Record, one_of

# In the order of OCHA's situation reports: highlights and overview first, then what is needed, done and missing
SECTIONS = ("highlights", "overview", "impact", "needs", "response", "gaps", "coordination", "outlook", "contacts")


class SituationReport(Record, Base):
    """A draft while it has no number; published, its text stands in its versions, the latest being `number`.`minor`.

    A correction is a draft of its own until it becomes the next version of the report that it corrects.
    """

    __tablename__ = "situation_reports"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        UniqueConstraint("event_id", "number"),
        CheckConstraint("visibility <> 'own' OR organisation_id IS NOT NULL", name="organisation_id"),
        CheckConstraint("number > 0 AND minor >= 0", name="number"),
        CheckConstraint(
            "(number IS NULL) = (minor IS NULL) AND (number IS NULL OR corrects_id IS NULL)", name="published"
        ),
        CheckConstraint("covers_from <= covers_until", name="covers"),
        CheckConstraint("are_texts(titles)", name="titles"),
        Index(
            "uq_situation_reports_corrects_id",
            "corrects_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_situation_reports_corrects_id", "corrects_id", postgresql_where=text("corrects_id IS NOT NULL")),
    )
    ref: Mapped[str] = mapped_column(
        unique=True, server_default=FetchedValue(), server_onupdate=FetchedValue(), sort_order=-19
    )
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    number: Mapped[int | None]
    minor: Mapped[int | None]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("situation_reports.id", ondelete="CASCADE"))
    titles: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    covers_from: Mapped[datetime | None]
    covers_until: Mapped[datetime | None]
    sections: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))  # {section: {language: text}}
    documents: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)


class SituationReportVersion(Base):
    """A report as it was published; never changed. `figures` are the headlines as known then, with their sources."""

    __tablename__ = "situation_report_versions"
    __table_args__ = (
        CheckConstraint("(minor = 0) = (change = '')", name="change"),
        CheckConstraint("visibility IN ('public', 'partners', 'centre', 'own')", name="visibility"),
    )
    report_id: Mapped[UUID] = mapped_column(ForeignKey("situation_reports.id", ondelete="CASCADE"), primary_key=True)
    minor: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    titles: Mapped[dict[str, str]]
    covers_from: Mapped[datetime | None]
    covers_until: Mapped[datetime]
    sections: Mapped[dict[str, Any]] = mapped_column(JSONB)
    documents: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    figures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    change: Mapped[str]  # what was corrected, and why
    published_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    published_by: Mapped[UUID | None]  # of a user or an API key
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    visibility: Mapped[str]  # whom it was published for; the report may be for more by now
