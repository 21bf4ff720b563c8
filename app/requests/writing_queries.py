"""What writing asks of requests: the row locked, its state as JSON, its lines, and the codes that it may name."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.events.writing_queries import MOMENT, ask
from app.filters import identity
from app.permissions import By, visible_values
from app.requests.models import Request, RequestLine
from app.requests.queries import visible_requests

State = dict[str, Any]

LINE = f"""jsonb_build_object('no', l.no, 'kind', l.kind, 'code', coalesce(l.item_code, l.resource_type_code), 'description', l.description,
    'specification', l.specification, 'alternatives', l.alternatives, 'quantity', l.quantity, 'unit', l.unit_code, 'priority', l.priority,
    'needed_by', {MOMENT.format("l.needed_by")}, 'unit_price', l.unit_price, 'currency', l.currency)"""
STATE = f"""
SELECT jsonb_build_object(
    'titles', titles, 'descriptions', descriptions, 'country', country_iso3,
    'organisation', (SELECT code FROM organisations WHERE id = organisation_id),
    'event', (SELECT e.ref FROM events e WHERE e.id = r.event_id), 'priority', priority,
    'needed_by', {MOMENT.format("r.needed_by")},
    'deliver_to', jsonb_build_object('place', deliver_place, 'area', (SELECT code FROM areas WHERE id = deliver_area_id),
        'geometry', ST_AsGeoJSON(deliver_location, 9)::jsonb, 'entry_point', (SELECT code FROM entry_points WHERE id = deliver_entry_point_id), 'contact', contact),
    'lines', (SELECT coalesce(jsonb_agg({LINE} ORDER BY l.no), '[]') FROM request_lines l WHERE l.request_id = r.id AND l.cancelled_at IS NULL),
    'exercise', is_exercise, 'audience', audience)
FROM requests r WHERE id = %(id)s"""


def request_seen(db: Session, by: By, id_or_ref: str, lock: str = "") -> Request | None:
    """The request, if `by` may see it and it is not discarded."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    asked = f"SELECT r.id FROM requests r WHERE {named} AND r.withdrawn_at IS NULL AND {visible_requests(by)} {lock}"
    id = ask(db, asked, values | visible_values(by)).scalar()
    return db.get_one(Request, id, populate_existing=True) if id else None


def lock_request(db: Session, by: By, id_or_ref: str) -> Request | None:
    """The same, locked until the transaction ends. Foreign keys of others need not wait for it."""
    return request_seen(db, by, id_or_ref, "FOR NO KEY UPDATE")


def state_of(db: Session, id: UUID) -> State:
    """What a request says, in the shape of `RequestIn`: for history, for a change laid over it, for the form."""
    state: State = ask(db, STATE, {"id": id}).scalar_one()
    return state


def lines_of(db: Session, id: UUID) -> dict[int, RequestLine]:
    """All its lines by their numbers, as they are now."""
    found = select(RequestLine).where(RequestLine.request_id == id).order_by(RequestLine.no)
    return {line.no: line for line in db.scalars(found.execution_options(populate_existing=True))}


# -- the codes that a request may name


def is_country(db: Session, code: str) -> bool:
    return bool(ask(db, "SELECT FROM countries WHERE iso3 = %(code)s", {"code": code}).rowcount)


def units_of_items(db: Session, codes: Sequence[str]) -> dict[str, str]:
    """{code of an item: the unit that it is counted in}."""
    rows = ask(db, "SELECT code, unit_code FROM items WHERE code = ANY (%(codes)s)", {"codes": list(codes)})
    return {row[0]: row[1] for row in rows}


def units_of_types(db: Session, codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """{code of a resource type: the unit that it is counted in, and its kind}."""
    rows = ask(
        db, "SELECT code, unit_code, kind FROM resource_types WHERE code = ANY (%(codes)s)", {"codes": list(codes)}
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def entry_point_with(db: Session, code: str) -> UUID | None:
    found: UUID | None = ask(
        db, "SELECT id FROM entry_points WHERE code = %(code)s AND withdrawn_at IS NULL", {"code": code}
    ).scalar()
    return found


def organisation_with(db: Session, code: str) -> UUID | None:
    found: UUID | None = ask(db, "SELECT id FROM organisations WHERE code = %(code)s", {"code": code}).scalar()
    return found


def units(db: Session) -> set[str]:
    return set(ask(db, "SELECT code FROM units", {}).scalars())


def promised(db: Session, id: UUID) -> bool:
    """Whether anything of a request is committed, has left or has come."""
    return bool(ask(db, "SELECT is_promised(%(id)s)", {"id": id}).scalar())


# -- what a form offers

CHOICES = """
SELECT json_build_object(
    'countries', (SELECT json_agg(json_build_array(iso3, label(names, %(lang)s)) ORDER BY NOT region, CASE WHEN region THEN position END, label(names, %(lang)s))
                  FROM countries),
    'areas', (SELECT coalesce(json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)), '[]')
              FROM areas WHERE level = 1 AND valid_to IS NULL AND country_iso3 = %(country)s OR code = %(area)s),
    'items', (SELECT coalesce(json_agg(json_build_array(code, label(names, %(lang)s), unit_code) ORDER BY label(names, %(lang)s)), '[]') FROM items),
    'types', (SELECT json_agg(json_build_array(code, label(names, %(lang)s), kind) ORDER BY label(names, %(lang)s)) FROM resource_types WHERE kind <> 'stock'),
    'entry_points', (SELECT coalesce(json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)), '[]')
                     FROM entry_points WHERE withdrawn_at IS NULL AND %(country)s IN (country_iso3, across_iso3)),
    'units', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)) FROM units))"""


def choices(db: Session, lang: str, country: str, area: str) -> dict[str, list[list[str]]]:
    """[code, name, …] of what the fields of the form offer."""
    values = {"lang": lang, "country": country, "area": area}
    found: dict[str, list[list[str]]] = ask(db, CHOICES, values).scalar_one()
    return found


def home_of(db: Session, by: By) -> str:
    """The country of one's own organisation, or nothing."""
    asked = "SELECT country_iso3 FROM organisations WHERE id = %(id)s"
    return str(ask(db, asked, {"id": by.organisation_id}).scalar() or "")
