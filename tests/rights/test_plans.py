"""What an asker may see costs no index: no question makes the database look at all records. `./portal bench` asks it at a million."""

from collections.abc import Iterator

import psycopg
import pytest

from app.cluster import OWNER, Cluster
from bench import data
from bench.plans import check_plans
from tests.conftest import clone

MANY = 200_000


@pytest.fixture
def register(cluster: Cluster) -> Iterator[psycopg.Connection]:
    with clone(cluster, "reference") as name:
        data.fill(cluster.url(name, OWNER), MANY)
        with psycopg.connect(cluster.url(name, OWNER), autocommit=True) as db:
            db.execute("SET jit = off")
            yield db


def test_every_asker_is_answered_from_indexes(register: psycopg.Connection) -> None:
    assert check_plans(register) >= 75
