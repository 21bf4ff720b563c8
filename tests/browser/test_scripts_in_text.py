"""Cross-site scripting, in a real browser: where every text is an attack, pages show it and none of it runs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from tests.browser.addresses import FIRST_OF, PAGES
from tests.browser.conftest import serving, window
from tests.conftest import Cast, clone
from tests.security.planting import MARK, plant

FURTHER = ("/account", "/contacts", "/keys", "/people", "/history", "/events/new", "/capacities/new")
# what a script would leave behind that ran, or that the policy had to stop
TRACES = f"document.querySelectorAll('{MARK}, [onpointerover], script:not([src])').length"


@pytest.fixture(scope="module")
def poisoned(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """Where the portal with the attacks answers, and the session of somebody who sees everything."""
    with clone(cluster, "demo") as name:
        engine = create_engine(sqlalchemy_url(cluster.url(name, OWNER)))
        with Session(engine, expire_on_commit=False) as db:
            cookie = Cast(db).person("operator", "administrator", "stock_keeper")["Cookie"]
        plant(engine)
        engine.dispose()
        with serving(cluster, name) as address:
            yield address, cookie.partition("=")[2]


@pytest.fixture
def victim(browser: Browser, poisoned: tuple[str, str]) -> Iterator[Page]:
    """A signed-in window in which nothing may run that is not ours."""
    address, token = poisoned
    ran: list[str] = []
    with window(browser, address, viewport={"width": 1280, "height": 900}) as context:
        context.add_cookies([{"name": "session", "value": token, "url": address}])
        page = context.new_page()
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda said: ran.append(said.text) if "Content Security Policy" in said.text else None)
        yield page
    assert ran == []


@pytest.mark.parametrize("address", [*PAGES, *FURTHER])
def test_what_is_written_is_shown_and_does_not_run(victim: Page, address: str) -> None:
    victim.goto(address)
    victim.wait_for_load_state("networkidle")
    assert victim.evaluate(TRACES) == 0


@pytest.mark.parametrize("address", FIRST_OF)
def test_the_page_of_one_record_is_no_better_a_place_for_it(victim: Page, address: str) -> None:
    victim.goto(address)
    victim.locator(FIRST_OF[address]).first.click()
    victim.wait_for_url(lambda url: not url.endswith(address))
    victim.wait_for_load_state("networkidle")
    assert MARK in victim.locator("main").inner_text()
    assert victim.evaluate(TRACES) == 0


def test_what_the_map_says_of_a_record_is_text(victim: Page) -> None:
    victim.goto("/map")
    victim.wait_for_selector('[data-module="map"][data-state="open"]')
    victim.wait_for_load_state("networkidle")
    assert victim.evaluate(TRACES) == 0


def test_searching_while_typing_shows_what_was_typed_as_text(victim: Page) -> None:
    victim.goto("/search?q=Almaty")
    box = victim.locator("#search")
    box.fill(f"<img src=x onerror=alert(1)> {MARK}")
    box.press("Enter")
    victim.wait_for_load_state("networkidle")
    assert victim.locator("img[src=x]").count() == 0
