"""Asking for assistance over a bad line: the page opens without a connection, and what was typed is sent once there is one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from app.requests.models import Request
from tests.browser.conftest import serving, window
from tests.conftest import clone
from tests.make import make_session, make_user

STATUS, BUTTON = "[data-draft-status]", "main form.form .form__end button"
UNTIL = """async (kept) => {
    if (kept) await navigator.serviceWorker.ready;
    while (Boolean(await caches.match('/requests/new')) !== kept || (kept && !navigator.serviceWorker.controller))
        await new Promise((go_on) => setTimeout(go_on, 20));
}"""


@pytest.fixture(scope="module")
def here(cluster: Cluster) -> Iterator[tuple[str, Engine]]:
    # a worker is allowed where the connection cannot be listened to, and on this machine under this name
    with clone(cluster, "reference") as database, serving(cluster, database, host="localhost") as address:
        owner = create_engine(sqlalchemy_url(cluster.url(database, OWNER)))
        yield address, owner
        owner.dispose()


@pytest.fixture
def phone_of_requester(browser: Browser, here: tuple[str, Engine]) -> Iterator[Page]:
    address, owner = here
    with Session(owner) as db, db.begin():
        token = make_session(db, make_user(db, "requester", organisation="TEST-ORG"))
    with window(browser, address, viewport={"width": 360, "height": 740}) as context:
        context.add_cookies([{"name": "session", "value": token, "url": address}])
        page = context.new_page()
        page.goto("/requests/new")
        page.evaluate(UNTIL, True)
        yield page


def fill(page: Page, title: str) -> None:
    page.fill("[name='titles.en']", title)
    page.select_option("[name=country]", "KAZ")
    page.fill("[name='lines.0.description.en']", "Motor boats")
    page.fill("[name='lines.0.quantity']", "3")
    page.select_option("[name='lines.0.unit']", "each")


def count(owner: Engine, title: str) -> int:
    with Session(owner) as db:
        return db.scalar(select(func.count()).where(Request.titles["en"].astext == title)) or 0


def test_it_opens_without_a_connection_and_is_sent_once_when_the_line_is_back(
    phone_of_requester: Page, here: tuple[str, Engine]
) -> None:
    page = phone_of_requester
    page.context.set_offline(True)
    page.goto("/requests/new")
    fill(page, "Boats over a bad line")
    page.click(BUTTON)
    expect(page.locator(STATUS)).to_contain_text("sent once")
    page.goto("/requests/new")  # as after the telephone was switched off
    expect(page.locator("[name='titles.en']")).to_have_value("Boats over a bad line")
    expect(page.locator(STATUS)).to_contain_text("sent once")
    assert count(here[1], "Boats over a bad line") == 0
    page.context.set_offline(False)
    page.wait_for_url("**/requests/RQ-*")
    assert count(here[1], "Boats over a bad line") == 1
    page.goto("/requests/new")
    expect(page.locator("[name='titles.en']")).to_have_value("")


def test_two_requests_filled_in_offline_are_two(phone_of_requester: Page, here: tuple[str, Engine]) -> None:
    page = phone_of_requester
    keys = set()
    for title in ("First of two", "Second of two"):
        page.context.set_offline(True)
        page.goto("/requests/new")
        keys.add(page.input_value("[name=key]"))
        fill(page, title)
        page.click(BUTTON)
        expect(page.locator(STATUS)).to_contain_text("sent once")
        page.context.set_offline(False)
        page.wait_for_url("**/requests/RQ-*")
    assert len(keys) == 2
    assert [count(here[1], title) for title in ("First of two", "Second of two")] == [1, 1]


def test_signing_out_takes_the_kept_page_away(phone_of_requester: Page) -> None:
    page = phone_of_requester
    page.click('form[action="/sign-out"] button')
    page.wait_for_url("**/")
    page.evaluate(UNTIL, False)
