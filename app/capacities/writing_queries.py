"""What is asked while capacities are written: the locked record, its state for history, and what its codes stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.capacities.models import Capacity
from app.capacities.queries import base_is_told
from app.codes import LISTS
from app.filters import identity
from app.people.models import Organisation
from app.permissions import By, Permission, visible, visible_values
from app.reference.models import ResourceType
from app.sql import Sql


@dataclass(frozen=True)
class Held:
    """A capacity, and whether the asker may see where exactly it is based."""

    capacity: Capacity
    sees_base: bool


class AreaNamed(NamedTuple):
    id: UUID
    code: str
    country: str


def capacities_seen(db: Session, by: By, ids_or_refs: Sequence[str], lock: str = "") -> dict[str, Held]:
    """Those that the asker may see, withdrawn ones too, by what they were called."""
    asked = {name: identity(name) for name in ids_or_refs}
    ids, refs = ([one[key] for one in asked.values() if one[key]] for key in ("id", "ref"))
    statement = f"""
        SELECT r.id, r.ref, {base_is_told(by, "r.")} AS sees_base FROM capacities r
        WHERE (r.id = ANY (%(ids)s) OR r.ref = ANY (%(refs)s)) AND {visible(by)}
        ORDER BY r.id {lock}"""
    values = {"ids": ids, "refs": refs, **visible_values(by)}
    rows = db.connection().exec_driver_sql(statement, values).all()
    found = select(Capacity).where(Capacity.id.in_([row.id for row in rows]))
    capacities = {one.id: one for one in db.scalars(found.execution_options(populate_existing=True))}
    held = {row.id: Held(capacities[row.id], row.sees_base) for row in rows}
    by_name = {row.ref: held[row.id] for row in rows} | held
    return {name: by_name[key] for name, one in asked.items() if (key := one["id"] or one["ref"]) in by_name}


def lock_capacities(db: Session, by: By, ids_or_refs: Sequence[str]) -> dict[str, Held]:
    """The same, locked until the transaction ends, always in the same order."""
    return capacities_seen(db, by, ids_or_refs, "FOR NO KEY UPDATE")


def is_seen(db: Session, by: By, id: UUID) -> bool:
    """Whether the asker can still read what they have written."""
    statement = f"SELECT FROM capacities r WHERE r.id = %(id)s AND {visible(by)}"
    return db.connection().exec_driver_sql(statement, {"id": id, **visible_values(by)}).first() is not None


def mark_verified(db: Session, ids: Sequence[UUID], at: datetime, by: str) -> None:
    """All in one statement: one by one, a thousand take ten seconds."""
    db.execute(
        update(Capacity).where(Capacity.id.in_(ids)).values(verified_at=at, verified_by=by),
        execution_options={"synchronize_session": False},
    )


STATE = text("""
    SELECT to_jsonb(r) - '{id, ref, search, created_at, updated_at, kind, organisation_id, type_code, base_area_id, demonstration, quantity_committed}'::text[]
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


# -- what a form offers: [code, name] pairs, or [title, pairs] of groups

CHOICES = """
WITH countries_offered AS (
    SELECT iso3, label(names, %(lang)s) AS name, position FROM countries
    WHERE (region AND (%(countries)s::text[] IS NULL OR iso3 = ANY (%(countries)s))) OR iso3 = ANY (%(chosen)s)
)
SELECT json_build_object(
    'country', (SELECT coalesce(json_agg(json_build_array(iso3, name) ORDER BY position, name), '[]') FROM countries_offered),
    'organisation', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s))
                     FROM organisations),
    'unit', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)) FROM units),
    'type', (SELECT json_agg(json_build_array(name, types) ORDER BY position, name) FROM (
        SELECT label(family.names, %(lang)s) AS name, family.position,
               json_agg(json_build_array(type.code, label(type.names, %(lang)s)) ORDER BY type.position, type.code) AS types
        FROM resource_families family JOIN resource_types type ON type.family_code = family.code GROUP BY family.code) family),
    'area', (SELECT coalesce(json_agg(json_build_array(name, areas) ORDER BY position, name), '[]') FROM (
        SELECT country.name, country.position,
               json_agg(json_build_array(area.code, label(area.names, %(lang)s)) ORDER BY label(area.names, %(lang)s)) AS areas
        FROM countries_offered country JOIN areas area ON area.country_iso3 = country.iso3
        WHERE (area.level = 1 AND (valid_to IS NULL OR valid_to > current_date)) OR area.code = ANY (%(chosen)s)
        GROUP BY country.name, country.position) country))"""


def choices(db: Session, by: By, lang: str, chosen: Sequence[str]) -> dict[str, Any]:
    """What can be chosen for each field; `chosen` are the codes that stand there already, whatever else is offered."""
    limits = [by.rights[one] for one in (Permission.CAPACITY_WRITE, Permission.CAPACITY_WRITE_ANY) if one in by.rights]
    countries = None if None in limits else sorted({code for limit in limits for code in limit or ()})
    values = {"lang": lang, "countries": countries, "chosen": list(chosen)}
    found: dict[str, Any] = db.connection().exec_driver_sql(CHOICES, values).scalar_one()
    return found


def home_of(db: Session, by: By) -> str:
    """Where the asker's organisation is at home; empty where it is nowhere, or where they may not write there."""
    country = db.scalar(select(Organisation.country_iso3).where(Organisation.id == by.organisation_id))
    return country if country and by.may(Permission.CAPACITY_WRITE, country) else ""


WITHDRAWN = """
SELECT coalesce(json_agg(json_build_object('ref', r.ref, 'name', label(r.names, %(lang)s), 'withdrawn_at', r.withdrawn_at)
                         ORDER BY r.withdrawn_at DESC), '[]')
FROM (SELECT * FROM capacities WHERE organisation_id = %(organisation)s AND withdrawn_at IS NOT NULL
      ORDER BY withdrawn_at DESC LIMIT 100) r"""


def withdrawn_of(by: By, lang: str) -> Sql:
    """What the asker's organisation has withdrawn, the latest first, at most 100."""
    return Sql(WITHDRAWN, {"organisation": by.organisation_id, "lang": lang})
