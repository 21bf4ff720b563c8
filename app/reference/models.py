"""Code lists: hazards, units, families and types of resources, indicators."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import one_of

KINDS = ("team", "equipment", "vehicle", "aircraft", "facility", "stock", "expert")


class Hazard(Base):
    """A kind of disaster by its GLIDE code, with the UNDRR-ISC 2025 code where one is known."""

    __tablename__ = "hazards"
    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    undrr_isc: Mapped[str | None]
    position: Mapped[int] = mapped_column(server_default="0")


class Unit(Base):
    """What quantities are counted in."""

    __tablename__ = "units"
    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]


class ResourceFamily(Base):
    """A group of resource types: search and rescue, health, shelter…"""

    __tablename__ = "resource_families"
    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    position: Mapped[int] = mapped_column(server_default="0")


class ResourceType(Base):
    """A type of team, equipment or expertise, and the standard that defines it."""

    __tablename__ = "resource_types"
    __table_args__ = (UniqueConstraint("code", "kind"), one_of("kind", *KINDS))
    code: Mapped[str] = mapped_column(primary_key=True)
    family_code: Mapped[str] = mapped_column(ForeignKey("resource_families.code"), index=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("resource_types.code"))
    kind: Mapped[str]
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    names: Mapped[dict[str, str]]
    standard: Mapped[str]
    standard_ref: Mapped[str | None]
    description: Mapped[dict[str, str] | None]
    position: Mapped[int] = mapped_column(server_default="0")


class Indicator(Base):
    """What a figure of an event counts: dead, missing, houses destroyed…"""

    __tablename__ = "indicators"
    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    position: Mapped[int] = mapped_column(server_default="0")
