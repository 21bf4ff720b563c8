"""Sorting: items of feeds become candidates, one a happening, which rules drop, keep, mark as urgent or publish.

A batch is one transaction. Whoever sorts waits for whoever sorts already, so several processes do no harm; what was not
sorted before a crash is sorted after it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.exc import DataError, IntegrityError, InternalError, ProgrammingError
from sqlalchemy.orm import Session

from app.inbox import sorting_queries as queries
from app.inbox.grouping import Group, Groups
from app.inbox.headline import Known, headline, state
from app.inbox.models import InboxRule
from app.inbox.publishing import publish
from app.inbox.rules import Outcome, facts_of, outcome
from app.inbox.told import Told, what_matters
from app.inbox.wording import FAR_KM
from app.queue import at_work, put, queue, transaction_at_work

log = structlog.get_logger()

AT_ONCE = 300
MARGIN_KM = 100.0
FORGOTTEN_AFTER_DAYS = 90

Row = dict[str, Any]
State = Mapping[str, Any]

# What the words of an item bring about; a lock that was waited for too long says nothing of them
NOT_UNDERSTOOD = (DataError, IntegrityError, InternalError, ProgrammingError, ValueError, KeyError, TypeError)


@queue.task(name="inbox.sort", queue="feeds")
async def sort() -> None:
    """Sort all that waits, a batch at a time."""
    while await asyncio.to_thread(sort_batch):
        pass


def sort_batch() -> int:
    with transaction_at_work() as db:
        return sort_items(db, at_work().region_margin_km)


def ask_for_sorting(db: Session) -> None:
    """A job's work, should nobody have asked: what was stored and is not sorted yet."""
    if queries.is_anything_unsorted(db):
        put(db, sort, once="inbox.sort")


def forget_old(db: Session) -> None:
    """A job's work: candidates that were dropped or dismissed long ago, and about which nothing changed since."""
    queries.forget_old(db, FORGOTTEN_AFTER_DAYS)


def sort_items(db: Session, margin_km: float = MARGIN_KM, most: int = AT_ONCE) -> int:
    """Sort a batch of items in the caller's transaction; answers how many of them could be sorted."""
    queries.take_turn(db)
    batch = queries.unsorted(db, most)
    try:
        with db.begin_nested():
            sort_together(db, batch, margin_km)
    except NOT_UNDERSTOOD:  # one of them is to blame: the others are not to wait for it
        log.exception("a batch could not be sorted together", many=len(batch))
        return sum(sort_alone(db, one, margin_km) for one in batch)
    return len(batch)


def sort_alone(db: Session, one: Told, margin_km: float) -> bool:
    """One item; what of it cannot be understood is left out, so that an operator sees at least its title."""
    for said in (one.said, bare(one.said)):
        one.said = said
        try:
            with db.begin_nested():
                sort_together(db, [one], margin_km)
            return True
        except NOT_UNDERSTOOD:
            log.exception("an item could not be sorted", item=str(one.item_id), feed=one.feed)
    return False


def bare(said: Mapping[str, Any]) -> Row:
    return {"key": said["key"], "title": str(said.get("title") or said["key"]), "countries": [], "glides": []}


def sort_together(db: Session, batch: Sequence[Told], margin_km: float) -> None:
    if not batch:
        return
    places = queries.places_of(db, batch, margin_km, FAR_KM)
    for one in batch:
        one.placed = places[one.item_id]
    groups = gather(db, batch)
    known = Known(queries.names_of(db, "hazards"), queries.names_of(db, "countries"))
    settle(db, groups, known)


def gather(db: Session, batch: Sequence[Told]) -> list[Group]:
    """The groups that the batch adds to; each has the number of its candidate."""
    groups = Groups(queries.known_groups(db, batch))
    for one in batch:
        groups.take(one)
    found = list(groups.touched)
    new = [group for group in found if group.id is None]
    for group, id in zip(new, queries.new_ids(db, len(new)), strict=True):
        group.id = id
    return found


def settle(db: Session, groups: Sequence[Group], known: Known) -> None:
    """Write what the groups say now and what becomes of them; then publish what a rule publishes."""
    states = queries.states_of(db, [group.id for group in groups if group.id])
    rules = queries.rules_in_order(db)
    rows, published = [], []
    for group in groups:
        assert group.id is not None
        shown = headline(group, known)
        found = outcome(rules, facts_of(shown, [one.said["title"] for one in group.members.values()]))
        before = states.get(group.id)
        rows.append({"id": group.id} | shown | become(before, found, state(group, shown)))
        if found.rule and found.does == "publish" and may_publish(before, shown):
            published.append((group.id, found.rule))
    queries.write_groups(db, groups, rows)
    for id, rule in published:
        publish(db, id, rule)


def may_publish(before: State | None, shown: Mapping[str, Any]) -> bool:
    """Never an exercise, a test or what was taken back; nor what somebody has had in hand already."""
    is_serious = not (shown["is_exercise"] or shown["is_test"] or shown["is_cancelled"])
    is_untouched = before is None or (before["status"] in ("undecided", "dropped") and before["decided"] is None)
    return is_serious and is_untouched


def become(before: State | None, found: Outcome, now: Mapping[str, Any]) -> Row:
    """The columns that say what becomes of a candidate: by rule until somebody decides, and looked at again if that matters."""
    if before is None or before["status"] == "dropped":
        return fresh(before, found)
    kept = {
        name: before[name] for name in ("status", "urgent", "is_changed", "changed", "rule_id", "reason", "raised_at")
    }
    if before["status"] == "undecided":
        return still_waiting(kept, found)
    return decided(kept, before["decided"] or {}, now)


def fresh(before: State | None, found: Outcome) -> Row:
    """What nobody has looked at: a rule may take it in today that dropped it yesterday."""
    is_dropped = found.does == "drop"
    was_dropped = before is not None and is_dropped
    return {
        "status": "dropped" if is_dropped else "undecided",
        "urgent": found.does == "urgent",
        "is_changed": False,
        "changed": [],
        "rule_id": found.rule.id if found.rule else None,
        "reason": found.reason,
        "raised_at": before["raised_at"] if before and was_dropped else datetime.now(UTC),
    }


def still_waiting(kept: Row, found: Outcome) -> Row:
    """What operators have before them stays there until they decide; it can only become more urgent."""
    if found.does != "urgent" or kept["urgent"]:
        return kept
    rule: InboxRule | None = found.rule
    return kept | {"urgent": True, "rule_id": rule.id if rule else None, "raised_at": datetime.now(UTC)}


def decided(kept: Row, on: Mapping[str, Any], now: Mapping[str, Any]) -> Row:
    """After a decision: back to the top where it was taken on something else than feeds say now."""
    matters = what_matters(on, now)
    if not matters:
        return kept | {"is_changed": False, "changed": []}
    is_news = set(matters) != set(kept["changed"])
    return kept | {"is_changed": True, "changed": matters} | ({"raised_at": datetime.now(UTC)} if is_news else {})
