"""What pages and the inbox ask of feeds."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.intake.models import Feed, FeedItem, FeedProblem
from app.languages import label
from app.reference.models import Hazard

SILENT_TURNS, SILENT_S = 4, 3600  # so many turns without an answer, and no less than so long


def find_feeds(db: Session) -> list[Feed]:
    return list(db.scalars(select(Feed).order_by(Feed.is_enabled.desc(), Feed.code)))


def feed_with(db: Session, code: str) -> Feed | None:
    return db.scalar(select(Feed).where(Feed.code == code))


def silent_feeds(db: Session) -> list[Feed]:
    """Those that are turned on, and have not answered for long."""
    return [feed for feed in find_feeds(db) if is_silent(feed)]


def is_silent(feed: Feed) -> bool:
    """What has never been asked is not silent."""
    if not feed.is_enabled or feed.last_tried_at is None:
        return False
    quiet = timedelta(seconds=max(SILENT_S, SILENT_TURNS * feed.every_s))
    return datetime.now(UTC) - (feed.last_ok_at or feed.created_at) > quiet


def latest_items(db: Session, feed: Feed, most: int) -> list[FeedItem]:
    """Those that came or changed last."""
    of = select(FeedItem).where(FeedItem.feed_id == feed.id).order_by(FeedItem.seen_at.desc(), FeedItem.id.desc())
    return list(db.scalars(of.limit(most)))


def latest_problems(db: Session, feed: Feed, most: int) -> list[FeedProblem]:
    of = select(FeedProblem).where(FeedProblem.feed_id == feed.id)
    return list(db.scalars(of.order_by(FeedProblem.seen_at.desc(), FeedProblem.id.desc()).limit(most)))


def hazards(db: Session) -> list[tuple[str, str]]:
    """For a menu: code and name."""
    return [(one.code, label(one.names)) for one in db.scalars(select(Hazard).order_by(Hazard.position))]
