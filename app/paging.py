"""Keyset paging: a page begins after a row, not at a number, so deep pages cost what the first one costs.

A cursor says which row, in which ordering and direction; it is opaque to callers and checked like any other input.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from app.errors import Invalid
from app.filters import CAP, TableFilter, is_uuid
from app.languages import gettext as _
from app.settings import settings

DEFAULT_LIMIT = 50
RANKED_AT_MOST = 1000  # `q` and `near` end here


@dataclass(frozen=True)
class Key:
    """What a list is ordered by: an SQL expression that is never NULL, and its type."""

    sql: str
    type: str = "text"
    descending: bool = False

    def reversed(self) -> "Key":
        return Key(self.sql, self.type, not self.descending)


@dataclass(frozen=True)
class Cursor:
    """The row a page begins after; `seen` counts the rows before it in a list that ends after 1,000."""

    key: str
    id: UUID
    backwards: bool = False
    seen: int = 0

    def encode(self, question: str) -> str:
        packed = json.dumps([question, self.key, str(self.id), int(self.backwards), self.seen], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def decode(text: str, question: str) -> Cursor:
    """The cursor in `text`. Raises Invalid where it was tampered with, or belongs to another list or ordering."""
    try:
        asked, key, row, backwards, seen = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        fits = (
            is_text(key)
            and is_uuid(row)
            and backwards in (0, 1)
            and isinstance(seen, int)
            and 0 <= seen <= RANKED_AT_MOST
        )
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        fits = False
    if not fits or asked != question:
        raise Invalid.field("cursor", _("This cursor does not belong to this list: begin again without it."))
    return Cursor(key, UUID(row), bool(backwards), seen)


def is_text(key: object) -> bool:
    """A text that PostgreSQL takes: no NUL and no half of a pair; the latter raises a ValueError."""
    return isinstance(key, str) and "\0" not in key and bool(key.encode() or True)


@dataclass(frozen=True)
class Turn:
    """How a list is turned to one of its pages."""

    key: Key
    asked: int | None
    cursor: Cursor | None
    question: str
    ranked: bool

    @property
    def take(self) -> int:
        """One row more than is shown tells whether there is a next page."""
        limit = self.asked or DEFAULT_LIMIT
        return min(limit, self.left) + 1 if self.ranked else limit + 1

    @property
    def most(self) -> int | None:
        """How many rows a file may have; None: all."""
        return min(self.asked or RANKED_AT_MOST, self.left) if self.ranked else self.asked

    @property
    def left(self) -> int:
        """How many rows a ranked list still has from here on."""
        return RANKED_AT_MOST - (self.cursor.seen if self.cursor and not self.cursor.backwards else 0)

    @property
    def backwards(self) -> bool:
        return bool(self.cursor and self.cursor.backwards)

    @property
    def scan(self) -> Key:
        """The order in which rows are looked for: the other way round on the way back."""
        return self.key.reversed() if self.backwards else self.key

    def conditions(self, key: str = "", id: str = "r.id") -> list[str]:
        """Rows after the cursor; `key` names the column where the key was computed before."""
        if not self.cursor:
            return []
        sign = "<" if self.scan.descending else ">"
        return [f"({key or self.key.sql}, {id}) {sign} (%(after_key)s::{self.key.type}, %(after_id)s)"]

    def values(self) -> dict[str, Any]:
        after = {"after_key": self.cursor.key, "after_id": self.cursor.id} if self.cursor else {}
        return {"take": self.take, "shown": self.take - 1, **after}

    def order(self, key: str = "", id: str = "r.id") -> str:
        way = "DESC" if self.scan.descending else "ASC"
        return f"{key or self.scan.sql} {way}, {id} {way}"


def turn(where: TableFilter, keys: Mapping[str, Key], default: str, lang: str, of: str) -> Turn:
    """Which page of which order was asked for. Raises Invalid for an ordering or a cursor that does not fit."""
    name = where.ordering or where.ranking or default
    bare = name.removeprefix("-")
    key = keys.get(bare) if not (where.ordering and bare in ("near", "q")) else None
    if key is None:
        possible = ", ".join(known for known in keys if known not in ("near", "q"))
        raise Invalid.field(
            "ordering", _("ordering must be one of: %(possible)s, or one with - in front.") % {"possible": possible}
        )
    if name.startswith("-"):
        key = key.reversed()
    question = fingerprint(where, of, name, lang)
    cursor = decode(where.cursor, question) if where.cursor else None
    check_key(cursor, key)
    return Turn(key, where.limit, cursor, question, ranked=name in ("near", "q"))


# How PostgreSQL writes the values of a key. Whatever else a cursor holds, we did not write it
NUMBER = re.compile(r"-?(\d{1,200}(\.\d{1,200})?(e[+-]\d{1,3})?|Infinity)", re.ASCII)
WRITTEN = {
    "float8": NUMBER,
    "numeric": NUMBER,
    "int": re.compile(r"-?\d{1,9}|2147483647", re.ASCII),
    "date": re.compile(r"\d{4}-\d\d-\d\d|-?infinity", re.ASCII),
    "timestamptz": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00|-?infinity", re.ASCII),
}


def check_key(cursor: Cursor | None, key: Key) -> None:
    """What the key's type cannot read is refused here: otherwise the database would be the one to complain."""
    if (
        cursor
        and key.type in WRITTEN
        and not (WRITTEN[key.type].fullmatch(cursor.key) and is_real(cursor.key, key.type))
    ):
        raise Invalid.field("cursor", _("This cursor does not belong to this list: begin again without it."))


