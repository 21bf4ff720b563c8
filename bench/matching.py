"""What matching takes: requests of 20 lines against the whole register and the Centre's store, asked as an approver asks.

Fifteen lines ask for types of the register, among them the most common one and a family with all below it, five for items in
store; each request has a place of its own and specifications, and each question is asked of the database anew.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import psycopg

from app.cluster import OWNER, Cluster
from app.commands.terminal import step
from app.secrets import new_token, token_hash
from bench import data, portal, sign_in

CAPACITIES, LOTS = 100_000, 10_000
LINES_OF_TYPES, LINES_OF_ITEMS = 15, 5
ASKED = 40
GOAL_MS = 300

ITEMS = """
INSERT INTO items (code, names, family_code, resource_type_code, unit_code, weight_kg, specification)
SELECT 'bench-' || n, jsonb_build_object('en', 'Item ' || n), t.family_code, t.code, 'each', 1 + n %% 40,
       CASE WHEN n %% 3 = 0 THEN jsonb_build_object('voltage_v', CASE WHEN n %% 2 = 0 THEN 230 ELSE 110 END) END
FROM generate_series(1, 200) n
JOIN (SELECT code, family_code, row_number() OVER (ORDER BY code) AS no, count(*) OVER () AS of FROM resource_types) t
  ON t.no = 1 + n %% t.of
"""
WAREHOUSES = """
INSERT INTO warehouses (code, names, country_iso3, location, organisation_id)
SELECT 'WH-BENCH-' || no, jsonb_build_object('en', 'Warehouse ' || no), country_iso3, location, (SELECT id FROM organisations WHERE code = 'CESDRR')
FROM bench_towns WHERE no < 20
"""
POSITIONS = """
INSERT INTO stock_positions (item_code, warehouse_code, owner_id, earmark_countries)
SELECT i.code, w.code, w.organisation_id, CASE WHEN random() < 0.1 THEN '{KGZ}' ELSE '{}' END::text[]
FROM (SELECT code FROM items WHERE code LIKE 'bench-%') i, (SELECT code, organisation_id FROM warehouses WHERE code LIKE 'WH-BENCH-%') w
"""
LOTS_OF_ALL = """
WITH drawn AS (
    INSERT INTO lots (position_id, number, condition, expires_on)
    SELECT p.id, 'L' || n, (ARRAY['new', 'good', 'damaged'])[1 + n %% 3], CASE WHEN n %% 2 = 0 THEN current_date + (random() * 900)::int END
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS no, count(*) OVER () AS of FROM stock_positions) p
    JOIN generate_series(1, %(lots)s) n ON p.no = 1 + n %% p.of
    RETURNING id)
INSERT INTO stock_movements (lot_id, kind, quantity, moved_at)
SELECT id, kind, quantity, now() FROM drawn, (VALUES ('receipt', 200), ('issue', -40), ('issue', -30)) AS moved (kind, quantity)
"""
RESERVED = """
INSERT INTO stock_reservations (lot_id, quantity, reason) SELECT id, 50, '{"en": "bench"}' FROM lots TABLESAMPLE bernoulli (20)
"""
# A tenth of the capacities say what they are
SPECIFIED = """
UPDATE capacities SET specification = jsonb_build_object('voltage_v', (ARRAY[110, 220, 230, 400])[1 + floor(random() * 4)],
                                                        'fuel', (ARRAY['diesel', 'petrol'])[1 + floor(random() * 2)])
WHERE random() < 0.1
"""
REQUEST = """
INSERT INTO requests (organisation_id, country_iso3, titles, status, submitted_at, decided_at, visibility, deliver_location, needed_by)
SELECT (SELECT id FROM organisations WHERE country_iso3 = town.country_iso3 ORDER BY code LIMIT 1), town.country_iso3, '{"en": "Measured"}', 'approved', now(), now(), 'partners',
       town.location, %(needed_by)s
FROM bench_towns town WHERE town.no = %(town)s RETURNING id, ref
"""
LINES = """
INSERT INTO request_lines (request_id, no, kind, resource_type_code, item_code, specification, quantity, unit_code)
SELECT %(request)s, %(first)s + row_number() OVER (), %(kind)s, CASE %(kind)s WHEN 'type' THEN code END,
       CASE %(kind)s WHEN 'item' THEN code END, CASE WHEN random() < 0.5 THEN '{"voltage_v": 230, "fuel": "diesel"}'::jsonb END,
       ceil(random() * %(most)s), unit_code
