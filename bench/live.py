"""What 500 pages that stand open cost: memory of the workers, queries, and what they take from those who read beside them."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from statistics import median, quantiles

import psycopg

from bench import portal
from bench.portal import HOST, Asked

PAGES = 500
GOAL_MB = 100
CHANGES = 10
QUIET_S = 20
LAYERS = "events,capacities,stock,people,places,reference"  # those of the start page
ENVIRONMENT = {"LIVE_PER_ADDRESS": "0"}
CHANGE = "UPDATE events SET status = status WHERE id = (SELECT min(id::text)::uuid FROM events)"
COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"


@dataclass
class Pages:
    """Open pages, all listened to by one thread; `heard` is when each of them was told of the last change."""

    port: int
    sockets: list[socket.socket] = field(default_factory=list)
    heard: dict[int, float] = field(default_factory=dict)
    greeted: set[int] = field(default_factory=set)
    is_over: bool = False

    def open(self) -> None:
        request = f"GET /live?layers={LAYERS} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
        for _page in range(PAGES):
            page = socket.create_connection((HOST, self.port))
            page.sendall(request)
            self.sockets.append(page)
        threading.Thread(target=self.listen, daemon=True).start()
        wait_until(lambda: len(self.greeted) == PAGES)

    def listen(self) -> None:
        waiting = DefaultSelector()
        for page in self.sockets:
            waiting.register(page, EVENT_READ)
        while not self.is_over:
            for key, _mask in waiting.select(timeout=0.2):
                self.hear(key.fd, os.read(key.fd, 65536))

    def hear(self, page: int, said: bytes) -> None:
        if b"event: hello" in said:
            self.greeted.add(page)
        if b"event: changed" in said:
            self.heard[page] = time.monotonic()

    def close(self) -> None:
        self.is_over = True
        for page in self.sockets:
            page.close()


@contextmanager
def standing_open(port: int) -> Iterator[Pages]:
    pages = Pages(port)
    pages.open()
    try:
        yield pages
    finally:
        pages.close()


@dataclass
class Cost:
    """MB of all workers before and with the pages open; commits in QUIET_S; ms until each page was told; reads alone and beside."""

    before_mb: float = 0
    open_mb: float = 0
    commits_before: int = 0
    commits_open: int = 0
    told_ms: list[float] = field(default_factory=list)
    alone: list[Asked] = field(default_factory=list)
    beside: list[Asked] = field(default_factory=list)


def measure(db: psycopg.Connection, port: int, paths: Sequence[str], rounds: int, seconds: float) -> Cost:
    cost = Cost()
    portal.ask(port, paths, 2)
    cost.before_mb, cost.commits_before = memory_of_workers(), commits(db)
    with standing_open(port) as pages:
        cost.open_mb, cost.commits_open = memory_of_workers(), commits(db)
        for _number in range(CHANGES):
            cost.told_ms += change(db, pages)
    for number in range(rounds):
        for is_beside in (False, True) if number % 2 == 0 else (True, False):
            if not is_beside:
                cost.alone.append(portal.ask(port, paths, seconds))
                continue
            with standing_open(port):
                cost.beside.append(portal.ask(port, paths, seconds))
    return cost


def change(db: psycopg.Connection, pages: Pages) -> list[float]:
    """Milliseconds from the commit of a change until each page was told of it."""
    pages.heard.clear()
    db.execute(CHANGE)
    committed = time.monotonic()
    wait_until(lambda: len(pages.heard) == PAGES)
    time.sleep(1.5)  # what follows within a second is told together with it
    return [max(0.0, at - committed) * 1000 for at in pages.heard.values()]


def commits(db: psycopg.Connection) -> int:
    """Transactions of anybody while nothing is asked; two of them are the questions themselves."""
    time.sleep(12)  # connections that rest tell their counts within ten seconds
    (before,) = db.execute(COMMITS).fetchone() or (0,)
    time.sleep(QUIET_S)
    (after,) = db.execute(COMMITS).fetchone() or (0,)
    return int(after - before)


def memory_of_workers() -> float:
    """Resident MB of all that serve."""
    return sum(map(resident_kb, workers())) / 1024


def workers() -> list[Path]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"\nPPid:\t{os.getpid()}\n" in (process / "status").read_text()
            if is_ours and b"\0serve\0" in (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:
            continue
    return found


def resident_kb(process: Path) -> int:
    line = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError("the open pages were not answered")
        time.sleep(0.005)


def show(cost: Cost) -> None:
    grown = cost.open_mb - cost.before_mb
    p50, p99 = median(cost.told_ms), quantiles(cost.told_ms, n=100)[-1]
    alone, beside = (median(asked.per_second for asked in asks) for asks in (cost.alone, cost.beside))
    print(f"\n{PAGES} open pages, {len(workers())} workers")
    print(
        f"  memory of the workers: {cost.before_mb:.0f} MB, with the pages {cost.open_mb:.0f} MB: {grown:+.1f} MB (goal: {GOAL_MB})"
    )
    print(f"  commits in {QUIET_S} quiet seconds: {cost.commits_before} without them, {cost.commits_open} with them")
    print(
        f"  told of a change after {p50:.0f} ms (median), {p99:.0f} ms (99 %), {max(cost.told_ms):.0f} ms (the last page)"
    )
    print(f"  lists from the database beside them: {beside:,.0f} a second, {alone:,.0f} alone ({beside / alone:.0%})")
