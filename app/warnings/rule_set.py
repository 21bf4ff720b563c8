"""The rule set: after how many minutes without an acknowledgement who is told, by severity. It holds for warnings issued later."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app import history
from app.errors import Forbidden, Invalid
from app.languages import gettext as _
from app.permissions import By, Permission
from app.warnings import board_queries as queries
from app.warnings.models import ACTIONS, SEVERITIES

MOST_MINUTES = 7 * 24 * 60


def demand_right(by: By) -> None:
    """Operators and administrators who are limited to no country: the rules are one set for all. Raises Forbidden."""
    rights = (Permission.WARNING_ISSUE, Permission.FEED_MANAGE)
    if not any(right in by.rights and by.rights[right] is None for right in rights):
        raise Forbidden(_("The rules are written by operators and administrators of the Centre."))


def shown(db: Session, typed: Mapping[str, Sequence[str]] = {}) -> list[dict[str, Any]]:
    """A row for each severity: the minutes of each action, as they are or as they were typed."""
    now = queries.rules(db)
    return [
        {"severity": severity, "minutes": {action: field(now, typed, severity, action) for action in ACTIONS}}
        for severity in SEVERITIES
    ]


def field(now: Mapping[tuple[str, str], Any], typed: Mapping[str, Sequence[str]], severity: str, action: str) -> str:
    if texts := typed.get(f"{severity}.{action}"):
        return texts[0]
    return str(now[severity, action].after_minutes or "")


def change(db: Session, by: By, typed: Mapping[str, Sequence[str]]) -> None:
    """Put what was typed into the rules; an empty field is a step that is not taken. Raises Invalid."""
    now, wrong, wanted = queries.rules(db, lock=True), [], {}
    for severity, action in now:
        try:
            wanted[severity, action] = minutes((typed.get(f"{severity}.{action}") or [""])[0])
        except ValueError as error:
            wrong.append({"field": f"{severity}.{action}", "message": str(error)})
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    before = {f"{severity} {action}": rule.after_minutes for (severity, action), rule in now.items()}
    for key, rule in now.items():
        rule.after_minutes = wanted[key]
    after = {f"{severity} {action}": value for (severity, action), value in wanted.items()}
    if before != after:
        db.flush()
        was, become = history.changes(before, after)
        history.record(db, by, "rules changed", "warning_rules", None, before=was, after=become, visibility="centre")


def minutes(text: str) -> int | None:
    """Raises ValueError with what to do."""
    if not text.strip():
        return None
    if not text.strip().isdecimal() or not 1 <= int(text) <= MOST_MINUTES:
        raise ValueError(_("Write whole minutes from 1 to %(most)s, or nothing.") % {"most": MOST_MINUTES})
    return int(text)
