"""Every door × everybody who may stand before it: what is answered is what the table beside this file says.

A cell is `ok`, `sign in` (people are sent there), or the status of the refusal; `own|other` where it makes a difference
whose record it is. 409 and 422 are said to who was let in, too: of what was asked, not of who asked.
"""

import csv
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.rights.world import ASKERS, World, answers, doors_of

TABLE = Path(__file__).with_name("routes.csv")


def table() -> dict[str, dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row.pop("door"): row for row in csv.DictReader(file)}


def test_every_door_stands_in_the_table(portal: TestClient) -> None:
    doors, listed = set(doors_of(portal)), set(table())
    assert len(doors) >= 120
    assert sorted(doors - listed) == [], (
        "doors without a line in tests/rights/routes.csv: say there who is answered what"
    )
    assert sorted(listed - doors) == [], "lines in tests/rights/routes.csv whose door is gone"


@pytest.mark.parametrize("asker", ASKERS)
def test_everybody_is_answered_as_the_table_says(client: TestClient, db: Session, asker: str) -> None:
    listed = table()
    found = answers(client, db, asker)
    wrong = {
        door: (found[door], listed[door][asker])
        for door in found.keys() & listed.keys()
        if found[door] != listed[door][asker]
    }
    assert wrong == {}, f"{asker}: (answered, in the table)"


OF_RECORDS = (
    "/events/{id_or_ref}",
    "/capacities/{id_or_ref}",
    "/equipment-profiles/{id_or_ref}",
    "/offers/{id_or_ref}",
    "/warnings/{id_or_ref}",
    "/stock/{id_or_ref}",
    "/stock/movements/{id:uuid}",
    "/stock/reservations/{id:uuid}",
    "/contacts/{id}",
    "/directory/{id}",
)
ASKERS_OF_THE_HIDDEN = ("nobody", "reader", "contributor", "operator", "administrator", "key of the Centre")


@pytest.mark.parametrize("asker", ASKERS_OF_THE_HIDDEN)
def test_a_record_that_is_hidden_is_answered_like_one_that_is_not_there(
    client: TestClient, db: Session, asker: str
) -> None:
    """At every door, whatever is asked of it: only its owners can tell the one from the other."""
    world = World(db, asker)
    doors = [door for door in doors_of(client) if any(record in door for record in OF_RECORDS)]
    assert len(doors) >= 30
    found = {door: (world.ask(client, door, "hidden"), world.ask(client, door, "absent")) for door in doors}
    assert {door: both for door, both in found.items() if both[0] != both[1] or both[0] == "ok"} == {}
