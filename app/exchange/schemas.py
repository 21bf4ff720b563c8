"""What can be asked of messages."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.filters import Lang


class RequestAsked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Lang | None = Field(None, description="language of names and labels; else by Accept-Language")


class OfferAsked(RequestAsked):
    message: (
        Literal["ResponseToRequestResource", "OfferUnsolicitedResource", "RequisitionResource", "CommitResource"] | None
    ) = Field(None, description="unless said, what holds now: CommitResource once it is accepted")


class DeploymentAsked(RequestAsked):
    message: Literal[
        "ReportResourceDeploymentStatus", "ReleaseResource", "RequestReturn", "ResponseToRequestReturn",
        "RequestExtendedDeploymentDuration", "ResponseToRequestExtendedDeploymentDuration",
    ] = Field("ReportResourceDeploymentStatus", description="of extensions and recalls the last")  # fmt: skip
