"""Two hundred who accept offers of the same stock and capacities at once, and the same while servers are killed.

Each client is one program: it drafts an offer, submits it, has it accepted, sends it off. What it was told last is compared with
what the database keeps, and every sum in it is made anew. `tests/faults` asks the same of fewer clients.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from psycopg.rows import dict_row

from app.permissions import SCOPES
from app.secrets import new_token, token_hash

CENTRE = "CESDRR"
API = "/api/v1"
AGAIN = frozenset({429, 500, 502, 503})  # answers that acknowledge nothing
AT_WORK = "still at work"


@dataclass(frozen=True)
class Shelf:
    """What there is to promise, and how many want it."""

    clients: int = 200
    requests: int = 8
    capacities: int = 6
    of_each: int = 60
    items: int = 4
    lots: int = 3
    in_each_lot: int = 40


# -- what is there before

CAPACITIES = """
INSERT INTO capacities (names, type_code, kind, country_iso3, organisation_id, quantity, unit_code, quantity_available, status)
SELECT jsonb_build_object('en', 'Generators ' || n), 'generator', 'equipment', 'KAZ', o.id, %(of_each)s, 'each', %(of_each)s, 'available'
FROM generate_series(1, %(capacities)s) n, organisations o WHERE o.code = %(centre)s RETURNING ref"""
STOCK = """
WITH warehouse AS (
    INSERT INTO warehouses (code, names, country_iso3, organisation_id)
    SELECT 'WH-CROWD', '{"en": "Crowd"}', 'KAZ', id FROM organisations WHERE code = %(centre)s RETURNING code, organisation_id
), item AS (
    INSERT INTO items (code, names, family_code, unit_code)
    SELECT 'crowd-' || n, jsonb_build_object('en', 'Thing ' || n), 'shelter-relief', 'each' FROM generate_series(1, %(items)s) n RETURNING code
), position AS (
    INSERT INTO stock_positions (item_code, warehouse_code, owner_id)
    SELECT item.code, warehouse.code, warehouse.organisation_id FROM item, warehouse RETURNING id, ref, item_code
), lot AS (
    INSERT INTO lots (position_id, number, expires_on, condition)
    SELECT id, 'L' || n, current_date + 365 * n, 'new' FROM position, generate_series(1, %(lots)s) n RETURNING id
), received AS (
    INSERT INTO stock_movements (lot_id, kind, quantity, moved_at) SELECT id, 'receipt', %(in_each_lot)s, now() FROM lot
)
SELECT ref, item_code FROM position ORDER BY item_code"""
REQUEST = """
INSERT INTO requests (titles, country_iso3, status, audience, visibility, organisation_id, submitted_at, decided_at, decision_reason)
SELECT '{"en": "All that there is"}', 'KAZ', 'approved', 'partners', 'partners', id, now(), now(), 'decided'
FROM organisations WHERE code = %(centre)s RETURNING id, ref"""
REQUEST_LINES = """
INSERT INTO request_lines (request_id, no, kind, resource_type_code, item_code, quantity, unit_code)
SELECT %(id)s, 1, 'type', 'generator', NULL, 100000, 'each'
UNION ALL SELECT %(id)s, n + 1, 'item', NULL, 'crowd-' || n, 100000, 'each' FROM generate_series(1, %(items)s) n"""
KEY = """
INSERT INTO api_keys (organisation_id, name, hint, token_hash, scopes, expires_at)
SELECT id, 'Crowd', 'apk_', %(hash)s, %(scopes)s, now() + interval '1 day' FROM organisations WHERE code = %(centre)s"""


@dataclass
class Stage:
    """What the clients know of it."""

    token: str
    requests: list[str]
    capacities: list[str]
    positions: list[str]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def fill(db: psycopg.Connection[Any], shelf: Shelf) -> Stage:
    """Lay all of it out in a database with the reference data. The connection commits."""
    values = {"centre": CENTRE, **vars(shelf)}
    token = new_token("apk_")
    db.execute(KEY, {"centre": CENTRE, "hash": token_hash(token), "scopes": sorted(SCOPES)})
    capacities = [ref for (ref,) in db.execute(CAPACITIES, values)]
    positions = [ref for ref, _item in db.execute(STOCK, values)]
    requests = []
    for _n in range(shelf.requests):
        id, ref = db.execute(REQUEST, values).fetchone() or ("", "")
        db.execute(REQUEST_LINES, values | {"id": id})
        requests.append(ref)
    db.commit()
    return Stage(token, requests, capacities, positions)


def some_offer(stage: Stage, chance: random.Random) -> dict[str, Any]:
    """Of two capacities and two positions some, in any order: whoever locks as they come meets another who does."""
    generators = [
        {"request_line": 1, "capacity": ref, "quantity": chance.randint(1, 4)}
        for ref in chance.sample(stage.capacities, 2)
    ]
    things = [
        {"request_line": 2 + stage.positions.index(ref), "stock": ref, "quantity": chance.randint(1, 10)}
        for ref in chance.sample(stage.positions, 2)
    ]
    lines = [*generators, *things]
    chance.shuffle(lines)
    return {"request": chance.choice(stage.requests), "lines": lines}


# -- a client that does not give up


@dataclass
class Told:
    """What one client was told of its offer: the last status acknowledged, and what of the answers had to be asked again."""

    ref: str = ""
    status: str = ""
    refusal: str = ""
    deployment: str = ""
    deployed: str = ""
    again: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0


def reason_to_ask_again(answer: httpx.Response) -> str:
    """Empty where the answer says what became of it."""
    if answer.status_code in AGAIN:
        return str(answer.status_code)
    return AT_WORK if answer.status_code == 409 and AT_WORK in answer.text else ""


@dataclass
class Client:
    """Sends each step until it is acknowledged, with the same Idempotency-Key."""

    http: httpx.AsyncClient
    told: Told = field(default_factory=Told)
    heard: Callable[[], None] = lambda: None  # after each answer that acknowledges

    async def post(self, path: str, said: Mapping[str, Any]) -> httpx.Response:
        headers = {"Idempotency-Key": uuid4().hex, "If-Match": "*"}
        began = time.monotonic()
        while True:
            answer = await self.once(path, said, headers)
            if answer is not None:
                self.told.slowest_s = max(self.told.slowest_s, time.monotonic() - began)
                self.heard()
                return answer

    async def once(self, path: str, said: Mapping[str, Any], headers: Mapping[str, str]) -> httpx.Response | None:
        """None: nobody knows whether it was done."""
        try:
            answer = await self.http.post(API + path, json=said, headers=dict(headers))
        except httpx.TransportError as error:
            await self.wait(type(error).__name__)
            return None
        why = reason_to_ask_again(answer)
        if why:
            await self.wait(why)
        return None if why else answer

    async def wait(self, why: str) -> None:
        self.told.again[why] += 1
        await asyncio.sleep(random.uniform(0.02, 0.1))

    async def offer(self, said: Mapping[str, Any]) -> None:
        drafted = await self.post("/offers", said)
        assert drafted.status_code == 201, drafted.text
        self.told.ref = drafted.json()["ref"]
        submitted = await self.post(f"/offers/{self.told.ref}/transitions", {"to": "submitted"})
        assert submitted.status_code == 200, submitted.text
        self.told.status = submitted.json()["status"]

    async def accept(self) -> None:
        answer = await self.post(f"/offers/{self.told.ref}/accept", {})
        if answer.status_code == 200:
            self.told.status = answer.json()["status"]
        else:
            assert answer.status_code == 409, answer.text
            self.told.refusal = answer.json()["detail"]

    async def send_off(self) -> None:
        """What was accepted leaves at once: what is reserved in store is issued."""
        planned = await self.post("/deployments", {"offer": self.told.ref, "mode": "road"})
        assert planned.status_code == 201, planned.text
        self.told.deployment = planned.json()["ref"]
        left = await self.post(f"/deployments/{self.told.deployment}/transitions", {"to": "in_transit"})
        assert left.status_code == 200, left.text
        self.told.deployed = left.json()["status"]

    async def give_back(self) -> None:
        answer = await self.post(f"/offers/{self.told.ref}/release", {"reason": "Not needed after all"})
        assert answer.status_code == 200, answer.text
        self.told.status = "released"


@dataclass
class Crowd:
    """All clients, on one portal."""

    stage: Stage
    port: int
    clients: list[Client] = field(default_factory=list)

    async def do(self, many: int, act: Callable[[Client, int], Awaitable[None]], heard: Callable[[], None]) -> float:
        """All of them at once; the seconds that it took."""
        limits = httpx.Limits(max_connections=many, max_keepalive_connections=many)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", headers=self.stage.headers, timeout=120, limits=limits
        ) as http:
            self.clients += [Client(http) for _n in range(many - len(self.clients))]
            for client in self.clients:
                client.http, client.heard = http, heard
            began = time.monotonic()
            await asyncio.gather(*(act(client, number) for number, client in enumerate(self.clients)))
            return time.monotonic() - began

    def all_do(
        self, many: int, act: Callable[[Client, int], Awaitable[None]], heard: Callable[[], None] = lambda: None
    ) -> float:
        return asyncio.run(self.do(many, act, heard))

    @property
    def told(self) -> list[Told]:
        return [client.told for client in self.clients]


# -- what has to be so whatever happened; each statement finds what is wrong

WRONG = {
    "a capacity does not add up": """
        SELECT c.ref FROM capacities c
        WHERE c.quantity_available < 0 OR c.quantity_available + c.quantity_committed > c.quantity
           OR c.quantity_committed <> (SELECT coalesce(sum(quantity), 0) FROM capacity_commitments
                                       WHERE capacity_id = c.id AND ended_at IS NULL)""",
    "a line is accepted, and another quantity of its capacity is committed": """
        SELECT l.id FROM offer_lines l JOIN offers o ON o.id = l.offer_id
        WHERE l.source = 'capacity' AND l.quantity_accepted - l.quantity_released <>
              (SELECT coalesce(sum(quantity), 0) FROM capacity_commitments WHERE offer_line_id = l.id AND ended_at IS NULL)""",
    "a line is accepted, and another quantity of stock is reserved or issued": """
        SELECT l.id FROM offer_lines l
        WHERE l.source = 'stock' AND l.quantity_accepted - l.quantity_released <>
              (SELECT coalesce(sum(quantity), 0) FROM stock_reservations
               WHERE offer_line_id = l.id AND (ended_at IS NULL OR ended_as = 'issued'))""",
    "more of a lot is promised than lies there": "SELECT lot_id FROM lot_balances WHERE on_hand < reserved OR reserved < 0 OR on_hand < 0",
    "a reservation was issued, and its movements say otherwise": """
        SELECT r.id FROM stock_reservations r
        WHERE (r.ended_as = 'issued') <> EXISTS (SELECT FROM stock_movements m WHERE m.reservation_id = r.id)
           OR r.ended_as = 'issued' AND r.quantity <> (SELECT -sum(quantity) FROM stock_movements m WHERE m.reservation_id = r.id)""",
    "a line of a request counts otherwise than its offers": """
        SELECT q.id FROM request_lines q
        WHERE q.quantity_committed <> (
            SELECT coalesce(sum(l.quantity_accepted - l.quantity_released), 0) FROM offer_lines l JOIN offers o ON o.id = l.offer_id
            WHERE l.request_line_id = q.id AND o.status IN ('accepted', 'partly_accepted'))""",
    "a step stands twice in the history": """
        SELECT ref, action FROM history WHERE noun IN ('offers', 'deployments')
        GROUP BY noun, ref, action HAVING count(*) > 1""",
}
KEPT = "SELECT ref, status FROM offers UNION ALL SELECT ref, status FROM deployments"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def wrong(db: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """What does not add up: nothing, if all is well."""
    found = {sentence: db.execute(statement).fetchall() for sentence, statement in WRONG.items()}
    return {sentence: rows for sentence, rows in found.items() if rows}


def lies(db: psycopg.Connection[Any], told: Sequence[Told]) -> list[str]:
    """What clients were told and is not kept, and what is kept and nobody was told."""
    with db.cursor(row_factory=dict_row) as cursor:
        kept = {row["ref"]: row["status"] for row in cursor.execute(KEPT)}
    said = {one.ref: "accepted" if one.status == "released" else one.status for one in told}
    said |= {one.deployment: one.deployed for one in told if one.deployment}
    differ = [f"{ref}: told {status}, kept {kept.get(ref)}" for ref, status in said.items() if kept.get(ref) != status]
    return differ + [f"{ref}: kept, and nobody was told" for ref in kept.keys() - said.keys()]


def deadlocks(db: psycopg.Connection[Any]) -> int:
    found = db.execute(DEADLOCKS).fetchone()
    return int(found[0]) if found else 0
