"""What people see on the terminal: one plain line each, progress as it happens."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Refused(Exception):
    """A command cannot do what was asked. The message is one clear sentence; the exit code is 1."""


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what begins, and how long it took when it ends."""
    began = time.monotonic()
    print(f"{what} … ", end="", file=sys.stderr, flush=True)
    try:
        yield
    except BaseException:
        say("failed")
        raise
    say(f"done in {time.monotonic() - began:.1f} s")
