"""What is done with capacities: registered, changed, confirmed, withdrawn, restored. Each is one transaction, told to history.

Contributors write what their own organisation has, operators of the Centre what any has, both within their countries.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import codes, history
from app.answers import not_found, refuse_stale
from app.capacities import entry
from app.capacities import writing_queries as queries
from app.capacities.models import Capacity
from app.capacities.schemas import CapacityIn
from app.capacities.writing_queries import Held
from app.errors import Conflict, Forbidden, Invalid
from app.languages import gettext as _
from app.permissions import By, Permission
from app.writing import merged, understood

State = Mapping[str, Any]
Look = Callable[[Session, By, Sequence[str]], dict[str, Held]]


class Withdrawn(Conflict):
    """Nothing is done to a withdrawn record but to restore it."""


class Committed(Conflict):
    """What is promised cannot go."""


class NotWithdrawn(Conflict):
    """Only what was withdrawn can be restored."""


# -- what is done


def register_capacity(db: Session, by: By, new: CapacityIn) -> Capacity:
    """A new record. Registered by the organisation that has it, it is confirmed at once."""
    organisation_id = owner_of(db, by, new.organisation, (by.organisation_code, by.organisation_id))
    refuse_others(by, organisation_id, new.country)
    capacity = Capacity(organisation_id=organisation_id, demonstration=by.demonstration)
    entry.fill(db, capacity, new, {})
    if organisation_id == by.organisation_id:
        sign(db, by, capacity)
    db.add(capacity)
    told = entry.told({}, settle(db, by, capacity))
    record(db, by, "registered", capacity, after=told[1])
    return capacity


def change_capacity(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any], version: str) -> Capacity:
    """Lay a change (RFC 7396, as CapacityChange has it) over a record. Raises Stale unless it still has this version."""
    held = mine(db, by, id_or_ref)
    capacity = held.capacity
    refuse_withdrawn(capacity)
    refuse_stale(version, capacity.updated_at)
    if "base" in change and not held.sees_base:
        raise Forbidden(_("You may not see where this is based, so you cannot change it. Leave the base as it is."))
    before = queries.state_of(db, capacity.id)
    new = understood(CapacityIn, merged(entry.as_written(before), change))
    owner = owner_of(db, by, new.organisation, (before["organisation"], capacity.organisation_id))
    refuse_others(by, owner, new.country)
    if owner != capacity.organisation_id and not held.sees_base:
        raise Forbidden(_("You may not see where this is based, so you cannot give it to another organisation."))
    capacity.organisation_id = owner
    entry.fill(db, capacity, new, before, change, held.sees_base)
    after = settle(db, by, capacity)
    if before != after:
        told = entry.told(before, after)
        widest = history.narrower(before["visibility"], after["visibility"])
        record(db, by, "changed", capacity, before=told[0], after=told[1], visibility=widest)
    return capacity


def verify_capacity(db: Session, by: By, id_or_ref: str, version: str = "*") -> Capacity:
    """Confirm that all of a record is true today, for the organisation of whoever says so."""
    capacity = mine(db, by, id_or_ref).capacity
    refuse_withdrawn(capacity)
    refuse_stale(version, capacity.updated_at)
    confirm(db, by, capacity)
    return capacity


def verify_capacities(db: Session, by: By, ids_or_refs: Sequence[str]) -> list[Capacity]:
    """Confirm many at once, all or none. Raises Invalid that names those that are not there."""
    held = queries.lock_capacities(db, by, ids_or_refs)
    gone = [name for name in ids_or_refs if name not in held or is_gone(by, held[name].capacity)]
    if gone:
        errors = [{"field": f"refs.{ids_or_refs.index(name)}", "message": not_found(name).detail} for name in gone[:20]]
        raise Invalid(" ".join(error["message"] for error in errors), errors)
    capacities = list({one.capacity.id: one.capacity for one in held.values()}.values())
    for capacity in capacities:
        refuse_others(by, capacity.organisation_id, capacity.country_iso3)
        refuse_withdrawn(capacity)
    confirm(db, by, *capacities)
    return capacities


def withdraw_capacity(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Capacity:
    """It is no longer valid, and still known: those who may write it can restore it."""
    capacity = mine(db, by, id_or_ref).capacity
    refuse_withdrawn(capacity)
    refuse_stale(version, capacity.updated_at)
    if capacity.quantity_committed:
        raise Committed(_("Some of this is committed to a request, so it cannot be withdrawn yet."))
    capacity.withdrawn_at = datetime.now(UTC)
    record(db, by, "withdrawn", capacity, reason=reason)
    return capacity


def restore_capacity(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Capacity:
    """What was withdrawn is valid again, as it was."""
    capacity = mine(db, by, id_or_ref).capacity
    if capacity.withdrawn_at is None:
        raise NotWithdrawn(_("This record is not withdrawn, so there is nothing to restore."))
    refuse_stale(version, capacity.updated_at)
    capacity.withdrawn_at = None
    record(db, by, "restored", capacity, reason=reason)
    return capacity


# -- who may


def may_write(by: By, is_own: bool, country: str) -> bool:
    """Whether a capacity of one's own or of another organisation, based in this country, is the asker's to write."""
    if by.may(Permission.CAPACITY_WRITE_ANY, country):
        return True
    return is_own and by.may(Permission.CAPACITY_WRITE, country)


def refuse_others(by: By, organisation_id: UUID | None, country: str) -> None:
    is_own = organisation_id == by.organisation_id
    if may_write(by, is_own, country):
        return
    if is_own or by.may(Permission.CAPACITY_WRITE_ANY):
        raise Forbidden(
            _("Your rights are limited to some countries, and %(country)s is none of them.") % {"country": country}
        )
    raise Forbidden(_("This belongs to another organisation: you may write what your own has."))


def mine(db: Session, by: By, id_or_ref: str, look: Look = queries.lock_capacities) -> Held:
    """The record, locked unless `look` only looks. Raises NotFound where it is hidden, Forbidden where it is seen and not the
    asker's to write."""
    held = look(db, by, [id_or_ref]).get(id_or_ref)
    if held is None or is_gone(by, held.capacity):
        raise not_found(id_or_ref)
    refuse_others(by, held.capacity.organisation_id, held.capacity.country_iso3)
    return held


