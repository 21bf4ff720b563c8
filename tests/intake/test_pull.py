"""A pull asks a feed only for news, and keeps its items as they were said, what they said before, and that they are gone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.intake import pulling
from app.intake.models import FeedItemRevision
from tests.intake.conftest import Pull
from tests.intake.server import FeedServer, answer, if_changed, packed, sample

QUAKES = sample("usgs.geojson")


def changed(**changes: Any) -> bytes:
    """The sample with other properties of its first quake."""
    said = json.loads(QUAKES)
    said["features"][0]["properties"] |= changes
    return json.dumps(said).encode()


def without_first() -> bytes:
    said = json.loads(QUAKES)
    return json.dumps(said | {"features": said["features"][1:]}).encode()


def test_items_are_stored_with_what_they_say_and_their_raw_text(pull: Pull, server: FeedServer) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed()
    pull(feed)
    item = pull.items(feed)["us7000test"]
    assert item.said["magnitude"] == 6.1
    assert item.said["related_keys"] == ["usgs:us7000test", "usgs:at00invent"]
    assert '"felt":120' in item.raw
    assert (item.revision, item.gone_at) == (1, None)
    assert item.sorted_at is not None  # the inbox was asked
    assert (feed.items_seen, feed.items_new, feed.items_changed, feed.items_broken) == (3, 3, 0, 0)
    assert (feed.failures, feed.last_error) == (0, None)
    assert feed.last_ok_at is not None
    assert feed.last_news_at is not None


def test_an_unchanged_answer_is_not_sent_again(pull: Pull, server: FeedServer) -> None:
    server.say(if_changed(QUAKES, '"one"'))
    feed = pull.feed()
    pull(feed)
    first = feed.last_ok_at
    pull(feed)
    assert [asked[1].get("If-None-Match") for asked in server.asked] == [None, '"one"']
    assert feed.last_ok_at > first
    assert len(pull.items(feed)) == 3


def test_unchanged_items_are_not_written_again(pull: Pull, server: FeedServer, db: Session) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed()
    pull(feed)
    rows = text("SELECT key, xmin::text, ctid::text FROM feed_items ORDER BY key")
    before = db.execute(rows).all()
    server.say(answer(changed(updated=1783499999000)))  # touched by its source, but with nothing new to say
    pull(feed)
    assert db.execute(rows).all() == before
    assert feed.items_changed == 0


def test_a_changed_item_is_a_new_revision_and_what_it_said_is_kept(pull: Pull, server: FeedServer, db: Session) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed()
    pull(feed)
    sorted_at = {key: one.sorted_at for key, one in pull.items(feed).items()}
    server.say(answer(changed(mag=6.4)))
    pull(feed)
    items = pull.items(feed)
    assert (items["us7000test"].revision, items["us7000test"].said["magnitude"]) == (2, 6.4)
    assert [key for key, at in sorted_at.items() if items[key].sorted_at != at] == ["us7000test"]
    earlier = db.scalars(select(FeedItemRevision)).one()
    assert (earlier.revision, earlier.said["magnitude"]) == (1, 6.1)
    assert (feed.items_new, feed.items_changed) == (0, 1)


def test_an_item_that_left_the_feed_is_kept_and_comes_back(pull: Pull, server: FeedServer) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed()
    pull(feed)
    last_there = feed.last_ok_at
    server.say(answer(without_first()))
    pull(feed)
    item = pull.items(feed)["us7000test"]
    assert item.gone_at is not None
    assert item.seen_at == last_there
    server.say(answer(QUAKES))
    pull(feed)
    item = pull.items(feed)["us7000test"]
    assert (item.gone_at, item.revision) == (None, 1)


def test_a_cut_answer_lets_no_item_go(pull: Pull, server: FeedServer) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed()
    pull(feed)
    server.say(answer(QUAKES[:1500]))
    pull(feed)
    assert all(item.gone_at is None for item in pull.items(feed).values())
    assert [one.message for one in pull.problems(feed)] == ["cut short"]


def test_a_packed_answer_is_unpacked(pull: Pull, server: FeedServer) -> None:
    server.say(packed(QUAKES))
    feed = pull.feed()
    pull(feed)
    assert len(pull.items(feed)) == 3
    assert server.asked[0][1]["Accept-Encoding"] == "gzip"


def test_the_inbox_is_asked_to_sort_what_is_new(pull: Pull, server: FeedServer, db: Session) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed()
    pulling.put_pull(db, feed)
    jobs = text("SELECT task_name FROM procrastinate_jobs ORDER BY id")
    assert list(db.scalars(jobs)) == ["intake.pull"]
    assert pulling.SORT == "inbox.sort"


def test_a_feed_is_pulled_once_a_turn_however_many_processes_ask(pull: Pull, server: FeedServer, db: Session) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed()
    for _ in range(3):
        pulling.put_pulls(db)
    pull(feed)
    assert len(server.asked) == 1
    pulling.put_pull(db, feed)  # as after a crash: the job is there again, but the turn was taken
    db.commit()
    pull()
    assert len(server.asked) == 1


def test_a_feed_that_is_turned_off_is_not_asked(pull: Pull, server: FeedServer, db: Session) -> None:
    feed = pull.feed()
    pulling.put_pull(db, feed)
    feed.is_enabled = False
    db.commit()
    pull(feed)
    assert server.asked == []


def test_an_address_that_changed_meanwhile_gets_nothing_of_the_old_one(
    pull: Pull, server: FeedServer, db: Session
) -> None:
    feed = pull.feed()

    def says(handler: Any) -> None:
        db.execute(text("UPDATE feeds SET url = 'https://elsewhere.example.org/' WHERE id = :id"), {"id": feed.id})
        db.commit()
        handler.tell(200, QUAKES)

    server.say(says)
    pull(feed)
    assert pull.items(feed) == {}


def test_reliefweb_is_silent_without_an_appname_and_named_with_one(pull: Pull, server: FeedServer, db: Session) -> None:
    server.say(answer(sample("reliefweb.json")))
    feed = pull.feed("reliefweb", "/v2/disasters?profile=full")
    pulling.put_pull(db, feed)
    pull(feed)
    assert server.asked == []
    assert feed.failures == 0
    pull.settings["reliefweb_appname"] = "invented-by-tests"
    pulling.put_pull(db, feed)
    pull(feed)
    assert [path for path, _ in server.asked] == ["/v2/disasters?profile=full&appname=invented-by-tests"]
    assert list(pull.items(feed)) == ["99123"]


def test_old_raw_texts_go_and_what_was_said_stays(pull: Pull, server: FeedServer, db: Session) -> None:
    server.say(answer(QUAKES[:1500]))
    feed = pull.feed()
    pull(feed)
    old = datetime.now(UTC) - timedelta(days=pulling.KEPT_DAYS + 1)
    for table in ("feed_items", "feed_problems"):
        db.execute(text(f"UPDATE {table} SET seen_at = :old"), {"old": old})
    pulling.prune(db)
    db.expire_all()
    item = pull.items(feed)["us7000test"]
    assert item.raw is None
    assert item.said["magnitude"] == 6.1
    assert pull.problems(feed) == []


def test_old_items_that_are_gone_and_belong_to_no_candidate_go(pull: Pull, server: FeedServer, db: Session) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed()
    pull(feed)
    old = datetime.now(UTC) - timedelta(days=pulling.KEPT_DAYS + 1)
    db.execute(text("UPDATE feed_items SET candidate_id = NULL, sorted_at = :old"), {"old": old})
    db.execute(text("UPDATE feed_items SET gone_at = :old WHERE key <> 'us7000test'"), {"old": old})
    db.execute(text("UPDATE feed_items SET sorted_at = NULL WHERE key = 'us7000gone'"))
    pulling.prune(db)
    db.expire_all()
    assert set(pull.items(feed)) == {"us7000test", "us7000gone"}
