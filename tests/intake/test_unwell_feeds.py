"""A feed that is slow, endless, broken, closed or hostile costs little, loses nothing, and is asked again later and later."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.intake import pulling
from app.intake.fetching import Failed
from app.intake.models import Feed
from tests.intake.conftest import Pull
from tests.intake.server import FeedServer, Handler, Says, answer, endless, reset, sample, slow_drip

QUAKES = sample("usgs.geojson")
LARGE = b" " * (33 * 1024 * 1024)


def leads_to(address: str) -> Says:
    return answer(b"", 302, Location=address)


def longer_than_said(handler: Handler) -> None:
    handler.tell(200, QUAKES, length=len(QUAKES) + 1000)


def shorter_than_said(handler: Handler) -> None:
    handler.tell(200, QUAKES, length=100)


CASES: dict[str, tuple[Says, str]] = {
    "a slow drip": (slow_drip, "too slow"),
    "an endless answer": (endless, "too large"),
    "a length that is not reached": (longer_than_said, "not reached"),
    "a connection that is cut": (reset, "not reached"),
    "an error of its own": (answer(b"oops", 500), "refused: 500"),
    "a feed that is gone": (answer(b"", 410), "refused: 410"),
    "a redirect to itself": (leads_to("/"), "too many redirects"),
    "a redirect to a cloud's secrets": (leads_to("http://169.254.169.254/latest/meta-data/"), "not allowed"),
    "a redirect to a file": (leads_to("file:///etc/passwd"), "not reached"),
    "a gzip bomb": (answer(gzip.compress(LARGE), Content_Encoding="gzip"), "too large"),
    "gzip that is none": (answer(QUAKES, Content_Encoding="gzip"), "packed oddly"),
    "gzip that ends early": (answer(gzip.compress(QUAKES)[:-20], Content_Encoding="gzip"), "packed oddly"),
    "another packing": (answer(QUAKES, Content_Encoding="br"), "packed oddly: br"),
    "a page": (answer(b"<html>Sorry</html>", Content_Type="text/html"), "unreadable: not JSON"),
    "another shape": (answer(b'{"features": 5}'), "unreadable: another shape"),
}


@pytest.mark.parametrize(("says", "error"), CASES.values(), ids=CASES)
def test_what_goes_wrong_is_noted_and_nothing_is_lost(pull: Pull, server: FeedServer, says: Says, error: str) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed(options={"seconds": 3 if error == "too large" else 0.5})
    pull(feed)
    last_ok = feed.last_ok_at
    server.say(says)
    pull(feed)
    assert feed.last_error.startswith(error)
    assert (feed.failures, feed.last_ok_at) == (1, last_ok)
    assert all(item.gone_at is None for item in pull.items(feed).values())
    assert len(pull.items(feed)) == 3


def test_what_cannot_be_read_is_kept_for_looking_at(pull: Pull, server: FeedServer) -> None:
    server.say(answer(b"<html>Sorry\x00 <script>alert(1)</script></html>"))
    feed = pull.feed()
    pull(feed)
    pull(feed)  # the same again is kept once
    (problem,) = pull.problems(feed)
    assert problem.message == "unreadable: not JSON"
    assert "Sorry" in problem.raw


def test_a_body_that_says_more_than_its_length_is_read_as_far_as_it_goes(pull: Pull, server: FeedServer) -> None:
    server.say(shorter_than_said)
    feed = pull.feed()
    pull(feed)
    assert feed.last_error.startswith("unreadable")


def test_a_redirect_is_followed(pull: Pull, server: FeedServer) -> None:
    server.say(leads_to("/new"))
    server.say(answer(QUAKES), "/new")
    feed = pull.feed()
    pull(feed)
    assert (feed.failures, len(pull.items(feed))) == (0, 3)


def test_an_address_of_our_own_network_is_not_asked(
    pull: Pull, server: FeedServer, work_off: Callable[..., None]
) -> None:
    feed = pull.feed()
    pulling.put_pull(pull.db, feed)
    pull.db.commit()
    work_off(allow_private_addresses=False)
    pull.db.expire_all()
    assert feed.last_error.startswith("not allowed")
    assert server.asked == []


@pytest.mark.parametrize("as_date", [False, True])
def test_a_feed_that_asks_us_to_wait_is_left_alone_for_so_long(pull: Pull, server: FeedServer, as_date: bool) -> None:
    until = datetime.now(UTC) + timedelta(hours=20)
    server.say(answer(b"", 429, Retry_After=format_datetime(until, usegmt=True) if as_date else str(20 * 3600)))
    feed = pull.feed()
    pull(feed)
    assert feed.last_error == "asked too often: 429"
    assert feed.next_at > datetime.now(UTC) + timedelta(hours=19)


@pytest.mark.parametrize("said", ["soon", "-5", "9" * 400, "1e99", "Mon, 99 Foo 0000"])
def test_a_senseless_wish_to_wait_does_no_harm(pull: Pull, server: FeedServer, said: str) -> None:
    server.say(answer(b"", 503, Retry_After=said))
    feed = pull.feed()
    pull(feed)
    assert feed.next_at < datetime.now(UTC) + timedelta(hours=25)


def waits(failures: int, every_s: int = 60) -> float:
    return pulling.wait_s(Feed(failures=failures, every_s=every_s), Failed("refused"))


def test_each_failure_makes_the_wait_longer_up_to_a_quarter_of_a_day() -> None:
    assert 48 <= waits(1) <= 72
    assert 96 <= waits(2) <= 144
    assert 0.8 * 6 * 3600 <= waits(50) <= 1.2 * 6 * 3600
    assert waits(50, every_s=86_400) >= 0.8 * 86_400
    assert len({waits(3) for _ in range(20)}) > 1


def test_a_feed_that_is_well_again_is_forgiven(pull: Pull, server: FeedServer) -> None:
    server.say(answer(b"", 500))
    feed = pull.feed()
    pull(feed)
    pull(feed)
    assert feed.failures == 2
    server.say(answer(QUAKES))
    pull(feed)
    assert (feed.failures, feed.last_error, feed.items_new) == (0, None, 3)


def test_one_sick_feed_does_not_keep_another_from_being_read(pull: Pull, server: FeedServer) -> None:
    server.say(slow_drip, "/slow")
    server.say(answer(QUAKES), "/well")
    sick = pull.feed(path="/slow", code="test-sick", options={"seconds": 0.5})
    well = pull.feed(path="/well", code="test-well")
    pull(sick, well)
    assert sick.last_error == "too slow"
    assert len(pull.items(well)) == 3


def test_two_items_with_one_name_become_the_newer_one(pull: Pull, server: FeedServer) -> None:
    twice = QUAKES.replace(b'"id":"us7000gone"', b'"id":"us7000test"')
    server.say(answer(twice))
    feed = pull.feed()
    pull(feed)
    items: dict[str, Any] = pull.items(feed)
    assert items["us7000test"].said["magnitude"] == 6.1
    assert [one.message for one in pull.problems(feed)] == ["twice in one answer"]


def test_an_item_that_the_database_refuses_does_not_keep_the_others_out(
    pull: Pull, server: FeedServer, db: Session
) -> None:
    server.say(answer(QUAKES))
    feed = pull.feed()
    db.execute(text("ALTER TABLE feed_items ADD CONSTRAINT refused CHECK (key <> 'ci0invent2')"))
    pull(feed)
    assert set(pull.items(feed)) == {"us7000test", "us7000gone"}
    (problem,) = pull.problems(feed)
    assert "ci0invent2" in problem.raw


def test_a_crash_in_the_middle_leaves_nothing_half_stored(pull: Pull, server: FeedServer, db: Session) -> None:
    """As if the process died while it stored: the database forgets all of it, and the next turn brings it again."""
    server.say(answer(QUAKES))
    feed = pull.feed()
    db.execute(text("ALTER TABLE feeds ADD CONSTRAINT crash CHECK (last_ok_at IS NULL)"))
    pull(feed)
    assert (pull.items(feed), feed.last_ok_at) == ({}, None)
    db.execute(text("ALTER TABLE feeds DROP CONSTRAINT crash"))
    pull(feed)
    assert len(pull.items(feed)) == 3
