"""What is done with equipment profiles: written, changed, withdrawn, restored. Each is one transaction, told to history.

Who asks for help writes what their own rescuers use; operators of the Centre write any authority's.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import codes, history
from app.answers import not_found, refuse_stale
from app.equipment import writing_queries as queries
from app.equipment.models import EquipmentLine, EquipmentProfile
from app.equipment.schemas import LineIn, ProfileIn
from app.errors import Conflict, Forbidden, Invalid
from app.languages import gettext as _
from app.permissions import By, Permission
from app.writing import merged, understood

NOUN = "equipment_profiles"


class Withdrawn(Conflict):
    """Nothing is done to a withdrawn profile but to restore it."""


class NotWithdrawn(Conflict):
    """Only what was withdrawn can be restored."""


# -- what is done


def write_profile(db: Session, by: By, new: ProfileIn) -> EquipmentProfile:
    """A new profile. Raises Forbidden, Invalid."""
    profile = EquipmentProfile(organisation_id=owner_of(db, by, new.organisation), demonstration=by.demonstration)
    refuse_others(by, profile.organisation_id, new.country)
    fill(db, profile, new)
    return settle(db, by, profile, {}, "registered")


def change_profile(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any], version: str) -> EquipmentProfile:
    """Lay a change (a merge patch) over a profile. Raises NotFound, Forbidden, Stale, Withdrawn, Invalid."""
    profile = mine(db, by, id_or_ref)
    refuse_withdrawn(profile)
    refuse_stale(version, profile.updated_at)
    before = queries.state_of(db, profile.id)
    new = understood(ProfileIn, merged(before, change))
    profile.organisation_id = owner_of(db, by, new.organisation)
    refuse_others(by, profile.organisation_id, new.country)
    fill(db, profile, new)
    return settle(db, by, profile, before, "changed")


def withdraw_profile(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> EquipmentProfile:
    """It no longer says what is used, and is still known. Raises NotFound, Forbidden, Stale, Withdrawn."""
    profile = mine(db, by, id_or_ref)
    refuse_withdrawn(profile)
    refuse_stale(version, profile.updated_at)
    profile.withdrawn_at = datetime.now(UTC)
    return record(db, by, "withdrawn", profile, reason=reason)


def restore_profile(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> EquipmentProfile:
    """What was withdrawn holds again. Raises NotFound, Forbidden, Stale, NotWithdrawn."""
    profile = mine(db, by, id_or_ref)
    if profile.withdrawn_at is None:
        raise NotWithdrawn(_("This record is not withdrawn, so there is nothing to restore."))
    refuse_stale(version, profile.updated_at)
    profile.withdrawn_at = None
    return record(db, by, "restored", profile, reason=reason)


# -- who may


def may_write(by: By, is_own: bool, country: str) -> bool:
    """Whether the profile of one's own or of another authority of this country is the asker's to write."""
    if by.may(Permission.REQUEST_WRITE, country) and by.may(Permission.CAPACITY_WRITE_ANY, country):
        return True
    return is_own and by.may(Permission.REQUEST_WRITE, country)


def refuse_others(by: By, organisation_id: UUID, country: str) -> None:
    is_own = organisation_id == by.organisation_id
    if may_write(by, is_own, country):
        return
    if is_own or by.may(Permission.CAPACITY_WRITE_ANY):
        words = {"country": country}
        raise Forbidden(_("Your rights are limited to some countries, and %(country)s is none of them.") % words)
    raise Forbidden(_("This belongs to another organisation: you may write what your own has."))


def mine(db: Session, by: By, id_or_ref: str, lock: bool = True) -> EquipmentProfile:
    """The profile, locked unless it is only looked at. Raises NotFound where it is hidden, Forbidden where it is another's."""
    profile = (queries.lock_profile if lock else queries.profile_seen)(db, by, id_or_ref)
    if profile is None:
        raise not_found(id_or_ref)
    refuse_others(by, profile.organisation_id, profile.country_iso3)
    return profile


def refuse_withdrawn(profile: EquipmentProfile) -> None:
    if profile.withdrawn_at is not None:
        raise Withdrawn(_("This record is withdrawn. Restore it first."))


def owner_of(db: Session, by: By, code: str | None) -> UUID:
    """Whose profile it is to be: one's own organisation's where nothing is said."""
    found = queries.organisation_with_code(db, code or by.organisation_code)
    if found is None:
        possible = queries.possible(db, "organisations")
        raise Invalid.field("organisation", codes.unknown("organisation", code or "", possible))
    return found


# -- what is written


def fill(db: Session, profile: EquipmentProfile, new: ProfileIn) -> None:
    """Put what was said into the row and its lines. Raises Invalid that names every field that cannot be."""
    if wrong := [*wrong_codes(db, new), *nameless(new.lines)]:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    profile.names, profile.note = new.names, new.note or None
    profile.country_iso3, profile.visibility = new.country, new.visibility
    db.add(profile)
    db.flush()
    queries.replace_lines(db, profile.id, [row_of(profile.id, at, line) for at, line in enumerate(new.lines, 1)])


def row_of(profile_id: UUID, position: int, line: LineIn) -> EquipmentLine:
    return EquipmentLine(
        profile_id=profile_id, position=position, resource_type_code=line.type, item_code=line.item,
        description=line.description or None, specification=line.specification.kept, quantity=line.quantity,
        trained_crews=line.trained_crews, last_training_on=line.last_training_on, source=line.source or None,
        verified_on=line.verified_on,
    )  # fmt: skip


def wrong_codes(db: Session, new: ProfileIn) -> Iterator[dict[str, str]]:
    said = [("country", new.country, "countries")]
    for at, line in enumerate(new.lines):
        said += [(f"lines.{at}.type", line.type or "", "types"), (f"lines.{at}.item", line.item or "", "items")]
    lists = {name: queries.possible(db, name) for name in {name for _field, code, name in said if code}}
    for field, code, name in said:
        if code and code not in lists[name]:
            yield {"field": field, "message": codes.unknown(field.rpartition(".")[2], code, lists[name])}


def nameless(lines: Sequence[LineIn]) -> Iterator[dict[str, str]]:
    for at, line in enumerate(lines):
        if not (line.type or line.item or line.description):
            message = _("Say what it is: choose a type or an item, or describe it.")
            yield {"field": f"lines.{at}.type", "message": message}


# -- how it is told


def settle(db: Session, by: By, profile: EquipmentProfile, before: Mapping[str, Any], action: str) -> EquipmentProfile:
    """Read the row back and tell what has changed, if anything. Raises Invalid where its writer would lose it out of sight."""
    db.refresh(profile)
    if not queries.is_seen(db, by, profile.id):
        words = _("You would no longer see this record yourself: only its own organisation can hide it so far.")
        raise Invalid.field("visibility", words)
    was, now = history.changes(before, queries.state_of(db, profile.id))
    if not now:
        return profile
    widest = history.narrower(before.get("visibility", profile.visibility), profile.visibility)
    return record(db, by, action, profile, before=was if before else None, after=now, visibility=widest)


def record(db: Session, by: By, action: str, profile: EquipmentProfile, **told: Any) -> EquipmentProfile:
    db.flush()
    db.refresh(profile)
    told.setdefault("visibility", profile.visibility)
    history.record(db, by, action, NOUN, profile.id, ref=profile.ref, **told)
    return profile
