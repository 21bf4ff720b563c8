"""Servers are killed at random moments, and every client sends each step again until it is acknowledged, with the same
Idempotency-Key: no step that was acknowledged is lost, and none is done twice.
"""

import random
from collections.abc import Callable

from bench.commitments import Client, Shelf, lies, some_offer, wrong
from tests.faults.conftest import Play

SHELF = Shelf(clients=36, requests=4, of_each=20, in_each_lot=15)
EVERY = 20  # so many answers after which a server is killed


def test_no_acknowledged_step_is_lost_and_none_is_doubled(play: Callable[[Shelf], Play]) -> None:
    it, chance = play(SHELF), random.Random(7)
    offers = [some_offer(it.stage, chance) for _n in range(SHELF.clients)]
    heard = 0

    async def whole_way(client: Client, number: int) -> None:
        await client.offer(offers[number])
        await client.accept()
        if client.told.status == "accepted":
            await (client.give_back() if number % 3 == 0 else client.send_off())

    def kill_now_and_then() -> None:
        nonlocal heard
        heard += 1
        if heard % EVERY == 0:
            it.servers.kill_one()

    it.crowd.all_do(SHELF.clients, whole_way, kill_now_and_then)
    told = it.crowd.told
    assert it.servers.killed > 3
    assert sum(one.again.total() for one in told) > 0
    assert {one.status for one in told} == {"submitted", "accepted", "released"}
    assert all(one.deployed == "in_transit" for one in told if one.status == "accepted")
    assert wrong(it.db) == {}
    assert lies(it.db, told) == []
