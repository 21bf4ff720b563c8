"""The database goes away and comes back: 503 meanwhile, never a crash, nothing old afterwards, and nobody restarts the portal."""

import psycopg
from psycopg import sql
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.cluster import SERVING, SUPERUSER, Cluster
from tests.make import make_capacity
from tests.waiting import soon

END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = %s"


def as_superuser(cluster: Cluster, statement: str | sql.Composed, values: list[str] | None = None) -> None:
    with psycopg.connect(cluster.url("postgres", SUPERUSER), autocommit=True) as db:
        db.execute(statement, values)


def close(cluster: Cluster, database: str, connections: int) -> None:
    """Nobody but a superuser gets in any more, as while the server is being started."""
    change = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(sql.Identifier(database), connections)
    as_superuser(cluster, change)


def test_broken_connections_are_replaced_unnoticed(cluster: Cluster, database: str, client: TestClient) -> None:
    for path in ("/api/v1/events", "/api/v1/capacities?limit=3", "/api/v1/stock?format=csv"):
        assert client.get(path).status_code == 200
        as_superuser(cluster, END_ALL, [database, SERVING])
        assert client.get(f"{path}{'&' if '?' in path else '?'}q=anything").status_code == 200


def test_while_the_database_is_away_the_answer_is_503_and_then_as_before(
    cluster: Cluster, database: str, db: Session, client: TestClient
) -> None:
    capacity = make_capacity(db, "Old name", ref="CA-9")
    db.commit()
    assert client.get("/api/v1/capacities/CA-9").json()["name"] == "Old name"
    close(cluster, database, 0)
    as_superuser(cluster, END_ALL, [database, SERVING])
    assert soon(lambda: client.get("/health/ready").status_code, lambda status: status == 503) == 503
    for path in ("/api/v1/events", "/events", "/api/v1/capacities?format=csv"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"])
    assert client.get("/health/live").status_code == 200
    capacity.names = {"en": "New name"}
    db.commit()
    close(cluster, database, -1)
    assert soon(lambda: client.get("/health/ready").status_code, lambda status: status == 200) == 200
    assert client.get("/api/v1/capacities/CA-9").json()["name"] == "New name"
