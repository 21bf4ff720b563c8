"""The interactive map: it opens over the drawn one, shows what the list shows, and leads to pages and lists.

What the Content-Security-Policy refuses is a message of the console, and `page` fails on any.
"""

from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from app.places.map_frame import metres

READY = '[data-module="map"][data-state="open"]'
KEEP = 'document.addEventListener("map:open", (event) => (window.openMap = event.detail));'
LOOK = """async ([x, y, zoom]) => {
    const view = openMap.getView();
    view.setCenter([x, y]);
    view.setZoom(zoom);
    await new Promise((drawn) => {
        openMap.once("rendercomplete", drawn);
        openMap.render();
    });
    const [left, top] = openMap.getPixelFromCoordinate([x, y]);
    const box = openMap.getTargetElement().getBoundingClientRect();
    return [left + box.left, top + box.top];
}"""
HITS = """([left, top]) => {
    const box = openMap.getTargetElement().getBoundingClientRect();
    return openMap.getFeaturesAtPixel([left - box.left, top - box.top]).map((one) => one.get("layer"));
}"""


@pytest.fixture
def map_page(page: Page) -> Page:
    page.add_init_script(KEEP)
    return page


def open_map(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(READY)


def pixel_of(page: Page, lon: float, lat: float, zoom: float) -> tuple[float, float]:
    """Look at a position, and say where it lies in the window."""
    page.locator(".map__canvas").scroll_into_view_if_needed()
    left, top = page.evaluate(LOOK, [*metres(lon, lat), zoom])
    return left, top


@pytest.fixture
def going_on(page: Page) -> dict[str, Any]:
    answer = page.request.get("/api/v1/events?status=ongoing,alert&alert_level=red&limit=1").json()
    event: dict[str, Any] = answer["results"][0]
    return event


def test_a_click_on_an_event_leads_to_its_page(map_page: Page, going_on: dict[str, Any]) -> None:
    open_map(map_page, "/map?status=ongoing")
    left, top = pixel_of(map_page, going_on["point"]["lon"], going_on["point"]["lat"], 12)
    map_page.mouse.click(left, top)
    map_page.wait_for_url(f"**/events/{going_on['ref']}")
    expect(map_page.locator("h1")).to_have_text(going_on["title"])


def test_a_cluster_says_how_many_and_leads_to_just_those(map_page: Page) -> None:
    open_map(map_page, "/map?type=usar-medium,usar-heavy,usar-light")
    clusters = """() => {
        const found = [];
        for (const layer of openMap.getLayers().getArray())
            for (const one of layer.getFeaturesInExtent(openMap.getView().calculateExtent()))
                if (one.get("layer") === "capacities" && one.get("n") > 1) found.push([one.getFlatCoordinates(), one.get("n")]);
        return found;
    }"""
    (x, y), n = map_page.evaluate(clusters)[0]
    left, top = map_page.evaluate(
        """([x, y]) => { const [l, t] = openMap.getPixelFromCoordinate([x, y]);
           const box = openMap.getTargetElement().getBoundingClientRect(); return [l + box.left, t + box.top]; }""",
        [x, y],
    )
    map_page.mouse.click(left, top)
    link = map_page.locator('.map__popup a[href*="bbox="]').first
    expect(link).to_be_focused()
    shown = map_page.locator(".map__popup li").first.inner_text()
    assert str(n) in shown
    link.click()
    map_page.wait_for_url("**/capacities?*")
    assert "type=usar-medium" in map_page.url
    expect(map_page.locator("#count")).to_contain_text(str(n))


def test_escape_closes_what_a_click_opened_and_gives_the_focus_back(map_page: Page) -> None:
    open_map(map_page, "/map")
    left, top = pixel_of(map_page, 68.8, 38.56, 3)
    map_page.mouse.click(left, top)
    popup = map_page.locator(".map__popup")
    expect(popup).to_be_visible()
    map_page.keyboard.press("Escape")
    expect(popup).to_be_hidden()
    expect(map_page.locator(".map__canvas")).to_be_focused()


def test_the_keyboard_moves_and_zooms_the_map(map_page: Page) -> None:
    open_map(map_page, "/map")
    map_page.locator(".map__canvas").focus()
    before = map_page.evaluate("openMap.getView().getCenter()[0]")
    map_page.keyboard.press("ArrowRight")
    map_page.wait_for_function("x => openMap.getView().getCenter()[0] > x", arg=before)
    zoom = map_page.evaluate("openMap.getView().getZoom()")
    map_page.locator(".map__zoom button").first.click()
    map_page.wait_for_function("z => openMap.getView().getZoom() > z + 0.9", arg=zoom)


def test_a_page_opens_its_map_only_when_asked_and_keeps_the_drawing_until_then(
    map_page: Page, going_on: dict[str, Any]
) -> None:
    asked: list[Response] = []
    map_page.on("response", lambda answer: asked.append(answer))  # noqa: PLW0108  a bound method has no room for what Playwright notes on it
    map_page.goto(f"/events/{going_on['ref']}")
    map_page.wait_for_load_state("networkidle")
    assert not [one.url for one in asked if "/tiles/" in one.url or "chunks" in one.url]
    map_page.locator("[data-map-open]").click()
    map_page.wait_for_selector(READY)
    expect(map_page.locator(".map-drawing")).to_have_count(0)
    hosts = {one.url.split("/")[2] for one in asked}
    assert len(hosts) == 1, "the map asks no other host"


def test_where_the_tiles_fail_the_drawn_map_stays_or_says_so(map_page: Page, going_on: dict[str, Any]) -> None:
    map_page.route(
        "**/js/chunks/*",
        lambda route: route.fulfill(status=200, body="throw new Error('broken')", content_type="text/javascript"),
    )
    map_page.goto(f"/events/{going_on['ref']}")
    map_page.evaluate("console.error = () => {}")
    map_page.locator("[data-map-open]").click()
    expect(map_page.locator("[data-map-status]")).to_contain_text("drawn map stays")
    expect(map_page.locator(".map-drawing")).to_be_visible()


def test_layers_can_be_switched(map_page: Page, going_on: dict[str, Any]) -> None:
    open_map(map_page, "/map")
    left, top = pixel_of(map_page, going_on["point"]["lon"], going_on["point"]["lat"], 12)
    assert "events" in map_page.evaluate(HITS, [left, top])
    map_page.get_by_label("Events", exact=True).uncheck()
    map_page.wait_for_function(f"at => !({HITS})(at).includes('events')", arg=[left, top])


@pytest.mark.parametrize("language", ["en", "ru", "fa-AF", "ps"])
def test_the_map_speaks_every_language_and_has_its_letters(map_page: Page, language: str) -> None:
    open_map(map_page, f"/map?lang={language}")
    letters = {"en": "A", "ru": "Ж", "fa-AF": "گ", "ps": "ښ"}[language]
    assert map_page.evaluate("letters => document.fonts.check('400 12px \"Portal Map\"', letters)", letters)
    panel, zoom = map_page.locator(".map__panel").bounding_box(), map_page.locator(".map__zoom").bounding_box()
    assert panel
    assert zoom
    assert (panel["x"] < zoom["x"]) == (language in ("fa-AF", "ps")), "the controls stand where reading ends and begins"


def test_the_map_is_usable_on_a_phone(phone: Page) -> None:
    open_map(phone, "/map")
    box = phone.locator(".map__live").bounding_box()
    assert box
    assert box["width"] <= 360
    assert box["height"] >= 300
    summary = phone.locator(".map__panel summary").bounding_box()
    assert summary
    assert summary["height"] >= 40


@pytest.mark.parametrize("address", ["/map", "/places/KAZ"])
def test_assistive_technology_finds_nothing_wrong(map_page: Page, axe: str, address: str) -> None:
    map_page.goto(address)
    if address != "/map":
        map_page.locator("[data-map-open]").click()
    map_page.wait_for_selector(READY)
    map_page.evaluate(axe)
    found = map_page.evaluate(
        "axe.run(document.querySelector('.map')).then((all) => all.violations.map((one) => [one.id, one.nodes.map((n) => n.html)]))"
    )
    assert found == []


def test_a_list_shows_its_rows_on_a_map_in_place_and_keeps_up_with_the_filters(map_page: Page) -> None:
    asked: list[Response] = []
    map_page.on("response", lambda answer: asked.append(answer))  # noqa: PLW0108
    map_page.goto("/capacities?country=KAZ")
    map_page.wait_for_load_state("networkidle")
    assert not [one.url for one in asked if "/tiles/" in one.url or "chunks" in one.url]
    map_page.locator("[data-map-open]").focus()
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector(READY)
    expect(map_page.locator(".map__canvas")).to_be_focused()
    assert map_page.url.endswith("/capacities?country=KAZ")
    assert [one for one in asked if "/tiles/capacities/" in one.url and "country=KAZ" in one.url]
    with map_page.expect_response(lambda one: "/tiles/capacities/" in one.url and "country=KAZ%2CKGZ" in one.url):
        map_page.locator("input[name=country][value=KGZ]").check()
    map_page.wait_for_selector(READY)
    expect(map_page.locator(".map__live")).to_have_count(1)


def test_without_javascript_the_same_button_leads_to_the_map_page(plain_page: Page) -> None:
    plain_page.goto("/capacities?country=KAZ")
    plain_page.locator("[data-map-open]").click()
    assert plain_page.url.endswith("/map?country=KAZ")
    assert plain_page.locator(".map svg path").count() > 0
