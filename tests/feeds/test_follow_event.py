"""What became known of one event, as a feed: each figure with its source, each situation report."""

import re

import feedparser
from lxml import etree
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.feeds.test_follow_events import check_atom
from tests.make import make_event, make_figure, make_report, make_source


def test_each_figure_is_an_entry_with_its_source(client: TestClient, db: Session) -> None:
    event = make_event(db)
    make_figure(db, event, "dead", 7, source_id=make_source(db, name="Ministry").id, as_of="2026-07-08")
    make_figure(db, event, "injured", 40, qualifier="about", source_id=make_source(db, "AGENCY", name="Agency").id)
    db.commit()
    answer = client.get(f"/feeds/events/{event.ref}.atom")
    assert answer.status_code == 200, answer.text
    check_atom(etree.fromstring(answer.content))
    feed = feedparser.parse(answer.content)
    assert feed.feed.title == "Mudflow above Almaty"
    assert {entry.title for entry in feed.entries} == {"Dead: 7 (Ministry, 2026-07-08)", "Injured: ≈ 40 (Agency)"}
    assert (
        client.get(f"/feeds/events/{event.ref}.atom", headers={"If-None-Match": answer.headers["etag"]}).status_code
        == 304
    )


def test_a_figure_of_an_exercise_says_so(client: TestClient, db: Session) -> None:
    event = make_event(db, exercise=True)
    make_figure(db, event)
    db.commit()
    feed = feedparser.parse(client.get(f"/feeds/events/{event.ref}.atom").content)
    assert feed.feed.title.startswith("EXERCISE: ")
    assert all(entry.title.startswith("EXERCISE: ") for entry in feed.entries)
    assert all("exercise" in {tag.term for tag in entry.tags} for entry in feed.entries)


def test_a_published_report_is_an_entry(client: TestClient, db: Session, cast: Cast) -> None:
    operator = cast.person("operator")
    event = make_event(db)
    db.commit()
    address = f"/api/v1/events/{event.ref}/situation-reports"
    said = {"titles": {"en": "First day"}, "sections": {"highlights": {"en": "Three streets are cut off."}}}
    drafted = client.post(address, json=said, headers=operator)
    assert drafted.status_code == 201, drafted.text
    assert feedparser.parse(client.get(f"/feeds/events/{event.ref}.atom", headers=operator).content).entries == []
    headers = operator | {"If-Match": drafted.headers["etag"]}
    published = client.post(f"{address}/{drafted.json()['ref']}/publish", json={}, headers=headers)
    assert published.status_code < 300, published.text
    (entry,) = feedparser.parse(client.get(f"/feeds/events/{event.ref}.atom").content).entries
    assert "First day" in entry.title
    assert entry.summary == "Three streets are cut off."
    assert client.get(entry.link.removeprefix("http://localhost:8000")).status_code == 200


def test_who_may_not_see_the_event_finds_no_feed(client: TestClient, db: Session) -> None:
    hidden = make_event(db, visibility="partners")
    db.commit()
    assert client.get(f"/feeds/events/{hidden.ref}.atom").status_code == 404
    assert client.get("/feeds/events/EV-2026-9999.atom").status_code == 404


def test_the_page_of_an_event_leads_to_its_feed(client: TestClient, db: Session) -> None:
    event = make_event(db)
    db.commit()
    page = client.get(f"/events/{event.ref}").text
    assert re.search(
        rf'<link rel="alternate" type="application/atom\+xml"[^>]*href="/feeds/events/{event.ref}.atom"', page
    )


def test_a_report_of_a_merged_event_is_linked_itself_whatever_its_number(
    client: TestClient, db: Session, cast: Cast
) -> None:
    master, duplicate = make_event(db, "Flood"), make_event(db, "Flooding")
    make_report(db, master, text="From the master.")
    make_report(db, duplicate, text="From the duplicate.")
    db.commit()
    headers = cast.person("operator") | {"If-Match": "*"}
    said = {"into": master.ref, "reason": "The same flood"}
    assert client.post(f"/api/v1/events/{duplicate.ref}/merge", json=said, headers=headers).status_code == 200
    for entry in feedparser.parse(client.get(f"/feeds/events/{master.ref}.atom").content).entries:
        assert entry.summary in client.get(entry.link.removeprefix("http://localhost:8000")).text
