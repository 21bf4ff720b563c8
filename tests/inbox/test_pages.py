"""The inbox on pages that work without JavaScript: list, one, forms; nothing typed is lost, hostile texts stay texts."""

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.inbox.models import Candidate
from tests.conftest import Cast
from tests.inbox.telling import revise, sort_all, sorted_one, tell
from tests.make import make_event
from tests.waiting import soon

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>\u202e{{7*7}}'


@pytest.fixture
def operator(cast: Cast) -> dict[str, str]:
    return cast.person("operator", name="Aida Operator")


def fields(page: str, action: str) -> dict[str, str]:
    """What the form that is sent to `action` holds in its hidden and typed fields."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form, action
    inputs = re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in inputs}


def press(client: TestClient, one: Candidate, verb: str, headers: dict[str, str], **more: str) -> Any:
    page = client.get(f"/inbox/{one.ref}", headers=headers).text
    address = f"/inbox/{one.ref}/{verb}"
    return client.post(address, data=fields(page, address) | more, headers=headers, follow_redirects=False)


def test_the_list_shows_what_waits_and_tabs_count_the_rest(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    tell(db, "usgs", "us1")
    tell(db, "usgs", "small", magnitude=3.1, started_at="2026-07-01T00:00:00Z")
    sort_all(db)
    page = client.get("/inbox", headers=operator).text
    assert "Earthquake M 5.8" in page
    assert "M 3.1" not in page
    dropped = client.get("/inbox?status=dropped", headers=operator).text
    assert "Earthquake M 3.1" in dropped
    assert "Earthquake below M 4.5" in dropped
    for address in ("/inbox", "/inbox?status=dropped"):
        assert re.search(r"1 candidate\b", client.get(address, headers=operator).text)


def test_the_masthead_tells_operators_how_many_wait(
    client: TestClient, db: Session, cast: Cast, operator: dict[str, str]
) -> None:
    assert "to decide" not in client.get("/events", headers=operator).text
    sorted_one(db)
    number = 'class="n">1<span class="visually-hidden"> to decide'
    assert soon(lambda: number in client.get("/events", headers=operator).text, bool)
    assert "/inbox" not in client.get("/events", headers=cast.person("reader")).text
    assert "/inbox" not in client.get("/events").text


def test_one_press_on_the_page_makes_the_event(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    one = sorted_one(db)
    answer = press(client, one, "event", operator)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/inbox/{one.ref}")
    page = client.get(f"/inbox/{one.ref}", headers=operator).text
    assert "Undo this decision" in page
    assert "Aida Operator" in page
    event = db.scalars(select(Event).order_by(Event.created_at.desc())).first()
    assert event
    shown = client.get(f"/events/{event.ref}", headers=operator).text
    assert "Reported by feeds" in shown
    assert one.ref in shown
    assert "Reported by feeds" not in client.get(f"/events/{event.ref}").text


def test_whoever_was_slower_reads_who_decided_what(
    client: TestClient, db: Session, cast: Cast, operator: dict[str, str]
) -> None:
    one = sorted_one(db)
    page = client.get(f"/inbox/{one.ref}", headers=operator).text
    sent = fields(page, f"/inbox/{one.ref}/dismiss") | {"reason": "Blast"}
    press(client, one, "event", cast.person("operator", name="Bek Quicker"))
    answer = client.post(f"/inbox/{one.ref}/dismiss", data=sent, headers=operator)
    assert answer.status_code == 409
    assert "Bek Quicker decided on this before you" in answer.text


def test_what_is_probably_here_is_joined_with_one_press(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    event = make_event(db, "Isfara earthquake", "TJK", hazard_code="EQ", started_at="2026-07-08T05:30:00Z",
                       started_precision="minute", geometry="SRID=4326;POINT(70.65 40.3)")  # fmt: skip
    one = sorted_one(db)
    assert "may be" in client.get("/inbox", headers=operator).text
    page = client.get(f"/inbox/{one.ref}", headers=operator).text
    assert "It is probably here already" in page
    answer = press(client, one, "join", operator)
    assert answer.status_code == 303
    db.expire_all()
    assert db.get_one(Candidate, one.id).event_id == event.id


def test_edit_first_is_the_form_of_an_event_filled_in(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    one = sorted_one(db, alert_level="orange")
    page = client.get(f"/inbox/{one.ref}/edit", headers=operator)
    assert page.status_code == 200
    assert one.titles["en"] in unescape(page.text)
    assert one.titles["ru"] in unescape(page.text)
    sent = fields(page.text, f"/inbox/{one.ref}/edit")
    typed: dict[str, Any] = {
        "key": sent["key"], "version": sent["version"], "was": sent["was"], "titles.en": "Isfara earthquake", "hazard": "EQ",
        "started_at.day": "2026-07-08", "started_at.time": "05:30", "countries": ["TJK"], "status": "ongoing",
        "visibility": "partners", "geometry": "40.32, 70.63",
    }  # fmt: skip
    wrong = client.post(f"/inbox/{one.ref}/edit", data=typed | {"hazard": "ZZ"}, headers=operator)
    assert wrong.status_code == 422
    assert "Isfara earthquake" in wrong.text
    answer = client.post(f"/inbox/{one.ref}/edit", data=typed, headers=operator, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    db.expire_all()
    event = db.get_one(Event, db.get_one(Candidate, one.id).event_id)
    assert (event.titles["en"], event.visibility) == ("Isfara earthquake", "partners")


def test_values_that_differ_stand_side_by_side(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    tell(db, "usgs", "us1", magnitude=5.8)
    tell(db, "emsc", "e1", magnitude=5.4, magnitude_type="mb")
    (one,) = sort_all(db)
    page = client.get(f"/inbox/{one.ref}", headers=operator).text
    assert "<b><bdi>5.8 mww</bdi></b>" in page
    assert "5.4 mb" in page
    assert "differs" in page


def test_what_changed_is_shown_as_it_was_and_is(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    item = tell(db)
    sort_all(db)
    revise(db, item, magnitude=6.2, depth_km=0.0)
    (one,) = sort_all(db)
    page = client.get(f"/inbox/{one.ref}", headers=operator).text
    assert re.search(r"<del[^>]*>5\.8</del>.*?<ins[^>]*>6\.2</ins>", page, re.DOTALL)
    assert re.search(r"<del[^>]*>12</del>.*?<ins[^>]*>0</ins>", page, re.DOTALL)


def test_hostile_texts_of_feeds_stay_texts(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    one = sorted_one(
        db,
        "met",
        "w1",
        hazard=None,
        title=HOSTILE,
        summary=HOSTILE,
        severity_text=HOSTILE,
        url="javascript:alert(3)",
        source=HOSTILE,
    )
    for address in ("/inbox", f"/inbox/{one.ref}", f"/inbox/{one.ref}/edit"):
        page = client.get(address, headers=operator).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "javascript:" not in page
        assert "49" not in re.findall(r"\u202e(\d+)", page)


@pytest.mark.parametrize("lang", ["ru", "fa-AF"])
def test_pages_speak_other_languages(client: TestClient, db: Session, operator: dict[str, str], lang: str) -> None:
    tell(db, "usgs", "us1")
    tell(db, "relief", "r1", hazard="FL", geometry=None, title="Floods", magnitude=None)
    for address in ("/inbox", *(f"/inbox/{one.ref}" for one in sort_all(db))):
        assert client.get(address, params={"lang": lang}, headers=operator).status_code == 200
