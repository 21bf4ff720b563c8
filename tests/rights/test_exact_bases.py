"""A base that fewer may see than the record is nowhere for all others: in no box, near nothing, in no order, on no tile."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.capacities.models import Capacity
from tests.conftest import Cast
from tests.make import make_capacity, make_organisation
from tests.maps.mvt import layers
from tests.maps.test_capacity_tiles import tile_of

LON, LAT = 71.43, 51.13
BOX = f"{LON - 0.1},{LAT - 0.1},{LON + 0.1},{LAT + 0.1}"
HERE = f"{LON},{LAT}"


@pytest.fixture
def base(db: Session) -> Capacity:
    """A public team whose exact base only the Centre and its own organisation may know; others around it have none or are open."""
    make_capacity(db, "Open", lon=76.9, lat=43.2)
    make_capacity(db, "Nowhere", location=None)
    found = make_capacity(
        db,
        "Guarded",
        location=None,
        organisation_id=make_organisation(db, "OWNER").id,
        base_visibility="centre",
        exact_location=f"SRID=4326;POINT({LON} {LAT})",
        exact_place={"en": "Old barracks behind the mill"},
    )
    db.commit()
    return found


@pytest.fixture
def askers(cast: Cast, base: Capacity) -> dict[str, dict[str, str]]:
    return {
        "nobody": {},
        "partner": cast.person("reader", organisation="PARTNER"),
        "analyst for Tajikistan": cast.person("analyst", countries=("TJK",)),
        "analyst": cast.person("analyst"),
        "analyst for Kazakhstan": cast.person("analyst", countries=("KAZ",)),
        "owner": cast.person("contributor", organisation="OWNER"),
    }


MAY = {"analyst", "analyst for Kazakhstan", "owner"}


def names(client: TestClient, query: str, headers: dict[str, str]) -> list[str]:
    answer = client.get(f"/api/v1/capacities?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["count"] == len(body["results"])
    return [one["name"] for one in body["results"]]


@pytest.mark.parametrize(
    "query",
    [
        f"bbox={BOX}",
        f"bbox={BOX}&type=usar-medium",
        f"near={HERE}&within_km=5",
        f"near={HERE}&within_km=5&type=usar-medium&country=KAZ",
        f"bbox={BOX}&q=guarded",
        f"bbox={BOX}&ordering=-updated_at",
    ],
)
def test_only_the_entitled_find_a_record_by_its_exact_base(
    client: TestClient, askers: dict[str, dict[str, str]], query: str
) -> None:
    found = {name for name, headers in askers.items() if names(client, query, headers)}
    assert found == MAY


def test_the_order_of_near_knows_the_exact_base_for_the_entitled_only(
    client: TestClient, askers: dict[str, dict[str, str]]
) -> None:
    for name, headers in askers.items():
        assert names(client, f"near={HERE}", headers) == (["Guarded", "Open"] if name in MAY else ["Open"])


def test_each_is_told_what_they_may_know_of_the_base(
    client: TestClient, base: Capacity, askers: dict[str, dict[str, str]]
) -> None:
    for name, headers in askers.items():
        one = client.get(f"/api/v1/capacities/{base.ref}", headers=headers).json()
        listed = next(
            r for r in client.get("/api/v1/capacities", headers=headers).json()["results"] if r["id"] == one["id"]
        )
        assert one == listed
        if name in MAY:
            assert one["geometry"]["coordinates"] == [LON, LAT]
            assert one["base"]["place"] == "Old barracks behind the mill"
            assert one["base_visibility"] == "centre"
        else:
            assert one["geometry"] is None
            assert one["base"]["place"] is None
            assert one.get("base_visibility") == (None if name == "nobody" else "public")


def test_nobody_learns_from_a_record_that_a_narrower_base_exists(
    client: TestClient, base: Capacity, askers: dict[str, dict[str, str]]
) -> None:
    """A record with a hidden base says what one says whose base is not known."""
    own = {"id", "ref", "name", "organisation", "created_at", "updated_at"}
    for name in askers.keys() - MAY:
        by_name: dict[str, Any] = {
            one["name"]: {key: value for key, value in one.items() if key not in own}
            for one in client.get("/api/v1/capacities", headers=askers[name]).json()["results"]
        }
        assert by_name["Guarded"] == by_name["Nowhere"]


@pytest.mark.parametrize("zoom", [0, 3, 7, 8, 11, 14])
@pytest.mark.parametrize("query", ["", "?type=usar-medium"])
def test_tiles_show_the_exact_base_to_the_entitled_only(
    client: TestClient, askers: dict[str, dict[str, str]], zoom: int, query: str
) -> None:
    tile = tile_of(zoom, LON, LAT)
    open_one_too = tile == tile_of(zoom, 76.9, 43.2)
    for name, headers in askers.items():
        answer = client.get(f"/tiles/capacities/{tile.z}/{tile.x}/{tile.y}.mvt{query}", headers=headers)
        seen = sum(dot["n"] for dot in layers(answer.content).get("capacities", []))
        assert seen == open_one_too + (name in MAY), name


@pytest.mark.parametrize("format", ["csv", "geojson"])
def test_files_hold_the_exact_base_for_the_entitled_only(
    client: TestClient, askers: dict[str, dict[str, str]], format: str
) -> None:
    for name, headers in askers.items():
        text = client.get(f"/api/v1/capacities?format={format}", headers=headers).text
        assert ("Old barracks" in text) == (name in MAY)
        assert (str(LON) in text) == (name in MAY)


def test_no_search_finds_the_words_of_an_exact_base(
    client: TestClient, db: Session, askers: dict[str, dict[str, str]]
) -> None:
    for headers in askers.values():
        assert names(client, "q=barracks", headers) == []


def test_the_facets_of_a_box_count_the_exact_base_for_the_entitled_only(
    client: TestClient, askers: dict[str, dict[str, str]]
) -> None:
    for name, headers in askers.items():
        counted = client.get(f"/api/v1/capacities/facets?bbox={BOX}", headers=headers).json()
        assert counted["count"] == (name in MAY)
        assert sum(one["count"] for one in counted["organisation"]) == (name in MAY)
