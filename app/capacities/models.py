"""The register of forces and means, experts among them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Record, one_of

STATUSES = ("available", "committed", "deployed", "unavailable")
READINESS = ("ready", "partial", "none")
EXACT = "exact_location IS NOT NULL OR exact_place IS NOT NULL"
MODES = ("road", "rail", "air", "sea", "river")


class Capacity(Record, Base):
    """Something that can help: a team, equipment, an expert. Its base may be unknown."""

    __tablename__ = "capacities"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        one_of("base_visibility", *VISIBILITY),
        one_of("status", *STATUSES),
        one_of("readiness_equipment", *READINESS),
        one_of("readiness_people", *READINESS),
        one_of("readiness_funding", *READINESS),
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("quantity_available BETWEEN 0 AND quantity", name="quantity_available"),
        CheckConstraint(
            "quantity_committed >= 0 AND quantity_available + quantity_committed <= quantity", name="quantity_committed"
        ),
        CheckConstraint("mobilisation_hours >= 0", name="mobilisation_hours"),
        CheckConstraint("self_sufficiency_days >= 0", name="self_sufficiency_days"),
        CheckConstraint("transport_weight_kg >= 0", name="transport_weight_kg"),
        CheckConstraint("transport_volume_m3 >= 0", name="transport_volume_m3"),
        CheckConstraint("transport_modes <@ '{road,rail,air,sea,river}'::text[]", name="transport_modes"),
        # a base that not everybody may see who sees the record lies where only those read who may
        CheckConstraint("exact_location IS NULL OR location IS NULL", name="exact_location"),
        CheckConstraint("exact_place IS NULL OR base_place IS NULL", name="exact_place"),
        ForeignKeyConstraint(["type_code", "kind"], ["resource_types.code", "resource_types.kind"], onupdate="CASCADE"),
        Index("ix_capacities_name", text("lower(label(names, 'en'))"), "id"),
        Index("ix_capacities_name_ru", text("lower(label(names, 'ru'))"), "id"),
        Index("ix_capacities_type_country", "type_code", "country_iso3", text("lower(label(names, 'en'))"), "id"),
        Index("ix_capacities_created_at", "created_at", "id"),
        Index("ix_capacities_verified_at", text("coalesce(verified_at, '-infinity')"), "id"),
        Index("ix_capacities_quantity_available", "quantity_available", "id"),
        Index("ix_capacities_mobilisation_hours", text("coalesce(mobilisation_hours, 2147483647)"), "id"),
        Index("ix_capacities_type_name", "type_code", text("lower(label(names, 'en'))"), "id"),
        Index("ix_capacities_type_name_ru", "type_code", text("lower(label(names, 'ru'))"), "id"),
        Index("ix_capacities_geography", text("(location::geography)"), postgresql_using="gist"),
        Index("ix_capacities_type_location", "type_code", "location", postgresql_using="gist"),
        Index("ix_capacities_type_geography", "type_code", text("(location::geography)"), postgresql_using="gist"),
        # what lists and facets count, without looking at the records
        Index(
            "ix_capacities_facets",
            "type_code",
            "country_iso3",
            "organisation_id",
            "status",
            "visibility",
            "withdrawn_at",
        ),
        Index(
            "ix_capacities_placed",
            "type_code",
            "country_iso3",
            "organisation_id",
            "visibility",
            "withdrawn_at",
            postgresql_where=text("location IS NOT NULL"),
        ),
        Index("ix_capacities_search", "search", postgresql_using="gin"),
        # the few whose exact base is narrower than the record
        Index("ix_capacities_exact", "exact_location", postgresql_using="gist", postgresql_where=text(EXACT)),
        Index(
            "ix_capacities_exact_geography",
            text("(exact_location::geography)"),
            postgresql_using="gist",
            postgresql_where=text(EXACT),
        ),
        Index(
            "ix_capacities_hidden",
            "visibility",
            "country_iso3",
            postgresql_where=text("visibility <> 'public'"),
        ),
        Index(
            "ix_capacities_own",
            "organisation_id",
            "visibility",
            postgresql_where=text("visibility <> 'public'"),
        ),
    )
    names: Mapped[dict[str, str]]
    description: Mapped[dict[str, str] | None]
    type_code: Mapped[str]
    kind: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"), index=True)
    quantity: Mapped[Decimal]
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    quantity_available: Mapped[Decimal]
    quantity_committed: Mapped[Decimal] = mapped_column(server_default=text("0"))  # triggers keep it
    readiness_equipment: Mapped[str | None]
    readiness_people: Mapped[str | None]
    readiness_funding: Mapped[str | None]
    status: Mapped[str]
    mobilisation_hours: Mapped[int | None]
    self_sufficiency_days: Mapped[int | None]
    classification_body: Mapped[str | None]
    classification_level: Mapped[str | None]
    classification_valid_until: Mapped[date | None]
    base_area_id: Mapped[UUID | None] = mapped_column(ForeignKey("areas.id"), index=True)
    base_place: Mapped[dict[str, str] | None]
    location: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326))
    base_visibility: Mapped[str] = mapped_column(server_default="public")
    exact_place: Mapped[dict[str, str] | None]
    exact_location: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    transport_weight_kg: Mapped[Decimal | None]
    transport_volume_m3: Mapped[Decimal | None]
    transport_modes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    specification: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # equipment.Specification
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str | None]
    search: Mapped[str | None] = mapped_column(TSVECTOR, sort_order=99)
