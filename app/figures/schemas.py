"""What can be asked of figures, what an answer looks like, and what can be written."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from app.docs import Named
from app.errors import Invalid
from app.events.schemas import EARLIEST, Code, SourceOut, is_text
from app.figures.models import COUNTINGS, METHODS, SOURCE_KINDS
from app.filters import AsOf, Day, Lang, Many, Moment, TableFilter, among, ordered_by
from app.filters import Text as FilterText
from app.languages import gettext as _
from app.places.schemas import CountryOut
from app.reference.schemas import CodeOut
from app.writing import Short, Texts, WhyText, Written

Qualifier = Literal["exact", "about", "at_least", "range"]
Method = Literal["official", "estimate", "modelled", "media"]
SourceKind = Literal["government", "un", "red_cross_red_crescent", "science", "media", "other"]
Counting = Literal["cumulative", "new"]
Sex = Literal["female", "male", "other"]


# -- what is asked


class AsKnown(BaseModel):
    """Two axes of time: what had been said by then, and what had been recorded here by then."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: AsOf | None = Field(None, description="as known then: a day means its end in UTC", examples=["2026-07-10"])
    recorded_by: AsOf | None = Field(None, description="only what had been recorded here by then; a day means its end")
    lang: Lang | None = Field(None, description="language of names and labels; else by Accept-Language")

    @property
    def times(self) -> dict[str, Any]:
        """The two moments for the SQL; without `as_of` all that was said by the moment of recording."""
        return {"at": self.as_of or self.recorded_by or "infinity", "recorded": self.recorded_by or "infinity"}

    @property
    def then(self) -> datetime | None:
        """The earlier of the two; None: now."""
        return min(filter(None, (self.as_of, self.recorded_by)), default=None)


class FigureFilter(TableFilter):
    """The filters of an event's figures."""

    CODES: ClassVar[Mapping[str, str]] = {
        "indicator": "indicators", "source": "sources", "country": "countries", "area": "areas",
    }  # fmt: skip

    as_of: AsOf | None = Field(None, description="as known then: a day means its end in UTC", examples=["2026-07-10"])
    recorded_by: AsOf | None = Field(None, description="only what had been recorded here by then; a day means its end")
    indicator: Many | None = Field(None, description="codes of indicators", examples=["dead,injured"])
    source: Many | None = Field(None, description="codes of sources")
    source_kind: Annotated[Many, among(*SOURCE_KINDS)] | None = Field(None, description=", ".join(SOURCE_KINDS))
    method: Annotated[Many, among(*METHODS)] | None = Field(None, description=", ".join(METHODS))
    counting: Annotated[Many, among(*COUNTINGS)] | None = Field(
        None, description="cumulative: since the event began; new: since the source's last report"
    )
    country: Many | None = Field(None, description="counted in these countries only, ISO 3166-1 alpha-3")
    area: Many | None = Field(None, description="counted in these areas only; includes all areas below")
    headline: bool | None = Field(None, description="true: the figure that the event shows for each indicator")
    superseded: bool | None = Field(None, description="true: only those corrected since; false: none of them")
    updated_since: Moment | None = Field(
        None, description="changed at or after this time, with those withdrawn as {id, ref, withdrawn_at}"
    )
    ordering: FilterText | None = ordered_by("reported_at", "as_of", "indicator", "value", "updated_at")

    @property
    def follows_changes(self) -> bool:
        return self.updated_since is not None

    @property
    def looks_back(self) -> bool:
        return bool(self.then)

    @property
    def then(self) -> datetime | None:
        """The earlier of the two moments that are looked back at; None: now."""
        return min(filter(None, (self.as_of, self.recorded_by)), default=None)

    def check_together(self) -> None:
        if self.looks_back and self.follows_changes:
            raise Invalid.field(
                "updated_since",
                _("as_of and recorded_by look back at one moment, updated_since follows changes: leave one out."),
            )

    def values(self) -> dict[str, Any]:
        times = AsKnown(as_of=None, recorded_by=None).model_copy(
            update={"as_of": self.as_of, "recorded_by": self.recorded_by}
        )
        return super().values() | times.times

    def conditions(self, sql: Mapping[str, str], but: Any = ()) -> list[str]:
        return list(dict.fromkeys(super().conditions(sql, but)))  # both axes are one condition


class FiguresOfEvent(FigureFilter):
    """The same, of one event and those merged into it: the door adds which."""

    event: UUID
    events: list[UUID]

    def conditions(self, sql: Mapping[str, str], but: Any = ()) -> list[str]:
        """Only of one event an index gives the order, too."""
        found = super().conditions(sql, but)
        one = "r.event_id = %(event)s"
        return [one if text == sql["events"] and len(self.events) == 1 else text for text in found]


