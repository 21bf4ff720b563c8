"""Pages are for bad lines and small screens: little weight, no JavaScript needed, no sideways scrolling."""

import pytest
from playwright.sync_api import Page, Response

from tests.browser.addresses import LISTS, PAGES

MOST_BYTES = 60_000


def bytes_on_the_wire(page: Page, address: str) -> int:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 Playwright takes no built-in method
    page.goto(address)
    page.wait_for_load_state("networkidle")
    sizes = [answer.request.sizes() for answer in answers]
    return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)


@pytest.mark.parametrize("language", ["en", "ru", "fa-AF"])
@pytest.mark.parametrize("address", LISTS)
def test_a_list_page_weighs_at_most_60_kb_in_all(page: Page, address: str, language: str) -> None:
    weight = bytes_on_the_wire(page, f"{address}?lang={language}")
    assert 5_000 < weight <= MOST_BYTES


@pytest.mark.parametrize("language", ["en", "ru", "fa-AF"])
@pytest.mark.parametrize("address", PAGES)
def test_nothing_scrolls_sideways_on_a_phone(phone: Page, address: str, language: str) -> None:
    phone.set_viewport_size({"width": 320, "height": 640})
    phone.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 320


def test_filters_work_without_javascript(plain_page: Page) -> None:
    plain_page.goto("/capacities")
    everything = plain_page.locator("#count").inner_text()
    plain_page.locator("input[name=country][value=KAZ]").check()
    plain_page.locator(".filters button").click()
    assert plain_page.url.endswith("/capacities?country=KAZ")
    assert plain_page.locator("#count").inner_text() != everything
    plain_page.locator(".chosen a").click()
    assert plain_page.url.endswith("/capacities")


def test_a_list_is_paged_without_javascript(plain_page: Page) -> None:
    plain_page.goto("/capacities")
    first = plain_page.locator("tbody a.title").first.inner_text()
    plain_page.locator("a[rel=next]").click()
    assert plain_page.locator("tbody a.title").first.inner_text() != first
    plain_page.locator("a[rel=prev]").click()
    assert plain_page.locator("tbody a.title").first.inner_text() == first


def test_the_map_is_drawn_without_javascript(plain_page: Page) -> None:
    plain_page.goto("/")
    assert plain_page.locator(".map svg path").count() > 0
