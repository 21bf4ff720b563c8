"""What can be asked of events and their figures, and what an answer looks like."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.docs import CountedOut, Named
from app.events.models import ALERT_LEVELS, STATUSES
from app.filters import ListFilter, Many, Moment, TableFilter, Text, among, ordered_by
from app.languages import gettext as _
from app.places.schemas import CountryOut, PointOut
from app.reference.schemas import CodeOut

GLIDE = re.compile(r"([a-z]{2})[^a-z0-9]*(\d{4})[^a-z0-9]*(\d{1,6})[^a-z0-9]*([a-z]{3})", re.ASCII | re.IGNORECASE)


def normal_glide(text: str) -> str:
    """`eq 2008 000181 kgz` and `EQ-2008-181-KGZ` are EQ-2008-000181-KGZ."""
    parts = GLIDE.fullmatch(text.strip())
    if not parts:
        raise ValueError(_("“%(value)s” is not a GLIDE number such as EQ-2008-000181-KGZ.") % {"value": text[:60]})
    hazard, year, number, country = parts.groups()
    return f"{hazard.upper()}-{year}-{number.zfill(6)}-{country.upper()}"


def normal_glides(values: list[str]) -> list[str]:
    return list(dict.fromkeys(normal_glide(value) for value in values))


class EventFilter(ListFilter):
    """The filters of events, their facets and their tiles."""

    CODES: ClassVar[Mapping[str, str]] = {**ListFilter.CODES, "hazard": "hazards"}

    hazard: Many | None = Field(None, description="GLIDE codes of hazards", examples=["EQ,FL"])
    status: Annotated[Many, among(*STATUSES)] | None = Field(None, description=", ".join(STATUSES))
    alert_level: Annotated[Many, among(*ALERT_LEVELS)] | None = Field(None, description=", ".join(ALERT_LEVELS))
    glide: Annotated[Many, AfterValidator(normal_glides)] | None = Field(
        None, description="GLIDE numbers, in any spelling", examples=["EQ-2008-000181-KGZ"]
    )
    started_after: Moment | None = Field(None, description="began at or after this time")
    started_before: Moment | None = Field(None, description="began before this time")
    exercise: bool | None = Field(None, description="true: exercises only; false: none of them")
    ordering: Text | None = ordered_by("started_at", "title", "created_at", "updated_at")


class FigureFilter(TableFilter):
    """The filters of an event's figures."""

    CODES: ClassVar[Mapping[str, str]] = {"indicator": "indicators", "source": "sources", "country": "countries"}

    indicator: Many | None = Field(None, description="codes of indicators", examples=["dead,injured"])
    source: Many | None = Field(None, description="codes of sources")
    country: Many | None = Field(None, description="counted in these countries only, ISO 3166-1 alpha-3")
    headline: bool | None = Field(None, description="true: the figure that the event shows for each indicator")
    ordering: Text | None = ordered_by("indicator", "value", "as_of")


class FiguresOfEvent(FigureFilter):
    """The same, of one event: the door adds which."""

    event: UUID


class SourceOut(BaseModel):
    code: str
    name: str
    url: str | None


class HeadlineOut(BaseModel):
    """The figure that stands for the event; what other sources say is below `/figures`."""

    value: float | None = Field(description="null where a range was given")
    low: float | None
    high: float | None
    qualifier: Literal["exact", "about", "at_least", "range"]
    source: SourceOut
    as_of: date | None


class HeadlinesOut(BaseModel):
    dead: HeadlineOut | None
    missing: HeadlineOut | None
    injured: HeadlineOut | None
    affected: HeadlineOut | None
    displaced: HeadlineOut | None
    houses_destroyed: HeadlineOut | None


class EventOut(BaseModel):
    """A disaster event, past or going on. `null` is "not known", never zero."""

    id: UUID
    ref: str = Field(examples=["EV-2008-0006"])
    title: str = Field(examples=["Nura earthquake"])
    summary: str | None
    hazard: Named = Field(examples=[{"code": "EQ", "name": "Earthquake"}])
    glide: list[str] = Field(examples=[["EQ-2008-000181-KGZ"]])
    status: Literal["alert", "ongoing", "closed"]
    alert_level: Literal["green", "orange", "red"] | None
    started_at: datetime
    started_precision: Literal["minute", "hour", "day", "month"] = Field(
        description="how much of `started_at` is known"
    )
    ended_at: datetime | None
    countries: list[CountryOut]
    areas: list[Named]
    place: str | None
    geometry: dict[str, Any] | None
    geometry_precision: Literal["printed", "approximate", "exact"] | None
    point: PointOut | None = Field(description="where to put a mark: the geometry itself, or a point inside it")
    exercise: bool
    figures: HeadlinesOut
    visibility: str
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class FigureSourceOut(SourceOut):
    kind: Literal["government", "un", "red_cross_red_crescent", "science", "media", "other"]


class FigureOut(BaseModel):
    """What one source said of one indicator on one day. Figures of several sources are never added up."""

    id: UUID
    indicator: Named = Field(examples=[{"code": "dead", "name": "Dead"}])
    value: float | None
    low: float | None
    high: float | None
    qualifier: Literal["exact", "about", "at_least", "range"]
    source: FigureSourceOut
    method: Literal["official", "estimate", "modelled", "media"] | None
    country: CountryOut | None = Field(description="where the figure counts one country only")
    as_of: date | None
    note: str | None
    headline: bool
    created_at: datetime
    updated_at: datetime


class SourceRecordOut(CodeOut):
    """A document or a body that gave a figure; its name is as printed, under `en`."""

    kind: Literal["government", "un", "red_cross_red_crescent", "science", "media", "other"]
    url: str | None
    published_on: date | None


class EventFacetsOut(BaseModel):
    """How many events each value would leave, under all filters but its own."""

    count: int
    hazard: list[CountedOut]
    country: list[CountedOut]
    status: list[CountedOut]
    alert_level: list[CountedOut]
