"""Merging an event that was logged twice into the one that stays, and parting them again. Nothing below either of them is touched."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found
from app.errors import Conflict, Invalid
from app.events import writing_queries as queries
from app.events.actions import NOUN, demand_right, refuse_withdrawn, take
from app.events.models import Event
from app.languages import gettext as _
from app.permissions import By


class NotMerged(Conflict):
    """Only what is merged can be parted."""


def merge_events(db: Session, by: By, id_or_ref: str, into: str, reason: str, version: str) -> tuple[Event, Event]:
    """Lead a duplicate to its master. Raises NotFound, Forbidden, Stale, Merged, Withdrawn, Invalid. Answers both."""
    ids = [event.id for ref in (id_or_ref, into) if (event := queries.event_seen(db, by, ref))]
    queries.lock_in_order(db, ids)  # two who merge each other's wait for one another, never in a circle
    duplicate, _state = take(db, by, id_or_ref, version)
    refuse_withdrawn(duplicate)
    master = possible_master(db, by, duplicate, into)
    duplicate.merged_into_id, duplicate.withdrawn_at = master.id, datetime.now(UTC)
    noted(db, by, "merged", duplicate, {"merged_into": told(master)}, reason)
    queries.touch(db, [master.id])
    noted(db, by, "merged", master, {"merged": told(duplicate)}, reason)
    return refreshed(db, duplicate), refreshed(db, master)


def possible_master(db: Session, by: By, duplicate: Event, into: str) -> Event:
    """The event that stays. Raises Invalid where it cannot be one, Forbidden."""
    master = queries.event_seen(db, by, into)
    if not master:
        raise Invalid.field("into", _("There is no event %(ref)s here.") % {"ref": into[:60]})
    db.refresh(master)
    if master.id == duplicate.id:
        raise Invalid.field("into", _("An event cannot be merged into itself."))
    if master.withdrawn_at:
        raise Invalid.field(
            "into", _("%(ref)s is merged or withdrawn itself: choose one that stays.") % {"ref": master.ref}
        )
    if master.exercise != duplicate.exercise:
        raise Invalid.field("into", _("One of the two is an exercise and the other one is not: they are kept apart."))
    demand_right(by, queries.state_of(db, master.id)["countries"])
    return master


def unmerge_event(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Event:
    """Part an event from its master: it is as it was before. Raises NotFound, Forbidden, Stale, NotMerged."""
    event = queries.event_seen(db, by, id_or_ref)
    if event is None:
        raise not_found(id_or_ref)
    masters = queries.masters(db, event.id)
    queries.lock_in_order(db, [event.id, *masters])
    event, _state = take(db, by, id_or_ref, version)
    if not event.merged_into_id:
        raise NotMerged(_("This event is not merged."))
    master = db.get_one(Event, event.merged_into_id, populate_existing=True)
    demand_right(by, queries.state_of(db, master.id)["countries"])
    event.merged_into_id = event.withdrawn_at = None
    noted(db, by, "unmerged", event, {"merged_into": told(master)}, reason)
    queries.touch(db, masters)
    noted(db, by, "unmerged", master, {"merged": told(event)}, reason)
    return refreshed(db, event)


def told(other: Event) -> str | None:
    """How the history of an event names another one: who may read the one may not know of the other."""
    return other.ref if other.visibility == "public" else None


def noted(db: Session, by: By, action: str, event: Event, what: dict[str, Any], reason: str) -> None:
    db.flush()
    history.record(
        db, by, action, NOUN, event.id, ref=event.ref, after=what, reason=reason, visibility=event.visibility
    )


def refreshed(db: Session, event: Event) -> Event:
    db.refresh(event)
    return event
