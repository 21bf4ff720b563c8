"""Writing an event in a real browser: a draft outlives a broken connection, and likely duplicates show while one types."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import Engine, create_engine, delete, select
from sqlalchemy.orm import Session

from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from app.events.models import Event
from app.people.models import User, UserSession
from tests.browser.conftest import serving, window
from tests.browser.test_accessible import violations
from tests.conftest import clone
from tests.make import make_event, make_session, make_user

BUTTON = "main form.form .button--main"
TITLE, PLACE = "[name='titles.en']", "[name='place.en']"


@dataclass(frozen=True)
class Portal:
    address: str
    owner: Engine

    def event(self, title: str = "Mudflow above Almaty", *countries: str, **changes: Any) -> str:
        with Session(self.owner) as db, db.begin():
            return str(make_event(db, title, *countries, **changes).ref)

    def titled(self, title: str) -> list[Event]:
        with Session(self.owner) as db:
            return list(db.scalars(select(Event).where(Event.titles["en"].astext == title)))


@pytest.fixture(scope="module")
def here(cluster: Cluster) -> Iterator[Portal]:
    with clone(cluster, "reference") as database, serving(cluster, database) as address:
        owner = create_engine(sqlalchemy_url(cluster.url(database, OWNER)))
        yield Portal(address, owner)
        owner.dispose()


@pytest.fixture
def operator(here: Portal) -> User:
    with Session(here.owner, expire_on_commit=False) as db, db.begin():
        return make_user(db, "operator")


def sign_in(context: BrowserContext, here: Portal, user: User) -> None:
    with Session(here.owner) as db, db.begin():
        token = make_session(db, user)
    context.add_cookies([{"name": "session", "value": token, "url": here.address}])


@pytest.fixture
def desk(browser: Browser, here: Portal, operator: User) -> Iterator[Page]:
    """An operator's window."""
    with window(browser, here.address, viewport={"width": 1280, "height": 900}) as context:
        sign_in(context, here, operator)
        yield context.new_page()


def fill(page: Page, title: str, day: str = "2026-07-08", **fields: str) -> None:
    page.fill(TITLE, title)
    page.select_option("[name=hazard]", "DR")
    page.fill("[name='started_at.day']", day)
    page.check("[name=countries][value=UZB]")
    for name, value in fields.items():
        page.fill(f"[name='{name}']", value)


