"""The open pages that listen to this process, and what they are told: that a layer changed, never what.

All of it comes from the versions that the process holds in memory anyway (app/versions.py): an open page costs no query and no
connection to the database, only its socket. What changed, the page asks for as anybody does, with its rights of that moment.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from secrets import randbelow

from app.errors import Overloaded, TooMany
from app.languages import gettext as _
from app.permissions import By, layers_seen
from app.versions import Snapshot, Versions

HEARTBEAT_S = 20  # proxies cut off what is silent for a minute
PAUSE_S = 1  # many changes in a row are told as one
KNOWN_S = 300  # then whoever signed in asks anew, and is looked at again: a session may have ended, rights have changed
NOBODY_S = 3600
MOST = 10_000  # of one process, whoever they come from
RETRY_MS = 2_000  # and up to as much again, by chance: not all come back at once when a process stops


class Streams:
    """The streams of one process: so many from one address, and no longer than the process lives."""

    def __init__(self, per_address: int) -> None:
        self.per_address = per_address
        self.open = Counter[str]()
        self.stopping = False

    def stop(self, versions: Versions) -> None:
        """Let all of them end; the pages come back to another process."""
        self.stopping = True
        versions.wake()

    def refuse_too_many(self, address: str) -> None:
        """Raises TooMany for an address that has its share, Overloaded where the process has."""
        if self.per_address and self.open[address] >= self.per_address:
            raise TooMany(_("Too many open pages listen from this address: close some of them."))
        if self.open.total() >= MOST or self.stopping:
            raise Overloaded(_("The portal is too busy to answer this now. Try again in a moment."))

    @contextmanager
    def counted(self, address: str) -> Iterator[None]:
        self.open[address] += 1
        try:
            yield
        finally:
            self.open[address] -= 1
            if not self.open[address]:
                del self.open[address]

    async def told(
        self, versions: Versions, by: By, layers: Sequence[str], since: str, address: str
    ) -> AsyncIterator[bytes]:
        """What one page hears until it leaves, its time is over or the process stops."""
        seen = layers_seen(by, layers)
        ends_at = time.monotonic() + (KNOWN_S if by.is_known else NOBODY_S)
        with self.counted(address):
            known = stamp(versions.now, seen)
            yield greeting(versions.now, seen, known)
            if since and since != known and versions.listening:
                yield message("changed", known, changed(since, known))
            while not self.stopping and time.monotonic() < ends_at:
                now = stamp(versions.now, seen)
                if now != known and versions.listening:
                    yield message("changed", now, changed(known, now))
                    known = now
                    await asyncio.sleep(PAUSE_S)
                elif not await is_news(versions, min(HEARTBEAT_S, ends_at - time.monotonic())):
                    yield b":\n\n"


async def is_news(versions: Versions, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await versions.next()
    except TimeoutError:
        return False
    return True


def stamp(now: Snapshot, seen: Sequence[str]) -> str:
    """The versions of these layers, as a page gives them back: `events=12;events/partners=3`."""
    return ";".join(f"{layer}={version}" for layer, version in zip(seen, now.of(seen), strict=True))


def changed(before: str, now: str) -> str:
    """The layers that are another version now; all of them to whom other audiences' changes are told than before."""
    parts, had = now.split(";"), set(before.split(";"))
    news = [part for part in parts if part not in had] or parts
    return ",".join(dict.fromkeys(part.partition("=")[0].partition("/")[0] for part in news))


def greeting(now: Snapshot, seen: Sequence[str], known: str) -> bytes:
    """When to come back after a break, and how many milliseconds ago something last changed: a page that was asked for
    earlier than that may show what was before."""
    changed_at = now.changed_at(seen)
    ago = (datetime.now(UTC) - changed_at).total_seconds() * 1000 if changed_at else None
    retry = f"retry: {RETRY_MS + randbelow(RETRY_MS)}\n".encode()
    return retry + message("hello", known, json.dumps({"changed_ms_ago": ago and max(0, round(ago))}))


def message(event: str, id: str, data: str) -> bytes:
    return f"event: {event}\nid: {id}\ndata: {data}\n\n".encode()
