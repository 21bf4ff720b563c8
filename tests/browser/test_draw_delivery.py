"""Where help is to be delivered is pressed on the map: one place, and pressed again another."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_draw_events import open_map, press, tool
from tests.browser.test_event_forms import Portal, desk, here, operator  # noqa: F401

FIELD, INSIDE = "[id='field-deliver_to.geometry']", "[data-draw-touched]"


def test_the_place_of_delivery_is_one_point(desk: Page, here: Portal) -> None:  # noqa: F811
    open_map(desk, "/requests/new")
    desk.fill(FIELD, "36.729, 68.857")  # the map looks there
    expect(desk.locator(INSIDE)).to_contain_text("Afghanistan")
    tool(desk, "Point")
    for place in ((0.4, 0.5), (0.6, 0.5)):
        before = desk.input_value(FIELD)
        press(desk, place)
        expect(desk.locator(FIELD)).not_to_have_value(before)
        expect(desk.locator(FIELD)).to_have_value(re.compile(r"^-?[0-9.]+, -?[0-9.]+$"))
