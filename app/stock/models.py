"""The Centre's own resources: items, warehouses, lots and the append-only ledger that balances are derived from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Dated, Identified, Record, one_of


class Item(Dated, Base):
    """A thing that can be kept in store, with its weight and volume per unit."""

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint("weight_kg > 0", name="weight_kg"),
        CheckConstraint("volume_m3 > 0", name="volume_m3"),
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    family_code: Mapped[str] = mapped_column(ForeignKey("resource_families.code"))
    resource_type_code: Mapped[str | None] = mapped_column(ForeignKey("resource_types.code"))
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    weight_kg: Mapped[Decimal | None]
    volume_m3: Mapped[Decimal | None]
    specification: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # equipment.Specification
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))


class Warehouse(Dated, Base):
    """A store of the Centre."""

    __tablename__ = "warehouses"
    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("areas.id"))
    place: Mapped[dict[str, str] | None]
    location: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))


class StockPosition(Record, Base):
    """One item in one warehouse, of one owner and one donor. What is on hand is the sum of its lots' movements."""

    __tablename__ = "stock_positions"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        UniqueConstraint(
            "item_code",
            "warehouse_code",
            "owner_id",
            "donor_id",
            name="uq_stock_positions_item",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_stock_positions_search", "search", postgresql_using="gin"),
    )
    item_code: Mapped[str] = mapped_column(ForeignKey("items.code"))
    warehouse_code: Mapped[str] = mapped_column(ForeignKey("warehouses.code"), index=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    donor_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    search: Mapped[str | None] = mapped_column(TSVECTOR, sort_order=99)


class Lot(Identified, Dated, Base):
    """A batch that came in together; `expires_on` is empty for what does not expire or where it is not known."""

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint("position_id", "number"),
        one_of("condition", "new", "good", "damaged", "expired"),
    )
    position_id: Mapped[UUID] = mapped_column(ForeignKey("stock_positions.id", ondelete="CASCADE"))
    number: Mapped[str]
    expires_on: Mapped[date | None]
    condition: Mapped[str]


class StockMovement(Identified, Base):
    """A line of the ledger: `quantity` in the item's unit, positive in, negative out. Never changed, only reversed."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        one_of("kind", "receipt", "issue", "adjustment", "reversal"),
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reverses_id"),
    )
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), index=True)
    kind: Mapped[str]
    quantity: Mapped[Decimal]
    moved_at: Mapped[datetime]
    note: Mapped[dict[str, str] | None]
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_movements.id"), unique=True)
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class StockReservation(Identified, Dated, Base):
    """Stock that is promised and still on the shelf."""

    __tablename__ = "stock_reservations"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)
    position_id: Mapped[UUID] = mapped_column(ForeignKey("stock_positions.id", ondelete="CASCADE"), index=True)
    quantity: Mapped[Decimal]
    reason: Mapped[dict[str, str]]
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))
