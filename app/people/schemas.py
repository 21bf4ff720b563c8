"""What can be asked of organisations and meetings, and what an answer looks like."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from app.filters import Many, TableFilter, among
from app.people.models import ORGANISATION_KINDS, RELATIONS
from app.reference.schemas import CodeOut


class OrganisationFilter(TableFilter):
    """The filters of organisations."""

    CODES: ClassVar[Mapping[str, str]] = {"country": "countries"}

    country: Many | None = Field(None, description="ISO 3166-1 alpha-3 codes", examples=["KAZ,KGZ"])
    kind: Annotated[Many, among(*ORGANISATION_KINDS)] | None = Field(None, description=", ".join(ORGANISATION_KINDS))
    relation: Annotated[Many, among(*RELATIONS)] | None = Field(
        None, description=f"to the Almaty Centre: {', '.join(RELATIONS)}"
    )


class OrganisationOut(CodeOut):
    """Who has, gives or asks."""

    code: str = Field(examples=["KAZ-MES"])
    aliases: list[str]
    kind: str = Field(examples=["ministry"])
    country: str | None = Field(description="ISO 3166-1 alpha-3; null where it belongs to none", examples=["KAZ"])
    relation: Literal["party", "acceding", "participating", "supporting"] | None = Field(
        description="to the Almaty Centre"
    )
    url: str | None
    source: str


class MeetingFilter(TableFilter):
    """The filters of meetings."""

    status: Annotated[Many, among("held", "planned")] | None = Field(None, description="held, planned")


class MeetingOut(CodeOut):
    """A meeting of the Centre, or of the confidence-building measure it grew out of."""

    code: str = Field(examples=["DM-CBM-RTG1"])
    held_on: date | None
    held_until: date | None
    place: str = Field(examples=["Almaty"])
    status: Literal["held", "planned"]
    note: str | None
    source: str
