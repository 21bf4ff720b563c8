"""A portal that did not write itself learns of a change a moment later: tests wait for it, no longer than they must."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def soon(ask: Callable[[], T], fits: Callable[[T], bool], within: float = 30) -> T:
    """What `ask` answers, asked again until it fits or the time is over."""
    end = time.monotonic() + within
    while True:
        answer = ask()
        if fits(answer) or time.monotonic() > end:
            return answer
        time.sleep(0.002)
