"""How pages say filters, units and what is not translated yet."""

import re

import pytest
from starlette.testclient import TestClient


def chips(portal: TestClient, address: str, lang: str = "en") -> list[str]:
    html = portal.get(f"{address}&lang={lang}").text
    listed = re.search(r'<ul class="chosen".*?</ul>', html, re.DOTALL)
    assert listed
    return [re.sub(r"<[^>]+>", "", text) for text in re.findall(r"</span>(.*?)</a>", listed[0], re.DOTALL)]


@pytest.fixture(autouse=True)
def no_language_remembered(portal: TestClient) -> None:
    portal.cookies.clear()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "within 400 km of 37.9° N, 69.2° E"),
        ("ru", "не далее 400 км от точки 37,9° с. ш., 69,2° в. д."),
        ("fa-AF", "تا 400 کیلومتری 37.9° شمالی، 69.2° شرقی"),
    ],
)
def test_a_distance_and_its_place_are_one_filter_in_words(portal: TestClient, lang: str, words: str) -> None:
    assert chips(portal, "/capacities?near=69.2,37.9&within_km=400", lang) == [words]


def test_taking_the_place_away_takes_its_distance_along(portal: TestClient) -> None:
    html = portal.get("/capacities?country=TJK&near=69.2,37.9&within_km=400").text
    assert '<a href="/capacities?country=TJK"><span class="visually-hidden">Remove filter:' in html


def test_areas_days_and_boxes_read_as_people_write_them(portal: TestClient) -> None:
    assert chips(portal, "/events?area=KZ-75") == ["Almaty"]
    assert chips(portal, "/events?started_after=2023-01-01T00:00:00Z") == ["Began on or after: 1 Jan 2023"]
    assert chips(portal, "/events?bbox=60,30,75,45.5") == ["Part of the map: 30° N – 45.5° N, 60° E – 75° E"]


def test_units_are_those_of_the_language(portal: TestClient) -> None:
    loads = portal.get("/api/v1/capacities", params={"limit": 200}).json()["results"]
    heavy = next(
        one["ref"] for one in loads if (one["transport"] or {}).get("volume_m3") and one["transport"]["weight_kg"]
    )
    html = portal.get(f"/capacities/{heavy}", params={"lang": "ru"}).text
    assert re.search(r"\d м³", html)
    assert re.search(r"\d (кг|т)<", html.replace("\n", ""))


def test_what_is_not_translated_keeps_its_own_direction(portal: TestClient) -> None:
    assert re.search("\u2066[^\u2069]*[A-Za-z]{3}[^\u2069]*\u2069", portal.get("/api/docs?lang=ps").text)
    assert "\u2066" not in portal.get("/about?lang=kk").text
    assert "\u2066" not in portal.get("/about?lang=en").text


def test_paper_says_where_it_came_from(portal: TestClient) -> None:
    assert "/capacities?country=KAZ</bdi>" in portal.get("/capacities?country=KAZ&lang=en").text
