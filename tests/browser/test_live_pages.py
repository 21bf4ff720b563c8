"""Pages that stand open change by themselves, politely: nothing moves under somebody who types or reads."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.orm import Session

from app.events.models import Event
from app.people.models import User
from tests.browser.conftest import window
from tests.browser.test_accessible import violations
from tests.browser.test_event_forms import Portal, here, operator, sign_in  # noqa: F401
from tests.make import make_event

LINE, BAR = ".live__line", ".live__bar"


@pytest.fixture
def visitor(browser: Browser, here: Portal) -> Iterator[BrowserContext]:  # noqa: F811
    with window(browser, here.address, viewport={"width": 1280, "height": 700}) as context:
        yield context


def open_live(context: BrowserContext, address: str) -> Page:
    """The page, once it listens."""
    page = context.new_page()
    with page.expect_request(lambda request: "/live?" in request.url):
        page.goto(address)
    return page


def close_event(here: Portal, ref: str) -> None:  # noqa: F811
    with Session(here.owner) as db, db.begin():
        event = db.query(Event).filter_by(ref=ref).one()
        event.status = "closed"


@pytest.mark.parametrize("address", ["/", "/events"])
def test_a_new_event_appears_by_itself(visitor: BrowserContext, here: Portal, address: str) -> None:  # noqa: F811
    page = open_live(visitor, address)
    page.evaluate("window.stillThere = true")
    title = f"Appeared on {address}"
    here.event(title)
    expect(page.get_by_text(title).first).to_be_visible()
    expect(page.locator(LINE)).to_contain_text(re.compile(r"Updated at \d\d:\d\d UTC"))
    assert page.evaluate("window.stillThere")


def test_the_page_of_an_event_follows_it(visitor: BrowserContext, here: Portal) -> None:  # noqa: F811
    ref = here.event("Ends while it is looked at")
    page = open_live(visitor, f"/events/{ref}")
    expect(page.locator(".head__marks")).to_contain_text("Ongoing")
    close_event(here, ref)
    expect(page.locator(".head__marks")).to_contain_text("Closed")


def test_focus_and_what_is_read_stay_where_they_are(visitor: BrowserContext, here: Portal) -> None:  # noqa: F811
    with Session(here.owner) as db, db.begin():
        refs = [make_event(db, f"Row {n:02}", started_at=f"2025-06-{n:02}T00:00:00Z").ref for n in range(1, 29)]
    page = open_live(visitor, "/events")
    link = page.locator(f"a.title[href='/events/{refs[3]}']")
    link.focus()
    link.scroll_into_view_if_needed()
    before = link.evaluate("one => one.getBoundingClientRect().top")
    here.event("Comes in above", started_at="2026-08-01T00:00:00Z")
    expect(page.get_by_text("Comes in above")).to_have_count(1)
    expect(link).to_be_focused()
    assert abs(link.evaluate("one => one.getBoundingClientRect().top") - before) < 3


def test_nothing_changes_under_somebody_who_types(visitor: BrowserContext, here: Portal, axe: str) -> None:  # noqa: F811
    page = open_live(visitor, "/events")
    page.fill("#field-q", "mud")
    here.event("Waits for whoever types")
    expect(page.locator(BAR)).to_contain_text("There is something new.")
    expect(page.get_by_text("Waits for whoever types")).to_have_count(0)
    assert violations(page, axe) == []
    page.locator(BAR).get_by_role("button").click()
    expect(page.get_by_text("Waits for whoever types").first).to_be_visible()
    expect(page.locator("#field-q")).to_have_value("mud")
    expect(page.locator(BAR)).to_have_count(0)


def test_a_page_that_nobody_looks_at_catches_up_when_it_is_looked_at(visitor: BrowserContext, here: Portal) -> None:  # noqa: F811
    page = open_live(visitor, "/events")
    hide = "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true}); document.dispatchEvent(new Event('visibilitychange')) }"
    page.evaluate(hide, True)
    here.event("Came while nobody looked")
    with page.expect_request(lambda request: "/live?" in request.url):
        page.evaluate(hide, False)
    expect(page.get_by_text("Came while nobody looked").first).to_be_visible()


def test_a_changed_right_is_told_and_nothing_is_mixed(browser: Browser, here: Portal, operator: User) -> None:  # noqa: F811
    with window(browser, here.address) as context:
        sign_in(context, here, operator)
        page = open_live(context, "/events")
        context.clear_cookies()
        here.event("After the session")
        expect(page.locator(BAR)).to_contain_text("There is something new.")
        expect(page.get_by_text("After the session")).to_have_count(0)


def test_without_javascript_the_page_is_whole(browser: Browser, here: Portal) -> None:  # noqa: F811
    ref = here.event("Plain")
    with window(browser, here.address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"/events/{ref}")
        expect(page.locator("h1")).to_contain_text("Plain")
        expect(page.locator(LINE)).to_have_count(0)
