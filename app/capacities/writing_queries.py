"""What is asked while capacities are written: the locked record, its state for history, and what its codes stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.capacities.models import Capacity
from app.codes import LISTS
from app.filters import identity
from app.people.models import Organisation
from app.permissions import By, visible, visible_values
from app.reference.models import ResourceType

FAR_DEGREES = 0.5  # about 50 km: outlines are simplified, swapped coordinates are thousands of kilometres off


@dataclass(frozen=True)
class Held:
    """A capacity locked until the transaction ends, and whether the asker may see where exactly it is based."""

    capacity: Capacity
    sees_base: bool


class AreaNamed(NamedTuple):
    id: UUID
    code: str
    country: str


def lock_capacities(db: Session, by: By, ids_or_refs: Sequence[str]) -> dict[str, Held]:
    """Those that the asker may see, withdrawn ones too, by what they were called; always locked in the same order."""
    asked = {name: identity(name) for name in ids_or_refs}
    ids, refs = ([one[key] for one in asked.values() if one[key]] for key in ("id", "ref"))
    statement = f"""
        SELECT r.id, r.ref, {visible(by, "r.base_visibility")} AS sees_base FROM capacities r
        WHERE (r.id = ANY (%(ids)s) OR r.ref = ANY (%(refs)s)) AND {visible(by)}
        ORDER BY r.id FOR UPDATE"""
    values = {"ids": ids, "refs": refs, **visible_values(by)}
    rows = db.connection().exec_driver_sql(statement, values).all()
    found = select(Capacity).where(Capacity.id.in_([row.id for row in rows]))
    capacities = {one.id: one for one in db.scalars(found.execution_options(populate_existing=True))}
    held = {row.id: Held(capacities[row.id], row.sees_base) for row in rows}
    by_name = {row.ref: held[row.id] for row in rows} | held
    return {name: by_name[key] for name, one in asked.items() if (key := one["id"] or one["ref"]) in by_name}


def is_seen(db: Session, by: By, id: UUID) -> bool:
    """Whether the asker can still read what they have written."""
    statement = f"SELECT FROM capacities r WHERE r.id = %(id)s AND {visible(by)}"
    return db.connection().exec_driver_sql(statement, {"id": id, **visible_values(by)}).first() is not None


STATE = text("""
    SELECT to_jsonb(r) - '{id, ref, search, created_at, updated_at, kind, organisation_id, type_code, base_area_id, demonstration}'::text[]
           || jsonb_build_object('type', r.type_code, 'organisation', organisation.code, 'area', area.code)
    FROM capacities r JOIN organisations organisation ON organisation.id = r.organisation_id
         LEFT JOIN areas area ON area.id = r.base_area_id
    WHERE r.id = :id""")


def state_of(db: Session, id: UUID) -> dict[str, Any]:
    """All fields of a record as JSON, codes instead of ids, geometry as GeoJSON."""
    state: dict[str, Any] = db.execute(STATE, {"id": id}).scalar_one()
    return state


def possible(db: Session, name: str) -> frozenset[str]:
    """The codes of a list of app/codes.py."""
    return frozenset(code for (code,) in db.execute(text(LISTS[name][0])) if code)


def organisation_with_code(db: Session, code: str) -> UUID | None:
    return db.scalar(select(Organisation.id).where(Organisation.code == code))


def name_of_organisation(db: Session, id: UUID | None) -> str:
    names: dict[str, str] = db.scalars(select(Organisation.names).where(Organisation.id == id)).one()
    return names.get("en") or next(iter(names.values()))


def type_with_code(db: Session, code: str) -> ResourceType | None:
    return db.get(ResourceType, code)


AREA = text("""
    SELECT id, code, country_iso3 FROM areas
    WHERE code = :code OR pcode = :code OR iso = :code
    ORDER BY valid_to IS NULL OR valid_to > current_date DESC, country_iso3 = :country DESC, code = :code DESC, level
    LIMIT 1""")


def area_with_code(db: Session, code: str, country: str) -> AreaNamed | None:
    """The area of today that a code, p-code or ISO 3166-2 code names, in this country if there is one."""
    row = db.execute(AREA, {"code": code, "country": country}).first()
    return AreaNamed(*row) if row else None


AWAY = text("""
    SELECT NOT ST_DWithin(area.geometry, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :degrees)
    FROM areas area WHERE area.country_iso3 = :country AND area.level = 0 AND (valid_to IS NULL OR valid_to > current_date)""")


def is_far_from(db: Session, country: str, lon: float, lat: float) -> bool:
    """Whether a point lies well outside a country. Of countries without an outline nobody knows."""
    found = db.execute(AWAY, {"country": country, "lon": lon, "lat": lat, "degrees": FAR_DEGREES}).scalars().all()
    return bool(found) and all(found)
