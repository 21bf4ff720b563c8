"""What can be asked of deployments, what an answer looks like, and what can be written."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.capacities.models import MODES
from app.deployments.models import KINDS, STATUSES
from app.docs import Named
from app.filters import Many, Moment, TableFilter, Text, among, ordered_by
from app.languages import gettext as _
from app.places.schemas import CountryOut
from app.writing import Amount, Long, PointIn, Short, Visibility, WhyText, Written

Status = Literal[
    "planned", "mobilising", "in_transit", "at_border", "on_site", "released", "returned", "lost", "consumed", "cancelled"
]  # fmt: skip
What = Literal["departure", "border", "arrival", "return_departure", "return_arrival"]
TimeKind = Literal["requested", "estimated", "actual"]
Mode = Literal["road", "rail", "air", "sea", "river"]
Condition = Literal["good", "damaged", "expired", "wrong"]
Difference = Literal["later", "missing", "damaged", "refused", "more", "other"]
Outcome = Literal["lost", "consumed", "returned", "donated", "damaged"]
Refs = Annotated[Many, AfterValidator(lambda values: [value.upper() for value in values])]

# -- what is asked


class DeploymentFilter(TableFilter):
    """The filters of deployments."""

    CODES: ClassVar[Mapping[str, str]] = {
        "country": "countries", "organisation": "organisations", "receiver": "organisations",
    }  # fmt: skip

    country: Many | None = Field(
        None, description="where they go, ISO 3166-1 alpha-3, below it all else", examples=["AFG"]
    )
    organisation: Many | None = Field(None, description="codes of organisations that send")
    receiver: Many | None = Field(None, description="codes of organisations that receive")
    request: Refs | None = Field(None, description="ids or refs of requests", examples=["RQ-2026-0007"])
    offer: Refs | None = Field(None, description="ids or refs of offers", examples=["OF-2026-0003"])
    status: Annotated[Many, among(*STATUSES)] | None = Field(None, description=", ".join(STATUSES))
    kind: Annotated[Many, among(*KINDS)] | None = Field(None, description=", ".join(KINDS))
    mode: Annotated[Many, among(*MODES)] | None = Field(None, description=", ".join(MODES))
    open: bool | None = Field(None, description="true: under way or there; false: ended")
    late: bool | None = Field(None, description="true: expected before now, and not there")
    exercise: bool | None = Field(None, description="true: exercises only; false: none")
    updated_since: Moment | None = Field(None, description="changed at or after this time")
    ordering: Text | None = ordered_by("created_at", "expected_at", "updated_at")

    @property
    def follows_changes(self) -> bool:
        return self.updated_since is not None


# -- what is answered


class RefOut(BaseModel):
    ref: str = Field(examples=["OF-2026-0003"])


class RequestOfDeployment(BaseModel):
    ref: str = Field(examples=["RQ-2026-0007"])
    title: str | None


class PlaceOut(BaseModel):
    country: CountryOut | None
    place: str
    geometry: dict[str, Any] | None


class TimesOut(BaseModel):
    """Of each kind what was said last."""

    requested: datetime | None
    estimated: datetime | None
    actual: datetime | None


class LineOut(BaseModel):
    """What is sent, and what became of it. Weight and volume are those of the whole line."""

    no: int
    offer_line: int = Field(description="no of the line of the offer")
    request_line: int | None = Field(description="no of the line of the request")
    what: Literal["item", "type", "other"]
    code: str | None = Field(description="of the item or the resource type")
    name: str
    description: str
    capacity: RefOut | None
    lot: str | None = Field(description="number of the lot")
    expires_on: date | None
    quantity: float
    unit: str
    unit_name: str
    packages: int | None
    weight_kg: float | None
    volume_m3: float | None
    quantity_received: float
    quantity_missing: float = Field(description="will not arrive any more")
    quantity_ended: float = Field(description="lost, consumed, returned, donated or damaged")


class ReceiptLineOut(BaseModel):
    line: int
    quantity_received: float
    quantity_missing: float
    condition: Condition
    difference: Difference | None
    note: str


class ReceiptOut(BaseModel):
    """What somebody has signed for."""

    no: int
    organisation: Named
    signed_by: str | None = Field(description="told to those who take part, and to the Centre")
    signed_at: datetime
    place: str
    note: str
    lines: list[ReceiptLineOut]


class OutcomeOut(BaseModel):
    line: int
    kind: Outcome
    quantity: float
    condition: str | None
    reason: str
    at: datetime


class ChangeOut(BaseModel):
    """An extension or a recall."""

    no: int
    kind: Literal["extension", "recall"]
    organisation: Named = Field(description="who asks")
    until: datetime
    reason: str
    asked_at: datetime
    answer: Literal["accepted", "declined"] | None
    answer_note: str
    answered_at: datetime | None


class DeploymentOut(BaseModel):
    """A team or a shipment of an accepted offer: planned, on its way, there, or ended."""

    id: UUID
    ref: str = Field(examples=["DP-2026-0004"])
    status: Status
    kind: Literal["team", "goods"]
    exercise: bool
    organisation: Named = Field(description="who sends")
    receiver: Named | None = Field(description="who signs for what arrives")
    offer: RefOut
    request: RequestOfDeployment | None
    origin: PlaceOut
    destination: PlaceOut
    entry_point: Named | None
    mode: Mode | None
    carrier: str
    vehicle: str
    driver: str | None = Field(description="told to those who take part, and to the Centre")
    people: int | None
    purpose: str
    reason: str = Field(description="of the last step, where one was given")
    ends_at: datetime | None = Field(description="until when it stays, as agreed")
    left_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    expected_at: datetime | None = Field(description="arrival as estimated, else as asked for")
    late: bool
    times: dict[What, TimesOut]
    lines: list[LineOut]
    weight_kg: float | None = Field(description="of all lines whose weight is known")
    packages: int | None
    receipts: list[ReceiptOut]
    outcomes: list[OutcomeOut]
    changes: list[ChangeOut]
    visibility: Visibility
    demonstration: bool
    created_at: datetime
    updated_at: datetime


# -- what is written

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=3 * 366)
CLOCKS_DIFFER = timedelta(minutes=5)


def possible(at: datetime) -> datetime:
    if not EARLIEST <= at <= datetime.now(UTC) + AHEAD:
        raise ValueError(_("Nobody plans three years ahead. Look at the year."))
    return at.astimezone(UTC).replace(microsecond=0)


def has_been(at: datetime) -> datetime:
    if at > datetime.now(UTC) + CLOCKS_DIFFER:
        raise ValueError(_("What has happened cannot lie ahead. Look at the day and the time."))
    return at


Time = Annotated[Moment, AfterValidator(possible)]
PastTime = Annotated[Moment, AfterValidator(has_been), AfterValidator(possible)]
Sent = Annotated[Decimal, Field(gt=0, le=1_000_000_000_000, decimal_places=3, allow_inf_nan=False)]
Few = Annotated[int, Field(ge=1, le=100_000)]
Code = Annotated[str, Field(min_length=1, max_length=60)]


class PlaceIn(Written):
    """Where from or where to."""

    country: Code | None = Field(None, description="ISO 3166-1 alpha-3", examples=["AFG"])
    place: Short = ""
    geometry: PointIn | None = None


class LineIn(Written):
    """How much of a line of the offer goes with this deployment. Of stock the lots that expire first are taken, as reserved."""

    offer_line: Annotated[int, Field(ge=1)] = Field(description="no of the line of the offer")
    quantity: Sent
    packages: Few | None = None
    weight_kg: Amount | None = Field(None, description="of all of it; null: by the item's weight")
    volume_m3: Amount | None = None
    description: Short = ""


class TimeIn(Written):
    """A time that is asked for, expected, or was. What was said before stays known."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"what": "arrival", "kind": "estimated", "at": "2026-11-25T06:00:00Z"}]}
    )

    what: What
    kind: TimeKind
    at: Time
    note: Short = ""


