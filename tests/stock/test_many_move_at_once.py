"""Eight keepers at once, in every direction: no deadlock, nothing vanishes, nothing is promised that is not there."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.permissions import By, Permission
from app.stock import actions, kits, moving
from app.stock.ledger_schemas import MovementIn, PartIn
from app.writing import understood
from tests.make import make_item, make_lot, make_organisation, make_position, make_warehouse

KEEPER = By(kind="person", rights={Permission.STOCK_WRITE: None, Permission.READ_CENTRE: None}, language="en")
STORES = ("WH-TEST", "WH-OTHER")
OWNER = "TEST-ORG"


def one_step(db: Session, chance: Random) -> None:
    """Something that a keeper does with some lot: moved to the other warehouse, made into kits and apart, promised, issued, undone."""
    lots = db.execute(
        text("""SELECT lots.id, position_id, item_code, warehouse_code FROM lots JOIN stock_positions p ON p.id = position_id
                ORDER BY lots.id""")
    ).all()
    lot, position, item, store = chance.choice(lots)
    other = STORES[1 - STORES.index(store)]
    step = chance.choice(("transfer", "kit_made", "kit_broken", "reserve", "issue"))
    if step == "transfer":
        move(db, step, lot=str(lot), to_warehouse=other)
    elif step == "kit_made":
        move(db, step, item="family-kit", warehouse=store, number=f"K-{store}", owner=OWNER)
    elif step == "kit_broken" and item == "family-kit":
        move(db, step, lot=str(lot))
    elif step == "reserve":
        actions.reserve(db, KEEPER, position, Decimal(1))
    else:
        issue_some(db, position)


def issue_some(db: Session, position: UUID) -> None:
    held = text("""SELECT r.id FROM stock_reservations r JOIN lots ON lots.id = lot_id
                   WHERE ended_at IS NULL AND position_id = :id ORDER BY r.id LIMIT 2""")
    if ids := list(db.scalars(held, {"id": position})):
        (line, *_more) = actions.issue_reserved(db, KEEPER, ids, None)
        moving.reverse(db, KEEPER, line.id, "Not needed after all")


def move(db: Session, kind: str, **said: str) -> None:
    moving.move(db, KEEPER, understood(MovementIn, {"kind": kind, "quantity": 1, **said}))


def test_nobody_waits_in_a_circle_and_nothing_vanishes(owner: Engine, db: Session) -> None:
    make_organisation(db, OWNER)
    make_item(db, "family-kit")
    make_warehouse(db, "WH-OTHER", country_iso3="KGZ")
    for item in ("soap", "blanket"):
        for store in STORES:
            make_lot(db, make_position(db, item, store), f"{item}-{store}", 40)
    kits.set_parts(db, KEEPER, "family-kit", [PartIn(item="soap", quantity=2), PartIn(item="blanket", quantity=1)])
    db.commit()

    def work(number: int) -> int:
        chance, done = Random(number), 0
        for _step in range(15):
            try:
                with Session(owner) as own, own.begin():
                    one_step(own, chance)
                done += 1
            except Conflict:
                continue  # told the truth: somebody was quicker
        return done

    with ThreadPoolExecutor(8) as many:
        assert sum(many.map(work, range(8))) > 40
    assert db.scalar(text("SELECT count(*) FROM lot_balances WHERE on_hand < reserved OR reserved < 0")) == 0
    whole = """SELECT sum(on_hand * CASE item_code WHEN 'family-kit' THEN 2 WHEN 'soap' THEN 1 ELSE 0 END) FROM lot_balances
               JOIN stock_positions p ON p.id = position_id"""
    issued = (
        "SELECT coalesce(sum(m.quantity * CASE item_code WHEN 'family-kit' THEN 2 WHEN 'soap' THEN 1 ELSE 0 END), 0)"
    )
    out = f"""{issued} FROM stock_movements m JOIN lots ON lots.id = lot_id JOIN stock_positions p ON p.id = position_id
              WHERE m.kind = 'issue' AND NOT EXISTS (SELECT FROM stock_movements u WHERE u.reverses_id = m.id)"""
    assert db.scalar(text(whole)) - db.scalar(text(out)) == 80
