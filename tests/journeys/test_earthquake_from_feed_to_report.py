"""A night on duty: a feed tells of an earthquake, and over HTTP alone it becomes an event, figures, a warning, a report."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.background import hand_on_announcements
from app.intake import pulling
from app.webhooks.delivering import ask_for_due
from tests.conftest import Cast
from tests.intake.server import FeedServer, answer, feed_server
from tests.make import make_contact, make_feed, make_user, make_webhook
from tests.webhooks.receivers import Receiver, receiving

Person = dict[str, str]
STRUCK = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20)
MINISTRY = {"name": "Ministry of Emergency Situations, bulletin 1", "kind": "government"}
NEWS = {"name": "A news agency, invented", "kind": "media"}


def quake(magnitude: float) -> bytes:
    """The shock as USGS tells of it; invented."""
    at = int(STRUCK.timestamp() * 1000)
    said = {
        "mag": magnitude, "magType": "mww", "type": "earthquake", "place": "near Batken", "time": at, "updated": at,
        "alert": "orange", "status": "reviewed", "ids": ",us7000night,", "title": f"M {magnitude} - near Batken",
        "url": "https://earthquake.usgs.gov/earthquakes/eventpage/us7000night", "net": "us", "code": "7000night",
    }  # fmt: skip
    feature = {
        "type": "Feature", "id": "us7000night", "properties": said,
        "geometry": {"type": "Point", "coordinates": [70.82, 40.06, 11.0]},
    }  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "metadata": {"count": 1}, "features": [feature]}).encode()


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as one:
        yield one


def ok(said: Any, status: int = 200) -> dict[str, Any]:
    assert said.status_code == status, said.text
    body: dict[str, Any] = said.json()
    return body


def test_from_the_first_shock_to_the_report(
    new_portal: Callable[..., TestClient],
    db: Session,
    cast: Cast,
    server: FeedServer,
    receiver: Receiver,
    work_off: Callable[..., None],
) -> None:
    portal = new_portal(allow_private_addresses=True)
    operator = cast.person("operator")
    neighbour = cast.person("approver", organisation="TJK-COES")
    make_user(db, "reader", organisation="TJK-COES", email="duty@tajikistan.example")
    make_contact(db, organisation="TJK-COES", email="desk@tajikistan.example")
    make_webhook(db, receiver.url, organisation="TJK-COES", countries=["KGZ"])
    db.execute(text("UPDATE feeds SET is_enabled = false"))
    make_feed(db, "night", adapter="usgs", url=server.url, is_enabled=True)
    db.commit()

    def background() -> None:
        """What the background process does every few seconds."""
        db.execute(text("UPDATE feeds SET next_at = clock_timestamp() WHERE code = 'night'"))
        pulling.put_pulls(db)
        db.commit()
        work_off(allow_private_addresses=True)
        hand_on_announcements(db)
        db.commit()
        ask_for_due(db)
        db.commit()
        work_off(allow_private_addresses=True)

    # the feed tells of it, and one decision makes it an event
    server.say(answer(quake(5.8)))
    background()
    [candidate] = ok(portal.get("/api/v1/inbox?waiting=true", headers=operator))["results"]
    assert (candidate["magnitude"], candidate["hazard"]["code"], candidate["region"]) == (5.8, "EQ", "inside")
    decided = portal.post(
        f"/api/v1/inbox/{candidate['ref']}/event", json={}, headers=operator | {"If-Match": "*", "Idempotency-Key": "1"}
    )
    event_ref = ok(decided)["event"]
    event = ok(portal.get(f"/api/v1/events/{event_ref}"))
    assert event["geometry"]["coordinates"][:2] == [70.82, 40.06]
    assert "KGZ" in [country["iso3"] for country in event["countries"]]

    # the feed thinks better of it: the operator is shown the difference
    server.say(answer(quake(6.1)))
    background()
    [changed] = ok(portal.get("/api/v1/inbox?changed=true", headers=operator))["results"]
    assert changed["ref"] == candidate["ref"]
    assert "magnitude" in changed["changed_fields"]

    # two sources contradict each other: both stay, one is shown first, and nothing is added up
    figures = f"/api/v1/events/{event_ref}/figures"
    for value, source, method in ((12, MINISTRY, "official"), (40, NEWS, "media")):
        said = {"indicator": "dead", "value": value, "source": source, "method": method, "as_of": f"{STRUCK:%Y-%m-%d}"}
        ok(portal.post(figures, json=said, headers=operator), 201)
    found = ok(portal.get(f"{figures}?indicator=dead"))["results"]
    assert sorted(figure["value"] for figure in found) == [12, 40]
    headline = ok(portal.get(f"/api/v1/events/{event_ref}"))["figures"]["dead"]
    assert (headline["value"], headline["source"]["name"]) == (12, MINISTRY["name"])

    # the neighbour is warned, in CAP, and acknowledges
    warning = {
        "event": event_ref, "hazard": "EQ", "categories": ["geo"], "urgency": "immediate", "severity": "severe",
        "certainty": "observed", "expires_at": f"{datetime.now(UTC) + timedelta(hours=12):%Y-%m-%dT%H:%M:%SZ}",
        "headlines": {"en": "Aftershocks expected", "ru": "Ожидаются афтершоки"}, "countries": ["KGZ"],
    }  # fmt: skip
    drafted = ok(portal.post("/api/v1/warnings", json=warning, headers=operator), 201)["ref"]
    told = {"recipients": ["TJK-COES"]}
    ok(portal.post(f"/api/v1/warnings/{drafted}/issue", json=told, headers=operator | {"If-Match": "*"}))
    cap = portal.get(f"/feeds/warnings/{drafted}.cap")
    assert cap.headers["content-type"].startswith("application/cap+xml")
    assert "Ожидаются афтершоки" in cap.text
    ok(portal.post(f"/api/v1/warnings/{drafted}/acknowledge", json={"remark": "Read."}, headers=neighbour))
    [recipient] = ok(portal.get(f"/api/v1/warnings/{drafted}/recipients", headers=operator))["results"]
    assert recipient["organisation"]["code"] == "TJK-COES"
    assert recipient["acknowledged_at"]

    # a report goes out; what becomes known later does not change it
    reports = f"/api/v1/events/{event_ref}/situation-reports"
    draft = {"sections": {"highlights": {"en": "Villages near Batken are cut off."}}}
    begun = portal.post(reports, json=draft, headers=operator)
    [report] = [ok(begun, 201)["ref"].split(f"{event_ref}-")[-1]]
    published = ok(portal.post(f"{reports}/{report}/publish", json={}, headers=operator | {"If-Match": "*"}))
    assert (published["number"], published["version"]) == (1, "1.0")
    later = {"indicator": "dead", "value": 15, "source": {**MINISTRY, "name": "Bulletin 2"}, "method": "official"}
    ok(portal.post(figures, json=later, headers=operator), 201)
    frozen = ok(portal.get(f"{reports}/1"))
    assert [one["value"] for one in frozen["figures"] if one["indicator"] == "dead"] == [12]

    # and everybody who follows has been told
    background()
    assert {"event.logged", "warning.issued", "report.published"} <= set(receiver.types)
    assert event["title"] in portal.get("/feeds/events.atom").text
    page = portal.get(f"/events/{event_ref}").text
    assert all(words in page for words in ("Aftershocks expected", "A news agency, invented", MINISTRY["name"]))
