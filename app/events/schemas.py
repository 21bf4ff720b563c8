"""What can be asked of events, what an answer looks like, and what can be written."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from app.docs import CountedOut, Named
from app.errors import Invalid
from app.events import glides
from app.events.models import ALERT_LEVELS, STATUSES
from app.filters import AsOf, Lang, ListFilter, Many, Moment, OneFilter, Text, among, ordered_by
from app.geo import PointParam
from app.languages import gettext as _
from app.places.schemas import CountryOut, PointOut
from app.writing import Names, ShortTexts, ShortTextsChange, Texts, TextsChange, Visibility, WhyText, Written


class EventFilter(ListFilter):
    """The filters of events, their facets and their tiles."""

    CODES: ClassVar[Mapping[str, str]] = {**ListFilter.CODES, "hazard": "hazards"}

    q: Annotated[Text, Field(max_length=500), AfterValidator(glides.in_search)] | None = Field(
        None, description="search in any language and script, the best first, at most 1,000"
    )
    hazard: Many | None = Field(None, description="GLIDE codes of hazards", examples=["EQ,FL"])
    status: Annotated[Many, among(*STATUSES)] | None = Field(None, description=", ".join(STATUSES))
    alert_level: Annotated[Many, among(*ALERT_LEVELS)] | None = Field(None, description=", ".join(ALERT_LEVELS))
    glide: Annotated[Many, AfterValidator(glides.normal_ones)] | None = Field(
        None, description="GLIDE numbers, in any spelling; also without the hazard", examples=["EQ-2008-000181-KGZ"]
    )
    started_after: Moment | None = Field(None, description="began at or after this time")
    started_before: Moment | None = Field(None, description="began before this time")
    exercise: bool | None = Field(None, description="true: exercises only; false: none of them")
    ordering: Text | None = ordered_by("started_at", "title", "created_at", "updated_at")


AS_OF = Field(None, description="as known then: a day (its end, UTC) or a moment", examples=["2026-11-20"])


class EventsAsked(EventFilter):
    """The same where the past can be asked for: lists, facets, files."""

    as_of: AsOf | None = AS_OF

    def check_together(self) -> None:
        super().check_together()
        if self.as_of and self.updated_since:
            raise Invalid.field("updated_since", _("updated_since follows the present: leave it out, or as_of."))


class EventAsked(OneFilter):
    """What a single event can be asked."""

    as_of: AsOf | None = AS_OF


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


class EventFacetsOut(BaseModel):
    """How many events each value would leave, under all filters but its own."""

    count: int
    hazard: list[CountedOut]
    country: list[CountedOut]
    status: list[CountedOut]
    alert_level: list[CountedOut]


# -- what is written

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=366)  # a forecast may look ahead, a slip of the pen must not
MOST_POSITIONS = 10_000
# how deep the positions lie in the coordinates of each kind of geometry
DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
LINES, RINGS = ("LineString", "MultiLineString"), ("Polygon", "MultiPolygon")


def possible_time(at: datetime) -> datetime:
    if not EARLIEST <= at <= datetime.now(UTC) + AHEAD:
        raise ValueError(_("An event is dated from 1900 on, and at most a year ahead. Look at the year."))
    return at.astimezone(UTC)


def distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def is_text(value: object) -> object:
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("datetime_type", "not a text")  # a number would be seconds since 1970
    return value


Time = Annotated[Moment, AfterValidator(possible_time), BeforeValidator(is_text)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]+$")]
Codes = Annotated[list[Code], AfterValidator(distinct)]
Status = Literal["alert", "ongoing", "closed"]
AlertLevel = Literal["green", "orange", "red"]
StartedPrecision = Literal["minute", "hour", "day", "month"]
GeometryPrecision = Literal["printed", "approximate", "exact"]
Glides = Annotated[list[Annotated[str, AfterValidator(glides.normal)]], AfterValidator(distinct)]


class GeometryIn(Written):
    """A GeoJSON geometry: longitude, latitude in WGS 84."""

    type: Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any] = Field(examples=[[76.98, 43.15]])

    @field_validator("coordinates")
    @classmethod
    def on_earth(cls, coordinates: list[Any], info: ValidationInfo) -> list[Any]:
        kind = info.data.get("type")
        if not kind:
            return coordinates  # the type is refused already
        parts = list(lines_of(coordinates, DEPTHS[kind]))
        if not 0 < sum(map(len, parts)) <= MOST_POSITIONS:
            raise ValueError(_("A geometry has 1 to %(most)s positions.") % {"most": MOST_POSITIONS})
        if not all(is_position(one) for part in parts for one in part):
            raise ValueError(_("Each position is [longitude, latitude], from -180 to 180 and from -90 to 90."))
        if kind in LINES and min(map(len, parts)) < 2:
            raise ValueError(_("A line has two positions at least."))
        if kind in RINGS and not all(len(part) >= 4 and part[0] == part[-1] for part in parts):
            raise ValueError(_("A ring of a polygon has four positions at least and ends where it began."))
        return coordinates


def lines_of(coordinates: Any, depth: int) -> Iterator[list[Any]]:
    """The positions of a geometry, one list for each of its points, lines or rings. Raises ValueError for another nesting."""
    if not isinstance(coordinates, list):
        raise ValueError(_("The coordinates are not nested as their type demands."))
    if depth == 0:
        yield [coordinates]
    elif depth == 1:
        yield coordinates
    else:
        for part in coordinates:
            yield from lines_of(part, depth - 1)


def is_position(one: Any) -> bool:
    return (
        isinstance(one, list)
        and len(one) == 2
        and all(isinstance(value, int | float) and not isinstance(value, bool) for value in one)
        and abs(one[0]) <= 180
        and abs(one[1]) <= 90  # neither NaN nor the infinite is
    )


class EventIn(Written):
    """An event to be logged. The organisation that keeps it is that of whoever logs it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "titles": {"en": "Mudflow above Almaty", "ru": "Сель выше Алматы"},
                    "hazard": "MS",
                    "status": "ongoing",
                    "started_at": "2026-07-08T05:30:00Z",
                    "started_precision": "minute",
                    "countries": ["KAZ"],
                    "geometry": {"type": "Point", "coordinates": [76.98, 43.15]},
                }
            ]
        }
    )

    titles: Names
    summary: Texts = {}
    hazard: Code = Field(description="GLIDE code", examples=["MS"])
    status: Status = "ongoing"
    alert_level: AlertLevel | None = None
    started_at: Time
    started_precision: StartedPrecision = Field("day", description="how much of `started_at` is known")
    ended_at: Time | None = None
    countries: Codes = Field(min_length=1, max_length=60, description="ISO 3166-1 alpha-3", examples=[["KAZ"]])
    areas: Codes = Field([], max_length=300, description="codes, p-codes or ISO 3166-2 codes in these countries")
    glide: Glides = Field([], max_length=20, description="GLIDE numbers, in any spelling")
    place: ShortTexts = Field({}, description="the place in words, by language")
    geometry: GeometryIn | None = None
    geometry_precision: GeometryPrecision | None = Field(
        None, validate_default=True, description="approximate unless said; null without a geometry"
    )
    exercise: bool = False
    visibility: Visibility = "public"
    alert_reason: WhyText | None = Field(None, description="why this alert level; needed when it changes")
    exercise_reason: WhyText | None = Field(
        None, description="why it is an exercise, or is none; needed when that changes"
    )

    @field_validator("ended_at")
    @classmethod
    def after_it_began(cls, ended_at: datetime | None, info: ValidationInfo) -> datetime | None:
        began = info.data.get("started_at")
        if ended_at and began and ended_at < began:
            raise ValueError(_("An event cannot end before it began."))
        return ended_at

    @field_validator("geometry_precision")
    @classmethod
    def with_a_geometry(cls, precision: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("geometry") is None:
            return None
        return precision or "approximate"


LEFT_OUT: Any = Field(None)  # what a change may leave out, but not empty


class EventChange(Written):
    """What is to change, as a JSON Merge Patch (RFC 7396): what is left out stays, null empties. Lists are replaced whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "closed", "titles": {"ru": "Сель"}}]})

    titles: ShortTextsChange = LEFT_OUT
    summary: TextsChange | None = None
    hazard: Code = LEFT_OUT
    status: Status = LEFT_OUT
    alert_level: AlertLevel | None = None
    started_at: Time = LEFT_OUT
    started_precision: StartedPrecision = LEFT_OUT
    ended_at: Time | None = None
    countries: Codes = LEFT_OUT
    areas: Codes | None = None
    glide: Glides | None = None
    place: ShortTextsChange | None = None
    geometry: GeometryIn | None = None
    geometry_precision: GeometryPrecision | None = None
    exercise: bool = LEFT_OUT
    visibility: Visibility = LEFT_OUT
    alert_reason: WhyText | None = Field(None, description="why the alert level changes: needed with a new alert_level")
    exercise_reason: WhyText | None = Field(None, description="why: needed where exercise is switched on or off")


class DuplicatesFilter(BaseModel):
    """An event that is about to be logged: which ones that are there already may be the same?"""

    model_config = ConfigDict(extra="forbid")

    hazard: str = Field(max_length=40, description="GLIDE code", examples=["EQ"])
    started_at: Time = Field(description="when it began", examples=["2008-10-05T15:52:00Z"])
    near: PointParam | None = Field(None, description="lon,lat: where it is")
    country: Many | None = Field(None, description="ISO 3166-1 alpha-3 codes, where no place is known")
    lang: Lang | None = Field(None, description="language of names and reasons; else by Accept-Language")


class DuplicateOut(BaseModel):
    """An event that may be the same, the likeliest first."""

    ref: str = Field(examples=["EV-2008-0006"])
    title: str
    hazard: Named
    status: Status
    started_at: datetime
    started_precision: StartedPrecision
    exercise: bool
    distance_km: float | None
    score: float = Field(description="from 0 to 1", examples=[0.93])
    reason: str = Field(examples=["the same hazard, 12 km away, began on the same day"])


class DuplicatesOut(BaseModel):
    count: int
    results: list[DuplicateOut]
