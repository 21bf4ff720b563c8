"""Entries into the ledger: received, issued, transferred, adjusted, made into kits, counted; and all of them undone by reversal."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.permissions import By, Permission
from app.stock import actions, counting, kits, moving
from app.stock.ledger import NotEnough
from app.stock.ledger_schemas import CountIn, MovementIn, PartIn
from app.stock.models import Lot
from app.writing import understood
from tests.make import make_item, make_lot, make_organisation, make_position, make_warehouse

KEEPER = By(kind="person", rights={Permission.STOCK_WRITE: None, Permission.READ_CENTRE: None}, language="en")


def move(db: Session, kind: str, quantity: float, **said: Any) -> list[Any]:
    return moving.move(db, KEEPER, understood(MovementIn, {"kind": kind, "quantity": quantity, **said}))


def left(db: Session, item: str, warehouse: str = "WH-TEST") -> dict[str, int]:
    """{lot: on hand} of an item in a warehouse."""
    asked = text("""SELECT number, on_hand FROM lot_balances b JOIN lots ON lots.id = b.lot_id JOIN stock_positions p
                    ON p.id = b.position_id WHERE item_code = :item AND warehouse_code = :warehouse AND on_hand <> 0""")
    return {number: int(on_hand) for number, on_hand in db.execute(asked, {"item": item, "warehouse": warehouse})}


@pytest.fixture
def lot(db: Session) -> Lot:
    make_warehouse(db, "WH-OSH-T", country_iso3="KGZ")
    return make_lot(db, make_position(db), "L1", 10, expires_on="2030-01-01")


def test_what_is_received_makes_its_position_and_its_lot(db: Session) -> None:
    make_item(db, "tent")
    make_warehouse(db)
    donor = make_organisation(db, "DONOR")
    said = {"item": "tent", "warehouse": "WH-TEST", "number": "T-1", "condition": "new", "donor": donor.code}
    for quantity in (5, 7):
        move(db, "receipt", quantity, **said, earmark={"en": "For floods"}, earmark_countries=["TJK"])
    assert left(db, "tent") == {"T-1": 12}
    position = db.execute(text("SELECT donor_id, earmark, earmark_countries FROM stock_positions")).one()
    assert position == (donor.id, {"en": "For floods"}, ["TJK"])
    with pytest.raises(Invalid, match="expires on another day"):
        move(db, "receipt", 1, **said, earmark={"en": "For floods"}, earmark_countries=["TJK"], expires_on="2031-01-01")


def test_what_a_donor_gave_for_another_purpose_lies_apart(db: Session) -> None:
    make_item(db, "tent")
    make_warehouse(db)
    said = {"item": "tent", "warehouse": "WH-TEST", "number": "T-1", "condition": "new"}
    move(db, "receipt", 5, **said)
    move(db, "receipt", 5, **said, earmark_countries=["TJK"])
    assert db.scalar(text("SELECT count(*) FROM stock_positions")) == 2


def test_an_issue_takes_what_is_not_reserved_and_no_more(db: Session, lot: Lot) -> None:
    actions.reserve_lots(db, KEEPER, {lot.id: Decimal(4)})
    with pytest.raises(NotEnough, match="6 are left"):
        move(db, "issue", 7, lot=str(lot.id))
    move(db, "issue", 6, lot=str(lot.id))
    assert left(db, "blanket") == {"L1": 4}


def test_a_transfer_takes_out_of_one_warehouse_what_it_puts_into_the_other(db: Session, lot: Lot) -> None:
    lines = move(db, "transfer", 4, lot=str(lot.id), to_warehouse="WH-OSH-T")
    assert [(line.kind, line.quantity) for line in lines] == [("transfer_out", -4), ("transfer_in", 4)]
    assert len({line.operation_id for line in lines}) == 1
    assert (left(db, "blanket"), left(db, "blanket", "WH-OSH-T")) == ({"L1": 6}, {"L1": 4})
    arrived = db.get_one(Lot, lines[1].lot_id)
    assert arrived.expires_on == lot.expires_on


def test_half_a_transfer_is_refused_by_the_database(db: Session, lot: Lot) -> None:
    db.execute(
        text("""INSERT INTO stock_movements (lot_id, kind, quantity, moved_at, operation_id)
                VALUES (:lot, 'transfer_out', -1, now(), gen_random_uuid())"""),
        {"lot": lot.id},
    )
    with pytest.raises(IntegrityError, match="brings in what it takes out"):
        db.commit()


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ({"reason": "lost"}, 8),
        ({"reason": "damaged"}, 8),
        ({"reason": "found"}, 12),
        ({"reason": "correction", "direction": "in"}, 12),
        ({"reason": "correction", "direction": "out"}, 8),
    ],
)
def test_an_adjustment_says_what_happened(db: Session, lot: Lot, said: dict[str, str], after: int) -> None:
    (line,) = move(db, "adjustment", 2, lot=str(lot.id), **said)
    assert (line.reason, left(db, "blanket")) == (said["reason"], {"L1": after})


def test_kits_take_their_parts_and_last_as_long_as_these_do(db: Session, lot: Lot) -> None:
    make_item(db, "family-kit")
    make_item(db, "soap")
    make_lot(db, make_position(db, "soap"), "S1", 30, expires_on="2029-06-01")
    kits.set_parts(db, KEEPER, "family-kit", [PartIn(item="blanket", quantity=2), PartIn(item="soap", quantity=5)])
    owner = make_organisation(db).code
    said = {"item": "family-kit", "warehouse": "WH-TEST", "number": "K1", "owner": owner}
    (kit, *_parts) = move(db, "kit_made", 4, **said)
    assert (left(db, "family-kit"), left(db, "blanket"), left(db, "soap")) == ({"K1": 4}, {"L1": 2}, {"S1": 10})
    assert db.get_one(Lot, kit.lot_id).expires_on.isoformat() == "2029-06-01"
    with pytest.raises(NotEnough, match="Of the part blanket 2 are left; 4 are needed"):
        move(db, "kit_made", 2, **said)
    move(db, "kit_broken", 1, lot=str(kit.lot_id))
    assert left(db, "family-kit") == {"K1": 3}
    assert left(db, "blanket") == {"L1": 2, "K1-family-kit": 2}


def test_a_kit_is_not_made_of_itself(db: Session, lot: Lot) -> None:
    for code in ("kit", "bag"):
        make_item(db, code)
    kits.set_parts(db, KEEPER, "kit", [PartIn(item="bag", quantity=1)])
    with pytest.raises(Invalid, match="made of itself"):
        kits.set_parts(db, KEEPER, "bag", [PartIn(item="kit", quantity=1)])
    with pytest.raises(IntegrityError, match="made of itself"):
        db.execute(text("INSERT INTO item_parts VALUES ('bag', 'kit', 1)"))


def test_a_count_adjusts_what_differs_and_keeps_what_was_expected(db: Session, lot: Lot) -> None:
    other = make_lot(db, make_position(db, "rope"), "R1", 5)
    lines = [{"lot": str(lot.id), "counted": 8, "reason": "lost"}, {"lot": str(other.id), "counted": 5}]
    counting.record_count(db, KEEPER, understood(CountIn, {"warehouse": "WH-TEST", "lines": lines}))
    kept = db.execute(
        text("SELECT expected, counted, movement_id IS NULL FROM stock_count_lines ORDER BY expected")
    ).all()
    assert kept == [(5, 5, True), (10, 8, False)]
    assert (left(db, "blanket"), left(db, "rope")) == ({"L1": 8}, {"R1": 5})


def test_a_count_below_what_is_reserved_says_so(db: Session, lot: Lot) -> None:
    actions.reserve_lots(db, KEEPER, {lot.id: Decimal(9)})
    counted = {"warehouse": "WH-TEST", "lines": [{"lot": str(lot.id), "counted": 8}]}
    with pytest.raises(NotEnough, match="L1 9 are reserved, and 8 were counted"):
        counting.record_count(db, KEEPER, understood(CountIn, counted))


def test_a_reversal_undoes_all_that_was_written_together_once(db: Session, lot: Lot) -> None:
    lines = move(db, "transfer", 4, lot=str(lot.id), to_warehouse="WH-OSH-T")
    undone = moving.reverse(db, KEEPER, lines[1].id, "Wrong warehouse")
    assert sorted(line.quantity for line in undone) == [-4, 4]
    assert (left(db, "blanket"), left(db, "blanket", "WH-OSH-T")) == ({"L1": 10}, {})
    with pytest.raises(moving.NotReversible, match="reversed already"):
        moving.reverse(db, KEEPER, lines[0].id, "Again")
    with pytest.raises(moving.NotReversible, match="A reversal is not reversed"):
        moving.reverse(db, KEEPER, undone[0].id, "Again")


def test_what_is_promised_keeps_a_receipt_from_being_reversed(db: Session, lot: Lot) -> None:
    (line,) = move(db, "adjustment", 5, lot=str(lot.id), reason="found")
    actions.reserve_lots(db, KEEPER, {lot.id: Decimal(12)})
    with pytest.raises(NotEnough, match="3 are left"):
        moving.reverse(db, KEEPER, line.id, "It was counted twice")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"kind": "issue"}, "lot is missing"),
        ({"kind": "issue", "lot": "{lot}", "number": "X"}, "number does not go with issue"),
        ({"kind": "adjustment", "lot": "{lot}", "reason": "correction"}, "whether it is in or out"),
        (
            {"kind": "receipt", "item": "nothing", "warehouse": "WH-TEST", "number": "1", "condition": "new"},
            "item knows no “nothing”",
        ),
        ({"kind": "transfer", "lot": "{lot}", "to_warehouse": "WH-TEST"}, "It lies in this warehouse already"),
        (
            {"kind": "issue", "lot": "{lot}", "moved_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
            "still to come",
        ),
        ({"kind": "issue", "lot": "{lot}", "quantity": 0}, "more than 0"),
    ],
)
def test_an_entry_that_makes_no_sense_is_told_why(db: Session, lot: Lot, said: dict[str, Any], message: str) -> None:
    told = {name: str(lot.id) if value == "{lot}" else value for name, value in said.items()}
    with pytest.raises(Invalid, match=message):
        move(db, **({"quantity": 1} | told))
