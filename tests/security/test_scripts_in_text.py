"""Cross-site scripting: whatever is written in the database, in a file that was imported or in an address, stays text.

`tests/browser/test_scripts_in_text.py` looks at the same pages in a real browser.
"""

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import create_engine
from starlette.testclient import TestClient

from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from tests.browser.addresses import LISTS, PAGES
from tests.conftest import client_on, clone
from tests.security.planting import MARK, PAYLOAD, Page, plant

VISITED = 150


@pytest.fixture(scope="module")
def poisoned(cluster: Cluster) -> Iterator[tuple[TestClient, list[str]]]:
    """A portal in which every text that can be is an attack, and the columns that took it."""
    with clone(cluster, "demo") as name:
        engine = create_engine(sqlalchemy_url(cluster.url(name, OWNER)))
        took = plant(engine)
        engine.dispose()
        with client_on(cluster, name) as client:
            yield client, took


def test_the_attack_stands_where_people_write(poisoned: tuple[TestClient, list[str]]) -> None:
    assert set(poisoned[1]) >= {
        "events.titles", "capacities.names", "organisations.names", "organisations.aliases", "organisations.url",
        "sources.name", "sources.url", "areas.names", "items.names", "warehouses.names",
    }  # fmt: skip


def test_no_page_brings_a_stored_attack_to_life(poisoned: tuple[TestClient, list[str]]) -> None:
    client, _took = poisoned
    waiting, seen, showed = [*PAGES, *LISTS], set[str](), 0
    while waiting and len(seen) < VISITED:
        address = waiting.pop(0)
        if (
            address in seen
            or not address.startswith("/")
            or kind_of(address) in {kind_of(one) for one in list(seen)[:0]}
        ):
            continue
        seen.add(address)
        answer = client.get(address)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        page = Page(answer.text)
        assert page.alive == [], address
        showed += MARK in page.text
        waiting += [urlsplit(link).path for link in page.links if link.startswith("/")]
    assert showed > 20


def kind_of(address: str) -> str:
    return urlsplit(address).path


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


def test_a_spreadsheet_does_not_take_a_text_for_a_formula(poisoned: tuple[TestClient, list[str]]) -> None:
    """The export's own rule is tested in tests/http/test_formats.py; here: no cell begins as a formula does."""
    rows = poisoned[0].get("/api/v1/capacities?format=csv&limit=50").text
    cells = [cell.strip('"') for line in rows.splitlines()[1:] for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r"))]
