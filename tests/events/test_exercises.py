"""Exercises: marked wherever they are told of, in every language, and counted in no statistic."""

import csv
import io
import re

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.exercises import WORDS, marked
from app.languages import LANGUAGES, speaking
from tests.conftest import Cast
from tests.make import make_event, make_figure
from tests.waiting import soon

TITLE = "Earthquake below Almaty"


@pytest.fixture
def drill(db: Session) -> str:
    event = make_event(db, TITLE, exercise=True, alert_level="red", summary={"en": "Invented."})
    make_figure(db, event, "dead", 120)
    db.commit()
    return event.ref


def test_every_language_has_the_word() -> None:
    assert WORDS.keys() == LANGUAGES.keys()


def test_a_title_is_marked_once() -> None:
    with speaking("ru"):
        assert marked(marked(TITLE, True), True) == f"УЧЕНИЕ: {TITLE}"
    assert marked(TITLE, False) == TITLE


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_title_says_so_in_the_readers_language(client: TestClient, drill: str, lang: str) -> None:
    title = client.get(f"/api/v1/events/{drill}", params={"lang": lang}).json()["title"]
    assert title == f"{WORDS[lang]}: {TITLE}"


def test_real_events_are_not_marked(client: TestClient, db: Session) -> None:
    event = make_event(db, TITLE)
    db.commit()
    assert client.get(f"/api/v1/events/{event.ref}").json()["title"] == TITLE


@pytest.mark.parametrize("format", ["json", "geojson", "csv"])
def test_every_export_says_so(client: TestClient, drill: str, format: str) -> None:
    answer = client.get("/api/v1/events", params={"exercise": "true", "format": format})
    if format == "csv":
        [row] = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    else:
        body = answer.json()
        row = body["results"][0] if format == "json" else body["features"][0]["properties"]
    assert row["title"] == f"EXERCISE: {TITLE}"
    assert str(row["exercise"]).lower() == "true"


def test_the_map_says_so(client: TestClient, drill: str) -> None:
    assert f"EXERCISE: {TITLE}".encode() in client.get("/tiles/events/9/365/187.mvt").content


@pytest.mark.parametrize("page", ["", "/edit", "/withdraw"])
def test_every_page_of_one_has_a_band_and_a_marked_title(client: TestClient, cast: Cast, drill: str, page: str) -> None:
    html = client.get(f"/events/{drill}{page}", headers=cast.person("operator")).text
    assert '<aside class="exercise band"' in html
    assert f"EXERCISE: {TITLE}" in html


@pytest.mark.parametrize("page", ["/", "/events", "/search?q=below", "/places/KAZ"])
def test_lists_that_show_one_mark_it(client: TestClient, drill: str, page: str) -> None:
    html = client.get(page).text
    assert f"EXERCISE: {TITLE}" in html
    assert html.count(TITLE) == html.count(f"EXERCISE: {TITLE}")


@pytest.mark.parametrize("page", ["/", "/places", "/places/KAZ"])
def test_no_number_on_a_page_counts_one(client: TestClient, db: Session, page: str) -> None:
    before = numbers_of_events(client, page)
    make_event(db, TITLE, exercise=True, status="alert")
    db.commit()
    soon(lambda: client.get("/events").text, lambda html: TITLE in html)
    assert numbers_of_events(client, page) == before
    make_event(db, TITLE, status="alert")
    db.commit()
    assert soon(lambda: numbers_of_events(client, page), lambda now: now != before) != before


def numbers_of_events(client: TestClient, page: str) -> list[str]:
    """What stands in the links that lead to lists of real events."""
    return re.findall(r'<a[^>]*href="/events[^"]*exercise=false[^"]*"[^>]*>(.*?)</a>', client.get(page).text, re.DOTALL)


def test_a_source_of_exercises_only_is_not_among_those_of_the_data(client: TestClient, db: Session) -> None:
    make_figure(db, make_event(db, TITLE, exercise=True))
    db.commit()
    assert "Bulletin TEST-SOURCE" not in client.get("/about").text
    make_figure(db, make_event(db, TITLE))
    db.commit()
    assert soon(lambda: "Bulletin TEST-SOURCE" in client.get("/about").text, bool)
