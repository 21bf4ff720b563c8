"""What stands beside an event, as it is said and written: alert levels, relations to other events, merging."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.docs import Named
from app.writing import WhyText, Written


class AlertLevelOut(BaseModel):
    """An alert level, until the next one."""

    id: UUID
    level: Literal["green", "orange", "red"] | None
    since: datetime
    reason: str = Field(examples=["The dam holds, the lake falls by 20 cm an hour"])
    organisation: Named | None = Field(description="whose people said so")


class AlertLevelsOut(BaseModel):
    results: list[AlertLevelOut]


class RelatedOut(BaseModel):
    id: UUID
    ref: str = Field(examples=["EV-2026-0102"])
    title: str
    hazard: Named
    status: Literal["alert", "ongoing", "closed"]
    started_at: datetime
    started_precision: Literal["minute", "hour", "day", "month"]
    exercise: bool


class RelationOut(BaseModel):
    """What the event is to another one: part of it, triggered by it; or the other way round: it has the other as a part."""

    kind: Literal["part_of", "triggered_by", "aftershock_of", "related", "has_part", "triggered", "has_aftershock"]
    since: datetime
    event: RelatedOut


class RelationsOut(BaseModel):
    results: list[RelationOut]


class MergedOut(BaseModel):
    """What is left to be said of an event that was merged. Its address leads to the master."""

    id: UUID
    ref: str = Field(examples=["EV-2026-0103"])
    withdrawn_at: datetime
    merged_into: str = Field(examples=["EV-2026-0101"])


# -- what is written

Ref = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[\w-]+$")]


class MergeIn(Written):
    """Which event the duplicate is merged into, and why."""

    into: Ref = Field(description="`ref` or `id` of the event that stays", examples=["EV-2026-0101"])
    reason: WhyText = Field(examples=["The same mudflow, logged twice"])


class RelationIn(Written):
    """What this event is to another one."""

    kind: Literal["part_of", "triggered_by", "aftershock_of", "related"]
    event: Ref = Field(description="`ref` or `id` of the other one", examples=["EV-2026-0102"])


class RelationEnd(Written):
    """The other event, to which this one is no longer related."""

    event: Ref = Field(description="`ref` or `id` of the other one", examples=["EV-2026-0102"])
