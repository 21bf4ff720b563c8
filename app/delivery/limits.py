"""How many requests an address or an API key may make in a minute. Each worker counts for itself: a guard against floods,
no quota.

Whoever sends no key counts by address. A key that has been let in counts by itself alone, so that programs behind one proxy
do not starve one another; before that, and once it is refused, its requests count by address too: keys can be made up.
"""

import hashlib
import time
from dataclasses import dataclass

MINUTE = 60
MOST_ADDRESSES = 50_000
MOST_KEYS = 10_000

Header = tuple[bytes, bytes]


@dataclass(frozen=True)
class Budget:
    """What is left of an address's or a key's minute, and the headers that say so."""

    allowed: bool
    seconds_left: int
    headers: list[Header]
    left: int = 0


class Limits:
    """Counts requests in windows of a minute; a limit of 0 counts nothing."""

    free = Budget(True, 0, [])

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self.policy = policy("default", per_minute)
        self.policy_of_keys = policy("key", per_minute)
        self.window, self.counts = 0, dict[str | bytes, int]()
        self.let_in = dict[bytes, None]()  # keys, in the order in which they came

    def count(self, address: str) -> Budget:
        return self.spend(address, "default", self.policy) if self.per_minute else self.free

    def count_key(self, key: bytes, address: str) -> Budget:
        """The tighter of the two budgets, for a key that nobody has let in yet."""
        if not self.per_minute:
            return self.free
        if key in self.let_in:
            return self.spend(key, "key", self.policy_of_keys)
        of_address = self.count(address)
        if not of_address.allowed:
            return of_address
        return min(of_address, self.spend(key, "key", self.policy_of_keys), key=lambda budget: budget.left)

    def spend(self, bucket: str | bytes, name: str, policy: Header) -> Budget:
        now = time.monotonic()
        if now - self.window >= MINUTE or len(self.counts) > MOST_ADDRESSES:
            self.window, self.counts = int(now), {}
        used = self.counts[bucket] = self.counts.get(bucket, 0) + 1
        wait = max(1, MINUTE - int(now - self.window))
        left = self.per_minute - used
        said = (b"ratelimit", b'"%s";r=%d;t=%d' % (name.encode(), max(0, left), wait))
        if left >= 0:
            return Budget(True, wait, [policy, said], left)
        return Budget(False, wait, [policy, said, (b"retry-after", b"%d" % wait)], left)

    def learn(self, key: bytes, status: int) -> None:
        """What the door-keeper said to a key. Only success is a proof: not everything that fails was looked at."""
        if status < 400:
            self.let_in.setdefault(key)
            if len(self.let_in) > MOST_KEYS:
                del self.let_in[next(iter(self.let_in))]
        elif status == 401:
            self.let_in.pop(key, None)


def policy(name: str, per_minute: int) -> Header:
    return b"ratelimit-policy", b'"%s";q=%d;w=%d' % (name.encode(), per_minute, MINUTE)


def key_of(authorization: bytes) -> bytes:
    """What stands for a key in memory: nothing that could be sent, and the same however the header is spaced."""
    token = (authorization.decode("latin-1").split() or [""])[-1]
    return hashlib.blake2b(token.encode(), digest_size=16).digest()