class Transport(Written):
    """How it travels."""

    mode: Mode | None = None
    entry_point: Code | None = Field(None, description="code of the crossing or airport, from /api/v1/entry-points")
    carrier: Short = ""
    vehicle: Short = Field("", description="vehicle or flight, as the papers name it")
    driver: Short = ""
    people: Annotated[int, Field(ge=0, le=100_000)] | None = None
    purpose: Long = ""
    ends_at: Time | None = Field(None, description="until when a team stays")


EXAMPLE: dict[str, Any] = {
    "offer": "OF-2026-0003",
    "lines": [{"offer_line": 1, "quantity": 20, "packages": 4}],
    "mode": "road",
    "entry_point": "hairatan-termez",
    "times": [{"what": "arrival", "kind": "estimated", "at": "2026-11-25T06:00:00Z"}],
}


class DeploymentIn(Transport):
    """A team or shipment to be sent of an accepted offer. Several may be sent of one offer."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    offer: Code = Field(description="id or ref of the accepted offer")
    lines: list[LineIn] | None = Field(
        None, min_length=1, max_length=200, description="null: all that is accepted and not planned yet"
    )
    receiver: Code | None = Field(None, description="code of the organisation that signs; null: the one that asked")
    origin: PlaceIn = PlaceIn()
    destination: PlaceIn = Field(PlaceIn(), description="what is left out is taken from the request")
    times: list[TimeIn] = Field([], max_length=20)
    visibility: Visibility = Field("centre", description="who may see it besides those who send, receive and decide")


class DeploymentChangeIn(Written):
    """What is to change, as a JSON Merge Patch (RFC 7396): what is left out stays, null empties."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"vehicle": "01 KG 777 ABC"}]})

    mode: Mode | None = None
    entry_point: Code | None = None
    carrier: Short | None = None
    vehicle: Short | None = None
    driver: Short | None = None
    people: Annotated[int, Field(ge=0, le=100_000)] | None = None
    purpose: Long | None = None
    ends_at: Time | None = None


