"""The list of events as it was known at random moments, among a hundred thousand versions: one question after the other."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from random import Random
from statistics import median, quantiles

import psycopg

from app.cluster import OWNER, Cluster
from app.commands.terminal import step
from bench import portal
from bench.figures import Measured, timed

EVENTS = 20_000
VERSIONS_EACH = 5
DAYS = 300
ASKED = 40

# Past the triggers, which would take minutes for so many; what they would have written follows
MADE = """
INSERT INTO events (ref, titles, hazard_code, status, started_at, alert_level, geometry, geometry_precision, created_at, search)
SELECT 'EV-BENCH-' || n, jsonb_build_object('en', 'Event ' || n), (ARRAY['EQ', 'FL', 'MS', 'LS'])[1 + n %% 4], 'ongoing', began,
       (ARRAY['green', 'orange', 'red'])[1 + n %% 3], ST_SetSRID(ST_MakePoint(50 + random() * 40, 30 + random() * 20), 4326), 'approximate',
       began, search_document('Event ' || n, '', '')
FROM (SELECT n, %(since)s::timestamptz + random() * interval '300 days' AS began FROM generate_series(1, %(many)s) n) drawn
"""
COUNTRIES = """
INSERT INTO event_countries (event_id, country_iso3)
SELECT e.id, c.iso3 FROM events e JOIN (SELECT iso3, row_number() OVER (ORDER BY iso3) AS no FROM countries WHERE region) c
    ON c.no IN (1 + abs(hashtext(e.id::text)) %% 10, 1 + abs(hashtext(e.ref)) %% 10)
WHERE e.ref LIKE 'EV-BENCH-%%' ON CONFLICT DO NOTHING
"""
VERSIONS = """
INSERT INTO event_versions (id, ref, titles, hazard_code, status, alert_level, started_at, started_precision, geometry, geometry_precision,
    exercise, countries, area_ids, glides, visibility, demonstration, created_at, updated_at, search, known_from, known_until)
SELECT id, ref, titles, hazard_code, (ARRAY['alert', 'ongoing', 'closed'])[1 + n %% 3], alert_level, started_at, started_precision, geometry,
       geometry_precision, exercise, ARRAY(SELECT country_iso3 FROM event_countries WHERE event_id = id), '{}', '{}', visibility, demonstration,
       created_at, updated_at, search, created_at + n * interval '10 days',
       CASE n WHEN %(each)s - 1 THEN 'infinity' ELSE created_at + (n + 1) * interval '10 days' END
FROM events, generate_series(0, %(each)s - 1) n WHERE ref LIKE 'EV-BENCH-%%'
"""
QUESTIONS = {
    "the list as of, the first 50 and their count": "/api/v1/events?",
    "of one country": "/api/v1/events?country=KGZ&",
    "in a box": "/api/v1/events?bbox=70,40,72,42&",
    "near a place": "/api/v1/events?near=71,41&",
    "found by a word": "/api/v1/events?q=Event+777&",
    "the counts of all filters": "/api/v1/events/facets?",
    "the list now, for comparison": "/api/v1/events?limit=51&",
}


def measure(cluster: Cluster) -> list[Measured]:
    cluster.start()
    told = step(f"Recording {EVENTS * VERSIONS_EACH:,} versions of {EVENTS:,} events")
    with told, psycopg.connect(cluster.url(user=OWNER), autocommit=True) as db:
        fill(db)
    with portal.served(cluster.url(), cluster.data / "portal.log") as port:
        return [measured(port, *question) for question in QUESTIONS.items()]


def fill(db: psycopg.Connection) -> None:
    values = {"since": datetime.now(UTC) - timedelta(days=DAYS), "many": EVENTS, "each": VERSIONS_EACH}
    db.execute("SELECT setseed(0.13)")
    for turned in ("DISABLE", "ENABLE"):
        for table in ("events", "event_countries"):
            db.execute(f"ALTER TABLE {table} {turned} TRIGGER USER")
        if turned == "DISABLE":
            for statement in (MADE, COUNTRIES, VERSIONS):
                db.execute(statement, values)
    db.execute("VACUUM ANALYZE events, event_versions, event_countries")


def measured(port: int, title: str, address: str) -> Measured:
    chance, now = Random(8), datetime.now(UTC)
    moments = [now - timedelta(seconds=chance.uniform(0, DAYS * 86_400 / 2)) for _n in range(ASKED)]
    connection = HTTPConnection(portal.HOST, port, timeout=60)
    then = "comparison" not in title
    ours = [timed(lambda at=at: ask(connection, address, at, then)) for at in moments]  # type: ignore[misc]
    return Measured(title, median(ours[1:]), quantiles(ours[1:], n=20)[-1], None)


def ask(connection: HTTPConnection, address: str, at: datetime, then: bool) -> None:
    """Now is asked with an order of its own each time, so that no kept answer serves."""
    asked = f"as_of={at:%Y-%m-%dT%H:%M:%SZ}" if then else f"started_before={at:%Y-%m-%dT%H:%M:%SZ}"
    connection.request("GET", f"{address}{asked}")
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (address, answer.status, body[:300])


def show(results: Sequence[Measured]) -> None:
    print(f"\n{EVENTS * VERSIONS_EACH:,} versions of {EVENTS:,} events, asked one after the other")
    print(f"  {'':<46} {'median':>9} {'p95':>9}")
    for one in results:
        print(f"  {one.title:<46} {one.p50_ms:>6.1f} ms {one.p95_ms:>6.1f} ms")