def is_real(written: str, type: str) -> bool:
    """No 31st of February and no number beyond what 64 bits hold."""
    try:
        if type in ("date", "timestamptz"):
            return "infinity" in written or bool(datetime.fromisoformat(written))
        return "e" not in written or 0 < abs(float(written)) < inf
    except ValueError:
        return False


def fingerprint(where: TableFilter, of: str, ordering: str, lang: str) -> str:
    """A cursor is good for the question it came from: the same list, filters, ordering and language."""
    asked = where.model_dump_json(exclude={"cursor", "limit", "format", "hxl", "lang"}, exclude_none=True)
    return hashlib.sha256(f"{of} {asked} {ordering} {lang}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Page:
    """One page of a list as PostgreSQL answered it; `results` is a JSON array, still bytes."""

    results: bytes
    count: int
    at: Turn
    more: bool
    first: tuple[str, str] | None
    last: tuple[str, str] | None

    @property
    def counted(self) -> dict[str, Any]:
        """`count`, and that it is a minimum where it is."""
        return {"count": CAP, "count_is_minimum": True} if self.count > CAP else {"count": self.count}

    def cursor_next(self) -> str | None:
        edge = self.first if self.at.backwards else self.last
        ends = self.at.ranked and not self.at.backwards and self.seen_until_here >= RANKED_AT_MOST
        has_next = (self.at.backwards or self.more) and not ends
        return self.cursor(edge, False, self.seen_until_here) if edge and has_next else None

    def cursor_previous(self) -> str | None:
        edge = self.last if self.at.backwards else self.first
        has_previous = self.more if self.at.backwards else self.at.cursor is not None
        return self.cursor(edge, True, self.seen_before) if edge and has_previous else None

    @property
    def shown(self) -> int:
        return self.at.take - 1

    @property
    def seen_before(self) -> int:
        if not self.at.cursor:
            return 0
        return max(0, self.at.cursor.seen - self.shown) if self.at.backwards else self.at.cursor.seen

    @property
    def seen_until_here(self) -> int:
        return min(RANKED_AT_MOST, self.seen_before + self.shown)

    def cursor(self, edge: tuple[str, str], backwards: bool, seen: int) -> str:
        return Cursor(edge[0], UUID(edge[1]), backwards, seen).encode(self.at.question)


def link(path: str, query: Iterable[tuple[str, str]], cursor: str | None) -> str | None:
    """The absolute address of another page of the same list."""
    if cursor is None:
        return None
    kept = [(name, value) for name, value in query if name != "cursor"]
    return f"{settings().public_url}{path}?{urlencode([*kept, ('cursor', cursor)], safe=',:')}"
