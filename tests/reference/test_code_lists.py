"""Code lists: each is list-shaped, has names by language, and can be taken away as a file."""

import csv
import io
from typing import Any

import pytest
from starlette.testclient import TestClient

INDEX = "/api/v1/reference"
LISTS = (
    "hazards", "resource-types", "resource-families", "units", "organisations", "indicators", "countries",
    "disputed-features", "meetings", "languages", "sources",
)  # fmt: skip


def entries(client: TestClient, name: str, **params: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{INDEX}/{name}", params={"limit": 1000, **params})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_the_index_names_every_list_and_each_answers(portal: TestClient) -> None:
    index = portal.get(INDEX).json()
    assert index["count"] == len(index["results"])
    assert [one["code"] for one in index["results"]] == list(LISTS)
    for one in index["results"]:
        assert portal.get(one["url"]).json()["count"] > 0, one


def test_the_index_speaks_the_readers_language(portal: TestClient) -> None:
    english, russian = (portal.get(INDEX, params={"lang": lang}).json()["results"] for lang in ("en", "ru"))
    assert [one["code"] for one in english] == [one["code"] for one in russian]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_in_the_order_of_its_codes_with_names_by_language(portal: TestClient, name: str) -> None:
    found = entries(portal, name)
    codes = [entry["code"] for entry in found]
    assert codes == sorted(codes, key=str.encode)
    assert len(codes) == len(set(codes))
    assert all(entry["name"] == entry["names"]["en"] for entry in found)
    russian = entries(portal, name, lang="ru")
    assert [entry["code"] for entry in russian] == codes
    assert all(entry["name"] == entry["names"].get("ru", entry["names"]["en"]) for entry in russian)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_pages_through_every_code_once(portal: TestClient, name: str) -> None:
    page = portal.get(f"{INDEX}/{name}", params={"limit": 7}).json()
    seen = [entry["code"] for entry in page["results"]]
    while page["next"]:
        page = portal.get(page["next"]).json()
        seen += [entry["code"] for entry in page["results"]]
    assert seen == [entry["code"] for entry in entries(portal, name)]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_searched_by_its_names_in_any_language(portal: TestClient, name: str) -> None:
    for entry in entries(portal, name)[:3]:
        for word in (entry["code"], entry["names"].get("ru", entry["name"])):
            found = entries(portal, name, q=word)
            assert entry["code"] in [one["code"] for one in found], (name, word)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_as_csv_holds_every_code(portal: TestClient, name: str) -> None:
    answer = portal.get(f"{INDEX}/{name}", params={"format": "csv", "hxl": 1})
    head, tags, *rows = csv.reader(io.StringIO(answer.text))
    assert head[:3] == ["code", "name", "names_en"]
    assert all(tag.startswith("#") for tag in tags)
    assert sorted(row[0] for row in rows) == sorted(entry["code"] for entry in entries(portal, name))


def test_hazards_can_be_shown_in_the_order_for_people(portal: TestClient) -> None:
    assert [one["position"] for one in entries(portal, "hazards", ordering="position")][:3] == [1, 2, 3]
    assert entries(portal, "hazards", ordering="position")[0]["code"] == "EQ"


def test_every_type_names_its_family_its_unit_and_its_standard(portal: TestClient) -> None:
    families = {one["code"] for one in entries(portal, "resource-families")}
    units = {one["code"] for one in entries(portal, "units")}
    types = entries(portal, "resource-types")
    assert len(types) >= 80
    for one in types:
        assert one["family"] in families
        assert one["unit"] in units
        assert one["standard"]
        assert one["parent"] is None or one["parent"] in {other["code"] for other in types}


def test_the_ten_countries_of_the_region_are_marked(portal: TestClient) -> None:
    region = {one["code"] for one in entries(portal, "countries") if one["region"]}
    assert region == {"KAZ", "KGZ", "TJK", "UZB", "TKM", "AFG", "PAK", "IRN", "IND", "AZE"}


def test_organisations_are_told_apart_by_kind_relation_and_country(portal: TestClient) -> None:
    parties = entries(portal, "organisations", relation="party")
    assert parties
    assert {one["relation"] for one in parties} == {"party"}
    kazakh = entries(portal, "organisations", country="KAZ", kind="ministry,authority")
    assert kazakh
    assert {one["country"] for one in kazakh} == {"KAZ"}


def test_disputed_features_name_who_claims_them_and_come_as_geojson(portal: TestClient) -> None:
    claimed = entries(portal, "disputed-features", country="PAK")
    assert claimed
    assert all("PAK" in one["claimants"] for one in claimed)
    drawn = portal.get(f"{INDEX}/disputed-features", params={"format": "geojson"}).json()
    assert drawn["type"] == "FeatureCollection"
    assert all(one["geometry"]["coordinates"] and one["properties"]["claimants"] for one in drawn["features"])


def test_meetings_are_held_or_planned(portal: TestClient) -> None:
    held = entries(portal, "meetings", status="held")
    assert held
    assert {one["status"] for one in held} == {"held"}


def test_languages_are_called_by_their_names_in_every_language(portal: TestClient) -> None:
    (dari,) = [one for one in entries(portal, "languages") if one["code"] == "fa-AF"]
    assert (dari["name"], dari["own_name"], dari["direction"]) == ("Dari", "دری", "rtl")
    assert dari["names"]["ru"] == "дари"


def test_a_list_without_places_is_no_map(portal: TestClient) -> None:
    answer = portal.get(f"{INDEX}/hazards", params={"format": "geojson"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "format"


def test_an_unknown_list_is_not_found(portal: TestClient) -> None:
    assert portal.get(f"{INDEX}/nonsense").status_code == 404
