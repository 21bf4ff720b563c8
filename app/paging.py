"""Keyset paging: a page begins after a row, not at a number, so deep pages cost what the first one costs.

A cursor says which row, in which ordering and direction; it is opaque to callers and checked like any other input.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from app.errors import Invalid
from app.filters import CAP, ListFilter, is_uuid
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
        fits = isinstance(key, str) and "\0" not in key and is_uuid(row) and backwards in (0, 1) and 0 <= seen <= RANKED_AT_MOST
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        fits = False
    if not fits or asked != question:
        raise Invalid.field("cursor", _("This cursor does not belong to this list: begin again without it."))
    return Cursor(key, UUID(row), bool(backwards), seen)


@dataclass(frozen=True)
class Turn:
    """How a list is turned to one of its pages."""

    key: Key
    limit: int
    cursor: Cursor | None
    question: str
    ranked: bool

    @property
    def take(self) -> int:
        """One row more than is shown tells whether there is a next page."""
        seen = self.cursor.seen if self.cursor and not self.cursor.backwards else 0
        return min(self.limit, RANKED_AT_MOST - seen) + 1 if self.ranked else self.limit + 1

    @property
    def backwards(self) -> bool:
        return bool(self.cursor and self.cursor.backwards)

    @property
    def scan(self) -> Key:
        """The order in which rows are looked for: the other way round on the way back."""
        return self.key.reversed() if self.backwards else self.key

    def conditions(self) -> list[str]:
        if not self.cursor:
            return []
        sign = "<" if self.scan.descending else ">"
        return [f"({self.key.sql}, r.id) {sign} (%(after_key)s::{self.key.type}, %(after_id)s)"]

    def values(self) -> dict[str, Any]:
        after = {"after_key": self.cursor.key, "after_id": self.cursor.id} if self.cursor else {}
        return {"take": self.take, "shown": self.take - 1, **after}

    def order(self) -> str:
        way = "DESC" if self.scan.descending else "ASC"
        return f"{self.scan.sql} {way}, r.id {way}"


def turn(where: ListFilter, keys: Mapping[str, Key], default: str, lang: str) -> Turn:
    """Which page of which order was asked for. Raises Invalid for an ordering or a cursor that does not fit."""
    name = where.ordering or ("near" if where.near else "q" if where.q else default)
    key = keys.get(name.removeprefix("-")) if not (where.ordering and name in ("near", "q")) else None
    if key is None:
        possible = ", ".join(known for known in keys if known not in ("near", "q"))
        raise Invalid.field("ordering", _("ordering must be one of: %(possible)s, or one with - in front.") % {"possible": possible})
    if name.startswith("-"):
        key = key.reversed()
    question = fingerprint(where, name, lang)
    cursor = decode(where.cursor, question) if where.cursor else None
    check_key(cursor, key)
    return Turn(key, where.limit or DEFAULT_LIMIT, cursor, question, ranked=name in ("near", "q"))


CASTS = {"float8": float, "numeric": float, "int": int}


def check_key(cursor: Cursor | None, key: Key) -> None:
    """A number's key must read as a number: otherwise the database would be the one to complain."""
    try:
        if cursor and key.type in CASTS:
            CASTS[key.type](cursor.key)
        elif cursor and key.type == "timestamptz" and cursor.key not in ("-infinity", "infinity"):
            datetime.fromisoformat(cursor.key)
    except ValueError:
        raise Invalid.field("cursor", _("This cursor does not belong to this list: begin again without it.")) from None


def fingerprint(where: ListFilter, ordering: str, lang: str) -> str:
    """A cursor is good for the question it came from: the same filters, ordering and language."""
    asked = where.model_dump_json(exclude={"cursor", "limit", "format", "hxl", "lang"}, exclude_none=True)
    return hashlib.sha256(f"{type(where).__name__} {asked} {ordering} {lang}".encode()).hexdigest()[:12]


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


def link(path: str, query: Mapping[str, str], cursor: str | None) -> str | None:
    """The absolute address of another page of the same list."""
    if cursor is None:
        return None
    return f"{settings().public_url}{path}?{urlencode({**query, 'cursor': cursor}, safe=',:')}"
