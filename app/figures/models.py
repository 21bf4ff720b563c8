"""The ledger of figures: what each source said, its parts, and the headlines that operators chose."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import Dated, Identified, one_of

QUALIFIERS = ("exact", "about", "at_least", "range")
METHODS = ("official", "estimate", "modelled", "media")
SOURCE_KINDS = ("government", "un", "red_cross_red_crescent", "science", "media", "other")
COUNTINGS = ("cumulative", "new")
SEXES = ("female", "male", "other")


class Source(Identified, Dated, Base):
    """A document or a body that gave a figure."""

    __tablename__ = "sources"
    __table_args__ = (one_of("kind", *SOURCE_KINDS),)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    url: Mapped[str | None]
    kind: Mapped[str]
    published_on: Mapped[date | None]


class Figure(Identified, Dated, Base):
    """What one source said of one indicator. Never summed over sources, never rewritten: corrected by one that supersedes it.

    `as_of` is the day it speaks of, `reported_at` when the source said it, `created_at` when it was recorded here. `counting`
    new: since the source's last report. The database sets `is_part`, `is_official`, `trust` (least first) and `is_headline`.
    """

    __tablename__ = "figures"
    __table_args__ = (
        one_of("qualifier", *QUALIFIERS),
        one_of("method", *METHODS),
        one_of("counting", *COUNTINGS),
        CheckConstraint(
            "CASE qualifier WHEN 'range' THEN value IS NULL AND low <= high ELSE value >= 0 AND low IS NULL AND high IS NULL END IS TRUE",
            name="value",
        ),
        CheckConstraint("low >= 0", name="low"),
        CheckConstraint("as_of <= (reported_at AT TIME ZONE 'UTC')::date + 1", name="as_of"),
        CheckConstraint("supersedes_id <> id", name="supersedes_id"),
        UniqueConstraint("id", "event_id", "indicator_code"),
        ForeignKeyConstraint(
            ["supersedes_id", "event_id", "indicator_code"],
            ["figures.id", "figures.event_id", "figures.indicator_code"],
            name="fk_figures_supersedes_id_figures",
            ondelete="CASCADE",
        ),
        Index("uq_figures_headline", "event_id", "indicator_code", unique=True, postgresql_where=text("is_headline")),
        Index(
            "ix_figures_ranked",
            "event_id",
            "indicator_code",
            "is_official",
            text("COALESCE(as_of, '-infinity'::date) DESC"),
            "trust",
            text("reported_at DESC"),
            text("id DESC"),
            postgresql_where=text("NOT is_part AND counting = 'cumulative'"),
        ),
        Index("ix_figures_reported_at", "event_id", text("reported_at DESC"), text("id DESC")),
        Index("uq_figures_supersedes_id", "supersedes_id", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
        Index("ix_figures_supersedes_id", "supersedes_id", postgresql_where=text("supersedes_id IS NOT NULL")),
        Index("ix_figures_document_id", "document_id", postgresql_where=text("document_id IS NOT NULL")),
    )
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
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
    reported_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    counting: Mapped[str] = mapped_column(server_default="cumulative")
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("areas.id"))
    is_part: Mapped[bool] = mapped_column(server_default=text("false"))
    is_official: Mapped[bool] = mapped_column(server_default=text("false"))
    trust: Mapped[int] = mapped_column(SmallInteger, server_default=text("99"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    supersedes_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_before: Mapped[Any] = mapped_column(TSTZMULTIRANGE, nullable=False, server_default=text("'{}'"))


class FigurePart(Identified, Base):
    """A part of a figure, as its source split it: women, children under five … Their sum need not be the figure."""

    __tablename__ = "figure_parts"
    __table_args__ = (
        one_of("sex", *SEXES),
        CheckConstraint("age_from BETWEEN 0 AND 150 AND age_to BETWEEN 0 AND 150 AND age_from <= age_to", name="ages"),
        CheckConstraint("num_nonnulls(sex, age_from, age_to, disability, other) > 0", name="said"),
        CheckConstraint("value >= 0 AND value < 'infinity'", name="value"),
        UniqueConstraint(
            "figure_id", "sex", "age_from", "age_to", "disability", "other", postgresql_nulls_not_distinct=True
        ),
    )
    figure_id: Mapped[UUID] = mapped_column(ForeignKey("figures.id", ondelete="CASCADE"))
    sex: Mapped[str | None]
    age_from: Mapped[int | None] = mapped_column(SmallInteger)
    age_to: Mapped[int | None] = mapped_column(SmallInteger)
    disability: Mapped[bool | None]
    other: Mapped[str | None]
    value: Mapped[Decimal]


class HeadlineChoice(Identified, Base):
    """An operator's word which figure is the headline, with the reason, from `chosen_at` until `ended_at`."""

    __tablename__ = "headline_choices"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("chosen_at <= ended_at", name="ended_at"),
        ForeignKeyConstraint(
            ["figure_id", "event_id", "indicator_code"],
            ["figures.id", "figures.event_id", "figures.indicator_code"],
            name="fk_headline_choices_figure_id_figures",
            ondelete="CASCADE",
        ),
        Index(
            "uq_headline_choices_open",
            "event_id",
            "indicator_code",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_headline_choices_event_id", "event_id", "indicator_code", "chosen_at"),
    )
    event_id: Mapped[UUID]
    indicator_code: Mapped[str]
    figure_id: Mapped[UUID] = mapped_column(index=True)
    reason: Mapped[str]
    chosen_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    ended_at: Mapped[datetime | None]