# -- what is answered


class FigureSourceOut(SourceOut):
    kind: SourceKind


class PartOut(BaseModel):
    """A part of a figure as its source split it. `null`: not split by this."""

    sex: Sex | None
    age_from: int | None
    age_to: int | None
    disability: bool | None
    other: str | None
    value: float


class FigureOut(BaseModel):
    """What one source said of one indicator. Figures of several sources are never added up."""

    id: UUID
    event: str = Field(description="the event it was recorded for", examples=["EV-2008-0006"])
    exercise: bool
    indicator: Named = Field(examples=[{"code": "dead", "name": "Dead"}])
    value: float | None
    low: float | None
    high: float | None
    qualifier: Qualifier
    counting: Counting = Field(description="new: since the source's last report, not since the event began")
    source: FigureSourceOut
    method: Method | None
    country: CountryOut | None = Field(description="where the figure counts one country only")
    area: Named | None = Field(description="where the figure counts one area only")
    part: bool = Field(description="it counts a part of the event only: a country, an area, or what the note says")
    as_of: date | None = Field(description="the day it speaks of")
    reported_at: datetime = Field(description="when the source said it")
    note: str | None
    headline: bool
    parts: list[PartOut]
    parts_contradict: list[str] = Field(
        description="splits whose parts do not add up to the figure, as said", examples=[["sex"]]
    )
    document: UUID | None
    supersedes: UUID | None = Field(description="the figure that this one corrects")
    superseded_by: UUID | None = Field(description="the figure that corrects this one")
    created_at: datetime = Field(description="when it was recorded here")
    updated_at: datetime


class FigureWithdrawnOut(BaseModel):
    """All that is left to be seen of a figure that was withdrawn; `ref` is that of its event."""

    id: UUID
    ref: str = Field(examples=["EV-2008-0006"])
    withdrawn_at: datetime


class ChosenOut(BaseModel):
    reason: str
    at: datetime


class HeadlineFigureOut(BaseModel):
    """The figure that is shown first for an indicator, and why it is this one."""

    indicator: Named
    because: Literal["chosen", "latest_official", "latest"] = Field(
        description="chosen by an operator; the latest of official bodies; the latest, since no official body spoke"
    )
    chosen: ChosenOut | None = Field(description="the operator's reason, where one chose it")
    contradicted: bool = Field(description="other sources whose word stands say something else")
    figure: FigureOut


class HeadlineFiguresOut(BaseModel):
    as_of: datetime | None
    recorded_by: datetime | None
    results: list[HeadlineFigureOut]


class PointInTimeOut(BaseModel):
    id: UUID
    on: date = Field(description="the day it speaks of, else the day it was said")
    as_of: date | None
    reported_at: datetime
    value: float | None
    low: float | None
    high: float | None
    qualifier: Qualifier
    headline: bool


class SeriesOut(BaseModel):
    """What one source said over time, by one method."""

    source: FigureSourceOut
    points: list[PointInTimeOut]


class IndicatorSeriesOut(BaseModel):
    indicator: Named
    series: list[SeriesOut]


class FigureSeriesOut(BaseModel):
    """For charts: totals for the whole event that stand, by indicator and source, the latest of each indicator."""

    as_of: datetime | None
    recorded_by: datetime | None
    is_partial: bool = Field(description="an indicator has more figures than are given here")
    results: list[IndicatorSeriesOut]


class SourceRecordOut(CodeOut):
    """A document or a body that gave a figure; its name is as printed, under `en`."""

    kind: SourceKind
    url: str | None
    published_on: date | None


# -- what is written

MOST = 10_000_000_000  # more than there are people: a slip of the pen
AT_ONCE = 60
Whole = Annotated[Decimal, Field(ge=0, le=MOST, decimal_places=0, allow_inf_nan=False)]
Age = Annotated[int, Field(ge=0, le=150)]


def not_ahead(at: datetime) -> datetime:
    if at > datetime.now(UTC) + timedelta(minutes=5):
        raise ValueError(_("This lies in the future: nobody has said it yet."))
    if at < EARLIEST:
        raise ValueError(_("This was said long before the event began: look at the date."))
    return min(at.astimezone(UTC), datetime.now(UTC))


def day_not_ahead(day: date) -> date:
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise ValueError(_("This day lies in the future: nobody has counted it yet."))
    return day