def is_gone(by: By, capacity: Capacity) -> bool:
    """A withdrawn record is there only for those who may restore it."""
    is_own = capacity.organisation_id == by.organisation_id
    return capacity.withdrawn_at is not None and not may_write(by, is_own, capacity.country_iso3)


def refuse_withdrawn(capacity: Capacity) -> None:
    if capacity.withdrawn_at is not None:
        raise Withdrawn(_("This record is withdrawn. Restore it first."))


def owner_of(db: Session, by: By, code: str | None, now: tuple[str, UUID | None]) -> UUID:
    """Whose record it is to be: `now` is the code and id of whose it is if nothing else is said."""
    now_code, now_id = now
    if now_id and code in (None, now_code):
        return now_id
    if not by.may(Permission.CAPACITY_WRITE_ANY):
        raise Forbidden(_("You may write what your own organisation has: leave “organisation” out."))
    found = queries.organisation_with_code(db, code or "")
    if found is None:
        raise Invalid.field(
            "organisation", codes.unknown("organisation", code or "", queries.possible(db, "organisations"))
        )
    return found


# -- how it is told


def sign(db: Session, by: By, capacity: Capacity) -> None:
    """Put down who says that it is true, and when."""
    capacity.verified_at = datetime.now(UTC)
    capacity.verified_by = queries.name_of_organisation(db, by.organisation_id)


def confirm(db: Session, by: By, *capacities: Capacity) -> None:
    before = [said_of(capacity) for capacity in capacities]
    name = queries.name_of_organisation(db, by.organisation_id)
    db.flush()
    queries.mark_verified(db, [capacity.id for capacity in capacities], datetime.now(UTC), name)
    for capacity in capacities:
        db.expire(capacity, ["verified_at", "verified_by", "updated_at"])
    after = said_of(capacities[0])  # of all of them the same
    for capacity, said in zip(capacities, before, strict=True):
        history.record(
            db, by, "verified", "capacities", capacity.id,
            ref=capacity.ref, before=said, after=after, visibility=capacity.visibility,
        )  # fmt: skip


def said_of(capacity: Capacity) -> dict[str, str | None]:
    at = capacity.verified_at.astimezone(UTC).isoformat() if capacity.verified_at else None
    return {"verified_at": at, "verified_by": capacity.verified_by}


def record(db: Session, by: By, action: str, capacity: Capacity, **told: Any) -> None:
    """Write the row, and beside it what was done."""
    db.flush()
    db.refresh(capacity)
    told.setdefault("visibility", capacity.visibility)
    history.record(db, by, action, "capacities", capacity.id, ref=capacity.ref, **told)


def settle(db: Session, by: By, capacity: Capacity) -> State:
    """Write the row and read it back. Raises Invalid where its writer would lose it out of sight."""
    db.flush()
    db.refresh(capacity)
    if not queries.is_seen(db, by, capacity.id):
        raise Invalid.field(
            "visibility",
            _("You would no longer see this record yourself: only its own organisation can hide it so far."),
        )
    return queries.state_of(db, capacity.id)
