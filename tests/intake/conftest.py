"""A feed on loopback, and a portal that pulls it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.intake import pulling
from app.intake.models import Feed, FeedItem, FeedProblem
from tests.intake.server import FeedServer, feed_server
from tests.make import make_feed


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@dataclass
class Pull:
    """Calling it pulls the feeds that are due, as the background process would."""

    db: Session
    server: FeedServer
    work_off: Callable[..., None]
    settings: dict[str, Any] = field(default_factory=dict)
    ours: list[str] = field(default_factory=list)

    def __call__(self, *feeds: Feed) -> None:
        """These feeds are due now, whatever they were told before."""
        for feed in feeds:
            self.db.execute(text("UPDATE feeds SET next_at = clock_timestamp() WHERE id = :id"), {"id": feed.id})
        pulling.put_pulls(self.db)
        self.db.commit()
        self.work_off(allow_private_addresses=True, **self.settings)
        self.db.expire_all()

    def feed(self, adapter: str = "usgs", path: str = "/", **changes: Any) -> Feed:
        """A feed on the server of this test, turned on; those of the seed are not."""
        self.db.execute(text("UPDATE feeds SET is_enabled = false WHERE code <> ALL (:ours)"), {"ours": self.ours})
        code = changes.pop("code", f"test-{adapter}".replace("_", "-"))
        self.ours.append(code)
        url = changes.pop("url", f"{self.server.url}{path}")
        made = make_feed(self.db, code, adapter=adapter, url=url, is_enabled=True, **changes)
        self.db.commit()
        return made

    def items(self, feed: Feed) -> dict[str, FeedItem]:
        return {one.key: one for one in self.db.scalars(select(FeedItem).where(FeedItem.feed_id == feed.id))}

    def problems(self, feed: Feed) -> list[FeedProblem]:
        return list(self.db.scalars(select(FeedProblem).where(FeedProblem.feed_id == feed.id).order_by(FeedProblem.id)))


@pytest.fixture
def pull(db: Session, server: FeedServer, work_off: Callable[..., None]) -> Pull:
    return Pull(db, server, work_off)