def drafts(page: Page) -> int:
    return int(page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length"))


def soon_kept(page: Page, text: str) -> None:
    page.wait_for_function("text => JSON.stringify({...localStorage}).includes(text)", arg=text)


def test_what_was_typed_is_there_after_the_window_was_closed(desk: Page) -> None:
    desk.goto("/events/new")
    fill(desk, "Closed too early")
    soon_kept(desk, "Closed too early")
    desk.close()
    again = desk.context.new_page()
    again.goto("/events/new")
    expect(again.locator(TITLE)).to_have_value("Closed too early")
    expect(again.locator("[name=countries][value=UZB]")).to_be_checked()
    expect(again.locator("[data-draft-notice] .note")).to_be_visible()
    again.locator("[data-draft-notice] button").click()
    expect(again.locator(TITLE)).to_have_value("")
    expect(again.locator("[data-draft-notice] .note")).to_have_count(0)


def test_a_dead_line_loses_nothing_and_the_second_press_saves(desk: Page, here: Portal) -> None:
    desk.goto("/events/new")
    fill(desk, "Sent without a line")
    desk.context.set_offline(True)
    desk.click(BUTTON)
    expect(desk.locator("[data-draft-status]")).to_contain_text("There is no connection")
    expect(desk.locator(TITLE)).to_have_value("Sent without a line")
    desk.context.set_offline(False)
    desk.click(BUTTON)
    desk.wait_for_url("**/events/EV-2026-*")
    assert len(here.titled("Sent without a line")) == 1
    assert drafts(desk) == 0


def test_an_answer_that_got_lost_does_not_log_the_event_twice(desk: Page, here: Portal) -> None:
    desk.goto("/events/new")
    fill(desk, "Answer lost on the way", day="2024-02-08")  # far from the events of other tests

    def lose(route: Route) -> None:
        route.fetch(max_redirects=0)  # the portal has saved it …
        route.abort()  # … and nobody hears of it

    desk.route("**/events", lose)
    desk.click(BUTTON)
    expect(desk.locator("[data-draft-status]")).to_contain_text("There is no connection")
    assert len(here.titled("Answer lost on the way")) == 1
    desk.unroute("**/events")
    desk.reload()  # the key comes back with the draft
    expect(desk.locator(TITLE)).to_have_value("Answer lost on the way")
    desk.click(BUTTON)
    desk.wait_for_url("**/events/EV-2024-*")
    assert len(here.titled("Answer lost on the way")) == 1


def test_an_expired_session_loses_nothing(desk: Page, here: Portal, operator: User) -> None:
    desk.goto("/events/new")
    fill(desk, "Typed for hours")
    with Session(here.owner) as db, db.begin():
        db.execute(delete(UserSession).where(UserSession.user_id == operator.id))
    desk.click(BUTTON)
    desk.wait_for_url("**/sign-in*")
    sign_in(desk.context, here, operator)
    desk.goto("/events/new")
    expect(desk.locator(TITLE)).to_have_value("Typed for hours")


def test_nobody_finds_the_draft_of_somebody_else_and_signing_out_clears_all(desk: Page, here: Portal) -> None:
    desk.goto("/events/new")
    fill(desk, "For my eyes")
    soon_kept(desk, "For my eyes")
    with Session(here.owner, expire_on_commit=False) as db, db.begin():
        other = make_user(db, "operator")
    sign_in(desk.context, here, other)
    desk.goto("/events/new")
    expect(desk.locator(TITLE)).to_have_value("")
    assert drafts(desk) == 1
    desk.click("form[action='/sign-out'] button")
    desk.wait_for_url(f"{here.address}/")
    assert drafts(desk) == 0


def test_a_draft_begun_on_an_older_version_is_compared_with_the_present_one(desk: Page, here: Portal) -> None:
    ref = here.event("Slow to type")
    desk.goto(f"/events/{ref}/edit")
    desk.fill(TITLE, "Mine, typed slowly")
    soon_kept(desk, "Mine, typed slowly")
    headers = {"If-Match": "*", "Sec-Fetch-Site": "same-origin"}
    desk.request.patch(
        f"/api/v1/events/{ref}",
        data={"titles": {"en": "Theirs"}, "alert_level": "red", "alert_reason": "Seen"},
        headers=headers,
    )
    desk.reload()
    expect(desk.locator(TITLE)).to_have_value("Mine, typed slowly")
    desk.click(BUTTON)
    expect(desk.locator(".conflict")).to_have_count(2)
    desk.check("[name='choose.titles.en'][value=mine]")
    desk.click(BUTTON)
    desk.wait_for_url(f"**/events/{ref}")
    (event,) = here.titled("Mine, typed slowly")
    assert event.alert_level == "red"
    assert drafts(desk) == 0


def test_what_is_wrong_is_told_in_place(desk: Page, axe: str) -> None:
    desk.goto("/events/new")
    fill(desk, "Somewhere", geometry="over there")
    desk.click(BUTTON)
    expect(desk.locator("#wrong")).to_be_focused()
    assert desk.title().startswith("Error:")
    expect(desk.locator(TITLE)).to_have_value("Somewhere")
    assert violations(desk, axe) == []
    desk.click("#wrong a")
    expect(desk.locator("[name=geometry]")).to_be_focused()


def test_likely_duplicates_show_while_one_types(desk: Page, here: Portal, axe: str) -> None:
    ref = here.event("Landslide at the pass", hazard_code="LS")
    desk.goto("/events/new")
    desk.select_option("[name=hazard]", "LS")
    desk.fill("[name='started_at.day']", "2026-07-08")
    desk.fill("[name=geometry]", "43.15 N 76.98 E")
    expect(desk.locator(f"#duplicates a[href='/events/{ref}']")).to_be_visible()
    assert violations(desk, axe) == []
    desk.fill("[name=geometry]", "35.15 N 60.98 E")
    expect(desk.locator("#duplicates a")).to_have_count(0)


def test_without_javascript_the_first_press_shows_them(browser: Browser, here: Portal, operator: User) -> None:
    here.event("Flood at the bridge", "TJK", hazard_code="FF", geometry=None, geometry_precision=None)
    with window(browser, here.address, java_script_enabled=False) as context:
        sign_in(context, here, operator)
        page = context.new_page()
        page.goto("/events/new")
        page.fill(TITLE, "Another flood")
        page.select_option("[name=hazard]", "FF")
        page.fill("[name='started_at.day']", "2026-07-08")
        page.check("[name=countries][value=TJK]")
        page.click(BUTTON)
        expect(page.locator(".duplicates a")).to_have_count(1)
        assert here.titled("Another flood") == []
        page.check("[name=nevertheless]")
        page.click(BUTTON)
        page.wait_for_url("**/events/EV-2026-*")
    assert len(here.titled("Another flood")) == 1


@pytest.mark.parametrize("lang", ["en", "fa-AF"])
@pytest.mark.parametrize("path", ["/events/new", "/events/{ref}/edit", "/events/{ref}/withdraw", "/events/{ref}"])
def test_everybody_can_use_the_pages(desk: Page, here: Portal, axe: str, path: str, lang: str) -> None:
    desk.goto(f"{path.format(ref=here.event())}?lang={lang}")
    assert violations(desk, axe) == []
