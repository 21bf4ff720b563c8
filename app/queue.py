"""Work that waits in the database until a background process does it: whole after a crash, done by one process at a time.

A room names its work by `@queue.task(name="intake.pull", queue="feeds")` and asks for it by `put()`, in the transaction of
the change that makes it necessary. Who does the work may be killed in the middle of it, so every task can be done twice.
Inside a task `at_work()` are the settings, and `transaction_at_work()` opens a transaction; both run well in a thread.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager, AsyncExitStack
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import PATIENCE, engine, transaction
from app.settings import Settings

log = structlog.get_logger()

# How much of each kind is under way at once in one process. What waits long for machines elsewhere has a queue of its own,
# and receivers that fail already wait in one beside those that answer. Waiting costs a socket each and no thread, so there are
# many places: each receiver that falls silent keeps one for ten seconds, once.
QUEUES: Mapping[str, int] = {"feeds": 4, "webhooks": 400, "webhooks_failing": 10, "notices": 2}
UNHURRIED_S = 3600.0
GRACE_S = (
    5.0  # what is under way when we are to stop may be finished; beyond that whoever asked for it has to ask again
)
STALLED_AFTER_S = 30  # without a sign of life of the process that took a job

_at_work: ContextVar[Settings] = ContextVar("at_work")
queue = App(connector=PsycopgConnector())  # no connection yet: `work` opens some
asking = App(connector=PsycopgConnector())  # never has one, so that `put` brings its own, inside a task as well


def put(
    db: Session,
    task: Task[Any, Any, Any] | str,
    *,
    once: str | None = None,
    lock: str | None = None,
    at: datetime | None = None,
    **arguments: Any,
) -> bool:
    """Ask for a task, in the caller's transaction; it is done after the commit, from `at` on. The arguments are JSON.

    A room calls a task of one above it by its name. `once`: not while the like waits already (answers False then).
    `lock`: never two with the same lock at a time.
    """
    try:
        with db.begin_nested():  # that the like waits already shows as an error of the database
            connection = db.connection().connection.driver_connection
            options: dict[str, Any] = {"connection": connection, "queueing_lock": once, "lock": lock, "schedule_at": at}
            known = queue.tasks.get(task) if isinstance(task, str) else task
            name, lane = (known.name, known.queue) if known else (str(task), "default")
            asking.configure_task(name, queue=lane, **options).defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True


def at_work() -> Settings:
    """The settings of the portal whose queue is being worked off."""
    return _at_work.get()


def transaction_at_work() -> AbstractContextManager[Session]:
    """One unit of work on the database whose queue is being worked off."""
    return transaction(engine(at_work().database_url, PATIENCE))


async def work(config: Settings, *, until_empty: bool = False) -> None:
    """Do what waits in all queues of a portal, for ever; or until nothing that is due is left."""
    _at_work.set(config)
    async with AsyncExitStack() as stack:
        connector = PsycopgConnector(conninfo=config.database_url, min_size=1, max_size=8)
        opened = stack.enter_context(queue.replace_connector(connector))
        await stack.enter_async_context(opened.open_async())
        await free_stalled(opened)
        if not until_empty:
            await asyncio.gather(run_workers(opened, GRACE_S), keep_freeing_stalled(opened))
        while await is_anything_due(opened):  # what is done may ask for more, of a queue that was empty before
            await run_workers(opened, UNHURRIED_S, wait=False)


async def run_workers(opened: App, grace_s: float, *, wait: bool = True) -> None:
    workers = [
        opened.run_worker_async(
            queues=[name], name=name, concurrency=concurrency, wait=wait,
            install_signal_handlers=False, delete_jobs="successful", shutdown_graceful_timeout=grace_s,
        )
        for name, concurrency in QUEUES.items()
    ]  # fmt: skip
    await asyncio.gather(*workers)


async def is_anything_due(opened: App) -> bool:
    """Whether something waits whose time has come, and whose lock nobody holds."""
    due = """SELECT EXISTS (SELECT FROM procrastinate_jobs job WHERE status = 'todo' AND queue_name = ANY (%(queues)s)
        AND (scheduled_at IS NULL OR scheduled_at <= now()) AND NOT EXISTS (
            SELECT FROM procrastinate_jobs other WHERE other.lock = job.lock AND other.status = 'doing')) AS is_due"""
    found = await opened.connector.execute_query_one_async(due, queues=list(QUEUES))
    return bool(found["is_due"])


async def keep_freeing_stalled(opened: App) -> None:
    while True:
        await asyncio.sleep(STALLED_AFTER_S)
        await free_stalled(opened)


async def free_stalled(opened: App) -> None:
    """What a process had taken that is no more goes back to the queue."""
    await opened.job_manager.prune_stalled_workers(STALLED_AFTER_S)
    for job in await opened.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
        log.warning("a job is taken up again", task=job.task_name, job=job.id)
        await opened.job_manager.retry_job(job)


def forget_old(db: Session) -> None:
    """A job's work: what failed or was broken off is kept for a month, for whoever looks into it."""
    db.execute(
        text("""
        DELETE FROM procrastinate_jobs job WHERE status NOT IN ('todo', 'doing') AND NOT EXISTS (
            SELECT FROM procrastinate_events WHERE job_id = job.id AND at > now() - interval '30 days')""")
    )
