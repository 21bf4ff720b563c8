"""A refusal says enough and no more: a small question never gets a huge or a slow answer."""

from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.make import make_capacity
from tests.waiting import soon


def test_of_thousands_of_unknown_parameters_some_are_named(portal: TestClient) -> None:
    answer = portal.get("/api/v1/capacities?" + "&".join(f"a{number}" for number in range(2500)))
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20
    assert len(answer.content) < 30_000


def test_of_hundreds_of_unknown_codes_some_are_explained(portal: TestClient) -> None:
    wrong = {
        name: ",".join(f"{code}-{number}x" for number in range(200))
        for name, code in (("area", "KZ"), ("organisation", "ORG"), ("type", "usar"))
    }
    answer = portal.get("/api/v1/capacities?" + urlencode(wrong, safe=","))
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"area", "organisation", "type"}
    assert len(answer.json()["errors"]) == 15


@pytest.mark.parametrize("query", ["ordering=-near", "ordering=-q", "ordering=-near&near=70,40"])
def test_the_reverse_of_near_and_of_best_is_no_ordering(portal: TestClient, query: str) -> None:
    answer = portal.get(f"/api/v1/capacities?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "ordering"


@pytest.mark.parametrize("query", ["limit=3", "cursor=x", "ordering=name", "format=csv", "format=geojson", "hxl=1"])
@pytest.mark.parametrize("noun", ["events", "capacities", "stock"])
def test_facets_take_no_paging_and_say_so(portal: TestClient, noun: str, query: str) -> None:
    answer = portal.get(f"/api/v1/{noun}/facets?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]
    assert portal.get(f"/api/v1/{noun}/facets?format=json&lang=ru").status_code == 200


def test_every_page_stops_speaking_of_demonstration_when_the_last_is_gone(client: TestClient, db: Session) -> None:
    make_capacity(db, demonstration=True)
    db.commit()
    pages = ("/organisations", "/about", "/api/docs", "/stock", "/places", "/events")
    band = 'class="demonstration band"'
    assert all(soon(lambda page=page: band in client.get(page).text, bool) for page in pages)
    db.execute(text("DELETE FROM capacities"))
    db.commit()
    assert soon(lambda: [page for page in pages if band in client.get(page).text], lambda left: not left) == []


def test_a_slash_too_many_leads_home_whatever_host_was_named(portal: TestClient) -> None:
    for path in ("/events/", "/api/v1/events/?limit=3"):
        answer = portal.get(path, headers={"host": "evil.example"}, follow_redirects=False)
        assert answer.status_code == 307
        assert answer.headers["location"] == "http://localhost:8000" + path.replace("/?", "?").rstrip("/")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/events", "GET, HEAD, POST"),
        ("/events", "GET, HEAD, POST"),
        ("/tiles/places/3/5/3.mvt", "GET, HEAD"),
        ("/api/openapi.json", "GET, HEAD"),
    ],
)
def test_what_is_allowed_instead_is_said_whole(portal: TestClient, path: str, allowed: str) -> None:
    answer = portal.delete(path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert portal.head(path).status_code == 200
