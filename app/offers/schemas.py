"""What can be asked of offers, what an answer looks like, and what can be written."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.docs import Named
from app.equipment.schemas import Specification
from app.events.schemas import Code as Ref
from app.events.schemas import is_text
from app.filters import Many, Moment, TableFilter, Text, among, ordered_by
from app.languages import gettext as _
from app.offers.models import SOURCES, STATUSES
from app.places.schemas import CountryOut
from app.writing import Amount, MaybeReason, Reason, Short, ShortTexts, ShortTextsChange, Texts, TextsChange, Written

Status = Literal["draft", "submitted", "accepted", "partly_accepted", "declined", "withdrawn", "lapsed"]
Source = Literal["capacity", "stock", "other"]
Verdict = Literal["fits", "not", "unknown"]


def in_capitals(values: list[str]) -> list[str]:
    return [value.upper() for value in values]


Refs = Annotated[Many, AfterValidator(in_capitals)]


# -- what is asked


class OfferFilter(TableFilter):
    """The filters of offers."""

    CODES: ClassVar[Mapping[str, str]] = {"organisation": "organisations", "country": "countries"}

    request: Refs | None = Field(None, description="ids or refs of requests", examples=["RQ-2026-0007"])
    event: Refs | None = Field(None, description="ids or refs of events", examples=["EV-2026-0101"])
    organisation: Many | None = Field(None, description="codes of the organisations that offer", examples=["KAZ-MES"])
    country: Many | None = Field(None, description="ISO 3166-1 alpha-3 codes of where it is offered to")
    status: Annotated[Many, among(*STATUSES)] | None = Field(None, description=", ".join(STATUSES))
    source: Annotated[Many, among(*SOURCES)] | None = Field(None, description=", ".join(SOURCES))
    unsolicited: bool | None = Field(None, description="true: made without a request, and not tied to one")
    exercise: bool | None = Field(None, description="true: exercises only; false: none")
    updated_since: Moment | None = Field(
        None, description="changed at or after this time, with those withdrawn as {id, ref, withdrawn_at}"
    )
    ordering: Text | None = ordered_by("submitted_at", "valid_until", "created_at", "updated_at")

    @property
    def follows_changes(self) -> bool:
        return self.updated_since is not None


# -- what is answered


class Linked(BaseModel):
    ref: str
    title: str


class CapacityOfLine(BaseModel):
    ref: str = Field(examples=["CA-0004711"])
    name: str


class StockOfLine(BaseModel):
    ref: str = Field(examples=["ST-000012"])
    warehouse: str


class LineAsked(BaseModel):
    no: int
    name: str
    quantity: float
    unit: str


class OfferLineOut(BaseModel):
    """Something that is offered. Where it comes from is told to those who may see that."""

    id: UUID
    no: int
    request_line: LineAsked | None = Field(
        description="the line of the request that it is for; null: beside the request"
    )
    source: Source
    capacity: CapacityOfLine | None
    stock: StockOfLine | None
    lot: UUID | None
    item: Named | None
    type: Named | None
    name: str
    description: str | None
    specification: Specification | None
    quantity: float
    unit: str
    unit_name: str
    quantity_accepted: float
    quantity_released: float = Field(description="of what was accepted: given back before it was sent")
    decline_reason: str


class OfferOut(BaseModel):
    """What an organisation offers, for a request or without one. Seen by itself, by whoever asked, and by those who decide."""

    id: UUID
    ref: str = Field(examples=["OF-2026-0031"])
    title: str
    organisation: Named
    request: Linked | None
    event: Linked | None
    country: CountryOut | None = Field(description="where it is offered to")
    status: Status
    conditions: str | None
    financing: str = Field(description="who pays for what")
    available_from: datetime | None
    valid_until: datetime | None
    lines: list[OfferLineOut]
    exercise: bool
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_reason: str
    visibility: str
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class FitOut(BaseModel):
    what: str = Field(description="a field of the specification, or crews")
    verdict: Verdict
    sentence: str


class LineFitOut(BaseModel):
    no: int
    verdict: Verdict
    fits: list[FitOut]


class OfferFitOut(BaseModel):
    """How each line of an offer fits what was asked for, and what the rescuers of whoever asks use."""

    count: int
    results: list[LineFitOut]


# -- what is written

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=366 * 3)
MOST_LINES = 200


def possible_time(at: datetime) -> datetime:
    if not EARLIEST <= at <= datetime.now(UTC) + AHEAD:
        raise ValueError(_("An offer looks at most three years ahead. Look at the year."))
    return at.astimezone(UTC).replace(microsecond=0)


def more_than_none(quantity: Decimal) -> Decimal:
    if quantity <= 0:
        raise ValueError(_("Offer more than zero, or leave the line out."))
    return quantity


Time = Annotated[Moment, AfterValidator(possible_time), BeforeValidator(is_text)]
Quantity = Annotated[Amount, AfterValidator(more_than_none)]
LineNo = Annotated[int, Field(ge=1, le=10_000)]


class OfferLineIn(Written):
    """One thing that is offered: a capacity of the register, a position of the Centre's stock, or something described here."""

    request_line: LineNo | None = Field(None, description="number of the request's line that it is for")
    capacity: Ref | None = Field(None, description="id or ref of a capacity of the organisation that offers")
    stock: Ref | None = Field(None, description="id or ref of a position of the Centre's stock")
    lot: UUID | None = Field(None, description="a lot of that position; first expired first unless said")
    item: Ref | None = Field(None, description="code of an item, of what is not registered here")
    type: Ref | None = Field(None, description="code of a resource type, of what is not registered here")
    description: Texts = {}
    specification: Specification | None = None
    quantity: Quantity = Field(examples=[2])
    unit: Ref | None = Field(None, description="code of the unit; that of what is offered unless said")

    @property
    def source(self) -> Source:
        return "capacity" if self.capacity else "stock" if self.stock else "other"

    @model_validator(mode="after")
    def is_one_thing(self) -> "OfferLineIn":
        named = [name for name in (self.capacity, self.stock, self.item or self.type) if name]
        if len(named) > 1:
            raise ValueError(_("Of one line say one thing: a capacity, stock, or what it is."))
        if not named and not self.description:
            raise ValueError(_("Say what is offered: choose it, or describe it in words."))
        if self.lot and not self.stock:
            raise ValueError(_("A lot belongs to a position of the stock: name that, too."))
        return self


