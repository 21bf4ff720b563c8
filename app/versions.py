"""Which version each layer of data has, held in memory by LISTEN and NOTIFY.

A version is the sum of a layer's bumps in `layer_changes`, known to a worker only after the commit that made it. So an
answer can be newer than its version says, never older. A worker that is not listening knows nothing and caches nothing.
What not everybody may see bumps a layer of its own, `capacities/partners`, `/centre` or `/own`: it gives no public answer a
new version.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
import structlog

log = structlog.get_logger()

LAYERS = (
    "reference",
    "places",
    "people",
    "events",
    "capacities",
    "stock",
    "warnings",
    "inbox",
    "equipment",
    "entry_points",
    "requests",
    "offers",
    "deployments",
)


# A database at the other end of a cut cable is noticed within seconds, not after the two hours that TCP gives it
NOTICE_SILENCE: dict[str, Any] = {
    "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000, "connect_timeout": 5,
}  # fmt: skip


@dataclass(frozen=True)
class Snapshot:
    """The versions at one moment. Captured before a query, it dates the query's answer."""

    bumps: dict[str, int] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    nothing_before: datetime | None = None

    def of(self, layers: Iterable[str]) -> tuple[int, ...]:
        return tuple(self.bumps.get(layer, 0) for layer in layers)

    def synced_to(self, layers: Iterable[str]) -> datetime | None:
        """A time before which no change of these layers can still commit: the last change, unless somebody is writing."""
        changed = self.changed_at(layers)
        return min(changed, self.nothing_before) if changed and self.nothing_before else self.nothing_before

    def changed_at(self, layers: Iterable[str]) -> datetime | None:
        return max((self.changed[layer] for layer in layers if layer in self.changed), default=None)


class Versions:
    """Keeps `now` true while `listening`. One a process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.now = Snapshot()
        self.listening = False
        self._task: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Listen before the first request comes, but do not wait long for a database that is away."""
        self._task = asyncio.create_task(self._keep_listening())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._heard.wait(), timeout=2)

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def next(self) -> None:
        """Comes back when something may have changed. However many wait, none of them asks the database."""
        await self._news.wait()

    def wake(self) -> None:
        """Whoever waits is to look again."""
        self._news.set()
        self._news = asyncio.Event()

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # whatever it was: not to listen on would be to keep old answers for ever
                log.warning("not listening to the database", error=str(error))
            finally:
                self.listening = False
            await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True, **NOTICE_SILENCE) as db:
            await db.execute("LISTEN layer_changes")
            self.now = await read(db)
            self.listening = True
            self._heard.set()
            self.wake()
            while True:
                async for _notice in db.notifies(stop_after=1):
                    pass
                self.now = await read(db)
                self.wake()


async def read(db: psycopg.AsyncConnection) -> Snapshot:
    """The versions as committed now. First the time, then the rows: see synced_to() in the database."""
    nothing_before = (await (await db.execute("SELECT synced_to()")).fetchone() or (None,))[0]
    rows = await (
        await db.execute("SELECT layer, sum(bumps)::bigint, max(changed_at) FROM layer_changes GROUP BY layer")
    ).fetchall()
    return Snapshot({layer: bumps for layer, bumps, _ in rows}, {layer: at for layer, _, at in rows}, nothing_before)
