"""Requests for assistance and their lines."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ARRAY, CheckConstraint, FetchedValue, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Identified, Record, one_of

STATUSES = ("draft", "submitted", "approved", "rejected", "closed", "cancelled")
OPEN_STATUSES = ("draft", "submitted", "approved")
PRIORITIES = ("low", "medium", "high", "critical")
PROGRESS = ("none", "partial", "complete")
STEPS = ("offered", "committed", "in_transit", "delivered")
LINE_KINDS = ("item", "type", "expertise")
LINE_STATUSES = ("open", "offered", "partly_committed", "committed", "fulfilled", "cancelled")


class Request(Record, Base):
    """What an organisation asks for. A draft is its own; submitted, it is seen by its `audience`. Triggers keep the progress."""

    __tablename__ = "requests"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        one_of("audience", *VISIBILITY),
        one_of("status", *STATUSES),
        one_of("priority", *PRIORITIES),
        *(one_of(f"progress_{step}", *PROGRESS) for step in STEPS),
        Index("ix_requests_submitted_at", text("coalesce(submitted_at, created_at)"), "id"),
        Index("ix_requests_needed_by", text("coalesce(needed_by, 'infinity')"), "id"),
        Index("ix_requests_search", "search", postgresql_using="gin"),
    )
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)  # who asks
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"), index=True)  # where it is needed
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id"), index=True)  # NULL: for preparedness
    titles: Mapped[dict[str, str]]
    descriptions: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(server_default="draft")
    priority: Mapped[str] = mapped_column(server_default="medium")
    needed_by: Mapped[datetime | None]
    deliver_area_id: Mapped[UUID | None] = mapped_column(ForeignKey("areas.id"))
    deliver_place: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    deliver_location: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326))
    deliver_entry_point_id: Mapped[UUID | None] = mapped_column(ForeignKey("entry_points.id"))
    contact: Mapped[str] = mapped_column(server_default="")  # personal: for those who decide and deliver
    audience: Mapped[str] = mapped_column(server_default="partners")  # who may see it once it is submitted
    is_exercise: Mapped[bool] = mapped_column(server_default=text("false"))
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(server_default="")
    appeal_text: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    appeal_prices: Mapped[bool] = mapped_column(server_default=text("false"))  # whether donors read the prices
    appeal_published_at: Mapped[datetime | None]
    progress_offered: Mapped[str] = mapped_column(server_default="none", server_onupdate=FetchedValue())
    progress_committed: Mapped[str] = mapped_column(server_default="none", server_onupdate=FetchedValue())
    progress_in_transit: Mapped[str] = mapped_column(server_default="none", server_onupdate=FetchedValue())
    progress_delivered: Mapped[str] = mapped_column(server_default="none", server_onupdate=FetchedValue())
    visibility: Mapped[str] = mapped_column(server_default="own", sort_order=80)  # of a draft; then the audience
    search: Mapped[str | None] = mapped_column(TSVECTOR, sort_order=99)


class RequestLine(Identified, Base):
    """One thing that is asked for. Quantities that have come and `status` are written by the database alone."""

    __tablename__ = "request_lines"
    __table_args__ = (
        UniqueConstraint("request_id", "no", name="uq_request_lines_no"),
        one_of("kind", *LINE_KINDS),
        one_of("priority", *PRIORITIES),
        one_of("status", *LINE_STATUSES),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id", ondelete="CASCADE"))
    no: Mapped[int]
    kind: Mapped[str]
    item_code: Mapped[str | None] = mapped_column(ForeignKey("items.code"), index=True)
    resource_type_code: Mapped[str | None] = mapped_column(ForeignKey("resource_types.code"), index=True)
    description: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    specification: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    alternatives: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    quantity: Mapped[Decimal]
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    priority: Mapped[str | None]  # NULL: that of the request; so is `needed_by`
    needed_by: Mapped[datetime | None]
    unit_price: Mapped[Decimal | None]
    currency: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    quantity_offered: Mapped[Decimal] = mapped_column(server_default=text("0"))
    quantity_committed: Mapped[Decimal] = mapped_column(server_default=text("0"))
    quantity_in_transit: Mapped[Decimal] = mapped_column(server_default=text("0"))
    quantity_delivered: Mapped[Decimal] = mapped_column(server_default=text("0"))
    status: Mapped[str] = mapped_column(server_default="open", server_onupdate=FetchedValue())
