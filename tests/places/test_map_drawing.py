"""The map that the server draws: small, of the right ground, its marks links, no dispute settled."""

import gzip
import re

import pytest
from starlette.testclient import TestClient

from app.geo import Bbox
from app.places.map_drawing import Mark, _marks
from app.places.map_frame import WIDTH, Frame, degrees, metres

MOST_BYTES = 12_000


def read(portal: TestClient, path: str, language: str = "en") -> str:
    portal.cookies.clear()  # no language that another test has chosen
    return portal.get(path, headers={"Accept-Language": language}).text


def drawing(page: str) -> str:
    return page[page.index('<svg class="map-drawing"') : page.index("</svg>", page.index("map-drawing")) + 6]


@pytest.mark.parametrize("country", ["KAZ", "KGZ", "TJK", "UZB", "TKM", "AFG", "PAK", "IRN", "IND", "AZE"])
def test_the_map_of_a_country_weighs_at_most_12_kb(portal: TestClient, country: str) -> None:
    svg = drawing(read(portal, f"/places/{country}"))
    assert len(gzip.compress(svg.encode())) <= MOST_BYTES


def test_the_map_of_the_region_weighs_little_more(portal: TestClient) -> None:
    assert len(gzip.compress(drawing(read(portal, "/")).encode())) <= 1.2 * MOST_BYTES


def test_areas_lead_to_their_pages_and_capitals_bear_the_name_of_the_readers_language(portal: TestClient) -> None:
    svg = drawing(read(portal, "/places/AFG", "ru"))
    assert 'href="/places/AF-KDZ"' in svg
    assert "Кабул" in svg
    assert "<title>Кундуз" in svg


def test_a_disputed_line_is_a_path_of_its_own(portal: TestClient) -> None:
    svg = drawing(read(portal, "/places/PAK"))
    assert 'class="map-disputed"' in svg
    assert 'class="map-claimed"' in svg


def test_a_drawing_has_a_name_a_description_and_no_style_of_its_own(portal: TestClient) -> None:
    svg = drawing(read(portal, "/places/TJK"))
    assert re.search(r'role="(group|img)" aria-label="[^"]+"', svg)
    assert "<desc>" in svg
    assert "style=" not in svg


def test_the_map_of_what_goes_on_leads_to_each_event(portal: TestClient) -> None:
    going_on = portal.get("/api/v1/events?status=alert,ongoing").json()["results"]
    svg = drawing(read(portal, "/"))
    assert going_on
    for event in going_on:
        assert f'href="/events/{event["ref"]}"' in svg


def test_every_map_carries_the_disclaimer_of_the_united_nations(portal: TestClient) -> None:
    for page in ("/", "/map", "/places", "/places/KGZ"):
        assert "do not imply official endorsement or acceptance by the United Nations" in read(portal, page)
    assert "Организацией Объединённых Наций" in read(portal, "/map", "ru")


class TestFrame:
    def test_a_position_lies_where_it_should(self) -> None:
        frame = Frame.around(Bbox(60, 30, 80, 45))
        assert frame.place(*degrees(frame.west, frame.north)) == (0, 0)
        x, y = frame.place(70, 38)
        assert x == WIDTH / 2
        assert 0 < y < frame.height

    @pytest.mark.parametrize("box", [Bbox(76, 43, 76, 43), Bbox(20, 40, 100, 41), Bbox(70, 5, 71, 55)])
    def test_every_box_gets_a_shape_that_fits_a_page(self, box: Bbox) -> None:
        frame = Frame.around(box)
        assert 0.49 * WIDTH <= frame.height <= WIDTH
        for lon, lat in ((box.west, box.south), (box.east, box.north)):
            assert frame.holds(*frame.place(lon, lat))

    def test_degrees_undo_metres(self) -> None:
        assert degrees(*metres(71.43, 51.13)) == pytest.approx((71.43, 51.13))


class TestMarks:
    frame = Frame.around(Bbox(60, 30, 80, 45))

    def test_marks_on_one_spot_become_their_number_with_a_link_to_just_those(self) -> None:
        marks = [Mark(70, 40, f"Team {n}", f"/capacities/CA-{n}") for n in range(7)]
        (one,) = _marks(marks, self.frame, "/capacities?country=KAZ")
        assert "<text>7</text>" in one
        assert "country=KAZ&amp;bbox=69.9999,39.9999,70.0001,40.0001" in one
        assert "and 2 more" in one

    def test_no_event_hides_among_capacities_and_it_lies_on_top(self) -> None:
        marks = [Mark(70, 40, "Flood", "/events/1", "red"), Mark(70, 40, "Team", "/capacities/1")]
        under, over = _marks(marks, self.frame, "")
        assert "Team" in under
        assert "Flood" in over

    def test_several_events_have_the_shape_of_the_gravest(self) -> None:
        marks = [Mark(70, 40, "A", "/events/1", "red"), Mark(70, 40, "B", "/events/2", "green")]
        (one,) = _marks(marks, self.frame, "")
        assert "map-mark--red" in one

    def test_a_mark_outside_the_frame_is_left_out(self) -> None:
        assert _marks([Mark(-70, 40, "Far", "/events/1")], self.frame, "") == []

    def test_a_title_cannot_bring_markup_in(self) -> None:
        (one,) = _marks([Mark(70, 40, "<script>", "/x")], self.frame, "")
        assert "<script>" not in one
