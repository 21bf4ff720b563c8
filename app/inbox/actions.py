"""Decisions on candidates: made an event, joined with one, dismissed, taken back; each with its line of history.

Of two who decide at once the second is told who decided what. Whoever decides needs the right in all countries in which it
lies; where it lies in none, in all that it concerns.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from babel.dates import format_datetime
from sqlalchemy.orm import Session

from app import history, languages
from app.answers import not_found, refuse_stale
from app.errors import Conflict
from app.events import actions as events
from app.events import writing_queries as event_queries
from app.events.schemas import EventIn
from app.inbox import writing_queries as queries
from app.inbox.becoming import event_of, likely, proposals
from app.inbox.models import Candidate
from app.inbox.publishing import NOUN
from app.languages import gettext as _
from app.permissions import By


class DecidedBefore(Conflict):
    """Somebody was quicker."""


class NotDecided(Conflict):
    """Only a decision can be undone, only a change seen."""


class MayBeHere(Conflict):
    """There are events that may be the same; `found` are they."""

    def __init__(self, found: Sequence[dict[str, Any]]) -> None:
        refs = ", ".join(one["ref"] for one in found)
        super().__init__(
            _("It may be here already: %(refs)s. Say that it is the same, or that it is another one.") % {"refs": refs}
        )
        self.found = found


def take(db: Session, by: By, id_or_ref: str, version: str) -> Candidate:
    """The candidate, locked, for somebody who may decide on it and has read what it says now. Raises NotFound, Forbidden, Stale."""
    candidate = queries.lock_candidate(db, by, id_or_ref)
    if candidate is None:
        raise not_found(id_or_ref)
    events.demand_right(by, queries.touched(db, candidate))
    refuse_stale(version, candidate.updated_at)
    return candidate


def take_undecided(db: Session, by: By, id_or_ref: str, version: str) -> Candidate:
    """The same, while nobody has decided. Whoever was slower is told who did, rather than that something changed."""
    candidate = take(db, by, id_or_ref, "*")
    if candidate.status in ("event", "dismissed"):
        raise DecidedBefore(what_was_decided(db, candidate))
    refuse_stale(version, candidate.updated_at)
    return candidate


def what_was_decided(db: Session, candidate: Candidate) -> str:
    words = {
        "who": queries.who_decided(db, candidate) or _("a rule"),
        "when": format_datetime(decided_at(candidate), "d MMM, HH:mm", locale=languages.locale()),
        "event": queries.event_ref(db, candidate.event_id) or "—",
    }
    if candidate.status == "event":
        return _("%(who)s decided on this before you (%(when)s UTC): it is the event %(event)s.") % words
    return _("%(who)s decided on this before you (%(when)s UTC): it was dismissed.") % words


def decided_at(candidate: Candidate) -> datetime:
    return (candidate.decided_at or candidate.updated_at).astimezone(UTC)


def make_event(
    db: Session, by: By, id_or_ref: str, new: EventIn | None, version: str, *, nevertheless: bool = False
) -> Candidate:
    """Log the event that a candidate is: as typed, or made of what feeds say. Raises MayBeHere unless it is another one."""
    candidate = take_undecided(db, by, id_or_ref, version)
    if not nevertheless and (found := likely(proposals(db, by, candidate))):
        raise MayBeHere(found)
    event = events.log_event(db, by, new or event_of(db, candidate), reason=candidate.ref)
    candidate.event_id = event.id
    decide(db, by, candidate, "event", {"made": True, "glides": []})
    return noted(db, by, candidate, "made an event", {"event": event.ref})


def join_event(db: Session, by: By, id_or_ref: str, event_ref: str, version: str) -> Candidate:
    """Say that a candidate tells of an event that is here; its GLIDE numbers are added to the event, figures never."""
    candidate = take_undecided(db, by, id_or_ref, version)
    event = event_queries.lock_event(db, by, event_ref)
    if event is None:
        raise not_found(event_ref)
    if event.withdrawn_at:
        raise events.Withdrawn(_("This event is withdrawn. Restore it before you change it."))
    has = event_queries.state_of(db, event.id)
    events.demand_right(by, has["countries"])
    added = [number for number in candidate.glides if number not in has["glide"]]
    if added:
        events.change_event(db, by, event.ref, {"glide": [*has["glide"], *added]}, "*")
    candidate.event_id = event.id
    decide(db, by, candidate, "event", {"made": False, "glides": added})
    return noted(db, by, candidate, "joined with an event", {"event": event.ref} | ({"glide": added} if added else {}))


def dismiss(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Candidate:
    """Say that nothing follows from a candidate, and why."""
    candidate = take_undecided(db, by, id_or_ref, version)
    candidate.reason = reason
    decide(db, by, candidate, "dismissed", {})
    return noted(db, by, candidate, "dismissed", {}, reason)


def see_change(db: Session, by: By, id_or_ref: str, version: str) -> Candidate:
    """Leave a decision as it is, although feeds tell something else since. Raises NotDecided."""
    candidate = take(db, by, id_or_ref, version)
    if not candidate.is_changed:
        raise NotDecided(_("Nothing has changed that somebody has to look at."))
    changed = list(candidate.changed)
    kept = {name: value for name, value in (candidate.decided or {}).items() if name in ("made", "glides")}
    candidate.decided = queries.state_now(db, candidate) | kept
    candidate.is_changed, candidate.changed = False, []
    return noted(db, by, candidate, "change seen", {"changed": changed})


def take_back(
    db: Session, by: By, id_or_ref: str, reason: str, version: str, *, withdraw_event: bool = False
) -> Candidate:
    """Undo a decision, a person's or a rule's: the candidate waits again. Raises NotDecided.

    GLIDE numbers that joining added leave the event again; an event that was made of it is withdrawn if so asked.
    """
    candidate = take(db, by, id_or_ref, version)
    if candidate.status == "undecided":
        raise NotDecided(_("Nobody has decided on this yet."))
    was = {"status": candidate.status, "event": queries.event_ref(db, candidate.event_id)}
    if candidate.event_id and was["event"] and not queries.is_withdrawn(db, candidate.event_id):
        undo_on_event(db, by, candidate, was["event"], reason, withdraw_event)
    candidate.status, candidate.event_id, candidate.reason = "undecided", None, ""
    candidate.decided_at, candidate.decided_by_id = None, None
    candidate.decided = queries.state_now(db, candidate)
    candidate.is_changed, candidate.changed, candidate.raised_at = False, [], datetime.now(UTC)
    return noted(
        db, by, candidate, "taken back", {}, reason, before={name: value for name, value in was.items() if value}
    )


def undo_on_event(db: Session, by: By, candidate: Candidate, ref: str, reason: str, withdraw: bool) -> None:
    decided = candidate.decided or {}
    if decided.get("made") and withdraw:
        events.withdraw_event(
            db, by, ref, reason or _("The decision on %(ref)s was undone.") % {"ref": candidate.ref}, "*"
        )
    elif decided.get("glides"):
        event = event_queries.lock_event(db, by, ref)
        has = event_queries.state_of(db, event.id)["glide"] if event else []
        left = [number for number in has if number not in decided["glides"]]
        if left != has:
            events.change_event(db, by, ref, {"glide": left}, "*")


def decide(db: Session, by: By, candidate: Candidate, status: str, more: dict[str, Any]) -> None:
    candidate.status = status
    candidate.decided_at, candidate.decided_by_id = datetime.now(UTC), by.user_id or by.key_id
    candidate.decided = queries.state_now(db, candidate) | more
    candidate.is_changed, candidate.changed = False, []


def noted(
    db: Session, by: By, candidate: Candidate, action: str, after: dict[str, Any], reason: str = "",
    before: dict[str, Any] | None = None,
) -> Candidate:  # fmt: skip
    db.flush()
    history.record(
        db, by, action, NOUN, candidate.id, ref=candidate.ref, before=before, after=after or None, reason=reason,
        visibility="centre",
    )  # fmt: skip
    db.refresh(candidate)
    return candidate
