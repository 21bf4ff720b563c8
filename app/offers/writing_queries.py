"""What writing asks of offers: the rows locked in the order that all keep (request, offer, capacities, stock), and their state."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.capacities.models import Capacity
from app.events.writing_queries import MOMENT, ask
from app.filters import identity
from app.offers.models import CapacityCommitment, Offer, OfferLine
from app.offers.queries import visible_offers
from app.permissions import By, visible_values
from app.requests.models import Request, RequestLine
from app.stock.models import StockReservation

State = dict[str, Any]

LINE = """jsonb_build_object('request_line', (SELECT no FROM request_lines WHERE id = l.request_line_id),
    'capacity', (SELECT ref FROM capacities WHERE id = l.capacity_id), 'stock', (SELECT ref FROM stock_positions WHERE id = l.stock_position_id),
    'lot', l.lot_id, 'item', CASE l.source WHEN 'other' THEN l.item_code END, 'type', CASE l.source WHEN 'other' THEN l.resource_type_code END,
    'description', l.description, 'specification', l.specification, 'quantity', l.quantity, 'unit', l.unit_code)"""
STATE = f"""
SELECT jsonb_build_object(
    'request', (SELECT ref FROM requests WHERE id = r.request_id), 'organisation', (SELECT code FROM organisations WHERE id = r.organisation_id),
    'titles', titles, 'event', CASE WHEN r.request_id IS NULL THEN (SELECT e.ref FROM events e WHERE e.id = r.event_id) END,
    'country', CASE WHEN r.request_id IS NULL THEN country_iso3 END, 'conditions', conditions, 'financing', financing,
    'available_from', {MOMENT.format("available_from")}, 'valid_until', {MOMENT.format("valid_until")}, 'exercise', is_exercise,
    'lines', (SELECT coalesce(jsonb_agg({LINE} ORDER BY l.no), '[]') FROM offer_lines l WHERE l.offer_id = r.id))
FROM offers r WHERE id = %(id)s"""


class Unit(NamedTuple):
    """What a code or ref stands for, as far as a line needs it."""

    id: UUID | None
    unit: str
    item: str | None
    type: str | None


def offer_seen(db: Session, by: By, id_or_ref: str, lock: str = "") -> Offer | None:
    """The offer, if `by` may see it and it is not discarded."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    asked = f"SELECT r.id FROM offers r WHERE {named} AND r.withdrawn_at IS NULL AND {visible_offers(by)} {lock}"
    id = ask(db, asked, values | visible_values(by)).scalar()
    return db.get_one(Offer, id, populate_existing=True) if id else None


def lock_offer(db: Session, by: By, id_or_ref: str) -> tuple[Offer, Request | None] | None:
    """The offer and before it the request that it is for, both locked; None where `by` does not see it.

    It is looked at once more when its request is held: somebody may have tied it to one meanwhile.
    """
    seen = offer_seen(db, by, id_or_ref)
    while seen is not None:
        request_id = seen.request_id
        request = hold_request(db, request_id) if request_id else None
        seen = offer_seen(db, by, id_or_ref, "FOR NO KEY UPDATE")
        if seen is not None and seen.request_id == request_id:
            return seen, request
    return None


def hold_request(db: Session, id: UUID) -> Request:
    """The request locked, whoever may see it: what is offered for it counts there."""
    asked = select(Request).where(Request.id == id).with_for_update(key_share=True)
    return db.scalars(asked.execution_options(populate_existing=True)).one()


def state_of(db: Session, id: UUID) -> State:
    """What an offer says, in the shape of `OfferIn`: for history, for a change laid over it, for the form."""
    state: State = ask(db, STATE, {"id": id}).scalar_one()
    return state


def lines_of(db: Session, id: UUID) -> dict[int, OfferLine]:
    """All its lines by their numbers, as they are now."""
    found = select(OfferLine).where(OfferLine.offer_id == id).order_by(OfferLine.no)
    return {line.no: line for line in db.scalars(found.execution_options(populate_existing=True))}


def delete_lines(db: Session, id: UUID) -> None:
    db.execute(delete(OfferLine).where(OfferLine.offer_id == id))


