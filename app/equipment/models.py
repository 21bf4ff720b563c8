"""Equipment profiles: what an authority's rescuers really use, line by line."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Identified, Record, one_of


class EquipmentProfile(Record, Base):
    """The tools of the rescuers of one authority. Only partners see it unless it is made public."""

    __tablename__ = "equipment_profiles"
    __table_args__ = (one_of("visibility", *VISIBILITY),)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"), index=True)
    names: Mapped[dict[str, str]]
    note: Mapped[dict[str, str] | None]
    visibility: Mapped[str] = mapped_column(server_default="partners", sort_order=80)


class EquipmentLine(Identified, Base):
    """One kind of tool that is used. `specification` is as `schemas.Specification` has it."""

    __tablename__ = "equipment_lines"
    __table_args__ = (
        UniqueConstraint("profile_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint("num_nonnulls(resource_type_code, item_code, description) > 0", name="what"),
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("trained_crews >= 0", name="trained_crews"),
    )
    profile_id: Mapped[UUID] = mapped_column(ForeignKey("equipment_profiles.id", ondelete="CASCADE"))
    position: Mapped[int]
    resource_type_code: Mapped[str | None] = mapped_column(
        ForeignKey("resource_types.code", onupdate="CASCADE"), index=True
    )
    item_code: Mapped[str | None] = mapped_column(ForeignKey("items.code", onupdate="CASCADE"), index=True)
    description: Mapped[dict[str, str] | None]
    specification: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    quantity: Mapped[Decimal | None]
    trained_crews: Mapped[int | None]
    last_training_on: Mapped[date | None]
    source: Mapped[str | None]
    verified_on: Mapped[date | None]
