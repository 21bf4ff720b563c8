"""What one event is to another: part of it, triggered by it, its aftershock, or related in another way; and no longer."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app import history
from app.errors import Conflict, Invalid
from app.events import writing_queries as queries
from app.events.actions import NOUN, refuse_withdrawn, take
from app.events.beside_schemas import RelationEnd, RelationIn
from app.events.models import Event, EventRelation
from app.languages import gettext as _
from app.permissions import By


class Related(Conflict):
    """Between two events there is one relation at a time, and an event is part of one other only."""


def relate_events(db: Session, by: By, id_or_ref: str, new: RelationIn, version: str) -> Event:
    """Say what an event is to another. Raises NotFound, Forbidden, Stale, Withdrawn, Related, Invalid. Answers the event."""
    event, _state = take(db, by, id_or_ref, version)
    refuse_withdrawn(event)
    other = possible_other(db, by, event, new.event)
    check_relation(db, event, new.kind, other)
    db.add(EventRelation(event_id=event.id, kind=new.kind, other_id=other.id))
    return noted(db, by, "related", event, new.kind, other)


def end_relation(db: Session, by: By, id_or_ref: str, end: RelationEnd, version: str) -> Event:
    """End the relation between two events, whoever of them it was said of. Raises NotFound, Forbidden, Stale, Withdrawn, Invalid."""
    event, _state = take(db, by, id_or_ref, version)
    refuse_withdrawn(event)
    other = possible_other(db, by, event, end.event)
    relation = queries.relation_of(db, event.id, other.id)
    if relation is None:
        raise Invalid.field("event", _("It is not related to %(ref)s.") % {"ref": other.ref})
    relation.ended_at = datetime.now(UTC)
    queries.touch(db, [event.id])
    return noted(db, by, "unrelated", event, relation.kind, other)


def possible_other(db: Session, by: By, event: Event, named: str) -> Event:
    """The other event, as far as the writer may see it. Raises Invalid."""
    other = queries.event_seen(db, by, named)
    if other is None or other.withdrawn_at:
        raise Invalid.field("event", _("There is no event %(ref)s here.") % {"ref": named[:60]})
    if other.id == event.id:
        raise Invalid.field("event", _("An event is not related to itself."))
    return other


def check_relation(db: Session, event: Event, kind: str, other: Event) -> None:
    """The database refuses the same, in fewer words. Raises Related, Invalid."""
    if queries.relation_of(db, event.id, other.id):
        raise Related(_("The two are related already: end that before you say it otherwise."))
    if kind == "part_of" and queries.has_parent(db, event.id):
        raise Related(_("It is part of another event already: end that first."))
    if kind == "related":
        return
    if event.exercise != other.exercise:
        raise Invalid.field("event", _("One of the two is an exercise and the other one is not: they are kept apart."))
    if queries.would_be_circle(db, event.id, kind, other.id):
        raise Invalid.field(
            "event", _("That would go in a circle: %(ref)s follows from this event.") % {"ref": other.ref}
        )


def noted(db: Session, by: By, action: str, event: Event, kind: str, other: Event) -> Event:
    """Who may read of this event may not know of the other: its ref is told only where it is public."""
    db.flush()
    what = {"relation": kind, "other_event": other.ref if other.visibility == "public" else None}
    history.record(db, by, action, NOUN, event.id, ref=event.ref, after=what, visibility=event.visibility)
    db.refresh(event)
    return event
