"""The list of stock: balances are sums over the ledger, and a position is found where its warehouse is."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.places.models import Area
from app.stock.models import StockMovement, StockPosition, StockReservation
from tests.make import make_item, make_lot, make_organisation, make_position, make_warehouse
from tests.waiting import soon


@pytest.fixture
def store(db: Session) -> None:
    """Blankets in Almaty and Osh, a generator all promised, a used-up item; two positions nobody should see."""
    osh = db.scalar(select(Area).where(Area.iso == "KG-O"))
    make_warehouse(db, "WH-ALMATY-T")
    make_warehouse(db, "WH-OSH-T", lon=72.8, lat=40.5, country_iso3="KGZ", area_id=osh.id, place={"en": "Osh"})
    make_item(db, "a-blanket", names={"en": "A blanket", "ru": "Одеяло"})
    make_item(db, "c-generator", names={"en": "C generator"}, family_code="rescue-tools")
    make_item(db, "d-rope", names={"en": "D rope"})
    red_crescent = make_organisation(db, "KAZ-RC")
    almaty = make_position(db, "a-blanket", "WH-ALMATY-T", donor_id=red_crescent.id)
    make_lot(db, almaty, "L1", 100, -40, expires_on="2028-01-01")
    make_lot(db, almaty, "L2", 25, condition="good")
    make_lot(db, almaty, "L3", 10, -10)
    make_lot(db, make_position(db, "a-blanket", "WH-OSH-T"), "L4", 7)
    generators = make_position(db, "c-generator", "WH-OSH-T", owner_id=red_crescent.id)
    promised = make_lot(db, generators, "L5", 3)
    db.add(StockReservation(lot_id=promised.id, quantity=3, reason={"en": "Promised to Batken"}))
    make_lot(db, make_position(db, "d-rope", "WH-ALMATY-T"), "L6", 5, -5)
    make_position(db, "d-rope", "WH-OSH-T", withdrawn_at=datetime.now(UTC))
    make_position(db, "c-generator", "WH-ALMATY-T", visibility="centre")
    db.commit()


def found(client: TestClient, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/stock", params=params)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["count"] == len(body["results"])
    results: list[dict[str, Any]] = body["results"]
    return results


def places(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(f"{row['item']['name'][0]}-{row['warehouse']['code'][3:6]}" for row in rows)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["A-ALM", "A-OSH", "C-OSH", "D-ALM"]),
        ({"item": "a-blanket"}, ["A-ALM", "A-OSH"]),
        ({"item": "a-blanket,d-rope"}, ["A-ALM", "A-OSH", "D-ALM"]),
        ({"family": "rescue-tools"}, ["C-OSH"]),
        ({"warehouse": "WH-OSH-T"}, ["A-OSH", "C-OSH"]),
        ({"owner": "KAZ-RC"}, ["C-OSH"]),
        ({"donor": "KAZ-RC"}, ["A-ALM"]),
        ({"available": "true"}, ["A-ALM", "A-OSH"]),
        ({"available": "false"}, ["C-OSH", "D-ALM"]),
        ({"country": "KGZ"}, ["A-OSH", "C-OSH"]),
        ({"area": "KG-O"}, ["A-OSH", "C-OSH"]),
        ({"area": "KGZ"}, ["A-OSH", "C-OSH"]),
        ({"bbox": "76,43,77,44"}, ["A-ALM", "D-ALM"]),
        ({"near": "72,40", "within_km": 200}, ["A-OSH", "C-OSH"]),
        ({"q": "blanket"}, ["A-ALM", "A-OSH"]),
        ({"q": "одеяло"}, ["A-ALM", "A-OSH"]),
        ({"q": "generator osh"}, ["C-OSH"]),
    ],
)
def test_a_filter_leaves_what_it_says(
    client: TestClient, store: None, params: dict[str, Any], expected: list[str]
) -> None:
    assert places(found(client, **params)) == expected


def test_on_hand_is_the_sum_of_movements_and_lots_used_up_are_left_out(client: TestClient, store: None) -> None:
    (blankets,) = found(client, donor="KAZ-RC")
    assert (blankets["on_hand"], blankets["reserved"], blankets["available"]) == (85, 0, 85)
    lots = [{name: value for name, value in lot.items() if name != "id"} for lot in blankets["lots"]]
    assert lots == [
        {"lot": "L1", "quantity": 60, "reserved": 0, "expires_on": "2028-01-01", "condition": "new"},
        {"lot": "L2", "quantity": 25, "reserved": 0, "expires_on": None, "condition": "good"},
    ]


def test_what_is_promised_is_on_hand_and_not_available(client: TestClient, store: None) -> None:
    (generators,) = found(client, item="c-generator")
    assert (generators["on_hand"], generators["reserved"], generators["available"]) == (3, 3, 0)


def test_it_says_in_what_unit_and_where(client: TestClient, store: None) -> None:
    (generators,) = found(client, item="c-generator")
    assert generators["item"]["unit"] == "each"
    assert generators["warehouse"]["place"] == "Osh"
    assert (
        generators["geometry"] == generators["warehouse"]["geometry"] == {"type": "Point", "coordinates": [72.8, 40.5]}
    )
    assert generators["country"]["iso3"] == "KGZ"


def test_the_default_order_is_the_items_name(client: TestClient, store: None) -> None:
    assert [row["item"]["name"][0] for row in found(client)] == ["A", "A", "C", "D"]
    assert [row["on_hand"] for row in found(client, ordering="-on_hand")] == [85, 7, 3, 0]
    assert [row["available"] for row in found(client, ordering="available")] == [0, 0, 7, 85]


def test_a_new_lot_or_movement_or_reservation_changes_its_position(
    client: TestClient, db: Session, store: None
) -> None:
    for change in ("lot", "movement", "reservation"):
        (before,) = found(client, donor="KAZ-RC")
        if change == "lot":
            lot = make_lot(db, db.get_one(StockPosition, before["id"]), "L9")
        elif change == "movement":
            db.add(StockMovement(lot_id=lot.id, kind="receipt", quantity=1, moved_at=datetime.now(UTC)))
        else:
            db.add(StockReservation(lot_id=lot.id, quantity=1, reason={"en": "test"}))
        db.commit()
        (after,) = soon(lambda: found(client, donor="KAZ-RC"), lambda rows: rows != [before])  # noqa: B023
        assert after["updated_at"] > before["updated_at"], change
    assert (after["on_hand"], after["reserved"], after["available"]) == (86, 1, 85)


def test_one_position_is_found_by_id_and_ref(client: TestClient, store: None) -> None:
    (generators,) = found(client, item="c-generator")
    assert client.get(f"/api/v1/stock/{generators['id']}").json() == generators
    assert client.get(f"/api/v1/stock/{generators['ref'].lower()}").json() == generators


def test_facets_equal_the_lists_they_lead_to(portal: TestClient) -> None:
    counted = portal.get("/api/v1/stock/facets").json()
    assert counted["count"] == 60
    for facet in ("family", "item", "warehouse", "owner", "donor", "country"):
        for value in counted[facet]:
            listed = portal.get("/api/v1/stock", params={facet: value["code"], "limit": 1}).json()
            assert listed["count"] == value["count"], (facet, value)
