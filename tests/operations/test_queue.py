"""Work in the queue: asked for with the change that needs it, done once by whoever comes first, never lost."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.cluster import SERVING, Cluster
from app.queue import forget_old, put, queue, transaction_at_work, work
from app.settings import Settings
from tests.conftest import ROOT

done: list[str] = []


@queue.task(name="tests.note", queue="feeds")
async def note(word: str) -> None:
    done.append(word)


@queue.task(name="tests.see", queue="feeds")
async def see(number: int) -> None:
    with transaction_at_work() as db:
        db.execute(text("INSERT INTO seen VALUES (:number)"), {"number": number})


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    done.clear()


def test_what_was_put_in_is_done_after_the_commit(db: Session, work_off: Callable[..., None]) -> None:
    put(db, note, word="first")
    work_off()
    assert done == []
    db.commit()
    work_off()
    assert done == ["first"]
    work_off()
    assert done == ["first"]


def test_what_was_rolled_back_is_never_done(db: Session, work_off: Callable[..., None]) -> None:
    put(db, note, word="never")
    db.rollback()
    work_off()
    assert done == []


def test_the_like_waits_only_once_and_the_transaction_goes_on(db: Session, work_off: Callable[..., None]) -> None:
    assert put(db, note, once="note", word="one")
    assert not put(db, note, once="note", word="two")
    assert db.scalar(text("SELECT 1")) == 1
    db.commit()
    work_off()
    assert done == ["one"]


def test_two_processes_do_each_job_once(db: Session, owner: Engine, cluster: Cluster, database: str) -> None:
    with owner.begin() as connection:
        connection.execute(text(f"CREATE TABLE seen (number int); GRANT INSERT ON seen TO {SERVING}"))
    for number in range(40):
        put(db, see, number=number)
    db.commit()
    program = "import tests.operations.test_queue as test; test.work_alone()"
    environment = os.environ | {"DATABASE_URL": cluster.url(database, SERVING)}
    both = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert list(db.scalars(text("SELECT number FROM seen ORDER BY number"))) == list(range(40))


def work_alone() -> None:
    asyncio.run(work(Settings(), until_empty=True))


def test_what_a_dead_process_had_taken_is_taken_up_again(
    db: Session, owner: Engine, work_off: Callable[..., None]
) -> None:
    put(db, note, word="again")
    db.commit()
    with owner.begin() as connection:
        connection.execute(
            text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
        )
        connection.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"
            )
        )
    work_off()
    assert done == ["again"]


def test_what_failed_is_forgotten_after_a_month(db: Session, owner: Engine, work_off: Callable[..., None]) -> None:
    put(db, "tests.nobody_knows_it", word="old")
    put(db, note, word="waiting", at=datetime.now(UTC) + timedelta(days=1))
    db.commit()
    with owner.begin() as connection:
        failed = "UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'tests.nobody_knows_it'"
        connection.execute(text(failed))
    forget_old(db)
    assert db.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 2
    with owner.begin() as connection:
        connection.execute(text("UPDATE procrastinate_events SET at = at - interval '31 days'"))
    db.rollback()
    forget_old(db)
    assert db.scalar(text("SELECT task_name FROM procrastinate_jobs")) == "tests.note"
