"""What the board of requests takes with 10,000 of them, as the Centre's approver asks: the page, the list, and facets.

A known asker's answers are not kept, so every question goes to the database. Each request has one to five lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median, quantiles
from time import perf_counter

import psycopg

from app.cluster import OWNER, Cluster
from app.commands.terminal import step
from app.secrets import new_token, token_hash
from bench import portal

ENVIRONMENT = {"SECRET_KEY": "only for the bench"}
REQUESTS = 10_000
ASKED = 30  # times each question
GOAL_MS = 100

FILL = """
INSERT INTO requests (organisation_id, country_iso3, titles, descriptions, status, priority, needed_by, deliver_location,
                      submitted_at, decided_at, decision_reason, visibility, audience)
SELECT o.id, o.country_iso3, jsonb_build_object('en', 'Request ' || n, 'ru', 'Запрос ' || n),
       jsonb_build_object('en', 'Two districts are cut off; boats, tools and shelter are needed before the frost'),
       s.status, (ARRAY['low', 'medium', 'high', 'critical'])[1 + n %% 4], now() + (n %% 60) * interval '1 day',
       ST_SetSRID(ST_MakePoint(60 + random() * 20, 36 + random() * 12), 4326), now() - n * interval '1 hour',
       CASE WHEN s.status <> 'submitted' THEN now() END, CASE WHEN s.status = 'submitted' THEN '' ELSE 'decided' END,
       a.audience, a.audience
FROM generate_series(1, {many}) n
JOIN (SELECT id, country_iso3, row_number() OVER (ORDER BY code) AS no, count(*) OVER () AS of FROM organisations
      WHERE country_iso3 IS NOT NULL) o ON o.no = 1 + n %% o.of
CROSS JOIN LATERAL (SELECT (ARRAY['submitted', 'approved', 'approved', 'closed', 'rejected'])[1 + n %% 5] AS status) s
CROSS JOIN LATERAL (SELECT (ARRAY['partners', 'partners', 'centre', 'public'])[1 + n %% 4] AS audience) a
"""
# Without the triggers of each row: what they would write is written below, once
LINES = """
ALTER TABLE request_lines DISABLE TRIGGER refresh_request;
INSERT INTO request_lines (request_id, no, kind, resource_type_code, quantity, unit_code, quantity_offered, quantity_committed)
SELECT r.id, l.no, 'type', t.code, 4, t.unit_code, l.no %% 5, (l.no + t.no) %% 5
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM requests) r
CROSS JOIN LATERAL generate_series(1, 1 + (r.n %% 5)::int) l (no)
JOIN (SELECT code, unit_code, row_number() OVER (ORDER BY code) AS no, count(*) OVER () AS of FROM resource_types) t
  ON t.no = 1 + (r.n + l.no) %% t.of;
ALTER TABLE request_lines ENABLE TRIGGER refresh_request;
SELECT refresh_request(id) FROM requests;
"""
USER = """
WITH made AS (INSERT INTO users (organisation_id, email, name, status)
    SELECT id, 'bench@example.org', 'Bench', 'active' FROM organisations WHERE code = 'CESDRR' RETURNING id),
role AS (INSERT INTO user_roles (user_id, role, countries) SELECT id, 'operator', '{{}}' FROM made)
INSERT INTO sessions (user_id, token_hash, strength, second_factor, expires_at)
SELECT id, %s, 'password+totp', true, now() + interval '1 day' FROM made
"""
QUESTIONS = {
    "the board": "/requests",
    "what is open and urgent": "/requests?open=true&priority=critical",
    "of a country, by progress": "/requests?country=AFG,TJK&progress=committed:none,committed:partial",
    "searched": "/requests?q=boats",
    "the list for programs": "/api/v1/requests?open=true&ordering=needed_by",
    "facets": "/api/v1/requests/facets?status=approved",
}


@dataclass(frozen=True)
class Measured:
    """Milliseconds of one question over HTTP."""

    name: str
    p50_ms: float
    p95_ms: float


def measure(cluster: Cluster, many: int = REQUESTS) -> list[Measured]:
    """On a cluster that holds the reference data."""
    cluster.start()
    with psycopg.connect(cluster.url(user=OWNER), autocommit=True) as db:
        with step(f"Filling the board with {many:,} requests"):
            db.execute(FILL.format(many=many).replace("%%", "%").encode())
            db.execute(LINES.replace("%%", "%").encode())
        token = new_token()
        db.execute(USER.format().encode(), [token_hash(token)])
        db.execute("VACUUM ANALYZE")
    with portal.served(cluster.url(), cluster.data / "portal.log", **ENVIRONMENT) as port:
        return [measured(name, port, token, path) for name, path in QUESTIONS.items()]


def measured(name: str, port: int, token: str, path: str) -> Measured:
    connection = HTTPConnection(portal.HOST, port, timeout=60)
    ask(connection, token, path)
    took = []
    for _ in range(ASKED):
        began = perf_counter()
        ask(connection, token, path)
        took.append((perf_counter() - began) * 1000)
    return Measured(name, median(took), quantiles(took, n=20)[-1])


def ask(connection: HTTPConnection, token: str, path: str) -> None:
    connection.request("GET", path, headers={"Cookie": f"session={token}; __Host-session={token}"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (path, answer.status, body[:300])


def show(results: Sequence[Measured]) -> None:
    print(f"\nThe board of {REQUESTS:,} requests, as its approver sees it (goal: {GOAL_MS} ms)")
    for one in results:
        print(f"  {one.name:28} median {one.p50_ms:.0f} ms, p95 {one.p95_ms:.0f} ms")
