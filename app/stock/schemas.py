"""What can be asked of stock, and what an answer looks like."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.docs import CountedOut, Named
from app.equipment.schemas import Specification
from app.filters import ListFilter, Many, Text, ordered_by
from app.places.schemas import CountryOut


class StockFilter(ListFilter):
    """The filters of stock. Where a position is, is where its warehouse is."""

    CODES: ClassVar[Mapping[str, str]] = {
        **ListFilter.CODES,
        "item": "items",
        "family": "families",
        "warehouse": "warehouses",
        "owner": "organisations",
        "donor": "organisations",
    }

    item: Many | None = Field(None, description="codes of items", examples=["blanket-wool"])
    family: Many | None = Field(None, description="codes of resource families")
    warehouse: Many | None = Field(None, description="codes of warehouses")
    owner: Many | None = Field(None, description="codes of organisations")
    donor: Many | None = Field(None, description="codes of organisations")
    available: bool | None = Field(None, description="true: something is on hand and not reserved")
    ordering: Text | None = ordered_by("name", "on_hand", "available", "created_at", "updated_at")


class ItemOut(Named):
    family: str = Field(description="code of the resource family")
    unit: str = Field(description="code of the unit of all quantities here", examples=["each"])
    unit_name: str
    weight_kg: float | None = Field(description="of one unit")
    volume_m3: float | None = Field(description="of one unit")
    specification: Specification | None = Field(description="of tools: make, what drives it, voltage, couplings")


class WarehouseOut(Named):
    place: str | None
    geometry: dict[str, Any] | None


class LotOut(BaseModel):
    """A batch that came in together; those used up are left out."""

    id: UUID
    lot: str
    quantity: float = Field(description="on hand")
    reserved: float
    expires_on: date | None = Field(description="null: does not expire, or not known")
    condition: Literal["new", "good", "damaged", "expired"]


class StockOut(BaseModel):
    """One item in one warehouse, of one owner and one donor."""

    id: UUID
    ref: str = Field(examples=["ST-000012"])
    item: ItemOut
    warehouse: WarehouseOut
    country: CountryOut = Field(description="where the warehouse is")
    area: Named | None = Field(description="where the warehouse is")
    geometry: dict[str, Any] | None = Field(description="where the warehouse is")
    owner: Named
    donor: Named | None
    earmark: str | None = Field(description="what the donor gave it for")
    earmark_countries: list[str] = Field(description="where it may go, ISO 3166-1 alpha-3; none: anywhere")
    on_hand: float = Field(description="the sum of all movements")
    reserved: float
    available: float = Field(description="on hand and not reserved")
    lots: list[LotOut]
    visibility: str
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class StockFacetsOut(BaseModel):
    """How many positions each value would leave, under all filters but its own."""

    count: int
    family: list[CountedOut]
    item: list[CountedOut]
    warehouse: list[CountedOut]
    owner: list[CountedOut]
    donor: list[CountedOut]
    country: list[CountedOut]
