"""What can be asked of entry points, agreements and host nation support, what an answer looks like, and what can be written."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationInfo, field_validator

from app.docs import CountedOut, Named
from app.entry_points.models import AGREEMENT_KINDS, KINDS, PASSES, SECTIONS, STATUSES
from app.filters import Day, ListFilter, Many, Moment, TableFilter, Text, among, ordered_by
from app.languages import gettext as _
from app.places.schemas import CountryOut
from app.writing import (
    Long,
    Names,
    PointIn,
    Short,
    ShortTexts,
    ShortTextsChange,
    Texts,
    TextsChange,
    Written,
    each_once,
    said_at_all,
)  # fmt: skip

Kind = Literal["road", "rail", "airport", "seaport", "river_port", "ferry"]
Status = Literal["open", "limited", "closed", "unknown"]
Pass = Literal[
    "people", "goods", "vehicles", "heavy_vehicles", "rail_wagons", "dangerous_goods", "animals", "helicopters",
    "light_aircraft", "transport_aircraft", "heavy_aircraft",
]  # fmt: skip
Evidence = Literal["confirmed", "cited", "general_knowledge"]
AgreementKind = Literal["mutual_aid", "transit", "customs", "recognition"]
Section = Literal["contact", "entry", "customs", "medical", "telecoms", "money", "drones", "dogs", "air"]


# -- entry points


class EntryPointFilter(ListFilter):
    """The filters of entry points, their facets and tiles."""

    country: Many | None = Field(None, description="on either side, ISO 3166-1 alpha-3", examples=["AFG"])
    kind: Annotated[Many, among(*KINDS)] | None = Field(None, description=", ".join(KINDS))
    status: Annotated[Many, among(*STATUSES)] | None = Field(None, description=", ".join(STATUSES))
    passes: Annotated[Many, among(*PASSES)] | None = Field(None, description=f"may pass: {', '.join(PASSES)}")
    passable: bool | None = Field(None, description="true: neither said to be closed now, nor in its winter")
    stale: bool | None = Field(None, description="true: nobody has said anything of it within 14 days")
    ordering: Text | None = ordered_by("name", "code", "as_of", "created_at", "updated_at")


class SaidOut(BaseModel):
    """What was said last of an entry point, by whom and when; all `null` where nobody has said anything."""

    status: Status
    said_by: str | None
    source: str | None
    note: str | None
    from_at: datetime | None = Field(description="from when it is so")
    until_at: datetime | None
    as_of: datetime | None = Field(description="when they said it")
    is_stale: bool = Field(description="said more than 14 days ago, or never")


class WinterOut(BaseModel):
    """The days on which it is closed in winter, both included, as MM-DD."""

    from_md: str = Field(examples=["11-01"])
    to_md: str = Field(examples=["04-30"])
    note: str | None
    is_now: bool


class ContactRefOut(BaseModel):
    """A contact of the directory, /api/v1/contacts/{id}; told to whoever may see it there."""

    id: UUID
    organisation: Named


class EntryPointOut(BaseModel):
    """A border crossing, airport or port. `null` is "not known"."""

    id: UUID
    ref: str = Field(examples=["EN-0001"])
    code: str = Field(examples=["KAZ-KORDAY"])
    name: str
    counterpart: str | None = Field(description="what the other side calls its own post")
    kind: Kind
    country: CountryOut
    across: CountryOut | None = Field(description="the country on the other side; null: from anywhere")
    geometry: dict[str, Any] | None
    elevation_m: int | None
    time_zone: str | None = Field(description="IANA")
    hours: str | None = Field(description="when it works, in words")
    may_pass: list[Pass]
    hours_to_cross: float = Field(description="to plan with: its own, or what its kind usually takes")
    hours_to_cross_is_usual: bool
    winter: WinterOut | None
    said: SaidOut
    passable: bool = Field(description="neither said to be closed now, nor in its winter")
    note: str | None
    customs_contact: ContactRefOut | None
    quarantine_contact: ContactRefOut | None
    source: str
    evidence: Evidence
    visibility: Literal["public"]
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class EntryPointFacetsOut(BaseModel):
    """How many entry points each value would leave, under all filters but its own."""

    count: int
    kind: list[CountedOut]
    status: list[CountedOut]
    country: list[CountedOut]
    passes: list[CountedOut]


class ReportOut(SaidOut):
    """What somebody said of an entry point."""

    id: UUID
    counts: bool = Field(description="this is what holds now")
    reported_at: datetime = Field(description="when it was written down here")
    organisation: Named | None = Field(description="whose people wrote it down")
    demonstration: bool


class ReportsOut(BaseModel):
    results: list[ReportOut]


# -- what is written of entry points


def is_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(_("“%(value)s” is not a time zone, such as Asia/Kabul.") % {"value": name[:60]})
    return name


def is_day_of_year(text: str) -> str:
    try:
        date.fromisoformat(f"2024-{text}")  # a leap year: 29 February is a day
    except ValueError:
        raise ValueError(_("Write a month and a day, such as 11-01.")) from None
    return text


Code = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{3}-[A-Za-z0-9-]{2,40}$")
]
Country = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=60)]
Hours = Annotated[float, Field(ge=0, le=2000, allow_inf_nan=False)]
MonthDay = Annotated[str, AfterValidator(is_day_of_year), StringConstraints(pattern=r"^\d\d-\d\d$")]
Passes = Annotated[list[Pass], AfterValidator(each_once), Field(max_length=len(PASSES))]
Zone = Annotated[str, AfterValidator(is_time_zone)]
Source = Annotated[Short, StringConstraints(min_length=1)]


class EntryPointIn(Written):
    """An entry point as it is registered. What is not known is left out."""

    code: Code = Field(description="its country and a name in Latin letters", examples=["KAZ-KORDAY"])
    names: Names
    counterpart: ShortTexts | None = None
    kind: Kind
    country: Country = Field(examples=["KAZ"])
    across: Country | None = Field(None, examples=["KGZ"], validate_default=True)
    geometry: PointIn | None = None
    elevation_m: Annotated[int, Field(ge=-500, le=9000)] | None = None
    time_zone: Zone | None = Field(None, description="where its clock is not that of its country")
    hours: ShortTexts | None = None
    may_pass: Passes = []
    hours_to_cross: Hours | None = None
    winter_from: MonthDay | None = Field(None, examples=["11-01"])
    winter_to: MonthDay | None = Field(None, examples=["04-30"], validate_default=True)
    winter_note: ShortTexts | None = None
    note: Texts | None = None
    customs_contact: UUID | None = Field(None, description="a contact of the directory")
    quarantine_contact: UUID | None = None
    source: Source
    evidence: Evidence

    @field_validator("across")
    @classmethod
    def another_country(cls, across: str | None, info: ValidationInfo) -> str | None:
        if across is None and info.data.get("kind") in ("road", "rail"):
            raise ValueError(_("A crossing has a country on the other side."))
        if across and across == info.data.get("country"):
            raise ValueError(_("The country on the other side is another one."))
        return across

    @field_validator("winter_to")
    @classmethod
    def from_and_to(cls, winter_to: str | None, info: ValidationInfo) -> str | None:
        if "winter_from" in info.data and (info.data["winter_from"] is None) != (winter_to is None):
            raise ValueError(_("Say of a winter when it begins and when it ends."))
        return winter_to


class EntryPointChange(Written):
    """What changes of an entry point. Fields left out stay as they are, null empties a field (RFC 7396)."""

    code: Code | None = None
    names: ShortTextsChange | None = None
    counterpart: ShortTextsChange | None = None
    kind: Kind | None = None
    country: Country | None = None
    across: Country | None = None
    geometry: PointIn | None = None
    elevation_m: int | None = None
    time_zone: Zone | None = None
    hours: ShortTextsChange | None = None
    may_pass: Passes | None = None
    hours_to_cross: Hours | None = None
    winter_from: MonthDay | None = None
    winter_to: MonthDay | None = None
    winter_note: ShortTextsChange | None = None
    note: TextsChange | None = None
    customs_contact: UUID | None = None
    quarantine_contact: UUID | None = None
    source: Source | None = None
    evidence: Evidence | None = None


class ReportIn(Written):
    """What was said of an entry point: that is added to what was said before, and never changed."""

    status: Status
    said_by: Annotated[Short, StringConstraints(min_length=1)] = Field(
        description="who said so: an authority, a duty desk, a convoy", examples=["ANDMA, Balkh office"]
    )
    source: Short = Field("", description="a link, a letter, a call")
    note: Long = Field("", description="what is limited, for whom", examples=["Lorries only, 08:00 to 16:00"])
    as_of: Moment | None = Field(None, description="when they said it; now unless said")
    from_at: Moment | None = Field(None, description="from when it is so; from `as_of` unless said")
    until_at: Moment | None = Field(None, description="until when, where that is known")


# -- agreements


class AgreementFilter(TableFilter):
    CODES: ClassVar[Mapping[str, str]] = {"country": "countries", "organisation": "organisations"}

    country: Many | None = Field(None, description="party to it, ISO 3166-1 alpha-3")
    organisation: Many | None = Field(None, description="codes of organisations that are party to it")
    kind: Annotated[Many, among(*AGREEMENT_KINDS)] | None = Field(None, description=", ".join(AGREEMENT_KINDS))
    in_force: bool | None = Field(None, description="true: known to be in force today")
    updated_since: Moment | None = Field(None, description="changed at or after this time, with those withdrawn")
    ordering: Text | None = ordered_by("title", "signed_on", "created_at", "updated_at")

    @property
    def follows_changes(self) -> bool:
        return self.updated_since is not None


class AgreementOut(BaseModel):
    """What states and organisations have agreed on. `null` is "not known"."""

    id: UUID
    ref: str = Field(examples=["AG-0001"])
    code: str
    title: str
    kind: AgreementKind
    countries: list[CountryOut]
    organisations: list[Named]
    signed_on: date | None
    in_force_from: date | None
    in_force_until: date | None
    in_force: bool = Field(description="known to be in force today")
    summary: str | None
    url: str | None
    source: str
    evidence: Evidence
    visibility: Literal["public"]
    demonstration: bool
    created_at: datetime
    updated_at: datetime


AgreementCode = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z0-9-]{3,60}$")]
Url = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^https?://\S+$")]
Countries = Annotated[list[Country], AfterValidator(each_once), Field(max_length=60)]
Codes = Annotated[
    list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]],
    AfterValidator(each_once),
    Field(max_length=60),
]


class AgreementIn(Written):
    """An agreement with at least two parties."""

    code: AgreementCode = Field(examples=["CAREC-CBTA"])
    titles: Names
    kind: AgreementKind
    countries: Countries = []
    organisations: Codes = Field([], validate_default=True)
    signed_on: Day | None = None
    in_force_from: Day | None = Field(None, description="left out: not known to be in force")
    in_force_until: Day | None = None
    summary: Texts | None = None
    url: Url | None = None
    source: Source
    evidence: Evidence

    @field_validator("organisations")
    @classmethod
    def two_parties(cls, organisations: list[str], info: ValidationInfo) -> list[str]:
        if "countries" in info.data and len(info.data["countries"]) + len(organisations) < 2:
            raise ValueError(_("An agreement has two parties at least."))
        return organisations

    @field_validator("in_force_from")
    @classmethod
    def after_signing(cls, begins: date | None, info: ValidationInfo) -> date | None:
        if begins and (signed := info.data.get("signed_on")) and begins < signed:
            raise ValueError(_("An agreement cannot be in force before it is signed."))
        return begins

    @field_validator("in_force_until")
    @classmethod
    def after_it_began(cls, ends: date | None, info: ValidationInfo) -> date | None:
        if ends and (begins := info.data.get("in_force_from")) and ends <= begins:
            raise ValueError(_("An agreement ends after it came into force."))
        return ends


class AgreementChange(Written):
    """What changes of an agreement. Fields left out stay as they are, null empties a field (RFC 7396)."""

    code: AgreementCode | None = None
    titles: ShortTextsChange | None = None
    kind: AgreementKind | None = None
    countries: Countries | None = None
    organisations: Codes | None = None
    signed_on: Day | None = None
    in_force_from: Day | None = None
    in_force_until: Day | None = None
    summary: TextsChange | None = None
    url: Url | None = None
    source: Source | None = None
    evidence: Evidence | None = None


# -- host nation support


class SupportFilter(TableFilter):
    CODES: ClassVar[Mapping[str, str]] = {"country": "countries"}

    country: Many | None = Field(None, description="ISO 3166-1 alpha-3", examples=["AFG"])
    section: Annotated[Many, among(*SECTIONS)] | None = Field(None, description=", ".join(SECTIONS))
    updated_since: Moment | None = Field(None, description="changed at or after this time")
    ordering: Text | None = ordered_by("country", "as_of", "created_at", "updated_at")

    @property
    def follows_changes(self) -> bool:
        return self.updated_since is not None


class SupportOut(BaseModel):
    """One section of how a country receives help from abroad."""

    id: UUID
    ref: str = Field(examples=["AFG-CUSTOMS"])
    country: CountryOut
    section: Section
    text: str
    texts: dict[str, str] = Field(description="by language")
    source: str
    url: str | None
    evidence: Evidence
    as_of: date
    visibility: Literal["public"]
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class SupportIn(Written):
    """What a section says: put in the place of what it said before."""

    texts: Annotated[Texts, AfterValidator(said_at_all)] = Field(examples=[{"en": "Customs are told 24 hours ahead."}])
    source: Source
    url: Url | None = None
    evidence: Evidence
    as_of: Day = Field(description="the day it was so")
