"""The Centre's own resources: items, warehouses, lots and the append-only ledger that balances are derived from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import CheckConstraint, FetchedValue, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
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
    """One item in one warehouse, of one owner and one donor. What is on hand is the sum of its lots' movements.

    `earmark` says in words what the donor gave it for, `earmark_countries` where it may go (ISO 3166-1 alpha-3; none: anywhere).
    """

    __tablename__ = "stock_positions"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        UniqueConstraint(
            "item_code",
            "warehouse_code",
            "owner_id",
            "donor_id",
            "earmark",
            "earmark_countries",
            name="uq_stock_positions_item",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_stock_positions_search", "search", postgresql_using="gin"),
    )
    item_code: Mapped[str] = mapped_column(ForeignKey("items.code"))
    warehouse_code: Mapped[str] = mapped_column(ForeignKey("warehouses.code"), index=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    donor_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    earmark: Mapped[dict[str, str] | None]
    earmark_countries: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
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


KINDS = (
    "receipt", "issue", "transfer_out", "transfer_in", "adjustment", "kit_made", "kit_broken", "return", "reversal",
)  # fmt: skip
REASONS = ("lost", "found", "damaged", "expired", "counted", "correction")


class StockMovement(Identified, Base):
    """A line of the ledger: `quantity` in the item's unit, positive in, negative out. Never changed, only reversed.

    Lines that belong together (the two ends of a transfer, a kit and its parts) share an `operation_id`. An issue that uses a
    reservation names it, and so ends it.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        one_of("kind", *KINDS),
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reverses_id"),
        Index("ix_stock_movements_lot_id", "lot_id", postgresql_include=["quantity"]),
    )
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"))
    kind: Mapped[str]
    quantity: Mapped[Decimal]
    moved_at: Mapped[datetime]
    reason: Mapped[str | None]
    note: Mapped[dict[str, str] | None]
    operation_id: Mapped[UUID | None] = mapped_column(index=True)
    reservation_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_reservations.id"), unique=True)
    deployment_line_id: Mapped[UUID | None] = mapped_column(index=True)
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_movements.id"), unique=True)
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)


class StockReservation(Identified, Dated, Base):
    """A part of a lot that is promised and still on the shelf, until it is issued or released."""

    __tablename__ = "stock_reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        one_of("ended_as", "issued", "released"),
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="ended_at"),
        Index(
            "ix_stock_reservations_active",
            "lot_id",
            postgresql_include=["quantity"],
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id", ondelete="CASCADE"), index=True)
    quantity: Mapped[Decimal]
    reason: Mapped[dict[str, str]]
    offer_line_id: Mapped[UUID | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))


class ItemPart(Base):
    """What one kit is made of: `quantity` of a part, in the part's unit."""

    __tablename__ = "item_parts"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND quantity < 'Infinity'", name="quantity"),
        CheckConstraint("part_code <> kit_code", name="part_code"),
    )
    kit_code: Mapped[str] = mapped_column(ForeignKey("items.code", ondelete="CASCADE"), primary_key=True)
    part_code: Mapped[str] = mapped_column(ForeignKey("items.code", ondelete="CASCADE"), primary_key=True, index=True)
    quantity: Mapped[Decimal]


class MinimumLevel(Dated, Base):
    """How much of an item a warehouse has to have available; below it, it has to be filled up."""

    __tablename__ = "minimum_levels"
    __table_args__ = (CheckConstraint("quantity > 0 AND quantity < 'Infinity'", name="quantity"),)
    item_code: Mapped[str] = mapped_column(ForeignKey("items.code", ondelete="CASCADE"), primary_key=True)
    warehouse_code: Mapped[str] = mapped_column(
        ForeignKey("warehouses.code", ondelete="CASCADE"), primary_key=True, index=True
    )
    quantity: Mapped[Decimal]
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))


class StockCount(Identified, Base):
    """What somebody found on the shelves of a warehouse. Never changed: whoever was wrong counts again."""

    __tablename__ = "stock_counts"
    ref: Mapped[str] = mapped_column(unique=True, server_default=FetchedValue(), sort_order=-19)
    warehouse_code: Mapped[str] = mapped_column(ForeignKey("warehouses.code"), index=True)
    counted_at: Mapped[datetime]
    note: Mapped[dict[str, str] | None]
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class StockCountLine(Identified, Base):
    """One lot: what the ledger said at that moment, what was there, and the adjustment that brought the two together."""

    __tablename__ = "stock_count_lines"
    __table_args__ = (
        UniqueConstraint("count_id", "lot_id"),
        CheckConstraint("counted >= 0 AND counted < 'Infinity'", name="counted"),
        CheckConstraint("(counted = expected) = (movement_id IS NULL)", name="movement_id"),
    )
    count_id: Mapped[UUID] = mapped_column(ForeignKey("stock_counts.id", ondelete="CASCADE"))
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), index=True)
    expected: Mapped[Decimal]
    counted: Mapped[Decimal]
    movement_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_movements.id"), unique=True)
