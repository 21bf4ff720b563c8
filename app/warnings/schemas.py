"""What can be asked of warnings, what an answer looks like, and what can be written."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from app.docs import Named
from app.events.schemas import LEFT_OUT, Codes, GeometryIn, is_text
from app.events.schemas import Code as EventCode
from app.filters import ListFilter, Many, Moment, Text, among, ordered_by
from app.languages import gettext as _
from app.places.schemas import CountryOut
from app.warnings.models import (
    CATEGORIES,
    CERTAINTIES,
    MSG_TYPES,
    RESPONSES,
    SEVERITIES,
    STATES,
    STATUSES,
    URGENCIES,
)
from app.writing import (
    Latitude,
    Longitude,
    Names,
    Short,
    ShortTexts,
    ShortTextsChange,
    Texts,
    TextsChange,
    Visibility,
    WhyText,
    Written,
)

# -- what is asked


class WarningFilter(ListFilter):
    """The filters of warnings."""

    CODES: ClassVar[Mapping[str, str]] = {**ListFilter.CODES, "hazard": "hazards"}

    event: Annotated[Many, AfterValidator(lambda values: [value.upper() for value in values])] | None = Field(
        None, description="ids or refs of events", examples=["EV-2026-0101"]
    )
    hazard: Many | None = Field(None, description="GLIDE codes of hazards", examples=["EQ,FL"])
    severity: Annotated[Many, among(*SEVERITIES)] | None = Field(None, description=", ".join(SEVERITIES))
    urgency: Annotated[Many, among(*URGENCIES)] | None = Field(None, description=", ".join(URGENCIES))
    certainty: Annotated[Many, among(*CERTAINTIES)] | None = Field(None, description=", ".join(CERTAINTIES))
    status: Annotated[Many, among(*STATUSES)] | None = Field(None, description=", ".join(STATUSES))
    state: Annotated[Many, among(*STATES)] | None = Field(None, description=", ".join(STATES))
    msg_type: Annotated[Many, among(*MSG_TYPES)] | None = Field(None, description=", ".join(MSG_TYPES))
    active: bool | None = Field(None, description="true: in force now; false: drafts and what has ended")
    ordering: Text | None = ordered_by("issued_at", "expires_at", "severity", "created_at", "updated_at")


# -- what is answered

Status = Literal["actual", "exercise", "test"]
MsgType = Literal["alert", "update", "cancel"]
State = Literal["draft", "in_force", "expired", "updated", "cancelled", "cancellation"]
Category = Literal[
    "geo", "met", "safety", "security", "rescue", "fire", "health", "env", "transport", "infra", "cbrne", "other"
]
Response = Literal["shelter", "evacuate", "prepare", "execute", "avoid", "monitor", "assess", "all_clear", "none"]
Urgency = Literal["immediate", "expected", "future", "past", "unknown"]
Severity = Literal["extreme", "severe", "moderate", "minor", "unknown"]
Certainty = Literal["observed", "likely", "possible", "unlikely", "unknown"]


class RefOut(BaseModel):
    ref: str = Field(examples=["WA-2026-0012"])


class EventOfWarning(BaseModel):
    ref: str = Field(examples=["EV-2026-0101"])
    title: str


class InfoOut(BaseModel):
    """What the message says in one language."""

    language: str = Field(examples=["ru"])
    headline: str
    description: str | None
    instruction: str | None
    area: str | None


class CircleIn(Written):
    """A point and how far around it."""

    lon: Longitude = Field(examples=[76.95])
    lat: Latitude = Field(examples=[43.25])
    km: Annotated[float, Field(gt=0, le=2000, allow_inf_nan=False)] = Field(examples=[25])


class ParameterIn(Written):
    """Something that CAP has no element for, as a name and a value."""

    name: Short = Field(min_length=1, examples=["Magnitude"])
    value: Short = Field(min_length=1, examples=["5.8"])


class WarningOut(BaseModel):
    """A warning to neighbours: one CAP 1.2 message. What was issued never changes; a later message updates or cancels it."""

    id: UUID
    ref: str = Field(examples=["WA-2026-0012"])
    headline: str = Field(examples=["Mudflow expected in the Almarasan gorge"])
    description: str | None
    instruction: str | None
    state: State = Field(
        description="cancellation: the message that cancels another; expired is worked out from the time"
    )
    active: bool = Field(description="in force now")
    status: Status
    exercise: bool
    msg_type: MsgType
    replaces: RefOut | None = Field(description="the message that this one updates or cancels")
    replaced_by: RefOut | None
    scope: Literal["public", "restricted", "private"] = Field(description="of CAP; follows from who may see it")
    organisation: Named = Field(description="who warns")
    event: EventOfWarning | None
    hazard: Named
    categories: list[Category]
    responses: list[Response]
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    issued_at: datetime | None
    effective_at: datetime | None
    onset_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None
    languages: list[str]
    infos: list[InfoOut]
    countries: list[CountryOut]
    areas: list[Named]
    geometry: dict[str, Any] | None
    circles: list[CircleIn]
    parameters: list[ParameterIn]
    contact: str
    note: str = Field(description="why it is cancelled, or what the exercise is")
    cap_url: str | None = Field(description="the message in CAP 1.2", examples=["/feeds/warnings/WA-2026-0012.cap"])
    audience: Visibility = Field(description="who may see it once it is issued")
    visibility: Visibility
    demonstration: bool
    created_at: datetime
    updated_at: datetime


# -- what is written

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=366)


def possible_time(at: datetime) -> datetime:
    if not EARLIEST <= at <= datetime.now(UTC) + AHEAD:
        raise ValueError(_("A warning looks at most a year ahead. Look at the year."))
    return at.astimezone(UTC).replace(microsecond=0)


def distinct(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


Time = Annotated[Moment, AfterValidator(possible_time), BeforeValidator(is_text)]
Categories = Annotated[list[Category], AfterValidator(distinct)]
Responses = Annotated[list[Response], AfterValidator(distinct)]


class AreaGeometryIn(GeometryIn):
    """What CAP can draw: polygons without holes."""

    type: Literal["Polygon", "MultiPolygon"]

    @field_validator("coordinates")
    @classmethod
    def without_holes(cls, coordinates: list[Any], info: ValidationInfo) -> list[Any]:
        polygons = [coordinates] if info.data.get("type") == "Polygon" else coordinates
        if info.data.get("type") and any(len(rings) != 1 for rings in polygons):
            raise ValueError(_("CAP knows no polygons with holes: leave the hole out, or draw several polygons."))
        return coordinates


EXAMPLE: dict[str, Any] = {
    "event": "EV-2026-0101",
    "hazard": "MS",
    "categories": ["geo"],
    "responses": ["evacuate"],
    "urgency": "immediate",
    "severity": "severe",
    "certainty": "likely",
    "expires_at": "2026-11-24T06:00:00Z",
    "headlines": {"en": "Mudflow expected in the Almarasan gorge", "ru": "В ущелье Алмарасан ожидается сель"},
    "instructions": {"en": "Leave the river bed."},
    "countries": ["KAZ"],
    "areas": ["KZ-75"],
}


class WarningIn(Written):
    """A warning to be drafted. Nobody is told before it is issued."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    event: EventCode | None = Field(None, description="id or ref of the event")
    status: Status = Field("actual", description="a warning of an exercise is always an exercise")
    hazard: EventCode = Field(description="GLIDE code", examples=["MS"])
    categories: Categories = Field(min_length=1, description=", ".join(CATEGORIES))
    responses: Responses = Field([], description=", ".join(RESPONSES))
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    effective_at: Time | None = Field(None, description="from when it is to be heeded; null: from when it is issued")
    onset_at: Time | None = Field(None, description="when the happening is expected to begin")
    expires_at: Time
    headlines: Names = Field(description="the languages of the message are those that a headline is in")
    descriptions: Texts = {}
    instructions: Texts = {}
    countries: Codes = Field(min_length=1, max_length=60, description="ISO 3166-1 alpha-3", examples=[["KAZ"]])
    areas: Codes = Field([], max_length=300, description="codes, p-codes or ISO 3166-2 codes in these countries")
    area_descriptions: ShortTexts = Field({}, description="where, in words; else the names of the areas")
    geometry: AreaGeometryIn | None = None
    circles: list[CircleIn] = Field([], max_length=20)
    parameters: list[ParameterIn] = Field([], max_length=20)
    contact: Short = Field("", description="whom to ask, as everybody who gets the message may read it")
    audience: Visibility = "public"

    @field_validator("expires_at")
    @classmethod
    def after_it_begins(cls, expires_at: datetime, info: ValidationInfo) -> datetime:
        begins = [at for name in ("effective_at", "onset_at") if (at := info.data.get(name))]
        if begins and expires_at <= max(begins):
            raise ValueError(_("A warning cannot expire before what it warns of begins."))
        return expires_at

    @field_validator("descriptions", "instructions", "area_descriptions")
    @classmethod
    def beside_a_headline(cls, texts: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        headlines = info.data.get("headlines")
        for language in texts:
            if headlines and language not in headlines:
                raise ValueError(
                    _("There is a text but no headline in this language: %(language)s.") % {"language": language}
                )
        return texts


class WarningChange(Written):
    """What is to change, as a JSON Merge Patch (RFC 7396): what is left out stays, null empties. Lists are replaced whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"severity": "extreme"}]})

    event: EventCode | None = None
    status: Status = LEFT_OUT
    hazard: EventCode = LEFT_OUT
    categories: Categories = LEFT_OUT
    responses: Responses | None = None
    urgency: Urgency = LEFT_OUT
    severity: Severity = LEFT_OUT
    certainty: Certainty = LEFT_OUT
    effective_at: Time | None = None
    onset_at: Time | None = None
    expires_at: Time = LEFT_OUT
    headlines: ShortTextsChange = LEFT_OUT
    descriptions: TextsChange | None = None
    instructions: TextsChange | None = None
    countries: Codes = LEFT_OUT
    areas: Codes | None = None
    area_descriptions: ShortTextsChange | None = None
    geometry: AreaGeometryIn | None = None
    circles: list[CircleIn] | None = Field(None, max_length=20)
    parameters: list[ParameterIn] | None = Field(None, max_length=20)
    contact: Short | None = None
    audience: Visibility = LEFT_OUT


class IssueIn(Written):
    """Whom the warning is told to."""

    recipients: Codes | None = Field(
        None, max_length=300, description="codes of organisations; null: those that are proposed at /recipients"
    )


class CancelIn(Written):
    """Why a warning is cancelled. Whoever was told of it is told so."""

    reason: WhyText = Field(examples=["The flood wave has passed."])


class AcknowledgeIn(Written):
    """That your organisation has read the warning."""

    remark: Annotated[str, Field(max_length=1000)] = Field("", examples=["We need two pumps."])


# -- who was told, and what became of it


class StepOut(BaseModel):
    """What the rules lay down where nobody acknowledges."""

    action: Literal["remind", "tell_next", "tell_centre"]
    due_at: datetime
    done_at: datetime | None = Field(description="when it was done or dropped")
    mails: int | None
    dropped_because: Literal["acknowledged", "ended"] | None


class ReaderOut(BaseModel):
    """Somebody who was told or has read it; contacts of the directory are told of by their kind."""

    kind: str = Field(examples=["person", "duty_officer", "focal_point", "liaison", "program"])
    name: str | None
    told_as: Literal["first", "next", "centre"] | None
    told_at: datetime | None
    mail: Literal["waits", "sent", "failed"] | None
    failure: str | None
    opened_at: datetime | None
    opened_by: Literal["page", "link", "api"] | None
    acknowledged_at: datetime | None
    acknowledged_by: Literal["page", "link", "api"] | None
    remark: str


class RecipientOut(BaseModel):
    """An organisation, and how far it has come with the warning. Minutes are counted from the issue."""

    organisation: Named
    told: int = Field(description="people and desks that were, or for a draft would be, written to")
    proposed: bool | None = Field(None, description="of a draft: told unless you say otherwise")
    opened_at: datetime | None = None
    opened_minutes: float | None = None
    acknowledged_at: datetime | None = None
    acknowledged_minutes: float | None = None
    remarks: list[str] = []
    late: bool = Field(False, description="a step of the rules was due, and nobody had acknowledged")
    steps: list[StepOut] = []
    readers: list[ReaderOut] = []


class RecipientsOut(BaseModel):
    count: int
    results: list[RecipientOut]


class AcknowledgedOut(BaseModel):
    ref: str = Field(examples=["WA-2026-0012"])
    organisation: str = Field(examples=["KGZ-MES"])
    acknowledged_at: datetime
    remark: str
