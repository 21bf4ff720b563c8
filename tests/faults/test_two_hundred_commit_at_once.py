"""Two hundred accept offers of the same stock and capacities at one moment: never one too many, and each is told the truth."""

import random
from collections.abc import Callable

from bench.commitments import Client, Shelf, deadlocks, lies, some_offer, wrong
from tests.faults.conftest import Play

SHELF = Shelf(clients=200)


def test_never_one_too_many_no_deadlock_and_each_is_told_the_truth(play: Callable[[Shelf], Play]) -> None:
    it, chance = play(SHELF), random.Random(5)
    offers = [some_offer(it.stage, chance) for _n in range(SHELF.clients)]

    async def offer(client: Client, number: int) -> None:
        await client.offer(offers[number])

    it.crowd.all_do(SHELF.clients, offer)
    it.crowd.all_do(SHELF.clients, accept)
    told = it.crowd.told
    accepted, refused = [one for one in told if one.status == "accepted"], [one for one in told if one.refusal]
    assert accepted
    assert refused
    assert len(accepted) + len(refused) == SHELF.clients
    assert wrong(it.db) == {}
    assert lies(it.db, told) == []
    assert deadlocks(it.db) == 0
    # nothing was given back meanwhile: whoever was refused is refused still
    before = [one.status for one in told]
    it.crowd.all_do(SHELF.clients, accept_again)
    assert [one.status for one in it.crowd.told] == before
    assert wrong(it.db) == {}


async def accept(client: Client, _number: int) -> None:
    await client.accept()


async def accept_again(client: Client, _number: int) -> None:
    if client.told.refusal:
        await client.accept()
