"""What dead receivers take from live ones: how long 1,000 deliveries take to arrive, with all alive and with a third dead.

A third of the dead refuses connections, a third takes them and never says a word, a third answers 500. The queue is worked
off by a process of its own, as in the background; receivers listen here, on one address each.
"""

import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles

import psycopg
from sqlalchemy import text

from app import history
from app.announcements import actions as announcements
from app.cluster import OWNER, SERVING, Cluster
from app.db import transaction
from app.permissions import PORTAL
from app.queue import work
from app.secrets import encrypt
from app.settings import settings
from app.webhooks import delivering
from app.webhooks.signatures import new_secret
from bench.portal import HOST

DELIVERIES = 1000
RECEIVERS = (100, 1000)  # with ten announcements each, and with one
ANSWER = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ENVIRONMENT = {"SECRET_KEY": "only for the bench", "ALLOW_PRIVATE_ADDRESSES": "1"}
CLEAR = "TRUNCATE webhooks, announcements CASCADE"


@dataclass
class Listeners:
    """Where receivers are; `arrived` is when each message came to a live one."""

    live: int = 0
    failing: int = 0
    refusing: int = 0
    silent: int = 0
    arrived: list[float] = field(default_factory=list)

    def addresses(self, receivers: int, with_dead: bool) -> list[str]:
        """Of three in a row the third is dead, if any is."""
        dead = (self.failing, self.refusing, self.silent)
        ports = (dead[(n // 3) % 3] if with_dead and n % 3 == 2 else self.live for n in range(receivers))
        return [f"http://{HOST}:{port}/{number}" for number, port in enumerate(ports)]


@dataclass
class Round:
    receivers: int
    with_dead: bool
    deliveries: int
    delays: Sequence[float]
    seconds: float


def measure(cluster: Cluster, rounds: int) -> list[Round]:
    """Take turns, since a machine's speed drifts."""
    with listening() as listeners:
        return [
            one_round(cluster, listeners, receivers, with_dead)
            for receivers in RECEIVERS
            for _round in range(rounds)
            for with_dead in (False, True)
        ]


def one_round(cluster: Cluster, listeners: Listeners, receivers: int, with_dead: bool) -> Round:
    listeners.arrived.clear()
    addresses = listeners.addresses(receivers, with_dead)
    said = json.dumps({"addresses": addresses, "announcements": DELIVERIES // receivers})
    environment = os.environ | ENVIRONMENT | {"DATABASE_URL": cluster.url(user=SERVING)}
    program = "from bench import webhooks; webhooks.deliver_all()"
    done = subprocess.run(
        [sys.executable, "-c", program], input=said, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    began, ended = map(float, done.stdout.splitlines()[-1].split())  # the lines before are the log
    clear(cluster)
    delays = sorted(at - began for at in listeners.arrived)
    return Round(receivers, with_dead, len(addresses) * (DELIVERIES // receivers), delays, ended - began)


def clear(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(user=OWNER), autocommit=True) as db:
        db.execute(CLEAR)


# -- in a process of its own


def deliver_all() -> None:
    """Make webhooks and announcements, and work the queue off. Prints when it was to begin and when it was done."""
    asked = json.load(sys.stdin)
    with transaction() as db:
        organisation = db.scalar(text("SELECT id FROM organisations WHERE is_centre"))
        make = """INSERT INTO webhooks (organisation_id, name, url, sees, secret)
        SELECT :organisation, url, url, 'public', :secret FROM unnest(CAST(:urls AS text[])) url"""
        secret = encrypt(new_secret())
        db.execute(text(make), {"organisation": organisation, "secret": secret, "urls": asked["addresses"]})
        event = db.execute(text("SELECT id, ref FROM events WHERE visibility = 'public' LIMIT 1")).one()
        for _number in range(asked["announcements"]):
            history.record(db, PORTAL, "changed", "events", event.id, ref=event.ref, visibility="public")
        announcements.hand_on(db, [delivering.keep])
    began = time.time()
    asyncio.run(work_until_tried())
    print(began, time.time())


async def work_until_tried() -> None:
    """The queue as the background works it off, and its job that asks for what is tried again, until all were tried."""
    working = asyncio.create_task(work(settings()))
    for turn in itertools.count(1):
        await asyncio.sleep(0.1)
        if await asyncio.to_thread(is_over, asks=turn % 50 == 0):
            break
    working.cancel()
    await asyncio.wait({working})


def is_over(asks: bool) -> bool:
    with transaction() as db:
        if asks:
            delivering.ask_for_due(db)
        left = "SELECT EXISTS (SELECT FROM deliveries d JOIN webhooks w ON w.id = webhook_id WHERE d.attempts = 0 AND failures = 0)"
        return not db.scalar(text(left))


# -- receivers


@contextmanager
def listening() -> Iterator[Listeners]:
    listeners = Listeners()
    with socket.create_server((HOST, 0)) as gone:
        listeners.refusing = gone.getsockname()[1]
    with socket.create_server((HOST, 0), backlog=2000) as silent:
        listeners.silent = silent.getsockname()[1]
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(serve(listeners, ready)), daemon=True).start()
        ready.wait()
        yield listeners


async def serve(listeners: Listeners, ready: threading.Event) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: int) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
        )
        await reader.readexactly(length)
        if status == 200:
            listeners.arrived.append(time.time())
        writer.write(ANSWER % status)
        writer.close()

    live = await asyncio.start_server(lambda reader, writer: answer(reader, writer, 200), HOST, 0, backlog=2000)
    failing = await asyncio.start_server(lambda reader, writer: answer(reader, writer, 500), HOST, 0, backlog=2000)
    listeners.live, listeners.failing = (server.sockets[0].getsockname()[1] for server in (live, failing))
    ready.set()
    async with live, failing:
        await asyncio.Event().wait()


# -- the figures

LINE = "{:<44} {:>11} {:>9} {:>9} {:>9} {:>11}"


def show(rounds: Sequence[Round]) -> None:
    print(LINE.format("\nwebhooks", "deliveries", "p50 s", "p95 s", "last s", "all done s"))
    for receivers in RECEIVERS:
        for with_dead in (False, True):
            of_kind = [one for one in rounds if (one.receivers, one.with_dead) == (receivers, with_dead)]
            dead = sum(number % 3 == 2 for number in range(receivers)) if with_dead else 0
            title = f"{receivers - dead} live receivers" + (f" and {dead} dead" if dead else "")
            figures = [
                median(median(one.delays) for one in of_kind),
                median(quantiles(one.delays, n=20)[-1] for one in of_kind),
                median(one.delays[-1] for one in of_kind),
                median(one.seconds for one in of_kind),
            ]
            print(LINE.format(title, f"{of_kind[0].deliveries:,}", *(f"{figure:.2f}" for figure in figures)))
