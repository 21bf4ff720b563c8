"""Drawing where an event happened: on the map, and into the field, which is what is sent."""

import json
import re

from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.events.models import Event
from tests.browser.test_accessible import violations
from tests.browser.test_event_forms import BUTTON, Portal, desk, fill, here, operator  # noqa: F401

FIELD, TOOLS, INSIDE = "#field-geometry", ".draw__tools", "[data-draw-touched]"


def open_map(page: Page, address: str = "/events/new") -> None:
    page.goto(address)
    page.click("[data-draw-open]")
    expect(page.locator(TOOLS)).to_be_visible()
    expect(page.locator("[data-draw-open]")).to_have_count(0)


def tool(page: Page, name: str) -> None:
    page.locator(TOOLS).get_by_role("button", name=name).click()


def press(page: Page, *places: tuple[float, float]) -> None:
    """Press these places of the map, as shares of its width and height."""
    canvas = page.locator(".draw .map__canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    for x, y in places:
        page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y, delay=20)
        page.wait_for_timeout(350)  # two presses within a quarter of a second are a double one, which draws nothing


def said(page: Page) -> dict[str, object]:
    found: dict[str, object] = json.loads(page.input_value(FIELD))
    return found


def test_the_map_is_fetched_only_when_asked_for(desk: Page) -> None:  # noqa: F811
    fetched: list[str] = []
    desk.on("request", lambda request: fetched.append(request.url))
    desk.goto("/events/new")
    desk.wait_for_load_state("networkidle")
    assert not [url for url in fetched if "/chunks/draw" in url or "/tiles/" in url]


def test_a_point_is_pressed_and_its_country_taken(desk: Page, here: Portal) -> None:  # noqa: F811
    open_map(desk)
    tool(desk, "Point")
    desk.fill(FIELD, "43.15, 76.98")  # the map looks there
    expect(desk.locator(INSIDE)).to_contain_text("Kazakhstan")
    expect(desk.locator(INSIDE)).to_contain_text("Almaty")
    desk.locator(INSIDE).get_by_role("button").click()
    expect(desk.locator("[name=countries][value=KAZ]")).to_be_checked()
    expect(desk.locator("[name=areas]:checked")).not_to_have_count(0)
    press(desk, (0.5, 0.5))
    expect(desk.locator(FIELD)).not_to_have_value("43.15, 76.98")  # a second part, since each press adds one
    assert said(desk)["type"] == "MultiPoint"
    tool(desk, "Undo")
    expect(desk.locator(FIELD)).to_have_value("43.15, 76.98")


def test_an_area_is_drawn_saved_and_there_to_be_changed(desk: Page, here: Portal) -> None:  # noqa: F811
    open_map(desk)
    desk.fill(FIELD, "41, 64")  # the map looks there
    expect(desk.locator(INSIDE)).to_contain_text("Uzbekistan")
    tool(desk, "Clear")
    tool(desk, "Area")
    press(desk, (0.4, 0.4), (0.6, 0.4), (0.6, 0.6))
    tool(desk, "Finish")
    expect(desk.locator(FIELD)).to_have_value(re.compile('"Polygon"'))
    assert said(desk)["type"] == "Polygon"
    press(desk, (0.2, 0.7), (0.3, 0.7), (0.3, 0.8))
    tool(desk, "Finish")
    expect(desk.locator(FIELD)).to_have_value(re.compile('"MultiPolygon"'))
    fill(desk, "Drawn by hand", day="2023-03-03")
    desk.click(BUTTON)
    desk.wait_for_url("**/events/EV-2023-*")
    (event,) = here.titled("Drawn by hand")
    with Session(here.owner) as db:
        kind, parts = db.execute(
            select(func.ST_GeometryType(Event.geometry), func.ST_NumGeometries(Event.geometry)).where(
                Event.id == event.id
            )
        ).one()
    assert (kind, parts) == ("ST_MultiPolygon", 2)
    open_map(desk, f"/events/{event.ref}/edit")
    before = desk.input_value(FIELD)
    tool(desk, "Clear")
    expect(desk.locator(FIELD)).to_have_value("")
    tool(desk, "Undo")
    assert said(desk) == json.loads(before)


def test_what_is_pasted_is_drawn(desk: Page) -> None:  # noqa: F811
    open_map(desk)
    desk.fill(FIELD, "POLYGON((76.5 43, 77.2 43, 77.2 43.4, 76.5 43))")
    expect(desk.locator(INSIDE)).to_contain_text("Kazakhstan")
    expect(desk.locator(TOOLS).get_by_role("button", name="Clear")).to_be_enabled()
    desk.fill(FIELD, "over there")
    expect(desk.locator(INSIDE)).to_contain_text("Write the coordinates as latitude and longitude")


def test_another_kind_begins_anew_and_can_be_taken_back(desk: Page) -> None:  # noqa: F811
    open_map(desk)
    desk.fill(FIELD, "LINESTRING(70 40, 72 41)")
    expect(desk.locator(TOOLS).get_by_role("button", name="Clear")).to_be_enabled()
    tool(desk, "Point")
    press(desk, (0.3, 0.3))
    expect(desk.locator(FIELD)).to_have_value(re.compile("^[-0-9., ]+$"))
    tool(desk, "Undo")
    assert said(desk)["type"] == "LineString"


def test_the_keyboard_draws_in_the_middle_of_the_map(desk: Page) -> None:  # noqa: F811
    open_map(desk)
    tool(desk, "Point")
    desk.locator(".draw .map__canvas").focus()
    desk.keyboard.press("Enter")
    expect(desk.locator(FIELD)).not_to_have_value("")


def test_it_can_be_used_by_everybody(desk: Page, axe: str) -> None:  # noqa: F811
    open_map(desk)
    desk.fill(FIELD, "43.15, 76.98")
    expect(desk.locator(INSIDE)).to_contain_text("Kazakhstan")
    tool(desk, "Area")
    assert violations(desk, axe) == []
