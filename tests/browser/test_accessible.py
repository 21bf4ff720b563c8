"""Everybody can use the pages: axe finds nothing, in both schemes and writing directions; the keyboard is enough."""

import pytest
from playwright.sync_api import Page

from tests.browser.addresses import FIRST_OF, PAGES, short


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run()")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}" for one in found]


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_no_violation(page: Page, axe: str, address: str) -> None:
    page.goto(short(address))
    assert violations(page, axe) == []


@pytest.mark.parametrize("list_address", FIRST_OF)
def test_axe_finds_no_violation_on_the_page_of_one_record(page: Page, axe: str, list_address: str) -> None:
    page.goto(list_address)
    page.goto(page.locator(FIRST_OF[list_address]).first.get_attribute("href") or "")
    assert violations(page, axe) == []


@pytest.mark.parametrize("address", ["/", "/capacities", "/events", "/places/AFG"])
def test_axe_finds_no_violation_in_the_dark_scheme(page: Page, axe: str, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(short(address))
    assert violations(page, axe) == []


@pytest.mark.parametrize("address", ["/", "/capacities", "/events", "/places/AFG", "/about"])
def test_axe_finds_no_violation_from_right_to_left(page: Page, axe: str, address: str) -> None:
    page.goto(short(f"{address}?lang=fa-AF"))
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert violations(page, axe) == []


def test_the_first_tab_stop_skips_to_the_content(page: Page) -> None:
    page.goto("/capacities")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_error_page_says_in_its_title_that_it_is_one(phone: Page, axe: str) -> None:
    page = phone
    answer = page.goto("/capacities?colour=red")
    assert answer is not None
    assert answer.status == 422
    assert page.title().startswith("Error:")
    assert "colour" in page.locator("[role=alert]").inner_text()
    assert violations(page, axe) == []
