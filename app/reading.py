"""The door for hot reads: one statement on an async connection; PostgreSQL builds the JSON and its bytes pass untouched."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Request
from psycopg.adapt import Loader
from psycopg_pool import AsyncConnectionPool

from app.settings import Settings
from app.sql import Sql
from app.versions import Snapshot, Versions, read

Row = tuple[Any, ...]

EXPORTS_AT_ONCE = 3
ROWS_A_TURN = 20
OPTIONS = "-c default_transaction_read_only=on -c timezone=UTC -c jit=off"


class AsBytes(Loader):
    """JSON stays the bytes PostgreSQL wrote."""

    def load(self, data: Any) -> bytes:
        return bytes(data)


async def prepare_connection(connection: psycopg.AsyncConnection) -> None:
    connection.adapters.register_loader("json", AsBytes)
    connection.prepare_threshold = 1


def pool_of(url: str, size: int, options: str, **more: Any) -> AsyncConnectionPool:
    return AsyncConnectionPool(
        url,
        min_size=0,
        max_size=size,
        kwargs={"autocommit": True, "options": options},
        configure=prepare_connection,
        timeout=5,
        reconnect_timeout=2,  # then the next visitor tries; the pool itself would wait ever longer, to five minutes
        open=False,
        **more,
    )


class Reader:
    """Reads of one process: a pool of read-only connections and the versions of what they read."""

    def __init__(self, settings: Settings) -> None:
        options = f"{OPTIONS} -c statement_timeout={settings.statement_timeout_s}s"
        self.versions = Versions(settings.database_url)
        self._held: dict[str, tuple[tuple[int, ...], list[Row]]] = {}
        self.pool = pool_of(settings.database_url, settings.pool_size, options)
        # Downloads go at the pace of whoever reads them: they must not take the connections of everybody else
        self.exports = pool_of(
            settings.database_url,
            EXPORTS_AT_ONCE,
            f"{options} -c idle_in_transaction_session_timeout=60s",
            check=AsyncConnectionPool.check_connection,  # a file that has begun cannot be asked for twice
        )

    async def start(self) -> None:
        await self.pool.open()
        await self.exports.open()
        await self.versions.start()

    async def stop(self) -> None:
        await self.versions.stop()
        await self.exports.close()
        await self.pool.close()

    async def row(self, statement: Sql) -> Row | None:
        """The first row of the answer, or None."""
        return await (await self.ask(statement)).fetchone()

    async def rows(self, statement: Sql) -> list[Row]:
        return await (await self.ask(statement)).fetchall()

    async def ask(self, statement: Sql, again: bool = True) -> psycopg.AsyncCursor[Row]:
        """The answer, whole. There is no transaction to end, so `pool.connection()`, which ends one, is not needed."""
        db = await self.pool.getconn()
        try:
            return await db.execute(statement.text, statement.values, prepare=False if statement.planned_anew else None)
        except psycopg.OperationalError:
            if not (db.closed and again):
                raise
        finally:
            await self.pool.putconn(db)
        # The database was started anew, so the other connections are of no use either. A read can be asked twice
        await self.pool.check()
        return await self.ask(statement, again=False)

    async def held(self, statement: str, layers: Iterable[str]) -> list[Row]:
        """The rows of a small list, asked for again only when one of its layers has changed."""
        version = self.versions.now.of(layers)
        if not self.versions.listening or self._held.get(statement, ((), []))[0] != version:
            self._held[statement] = (version, await self.rows(Sql(statement, {})))
        return self._held[statement][1]

    async def json(self, statement: Sql) -> Any:
        """The first column of the first row, parsed: what pages show is what programs get."""
        found = await self.row(statement)
        return json.loads(found[0]) if found and found[0] is not None else None

    async def stream(self, statement: Sql, at_a_time: int = 500) -> AsyncIterator[Row]:
        """Row by row in constant memory, by a cursor of the database."""
        async with self.exports.connection() as db, db.transaction(), db.cursor("export") as cursor:
            cursor.itersize = at_a_time
            await cursor.execute(statement.text, statement.values)
            row = 0
            async for found in cursor:
                yield found
                row += 1
                if row % ROWS_A_TURN == 0:
                    await asyncio.sleep(0)  # writing rows is work: other visitors come in between

    async def snapshot(self) -> Snapshot:
        """The versions to date an answer with: held in memory, or asked for while nobody listens."""
        if self.versions.listening:
            return self.versions.now
        await self.pool.check()  # what broke the ear has perhaps broken these, too
        async with self.pool.connection() as db:
            return await read(db)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Reader]:
    reader = Reader(settings)
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def reader_of(request: Request) -> Reader:
    reader: Reader = request.app.state.reader
    return reader


HotDb = Annotated[Reader, Depends(reader_of)]
