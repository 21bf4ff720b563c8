"""A record as the cells of a row: nested fields by their path, several values in one cell separated by semicolons."""

from typing import Any

Cell = str | int | float | bool | None


def cell(record: Any, path: str) -> Cell:
    """`organisation.code` of {"organisation": {"code": "X"}} is X; `countries.iso3` of a list is "KAZ; KGZ"."""
    found = reach(record, path.split("."))
    if isinstance(found, list):
        return "; ".join(str(one) for one in found if one is not None)
    value: Cell = found
    return value


def reach(thing: Any, path: list[str]) -> Any:
    if not path or thing is None:
        return thing
    if isinstance(thing, list):
        if path[0].isdigit():  # a coordinate, not one of many
            return reach(thing[int(path[0])], path[1:])
        return [reach(one, path) for one in thing]
    return reach(thing.get(path[0]), path[1:])
