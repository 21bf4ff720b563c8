"""What works in the background, as one process beside the server: a short list of jobs, each done every so often.

Several processes may run this on one database: a job is done by whoever gets its lock, the others leave it. What waits for
machines elsewhere works apart, in a thread of its own, so that the others never wait for it; what is asked for piece by piece
waits in the queue (app/queue.py), which has a thread as well.
"""

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts import ceremonies, links, recovery, sessions, throttle
from app.announcements import actions as announcements
from app.db import transaction
from app.entry_points import actions as entry_points
from app.idempotency import forget_old_answers
from app.inbox import sorting
from app.intake import pulling
from app.mail import actions as mail
from app.offers import actions as offers
from app.queue import forget_old as forget_old_work
from app.queue import work as work_off_queue
from app.settings import settings
from app.subscriptions import mailing
from app.trail.actions import SEALED_AT_ONCE, seal
from app.warnings import escalation
from app.webhooks import delivering

log = structlog.get_logger()
QUEUE_AGAIN_S = 2
GRACE_S = 5  # what is being sent when we are to stop may go out yet
LOCKS = 2014  # the namespace of the jobs' advisory locks


@dataclass(frozen=True)
class Job:
    name: str
    every_s: float
    run: Callable[[Session], object]
    apart: bool = False


def compact_layer_changes(db: Session) -> None:
    """Each statement that changes a layer appends a row; many become one with the same sum."""
    db.execute(text("SELECT compact_layer_changes()"))


def compact_capacity_cells(db: Session) -> None:
    """Each change of a capacity appends rows to the cells of the map; the rows of a cell become one with the same sum."""
    db.execute(text("SELECT compact_capacity_cells()"))


def seal_history(db: Session) -> None:
    """Link what was done since the last time; what is more than one turn takes waits for the next, seconds later."""
    while seal(db) == SEALED_AT_ONCE:
        pass


def forget_sign_ins(db: Session) -> None:
    """Sessions and steps of signing in that have ended, and failures that are forgiven."""
    sessions.forget_ended(db)
    ceremonies.forget_old(db)
    throttle.forget_old(db)
    links.forget_old(db)


def hand_on_announcements(db: Session) -> None:
    """Tell those who keep subscribers what was done since the last time."""
    announcements.hand_on(db, (delivering.keep, mailing.keep))


JOBS = (
    Job("seal_history", 5, seal_history),
    Job("compact_layer_changes", 60, compact_layer_changes),
    Job("compact_capacity_cells", 300, compact_capacity_cells),
    Job("answer_recoveries", 2, recovery.answer_asked),
    Job("send_mails", 2, mail.send_due, apart=True),
    Job("hand_on_announcements", 2, hand_on_announcements, apart=True),
    Job("ask_for_deliveries", 5, delivering.ask_for_due),
    Job("mail_subscribers", 10, mailing.mail_due),
    Job("forget_announcements", 3600, announcements.forget_old),
    Job("forget_deliveries", 3600, delivering.forget_old),
    Job("forget_mailings", 3600, mailing.forget_old),
    Job("pull_feeds", 5, pulling.put_due),
    Job("prune_feeds", 3600, pulling.prune),
    Job("sort_inbox", 30, sorting.ask_for_sorting),
    Job("forget_candidates", 3600, sorting.forget_old),
    Job("escalate_warnings", 5, escalation.escalate),
    Job("tell_expired_warnings", 5, escalation.tell_expired),
    Job("tell_turned_entry_points", 60, entry_points.tell_turned),
    Job("forget_warning_letters", 3600, escalation.forget_letters),
    Job("lapse_offers", 30, offers.lapse_due),
    Job("forget_sign_ins", 300, forget_sign_ins),
    Job("forget_old_answers", 3600, forget_old_answers),
    Job("forget_mails", 3600, mail.forget_old),
    Job("forget_old_work", 3600, forget_old_work),
)


def work(jobs: tuple[Job, ...] = JOBS) -> None:
    """Do each job when it is due, until SIGTERM or SIGINT. A job that fails is logged and tried again next time."""
    stopping = threading.Event()
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, lambda *_: stopping.set())
    apart = [threading.Thread(target=take_turns, args=[(job,), stopping], daemon=True) for job in jobs if job.apart]
    apart.append(threading.Thread(target=keep_queue, args=[stopping], daemon=True))
    for thread in apart:
        thread.start()
    take_turns(tuple(job for job in jobs if not job.apart), stopping)
    for thread in apart:
        thread.join(GRACE_S)


def keep_queue(stopping: threading.Event) -> None:
    """Work off the queue until we are to stop; a database that is away is waited for."""
    while not stopping.is_set():
        try:
            asyncio.run(work_until(stopping))
        except Exception:
            log.exception("the queue stopped")
            stopping.wait(QUEUE_AGAIN_S)


async def work_until(stopping: threading.Event) -> None:
    working = asyncio.create_task(work_off_queue(settings()))
    stopped = asyncio.create_task(asyncio.to_thread(stopping.wait))
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not working.done():
        working.cancel()
        await asyncio.wait({working})
    elif error := working.exception():
        raise error


def take_turns(jobs: tuple[Job, ...], stopping: threading.Event) -> None:
    due = dict.fromkeys(jobs, time.monotonic())
    while not stopping.is_set():
        job = min(due, key=lambda job: due[job])
        if stopping.wait(max(0.0, due[job] - time.monotonic())):
            return
        attempt(job)
        due[job] = time.monotonic() + job.every_s


def attempt(job: Job) -> None:
    try:
        with transaction() as db:
            if _is_mine(db, job):
                job.run(db)
    except Exception:
        log.exception("job failed", job=job.name)


def _is_mine(db: Session, job: Job) -> bool:
    asked = text("SELECT pg_try_advisory_xact_lock(:locks, hashtext(:name))")
    return bool(db.execute(asked, {"locks": LOCKS, "name": job.name}).scalar_one())
