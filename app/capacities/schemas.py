"""What can be asked of capacities, what an answer looks like, and what can be written."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.capacities.models import STATUSES
from app.docs import CountedOut, Named
from app.equipment.schemas import Specification
from app.filters import Day, ListFilter, Many, Moment, Text, among, ordered_by
from app.places.schemas import CountryOut
from app.reference.models import KINDS
from app.writing import (
    Amount,
    Names,
    PointIn,
    Short,
    ShortTexts,
    ShortTextsChange,
    Spoken,
    Texts,
    TextsChange,
    Visibility,
    Written,
    each_once,
)  # fmt: skip

Readiness = Literal["ready", "partial", "none"]
Status = Literal["available", "committed", "deployed", "unavailable"]
Mode = Literal["road", "rail", "air", "sea", "river"]
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
    status: Status
    mobilisation_hours: int | None
    self_sufficiency_days: int | None
    classification: ClassificationOut | None
    base: BaseOut
    geometry: dict[str, Any] | None
    transport: TransportOut
    languages: list[str]
    specification: Specification | None = Field(description="of tools: make, what drives it, voltage, couplings")
    verified_at: datetime | None
    verified_by: str | None
    is_stale: bool = Field(description="not verified within 180 days")
    visibility: str
    base_visibility: str | None = Field(
        None,
        description="to askers with credentials: who may see the exact base, as far as they may; else that of the record",
    )
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


# -- what is written


Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Country = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=60)]
Hours = Annotated[int, Field(ge=0, le=100_000)]
Days = Annotated[int, Field(ge=0, le=10_000)]
Modes = Annotated[list[Mode], AfterValidator(each_once), Field(max_length=5)]
Languages = Annotated[list[Spoken], AfterValidator(each_once), Field(max_length=30, examples=[["ru", "kk"]])]


class ReadinessIn(Written):
    equipment: Readiness | None = None
    people: Readiness | None = None
    funding: Readiness | None = None


class ClassificationIn(Written):
    body: Short | None = Field(None, examples=["INSARAG"])
    level: Short | None = Field(None, examples=["USAR Medium"])
    valid_until: Day | None = None


class BaseIn(Written):
    area: Code | None = Field(None, description="code, p-code or ISO 3166-2 code of an area of the country")
    place: ShortTexts | None = Field(None, description="the town or site, by language", examples=[{"en": "Almaty"}])
    geometry: PointIn | None = None
    visibility: Visibility | None = Field(
        None, description="who may see place and geometry, where fewer may than see the record; else as the record"
    )


class TransportIn(Written):
    weight_kg: Amount | None = None
    volume_m3: Amount | None = None
    modes: Modes = []


class CapacityIn(Written):
    """A capacity as it is registered. What is not known is left out."""

    names: Names
    description: Texts | None = None
    type: Code = Field(description="code of a resource type; the kind follows", examples=["usar-medium"])
    organisation: Code | None = Field(
        None, description="code of the organisation that has it; your own unless you may write for others"
    )
    country: Country = Field(description="where its base is, ISO 3166-1 alpha-3", examples=["KAZ"])
    quantity: Amount = Field(examples=[1])
    unit: Code | None = Field(None, description="code of a unit; that of the type unless said", examples=["team"])
    quantity_available: Amount | None = Field(None, description="of the quantity; all of it unless said", examples=[1])
    readiness: ReadinessIn = ReadinessIn()
    status: Status = "available"
    mobilisation_hours: Hours | None = None
    self_sufficiency_days: Days | None = None
    classification: ClassificationIn | None = None
    base: BaseIn = BaseIn()
    transport: TransportIn = TransportIn()
    languages: Languages = []
    specification: Specification = Specification()
    visibility: Visibility = Field("partners", description="who may see the record; partners unless said")


class BaseChange(Written):
    area: Code | None = None
    place: ShortTextsChange | None = None
    geometry: PointIn | None = None
    visibility: Visibility | None = None


class TransportChange(Written):
    weight_kg: Amount | None = None
    volume_m3: Amount | None = None
    modes: Modes | None = None


class CapacityChange(Written):
    """What changes of a capacity. Fields left out stay as they are, null empties a field, inside objects too (RFC 7396)."""

    names: ShortTextsChange | None = Field(None, examples=[{"ru": "Спасательная команда"}])
    description: TextsChange | None = None
    type: Code | None = None
    organisation: Code | None = None
    country: Country | None = None
    quantity: Amount | None = None
    unit: Code | None = None
    quantity_available: Amount | None = None
    readiness: ReadinessIn | None = None
    status: Status | None = None
    mobilisation_hours: Hours | None = None
    self_sufficiency_days: Days | None = None
    classification: ClassificationIn | None = None
    base: BaseChange | None = None
    transport: TransportChange | None = None
    languages: Languages | None = None
    specification: Specification | None = None
    visibility: Visibility | None = None


class Refs(Written):
    """Several records at once."""

    refs: Annotated[list[Code], AfterValidator(each_once), Field(min_length=1, max_length=1000)] = Field(
        description="`id` or `ref` of each", examples=[["CA-0004711", "CA-0004712"]]
    )


class VerifiedOut(BaseModel):
    """What was confirmed, and for which organisation."""

    count: int
    verified_at: datetime
    verified_by: str
    refs: list[str]
