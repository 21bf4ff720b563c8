"""What can be asked of requests, what an answer looks like, and what can be written."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.docs import CountedOut, Named
from app.equipment.schemas import Specification
from app.events.schemas import Code as Ref
from app.events.schemas import is_text
from app.filters import ListFilter, Many, Moment, Text, among, ordered_by
from app.languages import gettext as _
from app.places.schemas import CountryOut
from app.requests.models import PRIORITIES, PROGRESS, STATUSES, STEPS
from app.writing import (
    Amount,
    MaybeReason,
    Names,
    PointIn,
    Short,
    ShortTexts,
    ShortTextsChange,
    Texts,
    TextsChange,
    Visibility,
    Written,
    each_once,
)  # fmt: skip

Status = Literal["draft", "submitted", "approved", "rejected", "closed", "cancelled"]
Priority = Literal["low", "medium", "high", "critical"]
Come = Literal["none", "partial", "complete"]
LineKind = Literal["item", "type", "expertise"]
LineStatus = Literal["open", "offered", "partly_committed", "committed", "fulfilled", "cancelled"]
STEPS_AND_HOW_FAR = tuple(f"{step}:{far}" for step in STEPS for far in PROGRESS)


# -- what is asked


class RequestFilter(ListFilter):
    """The filters of requests."""

    CODES: ClassVar[Mapping[str, str]] = {
        **ListFilter.CODES, "organisation": "organisations", "type": "types", "item": "items",
    }  # fmt: skip

    event: Annotated[Many, AfterValidator(lambda values: [value.upper() for value in values])] | None = Field(
        None, description="ids or refs of events", examples=["EV-2026-0101"]
    )
    organisation: Many | None = Field(None, description="codes of the organisations that ask", examples=["AFG-ANDMA"])
    status: Annotated[Many, among(*STATUSES)] | None = Field(None, description=", ".join(STATUSES))
    priority: Annotated[Many, among(*PRIORITIES)] | None = Field(None, description=", ".join(PRIORITIES))
    open: bool | None = Field(None, description="true: submitted or approved, and not delivered yet")
    needed_before: Moment | None = Field(None, description="needed by this time or earlier")
    progress: Annotated[Many, among(*STEPS_AND_HOW_FAR)] | None = Field(
        None, description=", ".join(STEPS_AND_HOW_FAR), examples=["committed:none,committed:partial"]
    )
    type: Many | None = Field(None, description="codes of resource types that a line asks for")
    item: Many | None = Field(None, description="codes of items that a line asks for")
    exercise: bool | None = Field(None, description="true: exercises only; false: none")
    ordering: Text | None = ordered_by("submitted_at", "needed_by", "priority", "created_at", "updated_at")


# -- what is answered


class EventOfRequest(BaseModel):
    ref: str = Field(examples=["EV-2026-0101"])
    title: str


class DeliverOut(BaseModel):
    place: str | None
    area: Named | None
    geometry: dict[str, Any] | None
    entry_point: Named | None
    contact: str | None = Field(description="to those who decide and to those who deliver; else null")


class ResourceOut(BaseModel):
    kind: LineKind
    code: str | None = Field(description="null: said in words only")
    name: str


class RequestLineOut(BaseModel):
    """One thing that is asked for, and how much of it has come so far."""

    id: UUID
    no: int
    resource: ResourceOut
    description: str | None
    specification: Specification | None
    alternatives: list[Named]
    quantity: float
    unit: str
    unit_name: str
    priority: Priority
    needed_by: datetime | None
    unit_price: float | None
    currency: str | None
    status: LineStatus
    cancelled_at: datetime | None
    quantity_offered: float = Field(description="in offers that stand, those accepted included")
    quantity_committed: float = Field(description="in accepted offers")
    quantity_in_transit: float = Field(description="has left and is not received yet")
    quantity_delivered: float = Field(description="received")


class ProgressOut(BaseModel):
    """What the lines add up to; a step counts what is beyond it."""

    offered: Come
    committed: Come
    in_transit: Come = Field(description="has left")
    delivered: Come


class RequesterOut(BaseModel):
    organisation: Named


class RequestOut(BaseModel):
    """What an organisation asks for. The decision (`status`) and the progress are two things."""

    id: UUID
    ref: str = Field(examples=["RQ-2026-0007"])
    title: str
    description: str | None
    requester: RequesterOut
    country: CountryOut
    event: EventOfRequest | None
    status: Status
    priority: Priority
    needed_by: datetime | None
    deliver_to: DeliverOut
    lines: list[RequestLineOut]
    progress: ProgressOut
    exercise: bool
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_reason: str
    appeal_url: str | None = Field(description="the page for donors, once it is published")
    audience: Visibility = Field(description="who may see it once it is submitted")
    visibility: Visibility
    demonstration: bool
    created_at: datetime
    updated_at: datetime
    geometry: dict[str, Any] | None = Field(description="where it is to be delivered")


class RequestFacetsOut(BaseModel):
    """How many requests each value would leave, under all filters but its own."""

    count: int
    status: list[CountedOut]
    priority: list[CountedOut]
    country: list[CountedOut]
    organisation: list[CountedOut]


# -- what is written

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=366 * 3)
MOST_LINES = 200


def possible_time(at: datetime) -> datetime:
    if not EARLIEST <= at <= datetime.now(UTC) + AHEAD:
        raise ValueError(_("A request looks at most three years ahead. Look at the year."))
    return at.astimezone(UTC).replace(microsecond=0)


def more_than_none(quantity: Decimal) -> Decimal:
    if quantity <= 0:
        raise ValueError(_("Ask for more than zero, or leave the line out."))
    return quantity


Time = Annotated[Moment, AfterValidator(possible_time), BeforeValidator(is_text)]
Quantity = Annotated[Amount, AfterValidator(more_than_none)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["USD"])]
LineNo = Annotated[int, Field(ge=1, le=10_000)]


class RequestLineIn(Written):
    """One thing that is asked for. Of a thing that no list knows the description says what it is."""

    no: LineNo | None = Field(None, description="which line it is in a change; numbered by itself unless said")
    kind: LineKind
    code: Ref | None = Field(None, description="of an item, or of a resource type for kind type and expertise")
    description: Texts = {}
    specification: Specification | None = None
    alternatives: Annotated[list[Ref], AfterValidator(each_once), Field(max_length=20)] = Field(
        [], description="codes of what would do as well"
    )
    quantity: Quantity = Field(examples=[10])
    unit: Ref | None = Field(None, description="code of a unit; that of the item or type unless said")
    priority: Priority | None = Field(None, description="that of the request unless said")
    needed_by: Time | None = None
    unit_price: Amount | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def says_what(self) -> "RequestLineIn":
        if self.code is None and (self.kind != "item" or not self.description):
            raise ValueError(_("Say what is needed: choose from the list, or describe an item in words."))
        if (self.unit_price is None) != (self.currency is None):
            raise ValueError(_("A price needs its currency, and a currency its price."))
        return self


class DeliverIn(Written):
    place: ShortTexts = Field({}, examples=[{"en": "Kunduz airport"}])
    area: Ref | None = Field(None, description="code, p-code or ISO 3166-2 code of an area of the country")
    geometry: PointIn | None = None
    entry_point: Ref | None = Field(None, description="code of the crossing or airport that is preferred")
    contact: Short = Field("", description="whom to call there; told only to those who decide and deliver")


EXAMPLE: dict[str, Any] = {
    "titles": {"en": "Cutting tools and boats for Kunduz"},
    "country": "AFG",
    "priority": "high",
    "needed_by": "2026-12-01T06:00:00Z",
    "deliver_to": {"place": {"en": "Kunduz airport"}},
    "lines": [
        {"kind": "type", "code": "usar-medium", "quantity": 1},
        {"kind": "item", "description": {"en": "Motor pumps, diesel"}, "quantity": 4, "unit": "each"},
    ],
}


class RequestIn(Written):
    """A request as it is drafted. Nobody else sees it before it is submitted."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    titles: Names
    descriptions: Texts = {}
    country: Ref = Field(description="where it is needed, ISO 3166-1 alpha-3", examples=["AFG"])
    event: Ref | None = Field(None, description="id or ref of the event; null: for preparedness")
    priority: Priority = "medium"
    needed_by: Time | None = None
    deliver_to: DeliverIn = DeliverIn()
    lines: list[RequestLineIn] = Field([], max_length=MOST_LINES)
    exercise: bool = False
    audience: Visibility = "partners"
    organisation: Ref | None = Field(
        None, description="who asks: your own organisation unless you write down for the Centre what another one asked"
    )

    @model_validator(mode="after")
    def numbered_once(self) -> "RequestIn":
        numbers = [line.no for line in self.lines if line.no is not None]
        if len(set(numbers)) < len(numbers):
            raise ValueError(_("Two lines have the same number."))
        return self


