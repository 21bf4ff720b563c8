"""What storing asks of the database: who may pull a feed now, what is known of its items, and what becomes of them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.intake.models import Feed, FeedDocument, FeedItem, FeedItemRevision, FeedProblem
from app.reference.models import Hazard

Row = dict[str, Any]
CHANGE = text("""
    UPDATE feed_items SET revision = revision + 1, digest = :digest, raw = :raw, said = CAST(:said AS jsonb), seen_at = :seen_at,
        gone_at = NULL, sorted_at = NULL
    WHERE id = :id
""")


def due_feeds(db: Session, now: datetime) -> list[Feed]:
    return list(db.scalars(select(Feed).where(Feed.is_enabled, Feed.next_at <= now).order_by(Feed.next_at)))


def claim(db: Session, id: UUID, now: datetime) -> Feed | None:
    """The feed, if it is due; nobody else gets it until its next turn. A crash therefore costs one turn, not a storm."""
    next_turn = text("clock_timestamp() + every_s * interval '1 second'")
    due = (Feed.id == id, Feed.is_enabled, Feed.next_at <= now)
    claimed = update(Feed).where(*due).values(last_tried_at=now, next_at=next_turn).returning(Feed)
    return db.scalars(claimed).one_or_none()


def feed_locked(db: Session, id: UUID) -> Feed | None:
    """Locked against other writers, and not against rows that name it: whoever sorts its items meanwhile would wait for us
    and we for them."""
    return db.scalar(select(Feed).where(Feed.id == id).with_for_update(key_share=True))


def feed_to_write(db: Session, code: str) -> Feed | None:
    return db.scalar(select(Feed).where(Feed.code == code).with_for_update(key_share=True))


def is_hazard(db: Session, code: str) -> bool:
    return db.scalar(select(Hazard).where(Hazard.code == code)) is not None


# -- items


def known_items(db: Session, feed_id: UUID, keys: Collection[str]) -> dict[str, tuple[UUID, bytes, bool]]:
    """By key, of those that are in the feed and of these: id, digest, whether it was gone."""
    wanted = or_(FeedItem.gone_at.is_(None), FeedItem.key.in_(list(keys)))
    found = select(FeedItem.key, FeedItem.id, FeedItem.digest, FeedItem.gone_at.is_not(None))
    rows = db.execute(found.where(FeedItem.feed_id == feed_id, wanted)).tuples()
    return {key: (id, digest, was_gone) for key, id, digest, was_gone in rows}


def add_items(db: Session, rows: Sequence[Row]) -> list[Row]:
    """Those that the database would not take come back."""
    return refused(db, rows, lambda some: db.execute(insert(FeedItem), some))


def change_items(db: Session, rows: Sequence[Row]) -> list[Row]:
    """Each keeps what it said before as a revision. Those that the database would not take come back."""
    return refused(db, rows, lambda some: change(db, some))


def change(db: Session, rows: Sequence[Row]) -> None:
    before = select(FeedItem.id, FeedItem.revision, FeedItem.raw, FeedItem.said, FeedItem.seen_at)
    kept = before.where(FeedItem.id.in_([row["id"] for row in rows]))
    db.execute(insert(FeedItemRevision).from_select(["item_id", "revision", "raw", "said", "seen_at"], kept))
    db.execute(CHANGE, rows)


def refused(db: Session, rows: Sequence[Row], write: Callable[[Sequence[Row]], object]) -> list[Row]:
    """Write all at once; where one of them is at fault, halve them until it stands alone, so that the others get through."""
    if not rows:
        return []
    try:
        with db.begin_nested():
            write(rows)
    except (DataError, IntegrityError):
        half = len(rows) // 2
        return list(rows) if not half else [*refused(db, rows[:half], write), *refused(db, rows[half:], write)]
    return []


def bring_back(db: Session, ids: Sequence[UUID]) -> None:
    if ids:
        db.execute(update(FeedItem).where(FeedItem.id.in_(ids)).values(gone_at=None))


def let_go(db: Session, ids: Sequence[UUID], seen_at: datetime | None, now: datetime) -> None:
    if ids:
        values = {"gone_at": now} | ({"seen_at": seen_at} if seen_at else {})
        db.execute(update(FeedItem).where(FeedItem.id.in_(ids)).values(values))


def add_problems(db: Session, rows: Sequence[Row]) -> None:
    """What is known as broken already is not written again."""
    if rows:
        db.execute(upsert(FeedProblem).on_conflict_do_nothing(), rows)


# -- documents that an index leads to


def documents_of(db: Session, feed_id: UUID) -> dict[str, FeedDocument]:
    return {one.address: one for one in db.scalars(select(FeedDocument).where(FeedDocument.feed_id == feed_id))}


def note_documents(db: Session, rows: Sequence[Row]) -> None:
    if not rows:
        return
    adding = upsert(FeedDocument)
    new = {name: adding.excluded[name] for name in ("stamp", "keys", "failures", "fetched_at")}
    db.execute(adding.on_conflict_do_update(index_elements=["feed_id", "address"], set_=new), rows)


# -- what is old


def prune(db: Session, before: datetime) -> None:
    """Raw texts, problems and the addresses of documents from before that time, and items that are gone since and belong
    to no candidate any more. What other items said stays."""
    forgotten = (FeedItem.gone_at < before, FeedItem.candidate_id.is_(None), FeedItem.sorted_at.is_not(None))
    db.execute(delete(FeedItem).where(*forgotten))
    db.execute(update(FeedItem).where(FeedItem.raw.is_not(None), FeedItem.seen_at < before).values(raw=None))
    revisions = and_(FeedItemRevision.raw.is_not(None), FeedItemRevision.seen_at < before)
    db.execute(update(FeedItemRevision).where(revisions).values(raw=None))
    db.execute(delete(FeedProblem).where(FeedProblem.seen_at < before))
    db.execute(delete(FeedDocument).where(FeedDocument.fetched_at < before))
