"""Tiles of areas, borders and towns."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.maps.mvt import layers
from tests.maps.test_capacity_tiles import tile_of


def ground(
    client: TestClient, layer: str, zoom: int, lon: float, lat: float, query: str = ""
) -> dict[str, list[dict[str, Any]]]:
    tile = tile_of(zoom, lon, lat)
    return layers(client.get(f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt{query}").content)


def test_disputed_lines_and_areas_say_so(portal: TestClient) -> None:
    found = ground(portal, "borders", 5, 74.5, 34.5)
    disputed = {line.get("code") for line in found["borders"] if line["disputed"]}
    assert "LINE-OF-CONTROL" in disputed
    assert {area["code"] for area in found["disputed_areas"]} >= {"DISP-AZAD-KASHMIR", "DISP-JAMMU-KASHMIR"}
    assert all(area["disputed"] is True and area["name"] for area in found["disputed_areas"])


def test_no_settled_line_runs_along_a_disputed_one(db: Session) -> None:
    """Pieces of a border end where a dispute begins: nothing solid lies within a kilometre of the middle of one."""
    along = """
        SELECT count(*) FROM border_lines solid JOIN border_lines disputed
          ON solid.disputed_code IS NULL AND disputed.disputed_code IS NOT NULL
         AND ST_Length(ST_Intersection(solid.geometry, ST_Buffer(disputed.geometry, 0.01))) > 0.05
    """
    assert db.scalar(text(along)) == 0


def test_borders_follow_the_areas(db: Session) -> None:
    db.execute(text("DELETE FROM disputed_features WHERE code = 'LINE-DURAND'"))
    db.commit()
    durand = text("""
        SELECT sum(ST_Length(ST_Intersection(geometry, ST_MakeEnvelope(66, 29.8, 67, 32, 4326))))
        FROM border_lines WHERE level = 0 AND disputed_code IS NULL
    """)
    assert db.scalar(durand) > 0


def test_areas_bear_code_level_and_the_name_in_the_language_asked_for(portal: TestClient) -> None:
    found = ground(portal, "areas", 5, 67.5, 42.5, "?lang=ru")
    kazakhstan = next(area for area in found["areas"] if area["code"] == "KAZ")
    assert (kazakhstan["level"], kazakhstan["name"]) == (0, "Казахстан")
    assert any(area["level"] == 1 and area["country"] == "KAZ" for area in found["areas"])
    assert all(name["_kind"] == 1 for name in found["area_names"])


def test_an_area_is_named_on_one_tile_only(portal: TestClient) -> None:
    names = [
        name["code"]
        for x in range(8)
        for y in range(8)
        for name in layers(portal.get(f"/tiles/areas/3/{x}/{y}.mvt").content).get("area_names", [])
    ]
    assert len(names) == len(set(names)) > 200


def test_few_towns_from_afar_and_more_from_near(portal: TestClient) -> None:
    afar = ground(portal, "places", 3, 69, 40)["places"]
    near = ground(portal, "places", 6, 69.2, 41.3)["places"]
    assert {place["rank"] for place in afar} == {1}
    assert max(place["rank"] for place in near) > 1


@pytest.mark.parametrize("layer", ["areas", "borders", "places", "capacities", "events"])
class TestCoordinates:
    @pytest.mark.parametrize("tile", ["15/0/0", "3/8/0", "3/0/8", "-1/0/0", "3/-1/0", "2/99999999999999999999/0"])
    def test_outside_the_pyramid_there_is_no_tile(self, portal: TestClient, layer: str, tile: str) -> None:
        answer = portal.get(f"/tiles/{layer}/{tile}.mvt")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("tile", ["a/0/0", "1.5/0/0", "3/%20/0", "3/0/1e3", "NaN/0/0"])
    def test_what_is_no_number_is_named(self, portal: TestClient, layer: str, tile: str) -> None:
        answer = portal.get(f"/tiles/{layer}/{tile}.mvt")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] in ("z", "x", "y")

    def test_a_parameter_nobody_knows_is_named(self, portal: TestClient, layer: str) -> None:
        answer = portal.get(f"/tiles/{layer}/0/0/0.mvt?colour=red")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "colour"

    def test_the_ends_of_the_world_answer(self, portal: TestClient, layer: str) -> None:
        last = 2**14 - 1
        for tile in ("0/0/0", "14/0/0", f"14/{last}/{last}"):
            assert portal.get(f"/tiles/{layer}/{tile}.mvt").status_code == 200


@pytest.mark.parametrize("layer", ["capacities", "events"])
@pytest.mark.parametrize("query", ["limit=5", "format=csv", "ordering=name", "hxl=1", "country=XXX", "bbox=5,4,3,2"])
def test_a_tile_refuses_what_only_a_list_can_be_asked_and_wrong_values(
    portal: TestClient, layer: str, query: str
) -> None:
    answer = portal.get(f"/tiles/{layer}/3/5/2.mvt?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]
