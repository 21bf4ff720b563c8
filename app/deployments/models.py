"""Deployments: a team or a shipment of an accepted offer, what was sent, when, who signed for it, and what became of it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.capacities.models import MODES
from app.db import Base
from app.records import VISIBILITY, Identified, Record, one_of
from app.stock.models import StockMovement

STATUSES = (
    "planned", "mobilising", "in_transit", "at_border", "on_site", "released", "returned", "lost", "consumed", "cancelled",
)  # fmt: skip
KINDS = ("team", "goods")
WHATS = ("departure", "border", "arrival", "return_departure", "return_arrival")
TIME_KINDS = ("requested", "estimated", "actual")
CONDITIONS = ("good", "damaged", "expired", "wrong")
DIFFERENCES = ("later", "missing", "damaged", "refused", "more", "other")
OUTCOMES = ("lost", "consumed", "returned", "donated", "damaged")


class Deployment(Record, Base):
    """One shipment or one team, on its way or there. An accepted offer may need several."""

    __tablename__ = "deployments"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        one_of("status", *STATUSES),
        one_of("kind", *KINDS),
        one_of("mode", *MODES),
        CheckConstraint("people >= 0", name="people"),
        Index("ix_deployments_created_at", "created_at", "id"),
    )
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("requests.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)  # who sends
    receiver_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)  # who signs
    status: Mapped[str] = mapped_column(server_default="planned")
    kind: Mapped[str]
    is_exercise: Mapped[bool] = mapped_column(server_default=text("false"))
    from_country_iso3: Mapped[str | None] = mapped_column(ForeignKey("countries.iso3"))
    from_place: Mapped[str] = mapped_column(server_default="")
    from_location: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326))
    to_country_iso3: Mapped[str | None] = mapped_column(ForeignKey("countries.iso3"))
    to_place: Mapped[str] = mapped_column(server_default="")
    to_location: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326))
    entry_point_id: Mapped[UUID | None] = mapped_column(ForeignKey("entry_points.id"), index=True)
    mode: Mapped[str | None]
    carrier: Mapped[str] = mapped_column(server_default="")
    vehicle: Mapped[str] = mapped_column(server_default="")
    driver: Mapped[str] = mapped_column(server_default="")
    people: Mapped[int | None]
    purpose: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str] = mapped_column(server_default="")  # why it was cancelled, lost …: of the last step
    ends_at: Mapped[datetime | None]  # until when a team stays, as agreed
    left_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    visibility: Mapped[str] = mapped_column(server_default="centre", sort_order=80)


class DeploymentTime(Identified, Base):
    """A time that was asked for, expected or seen. Of each pair the last that was recorded counts."""

    __tablename__ = "deployment_times"
    __table_args__ = (
        one_of("what", *WHATS),
        one_of("kind", *TIME_KINDS),
        Index("ix_deployment_times_deployment_id", "deployment_id", "what", "kind", "recorded_at"),
    )
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    what: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default="")
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class DeploymentLine(Identified, Base):
    """What is sent: of a lot, of a capacity, or as the offer describes it. The sums below are kept by triggers."""

    __tablename__ = "deployment_lines"
    __table_args__ = (
        UniqueConstraint("deployment_id", "no", name="uq_deployment_lines_deployment_id"),
        CheckConstraint("num_nonnulls(capacity_id, lot_id) <= 1", name="source"),
        CheckConstraint("quantity > 0 AND quantity < 'infinity'", name="quantity"),
    )
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    no: Mapped[int]
    offer_line_id: Mapped[UUID] = mapped_column(ForeignKey("offer_lines.id"), index=True)
    request_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("request_lines.id"), index=True)
    capacity_id: Mapped[UUID | None] = mapped_column(ForeignKey("capacities.id"), index=True)
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lots.id"), index=True)
    item_code: Mapped[str | None] = mapped_column(ForeignKey("items.code"))
    resource_type_code: Mapped[str | None] = mapped_column(ForeignKey("resource_types.code", onupdate="CASCADE"))
    description: Mapped[str] = mapped_column(server_default="")
    quantity: Mapped[Decimal]
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    packages: Mapped[int | None]
    weight_kg: Mapped[Decimal | None]  # of all of it
    volume_m3: Mapped[Decimal | None]
    expires_on: Mapped[date | None]
    quantity_received: Mapped[Decimal] = mapped_column(server_default=text("0"))
    quantity_missing: Mapped[Decimal] = mapped_column(server_default=text("0"))  # will not come: said when signing
    quantity_ended: Mapped[Decimal] = mapped_column(
        server_default=text("0")
    )  # lost, consumed, returned, donated, damaged


class Receipt(Identified, Base):
    """Somebody has signed for what arrived. Never changed."""

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("deployment_id", "no", name="uq_receipts_deployment_id"),
        CheckConstraint("signed_by <> ''", name="signed_by"),
    )
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    no: Mapped[int]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    signed_by: Mapped[str]  # the name, as typed
    signed_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class ReceiptLine(Base):
    """How much of a line arrived. `quantity_missing` will not come any more; what comes later is in neither."""

    __tablename__ = "receipt_lines"
    __table_args__ = (one_of("condition", *CONDITIONS), one_of("difference", *DIFFERENCES))
    receipt_id: Mapped[UUID] = mapped_column(ForeignKey("receipts.id", ondelete="CASCADE"), primary_key=True)
    deployment_line_id: Mapped[UUID] = mapped_column(
        ForeignKey("deployment_lines.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    quantity_received: Mapped[Decimal]
    quantity_missing: Mapped[Decimal] = mapped_column(server_default=text("0"))
    condition: Mapped[str] = mapped_column(server_default="good")
    difference: Mapped[str | None]  # why it differs from what was sent
    note: Mapped[str] = mapped_column(server_default="")


class DeploymentOutcome(Identified, Base):
    """What became of some of a line. Never changed."""

    __tablename__ = "deployment_outcomes"
    __table_args__ = (
        one_of("kind", *OUTCOMES),
        one_of("condition", "new", "good", "damaged", "expired"),
        CheckConstraint("quantity > 0 AND quantity < 'infinity'", name="quantity"),
    )
    deployment_line_id: Mapped[UUID] = mapped_column(ForeignKey("deployment_lines.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    quantity: Mapped[Decimal]
    condition: Mapped[str | None]  # of what was returned
    reason: Mapped[str] = mapped_column(server_default="")
    on_the_way: Mapped[bool] = mapped_column(server_default=text("false"))  # it will not arrive, so it is missing
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class DeploymentChange(Identified, Base):
    """A wish to keep what was sent longer (extension), or to have it back earlier (recall), and the answer."""

    __tablename__ = "deployment_changes"
    __table_args__ = (
        one_of("kind", "extension", "recall"),
        one_of("answer", "accepted", "declined"),
        UniqueConstraint("deployment_id", "no", name="uq_deployment_changes_deployment_id"),
        Index(
            "uq_deployment_changes_open", "deployment_id", "kind", unique=True, postgresql_where=text("answer IS NULL")
        ),
    )
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    no: Mapped[int]
    kind: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # who asks
    until: Mapped[datetime]
    reason: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    answer: Mapped[str | None]
    answer_note: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[datetime | None]


# Stock stands below and does not know of deployments; what left the shelf for one points at its line all the same
movements = StockMovement.__table__
assert isinstance(movements, Table)
movements.append_constraint(ForeignKeyConstraint(["deployment_line_id"], ["deployment_lines.id"]))
