"""Two who accept offers of the same capacity at the same moment: the second waits, and is told what the first has left."""

import threading
from typing import Any

import psycopg
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.cluster import SERVING, Cluster
from tests.conftest import Cast
from tests.offers.offered import accept, left, said, scene, submitted
from tests.waiting import soon

COMMIT = """INSERT INTO capacity_commitments (capacity_id, offer_line_id, quantity)
    SELECT l.capacity_id, l.id, l.quantity FROM offer_lines l JOIN offers o ON o.id = l.offer_id WHERE o.ref = %s"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_the_second_waits_and_is_told_what_the_first_has_left(
    cluster: Cluster, database: str, db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    first = submitted(client, play.holder, said(play, 3))["ref"]
    second = submitted(client, play.holder, said(play, 2))["ref"]
    answers: list[Any] = []
    with psycopg.connect(cluster.url(database, SERVING)) as one:
        one.execute(COMMIT, [first])
        late = threading.Thread(target=lambda: answers.append(accept(client, play.operator, second)))
        late.start()
        assert soon(lambda: one.execute(WAITING).fetchone(), lambda row: row == (1,)) == (1,)
        one.commit()
    late.join(30)
    assert answers[0].status_code == 409
    assert answers[0].json()["detail"] == f"Of {play.capacity.ref} 1 are left; 2 were asked for."
    assert left(db, play.capacity) == (4, 1, 3, "available")
