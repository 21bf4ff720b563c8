"""What is said to make a webhook, and what is told of webhooks and their deliveries."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.announcements.schemas import ConditionsIn
from app.filters import Moment
from app.writing import Written, composed, on_one_line

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=100), AfterValidator(composed), BeforeValidator(on_one_line)
]
Sees = Literal["public", "partners", "centre"]


class WebhookChange(ConditionsIn):
    """What can be changed of a webhook."""

    name: Name = Field(description="which program it is for", examples=["Alerts to our duty room"])
    url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = Field(
        description="where announcements are sent, by https", examples=["https://example.org/portal"]
    )
    sees: Sees = Field(
        "public", description="what is sent beside the organisation's own: up to what this audience sees"
    )


class WebhookIn(WebhookChange):
    """A webhook for an organisation; nothing said of the conditions is everything but exercises."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Alerts to our duty room",
                    "url": "https://example.org/portal",
                    "sees": "partners",
                    "countries": ["KGZ"],
                    "alert_at_least": "orange",
                }
            ]
        }
    )

    organisation: str | None = Field(None, max_length=100, description="code; your own where it is left out")


class Since(Written):
    """From when on failed deliveries are sent again."""

    since: Moment = Field(description="RFC 3339", examples=["2026-11-01T00:00:00Z"])


class WebhookOut(BaseModel):
    """A webhook. Its secret is told once, when it is made."""

    id: UUID
    organisation: str
    name: str
    url: str
    sees: Sees
    countries: list[str]
    areas: list[str]
    hazards: list[str]
    alert_at_least: str | None
    statuses: list[str]
    kinds: list[str]
    exercises: str
    state: Literal["active", "paused", "ended"]
    because: Literal["failing", "gone", "owner"] | None = Field(description="why it is paused or ended")
    failing_since: datetime | None
    next_try_at: datetime | None = Field(description="when a failing receiver is asked again")
    created_at: datetime


class WebhookMade(WebhookOut):
    secret: str = Field(description="whsec_…: what signatures are checked with; told this once", examples=["whsec_…"])


class WebhooksOut(BaseModel):
    count: int
    next: None = None
    previous: None = None
    results: list[WebhookOut]


class AttemptOut(BaseModel):
    at: datetime
    duration_ms: int
    status: int | None
    failure: str | None = Field(
        description="why there was no status: timeout, refused, no_address, tls, not_allowed, broken"
    )
    answer: str = Field(description="the beginning of what the receiver said")


class DeliveryOut(BaseModel):
    """One announcement on its way to a receiver. `id` is the header webhook-id."""

    id: str = Field(examples=["msg_0198c7a2-6e0b-7c3e-9f52-2d1a5b8c4e11"])
    type: str
    ref: str | None
    state: Literal["waiting", "delivered", "failed", "withheld", "skipped"]
    created_at: datetime
    done_at: datetime | None
    next_attempt_at: datetime | None
    attempts: list[AttemptOut]


class DeliveriesOut(BaseModel):
    count: int
    next: None = None
    previous: None = None
    results: list[DeliveryOut]


class Again(BaseModel):
    """How many deliveries wait to be sent again."""

    count: int


Json = dict[str, Any]
