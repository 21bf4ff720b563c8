"""Administrators see how feeds are, add and change them, turn them on and off, and fetch at once; each act is in the history."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.history import History
from app.intake.models import Feed
from app.intake.queries import silent_feeds
from tests.conftest import Cast
from tests.intake.conftest import Pull
from tests.intake.server import FeedServer, answer, sample
from tests.make import add, make_feed, make_feed_item

NEW = {
    "name": "Weather service", "code": "meteo-test", "adapter": "cap", "url": "https://meteo.example.org/cap.atom",
    "every_minutes": "10", "is_enabled": "true", "key": "one",
}  # fmt: skip


@pytest.fixture
def administrator(cast: Cast) -> dict[str, str]:
    return cast.person("administrator")


def feed_of(db: Session, code: str) -> Feed:
    db.expire_all()
    return db.scalars(select(Feed).where(Feed.code == code)).one()


def done(db: Session) -> list[tuple[str, str, Any, Any]]:
    rows = db.scalars(select(History).where(History.noun == "feeds").order_by(History.id))
    return [(one.action, one.ref, one.before, one.after) for one in rows]


def test_the_sources_that_everybody_needs_are_there(client: TestClient, administrator: dict[str, str]) -> None:
    page = client.get("/intake", headers=administrator)
    assert page.status_code == 200
    for code in ("usgs", "emsc", "gdacs", "gdacs-api", "eonet", "reliefweb"):
        assert f'href="/intake/{code}"' in page.text


def test_a_feed_is_added_and_asked_from_then_on(client: TestClient, administrator: dict[str, str], db: Session) -> None:
    answer = client.post("/intake", data=NEW, headers=administrator, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/intake/meteo-test")
    feed = feed_of(db, "meteo-test")
    assert (feed.adapter, feed.every_s, feed.is_enabled) == ("cap", 600, True)
    ((action, ref, before, after),) = done(db)
    assert (action, ref, before) == ("added", "meteo-test", None)
    assert after["address"] == "https://meteo.example.org/cap.atom"
    assert client.get("/intake/meteo-test", headers=administrator).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "javascript:alert(1)"}, "url"), ({"url": "https://"}, "url"), ({"url": "https://me:secret@example.org/"}, "url"),
        ({"url": ""}, "url"), ({"code": "Has Spaces"}, "code"), ({"code": "usgs"}, "code"), ({"adapter": "usgs"}, "adapter"),
        ({"every_minutes": "0"}, "every_minutes"), ({"every_minutes": "often"}, "every_minutes"),
        ({"hazard": "ZZ"}, "hazard"), ({"name": ""}, "name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    client: TestClient, administrator: dict[str, str], db: Session, changes: Mapping[str, str], field: str
) -> None:
    answer = client.post("/intake", data=NEW | changes, headers=administrator)
    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    assert "Weather service" in answer.text or changes.get("name") == ""
    assert db.scalar(select(Feed).where(Feed.code == "meteo-test")) is None


def test_another_address_is_asked_as_if_for_the_first_time(
    client: TestClient, administrator: dict[str, str], db: Session
) -> None:
    make_feed(db, etag='"old"', failures=3, last_error="refused: 500", is_enabled=True, options={"seconds": 5})
    db.commit()
    typed = {
        "name": "Quakes",
        "url": "https://new.example.org/",
        "every_minutes": "2",
        "hazard": "EQ",
        "is_enabled": "true",
    }
    answer = client.post("/intake/test-quakes", data=typed, headers=administrator, follow_redirects=False)
    assert answer.status_code == 303
    feed = feed_of(db, "test-quakes")
    assert (feed.url, feed.etag, feed.failures, feed.last_error) == ("https://new.example.org/", None, 0, None)
    assert feed.options == {"seconds": 5, "hazard": "EQ"}
    ((action, _ref, before, after),) = done(db)
    assert action == "changed"
    assert (before["address"], after["address"]) == ("https://test-quakes.example.org/", "https://new.example.org/")


def test_a_feed_is_turned_off_and_on(client: TestClient, administrator: dict[str, str], db: Session) -> None:
    for way, is_on in (("off", False), ("off", False), ("on", True)):
        assert client.post(f"/intake/usgs/{way}", headers=administrator).status_code == 200
        assert feed_of(db, "usgs").is_enabled is is_on
    assert [(action, after) for action, _, _, after in done(db)] == [
        ("turned off", {"enabled": False}), ("turned on", {"enabled": True}),
    ]  # fmt: skip


def test_a_feed_is_fetched_at_once(
    client: TestClient, administrator: dict[str, str], pull: Pull, server: FeedServer, db: Session
) -> None:
    server.say(answer(sample("usgs.geojson")))
    feed = pull.feed(next_at=datetime.now(UTC) + timedelta(hours=5))
    assert client.post(f"/intake/{feed.code}/fetch", headers=administrator).status_code == 200
    pull()
    assert len(pull.items(feed)) == 3
    assert [action for action, *_ in done(db)] == ["asked"]


def test_a_feed_that_is_turned_off_is_not_fetched_at_once(
    client: TestClient, administrator: dict[str, str], db: Session
) -> None:
    make_feed(db)
    db.commit()
    assert client.post("/intake/test-quakes/fetch", headers=administrator).status_code == 409


def test_a_feed_that_is_not_there_is_not_found(client: TestClient, administrator: dict[str, str]) -> None:
    assert client.get("/intake/nothing", headers=administrator).status_code == 404
    assert client.post("/intake/nothing/on", headers=administrator).status_code == 404


def test_raw_texts_and_broken_things_are_shown_as_text_only(
    client: TestClient, administrator: dict[str, str], pull: Pull, server: FeedServer
) -> None:
    body = sample("usgs.geojson").replace(b"Testtown", b"<script>alert(1)</script>Testtown")
    server.say(
        answer(body.replace(b'"id":"ci0invent2"', b'"id":"x"').replace(b'"mag":2.6', b'"mag":"<svg/onload=alert(2)>"'))
    )
    feed = pull.feed()
    pull(feed)
    page = client.get(f"/intake/{feed.code}", headers=administrator).text
    assert "<script>alert" not in page
    assert "<svg/onload" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_why_a_feed_fails_is_said_in_plain_words(
    client: TestClient, administrator: dict[str, str], db: Session
) -> None:
    make_feed(db, is_enabled=True, failures=3, last_error="unreadable: not JSON", last_tried_at=datetime.now(UTC))
    db.commit()
    page = client.get("/intake/test-quakes", headers=administrator).text
    assert "Its answer is not what such a feed says." in page
    assert "It is no JSON." in page
    assert "3 times in a row" in page


def test_a_feed_without_an_answer_for_long_is_silent(db: Session) -> None:
    now = datetime.now(UTC)
    old = now - timedelta(hours=2)
    db.execute(text("UPDATE feeds SET is_enabled = false"))
    make_feed(
        db, "test-well", is_enabled=True, last_tried_at=now, last_ok_at=now - timedelta(minutes=30), created_at=old
    )
    make_feed(db, "test-silent", is_enabled=True, last_tried_at=now, last_ok_at=old, created_at=old)
    make_feed(db, "test-never", is_enabled=True, last_tried_at=now, created_at=old)
    make_feed(db, "test-new", is_enabled=True, created_at=old)
    make_feed(db, "test-daily", is_enabled=True, last_tried_at=now, last_ok_at=old, created_at=old, every_s=86_400)
    make_feed(db, "test-off", last_tried_at=now, last_ok_at=old, created_at=old)
    assert [feed.code for feed in silent_feeds(db)] == ["test-never", "test-silent"]


def test_items_are_shown_with_what_was_not_understood(
    client: TestClient, administrator: dict[str, str], db: Session
) -> None:
    item = make_feed_item(db, unread={"started_at": "9999-01-01"})
    item.gone_at = datetime.now(UTC)
    add(db, item)
    db.commit()
    page = client.get("/intake/test-quakes", headers=administrator).text
    assert "9999-01-01" in page
    assert "no longer in the feed" in page
