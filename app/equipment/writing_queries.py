"""What is asked while profiles are written: the locked record, its state for history, and what its codes stand for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.codes import LISTS
from app.equipment.models import EquipmentLine, EquipmentProfile
from app.filters import identity
from app.people.models import Organisation
from app.permissions import By, visible, visible_values

State = dict[str, Any]

STATE = """
SELECT jsonb_build_object('names', r.names, 'note', r.note, 'country', r.country_iso3, 'visibility', r.visibility,
    'organisation', (SELECT code FROM organisations WHERE id = r.organisation_id),
    'lines', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('type', l.resource_type_code, 'item', l.item_code,
        'description', l.description, 'specification', l.specification, 'quantity', l.quantity, 'trained_crews', l.trained_crews,
        'last_training_on', l.last_training_on, 'source', l.source, 'verified_on', l.verified_on)) ORDER BY l.position), '[]')
        FROM equipment_lines l WHERE l.profile_id = r.id))
FROM equipment_profiles r WHERE r.id = %(id)s"""

CHOICES = """
SELECT json_build_object(
    'country', (SELECT json_agg(json_build_array(iso3, label(names, %(lang)s)) ORDER BY position, label(names, %(lang)s))
                FROM countries WHERE region OR iso3 = ANY (%(chosen)s)),
    'organisation', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)) FROM organisations),
    'item', (SELECT coalesce(json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY label(names, %(lang)s)), '[]') FROM items),
    'type', (SELECT coalesce(json_agg(json_build_array(name, types) ORDER BY position, name), '[]') FROM (
        SELECT label(family.names, %(lang)s) AS name, family.position,
               json_agg(json_build_array(type.code, label(type.names, %(lang)s)) ORDER BY type.position, type.code) AS types
        FROM resource_families family JOIN resource_types type ON type.family_code = family.code GROUP BY family.code) family))"""


def profile_seen(db: Session, by: By, id_or_ref: str, lock: str = "") -> EquipmentProfile | None:
    """The profile if the asker may see it, withdrawn or not."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    statement = f"SELECT r.id FROM equipment_profiles r WHERE {named} AND {visible(by)} {lock}"
    id = db.connection().exec_driver_sql(statement, values | visible_values(by)).scalar()
    return db.get_one(EquipmentProfile, id, populate_existing=True) if id else None


def lock_profile(db: Session, by: By, id_or_ref: str) -> EquipmentProfile | None:
    """The same, locked until the transaction ends."""
    return profile_seen(db, by, id_or_ref, "FOR NO KEY UPDATE")


def is_seen(db: Session, by: By, id: UUID) -> bool:
    statement = f"SELECT FROM equipment_profiles r WHERE r.id = %(id)s AND {visible(by)}"
    return db.connection().exec_driver_sql(statement, {"id": id, **visible_values(by)}).first() is not None


def state_of(db: Session, id: UUID) -> State:
    """What a profile says, in the shape of `ProfileIn`: for history, for a change laid over it, for the forms."""
    state: State = db.connection().exec_driver_sql(STATE, {"id": id}).scalar_one()
    return state


def replace_lines(db: Session, id: UUID, lines: Sequence[EquipmentLine]) -> None:
    db.execute(delete(EquipmentLine).where(EquipmentLine.profile_id == id))
    db.add_all(lines)
    db.flush()


def organisation_with_code(db: Session, code: str) -> UUID | None:
    return db.scalar(select(Organisation.id).where(Organisation.code == code))


def possible(db: Session, name: str) -> frozenset[str]:
    """The codes of a list of app/codes.py."""
    return frozenset(code for (code,) in db.execute(text(LISTS[name][0])) if code)


def home_of(db: Session, by: By) -> str:
    """The country of one's own organisation."""
    return db.scalar(select(Organisation.country_iso3).where(Organisation.id == by.organisation_id)) or ""


def choices(db: Session, lang: str, *chosen: str) -> dict[str, Any]:
    """What can be chosen in the forms, with the countries that stand there already."""
    values = {"lang": lang, "chosen": list(chosen)}
    found: dict[str, Any] = db.connection().exec_driver_sql(CHOICES, values).scalar_one()
    return found