FROM (%(from)s) chosen
"""
TYPES = """(SELECT code, unit_code FROM bench_types WHERE no = 0 UNION ALL (SELECT 'usar', 'team')
    UNION ALL (SELECT code, unit_code FROM bench_types WHERE no > 0 ORDER BY random() LIMIT 13))"""
OF_ITEMS = "SELECT code, unit_code FROM items WHERE code LIKE 'bench-%%' ORDER BY random() LIMIT 5"
KEY = """
INSERT INTO api_keys (organisation_id, name, hint, token_hash, scopes, expires_at)
SELECT id, 'Bench', 'apk', %s, %s, now() + interval '1 day' FROM organisations WHERE code = 'CESDRR'
"""
SCOPES = ["records:read-partners", "records:read-centre", "requests:approve"]


@dataclass(frozen=True)
class Measured:
    """Milliseconds of one question, as the portal answers it over HTTP."""

    p50_ms: float
    p95_ms: float
    longest_ms: float
    lines: int
    found: float  # candidates a request, all lines together
    consignments: float


def measure(cluster: Cluster) -> Measured:
    cluster.start()
    with psycopg.connect(cluster.url(user=OWNER), autocommit=True) as db:
        with step(f"Filling register and store: {CAPACITIES:,} capacities, {LOTS:,} lots"):
            data.fill(cluster.url(user=OWNER), CAPACITIES)
            fill_store(db)
        requests = [ask_for_help(db, number) for number in range(ASKED)]
        token = key(db)
        db.execute("VACUUM ANALYZE")
    with portal.served(cluster.url(), cluster.data / "portal.log", **sign_in.ENVIRONMENT) as port:
        return measured(port, token, requests)


def fill_store(db: psycopg.Connection) -> None:
    db.execute("SELECT setseed(0.42)")
    for statement in (ITEMS, WAREHOUSES, POSITIONS, LOTS_OF_ALL, RESERVED, SPECIFIED):
        db.execute(statement.replace("%%", "%").replace("%(lots)s", str(LOTS)).encode())


def ask_for_help(db: psycopg.Connection, number: int) -> str:
    """A request of 20 lines in one of the larger towns; its ref."""
    chance = Random(number)
    needed_by = datetime.now(UTC) + timedelta(hours=chance.randint(12, 400))
    request, ref = db.execute(REQUEST, {"town": number, "needed_by": needed_by}).fetchone() or (None, "")
    for first, kind, source, most in ((0, "type", TYPES, 30), (LINES_OF_TYPES, "item", OF_ITEMS, 400)):
        statement = LINES.replace("%(from)s", source)
        db.execute(statement.encode(), {"request": request, "first": first, "kind": kind, "most": most})
    return str(ref)


def key(db: psycopg.Connection) -> str:
    token = new_token("apk_")
    db.execute(KEY, [token_hash(token), SCOPES])
    return token


def measured(port: int, token: str, requests: Sequence[str]) -> Measured:
    connection = HTTPConnection(portal.HOST, port, timeout=60)
    ask(connection, token, requests[0])
    took, answers = [], []
    for ref in requests:
        began = perf_counter()
        answer = ask(connection, token, ref)
        took.append((perf_counter() - began) * 1000)
        answers.append(answer)
    found = median(sum(line["found"] for line in answer["lines"]) for answer in answers)
    consignments = median(len(answer["plan"]["consignments"]) for answer in answers)
    lines = min(len(answer["lines"]) for answer in answers)
    return Measured(median(took), quantiles(took, n=20)[-1], max(took), lines, found, consignments)


def ask(connection: HTTPConnection, token: str, ref: str) -> Any:
    connection.request("GET", f"/api/v1/requests/{ref}/matches", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (ref, answer.status, body[:300])
    return json.loads(body)


def show(result: Measured) -> None:
    print(
        f"\nMatches of {result.lines} lines among {CAPACITIES:,} capacities and {LOTS:,} lots, {ASKED} requests (goal: {GOAL_MS} ms)"
    )
    print(f"  median {result.p50_ms:.0f} ms, p95 {result.p95_ms:.0f} ms, longest {result.longest_ms:.0f} ms")
    print(f"  {result.found:,.0f} candidates a request, {result.consignments:.0f} consignments in its plan")
