"""Feeds from outside, what they brought, what it said before, and what could not be read of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db import Base
from app.records import Identified, one_of

ADAPTERS = ("usgs", "gdacs_rss", "gdacs_api", "emsc", "eonet", "reliefweb", "georss", "cap")


class Feed(Identified, Base):
    """A feed, how often it is asked, and how it is: `failures` in a row, and since when it has been silent."""

    __tablename__ = "feeds"
    __table_args__ = (
        one_of("adapter", *ADAPTERS),
        CheckConstraint("every_s BETWEEN 30 AND 604800", name="every_s"),
        Index("ix_feeds_next_at", "next_at", postgresql_where=text("is_enabled")),
    )
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    adapter: Mapped[str]
    url: Mapped[str]
    every_s: Mapped[int] = mapped_column(server_default="300")
    is_enabled: Mapped[bool] = mapped_column(server_default=text("false"))
    options: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    # how it was asked the last time, and what it answered
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    body_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    next_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    last_tried_at: Mapped[datetime | None]
    last_ok_at: Mapped[datetime | None]
    last_news_at: Mapped[datetime | None]  # when it last told something new or changed
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    last_error: Mapped[str | None]
    # of the last answer that was read
    items_seen: Mapped[int] = mapped_column(Integer, server_default="0")
    items_new: Mapped[int] = mapped_column(Integer, server_default="0")
    items_changed: Mapped[int] = mapped_column(Integer, server_default="0")
    items_broken: Mapped[int] = mapped_column(Integer, server_default="0")


class FeedItem(Identified, Base):
    """An item as it was last told. While `gone_at` is empty it was there when its feed was last read.

    `seen_at` is when this revision came, and once it is gone, when it was last there. `sorted_at` is empty while the
    inbox has not looked at this revision. `raw` is emptied after a time.
    """

    __tablename__ = "feed_items"
    __table_args__ = (
        UniqueConstraint("feed_id", "key"),
        Index("ix_feed_items_unsorted", "id", postgresql_where=text("sorted_at IS NULL")),
        Index("ix_feed_items_raw", "seen_at", postgresql_where=text("raw IS NOT NULL")),
    )
    feed_id: Mapped[UUID] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"))
    key: Mapped[str]
    revision: Mapped[int] = mapped_column(Integer, server_default="1")
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    raw: Mapped[str | None]
    said: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True))
    first_seen_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    seen_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    gone_at: Mapped[datetime | None]
    sorted_at: Mapped[datetime | None]
    candidate_id: Mapped[UUID | None] = mapped_column(ForeignKey("candidates.id", ondelete="SET NULL"), index=True)


class FeedItemRevision(Base):
    """What an item said before it changed, and when that had come."""

    __tablename__ = "feed_item_revisions"
    __table_args__ = (Index("ix_feed_item_revisions_raw", "seen_at", postgresql_where=text("raw IS NOT NULL")),)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("feed_items.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    raw: Mapped[str | None]
    said: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True))
    seen_at: Mapped[datetime]


class FeedProblem(Identified, Base):
    """A part of an answer that could not be read, with its raw text; the same part is kept once."""

    __tablename__ = "feed_problems"
    __table_args__ = (
        UniqueConstraint("feed_id", "digest"),
        Index("ix_feed_problems_seen_at", "seen_at"),
    )
    feed_id: Mapped[UUID] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    message: Mapped[str]
    raw: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class FeedDocument(Base):
    """A document that an index led to, so that it is fetched once for each `stamp` that the index gives it."""

    __tablename__ = "feed_documents"
    feed_id: Mapped[UUID] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    stamp: Mapped[str]
    keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # of the items it held
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    fetched_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
