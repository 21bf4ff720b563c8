"""Pulling a feed: claimed by one process at a time, asked, read, stored; and how it is, noted. In the queue `feeds`.

A feed that fails is asked again later and later, up to a quarter of a day, never all at once, and never before it asked
us to. The log has a line when it begins to fail and one when it is well again.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.intake import adapters, storing
from app.intake import writing_queries as queries
from app.intake.fetching import SECONDS, Failed, Known, ask
from app.intake.models import Feed, FeedDocument
from app.intake.payloads import MOST_RAW, Document, Parsed, Problem, Unreadable, decoded
from app.intake.plain import storable
from app.queue import at_work, put, queue, transaction_at_work
from app.settings import settings

log = structlog.get_logger()

FIRST_WAIT_S, LONGEST_WAIT_S = 60, 6 * 3600
KEPT_DAYS = 90  # raw texts and problems
DOCUMENTS_A_TURN, DOCUMENTS_AT_ONCE, DOCUMENT_SECONDS = 40, 4, 20.0
MOST_DOCUMENTS = 500
TRIED_AT_MOST = 5  # a document that does not come
SORT = "inbox.sort"  # of the room above


@dataclass(frozen=True)
class Brought:
    """An answer that was read. `parsed` is None where it was the same as the last one."""

    known: Known
    digest: bytes | None = None
    parsed: Parsed | None = None
    also_here: frozenset[str] = frozenset()
    documents: tuple[queries.Row, ...] = ()


# -- who is due


def put_due(db: Session) -> None:
    """Ask for the pull of every feed whose turn it is, unless this installation fetches nothing."""
    if settings().fetch_feeds:
        put_pulls(db)


def put_pulls(db: Session) -> None:
    for feed in queries.due_feeds(db, datetime.now(UTC)):
        if adapters.can_ask(feed.adapter, settings()):
            put_pull(db, feed)


def put_pull(db: Session, feed: Feed) -> None:
    name = f"intake.pull:{feed.id}"
    put(db, pull, once=name, lock=name, feed_id=str(feed.id))


def prune(db: Session) -> None:
    queries.prune(db, datetime.now(UTC) - timedelta(days=KEPT_DAYS))


# -- one turn


@queue.task(name="intake.pull", queue="feeds")
async def pull(feed_id: str) -> None:
    """One turn of one feed. Done twice, it finds the feed claimed and leaves it."""
    feed = await asyncio.to_thread(claimed, UUID(feed_id))
    if feed is None or not adapters.can_ask(feed.adapter, at_work()):
        return
    try:
        brought = await bring(feed)
    except Failed as failure:
        await asyncio.to_thread(note_failure, feed, failure)
    except Broke as broke:
        await asyncio.to_thread(note_failure, feed, broke.failure, broke.problem)
    else:
        await asyncio.to_thread(keep, feed, brought)


class Broke(Exception):
    """It answered, but not what it should: the beginning of what it said is kept."""

    def __init__(self, error: Unreadable, body: bytes) -> None:
        super().__init__(str(error))
        self.failure = Failed("unreadable", str(error))
        self.problem = Problem(f"unreadable: {error}", storable(decoded(body[:MOST_RAW]), MOST_RAW))


def claimed(feed_id: UUID) -> Feed | None:
    with transaction_at_work() as db:
        return queries.claim(db, feed_id, datetime.now(UTC))


def patience(feed: Feed, seconds: float = SECONDS) -> float:
    return min(seconds, float(feed.options.get("seconds") or seconds))


async def bring(feed: Feed) -> Brought:
    """Raises Failed, Broke."""
    config, adapter = at_work(), adapters.ADAPTERS[feed.adapter]
    told = await ask(
        adapters.address(feed.adapter, feed.url, config), adapter.accept, Known(feed.etag, feed.last_modified),
        private=config.allow_private_addresses, seconds=patience(feed),
    )  # fmt: skip
    if told.body is None:
        return Brought(told.known, feed.body_digest)
    digest = hashlib.sha256(feed.adapter.encode() + told.body).digest()
    if digest == feed.body_digest:
        return Brought(told.known, digest)
    parsed = await asyncio.to_thread(parsed_or_broke, feed.adapter, told.body)
    brought = Brought(told.known, digest, parsed)
    return await with_documents(feed, brought) if parsed.documents else brought


def parsed_or_broke(adapter: str, body: bytes) -> Parsed:
    try:
        return adapters.parse(adapter, body)
    except Unreadable as error:
        raise Broke(error, body) from error


# -- an index leads to documents


async def with_documents(feed: Feed, brought: Brought) -> Brought:
    """With what the documents hold that are new or changed. What does not come today is asked for at the next turn."""
    parsed = brought.parsed
    assert parsed
    known = await asyncio.to_thread(known_documents, feed)
    listed = {one.address: one for one in parsed.documents[:MOST_DOCUMENTS]}
    wanted = [one for one in listed.values() if is_wanted(one, known.get(one.address))]
    turn = asyncio.Semaphore(DOCUMENTS_AT_ONCE)
    found = [fetched_document(feed, one, known.get(one.address), parsed, turn) for one in wanted[:DOCUMENTS_A_TURN]]
    rows = await together(found)
    is_complete = len(wanted) <= DOCUMENTS_A_TURN and not any(row["failures"] for row in rows)
    parsed.is_whole = parsed.is_whole and is_complete and len(parsed.documents) <= MOST_DOCUMENTS
    anew = {row["address"] for row in rows if not row["failures"]}
    here = frozenset(
        key for address in listed if address in known and address not in anew for key in known[address].keys
    )
    again = brought if is_complete else replace(brought, known=Known(), digest=None)  # so that the rest is asked for
    return replace(again, also_here=here, documents=tuple(rows))


async def together(found: Iterable[Awaitable[queries.Row]]) -> list[queries.Row]:
    return list(await asyncio.gather(*found))


def known_documents(feed: Feed) -> dict[str, FeedDocument]:
    with transaction_at_work() as db:
        return queries.documents_of(db, feed.id)


def is_wanted(document: Document, known: FeedDocument | None) -> bool:
    if known is None or known.stamp != document.stamp:
        return True
    return 0 < known.failures < TRIED_AT_MOST


async def fetched_document(
    feed: Feed, document: Document, known: FeedDocument | None, into: Parsed, turn: asyncio.Semaphore
) -> queries.Row:
    """What is to be noted of a document; its items and problems go `into` those of the index."""
    failures = known.failures if known and known.stamp == document.stamp else 0
    row = {"feed_id": feed.id, "address": document.address, "stamp": document.stamp, "fetched_at": datetime.now(UTC)}
    try:
        async with turn:
            found = await read_document(feed, document)
    except Failed as failure:
        into.problem(f"no document: {failure}", document.address)
        kept = known.keys if known else []
        return {**row, "keys": kept, "failures": failures + 1}
    into.items += found.items
    for one in found.problems:
        into.problem(one.message, one.raw)
    return {**row, "keys": [item.key for item, _ in found.items], "failures": 0}


async def read_document(feed: Feed, document: Document) -> Parsed:
    """Raises Failed."""
    told = await ask(
        document.address, adapters.ADAPTERS[feed.adapter].accept, Known(),
        private=at_work().allow_private_addresses, seconds=patience(feed, DOCUMENT_SECONDS),
    )  # fmt: skip
    try:
        found = await asyncio.to_thread(adapters.parse, feed.adapter, told.body or b"")
    except Unreadable as error:
        raise Failed("unreadable", str(error)) from error
    if found.documents and not found.items:
        raise Failed("unreadable", "another index")
    return found


# -- what came of it


def keep(asked: Feed, brought: Brought) -> None:
    """Store what a feed brought, and note that it is well."""
    now = datetime.now(UTC)
    with transaction_at_work() as db:
        feed = queries.feed_locked(db, asked.id)
        if feed is None or (feed.url, feed.adapter) != (asked.url, asked.adapter):
            return  # it was changed meanwhile: what it was before is of no use
        if brought.parsed:
            presume_hazard(brought.parsed, feed.options.get("hazard"))
            keep_items(db, feed, brought, now)
        if feed.failures:
            log.info("a feed is well again", feed=feed.code, failures=feed.failures)
        feed.etag, feed.last_modified, feed.body_digest = (
            brought.known.etag,
            brought.known.last_modified,
            brought.digest,
        )
        feed.last_ok_at, feed.failures, feed.last_error = now, 0, None


def presume_hazard(parsed: Parsed, hazard: str | None) -> None:
    """What the administrator said a feed is about, for items whose words name no hazard."""
    for item, _ in parsed.items:
        item.hazard = item.hazard or hazard


def keep_items(db: Session, feed: Feed, brought: Brought, now: datetime) -> None:
    assert brought.parsed
    counts = storing.store(db, feed, brought.parsed, now, brought.also_here)
    queries.note_documents(db, brought.documents)
    feed.items_seen, feed.items_new = counts.seen, counts.new
    feed.items_changed, feed.items_broken = counts.changed, counts.broken
    if counts.new or counts.changed:
        feed.last_news_at = now
        put(db, SORT, once=SORT)


def note_failure(asked: Feed, failure: Failed, problem: Problem | None = None) -> None:
    with transaction_at_work() as db:
        feed = queries.feed_locked(db, asked.id)
        if feed is None:
            return
        feed.failures += 1
        feed.last_error = str(failure)[:500]
        feed.next_at = datetime.now(UTC) + timedelta(seconds=wait_s(feed, failure))
        if problem:
            storing.store_problems(db, feed.id, [problem])
        if feed.failures == 1:
            log.info("a feed does not answer", feed=feed.code, error=feed.last_error)


def wait_s(feed: Feed, failure: Failed) -> float:
    """Twice as long each time, a fifth more or less, so that many portals do not come back at one moment."""
    doubled = max(FIRST_WAIT_S, feed.every_s) * 2.0 ** min(feed.failures - 1, 12)
    wanted = min(doubled, max(LONGEST_WAIT_S, feed.every_s)) * random.uniform(0.8, 1.2)  # noqa: S311  not a secret
    return max(wanted, failure.wait_s)
