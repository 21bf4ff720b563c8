"""What the entries of code lists look like."""

from pydantic import BaseModel, Field

from app.docs import Named
from app.filters import TableFilter, Text, ordered_by


class PlacedFilter(TableFilter):
    """The filters of a list that has an order for people."""

    ordering: Text | None = ordered_by("code", "name", "position")


class CodeOut(Named):
    """An entry of a code list. Codes never change; `name` is in the language asked for."""

    names: dict[str, str] = Field(
        description="by language; English is always there", examples=[{"en": "Flood", "ru": "Наводнение"}]
    )


class PlacedOut(CodeOut):
    position: int = Field(description="the order in which people are shown the list")


class HazardOut(PlacedOut):
    """A kind of disaster by its GLIDE code."""

    code: str = Field(examples=["FL"])
    undrr_isc: str | None = Field(description="code of the UNDRR-ISC Hazard Information Profiles", examples=["MH0600"])


class ResourceTypeOut(PlacedOut):
    """A type of team, equipment or expertise, and the standard that defines it."""

    code: str = Field(examples=["usar-medium"])
    family: str = Field(description="code of the resource family", examples=["search-rescue"])
    parent: str | None = Field(description="code of the wider type")
    kind: str = Field(examples=["team"])
    unit: str = Field(description="code of the unit it is counted in", examples=["team"])
    standard: str = Field(examples=["INSARAG"])
    standard_ref: str | None = Field(examples=["USAR Medium"])
    description: str | None


class LanguageOut(CodeOut):
    """A language that the portal answers in."""

    code: str = Field(examples=["fa-AF"])
    own_name: str = Field(examples=["دری"])
    direction: str = Field(examples=["rtl"])
    is_complete: bool = Field(
        description="whether all texts of the pages are translated; names of things may be more or less"
    )


class ListOut(BaseModel):
    """A code list and where it is read."""

    code: str = Field(examples=["hazards"])
    name: str = Field(examples=["Hazards, by GLIDE code"])
    url: str = Field(examples=["https://portal.example/api/v1/reference/hazards"])
