"""What is written into the ledger and what surrounds it, and what an answer about it looks like."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.docs import Named
from app.filters import Day, Lang, Many, Moment, OneFilter, TableFilter, Text, among, ordered_by
from app.languages import gettext as _
from app.stock.models import KINDS
from app.writing import Amount, Names, PointIn, Short, ShortTexts, Written

# -- what is written

Quantity = Annotated[
    Decimal, Field(gt=0, le=1_000_000_000_000, decimal_places=3, allow_inf_nan=False, description="in the item's unit")
]
Condition = Literal["new", "good", "damaged", "expired"]
AdjustmentReason = Literal["lost", "found", "damaged", "expired", "correction"]
CodeText = Annotated[str, Field(min_length=1, max_length=100)]
Entry = Literal["receipt", "issue", "transfer", "adjustment", "kit_made", "kit_broken", "return"]

# What each kind of movement needs, and what it may say besides; all may say when and add a note
NEEDS: Mapping[str, tuple[str, ...]] = {
    "receipt": ("item", "warehouse", "number", "condition"),
    "issue": ("lot",),
    "transfer": ("lot", "to_warehouse"),
    "adjustment": ("lot", "reason"),
    "kit_made": ("item", "warehouse", "number"),
    "kit_broken": ("lot",),
    "return": ("lot", "condition"),
}
OF_A_POSITION = ("owner", "donor", "earmark", "earmark_countries")
MAY_SAY: Mapping[str, tuple[str, ...]] = {
    "receipt": (*OF_A_POSITION, "expires_on"),
    "adjustment": ("direction",),
    "kit_made": OF_A_POSITION,
}
ALWAYS = ("kind", "quantity", "moved_at", "note")


class MovementIn(Written):
    """One entry into the ledger. A transfer and a kit write several lines, all or none.

    receipt: item, warehouse, number, condition; issue, kit_broken: lot; transfer: lot, to_warehouse; adjustment: lot, reason;
    kit_made: item, warehouse, number; return: lot, condition.
    """

    kind: Entry
    quantity: Quantity
    lot: UUID | None = Field(None, description="`id` of a lot of /api/v1/stock")
    reason: AdjustmentReason | None = Field(None, description="of an adjustment: what happened")
    direction: Literal["in", "out"] | None = Field(
        None, description="of a correction: whether the ledger had too little"
    )
    item: CodeText | None = None
    warehouse: CodeText | None = None
    to_warehouse: CodeText | None = None
    owner: CodeText | None = Field(None, description="code of an organisation; the Centre, unless said")
    donor: CodeText | None = Field(None, description="code of an organisation")
    earmark: ShortTexts | None = Field(None, description="what the donor gave it for")
    earmark_countries: list[CodeText] | None = Field(None, max_length=60, description="where it may go")
    number: Short | None = Field(None, description="the lot's number, as on the boxes")
    expires_on: Day | None = None
    condition: Condition | None = None
    moved_at: Moment | None = Field(None, description="now, unless said")
    note: ShortTexts | None = None

    @model_validator(mode="after")
    def fits_its_kind(self) -> "MovementIn":
        for name in NEEDS[self.kind]:
            if not getattr(self, name):
                raise ValueError(_("%(name)s is missing.") % {"name": name})
        allowed = {*ALWAYS, *NEEDS[self.kind], *MAY_SAY.get(self.kind, ())}
        for name in self.model_fields_set - allowed:
            if getattr(self, name):
                raise ValueError(_("%(name)s does not go with %(kind)s.") % {"name": name, "kind": self.kind})
        if (self.reason == "correction") != (self.direction is not None):
            raise ValueError(_("Say of a correction, and of nothing else, whether it is in or out."))
        return self


class ReservationIn(Written):
    """`quantity` of the position, first expired first; or so much of each lot that you choose."""

    quantity: Quantity | None = None
    lots: dict[UUID, Quantity] | None = Field(None, max_length=100, description="{id of the lot: quantity}")
    lasts_until: Day | None = Field(None, description="the day it is needed on: what expires before is passed over")
    country: CodeText | None = Field(None, description="where it goes: what is earmarked for others is passed over")
    reason: ShortTexts

    @model_validator(mode="after")
    def says_one(self) -> "ReservationIn":
        if (self.quantity is None) == (not self.lots):
            raise ValueError(_("Say how much, or how much of which lots."))
        return self


class ProposalFilter(BaseModel):
    """What is needed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quantity: Quantity
    lasts_until: Day | None = Field(None, description="the day it is needed on; today, unless said")
    country: CodeText | None = Field(None, description="where it goes, ISO 3166-1 alpha-3")
    lang: Lang | None = Field(None, description="language of names and labels; else by Accept-Language")


class LevelFilter(OneFilter):
    below: bool | None = Field(None, description="true: only those that are not reached")


