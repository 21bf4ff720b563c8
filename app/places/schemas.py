"""What can be asked of areas, countries and disputed features, and what an answer looks like."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.docs import Named
from app.filters import Day, Format, ListFilter, Many, OneFilter, TableFilter, Text, among, ordered_by
from app.reference.schemas import PlacedOut


class CountryOut(BaseModel):
    iso3: str = Field(examples=["KGZ"])
    name: str = Field(examples=["Kyrgyzstan"])


class PointOut(BaseModel):
    lon: float
    lat: float


class AreaFilter(ListFilter):
    """The filters of areas. Unless `valid_on` or `updated_since` is given, only areas that are current are listed."""

    CODES: ClassVar[Mapping[str, str]] = {**ListFilter.CODES, "parent": "areas", "pcode": "pcodes", "iso": "isos"}

    level: Annotated[Many, among("0", "1", "2", "3", "4")] | None = Field(
        None, description="0: countries, 1: their first level, and so on", examples=["1"]
    )
    parent: Many | None = Field(None, description="code, p-code or ISO code of the area right above", examples=["KGZ"])
    pcode: Many | None = Field(None, description="p-codes")
    iso: Many | None = Field(None, description="ISO 3166-2 codes; for countries alpha-3", examples=["KG-O"])
    valid_on: Day | None = Field(
        None,
        description="as the map was on this day; without it, the areas in force, and those that ended but whose successors "
        "are not loaded yet: still the best we have",
    )
    geometry: bool | None = Field(None, description="true: with the outline, as geojson always has it")
    ordering: Text | None = ordered_by("code", "name", "level", "population", "created_at", "updated_at")

    def conditions(self, sql: Mapping[str, str], but: Any = ()) -> list[str]:
        current = [] if self.valid_on or self.updated_since else ["r.is_current"]
        return [*super().conditions(sql, but), *current]


class OneAreaFilter(OneFilter):
    geometry: bool | None = Field(None, description="true: with the outline, as geojson always has it")


class AreaOut(BaseModel):
    """A country or an administrative area, as it was from `valid_from` until `valid_to`."""

    id: UUID
    ref: str = Field(description="the same as `code`", examples=["KG-O"])
    code: str = Field(examples=["KG-O"])
    pcode: str | None = Field(description="OCHA p-code, once a COD-AB file has been imported")
    iso: str | None = Field(description="ISO 3166-2", examples=["KG-O"])
    level: int = Field(examples=[1])
    name: str = Field(examples=["Osh Region"])
    names: dict[str, str] = Field(examples=[{"en": "Osh Region", "ru": "Ошская область"}])
    spellings: list[str] = Field(description="other ways to write the name")
    country: CountryOut
    parent: Named | None
    valid_from: date | None
    valid_to: date | None = Field(description="the first day on which it was no more")
    is_current: bool = Field(description="in force, or ended with no successor loaded yet")
    predecessors: list[Named] = Field(description="what it came out of")
    successors: list[Named] = Field(description="what came out of it")
    population: int | None
    population_on: date | None
    point: PointOut | None = Field(description="where to put its name")
    geometry: dict[str, Any] | None = Field(None, description="only with `geometry=true`")
    note: str | None = Field(description="what is out of date about it")
    source: str
    visibility: Literal["public"]
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class CountryRecordOut(PlacedOut):
    """A country by its ISO 3166-1 alpha-3 code."""

    code: str = Field(examples=["KGZ"])
    iso2: str = Field(examples=["KG"])
    m49: int | None = Field(description="UN M49", examples=[417])
    region: bool = Field(description="one of the ten that the Centre looks after")


class DisputedFilter(TableFilter):
    """The filters of disputed features."""

    CODES: ClassVar[Mapping[str, str]] = {"country": "countries"}

    country: Many | None = Field(None, description="claimed by one of these, ISO 3166-1 alpha-3", examples=["IND"])
    kind: Annotated[Many, among("area", "line")] | None = Field(None, description="area, line")
    format: Format | None = Field(None, description="else by Accept")  # type: ignore[assignment]


class DisputedOut(Named):
    """An area or a line on which countries do not agree. The portal takes no side and never draws it as settled."""

    names: dict[str, str]
    kind: Literal["area", "line"]
    claimants: list[str] = Field(description="ISO 3166-1 alpha-3", examples=[["IND", "PAK"]])
    note: str | None
    source: str
    geometry: dict[str, Any]
