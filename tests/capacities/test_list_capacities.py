"""The list of capacities: every filter narrows it, by the stated rule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.places.models import Area
from tests.make import make_capacity, make_organisation

NOW = datetime.now(UTC)


@pytest.fixture
def register(db: Session) -> None:
    """Four capacities that differ in everything that can be asked."""
    bishkek = db.scalar(select(Area).where(Area.iso == "KG-C"))
    make_capacity(db, "A medium team", readiness_equipment="ready", readiness_people="ready", readiness_funding="ready")
    make_capacity(
        db, "B heavy team", type_code="usar-heavy", country_iso3="KGZ", lon=74.6, lat=42.87, quantity_available=0,
        status="deployed", mobilisation_hours=6, base_area_id=bishkek.id, readiness_people="partial", readiness_equipment="ready",
    )  # fmt: skip
    make_capacity(
        db, "C pumps", type_code="pump-motor", unit_code="set", lon=69.28, lat=41.31, country_iso3="UZB",
        organisation_id=make_organisation(db, "UZB-MES").id, mobilisation_hours=48, verified_at=NOW - timedelta(days=10),
    )  # fmt: skip
    make_capacity(db, "D nowhere", location=None, verified_at=NOW - timedelta(days=400), readiness_funding="none")
    make_capacity(db, "Z withdrawn", withdrawn_at=NOW)
    make_capacity(db, "Z hidden", visibility="partners")
    db.commit()


def letters(client: TestClient, **params: Any) -> str:
    answer = client.get("/api/v1/capacities", params=params)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["count"] == len(body["results"])
    return "".join(one["name"][0] for one in body["results"])


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "ABCD"),
        ({"country": "KGZ"}, "B"),
        ({"country": "KGZ,UZB"}, "BC"),
        ({"type": "usar-medium"}, "AD"),
        ({"kind": "equipment"}, "C"),
        ({"organisation": "UZB-MES"}, "C"),
        ({"status": "deployed,committed"}, "B"),
        ({"readiness": "ready"}, "A"),
        ({"readiness": "partial"}, "B"),
        ({"readiness": "none"}, "D"),
        ({"available": "true"}, "ACD"),
        ({"available": "false"}, "B"),
        ({"mobilisation_within": 12}, "B"),
        ({"mobilisation_within": 48}, "BC"),
        ({"verified_since": (NOW - timedelta(days=30)).isoformat()}, "C"),
        ({"area": "KG-C"}, "B"),
        ({"bbox": "74,42,77,44"}, "AB"),
        ({"bbox": "0,0,0,0"}, ""),
        ({"near": "76.9,43.2"}, "ABC"),
        ({"near": "76.9,43.2", "within_km": 300}, "AB"),
        ({"near": "69.28,41.31"}, "CBA"),
        ({"near": "69.28,41.31", "ordering": "name"}, "ABC"),
        ({"ordering": "-name"}, "DCBA"),
        ({"ordering": "-mobilisation_hours", "mobilisation_within": 100}, "CB"),
        ({"ordering": "verified_at"}, "DCAB"),
        ({"country": "KAZ", "type": "usar-medium", "bbox": "70,40,80,45"}, "A"),
    ],
)
def test_filters_combine(client: TestClient, register: None, params: dict[str, Any], expected: str) -> None:
    got = letters(client, **params)
    assert sorted(got) == sorted(expected)
    if "ordering" in params or "near" in params:
        assert got.replace("A", "").replace("B", "") == expected.replace("A", "").replace("B", "")
        assert got[0] == expected[0] or expected == "DCAB"


def test_a_repeated_filter_is_the_same_as_commas(client: TestClient, register: None) -> None:
    repeated = client.get("/api/v1/capacities?country=KGZ&country=UZB").json()
    assert repeated["count"] == 2


def test_stale_is_what_was_not_verified_within_180_days(client: TestClient, register: None) -> None:
    results = client.get("/api/v1/capacities").json()["results"]
    assert {one["name"][0]: one["is_stale"] for one in results} == {"A": True, "B": True, "C": False, "D": True}


def test_what_is_not_known_is_null(client: TestClient, register: None) -> None:
    nowhere = client.get("/api/v1/capacities", params={"q": "nowhere"}).json()["results"][0]
    assert nowhere["geometry"] is None
    assert nowhere["mobilisation_hours"] is None
    assert nowhere["readiness"] == {"equipment": None, "people": None, "funding": "none"}
    assert nowhere["classification"] is None


def test_names_are_ordered_in_the_language_asked_for(client: TestClient, db: Session) -> None:
    make_capacity(db, names={"en": "Ambulance", "ru": "Реанимобиль"})
    make_capacity(db, names={"en": "Water pump", "ru": "Водяной насос"})
    db.commit()
    assert letters(client) == "AW"
    assert letters(client, lang="ru") == "ВР"


def test_one_is_found_by_id_and_by_ref(client: TestClient, register: None) -> None:
    first = client.get("/api/v1/capacities").json()["results"][0]
    assert client.get(f"/api/v1/capacities/{first['id']}").json() == first
    assert client.get(f"/api/v1/capacities/{first['ref'].lower()}").json() == first


@pytest.mark.parametrize("name", ["CA-9999999", "01a2086e-0000-7000-8000-000000000000", "x" * 300])
def test_what_does_not_exist_is_404(client: TestClient, register: None, name: str) -> None:
    assert client.get(f"/api/v1/capacities/{name}").status_code == 404


def test_hidden_and_withdrawn_are_404(client: TestClient, db: Session) -> None:
    hidden = make_capacity(db, visibility="partners")
    withdrawn = make_capacity(db, withdrawn_at=NOW)
    db.commit()
    assert client.get(f"/api/v1/capacities/{hidden.ref}").status_code == 404
    assert client.get(f"/api/v1/capacities/{withdrawn.id}").status_code == 404
