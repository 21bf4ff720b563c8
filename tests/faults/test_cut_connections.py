"""The database ends connections of the portal at random moments, in the middle of a step or right after its commit: the same holds
as where servers are killed.
"""

import random
from collections.abc import Callable

import psycopg

from app.cluster import SUPERUSER, Cluster
from bench.commitments import Client, Shelf, lies, some_offer, wrong
from tests.faults.conftest import Play

SHELF = Shelf(clients=36, requests=4, of_each=20, in_each_lot=15)
EVERY = 5  # so many answers after which some connections are cut
CUT = """
SELECT count(pg_terminate_backend(pid)) FROM (
    SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = 'portal' AND state <> 'idle' ORDER BY random() LIMIT 3) busy"""


def test_nothing_is_lost_or_doubled_when_connections_are_cut(
    play: Callable[[Shelf], Play], cluster: Cluster, database: str
) -> None:
    it, chance = play(SHELF), random.Random(11)
    offers = [some_offer(it.stage, chance) for _n in range(SHELF.clients)]
    heard = cut = 0

    async def whole_way(client: Client, number: int) -> None:
        await client.offer(offers[number])
        await client.accept()
        if client.told.status == "accepted":
            await (client.give_back() if number % 3 == 0 else client.send_off())

    with psycopg.connect(cluster.url("postgres", SUPERUSER), autocommit=True) as scissors:

        def cut_now_and_then() -> None:
            nonlocal heard, cut
            heard += 1
            if heard % EVERY == 0:
                cut += (scissors.execute(CUT, [database]).fetchone() or (0,))[0]

        it.crowd.all_do(SHELF.clients, whole_way, cut_now_and_then)
    told = it.crowd.told
    assert cut > 0
    assert all(one.deployed == "in_transit" for one in told if one.status == "accepted")
    assert wrong(it.db) == {}
    assert lies(it.db, told) == []
