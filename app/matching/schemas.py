"""What can be asked of matches, and what an answer looks like."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.docs import Named
from app.filters import OneFilter
from app.places.schemas import CountryOut

CanBeMet = Literal["yes", "partly", "late", "no"]


class MatchFilter(OneFilter):
    """What the matches of a request can be asked."""

    format: Literal["json"] | None = Field(None, description="else by Accept")
    limit: int = Field(10, ge=1, le=30, description="matches of each line")


class ReasonOut(BaseModel):
    """A part of the score, and why it has so many points."""

    what: Literal["fit", "hours", "quantity", "verified", "expiry", "earmark", "agreement"]
    points: float
    of: int
    sentence: str


class FitOut(BaseModel):
    """A field of the specification that was compared with what is asked for and what the rescuers there use."""

    what: str
    verdict: Literal["fits", "not", "unknown"]
    sentence: str


class CrossingOut(BaseModel):
    ref: str
    name: str


class RouteOut(BaseModel):
    """The quickest way over crossings that are open today. Distances and hours are estimates, not taken from a road map."""

    mode: Literal["road", "rail", "air"]
    km: float
    hours: float
    over: list[CrossingOut] = Field(description="border crossings and airports in the order of travel")


class MatchOut(BaseModel):
    """A capacity, or a lot in one of the Centre's warehouses, that can meet a line."""

    source: Literal["capacity", "lot"]
    ref: str = Field(description="of the capacity or of the stock position", examples=["CA-0004711", "ST-000012"])
    lot: str | None = Field(description="number of the lot")
    name: str
    holder: Named
    country: CountryOut
    place: str | None = Field(description="where it is, as exactly as you may know it")
    quantity: float = Field(description="what is left of it")
    unit: str
    expires_on: date | None
    hours: float | None = Field(description="until it can be there; null: no way is known")
    arrives_at: datetime | None
    in_time: bool
    route: RouteOut | None = Field(description="null: it flies there by itself, or no way is known")
    verdict: Literal["fits", "not", "unknown"]
    fits: list[FitOut]
    score: float = Field(description="of 100")
    reasons: list[ReasonOut] = Field(description="what the score is made of")
    demonstration: bool
    page: str = Field(description="where to see it")
    offer: str | None = Field(description="where you can offer it; null where that is not for you")


class LineMatchesOut(BaseModel):
    """A line that something is still missing of, and what can meet it."""

    no: int
    name: str
    missing: float
    unit: str
    unit_name: str
    needed_by: datetime | None
    can_be_met: CanBeMet = Field(
        description="in time: yes, partly; late: only after it is needed; no: nobody is known to have it"
    )
    found: int | None = Field(None, description="how many can meet it, to those who may see them")
    matches: list[MatchOut] | None = Field(None, description="the best first, to those who decide on requests")


class TakenOut(BaseModel):
    no: int
    source: Literal["capacity", "lot"]
    ref: str
    lot: str | None
    name: str
    quantity: float
    unit: str


class ConsignmentOut(BaseModel):
    """What one organisation sends from one place."""

    sender: Named
    country: CountryOut
    place: str | None
    hours: float
    arrives_at: datetime
    is_late: bool
    takes: list[TakenOut]


class MissingOut(BaseModel):
    no: int
    quantity: float
    unit: str


class PlanOut(BaseModel):
    """How all lines can be covered with few consignments."""

    consignments: list[ConsignmentOut]
    missing: list[MissingOut] = Field(description="what no consignment covers")
    is_fewest: bool = Field(description="whether all plans with fewer consignments were tried")
    considered: int = Field(description="among how many consignments it was looked for")


class MatchesOut(BaseModel):
    """What can meet a request. Who asks for help sees whether each line can be met; who decides on requests sees by what."""

    request: str = Field(examples=["RQ-2026-0007"])
    asked_at: datetime
    is_exact: bool = Field(description="whether the place of delivery is known, and not only its area")
    lines: list[LineMatchesOut]
    plan: PlanOut | None
