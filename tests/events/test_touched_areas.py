"""While a place is typed or drawn, the form proposes the countries and areas that it lies in."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import Cast

BOW_TIE = '{"type": "Polygon", "coordinates": [[[70, 40], [72, 42], [72, 40], [70, 42], [70, 40]]]}'


def ask(client: TestClient, cast: Cast, geometry: str) -> Any:
    answer = client.post("/events/touched", data={"geometry": geometry}, headers=cast.person("operator"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_point_lies_in_a_country_and_an_area(client: TestClient, cast: Cast) -> None:
    found = ask(client, cast, "43.15 N 76.98 E")
    assert found["geometry"] == {"type": "Point", "coordinates": [76.98, 43.15]}
    assert found["countries"] == [{"code": "KAZ", "name": "Kazakhstan"}]
    (area,) = found["areas"]
    assert area["name"].startswith("Almaty")


def test_a_line_across_a_border_touches_both_sides(client: TestClient, cast: Cast) -> None:
    found = ask(client, cast, "LINESTRING(76.9 43.3, 77.1 42.2)")
    assert {country["code"] for country in found["countries"]} == {"KAZ", "KGZ"}


def test_an_outline_that_crosses_itself_is_no_obstacle(client: TestClient, cast: Cast) -> None:
    assert ask(client, cast, BOW_TIE)["countries"]


@pytest.mark.parametrize(
    "text", ["over there", "POLYGON((76 43, 77 43))", '{"type": "Point", "coordinates": [1, 2, 3]}', "{", "[1]"]
)
def test_what_is_wrong_is_told(client: TestClient, cast: Cast, text: str) -> None:
    assert set(ask(client, cast, text)) == {"message"}


def test_an_empty_field_lies_nowhere(client: TestClient, cast: Cast) -> None:
    assert ask(client, cast, " ") == {"geometry": None, "countries": [], "areas": []}


def test_the_sea_belongs_to_nobody(client: TestClient, cast: Cast) -> None:
    assert ask(client, cast, "0, -30")["countries"] == []


def test_only_who_writes_events_is_answered(client: TestClient, cast: Cast) -> None:
    answer = client.post("/events/touched", data={"geometry": "43, 76"}, headers=cast.person("reader"))
    assert answer.status_code == 403
    answer = client.post("/events/touched", data={"geometry": "43, 76"}, follow_redirects=False)
    assert answer.status_code == 303