class TransitionIn(Written):
    """The next step, and when it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "at_border", "at": "2026-11-24T09:30:00Z"}]})

    to: Status
    at: PastTime | None = Field(None, description="null: now")
    reason: Annotated[str, Field(max_length=1000)] = Field("", description="needed for cancelled and lost")


class ReceiptLineIn(Written):
    """How much of a line arrived. Where it is less or more than was to come, `difference` says why."""

    line: Annotated[int, Field(ge=1)]
    quantity_received: Amount
    condition: Condition = "good"
    difference: Difference | None = Field(None, description="later: the rest is still to come")
    note: Short = ""


class ReceiptIn(Written):
    """What arrived, signed for by whoever received it. What is signed never changes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"signed_by": "A. Receiver", "lines": [{"line": 1, "quantity_received": 20}]}]}
    )

    signed_by: Short = Field(min_length=1, description="name of whoever signs")
    signed_at: PastTime | None = Field(None, description="null: now")
    place: Short = ""
    note: Long = ""
    no: Annotated[int, Field(ge=1)] | None = Field(
        None, description="which receipt of this deployment it is: refused where somebody has signed meanwhile"
    )
    lines: list[ReceiptLineIn] = Field(min_length=1, max_length=200)


class OutcomeIn(Written):
    """What became of some of a line."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"line": 1, "kind": "lost", "quantity": 2, "reason": "Fell into the river"}]}
    )

    line: Annotated[int, Field(ge=1)]
    kind: Outcome
    quantity: Sent
    condition: Literal["new", "good", "damaged", "expired"] | None = Field(None, description="of what was returned")
    reason: Annotated[str, Field(max_length=1000)] = Field("", description="needed for lost and damaged")
    at: PastTime | None = Field(None, description="null: now")


class ChangeIn(Written):
    """Asks to keep it longer (extension), or to have it back earlier (recall)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "extension", "until": "2026-12-05T06:00:00Z", "reason": "Two valleys are still cut off"}
            ]
        }
    )

    kind: Literal["extension", "recall"]
    until: Time
    reason: WhyText


class AnswerIn(Written):
    """The answer to an extension or a recall."""

    answer: Literal["accepted", "declined"]
    note: Annotated[str, Field(max_length=1000)] = ""
