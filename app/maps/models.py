"""What maps keep ahead of time: the lines they draw, and how many capacities stand where. Triggers fill both tables."""

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class BorderLine(Base):
    """A line from junction to junction: between countries (level 0), between areas of one country, or disputed.

    Every disputed stretch is taken out of the others, so that no map draws it as settled.
    """

    __tablename__ = "border_lines"
    __table_args__ = (CheckConstraint("country_iso3 IS NULL OR disputed_code IS NULL", name="owner"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger)
    country_iso3: Mapped[str | None] = mapped_column(ForeignKey("countries.iso3"))
    disputed_code: Mapped[str | None] = mapped_column(
        ForeignKey("disputed_features.code", onupdate="CASCADE", ondelete="CASCADE")
    )
    geometry: Mapped[WKBElement] = mapped_column(Geometry("LINESTRING", srid=4326))


class CapacityCell(Base):
    """A change of what stands in one cell of the map's grid at one zoom; the cell is the sum of its rows.

    `sum_x, sum_y` are metres of Web Mercator; `xor_high, xor_low` fold the identifiers, so that of a single one is known.
    """

    __tablename__ = "capacity_cells"
    __table_args__ = (Index("ix_capacity_cells_cell", "zoom", "cell_x", "cell_y"),)
    # Rows have no key in the database: they are only appended and added up
    zoom: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    cell_x: Mapped[int] = mapped_column(primary_key=True)
    cell_y: Mapped[int] = mapped_column(primary_key=True)
    visibility: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    sum_x: Mapped[int] = mapped_column(BigInteger)
    sum_y: Mapped[int] = mapped_column(BigInteger)
    xor_high: Mapped[int] = mapped_column(BigInteger)
    xor_low: Mapped[int] = mapped_column(BigInteger)
