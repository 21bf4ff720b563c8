"""What can be asked of capacities, and what an answer looks like."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.capacities.models import STATUSES
from app.docs import CountedOut, Named
from app.filters import ListFilter, Many, Moment, Text, among, ordered_by
from app.places.schemas import CountryOut
from app.reference.models import KINDS

Readiness = Literal["ready", "partial", "none"]
Kinds = Annotated[Many, among(*KINDS)]
Statuses = Annotated[Many, among(*STATUSES)]


class CapacityFilter(ListFilter):
    """The filters of capacities, facets and their tiles."""

    CODES: ClassVar[Mapping[str, str]] = {
        **ListFilter.CODES, "type": "types", "family": "families", "organisation": "organisations",
    }  # fmt: skip

    type: Many | None = Field(None, description="codes of resource types", examples=["usar-medium"])
    family: Many | None = Field(None, description="codes of resource families")
    kind: Kinds | None = Field(None, description=", ".join(KINDS))
    organisation: Many | None = Field(None, description="codes of organisations", examples=["KAZ-MES"])
    status: Statuses | None = Field(None, description=", ".join(STATUSES))
    readiness: Readiness | None = Field(None, description="the least ready of equipment, people and funding")
    available: bool | None = Field(None, description="true: something is available now")
    mobilisation_within: int | None = Field(None, ge=0, le=100_000, description="hours until it can leave")
    verified_since: Moment | None = Field(None, description="verified at or after this time")
    stale: bool | None = Field(None, description="true: not verified within 180 days")
    ordering: Text | None = ordered_by(
        "name", "quantity_available", "mobilisation_hours", "verified_at", "created_at", "updated_at"
    )


class TypeOut(Named):
    family: str = Field(description="code of the resource family")


class ReadinessOut(BaseModel):
    equipment: Readiness | None
    people: Readiness | None
    funding: Readiness | None


class ClassificationOut(BaseModel):
    body: str | None
    level: str | None
    valid_until: date | None


class BaseOut(BaseModel):
    area: Named | None
    place: str | None


class TransportOut(BaseModel):
    weight_kg: float | None
    volume_m3: float | None
    modes: list[str]


class CapacityOut(BaseModel):
    """A team, equipment, vehicle, aircraft, facility, stock or expert that can help. `null` is "not known"."""

    id: UUID
    ref: str = Field(examples=["CA-0004711"])
    name: str
    description: str | None
    type: TypeOut
    kind: str
    organisation: Named
    country: CountryOut = Field(description="where its base is")
    quantity: float
    unit: str
    unit_name: str
    quantity_available: float
    readiness: ReadinessOut
    status: Literal["available", "committed", "deployed", "unavailable"]
    mobilisation_hours: int | None
    self_sufficiency_days: int | None
    classification: ClassificationOut | None
    base: BaseOut
    geometry: dict[str, Any] | None
    transport: TransportOut
    languages: list[str]
    verified_at: datetime | None
    verified_by: str | None
    is_stale: bool = Field(description="not verified within 180 days")
    visibility: str
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class FacetsOut(BaseModel):
    """How many capacities each value would leave, under all filters but its own."""

    count: int
    type: list[CountedOut]
    family: list[CountedOut]
    kind: list[CountedOut]
    organisation: list[CountedOut]
    country: list[CountedOut]
    status: list[CountedOut]
