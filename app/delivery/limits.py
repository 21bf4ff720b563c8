"""How many requests an address may make in a minute. Each worker counts for itself: a guard against floods, no quota."""

import time
from dataclasses import dataclass

MINUTE = 60
MOST_ADDRESSES = 50_000


@dataclass(frozen=True)
class Budget:
    """What is left of an address's minute, and the headers that say so."""

    allowed: bool
    seconds_left: int
    headers: list[tuple[bytes, bytes]]


class Limits:
    """Counts requests by address in windows of a minute; a limit of 0 counts nothing."""

    free = Budget(True, 0, [])

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self.policy = (b"ratelimit-policy", b'"default";q=%d;w=%d' % (per_minute, MINUTE))
        self.window, self.counts = 0, dict[str, int]()

    def count(self, address: str) -> Budget:
        if not self.per_minute:
            return self.free
        now = time.monotonic()
        if now - self.window >= MINUTE or len(self.counts) > MOST_ADDRESSES:
            self.window, self.counts = int(now), {}
        used = self.counts[address] = self.counts.get(address, 0) + 1
        wait = max(1, MINUTE - int(now - self.window))
        left = (b"ratelimit", b'"default";r=%d;t=%d' % (max(0, self.per_minute - used), wait))
        if used <= self.per_minute:
            return Budget(True, wait, [self.policy, left])
        return Budget(False, wait, [self.policy, left, (b"retry-after", b"%d" % wait)])
