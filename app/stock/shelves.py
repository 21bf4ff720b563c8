"""Where things lie: the position of an item, and the lot of a batch in it, found or made. Raises Invalid for unknown codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app import codes
from app.errors import Forbidden, Invalid
from app.languages import gettext as _
from app.permissions import By, Permission
from app.stock import writing_queries as queries
from app.stock.batches import Batch
from app.stock.models import Lot


@dataclass(frozen=True)
class Shelf:
    """One item in one warehouse, of one owner and one donor, for one purpose."""

    item_code: str
    warehouse_code: str
    owner_id: UUID
    donor_id: UUID | None = None
    earmark: Mapping[str, str] | None = None
    earmark_countries: tuple[str, ...] = field(default_factory=tuple)


def shelf_of(batch: Batch) -> Shelf:
    return Shelf(
        batch.item_code, batch.warehouse_code, batch.owner_id, batch.donor_id, batch.earmark, batch.earmark_countries
    )


def named_shelf(
    db: Session,
    by: By,
    item: str,
    warehouse: str,
    owner: str | None = None,
    donor: str | None = None,
    earmark: Mapping[str, str] | None = None,
    earmark_countries: list[str] | None = None,
) -> Shelf:
    """The shelf that codes name; of the Centre, unless an owner is said. Raises Invalid, Forbidden."""
    demand_code(db, "item", "items", item)
    demand_warehouse(db, by, warehouse)
    for country in earmark_countries or ():
        demand_code(db, "earmark_countries", "countries", country)
    owner_id = organisation(db, "owner", owner) if owner else queries.centre(db)
    donor_id = organisation(db, "donor", donor) if donor else None
    return Shelf(item, warehouse, owner_id, donor_id, earmark or None, tuple(sorted(set(earmark_countries or ()))))


def demand_code(db: Session, field: str, name: str, code: str) -> None:
    possible = queries.possible(db, name)
    if code not in possible:
        raise Invalid.field(field, codes.unknown(field, code, possible))


def organisation(db: Session, field: str, code: str) -> UUID:
    found = queries.organisation_with_code(db, code)
    if found is None:
        raise Invalid.field(field, codes.unknown(field, code, queries.possible(db, "organisations")))
    return found


def demand_warehouse(db: Session, by: By, code: str, field: str = "warehouse") -> None:
    """Raises Invalid where there is none, Forbidden where the asker's rights do not reach so far."""
    demand_code(db, field, "warehouses", code)
    refuse_elsewhere(by, queries.country_of(db, code))


def refuse_elsewhere(by: By, country: str) -> None:
    if not by.may(Permission.STOCK_WRITE, country):
        raise Forbidden(
            _("Your rights are limited to some countries, and %(country)s is none of them.") % {"country": country}
        )


def put(
    db: Session, by: By, shelf: Shelf, number: str, expires_on: date | None, condition: str, demonstration: bool = False
) -> Batch:
    """The lot of this number there, locked; position and lot are made where they are new.

    Raises Invalid where the number is that of another batch: it expires on another day or is in another condition.
    """
    position_id = queries.position_at(db, shelf, demonstration or by.demonstration)
    queries.lock_positions(db, [position_id])
    lot = queries.lot_numbered(db, position_id, number)
    if lot is None:
        lot = Lot(position_id=position_id, number=number, expires_on=expires_on, condition=condition)
        db.add(lot)
        db.flush()
    elif (lot.expires_on, lot.condition) != (expires_on, condition):
        message = _(
            "There is a lot %(lot)s already that expires on another day or is in another condition: give this one another number."
        )
        raise Invalid.field("number", message % {"lot": number})
    return queries.lock_lots(db, [lot.id])[lot.id]


def lock(db: Session, made: Sequence[Shelf], searched: Sequence[Shelf] = ()) -> None:
    """Lock the positions of these shelves in the one order; those that will be put into are made, where they are new."""
    into = [queries.position_at(db, shelf, demonstration=False) for shelf in made]
    queries.lock_positions(db, [*into, *(id for shelf in searched for id in queries.positions_at(db, shelf))])


def at(shelf: Shelf, warehouse_code: str) -> Shelf:
    return replace(shelf, warehouse_code=warehouse_code)


def holding(shelf: Shelf, item_code: str) -> Shelf:
    return replace(shelf, item_code=item_code)
