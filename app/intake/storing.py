"""What an answer held becomes rows: new items, changed ones with what they said before, those that are gone, and what was broken.

An item whose words are the same is not written again, so that ten thousand unchanged ones cost a look. That its source
touched it (`updated_at`) is no change by itself.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.intake import writing_queries as queries
from app.intake.models import Feed
from app.intake.payloads import Parsed, Problem
from app.intake.schemas import Item

Known = Mapping[str, tuple[UUID, bytes, bool]]


@dataclass(frozen=True)
class Counts:
    seen: int
    new: int
    changed: int
    broken: int


def store(db: Session, feed: Feed, parsed: Parsed, now: datetime, also_here: frozenset[str] = frozenset()) -> Counts:
    """Bring the items of a feed up to date; `also_here` are keys of items that are in it still and were not read again."""
    told = newest(parsed)
    known = queries.known_items(db, feed.id, [*told, *also_here])
    rows = {key: row_of(item, raw, now) for key, (item, raw) in told.items()}
    new = [{"feed_id": feed.id, "key": key, **row} for key, row in rows.items() if key not in known]
    changed = {key: row for key, row in rows.items() if key in known and known[key][1] != row["digest"]}
    refused = queries.add_items(db, new)
    refused += queries.change_items(db, [changed_row(known[key][0], row) for key, row in changed.items()])
    for row in refused:
        parsed.problem("broken item", row["raw"])
    queries.bring_back(db, [known[key][0] for key in {*told, *also_here} if key in known and known[key][2]])
    if parsed.is_whole:
        gone = [
            id for key, (id, _, was_gone) in known.items() if key not in told and key not in also_here and not was_gone
        ]
        queries.let_go(db, gone, feed.last_ok_at, now)
    store_problems(db, feed.id, parsed.problems)
    return Counts(len(told) + len(also_here - told.keys()), len(new), len(changed), len(parsed.problems))


def newest(parsed: Parsed) -> dict[str, tuple[Item, str]]:
    """One item a key: of two in one answer the one that was touched last, the later one where that is not said."""
    told: dict[str, tuple[Item, str]] = {}
    for item, raw in parsed.items:
        there = told.get(item.key)
        if there and there[0] != item:
            parsed.problem("twice in one answer", raw)
        if not there or touched(item) >= touched(there[0]):
            told[item.key] = (item, raw)
    return told


def touched(item: Item) -> float:
    return item.updated_at.timestamp() if item.updated_at else 0


def row_of(item: Item, raw: str, now: datetime) -> dict[str, Any]:
    said = item.model_dump(mode="json")
    words = json.dumps(said | {"updated_at": None}, sort_keys=True)
    return {"digest": hashlib.sha256(words.encode()).digest(), "raw": raw, "said": said, "seen_at": now}


def changed_row(id: UUID, row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "id": id, "said": json.dumps(row["said"])}


def store_problems(db: Session, feed_id: UUID, problems: list[Problem]) -> None:
    rows = {digest_of(one): one for one in problems}
    queries.add_problems(
        db,
        [
            {"feed_id": feed_id, "digest": digest, "message": one.message, "raw": one.raw}
            for digest, one in rows.items()
        ],
    )


def digest_of(problem: Problem) -> bytes:
    return hashlib.sha256(problem.raw.encode()).digest()
