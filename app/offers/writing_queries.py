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


def lots_planned(db: Session, offer_line_id: UUID) -> dict[UUID, Decimal]:
    """{lot: how much of it deployments are to take along that have not left}, of an accepted line."""
    asked = "SELECT lot_id, quantity FROM lots_planned(%(line)s)"
    return {row[0]: Decimal(row[1]) for row in ask(db, asked, {"line": offer_line_id})}


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


# -- what a form offers

CHOICES = """
SELECT json_build_object(
    'capacities', (SELECT coalesce(json_agg(json_build_array(ref, name, type_code, quantity_available, unit) ORDER BY name), '[]') FROM (
        SELECT c.ref, label(c.names, %(lang)s) AS name, c.type_code, c.quantity_available, label(u.names, %(lang)s) AS unit
        FROM capacities c JOIN units u ON u.code = c.unit_code
        WHERE c.organisation_id = %(organisation)s AND c.withdrawn_at IS NULL AND c.status <> 'unavailable'
        ORDER BY c.type_code = ANY (%(types)s) DESC, 2 LIMIT 500) own),
    'stock', (SELECT coalesce(json_agg(json_build_array(ref, name, item_code, available, unit) ORDER BY name, ref), '[]') FROM (
        SELECT p.ref, label(i.names, %(lang)s) || ', ' || label(w.names, %(lang)s) AS name, p.item_code,
               (SELECT sum(on_hand - reserved) FROM lot_balances WHERE position_id = p.id) AS available, label(u.names, %(lang)s) AS unit
        FROM stock_positions p JOIN items i ON i.code = p.item_code JOIN units u ON u.code = i.unit_code
        JOIN warehouses w ON w.code = p.warehouse_code
        WHERE %(stock)s AND p.withdrawn_at IS NULL ORDER BY p.item_code = ANY (%(types)s) DESC, 2 LIMIT 500) kept WHERE available > 0),
    'units', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)) FROM units),
    'countries', (SELECT json_agg(json_build_array(iso3, label(names, %(lang)s)) ORDER BY NOT region, label(names, %(lang)s)) FROM countries))"""
ASKED = """
SELECT coalesce(json_agg(json_build_object('no', l.no, 'item', l.item_code, 'type', l.resource_type_code, 'alternatives', l.alternatives,
    'name', coalesce(label(i.names, %(lang)s), label(t.names, %(lang)s), label(l.description, %(lang)s)),
    'description', label(l.description, %(lang)s), 'specification', l.specification, 'quantity', l.quantity,
    'missing', greatest(l.quantity - l.quantity_committed, 0), 'unit', l.unit_code, 'unit_name', label(u.names, %(lang)s)) ORDER BY l.no), '[]')
FROM request_lines l JOIN units u ON u.code = l.unit_code LEFT JOIN items i ON i.code = l.item_code
LEFT JOIN resource_types t ON t.code = l.resource_type_code WHERE l.request_id = %(request)s AND l.cancelled_at IS NULL"""
POSITION_OF_LOT = """SELECT p.ref FROM lots JOIN stock_positions p ON p.id = lots.position_id
    WHERE lots.id = %(lot)s AND p.withdrawn_at IS NULL"""


def choices(
    db: Session, lang: str, organisation: UUID | None, with_stock: bool, codes: Sequence[str]
) -> dict[str, list[list[Any]]]:
    """What a line can be chosen from: [ref, name, code, available, unit]; what is of these codes first."""
    values = {"lang": lang, "organisation": organisation, "stock": with_stock, "types": list(codes)}
    found: dict[str, list[list[Any]]] = ask(db, CHOICES, values).scalar_one()
    return found


def asked_lines(db: Session, lang: str, request: UUID | None) -> list[dict[str, Any]]:
    """The lines of a request that stand, for the form of an offer."""
    found: list[dict[str, Any]] = ask(db, ASKED, {"lang": lang, "request": request}).scalar_one()
    return found


def position_of_lot(db: Session, lot: UUID) -> str | None:
    found: str | None = ask(db, POSITION_OF_LOT, {"lot": lot}).scalar()
    return found


LINES_IN_WORDS = """
SELECT coalesce(json_agg(json_build_object('no', l.no, 'asked', a.no, 'quantity', l.quantity, 'unit', l.unit_code,
    'unit_name', label(u.names, %(lang)s), 'name', coalesce(label(i.names, %(lang)s), label(t.names, %(lang)s), label(l.description, %(lang)s)),
    'description', label(l.description, %(lang)s), 'source', l.source, 'left', coalesce(c.quantity_available,
        (SELECT sum(on_hand - reserved) FROM lot_balances WHERE position_id = l.stock_position_id))) ORDER BY l.no), '[]')
FROM offer_lines l JOIN units u ON u.code = l.unit_code LEFT JOIN items i ON i.code = l.item_code
LEFT JOIN resource_types t ON t.code = l.resource_type_code LEFT JOIN request_lines a ON a.id = l.request_line_id
LEFT JOIN capacities c ON c.id = l.capacity_id WHERE l.offer_id = %(offer)s"""


def lines_in_words(db: Session, offer: UUID, lang: str) -> list[dict[str, Any]]:
    """The lines for whoever decides: with what is left of where each comes from."""
    found: list[dict[str, Any]] = ask(db, LINES_IN_WORDS, {"offer": offer, "lang": lang}).scalar_one()
    return found


def code_of(db: Session, organisation: UUID) -> str:
    code: str = ask(db, "SELECT code FROM organisations WHERE id = %(id)s", {"id": organisation}).scalar_one()
    return code


def name_of(db: Session, organisation: UUID | None, lang: str) -> str:
    asked = "SELECT label(names, %(lang)s) FROM organisations WHERE id = %(id)s"
    return str(ask(db, asked, {"id": organisation, "lang": lang}).scalar() or "")
