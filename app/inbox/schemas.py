"""What can be asked of the inbox, what an answer looks like, what a decision says, and what a rule is made of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, model_validator

from app.docs import CountedOut, Named
from app.events.schemas import AlertLevel, Codes, EventIn, Status
from app.filters import ListFilter, Many, Moment, Text, among, ordered_by
from app.inbox.models import REGIONS, STATUSES
from app.languages import gettext as _
from app.places.schemas import CountryOut, PointOut
from app.writing import Short, Written, composed, in_paragraphs


class CandidateFilter(ListFilter):
    """The filters of the inbox."""

    CODES: ClassVar[Mapping[str, str]] = {**ListFilter.CODES, "hazard": "hazards", "feed": "feeds"}

    waiting: bool | None = Field(
        None, description="true: those that wait for a decision, or changed since; false: the others"
    )
    status: Annotated[Many, among(*STATUSES)] | None = Field(None, description=", ".join(STATUSES))
    changed: bool | None = Field(None, description="true: those that feeds tell otherwise since somebody decided")
    urgent: bool | None = Field(None, description="true: those that a rule marked as urgent")
    hazard: Many | None = Field(None, description="GLIDE codes of hazards", examples=["EQ,FL"])
    feed: Many | None = Field(None, description="codes of feeds that tell of it", examples=["usgs"])
    alert_level: Annotated[Many, among("green", "orange", "red")] | None = Field(None, description="green, orange, red")
    region: Annotated[Many, among(*REGIONS)] | None = Field(
        None, description="inside, near (within the margin), said (a feed names a country), unknown, outside"
    )
    rule: int | None = Field(None, ge=1, le=100_000, description="number of the rule that decided on it")
    event: Text | None = Field(
        None, max_length=40, description="the ref of the event that it became or was joined with"
    )
    exercise: bool | None = Field(None, description="true: exercises and tests only; false: none of them")
    started_after: Moment | None = Field(None, description="began at or after this time")
    started_before: Moment | None = Field(None, description="began before this time")
    ordering: Text | None = ordered_by("gravity", "started_at", "magnitude", "created_at", "updated_at")


class CandidateOut(BaseModel):
    """What feeds tell of one happening. `null` is "not said", never zero."""

    id: UUID
    ref: str = Field(examples=["CD-000123"])
    title: str = Field(examples=["Earthquake M 5.8, 22 km N of Isfara"])
    status: Literal["undecided", "dropped", "event", "dismissed"]
    waiting: bool
    changed: bool
    changed_fields: list[str]
    urgent: bool
    hazard: Named | None
    started_at: datetime | None
    ended_at: datetime | None
    magnitude: float | None
    magnitude_type: str | None
    depth_km: float | None
    alert_level: AlertLevel | None
    population: int | None
    region: Literal["inside", "near", "said", "unknown", "outside"]
    countries: list[CountryOut]
    glide: list[str]
    feeds: list[str] = Field(description="codes of the feeds that tell of it", examples=[["usgs", "emsc"]])
    geometry: dict[str, Any] | None
    point: PointOut | None
    exercise: bool
    test: bool
    cancelled: bool = Field(description="all its sources have taken it back")
    chosen: dict[str, str] = Field(description="which feed each value comes from", examples=[{"magnitude": "usgs"}])
    rule: int | None = Field(description="number of the rule that decided on it")
    reason: str | None = Field(description="why it was dropped or dismissed")
    event: str | None = Field(description="the event that it became or was joined with")
    decided_at: datetime | None
    decided_by: str | None
    created_at: datetime
    updated_at: datetime


class CandidateFacetsOut(BaseModel):
    """How many candidates each value would leave, under all filters but its own."""

    count: int
    status: list[CountedOut]
    hazard: list[CountedOut]
    feed: list[CountedOut]
    country: list[CountedOut]
    alert_level: list[CountedOut]


class ItemOut(BaseModel):
    """What one feed says. `said` is as the feed said it, in the fields that all feeds share."""

    feed: str = Field(examples=["usgs"])
    name: str
    key: str = Field(description="what the feed calls it")
    revision: int
    said: dict[str, Any]
    first_seen_at: datetime
    seen_at: datetime
    gone_at: datetime | None = Field(description="since when it is no longer in its feed, which need not mean anything")
    region: Literal["inside", "near", "said", "unknown", "outside"]


class ItemsOut(BaseModel):
    count: int
    results: list[ItemOut]


# -- decisions


class EventWanted(Written):
    """The event to be logged; without one it is made of what the feeds say."""

    event: EventIn | None = None
    nevertheless: bool = Field(False, description="it is none of the events that may be the same")


class SameEvent(Written):
    """The event that a candidate tells of, too."""

    event: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(examples=["EV-2026-0101"])


class Undo(Written):
    """Why a decision is undone, and whether the event that it made is withdrawn."""

    reason: Annotated[
        str, StringConstraints(max_length=1000), AfterValidator(composed), BeforeValidator(in_paragraphs)
    ] = ""
    withdraw_event: bool = False


# -- rules

Magnitude = Annotated[float, Field(ge=-2, le=11, allow_inf_nan=False)]
Depth = Annotated[float, Field(ge=-20, le=1000, allow_inf_nan=False)]


class RuleIn(Written):
    """A rule: what it does with candidates that fulfil all its conditions. What is left empty is no condition."""

    does: Literal["drop", "keep", "urgent", "publish"]
    reason: Short = ""
    feeds: Codes = []
    hazards: Codes = []
    countries: Codes = []
    area: Annotated[str, StringConstraints(max_length=40)] | None = None
    anywhere: bool = False
    magnitude_from: Magnitude | None = None
    magnitude_below: Magnitude | None = None
    depth_from_km: Depth | None = None
    depth_to_km: Depth | None = None
    alert_from: AlertLevel | None = None
    alert_to: AlertLevel | None = None
    words: Annotated[Short, StringConstraints(max_length=100)] = ""
    event_status: Status = "ongoing"
    event_visibility: Literal["public", "partners", "centre"] = "public"
    is_enabled: bool = False

    @model_validator(mode="after")
    def sensible(self) -> "RuleIn":
        if self.does == "drop" and not self.reason:
            raise ValueError(_("Say why such candidates are dropped: the reason is kept with each."))
        if self.does == "publish" and not any(getattr(self, name) for name in CONDITIONS):
            raise ValueError(_("A rule that publishes needs conditions."))
        return self


CONDITIONS = (
    "feeds", "hazards", "countries", "area", "magnitude_from", "magnitude_below", "depth_from_km", "depth_to_km",
    "alert_from", "alert_to", "words",
)  # fmt: skip
