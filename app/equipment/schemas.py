"""The vocabulary of specifications, one for profiles, items, capacities, requests and offers; and what profiles say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from app.docs import Named
from app.filters import Day, Many, Moment, TableFilter, Text, ordered_by
from app.places.schemas import CountryOut
from app.writing import (
    Amount,
    Names,
    Short,
    ShortTexts,
    ShortTextsChange,
    Spoken,
    Visibility,
    Written,
    each_once,
)  # fmt: skip

Fuel = Literal[
    "petrol", "diesel", "two_stroke", "electric_mains", "battery", "hydraulic", "pneumatic", "manual", "none"
]  # fmt: skip
Thread = Literal["storz", "gost_bogdanov", "bs336", "nst", "camlock", "other"]
# The letters of the IEC's world plugs, and the two families of IEC 60309 by their pins
Plug = Literal[
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "iec60309_3", "iec60309_5",
]  # fmt: skip


def whole(said: object) -> object:
    """Forms send texts."""
    return int(said) if isinstance(said, str) and said.isdecimal() else said


Hertz = Annotated[Literal[50, 60, 400], BeforeValidator(whole)]
Phases = Annotated[Literal[1, 3], BeforeValidator(whole)]
Manuals = Annotated[list[Spoken], AfterValidator(each_once), Field(max_length=20)]


class Specification(Written):
    """What a tool is or has to be. What is not known or does not matter is left out.

    Where something is asked for, `weight_kg` is the most that it may weigh and one of `manual_languages` is enough.
    """

    make: Short | None = Field(None, description="who makes it", examples=["Stihl"])
    model: Short | None = Field(None, examples=["TS 420"])
    fuel: Fuel | None = Field(None, description="what drives it")
    voltage_v: int | None = Field(None, ge=1, le=1_000_000, description="nominal voltage, volts", examples=[230])
    frequency_hz: Hertz | None = None
    phases: Phases | None = None
    plug: Plug | None = Field(None, description="letter of the IEC's world plugs, or IEC 60309 by its pins")
    thread: Thread | None = Field(None, description="the standard of its hose couplings")
    hose_mm: int | None = Field(None, ge=1, le=1000, description="nominal inner diameter of the hose, millimetres")
    weight_kg: float | None = Field(None, gt=0, le=1_000_000, allow_inf_nan=False)
    manual_languages: Manuals | None = Field(None, description="languages that its manual is in", examples=[["fa-AF"]])

    @property
    def kept(self) -> dict[str, Any] | None:
        """As the database keeps it: only what is said, NULL where nothing is."""
        said = self.model_dump(mode="json", exclude_none=True)
        return {name: value for name, value in said.items() if value not in ("", [])} or None


def specified(kept: Mapping[str, Any] | None) -> Specification:
    """A specification as the database kept it; nothing said where there is none. What an import brought and the vocabulary does
    not have is left out: a page is read all the same."""
    said = dict(kept or {})
    try:
        return Specification.model_validate(said)
    except ValidationError as error:
        wrong = {one["loc"][0] for one in error.errors()}
        return Specification.model_validate({name: value for name, value in said.items() if name not in wrong})


@dataclass(frozen=True)
class Use:
    """A line of a profile, as far as it says what fits."""

    item_code: str | None
    resource_type_code: str | None
    specification: Specification
    trained_crews: int | None = None
    last_training_on: date | None = None


# -- profiles

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Country = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=60)]
Crews = Annotated[int, Field(ge=0, le=100_000)]


class ProfileFilter(TableFilter):
    """The filters of equipment profiles."""

    CODES: ClassVar[Mapping[str, str]] = {"country": "countries", "type": "types", "organisation": "organisations"}

    country: Many | None = Field(None, description="ISO 3166-1 alpha-3 codes", examples=["AFG,TJK"])
    organisation: Many | None = Field(None, description="codes of organisations", examples=["AFG-ANDMA"])
    type: Many | None = Field(None, description="codes of resource types that a line speaks of")
    updated_since: Moment | None = Field(
        None, description="changed at or after this time, with those withdrawn as {id, ref, withdrawn_at}"
    )
    ordering: Text | None = ordered_by("name", "created_at", "updated_at")

    @property
    def follows_changes(self) -> bool:
        return self.updated_since is not None


class LineOut(BaseModel):
    """A kind of tool that the rescuers of an authority use. `null` is "not known"."""

    position: int
    type: Named | None
    item: Named | None
    description: str | None
    descriptions: dict[str, str] | None
    specification: Specification | None
    quantity: float | None
    trained_crews: int | None
    last_training_on: date | None
    source: str | None
    verified_on: date | None


class ProfileOut(BaseModel):
    """What the rescuers of an authority really use, so that help fits."""

    id: UUID
    ref: str = Field(examples=["EP-0001"])
    name: str
    note: str | None
    organisation: Named
    country: CountryOut
    lines: list[LineOut]
    visibility: str
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class LineIn(Written):
    """A kind of tool: named by a resource type, an item or in words."""

    type: Code | None = Field(None, description="code of a resource type")
    item: Code | None = Field(None, description="code of an item of the Centre's stock")
    description: ShortTexts | None = Field(None, examples=[{"en": "Cut-off saw"}])
    specification: Specification = Specification()
    quantity: Amount | None = None
    trained_crews: Crews | None = Field(None, description="crews that can work with it")
    last_training_on: Day | None = None
    source: Short | None = Field(None, description="who says so")
    verified_on: Day | None = None


class ProfileIn(Written):
    """An equipment profile as it is written."""

    names: Names
    note: ShortTexts | None = None
    organisation: Code | None = Field(
        None, description="code of the authority; your own unless you may write for others"
    )
    country: Country = Field(description="ISO 3166-1 alpha-3", examples=["AFG"])
    lines: list[LineIn] = Field([], max_length=500)
    visibility: Visibility = Field("partners", description="who may see it; partners unless said")


class ProfileChange(Written):
    """What changes (RFC 7396): fields left out stay, null empties one. Lines are replaced whole."""

    names: ShortTextsChange | None = None
    note: ShortTextsChange | None = None
    organisation: Code | None = None
    country: Country | None = None
    lines: list[LineIn] | None = Field(None, max_length=500)
    visibility: Visibility | None = None