EXAMPLE: dict[str, Any] = {
    "request": "RQ-2026-0007",
    "lines": [{"request_line": 1, "capacity": "CA-0004711", "quantity": 1}],
    "conditions": {"en": "Fuel is provided on site."},
    "valid_until": "2026-12-10T18:00:00Z",
}


class OfferIn(Written):
    """An offer as it is drafted. Only your own organisation sees it before it is submitted."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    request: Ref | None = Field(None, description="id or ref of the request; null: unsolicited")
    organisation: Ref | None = Field(
        None, description="who offers: your own organisation unless you may write for others"
    )
    titles: ShortTexts = Field({}, description="needed without a request", examples=[{"en": "Two pumps for Kunduz"}])
    event: Ref | None = Field(None, description="without a request: the event that it is for")
    country: Ref | None = Field(None, description="without a request: where it is offered to", examples=["AFG"])
    conditions: Texts = {}
    financing: Short = Field("", description="who pays for what", examples=["Transport paid by the sender"])
    available_from: Time | None = None
    valid_until: Time | None = Field(None, description="after it the offer lapses, unless it was decided on")
    exercise: bool = Field(False, description="without a request; else as the request")
    lines: list[OfferLineIn] = Field([], max_length=MOST_LINES)

    @model_validator(mode="after")
    def says_for_what(self) -> "OfferIn":
        if self.request is None and not self.titles:
            raise ValueError(_("Without a request an offer needs a title."))
        if self.request is not None and (self.event or self.country):
            raise ValueError(_("The request says for which event and country it is: leave both out."))
        if self.available_from and self.valid_until and self.available_from > self.valid_until:
            raise ValueError(_("The offer would lapse before anything of it is available."))
        return self


class OfferChange(Written):
    """What changes of a draft (RFC 7396). `lines` are replaced whole."""

    titles: ShortTextsChange | None = None
    event: Ref | None = None
    country: Ref | None = None
    conditions: TextsChange | None = None
    financing: Short | None = None
    available_from: Time | None = None
    valid_until: Time | None = None
    exercise: bool | None = None
    lines: list[OfferLineIn] | None = Field(None, max_length=MOST_LINES)


class TransitionIn(MaybeReason):
    """Where an offer goes next. To decline and to withdraw it needs a reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "submitted"}]})

    to: Literal["submitted", "declined", "withdrawn"]


class AcceptedLine(Written):
    """What of a line is accepted."""

    no: LineNo
    quantity: Annotated[Amount, Field(ge=0)] | None = Field(
        None, description="all of it unless said; 0 declines the line"
    )
    reason: Short = Field("", description="why not all of it")


class ReleasedLine(Written):
    no: LineNo
    quantity: Quantity | None = Field(None, description="all that is not under way unless said")


def refuse_twice(lines: Sequence[AcceptedLine | ReleasedLine] | None) -> None:
    numbers = [line.no for line in lines or ()]
    if len(set(numbers)) < len(numbers):
        raise ValueError(_("Two lines have the same number."))


class AcceptIn(MaybeReason):
    """What is accepted of an offer, all or nothing of it; lines that are left out are declined."""

    lines: list[AcceptedLine] | None = Field(None, max_length=MOST_LINES, description="all lines, wholly, unless said")

    @model_validator(mode="after")
    def named_once(self) -> "AcceptIn":
        refuse_twice(self.lines)
        return self


class ReleaseIn(Reason):
    """What was accepted and is given back before it is sent."""

    lines: list[ReleasedLine] | None = Field(None, max_length=MOST_LINES, description="all lines unless said")

    @model_validator(mode="after")
    def named_once(self) -> "ReleaseIn":
        refuse_twice(self.lines)
        return self


class TieIn(Written):
    """The request that an unsolicited offer turns out to be for."""

    request: Ref = Field(examples=["RQ-2026-0007"])
    lines: dict[LineNo, LineNo] = Field({}, description="{line of the offer: line of the request}", examples=[{"1": 2}])
