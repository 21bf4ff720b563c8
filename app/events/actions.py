"""What is done to events: logged, changed, withdrawn, restored. Each with its line of history, in the same transaction.

Whoever writes needs the right in every country that the event touches, before the change and after it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found, refuse_stale
from app.errors import Conflict, Forbidden, Invalid
from app.events import writing_queries as queries
from app.events.models import Event
from app.events.schemas import EventIn
from app.history import narrower
from app.languages import gettext as _
from app.permissions import By, Permission
from app.writing import merged, understood

NOUN = "events"
COLUMNS = {
    "titles", "summary", "status", "alert_level", "started_at", "started_precision", "ended_at", "place",
    "geometry_precision", "exercise", "visibility",
}  # fmt: skip
REASONS = {"alert_level": "alert_reason", "exercise": "exercise_reason"}  # what changes only with a reason


class Withdrawn(Conflict):
    """Only what is not withdrawn can be changed or withdrawn."""


class NotWithdrawn(Conflict):
    """Only what is withdrawn can be restored."""


class Merged(Conflict):
    """What is merged is changed where it was merged into."""


def log_event(db: Session, by: By, new: EventIn, reason: str = "") -> Event:
    """Log an event for the writer's organisation. Raises Forbidden, Invalid."""
    demand_right(by, new.countries)
    check(db, new)
    event = Event(organisation_id=by.organisation_id, demonstration=by.demonstration)
    db.add(event)
    after = write(db, by, event, {}, new)
    why = reason or reasons_of(new)
    history.record(
        db, by, "logged", NOUN, event.id, ref=event.ref, after=after, reason=why, visibility=event.visibility
    )
    return event


def change_event(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any], version: str) -> Event:
    """Lay a change (a merge patch) over an event. Raises NotFound, Forbidden, Stale, Withdrawn, Invalid."""
    event, before = take(db, by, id_or_ref, version)
    refuse_withdrawn(event)
    new = understood(EventIn, merged(before, change))
    demand_right(by, new.countries)
    demand_reasons(before, new)
    refuse_mixture(db, event, new)
    check(db, new)
    after = write(db, by, event, before, new)
    if before != after:
        was, now = history.changes(before, after)
        seen = narrower(before["visibility"], after["visibility"])
        why = reasons_of(new)
        history.record(
            db, by, "changed", NOUN, event.id, ref=event.ref, before=was, after=now, reason=why, visibility=seen
        )
    return event


def demand_reasons(before: Mapping[str, Any], new: EventIn) -> None:
    """What neighbours act upon is not changed without saying why; and no reason is given for nothing."""
    needed = {
        "alert_reason": _("Say why the alert level changes."),
        "exercise_reason": _("Say why it is an exercise, or is none."),
    }
    idle = {"alert_reason": _("The alert level stays as it is: change it, or leave the reason out."),
            "exercise_reason": _("It stays as it is: switch it, or leave the reason out.")}  # fmt: skip
    for name, why in REASONS.items():
        changes = before[name] != getattr(new, name)
        if changes != bool(getattr(new, why)):
            raise Invalid.field(why, (needed if changes else idle)[why])


def reasons_of(new: EventIn) -> str:
    return "\n".join(filter(None, dict.fromkeys((new.alert_reason, new.exercise_reason))))


def refuse_mixture(db: Session, event: Event, new: EventIn) -> None:
    """Raises Conflict where an exercise would be part of something that happened, or the other way round."""
    if new.exercise != event.exercise and queries.is_bound(db, event.id):
        raise Conflict(
            _(
                "It is merged with other events or belongs to them, and exercises and real events are kept apart. Part them first."
            )
        )


