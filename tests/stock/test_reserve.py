"""What is promised: first expired first, never more than there is, used once, and kept apart until it is issued or released."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.permissions import PORTAL
from app.stock import actions
from app.stock.ledger import NotEnough
from app.stock.models import Lot, StockMovement, StockPosition, StockReservation
from tests.make import make_lot, make_position

SOON = datetime.now(UTC).date() + timedelta(days=30)


@pytest.fixture
def shelf(db: Session) -> StockPosition:
    """Blankets: 10 that expire in a month, 20 that last, 5 damaged, 5 expired."""
    position = make_position(db)
    make_lot(db, position, "LATE", 20)
    make_lot(db, position, "SOON", 10, expires_on=SOON)
    make_lot(db, position, "BROKEN", 5, condition="damaged")
    make_lot(db, position, "OLD", 5, expires_on=date(2020, 1, 1))
    return position


def balances(db: Session, position: StockPosition) -> dict[str, tuple[int, int]]:
    """{lot: (on hand, reserved)}"""
    asked = text(
        "SELECT number, on_hand, reserved FROM lot_balances JOIN lots ON lots.id = lot_id WHERE lots.position_id = :id"
    )
    return {
        number: (int(on_hand), int(reserved)) for number, on_hand, reserved in db.execute(asked, {"id": position.id})
    }


def test_what_expires_first_is_reserved_first(db: Session, shelf: StockPosition) -> None:
    held = actions.reserve(db, PORTAL, shelf.id, Decimal(12))
    assert [(db.get_one(Lot, one.lot_id).number, one.quantity) for one in held] == [("SOON", 10), ("LATE", 2)]
    assert balances(db, shelf) == {"SOON": (10, 10), "LATE": (20, 2), "BROKEN": (5, 0), "OLD": (5, 0)}


def test_more_than_there_is_is_refused_and_says_what_is_left_and_why(db: Session, shelf: StockPosition) -> None:
    with pytest.raises(NotEnough) as refused:
        actions.reserve(db, PORTAL, shelf.id, Decimal(31))
    assert refused.value.detail == (
        f"Of {shelf.ref} 30 are left; 31 were asked for. Lot OLD: it has expired. Lot BROKEN: it is damaged."
    )
    assert sum(reserved for _, reserved in balances(db, shelf).values()) == 0


def test_lots_can_be_chosen_by_hand_as_far_as_they_go(db: Session, shelf: StockPosition) -> None:
    late = db.query(Lot).filter_by(number="LATE").one()
    actions.reserve_lots(db, PORTAL, {late.id: Decimal(15)})
    with pytest.raises(NotEnough) as refused:
        actions.reserve_lots(db, PORTAL, {late.id: Decimal(6)})
    assert "LATE 5 are left (20 on hand, 15 reserved); 6 were asked for" in refused.value.detail


def test_what_has_expired_is_promised_to_nobody_though_chosen_by_hand(db: Session, shelf: StockPosition) -> None:
    old = db.query(Lot).filter_by(number="OLD").one()
    with pytest.raises(actions.NotFit, match="OLD: it has expired"):
        actions.reserve_lots(db, PORTAL, {old.id: Decimal(1)})


def test_what_is_released_is_available_again(db: Session, shelf: StockPosition) -> None:
    held = actions.reserve(db, PORTAL, shelf.id, Decimal(30))
    actions.release(db, PORTAL, [one.id for one in held], "The request was cancelled")
    assert actions.release(db, PORTAL, [one.id for one in held]) == []
    assert [one.ended_as for one in held] == ["released", "released"]
    assert len(actions.reserve(db, PORTAL, shelf.id, Decimal(30))) == 2


def test_an_issue_ends_the_reservation_that_it_uses(db: Session, shelf: StockPosition) -> None:
    held = actions.reserve(db, PORTAL, shelf.id, Decimal(12))
    issued = actions.issue_reserved(db, PORTAL, [one.id for one in held], None)
    assert [(one.kind, one.quantity) for one in issued] == [("issue", -10), ("issue", -2)]
    assert [one.ended_as for one in held] == ["issued", "issued"]
    assert balances(db, shelf) == {"SOON": (0, 0), "LATE": (18, 0), "BROKEN": (5, 0), "OLD": (5, 0)}
    with pytest.raises(actions.Ended):
        actions.issue_reserved(db, PORTAL, [held[0].id], None)


def test_of_what_is_issued_in_part_the_rest_stays_reserved(db: Session, shelf: StockPosition) -> None:
    held = actions.reserve(db, PORTAL, shelf.id, Decimal(12))
    issued = actions.issue_reserved(db, PORTAL, [one.id for one in held], None, quantity=Decimal(11))
    assert [one.quantity for one in issued] == [-10, -1]
    assert balances(db, shelf)["LATE"] == (19, 1)
    rest = db.query(StockReservation).filter_by(ended_at=None).all()
    assert [one.quantity for one in rest] == [1]
    with pytest.raises(NotEnough, match="1 are reserved; 2 were asked for"):
        actions.issue_reserved(db, PORTAL, [rest[0].id], None, quantity=Decimal(2))


def test_what_comes_back_damaged_lies_beside_what_is_good(db: Session, shelf: StockPosition) -> None:
    late = db.query(Lot).filter_by(number="LATE").one()
    actions.take_back(db, PORTAL, late.id, Decimal(3), "new")
    actions.take_back(db, PORTAL, late.id, Decimal(2), "damaged")
    back = actions.take_back(db, PORTAL, late.id, Decimal(1), "damaged")
    assert (balances(db, shelf)["LATE"], balances(db, shelf)["LATE-damaged"]) == ((23, 0), (3, 0))
    assert back.kind == "return"


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO stock_movements (lot_id, kind, quantity, moved_at) SELECT lot_id, 'issue', -6, now() FROM stock_reservations",
        "INSERT INTO stock_reservations (lot_id, quantity, reason) SELECT lot_id, 6, '{}' FROM stock_reservations",
        "UPDATE stock_reservations SET quantity = 6",
        """INSERT INTO stock_movements (lot_id, kind, quantity, moved_at, reservation_id)
           SELECT lot_id, 'issue', -4, now(), id FROM stock_reservations""",
    ],
)
def test_the_database_holds_that_no_more_is_promised_than_is_there(db: Session, change: str) -> None:
    lot = make_lot(db, make_position(db), "L1", 10)
    actions.reserve_lots(db, PORTAL, {lot.id: Decimal(5)})
    with pytest.raises(IntegrityError):
        db.execute(text(change))


def test_an_ended_reservation_never_comes_back(db: Session) -> None:
    lot = make_lot(db, make_position(db), "L1", 10)
    (held,) = actions.reserve_lots(db, PORTAL, {lot.id: Decimal(5)})
    actions.release(db, PORTAL, [held.id])
    with pytest.raises(IntegrityError, match="never changes"):
        db.execute(text("UPDATE stock_reservations SET ended_at = NULL, ended_as = NULL"))


def test_of_many_who_reserve_at_once_none_gets_what_another_has(owner: Engine, db: Session) -> None:
    """Forty ask for 3 of two positions each, in either order; 100 of each lie there in three lots."""
    positions = [make_position(db, item) for item in ("blanket", "tent")]
    for position in positions:
        for number, quantity in (("L1", 20), ("L2", 30), ("L3", 50)):
            make_lot(db, position, number, quantity)
    db.commit()
    ids = [position.id for position in positions]
    together = threading.Barrier(8)

    def ask(number: int) -> int:
        with Session(owner) as own, own.begin():
            together.wait()
            actions.queries.lock_positions(own, ids)
            try:
                for id in ids if number % 2 else reversed(ids):
                    actions.reserve(own, PORTAL, id, Decimal(3))
            except NotEnough:
                own.rollback()
                return 0
        return 1

    with ThreadPoolExecutor(8) as many:
        served = sum(many.map(ask, range(40)))
    assert served == 33
    assert [sum(reserved for _, reserved in balances(db, one).values()) for one in positions] == [99, 99]


def test_a_reservation_is_used_once(db: Session, shelf: StockPosition) -> None:
    (held,) = actions.reserve(db, PORTAL, shelf.id, Decimal(4))
    actions.issue_reserved(db, PORTAL, [held.id], None)
    again = StockMovement(lot_id=held.lot_id, kind="issue", quantity=-4, moved_at=held.ended_at, reservation_id=held.id)
    db.add(again)
    with pytest.raises(IntegrityError):
        db.flush()
