"""`./portal verify-history`: the whole chain computed anew, said in plain words."""

import re

from app.commands.terminal import Refused, say
from app.db import engine, transaction
from app.settings import settings
from app.trail.verification import Verdict
from app.trail.verification import verify as look

TOLD_AT_MOST = 50


def verify(head: str | None) -> bool:
    """Print what was found; False when something is wrong."""
    with transaction(engine(settings().owner_url)) as db:
        verdict = look(db, parsed(head) if head else None)
    for problem in verdict.problems[:TOLD_AT_MOST]:
        say(f"  !!  {problem}")
    if len(verdict.problems) > TOLD_AT_MOST:
        say(f"  !!  … and {len(verdict.problems) - TOLD_AT_MOST} more.")
    say(summary(verdict))
    return not verdict.problems


def summary(verdict: Verdict) -> str:
    tail = f"; not sealed yet: {ranges(verdict.waiting)}" if verdict.waiting else "; nothing waits to be sealed"
    at_end = f", the last is {verdict.links}:{verdict.head}" if verdict.links else ""
    found = f"{len(verdict.problems)} problems" if verdict.problems else "nothing was tampered with"
    return f"{verdict.links} links{at_end}: {found}{tail}."


def ranges(ids: list[int]) -> str:
    return f"row {ids[0]}" if len(ids) == 1 else f"{len(ids)} rows, {ids[0]} to {ids[-1]}"


def parsed(head: str) -> tuple[int, str]:
    if not re.fullmatch(r"\d+:[0-9a-f]{64}", head):
        raise Refused("--head is POSITION:HASH as /history/heads shows it, such as 4711:9f86d0….")
    position, _colon, hash = head.partition(":")
    return int(position), hash