def withdraw_event(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Event:
    """Mark an event as no longer valid; it stays known, and can be restored. Raises NotFound, Forbidden, Stale, Withdrawn."""
    event, _state = take(db, by, id_or_ref, version)
    if event.withdrawn_at:
        raise Withdrawn(_("This event is withdrawn already."))
    event.withdrawn_at = datetime.now(UTC)
    return noted(db, by, event, "withdrawn", reason)


def restore_event(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Event:
    """Make a withdrawn event valid again. Raises NotFound, Forbidden, Stale, NotWithdrawn."""
    event, _state = take(db, by, id_or_ref, version)
    if event.merged_into_id:
        raise Merged(_("This event is merged into another one: undo the merging, and it is here again."))
    if not event.withdrawn_at:
        raise NotWithdrawn(_("This event is not withdrawn."))
    event.withdrawn_at = None
    return noted(db, by, event, "restored", reason)


def refuse_withdrawn(event: Event) -> None:
    """Raises Merged, Withdrawn."""
    if event.merged_into_id:
        raise Merged(_("This event is merged into another one: change that one, or undo the merging."))
    if event.withdrawn_at:
        raise Withdrawn(_("This event is withdrawn. Restore it before you change it."))


def noted(db: Session, by: By, event: Event, action: str, reason: str) -> Event:
    db.flush()
    history.record(db, by, action, NOUN, event.id, ref=event.ref, reason=reason, visibility=event.visibility)
    db.refresh(event)
    return event


def take(db: Session, by: By, id_or_ref: str, version: str) -> tuple[Event, queries.State]:
    """The event, locked, and what it says, for somebody who may change it and has read what it says now."""
    event = queries.lock_event(db, by, id_or_ref)
    state = event and queries.state_of(db, event.id)
    if not event or not state or (event.withdrawn_at and not may_write(by, state["countries"])):
        raise not_found(id_or_ref)
    demand_right(by, state["countries"])
    refuse_stale(version, event.updated_at)
    return event, state


def may_write(by: By, countries: Sequence[str]) -> bool:
    """Whether `by` may write an event that touches all these countries."""
    limit = by.rights.get(Permission.EVENT_WRITE, frozenset())
    return limit is None or (bool(countries) and limit.issuperset(countries))


def demand_right(by: By, countries: Sequence[str]) -> None:
    if not may_write(by, countries):
        own = by.rights.get(Permission.EVENT_WRITE) or frozenset()
        words = {"countries": ", ".join(sorted(own)) or "—"}
        raise Forbidden(
            _("You may log and change only events that touch no other countries than these: %(countries)s.") % words
        )


def check(db: Session, new: EventIn) -> None:
    """What only the database knows. Raises Invalid, naming every field that is wrong."""
    wrong = [*unknown_codes(db, new), *impossible_shape(db, new)]
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)


def unknown_codes(db: Session, new: EventIn) -> list[dict[str, str]]:
    wrong = []
    if not queries.is_hazard(db, new.hazard):
        wrong.append(
            told("hazard", _("There is no hazard “%(code)s”; the codes are at /api/v1/reference/hazards."), new.hazard)
        )
    known = queries.known_countries(db, new.countries)
    strange = [code for code in new.countries if code not in known]
    wrong += [
        told("countries", _("There is no country “%(code)s”: write ISO 3166-1 alpha-3, such as KAZ."), code)
        for code in strange
    ]
    areas = queries.areas_named(db, new.areas, new.started_at.date().isoformat())
    for code in new.areas:
        if code not in areas:
            wrong.append(told("areas", _("There is no area “%(code)s”; the codes are at /api/v1/areas."), code))
        elif areas[code][1] not in new.countries:
            wrong.append(told("areas", _("The area “%(code)s” lies in none of the event’s countries."), code))
    return wrong


def told(field: str, message: str, code: str) -> dict[str, str]:
    return {"field": field, "message": message % {"code": code}}


def impossible_shape(db: Session, new: EventIn) -> list[dict[str, str]]:
    flaw = queries.flaw_of(db, new.geometry.model_dump()) if new.geometry else None
    message = _("This shape cannot be: %(flaw)s.") % {"flaw": flaw}
    return [{"field": "geometry", "message": message}] if flaw else []


def write(db: Session, by: By, event: Event, before: Mapping[str, Any], new: EventIn) -> queries.State:
    """Put into the rows what differs from before. Answers the state after."""
    said = new.model_dump(mode="json", exclude=set(REASONS.values()))
    differs = {name for name in said if name not in before or said[name] != before[name]}
    if "hazard" in differs:
        event.hazard_code = new.hazard
    for name in COLUMNS & differs:
        setattr(event, name, getattr(new, name) if name not in ("summary", "place") else getattr(new, name) or None)
    if "geometry" in differs:
        event.geometry = queries.as_geometry(said["geometry"])
    if event.visibility == "own" and event.organisation_id is None:
        raise Invalid.field(
            "visibility", _("This event belongs to no organisation, so it cannot be kept to one’s own.")
        )
    db.flush()
    write_parts(db, event.id, new, differs)
    if before.get("alert_level") != new.alert_level:
        # one that it is logged with is known as long as the event is: see keep_event_version()
        since = datetime.now(UTC) if before else min(event.started_at, event.created_at)
        queries.add_alert_level(db, event, new.alert_reason or "", by, since)
    db.refresh(event)
    if not queries.event_seen(db, by, event.ref):
        raise Invalid.field(
            "visibility", _("Then you could not see it yourself. Choose who may see it so that you can.")
        )
    return queries.state_of(db, event.id)


def write_parts(db: Session, id: UUID, new: EventIn, differs: set[str]) -> None:
    if "countries" in differs:
        queries.set_countries(db, id, new.countries)
    if "areas" in differs:
        areas = queries.areas_named(db, new.areas, new.started_at.date().isoformat())
        queries.set_areas(db, id, [area for area, _country in areas.values()])
    if "glide" in differs:
        queries.set_glides(db, id, new.glide)
