"""What a hundred people, or one attacker, who sign in at once take from those who read: nothing, or nearly so.

Each of them tries again as soon as they are answered, or when a busy portal told them to. Every attempt is with another
account from another address, so that no wait of app/accounts/throttle.py spares the portal the work of comparing.
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlencode

from bench import portal
from bench.portal import HOST, Asked

AT_ONCE = 100
GOAL = 0.95
HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
# The portal believes X-Forwarded-For of this machine, so that each attempt comes from elsewhere
ENVIRONMENT = {"TRUSTED_PROXIES": HOST, "SECRET_KEY": "only for the bench"}


NUMBERS = itertools.count(1)  # of the attempts: none is like another


@dataclass
class Reads:
    """The rounds of one kind of reading, by itself and beside the attempts."""

    title: str
    fresh: bool
    alone: list[Asked] = field(default_factory=list)
    beside: list[Asked] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        pairs = zip(self.beside, self.alone, strict=True)
        return median(beside.per_second / alone.per_second for beside, alone in pairs)


@dataclass
class Attempts:
    """What the attempts were answered, and how long that took."""

    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)


def measure(port: int, paths: Sequence[str], rounds: int, seconds: float) -> tuple[list[Reads], Attempts]:
    """Take turns, since a machine's speed drifts."""
    kinds = [Reads("lists, each from the database", True), Reads("one list, out of memory", False)]
    attempts = Attempts()
    for kind in kinds:
        ask(port, kind, paths, 2)
    for number in range(rounds):
        for kind in kinds:
            for is_beside in (False, True) if number % 2 == 0 else (True, False):
                if not is_beside:
                    kind.alone.append(ask(port, kind, paths, seconds))
                    continue
                with signing_in(port, attempts):
                    kind.beside.append(ask(port, kind, paths, seconds))
    return kinds, attempts


def ask(port: int, kind: Reads, paths: Sequence[str], seconds: float) -> Asked:
    return portal.ask(port, paths if kind.fresh else paths[:1], seconds, fresh=kind.fresh)


@contextmanager
def signing_in(port: int, attempts: Attempts) -> Iterator[None]:
    """A hundred at once, as long as this lasts."""
    stop = threading.Event()
    people = [threading.Thread(target=keep_trying, args=(port, attempts, stop)) for _one in range(AT_ONCE)]
    for one in people:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in people:
            one.join()


def keep_trying(port: int, attempts: Attempts, stop: threading.Event) -> None:
    while not stop.is_set():
        began = time.monotonic()
        status, wait = attempt(port, next(NUMBERS))
        attempts.statuses[status] += 1
        if status != 503:
            attempts.took.append(time.monotonic() - began)
        stop.wait(wait)


def attempt(port: int, number: int) -> tuple[int, float]:
    """The status, and in how many seconds to come back."""
    connection = HTTPConnection(HOST, port, timeout=60)
    address = ".".join(str(part) for part in (10, number >> 16 & 255, number >> 8 & 255, number & 255))
    body = urlencode({"email": f"person-{number}@example.org", "password": "a wrong password"})
    connection.request("POST", "/sign-in", body, HEADERS | {"X-Forwarded-For": address})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, float(answer.headers.get("Retry-After", 0))


def show(kinds: Sequence[Reads], attempts: Attempts) -> None:
    print(f"\nReads beside {AT_ONCE} people who sign in at once; medians of {len(kinds[0].alone)} rounds")
    line = "{:<34} {:>10} {:>10} {:>7} {:>7} {:>12} {:>12}"
    print(line.format("", "alone/s", "beside/s", "ratio", "goal", "p99 alone ms", "p99 beside"))
    for kind in kinds:
        speeds = (median(asked.per_second for asked in asks) for asks in (kind.alone, kind.beside))
        slow = (median(asked.p99_ms for asked in asks) for asks in (kind.alone, kind.beside))
        figures = [
            *(f"{speed:,.0f}" for speed in speeds),
            f"{kind.ratio:.1%}",
            f"{GOAL:.0%}",
            *(f"{ms:.1f}" for ms in slow),
        ]
        print(line.format(kind.title, *figures))
    took = sorted(attempts.took) or [0.0]
    told = ", ".join(f"{count:,} × {status}" for status, count in sorted(attempts.statuses.items()))
    print(f"The attempts were answered {told}; those looked at took {median(took):.1f} s (longest {took[-1]:.1f} s).")
