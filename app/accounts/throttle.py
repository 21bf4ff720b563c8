"""Guessing is slow: after some failures there is a wait of 15 s, which doubles with each further one, up to 15 minutes.

Failures are counted by account and by address, in the database, so that all workers agree. A browser in which the person has
signed in before is counted by itself: whoever hammers an account from elsewhere does not slow it, nor passkeys, nor
recovery. Nothing is ever locked, and failures are forgiven, one each quarter of an hour.
"""

import hmac
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import AppError
from app.languages import ngettext
from app.people.models import SignInFailure
from app.settings import settings

SHORTEST, LONGEST = timedelta(seconds=15), timedelta(minutes=15)
FORGIVEN = timedelta(minutes=15)  # so long for one failure
KEPT = timedelta(days=1)
DOUBLINGS = 6  # of SHORTEST are more than LONGEST


class Throttled(AppError):
    """Too many failures of late."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(told(seconds))
        self.headers = {"Retry-After": str(seconds)}


def told(seconds: int) -> str:
    if seconds < 60:
        return ngettext(
            "There were too many wrong attempts. Try again in %(n)s second.",
            "There were too many wrong attempts. Try again in %(n)s seconds.",
            seconds,
        ) % {"n": seconds}
    minutes = math.ceil(seconds / 60)
    return ngettext(
        "There were too many wrong attempts. Try again in %(n)s minute.",
        "There were too many wrong attempts. Try again in %(n)s minutes.",
        minutes,
    ) % {"n": minutes}


@dataclass(frozen=True)
class Counter:
    """What failures are counted by, and how many of them are free. `shared` by many people: one's success forgives only one."""

    name: str
    free: int = 5
    shared: bool = False

    @property
    def bucket(self) -> bytes:
        """A keyed hash: the table tells nobody who tried what."""
        return hmac.digest(settings().secret_key.encode(), self.name.encode(), "sha256")


def counters(what: str, who: str, device: bytes | None, address: str) -> list[Counter]:
    """Of an attempt at `what` (a password, a code) of `who`, known or not: by the browser if it is known, or by both others."""
    if device is not None:
        return [Counter(f"{what} device {device.hex()}")]
    return [Counter(f"{what} account {who}"), Counter(f"{what} address {network_of(address)}", free=20, shared=True)]


def network_of(address: str) -> str:
    """Whoever has one IPv6 address has 2^64 of them."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else address


def begin(db: Session, by: list[Counter]) -> None:
    """Count an attempt as failed, before anybody looks: of many at once none slips through. Raises Throttled, counting nothing."""
    rows = [lock(db, counter) for counter in sorted(by, key=lambda counter: counter.bucket)]
    now = db.scalars(select(func.clock_timestamp())).one()
    wait = max((row.wait_until - now).total_seconds() for row in rows)
    if wait > 0:
        raise Throttled(math.ceil(wait))
    free = {counter.bucket: counter.free for counter in by}
    for row in rows:
        count(row, free[row.bucket], now)
    db.flush()


def lock(db: Session, counter: Counter) -> SignInFailure:
    now = func.clock_timestamp()
    fresh = insert(SignInFailure).values(bucket=counter.bucket, failures=0, last_at=now, wait_until=now)
    db.execute(fresh.on_conflict_do_nothing())
    asked = select(SignInFailure).where(SignInFailure.bucket == counter.bucket).with_for_update()
    return db.scalars(asked.execution_options(populate_existing=True)).one()


def count(row: SignInFailure, free: int, now: datetime) -> None:
    forgiven = (now - row.last_at) // FORGIVEN
    row.failures = min(max(0, row.failures - forgiven) + 1, free + DOUBLINGS)
    row.last_at = now
    row.wait_until = now + wait_after(row.failures, free)


def wait_after(failures: int, free: int) -> timedelta:
    over = failures - free
    return min(SHORTEST * 2**over, LONGEST) if over >= 0 else timedelta()


def passed(db: Session, by: list[Counter]) -> None:
    """It was right: what was counted before it was known is taken back."""
    for counter in sorted(by, key=lambda counter: counter.bucket):
        row = lock(db, counter)
        row.failures = max(0, row.failures - 1) if counter.shared else 0
        row.wait_until = row.last_at
    db.flush()


def forget_old(db: Session) -> None:
    """A job's work: counts that are forgiven long since."""
    db.execute(delete(SignInFailure).where(SignInFailure.last_at < func.clock_timestamp() - KEPT))
