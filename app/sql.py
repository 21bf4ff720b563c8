"""SQL text with its values, composed from fragments that stand in the code; what a caller sends is only ever a value."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Sql(NamedTuple):
    """A statement and the values of its `%(name)s` places.

    `planned_anew`: for each set of values, where one plan for all of them would be right for some and slow for others.
    """

    text: str
    values: dict[str, Any]
    planned_anew: bool = False


def all_of(conditions: Iterable[str]) -> str:
    """The conditions joined by AND; TRUE where there is none."""
    return "\n  AND ".join(conditions) or "TRUE"
