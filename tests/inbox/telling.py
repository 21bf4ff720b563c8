"""What feeds tell, for tests of the inbox: items as app/intake keeps them, sorted on demand."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.inbox.models import Candidate
from app.inbox.sorting import sort_items
from app.intake.models import FeedItem, FeedItemRevision
from tests.make import make_feed, make_feed_item

# A shock in the Fergana valley, 22 km or so north of Isfara, as three bodies told it
ISFARA: dict[str, Any] = {
    "title": "M 5.8 - 22 km N of Isfara, Tajikistan",
    "hazard": "EQ",
    "started_at": "2026-07-08T05:30:10Z",
    "magnitude": 5.8,
    "magnitude_type": "mww",
    "depth_km": 12.0,
    "geometry": {"type": "Point", "coordinates": [70.63, 40.32]},
}
CODES = {
    "usgs": "usgs",
    "emsc": "emsc",
    "gdacs": "gdacs_rss",
    "gdacs-api": "gdacs_api",
    "eonet": "eonet",
    "met": "cap",
    "relief": "reliefweb",
}


def tell(db: Session, feed: str = "usgs", key: str = "us1", **said: Any) -> FeedItem:
    """One item of a feed, of that shock unless said otherwise."""
    make_feed(db, feed, adapter=CODES.get(feed, "georss"), name=feed.upper())
    return make_feed_item(db, key, feed, **({"related_keys": []} | ISFARA | said))


def revise(db: Session, item: FeedItem, **said: Any) -> None:
    """The feed says something else of the same item."""
    db.add(FeedItemRevision(item_id=item.id, revision=item.revision, raw="{}", said=item.said, seen_at=item.seen_at))
    item.revision += 1
    item.said = {**item.said, **said}
    item.sorted_at = None
    db.flush()


def sort_all(db: Session) -> list[Candidate]:
    """Sort what waits; all candidates, the first to come first."""
    while sort_items(db):
        pass
    db.commit()
    db.expire_all()
    return list(db.scalars(select(Candidate).order_by(Candidate.id)))


def sorted_one(db: Session, feed: str = "usgs", key: str = "us1", **said: Any) -> Candidate:
    """The one candidate that an item becomes."""
    tell(db, feed, key, **said)
    (found,) = sort_all(db)
    return found
