"""The Centre's stock keeper at work on pages, without JavaScript: receives, reserves, issues, counts, undoes."""

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_item, make_lot, make_position, make_warehouse
from tests.waiting import soon


@pytest.fixture
def keeper(cast: Cast) -> dict[str, str]:
    return cast.person("stock_keeper")


@pytest.fixture
def lot(db: Session) -> dict[str, str]:
    position = make_position(db)
    late = make_lot(db, position, "LATE", 10)
    make_lot(db, position, "FIRST", 5, expires_on="2027-06-01")
    db.commit()
    return {"ref": position.ref, "late": str(late.id)}


def send(client: TestClient, keeper: dict[str, str], address: str, **typed: str) -> Any:
    return client.post(address, data=typed, headers=keeper, follow_redirects=False)


def page(client: TestClient, keeper: dict[str, str], address: str) -> str:
    answer = client.get(address, headers=keeper)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


@pytest.mark.parametrize(
    "address",
    ["receive", "movements", "minimum-levels", "kits", "kits/parts", "kits/make", "counts", "counts/new?warehouse=WH-TEST", "items/new",
     "warehouses/new", "{ref}/reserve", "{ref}/move/issue", "{ref}/move/transfer", "{ref}/move/adjustment", "{ref}/move/return",
     "{ref}/move/kit_broken", "{ref}"],
)  # fmt: skip
def test_every_page_of_the_keeper_opens(
    client: TestClient, keeper: dict[str, str], lot: dict[str, str], address: str
) -> None:
    assert "<h1>" in page(client, keeper, f"/stock/{address.format(**lot)}")


def test_what_came_is_received(client: TestClient, db: Session, keeper: dict[str, str]) -> None:
    make_item(db, "tent")
    make_warehouse(db)
    db.commit()
    typed = {"item": "tent", "warehouse": "WH-TEST", "number": "T-1", "quantity": "1 200", "condition": "new", "key": "k1",
             "earmark": "For floods", "earmark_countries": "TJK", "expires_on": "2031-05-01"}  # fmt: skip
    answers = [send(client, keeper, "/stock/receive", **typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    shown = soon(lambda: page(client, keeper, answers[0].headers["location"]), lambda text: "T-1" in text)
    assert "1,200" in shown
    assert "For floods" in shown
    assert "2,400" not in shown


def test_a_field_that_is_missing_is_named_as_the_page_calls_it(
    client: TestClient, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    answer = send(client, keeper, "/stock/receive", item="blanket", quantity="3")
    assert answer.status_code == 422
    assert "“Warehouse” is missing." in answer.text
    assert 'href="#field-warehouse"' in answer.text
    wrong = send(client, keeper, f"/stock/{lot['ref']}/move/issue", lot=lot["late"], quantity="many")
    assert wrong.status_code == 422
    assert "“Quantity” must be a number." in wrong.text
    assert 'value="many"' in wrong.text


def test_first_it_is_shown_which_lots_it_would_be_then_they_are_reserved(
    client: TestClient, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    address = f"/stock/{lot['ref']}/reserve"
    looked = send(client, keeper, address, quantity="3", reason="For Osh", look="1")
    assert looked.status_code == 200
    assert "<b>FIRST: 3</b>" in looked.text
    assert "those that expire first are enough" in looked.text
    assert send(client, keeper, address, quantity="3", reason="For Osh", key="k2").status_code == 303
    shown = soon(lambda: page(client, keeper, f"/stock/{lot['ref']}"), lambda text: "For Osh" in text)
    release = re.search(r'action="(/stock/reservations/[^"]+/release)"', shown)
    assert release
    assert send(client, keeper, release[1]).status_code == 303
    assert soon(lambda: page(client, keeper, f"/stock/{lot['ref']}"), lambda text: "Nothing of it is reserved" in text)


def test_lots_can_be_chosen_on_the_page(client: TestClient, keeper: dict[str, str], lot: dict[str, str]) -> None:
    typed = {f"lots.{lot['late']}": "4", "quantity": "", "reason": "For the exercise"}
    assert send(client, keeper, f"/stock/{lot['ref']}/reserve", **typed).status_code == 303
    more = send(client, keeper, f"/stock/{lot['ref']}/reserve", **(typed | {f"lots.{lot['late']}": "7"}))
    assert more.status_code == 409
    assert "LATE 6 are left" in more.text


def test_a_movement_is_undone_with_a_reason(client: TestClient, keeper: dict[str, str], lot: dict[str, str]) -> None:
    answer = send(client, keeper, f"/stock/{lot['ref']}/move/adjustment", lot=lot["late"], quantity="2", reason="lost")
    assert answer.status_code == 303
    shown = soon(lambda: page(client, keeper, f"/stock/{lot['ref']}"), lambda text: "Adjusted: Lost" in text)
    address = re.findall(r'href="(/stock/movements/[^"]+/reverse)"', shown)[0]
    assert "Adjusted" in page(client, keeper, address)
    assert send(client, keeper, address).status_code == 422
    assert send(client, keeper, address, reason="They were behind the door").status_code == 303
    assert soon(lambda: page(client, keeper, f"/stock/{lot['ref']}"), lambda text: "They were behind the door" in text)


def test_a_count_is_typed_lot_by_lot(client: TestClient, keeper: dict[str, str], lot: dict[str, str]) -> None:
    assert f"counted.{lot['late']}" in page(client, keeper, "/stock/counts/new?warehouse=WH-TEST")
    assert send(client, keeper, "/stock/counts", warehouse="WH-TEST").status_code == 422
    typed = {f"counted.{lot['late']}": "9", f"reason.{lot['late']}": "lost"}
    answer = send(client, keeper, "/stock/counts", warehouse="WH-TEST", **typed)
    assert answer.status_code == 303
    shown = page(client, keeper, answer.headers["location"])
    assert "LATE" in shown
    assert "Lost" in shown


def test_a_kit_is_described_and_a_level_set(
    client: TestClient, db: Session, keeper: dict[str, str], lot: dict[str, str]
) -> None:
    make_item(db, "family-kit")
    db.commit()
    typed = {"item": "family-kit", "parts.0.item": "blanket", "parts.0.quantity": "2"}
    assert send(client, keeper, "/stock/kits/parts", **typed).status_code == 303
    assert "Family-Kit" in page(client, keeper, "/stock/kits")
    assert (
        send(client, keeper, "/stock/minimum-levels", item="blanket", warehouse="WH-TEST", quantity="40").status_code
        == 303
    )
    assert "<b>25</b>" in page(client, keeper, "/stock/minimum-levels")


def test_items_and_warehouses_are_added(client: TestClient, keeper: dict[str, str]) -> None:
    item = {"code": "boat", "names.en": "Boat", "family": "shelter-relief", "unit": "each"}
    assert send(client, keeper, "/stock/items/new", **item).status_code == 303
    assert send(client, keeper, "/stock/items/new", **item).status_code == 409
    warehouse = {"code": "WH-NEW", "names.en": "New store", "country": "KAZ", "geometry": "43.2, 76.9"}
    assert send(client, keeper, "/stock/warehouses/new", **warehouse).status_code == 303


def test_who_only_reads_is_shown_no_way_to_move_and_no_ledger(
    client: TestClient, cast: Cast, lot: dict[str, str]
) -> None:
    public = page(client, {}, f"/stock/{lot['ref']}")
    assert "/move/issue" not in public
    assert "Ledger" not in public
    analyst = page(client, cast.person("analyst"), f"/stock/{lot['ref']}")
    assert "/move/issue" not in analyst
    assert "Ledger" in analyst