def web_address(text: str) -> str:
    if text and not text.startswith(("https://", "http://")):
        raise ValueError(_("A web address begins with https://"))
    return text


Said = Annotated[Moment, AfterValidator(not_ahead), BeforeValidator(is_text)]
DayOf = Annotated[Day, AfterValidator(day_not_ahead), BeforeValidator(is_text)]
Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\s\x00-\x1f]*$"),
    AfterValidator(web_address),
]


class SourceIn(Written):
    """A source that is not in /reference/sources yet. The same words again mean the same source."""

    name: Annotated[Short, StringConstraints(min_length=1)] = Field(examples=["Ministry of Emergencies, bulletin 3"])
    kind: SourceKind
    url: Address | None = None
    published_on: DayOf | None = None


class PartIn(Written):
    """A part of the figure: at least one of sex, age, disability, other."""

    sex: Sex | None = None
    age_from: Age | None = None
    age_to: Age | None = None
    disability: bool | None = None
    other: Annotated[Short, StringConstraints(min_length=1)] | None = Field(None, examples=["foreign citizens"])
    value: Whole

    @model_validator(mode="after")
    def says_which(self) -> "PartIn":
        if not any(getattr(self, name) is not None for name in PART_OF):
            raise ValueError(_("Say which part this is: sex, age, disability or something else."))
        if self.age_from is not None and self.age_to is not None and self.age_from > self.age_to:
            raise ValueError(_("The lower age is above the upper one."))
        return self

    def key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in PART_OF)


PART_OF = ("sex", "age_from", "age_to", "disability", "other")


class Amounts(Written):
    """What the source counted: a value, or a range from low to high."""

    value: Whole | None = None
    low: Whole | None = None
    high: Whole | None = None
    qualifier: Qualifier | None = Field(None, description="exact unless said, or range where low and high are given")

    @model_validator(mode="after")
    def is_one_amount(self) -> "Amounts":
        is_range = self.low is not None or self.high is not None
        if is_range == (self.value is not None) or (self.low is None) != (self.high is None):
            raise ValueError(_("Give either a value, or a range with low and high."))
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(_("The low end of the range is above the high end."))
        if self.qualifier and (self.qualifier == "range") != is_range:
            raise ValueError(_("A range has low and high, anything else has a value."))
        self.qualifier = self.qualifier or ("range" if is_range else "exact")
        return self


class FigureIn(Amounts):
    """What a source said. Several indicators of one source are several figures."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "indicator": "dead",
                    "value": 12,
                    "source": {"name": "Ministry of Emergency Situations, bulletin 3", "kind": "government"},
                    "method": "official",
                    "as_of": "2026-07-10",
                    "reported_at": "2026-07-10T14:00:00Z",
                }
            ]
        }
    )

    indicator: Code = Field(examples=["dead"])
    source: SourceIn | Code = Field(description="a code of /reference/sources, or a new source")
    method: Method | None = None
    counting: Counting = "cumulative"
    country: Code | None = Field(None, description="where it counts one of the event's countries only")
    area: Code | None = Field(None, description="where it counts one area only")
    part: bool = Field(False, description="it counts a part of the event only; the note says which")
    as_of: DayOf | None = Field(None, description="the day it speaks of")
    reported_at: Said | None = Field(None, description="when the source said it; now, unless said")
    note: Texts = {}
    parts: list[PartIn] = Field([], max_length=AT_ONCE, description="the figure split by sex, age, disability …")

    @model_validator(mode="after")
    def parts_differ(self) -> "FigureIn":
        keys = [part.key() for part in self.parts]
        if len(set(keys)) < len(keys):
            raise ValueError(_("Two parts are the same."))
        return self


class FigureCorrection(Written):
    """What the corrected figure says otherwise: what is left out stays as it was. The parts are those given here."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"value": 120, "reason": "A nought too many in the bulletin"}]}
    )

    reason: WhyText
    value: Whole | None = None
    low: Whole | None = None
    high: Whole | None = None
    qualifier: Qualifier | None = None
    source: SourceIn | Code | None = None
    method: Method | None = None
    counting: Counting | None = None
    country: Code | None = None
    area: Code | None = None
    part: bool | None = None
    as_of: DayOf | None = None
    reported_at: Said | None = None
    note: Texts | None = None
    parts: list[PartIn] | None = Field(None, max_length=AT_ONCE)


class HeadlineIn(Written):
    """Which figure is shown first, and why the rule is not followed."""

    figure: UUID
    reason: WhyText = Field(examples=["The ministry counts both districts, the bulletin only one"])
