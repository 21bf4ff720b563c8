"""An event with a hundred thousand figures, asked what was known at random moments: one question after the other, none asked twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from random import Random
from statistics import median, quantiles
from time import perf_counter
from uuid import UUID

import psycopg

from app.cluster import OWNER, Cluster
from app.commands.terminal import step
from app.figures.queries import FIGURES_THEN, headlines, series
from app.figures.schemas import AsKnown, FiguresOfEvent
from app.listing import Listing
from app.sql import Sql
from bench import portal

FIGURES_OF_ONE = 100_000
DAYS = 60
ASKED = 60
GOAL_MS = 50

SOURCES = """
INSERT INTO sources (code, name, kind)
SELECT 'BENCH-' || n, 'Source ' || n, (ARRAY['government', 'un', 'red_cross_red_crescent', 'science', 'media', 'other'])[1 + n % 6]
FROM generate_series(1, 60) n
"""
EVENT = """
INSERT INTO events (titles, hazard_code, status, started_at) VALUES ('{"en": "An earthquake of many words"}', 'EQ', 'ongoing', %(began)s)
RETURNING id, ref
"""
# One in twenty corrects another, one in fifty is withdrawn, one in ten speaks of a country only
FIGURES_SAID = """
WITH drawn AS (
    SELECT n, uuid_v7() AS id, random() AS a, random() AS b, random() AS c,
           %(began)s::timestamptz + random() * interval '60 days' AS reported_at
    FROM generate_series(1, %(many)s) n)
INSERT INTO figures (id, event_id, indicator_code, value, qualifier, source_id, method, country_iso3, as_of, reported_at, created_at, withdrawn_at)
SELECT drawn.id, %(event)s, i.code, floor(a * 10000), 'exact', s.id, (ARRAY['official', 'estimate', 'modelled', 'media', NULL])[1 + n %% 5],
       CASE WHEN b < 0.1 THEN 'KAZ' END, (reported_at - c * interval '3 days')::date, reported_at, reported_at + b * interval '6 hours',
       CASE WHEN c < 0.02 THEN reported_at + interval '1 day' END
FROM drawn JOIN (SELECT code, row_number() OVER (ORDER BY code) AS no, count(*) OVER () AS of FROM indicators) i ON i.no = 1 + n %% i.of
JOIN (SELECT id, row_number() OVER (ORDER BY code) AS no FROM sources WHERE code LIKE 'BENCH-%%') s ON s.no = 1 + (n / 7) %% 60
"""
CORRECTIONS = """
INSERT INTO figures (event_id, indicator_code, value, qualifier, source_id, method, as_of, reported_at, created_at, supersedes_id)
SELECT event_id, indicator_code, value + 1, qualifier, source_id, method, as_of, reported_at + interval '2 hours',
       reported_at + interval '3 hours', id
FROM figures WHERE event_id = %(event)s AND withdrawn_at IS NULL AND random() < 0.05
"""


@dataclass(frozen=True)
class Measured:
    """Milliseconds of one kind of question: the portal's median and 95th percentile, the database's median alone (None: several statements)."""

    title: str
    p50_ms: float
    p95_ms: float
    database_ms: float | None


def measure(cluster: Cluster) -> list[Measured]:
    cluster.start()
    with psycopg.connect(cluster.url(user=OWNER), autocommit=True) as db:
        with step(f"Recording {FIGURES_OF_ONE:,} figures of one event"):
            event, ref = fill(db)
        with portal.served(cluster.url(), cluster.data / "portal.log") as port:
            return [measured(db, port, *kind) for kind in kinds(event, ref)]


def fill(db: psycopg.Connection) -> tuple[UUID, str]:
    began = datetime.now(UTC) - timedelta(days=DAYS)
    db.execute(SOURCES)
    event, ref = db.execute(EVENT, {"began": began}).fetchone() or (UUID(int=0), "")
    db.execute("INSERT INTO event_countries VALUES (%s, 'KAZ'), (%s, 'KGZ')", [event, event])
    values = {"began": began, "event": event}
    db.execute("SELECT setseed(0.13)")
    db.execute(FIGURES_SAID, values | {"many": FIGURES_OF_ONE})
    db.execute(CORRECTIONS, values)
    db.execute("VACUUM ANALYZE figures, events, sources")
    return event, ref


Statement = Callable[[datetime], Sql] | None


def kinds(event: UUID, ref: str) -> Iterator[tuple[str, str, Statement]]:
    """What is measured: its title, the address, and the statement behind it for a moment."""
    api = f"/api/v1/events/{ref}"

    def known(at: datetime) -> AsKnown:
        return AsKnown().model_copy(update={"as_of": at})

    yield "figures as of, the first 50 and their count", f"{api}/figures", lambda at: a_page(FIGURES_THEN, event, at)
    yield "headlines as of", f"{api}/headlines", lambda at: headlines(event, [event], known(at), "en")
    yield "series as of, for charts", f"{api}/figures/series", lambda at: series([event], [], known(at), "en")
    yield "the event as of", api, None
    yield "the event's page as of", f"/events/{ref}", None


def a_page(listing: Listing, event: UUID, at: datetime) -> Sql:
    where = FiguresOfEvent(event=event, events=[event], as_of=at)
    return listing.page(where, "en", listing.turn(where, "en"))


def measured(db: psycopg.Connection, port: int, title: str, address: str, statement: Statement) -> Measured:
    moments = drawn_moments()
    connection = HTTPConnection(portal.HOST, port, timeout=30)
    ask(connection, address, moments[0])
    ours = [timed(lambda at=at: ask(connection, address, at)) for at in moments[1:]]  # type: ignore[misc]
    alone = [timed(lambda at=at: execute(db, statement(at))) for at in moments[1:]] if statement else []  # type: ignore[misc]
    return Measured(title, median(ours), quantiles(ours, n=20)[-1], median(alone) if alone else None)


def drawn_moments() -> Sequence[datetime]:
    chance, now = Random(8), datetime.now(UTC)
    return [now - timedelta(seconds=chance.uniform(0, DAYS * 86_400)) for _n in range(ASKED)]


def ask(connection: HTTPConnection, address: str, at: datetime) -> None:
    connection.request("GET", f"{address}?as_of={at:%Y-%m-%dT%H:%M:%SZ}")
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (address, answer.status, body[:300])


def execute(db: psycopg.Connection, statement: Sql) -> None:
    db.execute(statement.text.encode(), statement.values).fetchall()


def timed(do: Callable[[], None]) -> float:
    """Milliseconds."""
    began = perf_counter()
    do()
    return (perf_counter() - began) * 1000


def show(results: Sequence[Measured]) -> None:
    print(f"\n{FIGURES_OF_ONE:,} figures on one event, asked one after the other (goal: {GOAL_MS} ms)")
    print(f"  {'':<46} {'median':>9} {'p95':>9} {'database':>10} {'share':>7}")
    for one in results:
        alone = f"{one.database_ms:>7.1f} ms {one.database_ms / one.p50_ms:>7.0%}" if one.database_ms else ""
        print(f"  {one.title:<46} {one.p50_ms:>6.1f} ms {one.p95_ms:>6.1f} ms {alone}")