def request_lines(db: Session, ids: Iterable[UUID]) -> dict[UUID, RequestLine]:
    """Lines of a request that is locked, as they are now."""
    found = select(RequestLine).where(RequestLine.id.in_(set(ids)))
    return {line.id: line for line in db.scalars(found.execution_options(populate_existing=True))}


def lines_asked(db: Session, request_id: UUID) -> dict[int, RequestLine]:
    """The lines of a request that stand, by their numbers."""
    found = select(RequestLine).where(RequestLine.request_id == request_id, RequestLine.cancelled_at.is_(None))
    return {line.no: line for line in db.scalars(found.order_by(RequestLine.no))}


# -- what is committed


def lock_capacities(db: Session, ids: Iterable[UUID]) -> dict[UUID, Capacity]:
    """Locked in the order of their ids, as they are now."""
    asked = select(Capacity).where(Capacity.id.in_(set(ids))).order_by(Capacity.id).with_for_update(key_share=True)
    return {one.id: one for one in db.scalars(asked.execution_options(populate_existing=True))}


def commitments_of(db: Session, offer_line_id: UUID) -> list[CapacityCommitment]:
    """Those that have not ended, the first one first."""
    asked = select(CapacityCommitment).where(
        CapacityCommitment.offer_line_id == offer_line_id, CapacityCommitment.ended_at.is_(None)
    )
    return list(db.scalars(asked.order_by(CapacityCommitment.id)))


def capacity_of_line(db: Session, offer_line_id: UUID) -> UUID | None:
    return db.scalar(select(OfferLine.capacity_id).where(OfferLine.id == offer_line_id))


def reservations_of(db: Session, offer_line_id: UUID) -> Sequence[UUID]:
    """Those that have not ended."""
    asked = select(StockReservation.id).where(
        StockReservation.offer_line_id == offer_line_id, StockReservation.ended_at.is_(None)
    )
    return db.scalars(asked).all()


def deployed(db: Session, offer_line_id: UUID) -> Decimal:
    """How much of an accepted line is under way."""
    asked = "SELECT quantity_deployed(%(line)s)"
    return Decimal(ask(db, asked, {"line": offer_line_id}).scalar_one() or 0)


def lapsed(db: Session, at: datetime) -> Sequence[UUID]:
    """The offers that nobody has decided on in time, by their requests."""
    asked = select(Offer.id).where(Offer.status == "submitted", Offer.valid_until <= at)
    return db.scalars(asked.order_by(Offer.request_id.nulls_last(), Offer.id)).all()


# -- the codes and refs that an offer may name


def units_of_items(db: Session, codes: Sequence[str]) -> dict[str, Unit]:
    rows = ask(
        db,
        "SELECT code, unit_code, resource_type_code FROM items WHERE code = ANY (%(codes)s)",
        {"codes": list(codes)},
    )
    return {row[0]: Unit(None, row[1], row[0], row[2]) for row in rows}


def units_of_types(db: Session, codes: Sequence[str]) -> dict[str, Unit]:
    rows = ask(db, "SELECT code, unit_code FROM resource_types WHERE code = ANY (%(codes)s)", {"codes": list(codes)})
    return {row[0]: Unit(None, row[1], None, row[0]) for row in rows}


def lot_of(db: Session, lot: UUID, position: UUID) -> bool:
    asked = "SELECT FROM lots WHERE id = %(lot)s AND position_id = %(position)s"
    return bool(ask(db, asked, {"lot": lot, "position": position}).rowcount)


def units(db: Session) -> set[str]:
    return set(ask(db, "SELECT code FROM units", {}).scalars())


def organisation_with(db: Session, code: str) -> UUID | None:
    found: UUID | None = ask(db, "SELECT id FROM organisations WHERE code = %(code)s", {"code": code}).scalar()
    return found


def is_country(db: Session, code: str) -> bool:
    return bool(ask(db, "SELECT FROM countries WHERE iso3 = %(code)s", {"code": code}).rowcount)


def is_centre(db: Session, organisation_id: UUID | None) -> bool:
    asked = "SELECT FROM organisations WHERE id = %(id)s AND is_centre"
    return bool(ask(db, asked, {"id": organisation_id}).rowcount)


def day_needed(line: RequestLine | None, request: Request | None) -> date | None:
    """Until when what is sent has to last."""
    at = (line.needed_by if line else None) or (request.needed_by if request else None)
    return at.date() if at else None
