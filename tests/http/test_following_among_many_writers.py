"""Whoever follows changes ends up with a true copy, however many write meanwhile, however long their transactions last."""

import random
import threading
import time
from typing import Any

import psycopg
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.cluster import OWNER, Cluster
from tests.make import make_capacity

WRITERS, RECORDS, SECONDS = 6, 12, 4


def write(url: str, seed: int, until: float) -> None:
    """Short and long transactions of several changes each; some are rolled back, some records withdrawn and brought back."""
    chance = random.Random(seed)
    with psycopg.connect(url) as db:
        while time.monotonic() < until:
            for number in sorted(chance.sample(range(RECORDS), chance.choice((1, 1, 2)))):
                db.execute(
                    "UPDATE capacities SET quantity = quantity + 1, withdrawn_at = CASE WHEN %s THEN now() END WHERE ref = %s",
                    [chance.random() < 0.2, f"CA-W{seed}-{number}"],
                )
                time.sleep(chance.choice((0, 0.01, 0.05, 0.4)))
            db.rollback() if chance.random() < 0.15 else db.commit()
            time.sleep(chance.choice((0, 0.02)))


def follow(client: TestClient, copy: dict[str, Any], since: str | None) -> str:
    """Take over what changed, page by page, as docs/api.md says."""
    params: dict[str, Any] = {"limit": 7} | ({"updated_since": since} if since else {})
    page = client.get("/api/v1/capacities", params=params).json()
    synced_to: str = page["synced_to"]
    while True:
        for record in page["results"]:
            if "withdrawn_at" in record:
                copy.pop(record["ref"], None)
            else:
                copy[record["ref"]] = record["quantity"]
        if not page["next"]:
            return synced_to
        page = client.get(page["next"]).json()


def test_a_follower_misses_nothing(cluster: Cluster, database: str, db: Session, client: TestClient) -> None:
    for seed in range(WRITERS):
        for number in range(RECORDS):
            make_capacity(db, f"Team {seed} {number}", ref=f"CA-W{seed}-{number}", quantity=1)
    db.commit()
    until = time.monotonic() + SECONDS
    url = cluster.url(database, OWNER)
    writers = [threading.Thread(target=write, args=[url, seed, until]) for seed in range(WRITERS)]
    for writer in writers:
        writer.start()
    copy: dict[str, Any] = {}
    since, rounds = None, 0
    while any(writer.is_alive() for writer in writers):
        since, rounds = follow(client, copy, since), rounds + 1
    time.sleep(0.2)
    follow(client, copy, since)
    assert rounds > 10
    with psycopg.connect(url) as owner:
        rows = owner.execute("SELECT ref, quantity FROM capacities WHERE withdrawn_at IS NULL")
        assert copy == {ref: int(quantity) for ref, quantity in rows}
