"""The ledger over HTTP: for the Centre only; entries, reservations, proposals, levels, kits and counts, each done once."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_item, make_lot, make_position, make_warehouse
from tests.waiting import soon

STOCK = "/api/v1/stock"


@pytest.fixture
def keeper(cast: Cast) -> dict[str, str]:
    return cast.person("stock_keeper")


@pytest.fixture
def lot(db: Session) -> dict[str, str]:
    """Ten blankets that last, five that expire in 2027; the refs of the position and of both lots."""
    position = make_position(db)
    late, first = make_lot(db, position, "LATE", 10), make_lot(db, position, "FIRST", 5, expires_on="2027-06-01")
    db.commit()
    return {"position": position.ref, "late": str(late.id), "first": str(first.id)}


def test_the_ledger_is_not_public(client: TestClient, cast: Cast, lot: dict[str, str]) -> None:
    assert client.get(f"{STOCK}/movements").status_code == 401
    assert client.get(f"{STOCK}/movements", headers=cast.person("reader", organisation="KAZ-MES")).status_code == 403
    assert client.get(f"{STOCK}/movements", headers=cast.person("analyst")).json()["count"] == 2


def test_an_entry_is_made_once_and_stands_in_the_ledger(
    client: TestClient, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    said = {"kind": "issue", "quantity": 3, "lot": lot["late"], "note": {"en": "To the duty team"}}
    answers = [
        client.post(f"{STOCK}/movements", json=said, headers=keeper | {"Idempotency-Key": "one"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    (line,) = answers[0].json()["results"]
    assert answers[1].json()["results"] == [line]
    assert (line["kind"], line["quantity"], line["position"], line["note"]) == (
        "issue",
        -3,
        lot["position"],
        "To the duty team",
    )
    listed = soon(lambda: movements(client, keeper, kind="issue"), lambda rows: rows != [])
    assert listed == [line]
    assert movements(client, keeper, position=lot["position"])[0] == line
    assert movements(client, keeper, q="blanket") != []


def movements(client: TestClient, keeper: dict[str, str], **params: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"{STOCK}/movements", params=params, headers=keeper).json()["results"]
    return rows


def test_the_ledger_can_be_taken_away_as_a_table(
    client: TestClient, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    table = client.get(f"{STOCK}/movements", params={"format": "csv"}, headers=keeper).text
    assert table.splitlines()[0].lstrip("\ufeff").startswith("id,position,item_code")


def test_what_is_not_there_is_refused_and_the_lot_named(
    client: TestClient, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    said = {"kind": "issue", "quantity": 11, "lot": lot["late"]}
    answer = client.post(f"{STOCK}/movements", json=said, headers=keeper)
    assert answer.status_code == 409
    assert f"{lot['position']}, LATE 10 are left" in answer.json()["detail"]


def test_what_was_wrong_is_reversed(client: TestClient, keeper: dict[str, str], lot: dict[str, str]) -> None:
    said = {"kind": "adjustment", "quantity": 3, "lot": lot["late"], "reason": "lost"}
    (line,) = client.post(f"{STOCK}/movements", json=said, headers=keeper).json()["results"]
    address = f"{STOCK}/movements/{line['id']}/reverse"
    undone = client.post(address, json={"reason": "Found behind the door"}, headers=keeper)
    assert (undone.status_code, undone.json()["results"][0]["quantity"]) == (201, 3)
    assert undone.json()["results"][0]["reverses_id"] == line["id"]
    assert client.post(address, json={"reason": "Again"}, headers=keeper).status_code == 409


def test_a_proposal_says_which_lots_and_why_others_not(
    client: TestClient, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    address = f"{STOCK}/{lot['position']}/proposal"
    found = client.get(address, params={"quantity": 3}, headers=keeper).json()
    assert [(one["lot"], one["quantity"]) for one in found["taken"]] == [("FIRST", 3)]
    assert [(one["lot"], one["why"]) for one in found["passed"]] == [("LATE", "not_needed")]
    later = client.get(address, params={"quantity": 12, "lasts_until": "2027-07-01"}, headers=keeper).json()
    assert (later["taken"][0]["lot"], later["missing"]) == ("LATE", 2)
    assert later["passed"][0]["sentence"] == "it expires before 2027-07-01, when it is needed"


def test_what_is_reserved_is_listed_until_it_is_released(
    client: TestClient, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    address = f"{STOCK}/{lot['position']}/reservations"
    asked = {"quantity": 7, "reason": {"en": "For the exercise"}}
    held = client.post(address, json=asked, headers=keeper).json()["results"]
    assert sorted((one["lot"], one["quantity"]) for one in held) == [("FIRST", 5), ("LATE", 2)]
    by_lot = {"lots": {lot["late"]: 8}, "reason": {"en": "For Osh"}}
    assert client.post(address, json=by_lot, headers=keeper).status_code == 201
    assert client.post(address, json=asked, headers=keeper).status_code == 409
    gone = client.post(f"{STOCK}/reservations/{held[0]['id']}/release", json={"reason": "It is over"}, headers=keeper)
    assert gone.json()["results"][0]["ended_as"] == "released"
    assert len(client.get(address, headers=keeper).json()["results"]) == 3


def test_what_is_below_its_minimum_stands_in_a_list(
    client: TestClient, db: Session, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    make_item(db, "rope")
    db.commit()
    for item, quantity in (("blanket", 40), ("rope", 2)):
        said = {"item": item, "warehouse": "WH-TEST", "quantity": quantity}
        assert client.put(f"{STOCK}/minimum-levels", json=said, headers=keeper).status_code == 200
    below = client.get(f"{STOCK}/minimum-levels", params={"below": "true"}, headers=keeper).json()["results"]
    assert [(one["item"]["code"], one["available"], one["missing"]) for one in below] == [
        ("blanket", 15, 25),
        ("rope", 0, 2),
    ]
    gone = {"item": "rope", "warehouse": "WH-TEST", "quantity": 0}
    left = client.put(f"{STOCK}/minimum-levels", json=gone, headers=keeper).json()["results"]
    assert [one["item"]["code"] for one in left] == ["blanket"]


def test_a_kit_is_said_to_be_made_of_its_parts(
    client: TestClient, db: Session, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    make_item(db, "family-kit")
    db.commit()
    said = {"parts": [{"item": "blanket", "quantity": 5}]}
    (kit,) = client.put(f"{STOCK}/kits/family-kit", json=said, headers=keeper).json()["results"]
    assert kit["parts"] == [{"code": "blanket", "name": "Blanket", "quantity": 5, "unit": "each"}]
    made = {
        "kind": "kit_made",
        "quantity": 2,
        "item": "family-kit",
        "warehouse": "WH-TEST",
        "number": "K1",
        "owner": "TEST-ORG",
    }
    lines = client.post(f"{STOCK}/movements", json=made, headers=keeper).json()["results"]
    assert sorted(line["quantity"] for line in lines) == [-5, -5, 2]
    assert client.get(f"{STOCK}/kits", headers=keeper).json()["results"] == [kit]


def test_a_count_says_what_was_expected_and_what_was_there(
    client: TestClient, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    said = {"warehouse": "WH-TEST", "lines": [{"lot": lot["late"], "counted": 9}, {"lot": lot["first"], "counted": 5}]}
    counted = client.post(f"{STOCK}/counts", json=said, headers=keeper)
    assert counted.status_code == 201, counted.text
    lines = {line["lot"]: (line["expected"], line["counted"], line["reason"]) for line in counted.json()["lines"]}
    assert lines == {"LATE": (10, 9, "counted"), "FIRST": (5, 5, None)}
    ref = counted.json()["ref"]
    assert client.get(f"{STOCK}/counts/{ref}", headers=keeper).json() == counted.json()
    assert client.get(f"{STOCK}/counts", headers=keeper).json()["results"] == [counted.json()]
    assert client.get(f"{STOCK}/counts/SC-9999", headers=keeper).status_code == 404


def test_items_and_warehouses_are_added_under_codes_of_their_own(
    client: TestClient, db: Session, keeper: dict[str, str]
) -> None:
    item = {"code": "boat-inflatable", "names": {"en": "Inflatable boat"}, "family": "shelter-relief", "unit": "each"}
    assert client.post(f"{STOCK}/items", json=item, headers=keeper).status_code == 201
    assert client.post(f"{STOCK}/items", json=item, headers=keeper).status_code == 409
    warehouse = {
        "code": "WH-NEW",
        "names": {"en": "New store"},
        "country": "KAZ",
        "geometry": {"coordinates": [76.9, 43.2]},
    }
    assert client.post(f"{STOCK}/warehouses", json=warehouse, headers=keeper).status_code == 201
    received = {
        "kind": "receipt",
        "quantity": 4,
        "item": "boat-inflatable",
        "warehouse": "WH-NEW",
        "number": "B1",
        "condition": "new",
    }
    (line,) = client.post(f"{STOCK}/movements", json=received, headers=keeper).json()["results"]
    shown = soon(lambda: client.get(f"{STOCK}/{line['position']}"), lambda answer: answer.status_code == 200).json()
    assert (shown["on_hand"], shown["owner"]["code"], shown["lots"][0]["lot"]) == (4, "CESDRR", "B1")


def test_a_keeper_of_some_countries_moves_nothing_elsewhere(
    client: TestClient, db: Session, cast: Cast, lot: dict[str, str]
) -> None:
    make_warehouse(db, "WH-OSH-T", country_iso3="KGZ")
    db.commit()
    limited = cast.person("stock_keeper", countries=("KGZ",))
    said = {"kind": "issue", "quantity": 1, "lot": lot["late"]}
    assert client.post(f"{STOCK}/movements", json=said, headers=limited).status_code == 403
    reserved = {"quantity": 1, "reason": {"en": "Mine"}}
    assert client.post(f"{STOCK}/{lot['position']}/reservations", json=reserved, headers=limited).status_code == 403
