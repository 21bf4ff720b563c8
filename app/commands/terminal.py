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
    """Say what begins, and how long it took when it ends; on one line where a person watches it grow."""
    began = time.monotonic()
    watched = sys.stderr.isatty()
    print(f"{what} … ", end="" if watched else "\n", file=sys.stderr, flush=True)
    again = "" if watched else f"{what}: "
    try:
        yield
    except Exception:
        say(f"{again}failed")
        raise
    except BaseException:
        say(f"{again}stopped")
        raise
    say(f"{again}done in {time.monotonic() - began:.1f} s")
