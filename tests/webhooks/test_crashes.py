"""Whoever dies between sending and noting sends it again under the same id; two processes send each message once."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cluster import SERVING, Cluster
from app.queue import _at_work, work
from app.settings import Settings
from app.webhooks import delivering
from app.webhooks.models import Delivery
from tests.announcements.happening import Happening
from tests.conftest import ROOT, settings_for
from tests.make import make_webhook
from tests.webhooks.receivers import Receiver, receiving

Run = Callable[[], None]
Later = Callable[[float], None]


def test_killed_between_sending_and_noting(
    db: Session, happening: Happening, receiver: Receiver, deliver: Run, later: Later, cluster: Cluster, database: str
) -> None:
    webhook = make_webhook(db, receiver.url)
    db.commit()
    happening.log()
    happening.hand_on()
    _at_work.set(settings_for(cluster, database))
    taken, _more = delivering.take(webhook.id)
    asyncio.run(delivering.send(taken[0], private=True))  # and here it dies
    deliver()
    assert len(receiver.got) == 1
    later(0.02)
    deliver()
    first, second = (headers["webhook-id"] for headers, _body in receiver.got)
    assert first == second
    assert db.scalars(select(Delivery)).one().state == "delivered"


def test_two_processes_send_each_message_once(
    db: Session, happening: Happening, cluster: Cluster, database: str
) -> None:
    with receiving(Receiver()) as one, receiving(Receiver()) as other:
        for receiver in (one, other):
            make_webhook(db, receiver.url)
        db.commit()
        for _ in range(12):
            happening.log()
        happening.hand_on()
        program = "import tests.webhooks.test_crashes as test; test.work_alone()"
        environment = os.environ | {"DATABASE_URL": cluster.url(database, SERVING), "ALLOW_PRIVATE_ADDRESSES": "1"}
        both = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment) for _ in range(2)]
        assert [process.wait() for process in both] == [0, 0]
        for receiver in (one, other):
            ids = [headers["webhook-id"] for headers, _body in receiver.got]
            assert len(ids) == len(set(ids)) == 12


def work_alone() -> None:
    asyncio.run(work(Settings(), until_empty=True))
