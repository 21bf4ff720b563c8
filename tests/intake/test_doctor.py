"""`./portal doctor` tells of feeds that have been silent for long."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cluster import OWNER, Cluster
from app.commands import doctor_feeds
from app.settings import settings
from tests.make import make_feed


@pytest.fixture
def fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FETCH_FEEDS", "true")
    settings.cache_clear()


@pytest.fixture(autouse=True)
def settings_as_before() -> Iterator[None]:
    yield
    settings.cache_clear()


def said(cluster: Cluster, database: str) -> tuple[bool, str]:
    with psycopg.connect(cluster.url(database, OWNER)) as db:
        return doctor_feeds.line(db)


def test_a_silent_feed_is_named_with_its_last_error(
    cluster: Cluster, database: str, db: Session, fetching: None
) -> None:
    now = datetime.now(UTC)
    db.execute(text("UPDATE feeds SET is_enabled = false"))
    make_feed(db, "test-well", is_enabled=True, last_tried_at=now, last_ok_at=now)
    db.commit()
    assert said(cluster, database) == (True, "Feeds: 1 turned on, none silent")
    old = now - timedelta(hours=3)
    make_feed(db, "test-silent", is_enabled=True, last_tried_at=now, last_ok_at=old, last_error="too slow")
    db.commit()
    is_well, line = said(cluster, database)
    assert not is_well
    assert line == f"Feeds: 1 of 2 silent: test-silent since {old:%Y-%m-%d %H:%M} UTC (too slow); see /intake"


def test_a_portal_that_fetches_nothing_says_so(cluster: Cluster, database: str) -> None:
    settings.cache_clear()
    assert said(cluster, database) == (True, "Feeds: none is fetched (FETCH_FEEDS)")
