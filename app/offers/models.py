"""Offers, their lines, and what of a capacity is committed by them. What is reserved of stock stands with the stock."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Table, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Identified, Record, one_of
from app.stock.models import StockReservation

STATUSES = ("draft", "submitted", "accepted", "partly_accepted", "declined", "withdrawn", "lapsed")
SOURCES = ("capacity", "stock", "other")
ENDINGS = ("released", "returned", "lost", "consumed")


class Offer(Record, Base):
    """What an organisation offers: for a request, or unsolicited. A draft is its own; submitted it is for the Centre and the
    requester. `withdrawn_at` is of a draft that was discarded."""

    __tablename__ = "offers"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        one_of("status", *STATUSES),
        CheckConstraint("status = 'draft' OR submitted_at IS NOT NULL", name="submitted_at"),
        Index("ix_offers_valid_until", "valid_until", postgresql_where=text("status = 'submitted'")),
    )
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("requests.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id"), index=True)  # of one without a request
    country_iso3: Mapped[str | None] = mapped_column(ForeignKey("countries.iso3"))  # of one without a request: for whom
    titles: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(server_default="draft")
    conditions: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    financing: Mapped[str] = mapped_column(server_default="")  # who pays for what
    available_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    is_exercise: Mapped[bool] = mapped_column(server_default=text("false"))
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(server_default="")
    visibility: Mapped[str] = mapped_column(server_default="own", sort_order=80)


class OfferLine(Identified, Base):
    """Something offered, for a line of the request or beside it: of a capacity, of the Centre's stock, or not registered here.

    Of `quantity_accepted` what was `quantity_released` was given back before it was sent.
    """

    __tablename__ = "offer_lines"
    __table_args__ = (
        UniqueConstraint("offer_id", "no"),
        one_of("source", *SOURCES),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("quantity_accepted BETWEEN 0 AND quantity", name="quantity_accepted"),
        CheckConstraint("quantity_released BETWEEN 0 AND quantity_accepted", name="quantity_released"),
    )
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id", ondelete="CASCADE"))
    no: Mapped[int]
    request_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("request_lines.id"), index=True)
    source: Mapped[str]
    capacity_id: Mapped[UUID | None] = mapped_column(ForeignKey("capacities.id"), index=True)
    stock_position_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_positions.id"), index=True)
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lots.id"))  # of the position, where one was chosen
    item_code: Mapped[str | None] = mapped_column(ForeignKey("items.code"))
    resource_type_code: Mapped[str | None] = mapped_column(ForeignKey("resource_types.code"))
    description: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    specification: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    quantity: Mapped[Decimal]
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    quantity_accepted: Mapped[Decimal] = mapped_column(server_default=text("0"))
    quantity_released: Mapped[Decimal] = mapped_column(server_default=text("0"))
    decline_reason: Mapped[str] = mapped_column(server_default="")


class CapacityCommitment(Identified, Base):
    """What of a capacity is promised. It ends once, wholly: of one that ends in part the rest goes on as a row of its own."""

    __tablename__ = "capacity_commitments"
    __table_args__ = (one_of("ended_as", *ENDINGS), CheckConstraint("quantity > 0", name="quantity"))
    capacity_id: Mapped[UUID] = mapped_column(ForeignKey("capacities.id"), index=True)
    offer_line_id: Mapped[UUID] = mapped_column(ForeignKey("offer_lines.id", ondelete="CASCADE"), index=True)
    quantity: Mapped[Decimal]
    committed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]


# Stock stands below and does not know of offers; what is reserved for one points at its line all the same
reservations = StockReservation.__table__
assert isinstance(reservations, Table)
reservations.append_constraint(ForeignKeyConstraint(["offer_line_id"], ["offer_lines.id"]))