class LevelIn(Written):
    """How much of an item a warehouse has to have available; 0 takes the level away."""

    item: CodeText
    warehouse: CodeText
    quantity: Amount


class PartIn(Written):
    item: CodeText
    quantity: Quantity


class KitIn(Written):
    """What one kit is made of. No parts: it is no kit any more."""

    parts: list[PartIn] = Field(max_length=100)


class CountLineIn(Written):
    lot: UUID
    counted: Amount
    reason: Literal["lost", "found", "damaged", "expired"] | None = Field(None, description="counted, unless said")


class CountIn(Written):
    """What was found in a warehouse. Lots that are left out were not counted."""

    warehouse: CodeText
    counted_at: Moment | None = Field(None, description="now, unless said")
    note: ShortTexts | None = None
    lines: list[CountLineIn] = Field(min_length=1, max_length=1000)


class ItemIn(Written):
    """A thing that can be kept in store."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60, examples=["blanket-wool"])]
    names: Names
    family: CodeText
    type: CodeText | None = None
    unit: CodeText
    weight_kg: Quantity | None = None
    volume_m3: Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=6, allow_inf_nan=False)] | None = None


class WarehouseIn(Written):
    """A store of the Centre."""

    code: Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=60, examples=["WH-ALMATY"])]
    names: Names
    country: CodeText
    place: ShortTexts | None = None
    geometry: PointIn


# -- what is answered besides


class MovementOut(BaseModel):
    """A line of the ledger."""

    id: UUID
    position: str = Field(examples=["ST-000012"])
    item: Named
    unit: str
    warehouse: Named
    lot: str
    lot_id: UUID
    kind: str
    quantity: float = Field(description="positive in, negative out")
    reason: str | None
    note: str | None
    operation_id: UUID | None = Field(description="the same for lines that were written together")
    deployment_line_id: UUID | None
    reverses_id: UUID | None
    reversed: bool = Field(description="another line has undone this one")
    moved_at: datetime
    recorded_at: datetime
    demonstration: bool


class MovementFilter(TableFilter):
    """The filters of the ledger."""

    CODES: ClassVar[Mapping[str, str]] = {"item": "items", "warehouse": "warehouses"}

    position: Annotated[str, Field(max_length=100)] | None = Field(None, description="`id` or `ref` of a position")
    item: Many | None = Field(None, description="codes of items")
    warehouse: Many | None = Field(None, description="codes of warehouses")
    kind: Annotated[Many, among(*KINDS)] | None = Field(None, description=", ".join(KINDS))
    since: Moment | None = Field(None, description="recorded at or after this time")
    ordering: Text | None = ordered_by("moved_at", "recorded_at")


class MovedOut(BaseModel):
    """The lines that an entry has written."""

    results: list[MovementOut]


class PassedOut(BaseModel):
    lot: str
    lot_id: UUID
    quantity: float = Field(description="on hand")
    expires_on: date | None
    why: Literal["expired", "expires_before", "damaged", "earmarked", "reserved", "not_needed"]
    sentence: str


class TakenOut(BaseModel):
    lot: str
    lot_id: UUID
    quantity: float = Field(description="to be taken")
    expires_on: date | None


class ProposalOut(BaseModel):
    """First expired, first out; `missing` is what all lots together cannot give."""

    taken: list[TakenOut]
    passed: list[PassedOut]
    missing: float


class ReservationOut(BaseModel):
    id: UUID
    lot: str
    lot_id: UUID
    quantity: float
    reason: str | None
    offer_line_id: UUID | None
    created_at: datetime
    ended_at: datetime | None
    ended_as: Literal["issued", "released"] | None


class ReservationsOut(BaseModel):
    """Reservations, the latest first."""

    results: list[ReservationOut]


class LevelOut(BaseModel):
    item: Named
    unit: str
    warehouse: Named
    minimum: float
    available: float = Field(description="of all owners and donors, without what is damaged or expired")
    missing: float


class LevelsOut(BaseModel):
    """Minimum levels; what is missing most stands first."""

    results: list[LevelOut]


class PartOut(Named):
    quantity: float
    unit: str


class NamedOut(BaseModel):
    """What an item or a warehouse is called now."""

    code: str
    names: dict[str, str]


class KitOut(Named):
    parts: list[PartOut]


class KitsOut(BaseModel):
    results: list[KitOut]


class CountLineOut(BaseModel):
    position: str
    item: Named
    unit: str
    lot: str
    lot_id: UUID
    expected: float = Field(description="what the ledger had at that moment")
    counted: float
    reason: str | None = Field(description="of the adjustment; null: there was none to make")


class CountOut(BaseModel):
    """What was found in a warehouse, and the adjustments that followed."""

    ref: str = Field(examples=["SC-0001"])
    warehouse: Named
    counted_at: datetime
    note: str | None
    lines: list[CountLineOut]


class CountsOut(BaseModel):
    """Counts, the latest first, at most 100."""

    results: list[CountOut]
