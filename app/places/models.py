"""Countries, administrative areas with their past, disputed features, and towns."""

from datetime import date
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import Dated, Identified, one_of


class Country(Base):
    """A country by ISO 3166-1; `region` marks the ten that the Centre looks after."""

    __tablename__ = "countries"
    iso3: Mapped[str] = mapped_column(primary_key=True)
    iso2: Mapped[str] = mapped_column(unique=True)
    m49: Mapped[int | None]
    names: Mapped[dict[str, str]]
    region: Mapped[bool] = mapped_column(server_default=text("false"))
    position: Mapped[int] = mapped_column(server_default="0")
    time_zone: Mapped[str | None]  # IANA; of the capital where there are several


class Area(Identified, Dated, Base):
    """An administrative unit as it was between two dates; level 0 is the country."""

    __tablename__ = "areas"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 4", name="level"),
        CheckConstraint("valid_from < valid_to", name="valid"),
        CheckConstraint("population >= 0", name="population"),
        Index("ix_areas_search", "search", postgresql_using="gin"),
        ExcludeConstraint(
            ("code", "="),
            (func.daterange(text("valid_from"), text("valid_to")), "&&"),
            name="ex_areas_code",
            using="gist",
        ),
    )
    code: Mapped[str] = mapped_column(index=True)
    pcode: Mapped[str | None] = mapped_column(index=True)
    iso: Mapped[str | None] = mapped_column(index=True)
    level: Mapped[int] = mapped_column(SmallInteger)
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("areas.id"), index=True)
    names: Mapped[dict[str, str]]
    spellings: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    population: Mapped[int | None] = mapped_column(BigInteger)
    population_on: Mapped[date | None]
    geometry: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326))
    label_point: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    source: Mapped[str]
    note: Mapped[dict[str, str] | None]
    search: Mapped[str | None] = mapped_column(TSVECTOR, sort_order=99)


class AreaPredecessor(Base):
    """An area came out of another when a unit was split, merged or renamed; `share` of the old one's surface, 0 to 1."""

    __tablename__ = "area_predecessors"
    __table_args__ = (CheckConstraint("share > 0 AND share <= 1", name="share"),)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("areas.id", ondelete="CASCADE"), primary_key=True)
    predecessor_id: Mapped[UUID] = mapped_column(
        ForeignKey("areas.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    share: Mapped[float | None]


class DisputedFeature(Identified, Dated, Base):
    """A line or an area that more than one state claims; drawn dashed, never as settled."""

    __tablename__ = "disputed_features"
    __table_args__ = (one_of("kind", "area", "line"),)
    code: Mapped[str] = mapped_column(unique=True)
    names: Mapped[dict[str, str]]
    kind: Mapped[str]
    claimants: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    note: Mapped[dict[str, str] | None]
    source: Mapped[str]
    geometry: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=4326))


class Place(Identified, Dated, Base):
    """A town: for labels on maps and for search."""

    __tablename__ = "places"
    __table_args__ = (one_of("kind", "capital", "city", "town"),)
    code: Mapped[str] = mapped_column(unique=True)
    names: Mapped[dict[str, str]]
    spellings: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"), index=True)
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("areas.id"))
    kind: Mapped[str]
    rank: Mapped[int] = mapped_column(server_default="9")
    location: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326))
    source: Mapped[str]
