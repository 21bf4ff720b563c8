"""A portal that did not write itself learns of a change within 100 milliseconds: tests wait so long, no longer."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def soon(ask: Callable[[], T], fits: Callable[[T], bool], within: float = 0.1) -> T:
    """What `ask` answers, asked again until it fits or the time is over."""
    end = time.monotonic() + within
    while True:
        answer = ask()
        if fits(answer) or time.monotonic() > end:
            return answer
        time.sleep(0.002)
