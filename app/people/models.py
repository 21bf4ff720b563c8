"""Organisations and the meetings that made the Centre."""

from datetime import date

from sqlalchemy import ARRAY, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import Dated, Identified, one_of

ORGANISATION_KINDS = (
    "authority",
    "ministry",
    "red_cross_red_crescent",
    "un",
    "international",
    "regional",
    "donor",
    "ngo",
    "military",
    "science",
    "other",
)
RELATIONS = ("party", "acceding", "participating", "supporting")


class Organisation(Identified, Dated, Base):
    """Who has, gives or asks; `relation` is to the Almaty Centre, none where there is none."""

    __tablename__ = "organisations"
    __table_args__ = (
        one_of("kind", *ORGANISATION_KINDS),
        one_of("relation", *RELATIONS),
        Index("ix_organisations_search", "search", postgresql_using="gin"),
    )
    code: Mapped[str] = mapped_column(unique=True)
    names: Mapped[dict[str, str]]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    kind: Mapped[str]
    country_iso3: Mapped[str | None] = mapped_column(ForeignKey("countries.iso3"), index=True)
    relation: Mapped[str | None]
    url: Mapped[str | None]
    source: Mapped[str]
    search: Mapped[str | None] = mapped_column(TSVECTOR, sort_order=99)


class Meeting(Identified, Dated, Base):
    """A meeting of the Heart of Asia confidence-building measure on disaster management, or of the Centre."""

    __tablename__ = "meetings"
    __table_args__ = (one_of("status", "held", "planned"),)
    code: Mapped[str] = mapped_column(unique=True)
    names: Mapped[dict[str, str]]
    held_on: Mapped[date | None]
    held_until: Mapped[date | None]
    place: Mapped[dict[str, str]]
    status: Mapped[str]
    note: Mapped[dict[str, str] | None]
    source: Mapped[str]
