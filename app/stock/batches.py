"""A lot as it stands: what is on the shelf, what of it is promised, and what the donor said of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True)
class Batch:
    """Quantities are in the item's unit, `unit`. `earmark_countries`: where it may go; none: anywhere."""

    lot_id: UUID
    number: str
    expires_on: date | None
    condition: str
    on_hand: Decimal
    reserved: Decimal
    position_id: UUID
    position_ref: str
    item_code: str
    unit: str
    warehouse_code: str
    country_iso3: str
    owner_id: UUID
    donor_id: UUID | None
    earmark: dict[str, str] | None
    earmark_countries: tuple[str, ...]
    demonstration: bool

    @property
    def available(self) -> Decimal:
        return self.on_hand - self.reserved

    @property
    def name(self) -> str:
        """How people find it: the position's ref and the lot's number."""
        return f"{self.position_ref}, {self.number}"


def plain(quantity: Decimal) -> str:
    """A quantity as people write it: 3, 2.5."""
    return f"{quantity:f}".rstrip("0").rstrip(".") if "." in f"{quantity:f}" else f"{quantity:f}"