class DeliverChange(Written):
    place: ShortTextsChange | None = None
    area: Ref | None = None
    geometry: PointIn | None = None
    entry_point: Ref | None = None
    contact: Short | None = None


class RequestChange(Written):
    """What changes of a draft or of what waits for a decision (RFC 7396). `lines` are replaced whole; `no` says which is which."""

    titles: ShortTextsChange | None = None
    descriptions: TextsChange | None = None
    country: Ref | None = None
    event: Ref | None = None
    priority: Priority | None = None
    needed_by: Time | None = None
    deliver_to: DeliverChange | None = None
    lines: list[RequestLineIn] | None = Field(None, max_length=MOST_LINES)
    exercise: bool | None = None
    audience: Visibility | None = None


class TransitionIn(MaybeReason):
    """Where a request goes next. A rejection and a cancellation need a reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "approved", "reason": "Agreed by telephone"}]})

    to: Literal["submitted", "approved", "rejected", "closed", "cancelled"]


class AppealIn(Written):
    """The page for donors: what it says besides the lines, and whether it names prices."""

    text: Texts = Field(min_length=1, examples=[{"en": "Winter is coming to Kunduz."}])
    prices: bool = False


class AppealOut(BaseModel):
    """What donors may read of a request. Whom to call and where exactly are not in it."""

    ref: str
    title: str
    text: str | None
    organisation: Named
    country: CountryOut
    priority: Priority
    needed_by: datetime | None
    published_at: datetime
    lines: list[dict[str, Any]] = Field(
        description="no, name, description, quantity, missing, unit, unit_name, unit_price, currency"
    )
    exercise: bool
    demonstration: bool
