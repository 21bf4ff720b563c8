"""The list of areas: what is in force, what stands in for it, and how it was on a day of the past."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.places.models import AreaPredecessor
from tests.make import make_area


def codes(client: TestClient, **params: Any) -> list[str]:
    answer = client.get("/api/v1/areas", params={"limit": 1000, **params})
    assert answer.status_code == 200, answer.text
    return [area["code"] for area in answer.json()["results"]]


@pytest.fixture
def split(db: Session) -> None:
    """T-OLD was split in 2020 into T-A and T-B; T-GONE ended too, and nothing that came after it is loaded."""
    ended = date(2020, 1, 1)
    old = make_area(db, "T-OLD", 70, 40, valid_to=ended)
    make_area(db, "T-GONE", 72, 40, valid_to=ended, iso="KG-GONE", names={"en": "Gone", "ru": "Бывшая"})
    for code, west in (("T-A", 70), ("T-B", 70.5)):
        new = make_area(db, code, west, 40, valid_from=ended, pcode=f"P{code[2]}")
        db.add(AreaPredecessor(area_id=new.id, predecessor_id=old.id))
    make_area(db, "T-A-1", 70, 40, level=2, parent_id=db.scalar(text("SELECT id FROM areas WHERE code = 'T-A'")))
    db.commit()


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["T-A", "T-A-1", "T-B", "T-GONE"]),
        ({"level": "2"}, ["T-A-1"]),
        ({"level": "1,2"}, ["T-A", "T-A-1", "T-B", "T-GONE"]),
        ({"parent": "T-A"}, ["T-A-1"]),
        ({"parent": "PA"}, ["T-A-1"]),
        ({"pcode": "PB"}, ["T-B"]),
        ({"iso": "KG-GONE"}, ["T-GONE"]),
        ({"area": "T-A"}, ["T-A", "T-A-1"]),
        ({"country": "KGZ"}, ["T-A", "T-A-1", "T-B", "T-GONE"]),
        ({"country": "TJK"}, []),
        ({"valid_on": "2019-12-31"}, ["T-A-1", "T-GONE", "T-OLD"]),
        ({"valid_on": "2020-01-01"}, ["T-A", "T-A-1", "T-B"]),
        ({"bbox": "72.2,40.2,72.3,40.3"}, ["T-GONE"]),
        ({"q": "Бывшая"}, ["T-GONE"]),
        ({"near": "73.5,40.5", "within_km": 60}, ["T-GONE"]),
    ],
)
def test_a_filter_leaves_what_it_says(
    client: TestClient, split: None, params: dict[str, Any], expected: list[str]
) -> None:
    found = [code for code in codes(client, **params) if code.startswith("T-")]
    assert sorted(found) == sorted(expected)


def test_an_area_that_ended_without_a_successor_stands_in_and_says_so(client: TestClient, split: None) -> None:
    gone = client.get("/api/v1/areas/T-GONE").json()
    assert (gone["is_current"], gone["valid_to"]) == (True, "2020-01-01")
    old = client.get("/api/v1/areas/T-OLD").json()
    assert old["is_current"] is False
    assert [area["code"] for area in old["successors"]] == ["T-A", "T-B"]
    assert [area["code"] for area in client.get("/api/v1/areas/T-B").json()["predecessors"]] == ["T-OLD"]


def test_who_follows_changes_learns_of_areas_that_ended(client: TestClient, split: None) -> None:
    assert "T-OLD" in codes(client, updated_since="2000-01-01T00:00:00Z")


def test_a_code_given_anew_means_the_area_in_force(client: TestClient, db: Session, split: None) -> None:
    make_area(db, "T-OLD", 74, 40, valid_from=date(2022, 1, 1))
    db.commit()
    assert client.get("/api/v1/areas/T-OLD").json()["valid_from"] == "2022-01-01"


def test_one_area_is_found_by_id_code_pcode_and_iso(client: TestClient, split: None) -> None:
    area = client.get("/api/v1/areas/t-gone").json()
    assert client.get(f"/api/v1/areas/{area['id']}").json() == client.get("/api/v1/areas/kg-gone").json() == area
    assert client.get("/api/v1/areas/PA").json()["code"] == "T-A"
    assert client.get("/api/v1/areas/T-NONE").status_code == 404


def test_the_outline_comes_only_when_asked_for(portal: TestClient) -> None:
    assert "geometry" not in portal.get("/api/v1/areas/KG-O").json()
    assert portal.get("/api/v1/areas/KG-O?geometry=true").json()["geometry"]["type"] == "MultiPolygon"
    assert "geometry" not in portal.get("/api/v1/areas?limit=1&geometry=false").json()["results"][0]
    assert portal.get("/api/v1/areas?limit=1&geometry=true").json()["results"][0]["geometry"]
    assert portal.get("/api/v1/areas?limit=1&format=geojson").json()["features"][0]["geometry"]
    by_accept = portal.get("/api/v1/areas/KG-O", headers={"Accept": "application/geo+json"}).json()
    assert by_accept["geometry"]["type"] == "MultiPolygon"


def test_countries_hold_their_areas_and_names_come_by_language(portal: TestClient) -> None:
    osh = portal.get("/api/v1/areas/KG-O", params={"lang": "ru"}).json()
    assert osh["name"] == osh["names"]["ru"] == "Ошская область"
    assert osh["parent"]["code"] == osh["country"]["iso3"] == "KGZ"
    assert codes(portal, level="0", country="KGZ") == ["KGZ"]
    assert "KG-O" in codes(portal, parent="KGZ")


def test_outlines_out_of_date_are_listed_with_the_reason(portal: TestClient) -> None:
    almaty = portal.get("/api/v1/areas/NE-KAZ-KZ01").json()
    assert almaty["is_current"] is True
    assert almaty["valid_to"] == "2022-06-08"
    assert "Jetisu" in almaty["note"]
