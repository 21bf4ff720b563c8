"""Registering a capacity over HTTP: works, needs the right, says what is wrong, is done once for one key."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.capacities.models import Capacity
from app.history import History
from tests.conftest import Cast
from tests.make import make_organisation

URL = "/api/v1/capacities"
TEAM = {"names": {"en": "Mountain rescue, Karakol"}, "type": "usar-medium", "country": "KGZ", "quantity": 1}
WHOLE: dict[str, Any] = {
    **TEAM,
    "names": {"en": "Mountain rescue, Karakol", "ru": "Горные спасатели, Каракол"},
    "description": {"en": "Rope rescue.\n\nWinter, too."},
    "quantity": 3,
    "unit": "team",
    "quantity_available": 2,
    "readiness": {"equipment": "ready", "people": "partial", "funding": "none"},
    "status": "committed",
    "mobilisation_hours": 6,
    "self_sufficiency_days": 10,
    "classification": {"body": "INSARAG", "level": "Medium", "valid_until": "2028-03-01"},
    "base": {
        "area": "KG-Y",
        "place": {"en": "Karakol"},
        "geometry": {"type": "Point", "coordinates": [78.39, 42.49]},
    },
    "transport": {"weight_kg": 1200.5, "volume_m3": 8, "modes": ["road", "air"]},
    "languages": ["ky", "ru"],
    "specification": {"make": "Weber", "fuel": "battery", "voltage_v": 230},
    "visibility": "public",
}


def test_a_contributor_registers_what_their_organisation_has(client: TestClient, cast: Cast) -> None:
    answer = client.post(URL, json=WHOLE, headers=cast.person("contributor", organisation="KGZ-MES"))
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert answer.headers["Location"] == f"{URL}/{said['ref']}"
    assert said["name"] == "Mountain rescue, Karakol"
    assert said["kind"] == "team"
    assert said["organisation"]["code"] == "KGZ-MES"
    assert said["country"]["iso3"] == "KGZ"
    assert (said["quantity"], said["quantity_available"], said["unit"]) == (3, 2, "team")
    assert said["readiness"] == WHOLE["readiness"]
    assert said["classification"] == WHOLE["classification"]
    assert said["base"]["area"]["code"] == "KG-Y"
    assert said["base"]["place"] == "Karakol"
    assert said["geometry"]["coordinates"] == [78.39, 42.49]
    assert said["transport"] == WHOLE["transport"]
    assert said["languages"] == ["ky", "ru"]
    assert said["specification"] == WHOLE["specification"]


def test_the_next_read_shows_it_to_its_writer_and_to_everybody(client: TestClient, cast: Cast) -> None:
    writer = cast.person("contributor", organisation="KGZ-MES")
    assert client.get(URL).json()["count"] == 0
    said = client.post(URL, json=WHOLE, headers=writer)
    place = said.headers["Location"]
    assert client.get(place, headers=writer).headers["ETag"].split("-")[0].strip('"') == said.headers["ETag"].strip('"')
    assert client.get(place).json()["name"] == "Mountain rescue, Karakol"


def test_what_is_left_out_follows_from_the_rest(client: TestClient, cast: Cast) -> None:
    said = client.post(URL, json=TEAM, headers=cast.person("contributor", organisation="KGZ-MES")).json()
    assert (said["unit"], said["quantity_available"], said["status"]) == ("team", 1, "available")
    assert said["visibility"] == "partners"
    assert said["classification"] is None
    assert said["geometry"] is None


def test_registered_by_those_who_have_it_it_is_confirmed_at_once(client: TestClient, cast: Cast, db: Session) -> None:
    make_organisation(db, "KGZ-MES", names={"en": "Ministry of Emergencies"})
    said = client.post(URL, json=TEAM, headers=cast.person("contributor", organisation="KGZ-MES")).json()
    assert not said["is_stale"]
    assert said["verified_by"]
    said = client.post(URL, json={**TEAM, "organisation": "KGZ-MES"}, headers=cast.person("operator")).json()
    assert said["is_stale"]
    assert said["verified_by"] is None


def test_an_operator_registers_for_any_organisation(client: TestClient, cast: Cast, db: Session) -> None:
    make_organisation(db, "TJK-RC")
    operator = cast.person("operator")
    said = client.post(URL, json={**TEAM, "organisation": "TJK-RC"}, headers=operator)
    assert said.status_code == 201
    assert said.json()["organisation"]["code"] == "TJK-RC"
    wrong = client.post(URL, json={**TEAM, "organisation": "NOBODY-9"}, headers=operator)
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "organisation"


def test_a_program_registers_with_its_key(client: TestClient, cast: Cast) -> None:
    key = cast.program("capacities:write", "records:read-partners")
    assert client.post(URL, json=TEAM, headers=key).json()["organisation"]["code"] == "TEST-ORG"
    assert client.post(URL, json=TEAM, headers=cast.program("records:read-partners")).status_code == 403


def test_it_needs_the_right_before_anything_is_looked_at(client: TestClient, cast: Cast, db: Session) -> None:
    make_organisation(db, "TJK-RC")
    assert client.post(URL, json=TEAM).status_code == 401
    assert client.post(URL, json={"nonsense": 1}, headers=cast.person("reader")).status_code == 403
    contributor = cast.person("contributor", organisation="KGZ-MES", countries=("KGZ",))
    other = client.post(URL, json={**TEAM, "organisation": "TJK-RC"}, headers=contributor)
    assert other.status_code == 403
    assert "organisation" in other.json()["detail"]
    abroad = client.post(URL, json={**TEAM, "country": "TJK"}, headers=contributor)
    assert abroad.status_code == 403
    assert "TJK" in abroad.json()["detail"]
    assert client.post(URL, json={**TEAM, "organisation": "KGZ-MES"}, headers=contributor).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"names": {}}, "names"),
        ({"names": {"ru": "   "}}, "names"),
        ({"names": {"xx": "Name"}}, "names.xx"),
        ({"names": {"en": "n" * 201}}, "names.en"),
        ({"names": {"en": "nul \u0000"}}, "names.en"),
        ({"names": "Name"}, "names"),
        ({"description": {"en": "d" * 5001}}, "description.en"),
        ({"type": "no-such-type"}, "type"),
        ({"country": "ATLANTIS"}, "country"),
        ({"unit": "bucket"}, "unit"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1e15}, "quantity"),
        ({"quantity": "many"}, "quantity"),
        ({"quantity": 1, "quantity_available": 2}, "quantity_available"),
        ({"readiness": {"people": "maybe"}}, "readiness.people"),
        ({"status": "lost"}, "status"),
        ({"mobilisation_hours": 1_000_000}, "mobilisation_hours"),
        ({"classification": {"level": "Medium"}}, "classification.body"),
        ({"classification": {"body": "INSARAG", "valid_until": "soon"}}, "classification.valid_until"),
        ({"base": {"area": "KZ-75"}}, "base.area"),
        ({"base": {"area": "no-such-area"}}, "base.area"),
        ({"base": {"geometry": {"type": "Point", "coordinates": [200, 42]}}}, "base.geometry.coordinates.0"),
        ({"base": {"geometry": {"type": "Point", "coordinates": [42.49, 78.39]}}}, "base.geometry"),
        ({"base": {"geometry": {"type": "Polygon", "coordinates": [78, 42]}}}, "base.geometry.type"),
        ({"base": {"visibility": "public"}, "visibility": "own"}, "base.visibility"),
        ({"transport": {"modes": ["broom"]}}, "transport.modes.0"),
        ({"transport": {"weight_kg": -5}}, "transport.weight_kg"),
        ({"languages": ["Kyrgyz"]}, "languages.0"),
        ({"visibility": "nobody"}, "visibility"),
        ({"id": "0192f3c4-0000-7000-8000-000000000000"}, "id"),
        ({"demonstration": True}, "demonstration"),
        ({"verified_at": "2026-01-01T00:00:00Z"}, "verified_at"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    client: TestClient, cast: Cast, db: Session, change: dict[str, Any], field: str
) -> None:
    answer = client.post(URL, json={**TEAM, **change}, headers=cast.person("operator"))
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["message"].endswith((".", "?"))
    assert db.scalars(select(Capacity)).all() == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(client: TestClient, cast: Cast, number: str) -> None:
    body = f'{{"names": {{"en": "a"}}, "type": "usar-medium", "country": "KGZ", "quantity": {number}}}'
    headers = cast.person("operator") | {"Content-Type": "application/json"}
    answer = client.post(URL, content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "quantity"


def test_all_that_is_wrong_is_told_at_once(client: TestClient, cast: Cast) -> None:
    body = {**TEAM, "type": "no-such", "unit": "bucket", "quantity_available": 9, "base": {"area": "KZ-75"}}
    answer = client.post(URL, json=body, headers=cast.person("operator"))
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"type", "unit", "quantity_available", "base.area"}


def test_an_operator_does_not_hide_a_record_of_others_from_themselves(
    client: TestClient, cast: Cast, db: Session
) -> None:
    make_organisation(db, "TJK-RC")
    body = {**TEAM, "organisation": "TJK-RC", "visibility": "own"}
    answer = client.post(URL, json=body, headers=cast.person("operator"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "visibility"
    own = client.post(
        URL, json={**TEAM, "visibility": "own"}, headers=cast.person("contributor", organisation="TJK-RC")
    )
    assert own.status_code == 201


def test_the_same_key_twice_registers_once(client: TestClient, cast: Cast, db: Session) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES") | {"Idempotency-Key": "one"}
    first, again = (client.post(URL, json=TEAM, headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert len(db.scalars(select(Capacity)).all()) == 1
    other = client.post(URL, json={**TEAM, "quantity": 2}, headers=headers)
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"


def test_history_tells_who_registered_what(client: TestClient, cast: Cast, db: Session) -> None:
    said = client.post(URL, json=WHOLE, headers=cast.person("contributor", organisation="KGZ-MES")).json()
    row = db.scalars(select(History).where(History.noun == "capacities")).one()
    assert (row.action, str(row.record_id), row.ref, row.visibility) == (
        "registered",
        said["id"],
        said["ref"],
        "public",
    )
    assert row.before is None
    assert row.after is not None
    assert row.after["names"] == WHOLE["names"]
    assert row.after["type"] == "usar-medium"
    assert row.after["location"]["coordinates"] == [78.39, 42.49]
    assert not {"id", "search", "withdrawn_at", "exact_location"} & set(row.after)
