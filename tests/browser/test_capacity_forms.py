"""Keeping one's capacities in a real browser: with and without JavaScript, and everybody can use the pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from app.capacities.models import Capacity
from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from tests.browser.conftest import serving, window
from tests.browser.test_accessible import violations
from tests.conftest import clone
from tests.make import make_capacity, make_organisation, make_session, make_user

BUTTON = "main form.form .button--main"


@dataclass(frozen=True)
class Portal:
    address: str
    owner: Engine

    def capacity(self, name: str = "Team", **changes: Any) -> str:
        with Session(self.owner) as db, db.begin():
            theirs = make_organisation(db, "KGZ-MES").id
            return str(
                make_capacity(db, name, country_iso3="KGZ", organisation_id=theirs, lon=74.6, lat=42.87, **changes).ref
            )

    def named(self, name: str) -> Capacity:
        with Session(self.owner) as db:
            return db.scalars(select(Capacity).where(Capacity.names["en"].astext == name)).one()

    def cookie(self, role: str, organisation: str) -> dict[str, str]:
        with Session(self.owner) as db, db.begin():
            token = make_session(db, make_user(db, role, organisation=organisation))
        return {"name": "session", "value": token, "url": self.address}


@pytest.fixture(scope="module")
def here(cluster: Cluster) -> Iterator[Portal]:
    with clone(cluster, "reference") as database, serving(cluster, database) as address:
        owner = create_engine(sqlalchemy_url(cluster.url(database, OWNER)))
        yield Portal(address, owner)
        owner.dispose()


@pytest.fixture
def desk(browser: Browser, here: Portal) -> Iterator[Page]:
    """The window of somebody who keeps the register of the Kyrgyz ministry."""
    with window(browser, here.address, viewport={"width": 1280, "height": 900}) as context:
        context.add_cookies([here.cookie("contributor", "KGZ-MES")])  # type: ignore[list-item]
        yield context.new_page()


def test_a_dead_line_loses_nothing_and_the_second_press_registers(desk: Page, here: Portal) -> None:
    desk.goto("/capacities/new")
    desk.fill("[name='names.en']", "Sent without a line")
    desk.select_option("[name=type]", "usar-medium")
    desk.fill("[name=quantity]", "1")
    desk.fill("[name='base.geometry']", "42,87 с. ш. 74,6 в. д.")
    desk.context.set_offline(True)
    desk.click(BUTTON)
    expect(desk.locator("[data-draft-status]")).to_contain_text("There is no connection")
    desk.context.set_offline(False)
    desk.click(BUTTON)
    desk.wait_for_url("**/capacities/CA-*")
    assert here.named("Sent without a line").country_iso3 == "KGZ"
    assert "42.870° N" in desk.inner_text("main")


def test_a_draft_begun_on_an_older_version_is_compared_with_the_present_one(desk: Page, here: Portal, axe: str) -> None:
    ref = here.capacity("Slow to type")
    desk.goto(f"/capacities/{ref}/edit")
    headers = {"If-Match": "*", "Sec-Fetch-Site": "same-origin"}
    desk.request.patch(f"/api/v1/capacities/{ref}", data={"status": "deployed", "quantity": 3}, headers=headers)
    desk.fill("[name='names.en']", "Mine, typed slowly")
    desk.select_option("[name=status]", "committed")
    desk.click(BUTTON)
    expect(desk.locator(".conflict")).to_have_count(3)
    assert violations(desk, axe) == []
    desk.check("[name='choose.status'][value=theirs]")
    desk.click(BUTTON)
    desk.wait_for_url(f"**/capacities/{ref}")
    kept = here.named("Mine, typed slowly")
    assert (kept.status, kept.quantity) == ("deployed", 3)


def test_without_javascript_records_are_registered_and_confirmed(browser: Browser, here: Portal) -> None:
    here.capacity("Old pumps", verified_at="2020-01-01T00:00:00Z")
    with window(browser, here.address, java_script_enabled=False) as context:
        context.add_cookies([here.cookie("contributor", "KGZ-MES")])  # type: ignore[list-item]
        page = context.new_page()
        page.goto("/capacities/new")
        page.fill("[name='names.en']", "Plain")
        page.click(BUTTON)
        assert page.title().startswith("Error:")
        page.select_option("[name=type]", "usar-medium")
        page.fill("[name=quantity]", "2")
        page.click(BUTTON)
        page.wait_for_url("**/capacities/CA-*")
        page.goto("/capacities/mine")
        page.locator("tr", has_text="Old pumps").locator("[type=checkbox]").check()
        page.click("text=Confirm those I ticked")
        expect(page.locator("[role=status]", has_text="1 record is confirmed.")).to_be_visible()
    assert here.named("Old pumps").verified_by
    assert here.named("Plain").quantity == 2


@pytest.mark.parametrize("lang", ["en", "fa-AF"])
@pytest.mark.parametrize("path", ["new", "mine", "{ref}", "{ref}/edit", "{ref}/withdraw"])
def test_everybody_can_use_the_pages(desk: Page, here: Portal, axe: str, path: str, lang: str) -> None:
    desk.goto(f"/capacities/{path.format(ref=here.capacity())}?lang={lang}")
    assert violations(desk, axe) == []


@pytest.mark.parametrize("path", ["new", "mine", "{ref}", "{ref}/edit"])
def test_nothing_sticks_out_on_a_phone(browser: Browser, here: Portal, path: str) -> None:
    with window(browser, here.address, viewport={"width": 360, "height": 740}) as context:
        context.add_cookies([here.cookie("contributor", "KGZ-MES")])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(f"/capacities/{path.format(ref=here.capacity())}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
