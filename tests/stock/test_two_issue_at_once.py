"""Two who take from one lot at the same moment: the second waits, and is refused what the first has taken."""

import threading
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.orm import Session

from app.cluster import SERVING, Cluster
from tests.make import make_lot, make_position

TAKE = "INSERT INTO stock_movements (lot_id, kind, quantity, moved_at) VALUES (%s, 'issue', -6, now())"


@pytest.mark.parametrize("isolation", [psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ])
def test_no_lot_goes_below_zero_when_two_take_from_it_at_once(
    cluster: Cluster, database: str, db: Session, isolation: psycopg.IsolationLevel
) -> None:
    lot = make_lot(db, make_position(db), "L1", 10).id
    db.commit()
    refused: list[psycopg.Error] = []
    with psycopg.connect(cluster.url(database, SERVING)) as one, psycopg.connect(cluster.url(database, SERVING)) as two:
        one.isolation_level = two.isolation_level = isolation
        for taker in (one, two):
            taker.execute("SELECT count(*) FROM stock_movements")  # both have looked before either takes
        one.execute(TAKE, [lot])
        waiting = threading.Thread(target=noting(refused, lambda: two.execute(TAKE, [lot])))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        one.commit()
        waiting.join(5)
        two.rollback()
        assert [type(error) for error in refused] in (
            [psycopg.errors.CheckViolation],
            [psycopg.errors.SerializationFailure],
        )
        left = one.execute("SELECT sum(quantity) FROM stock_movements WHERE lot_id = %s", [lot]).fetchone()
    assert left == (4,)


def noting(errors: list[psycopg.Error], act: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            act()
        except psycopg.Error as error:
            errors.append(error)

    return run
