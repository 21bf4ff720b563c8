"""What administrators do to feeds: added, changed, turned on or off, asked at once. Each with its line of history.

None is deleted: what a feed has brought stays, and so does where it came from.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app import history
from app.errors import Conflict, Invalid, NotFound
from app.intake import pulling, queries
from app.intake import writing_queries as writing
from app.intake.models import Feed
from app.intake.schemas import FeedChange, FeedIn
from app.languages import gettext as _
from app.permissions import By

NOUN = "feeds"
ASKED_ANEW: dict[str, Any] = {
    "etag": None,
    "last_modified": None,
    "body_digest": None,
    "failures": 0,
    "last_error": None,
}


def get_feed(db: Session, code: str) -> Feed:
    """Raises NotFound."""
    return found(queries.feed_with(db, code))


def found(feed: Feed | None) -> Feed:
    if feed is None:
        raise NotFound(_("There is no such feed."))
    return feed


def add_feed(db: Session, by: By, new: FeedIn) -> Feed:
    """Raises Invalid."""
    if queries.feed_with(db, new.code):
        raise Invalid.field("code", _("There is a feed of this short name already."))
    feed = Feed(code=new.code, adapter=new.adapter, **columns(db, {}, new))
    db.add(feed)
    db.flush()
    history.record(db, by, "added", NOUN, feed.id, ref=feed.code, after=state_of(feed))
    return feed


def change_feed(db: Session, by: By, code: str, new: FeedChange) -> Feed:
    """Where it is asked elsewhere, it is asked as if for the first time. Raises NotFound, Invalid."""
    feed = found(writing.feed_to_write(db, code))
    before = state_of(feed)
    for name, value in columns(db, feed.options, new).items():
        setattr(feed, name, value)
    if feed.url != before["address"] or feed.is_enabled != before["enabled"]:
        ask_anew(feed)
    was, now = history.changes(before, state_of(feed))
    if now:
        history.record(db, by, "changed", NOUN, feed.id, ref=feed.code, before=was, after=now)
    return feed


def switch_feed(db: Session, by: By, code: str, on: bool) -> Feed:
    """Turn it on or off. Raises NotFound."""
    feed = found(writing.feed_to_write(db, code))
    if feed.is_enabled != on:
        feed.is_enabled = on
        ask_anew(feed)
        done = "turned on" if on else "turned off"
        history.record(db, by, done, NOUN, feed.id, ref=feed.code, before={"enabled": not on}, after={"enabled": on})
    return feed


def ask_now(db: Session, by: By, code: str) -> Feed:
    """Ask it at once, whatever its turn is. Raises NotFound, Conflict."""
    feed = found(writing.feed_to_write(db, code))
    if not feed.is_enabled:
        raise Conflict(_("This feed is turned off. Turn it on before you fetch it."))
    feed.next_at = datetime.now(UTC)
    db.flush()
    pulling.put_pull(db, feed)
    history.record(db, by, "asked", NOUN, feed.id, ref=feed.code)
    return feed


def columns(db: Session, options: dict[str, Any], new: FeedChange) -> dict[str, Any]:
    if new.hazard and not writing.is_hazard(db, new.hazard):
        raise Invalid.field("hazard", _("There is no such hazard."))
    kept = {name: value for name, value in options.items() if name != "hazard"}
    return {
        "name": new.name,
        "url": new.url,
        "every_s": new.every_minutes * 60,
        "is_enabled": new.is_enabled,
        "options": kept | ({"hazard": new.hazard} if new.hazard else {}),
    }


def ask_anew(feed: Feed) -> None:
    for name, value in ASKED_ANEW.items():
        setattr(feed, name, value)
    feed.next_at = datetime.now(UTC)


def state_of(feed: Feed) -> dict[str, Any]:
    """What history tells of a feed."""
    return {
        "name": feed.name,
        "address": feed.url,
        "every_minutes": feed.every_s // 60,
        "hazard": feed.options.get("hazard"),
        "enabled": feed.is_enabled,
    }
