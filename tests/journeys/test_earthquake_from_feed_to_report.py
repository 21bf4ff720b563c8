"""A night on duty: a feed tells of an earthquake, and over HTTP alone it becomes an event, figures, a warning, a report."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from tests.make import make_contact, make_feed, make_webhook
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


@dataclass
class Night:
    """The portal, those who ask it, and what happens beside it."""

    portal: TestClient
    db: Session
    operator: Person
    neighbour: Person
    work_off: Callable[..., None]
    event: str = ""

    def background(self) -> None:
        """What the background process does every few seconds."""
        self.db.execute(text("UPDATE feeds SET next_at = clock_timestamp() WHERE code = 'night'"))
        pulling.put_pulls(self.db)
        self.db.commit()
        self.work_off(allow_private_addresses=True)
        hand_on_announcements(self.db)
        self.db.commit()
        ask_for_due(self.db)
        self.db.commit()
        self.work_off(allow_private_addresses=True)

    def read(self, address: str) -> dict[str, Any]:
        return ok(self.portal.get(f"/api/v1{address}", headers=self.operator))

    def write(self, address: str, said: dict[str, Any], status: int = 201) -> dict[str, Any]:
        headers = self.operator | {"If-Match": "*"}
        return ok(self.portal.post(f"/api/v1{address}", json=said, headers=headers), status)


@pytest.fixture
def night(
    new_portal: Callable[..., TestClient], db: Session, cast: Cast, server: FeedServer, work_off: Callable[..., None]
) -> Night:
    db.execute(text("UPDATE feeds SET is_enabled = false"))
    make_feed(db, "night", adapter="usgs", url=server.url, is_enabled=True)
    make_contact(db, organisation="TJK-COES", email="desk@tajikistan.example")
    neighbour = cast.person("approver", organisation="TJK-COES")
    return Night(new_portal(), db, cast.person("operator"), neighbour, work_off)


def test_from_the_first_shock_to_the_report(night: Night, server: FeedServer, receiver: Receiver) -> None:
    make_webhook(night.db, receiver.url, organisation="TJK-COES", countries=["KGZ"])
    candidate = a_feed_tells_of_it(night, server)
    one_decision_makes_it_an_event(night, candidate)
    the_feed_thinks_better_of_it(night, server, candidate)
    two_sources_contradict_each_other(night)
    the_neighbour_is_warned_and_acknowledges(night)
    a_report_goes_out_and_stays_as_it_is(night)
    night.background()
    assert {"event.logged", "warning.issued", "report.published"} <= set(receiver.types)
    assert night.event in night.portal.get("/feeds/events.atom").text
    page = night.portal.get(f"/events/{night.event}").text
    assert all(words in page for words in ("Aftershocks expected", NEWS["name"], MINISTRY["name"]))


def a_feed_tells_of_it(night: Night, server: FeedServer) -> str:
    server.say(answer(quake(5.8)))
    night.background()
    [candidate] = night.read("/inbox?waiting=true")["results"]
    assert (candidate["magnitude"], candidate["hazard"]["code"], candidate["region"]) == (5.8, "EQ", "inside")
    ref: str = candidate["ref"]
    return ref


def one_decision_makes_it_an_event(night: Night, candidate: str) -> None:
    night.event = night.write(f"/inbox/{candidate}/event", {}, 200)["event"]
    event = night.read(f"/events/{night.event}")
    assert event["geometry"]["coordinates"][:2] == [70.82, 40.06]
    assert "KGZ" in [country["iso3"] for country in event["countries"]]


def the_feed_thinks_better_of_it(night: Night, server: FeedServer, candidate: str) -> None:
    """The operator is shown the difference."""
    server.say(answer(quake(6.1)))
    night.background()
    [changed] = night.read("/inbox?changed=true")["results"]
    assert changed["ref"] == candidate
    assert "magnitude" in changed["changed_fields"]


def two_sources_contradict_each_other(night: Night) -> None:
    """Both stay, one is shown first, and nothing is added up."""
    figures = f"/events/{night.event}/figures"
    for value, source, method in ((12, MINISTRY, "official"), (40, NEWS, "media")):
        said = {"indicator": "dead", "value": value, "source": source, "method": method, "as_of": f"{STRUCK:%Y-%m-%d}"}
        night.write(figures, said)
    assert sorted(figure["value"] for figure in night.read(f"{figures}?indicator=dead")["results"]) == [12, 40]
    headline = night.read(f"/events/{night.event}")["figures"]["dead"]
    assert (headline["value"], headline["source"]["name"]) == (12, MINISTRY["name"])


def the_neighbour_is_warned_and_acknowledges(night: Night) -> None:
    warning = {
        "event": night.event, "hazard": "EQ", "categories": ["geo"], "urgency": "immediate", "severity": "severe",
        "certainty": "observed", "expires_at": f"{datetime.now(UTC) + timedelta(hours=12):%Y-%m-%dT%H:%M:%SZ}",
        "headlines": {"en": "Aftershocks expected", "ru": "Ожидаются афтершоки"}, "countries": ["KGZ"],
    }  # fmt: skip
    ref = night.write("/warnings", warning)["ref"]
    night.write(f"/warnings/{ref}/issue", {"recipients": ["TJK-COES"]}, 200)
    cap = night.portal.get(f"/feeds/warnings/{ref}.cap")
    assert cap.headers["content-type"].startswith("application/cap+xml")
    assert "Ожидаются афтершоки" in cap.text
    read = {"remark": "Read."}
    ok(night.portal.post(f"/api/v1/warnings/{ref}/acknowledge", json=read, headers=night.neighbour))
    [recipient] = night.read(f"/warnings/{ref}/recipients")["results"]
    assert recipient["organisation"]["code"] == "TJK-COES"
    assert recipient["acknowledged_at"]


def a_report_goes_out_and_stays_as_it_is(night: Night) -> None:
    reports = f"/events/{night.event}/situation-reports"
    draft = night.write(reports, {"sections": {"highlights": {"en": "Villages near Batken are cut off."}}})["ref"]
    published = night.write(f"{reports}/{draft}/publish", {}, 200)
    assert (published["number"], published["version"]) == (1, "1.0")
    source = {**MINISTRY, "name": "Bulletin 2"}
    night.write(
        f"/events/{night.event}/figures", {"indicator": "dead", "value": 15, "source": source, "method": "official"}
    )
    frozen = night.read(f"{reports}/1")["figures"]
    assert [one["value"] for one in frozen if one["indicator"] == "dead"] == [12]
