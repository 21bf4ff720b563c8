"""The figures of bench/commitments.py: 200 clients at once, and 200 clients while a server is killed again and again."""

import random
from dataclasses import dataclass
from pathlib import Path

import psycopg

from app.cluster import OWNER, SERVING, Cluster
from bench.commitments import Client, Crowd, Shelf, Told, deadlocks, fill, lies, some_offer, wrong
from bench.data import PROCESSORS
from bench.servers import Servers, mortal

SHELF = Shelf()
EVERY = 25  # so many answers after which a server is killed
ENVIRONMENT = {"SECRET_KEY": "only for the bench"}


@dataclass
class Outcome:
    """What became of one crowd."""

    name: str
    told: list[Told]
    seconds: float
    killed: int
    deadlocks: int
    faults: int  # sums that are wrong, and answers that were not true

    @property
    def accepted(self) -> int:
        return sum(one.status in ("accepted", "released") for one in self.told)


def measure(cluster: Cluster) -> list[Outcome]:
    """First all at once; then, on the same shelf filled up again, with servers that die."""
    cluster.start()
    with psycopg.connect(cluster.url(user=OWNER), autocommit=True) as db:
        stage = fill(db, SHELF)
        with mortal(cluster.url(user=SERVING), log_of(cluster), PROCESSORS, **ENVIRONMENT) as servers:
            crowd = Crowd(stage, servers.port)
            together = all_at_once(db, crowd)
            return [together, with_deaths(db, Crowd(stage, servers.port), servers, crowd.told)]


def log_of(cluster: Cluster) -> Path:
    return cluster.data / "portal.log"


def all_at_once(db: psycopg.Connection, crowd: Crowd) -> Outcome:
    chance = random.Random(5)
    offers = [some_offer(crowd.stage, chance) for _n in range(SHELF.clients)]

    async def offer(client: Client, number: int) -> None:
        await client.offer(offers[number])

    async def accept(client: Client, _number: int) -> None:
        client.told.slowest_s = 0
        await client.accept()

    crowd.all_do(SHELF.clients, offer)
    seconds = crowd.all_do(SHELF.clients, accept)
    faults = len(wrong(db)) + len(lies(db, crowd.told))
    return Outcome("at once", crowd.told, seconds, 0, deadlocks(db), faults)


def with_deaths(db: psycopg.Connection, crowd: Crowd, servers: Servers, before: list[Told]) -> Outcome:
    db.execute("UPDATE capacities SET quantity = quantity + 60, quantity_available = quantity_available + 60")
    db.execute(
        "INSERT INTO stock_movements (lot_id, kind, quantity, moved_at) SELECT id, 'receipt', 40, now() FROM lots ORDER BY id"
    )
    chance, heard = random.Random(7), 0
    offers = [some_offer(crowd.stage, chance) for _n in range(SHELF.clients)]

    async def whole_way(client: Client, number: int) -> None:
        await client.offer(offers[number])
        await client.accept()
        if client.told.status == "accepted":
            await (client.give_back() if number % 3 == 0 else client.send_off())

    def kill_now_and_then() -> None:
        nonlocal heard
        heard += 1
        if heard % EVERY == 0:
            servers.kill_one()

    seconds = crowd.all_do(SHELF.clients, whole_way, kill_now_and_then)
    faults = len(wrong(db)) + len(lies(db, [*before, *crowd.told]))
    return Outcome("servers killed", crowd.told, seconds, servers.killed, deadlocks(db), faults)


def show(outcomes: list[Outcome]) -> None:
    """A table; the last column has to be 0."""
    print("\n200 clients, the same stock and capacities\n")
    print(
        f"{'':16}{'seconds':>9}{'slowest':>9}{'accepted':>10}{'refused':>9}{'killed':>8}{'again':>7}{'deadlocks':>11}{'faults':>8}"
    )
    for one in outcomes:
        slowest = max(told.slowest_s for told in one.told)
        again = sum(told.again.total() for told in one.told)
        refused = len(one.told) - one.accepted
        print(
            f"{one.name:16}{one.seconds:9.1f}{slowest:9.1f}{one.accepted:10}{refused:9}{one.killed:8}{again:7}"
            f"{one.deadlocks:11}{one.faults:8}"
        )
