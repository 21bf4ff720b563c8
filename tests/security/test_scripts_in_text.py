"""Cross-site scripting: whatever is written in the database, in a file that was imported or in an address, stays text.

`tests/browser/test_scripts_in_text.py` looks at the same pages in a real browser.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from tests.browser.addresses import LISTS, PAGES
from tests.conftest import Cast, client_on, clone
from tests.security.planting import MARK, PAYLOAD, Page, plant

OF_PEOPLE = ("/account", "/contacts", "/keys", "/people", "/history", "/events/new", "/capacities/new", "/sign-in")
OF_A_KIND = 5  # pages of one kind are made by one template
EVERYTHING = ("operator", "administrator", "stock_keeper")


@dataclass(frozen=True)
class Poisoned:
    """A portal in which every text that can be is an attack, the columns that took it, and somebody who sees all."""

    client: TestClient
    took: list[str]
    headers: dict[str, str]


@pytest.fixture(scope="module")
def poisoned(cluster: Cluster) -> Iterator[Poisoned]:
    with clone(cluster, "demo") as name:
        engine = create_engine(sqlalchemy_url(cluster.url(name, OWNER)))
        with Session(engine, expire_on_commit=False) as db:
            headers = Cast(db).person(*EVERYTHING)
        took = plant(engine)
        engine.dispose()
        with client_on(cluster, name) as client:
            yield Poisoned(client, took, headers)


def test_the_attack_stands_where_people_write(poisoned: Poisoned) -> None:
    assert set(poisoned.took) >= {
        "events.titles", "capacities.names", "organisations.names", "organisations.aliases", "organisations.url",
        "sources.name", "sources.url", "areas.names", "items.names", "warehouses.names", "users.name",
    }  # fmt: skip


@pytest.mark.parametrize("who", ["a visitor", "somebody who sees all"])
def test_no_page_brings_a_stored_attack_to_life(poisoned: Poisoned, who: str) -> None:
    headers = {} if who == "a visitor" else poisoned.headers
    waiting, seen, showed = [*PAGES, *LISTS, *OF_PEOPLE], Counter[str](), 0
    while waiting:
        address = waiting.pop(0)
        if seen[kind_of(address)] < OF_A_KIND and (page := page_at(poisoned.client, address, headers)):
            assert page.alive == [], address
            showed += MARK in page.text
            waiting += [link for link in page.links if link.startswith("/")]
        seen[kind_of(address)] += 1
    assert showed > 20


def kind_of(address: str) -> str:
    """/events/EV-2026-0001?lang=ru is of the kind of all events, /events of another."""
    path = urlsplit(address).path
    return f"{path.strip('/').split('/')[0]} {path.count('/')}" if path.count("/") > 1 else path


def page_at(client: TestClient, address: str, headers: dict[str, str]) -> Page | None:
    answer = client.get(address, headers=headers)
    assert answer.status_code < 500, address
    return Page(answer.text) if answer.headers["content-type"].startswith("text/html") else None


@pytest.mark.parametrize(
    "address",
    [
        "/search?q={}", "/events?q={}", "/capacities?q={}", "/stock?q={}", "/organisations?q={}", "/events/{}", "/places/{}",
        "/organisations/{}", "/events?{}=1", "/events?country={}", "/events?lang={}", "/events?cursor={}", "/events?glide={}",
        "/map?{}", "/map?q={}", "/{}", "/events?bbox={}", "/about?{}", "/capacities?type={}", "/events?format={}",
    ],
)  # fmt: skip
def test_no_page_brings_to_life_what_its_address_says(portal: TestClient, address: str) -> None:
    answer = portal.get(address.format(quote(PAYLOAD, safe="")))
    assert Page(answer.text).alive == []


@pytest.mark.parametrize("path", ["/api/v1/events", "/tiles/places/3/5/3.mvt", "/health/nothing", "/api/openapi.json"])
def test_what_programs_get_is_never_shown_as_a_page(portal: TestClient, path: str) -> None:
    answer = portal.get(path, params={"q": PAYLOAD})
    assert "html" not in answer.headers["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_spreadsheet_does_not_take_a_text_for_a_formula(poisoned: Poisoned) -> None:
    """The export's own rule is tested in tests/http/test_formats.py; here: no cell begins as a formula does."""
    rows = poisoned.client.get("/api/v1/capacities?format=csv&limit=50").text
    cells = [cell.strip('"') for line in rows.splitlines()[1:] for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r"))]
