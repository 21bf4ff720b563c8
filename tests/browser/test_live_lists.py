"""Where JavaScript runs, filtering a list changes its results in place; the address always says what is shown."""

from playwright.sync_api import Page, expect


def test_a_filter_changes_the_results_without_a_full_reload(page: Page) -> None:
    page.goto("/capacities")
    page.evaluate("window.stillThere = true")
    page.locator("input[name=country][value=KAZ]").check()
    expect(page).to_have_url("/capacities?country=KAZ")
    expect(page.locator(".chosen a")).to_have_count(1)
    assert page.evaluate("window.stillThere")


def test_the_browser_goes_back_to_the_results_before(page: Page) -> None:
    page.goto("/capacities")
    before = page.locator("#count").inner_text()
    page.locator("input[name=country][value=KAZ]").check()
    expect(page.locator("#count")).not_to_have_text(before)
    page.go_back()
    expect(page.locator("#count")).to_have_text(before)
    expect(page).to_have_url("/capacities")


def test_a_column_head_orders_in_place_and_keeps_the_filters(page: Page) -> None:
    page.goto("/capacities?country=KAZ")
    page.evaluate("window.stillThere = true")
    page.locator("thead a").nth(1).click()
    expect(page).to_have_url("/capacities?country=KAZ&ordering=quantity_available")
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    assert page.evaluate("window.stillThere")


def test_the_list_pages_run_under_the_strict_policy(page: Page) -> None:
    answer = page.goto("/capacities")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page.locator("input[name=status]").first.check()
    expect(page.locator(".chosen a")).to_have_count(1)
