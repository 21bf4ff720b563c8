"""An offer as it is written: from what was said to its rows. What cannot be is named by its field."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.capacities import actions as capacities
from app.capacities import writing_queries as capacity_queries
from app.capacities.models import Capacity
from app.errors import Invalid
from app.events import writing_queries as events
from app.events.models import Event
from app.languages import gettext as _
from app.offers import writing_queries as queries
from app.offers.models import Offer, OfferLine
from app.offers.schemas import OfferIn, OfferLineIn
from app.offers.writing_queries import Unit
from app.permissions import By, Permission
from app.requests.models import Request, RequestLine
from app.stock import writing_queries as stock_queries

Problem = dict[str, str]
PLAIN = ("titles", "conditions", "financing", "available_from", "valid_until")


def write(db: Session, by: By, offer: Offer, request: Request | None, new: OfferIn) -> queries.State:
    """Put what was said into the rows, and answer the state after. Raises Invalid, naming every field that is wrong."""
    event = events.event_seen(db, by, new.event) if new.event else None
    known = Known(db, by, request, new)
    refuse([*wrong_target(db, new, event), *wrong_lines(db, by, offer, new, known)])
    for name in PLAIN:
        setattr(offer, name, getattr(new, name))
    offer.country_iso3, offer.event_id = new.country, event.id if event else None
    aim(offer, request, event, new)
    offer.demonstration = offer.demonstration or known.is_demonstration
    db.add(offer)
    db.flush()
    write_lines(db, offer, new, known)
    db.refresh(offer)
    return queries.state_of(db, offer.id)


def aim(offer: Offer, request: Request | None, event: Event | None, new: OfferIn) -> None:
    """What is offered for an exercise is one, and what is offered for something invented is invented."""
    offer.request_id = request.id if request else None
    offer.is_exercise = request.is_exercise if request else new.exercise or bool(event and event.exercise)
    invented = [one.demonstration for one in (request, event) if one]
    offer.demonstration = offer.demonstration or any(invented)


def refuse(wrong: list[Problem]) -> None:
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)


class Known:
    """What the lines of an offer name, as far as the writer may see it, each with the unit that it is counted in."""

    def __init__(self, db: Session, by: By, request: Request | None, new: OfferIn) -> None:
        self.asked: dict[int, RequestLine] = queries.lines_asked(db, request.id) if request else {}
        self.capacities = self.capacities_named(db, by, new)
        self.positions = {
            one.stock: position
            for one in new.lines
            if one.stock and (position := stock_queries.position_seen(db, by, one.stock))
        }
        self.items = queries.units_of_items(db, [one.item for one in new.lines if one.item])
        self.types = queries.units_of_types(db, [one.type for one in new.lines if one.type])
        self.units = queries.units(db)
        kept = queries.units_of_items(db, [one.item_code for one in self.positions.values()])
        self.in_store = {ref: kept[one.item_code]._replace(id=one.id) for ref, one in self.positions.items()}

    @staticmethod
    def capacities_named(db: Session, by: By, new: OfferIn) -> dict[str, Capacity]:
        named = [one.capacity for one in new.lines if one.capacity]
        seen = capacity_queries.capacities_seen(db, by, named) if named else {}
        return {name: held.capacity for name, held in seen.items() if held.capacity.withdrawn_at is None}

    @property
    def is_demonstration(self) -> bool:
        return any(one.demonstration for one in self.capacities.values()) or any(
            one.demonstration for one in self.positions.values()
        )

    def of(self, line: OfferLineIn) -> Unit | None:
        """What a line is; None where it names something that is not there, or says it in words only."""
        if line.capacity:
            one = self.capacities.get(line.capacity)
            return Unit(one.id, one.unit_code, None, one.type_code) if one else None
        if line.stock:
            return self.in_store.get(line.stock)
        return self.items.get(line.item or "") or self.types.get(line.type or "")

    def unit_of(self, line: OfferLineIn) -> str | None:
        """The unit that a line is counted in; None: it has to be said."""
        found, asked = self.of(line), self.asked.get(line.request_line or 0)
        return line.unit or (found.unit if found else None) or (asked.unit_code if asked else None)


# -- what cannot be


def wrong_target(db: Session, new: OfferIn, event: Event | None) -> Iterator[Problem]:
    if new.event and (event is None or event.withdrawn_at):
        yield {"field": "event", "message": _("There is no record %(ref)s here.") % {"ref": new.event}}
    if new.country and not queries.is_country(db, new.country):
        text = _("There is no country “%(code)s”: write ISO 3166-1 alpha-3, such as KAZ.")
        yield {"field": "country", "message": text % {"code": new.country}}


def wrong_lines(db: Session, by: By, offer: Offer, new: OfferIn, known: Known) -> Iterator[Problem]:
    for at, line in enumerate(new.lines):
        found = [*wrong_source(db, by, offer, line, known), *wrong_aim(line, known)] or [*wrong_unit(line, known)]
        for field, message in found:
            yield {"field": f"lines.{at}.{field}", "message": message}


def wrong_source(db: Session, by: By, offer: Offer, line: OfferLineIn, known: Known) -> Iterator[tuple[str, str]]:
    named = line.capacity or line.stock or line.item or line.type
    if named and known.of(line) is None:
        field = "capacity" if line.capacity else "stock" if line.stock else "item" if line.item else "type"
        yield field, _("There is no “%(code)s” here.") % {"code": named}
    elif line.capacity:
        yield from (("capacity", one) for one in wrong_capacity(by, offer, known.capacities[line.capacity], line))
    elif line.stock:
        yield from wrong_stock(db, by, known.positions[line.stock].id, line)


def wrong_capacity(by: By, offer: Offer, capacity: Capacity, line: OfferLineIn) -> Iterator[str]:
    is_own = capacity.organisation_id == by.organisation_id
    if capacity.organisation_id != offer.organisation_id:
        yield _("%(ref)s belongs to another organisation than the one that offers.") % {"ref": capacity.ref}
    elif not capacities.may_write(by, is_own, capacity.country_iso3):
        yield _("You may not offer %(ref)s: it is not yours to write.") % {"ref": capacity.ref}
    elif line.quantity > capacity.quantity:
        words = {"ref": capacity.ref, "quantity": f"{capacity.quantity.normalize():f}"}
        yield _("Of %(ref)s there are %(quantity)s in all.") % words


def wrong_stock(db: Session, by: By, position: UUID, line: OfferLineIn) -> Iterator[tuple[str, str]]:
    if not may_offer_stock(by):
        yield "stock", _("The Centre’s stock is offered by the Centre.")
    elif line.lot and not queries.lot_of(db, line.lot, position):
        yield "lot", _("This lot is not in %(ref)s.") % {"ref": line.stock}


def may_offer_stock(by: By) -> bool:
    """Stock keepers, and whoever decides at the Centre."""
    return by.may(Permission.STOCK_WRITE) or (by.may(Permission.READ_CENTRE) and by.may(Permission.REQUEST_APPROVE))


def wrong_aim(line: OfferLineIn, known: Known) -> Iterator[tuple[str, str]]:
    if line.request_line and line.request_line not in known.asked:
        yield "request_line", _("The request has no line %(no)s that stands.") % {"no": line.request_line}


def wrong_unit(line: OfferLineIn, known: Known) -> Iterator[tuple[str, str]]:
    """What is added up has one unit: that of what is offered, and of the line that it is for."""
    unit, found, asked = known.unit_of(line), known.of(line), known.asked.get(line.request_line or 0)
    if unit is None or unit not in known.units:
        yield "unit", _("Say in which unit it is counted; the codes are at /api/v1/reference/units.")
    elif found and (line.capacity or line.stock) and unit != found.unit:
        yield "unit", _("This is counted in “%(unit)s”.") % {"unit": found.unit}
    elif asked and unit != asked.unit_code:
        yield (
            "unit",
            _("The request counts this line in “%(unit)s”: offer it in that unit.") % {"unit": asked.unit_code},
        )


# -- the lines


def write_lines(db: Session, offer: Offer, new: OfferIn, known: Known) -> None:
    """Replaced whole: nobody else points at the lines of a draft."""
    queries.delete_lines(db, offer.id)
    for no, line in enumerate(new.lines, 1):
        db.add(OfferLine(offer_id=offer.id, no=no, **columns(line, known)))
    db.flush()


def columns(line: OfferLineIn, known: Known) -> dict[str, Any]:
    found, asked = known.of(line), known.asked.get(line.request_line or 0)
    return {
        "request_line_id": asked.id if asked else None,
        "source": line.source,
        "capacity_id": found.id if found and line.capacity else None,
        "stock_position_id": found.id if found and line.stock else None,
        "lot_id": line.lot,
        "item_code": found.item if found else None,
        "resource_type_code": found.type if found else None,
        "description": line.description,
        "specification": line.specification.kept if line.specification else None,
        "quantity": line.quantity,
        "unit_code": known.unit_of(line),
    }
