"""Ten thousand items of a feed, fetched, read, stored and sorted; then the same ones again. Portal and database share one core."""

import asyncio
import json
import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import perf_counter
from typing import Any

import psycopg

import app.background  # noqa: F401  every task of the queue
from app.cluster import OWNER, Cluster
from app.commands.terminal import step
from app.db import PATIENCE, engine, transaction
from app.intake.pulling import put_pulls
from app.queue import work
from app.settings import Settings

ITEMS = 10_000
ETAG = '"quakes"'


@dataclass(frozen=True)
class Ingested:
    """Seconds for all items: new, unchanged in another answer, and not sent again; and what became of them."""

    new_s: float
    unchanged_s: float
    not_modified_s: float
    stored: int
    sorted: int
    candidates: int


def measure(cluster: Cluster) -> Ingested:
    cluster.start()
    on_one_core(cluster)
    server = Server()
    with psycopg.connect(cluster.url(user=OWNER), autocommit=True) as db, step(f"Taking {ITEMS:,} items in"):
        db.execute("UPDATE feeds SET is_enabled = (code = 'usgs'), url = %s", [server.url])
        new_s = pulled(cluster, db)
        server.generated += 1  # as USGS says anew each minute when it was made
        unchanged_s = pulled(cluster, db)
        server.is_unchanged = True
        not_modified_s = pulled(cluster, db)
        stored, is_sorted = db.execute("SELECT count(*), count(sorted_at) FROM feed_items").fetchone() or (0, 0)
        (candidates,) = db.execute("SELECT count(*) FROM candidates").fetchone() or (0,)
    server.shutdown()
    assert stored == is_sorted == ITEMS, (stored, is_sorted)
    return Ingested(new_s, unchanged_s, not_modified_s, stored, is_sorted, candidates)


def on_one_core(cluster: Cluster) -> None:
    """This process, and every process that the database starts from now on."""
    core = {min(os.sched_getaffinity(0))}
    for process in (0, cluster.running_pid() or 0):
        os.sched_setaffinity(process, core)


def pulled(cluster: Cluster, db: psycopg.Connection) -> float:
    """Seconds until nothing waits in the queue."""
    config = Settings(database_url=cluster.url(), allow_private_addresses=True)
    db.execute("UPDATE feeds SET next_at = clock_timestamp() WHERE is_enabled")
    started = perf_counter()
    put_due(config)
    asyncio.run(worked_off(config, db))
    return perf_counter() - started


async def worked_off(config: Settings, db: psycopg.Connection) -> None:
    """As the background process works, until nothing is left to do."""
    working = asyncio.create_task(work(config))
    waiting = "SELECT FROM procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT 1"
    while db.execute(waiting).rowcount:  # noqa: ASYNC110  what is waited for happens in the database
        await asyncio.sleep(0.05)
    working.cancel()
    await asyncio.wait({working})


def put_due(config: Settings) -> None:
    with transaction(engine(config.database_url, PATIENCE)) as db:
        put_pulls(db)


class Server(ThreadingHTTPServer):
    """USGS, as it would be on a terrible day."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Quakes)
        self.generated, self.is_unchanged, self.quakes = 0, False, quakes()
        self.url = f"http://127.0.0.1:{self.server_port}/"
        Thread(target=self.serve_forever, daemon=True).start()


class Quakes(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        body = b"" if self.server.is_unchanged else self.body()
        self.send_response(304 if self.server.is_unchanged else 200)
        self.send_header("ETag", ETAG)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        told = {
            "type": "FeatureCollection",
            "metadata": {"generated": self.server.generated},
            "features": self.server.quakes,
        }
        return json.dumps(told).encode()

    def log_message(self, *_: object) -> None:
        pass


def quakes() -> list[dict[str, Any]]:
    """Invented ones, most of them in the region, spread over a month."""
    chance, now = random.Random(4), datetime.now(UTC)
    return [quake(number, chance, now) for number in range(ITEMS)]


def quake(number: int, chance: random.Random, now: datetime) -> dict[str, Any]:
    at = int((now - timedelta(seconds=chance.uniform(0, 30 * 86_400))).timestamp() * 1000)
    size, name = round(2.5 + chance.expovariate(1.2), 1), f"us7i{number:06}"
    lon, lat = chance.uniform(45, 90), chance.uniform(25, 57)
    says = {"mag": size, "place": f"Invented place {number}", "time": at, "updated": at + 600_000, "status": "reviewed",
            "url": f"https://earthquake.usgs.gov/earthquakes/eventpage/{name}", "alert": None, "ids": f",{name},",
            "magType": "mb", "type": "earthquake", "title": f"M {size} - Invented place {number}"}  # fmt: skip
    position = {"type": "Point", "coordinates": [round(lon, 4), round(lat, 4), round(chance.uniform(1, 200), 1)]}
    return {"type": "Feature", "properties": says, "geometry": position, "id": name}


def show(result: Ingested) -> None:
    print(f"\n{ITEMS:,} items of a feed, portal and database on one core (goal: 60 s)")
    print(f"  fetched, read, stored and sorted      {result.new_s:6.1f} s   {result.candidates:,} candidates")
    print(f"  the same in another answer            {result.unchanged_s:6.1f} s")
    print(f"  304 Not Modified                      {result.not_modified_s:6.2f} s")
