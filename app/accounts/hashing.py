"""A program of its own that hashes and compares passwords, one after the other, at the lowest priority.

Not a thread: one of the lowest priority would now and then hold Python's lock while the machine has no time for it, and the
whole worker would wait. `python -m app.accounts.hashing` reads questions as lines of JSON and answers each with one; it ends
when nobody can ask any more. argon2id as OWASP recommends: 19 MiB, 2 passes, 1 lane, about 30 ms.
"""

import json
import os
import secrets
import signal
import sys
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
LOWEST_PRIORITY = 19


def answer_to(question: dict[str, str | None], nobodys: str) -> dict[str, Any]:
    """{"password"} → {"hash"}; {"password", "kept"} → {"right", "better": a hash of today's parameters, where kept is of others}."""
    password, kept = (question["password"] or "").encode(errors="surrogatepass"), question.get("kept")
    if "kept" not in question:
        return {"hash": HASHER.hash(password)}
    right = is_right(kept or nobodys, password) and kept is not None
    better = HASHER.hash(password) if right and HASHER.check_needs_rehash(kept or "") else None
    return {"right": right, "better": better}


def is_right(kept: str, password: bytes) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def work() -> None:
    """Accounts without a password, or that do not exist, are compared with a hash that nobody knows: it costs the same."""
    os.nice(LOWEST_PRIORITY)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks
    nobodys = HASHER.hash(secrets.token_urlsafe())
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer_to(json.loads(line), nobodys)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    work()
