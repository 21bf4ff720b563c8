"""The warnings in force as an index that leads to their CAP messages."""

import feedparser
from lxml import etree
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.feeds.test_follow_events import check_atom
from tests.warnings.warned import cancel, draft, issued

FEED = "/feeds/warnings.atom"


def test_a_warning_in_force_leads_to_its_cap_message(client: TestClient, db: Session, cast: Cast) -> None:
    operator = cast.person("operator")
    draft(client, operator)
    warning = issued(client, operator)
    answer = client.get(FEED)
    check_atom(etree.fromstring(answer.content))
    (entry,) = feedparser.parse(answer.content).entries
    assert entry.id == f"urn:uuid:{warning['id']}"
    assert entry.links[0].type == "application/cap+xml"
    message = client.get(entry.links[0].href.removeprefix("http://localhost:8000"))
    assert message.status_code == 200
    assert etree.fromstring(message.content).tag == "{urn:oasis:names:tc:emergency:cap:1.2}alert"
    assert entry.title == "Mudflow expected in the Almarasan gorge"
    assert "Leave the river bed." in entry.summary
    assert {"MS", "KAZ", "severe", "immediate", "likely"} <= {tag.term for tag in entry.tags}


def test_it_leaves_the_feed_when_it_is_over(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    warning = issued(client, operator)
    assert len(feedparser.parse(client.get(FEED).content).entries) == 1
    assert cancel(client, operator, warning["ref"]).status_code < 300
    assert [entry.id for entry in feedparser.parse(client.get(FEED).content).entries] == []


def test_an_exercise_says_so(client: TestClient, cast: Cast) -> None:
    issued(client, cast.person("operator"), status="exercise")
    (entry,) = feedparser.parse(client.get(f"{FEED}?lang=ru").content).entries
    assert entry.title.startswith("УЧЕНИЕ: ")
    assert "exercise" in {tag.term for tag in entry.tags}


def test_it_is_filtered_as_the_list_is(client: TestClient, cast: Cast) -> None:
    issued(client, cast.person("operator"))
    assert len(feedparser.parse(client.get(f"{FEED}?country=KAZ&severity=severe").content).entries) == 1
    assert feedparser.parse(client.get(f"{FEED}?country=UZB").content).entries == []
