"""Conditional requests, and answers kept in memory until the data they came from change.

A door says which layers its answer depends on (`answers.depends_on`). The versions are captured before the door runs, so
a kept answer is never older than they say. A repeated request, and a 304, then cost neither a query nor any routing.
While the process is not told of changes it keeps nothing. Answers to credentials are not kept and are private.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import languages
from app.delivery.language import language_chosen
from app.records import version_of
from app.versions import Snapshot, Versions

LARGEST_KEPT = 2 * 1024 * 1024
OVERHEAD = 3000  # what Python needs beside the texts and bytes of one answer
VARY = "Accept, Accept-Encoding, Accept-Language, Authorization, Cookie"
ON_304 = {b"etag", b"vary", b"cache-control", b"last-modified", b"content-language", b"content-location", b"date"}

Key = tuple[str, bytes, str, str, str, str]


@dataclass(frozen=True)
class Kept:
    """An answer, the layers it came from, and their versions and the day when it was made."""

    layers: tuple[str, ...]
    version: tuple[int, ...]
    day: date
    headers: list[tuple[bytes, bytes]]
    etag: str
    body: bytes


class Shelf:
    """The answers of one process, the longest unused thrown out first."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self.answers: OrderedDict[Key, Kept] = OrderedDict()

    def take(self, key: Key, versions: Versions) -> Kept | None:
        kept = self.answers.get(key)
        if kept is None or not versions.listening:
            return None
        if kept.version != versions.now.of(kept.layers) or kept.day != today():
            self.drop(key)
            return None
        self.answers.move_to_end(key)
        return kept

    def put(self, key: Key, kept: Kept) -> None:
        if len(kept.body) > min(LARGEST_KEPT, self.most_bytes):
            return
        self.drop(key)
        self.answers[key] = kept
        self.bytes += size(key, kept)
        while self.bytes > self.most_bytes:
            self.drop(next(iter(self.answers)))

    def drop(self, key: Key) -> None:
        if kept := self.answers.pop(key, None):
            self.bytes -= size(key, kept)


def size(key: Key, kept: Kept) -> int:
    """Bytes, about: whoever sends long headers or addresses does not get more memory than others."""
    return len(kept.body) + sum(map(len, key)) + sum(len(name) + len(value) for name, value in kept.headers) + OVERHEAD


def today() -> date:
    return datetime.now(UTC).date()


class Cache:
    """The layer itself: HEAD as GET without a body, ETag and Last-Modified, 304, and the shelf."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self.app = app
        self.shelf = Shelf(most_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        key = key_of(scope, headers)
        reader = getattr(scope["app"].state, "reader", None) if "app" in scope else None
        kept = self.shelf.take(key, reader.versions) if reader and not has_credentials(headers) else None
        if kept:
            await reply(scope, headers, send, kept)
            return
        delivery = Delivery(self, scope, headers, send, key, reader.versions if reader else None)
        asked = {**scope, "method": "GET", "portal.is_head": True} if scope["method"] == "HEAD" else scope
        await self.app(asked, receive, delivery.pass_on)


@dataclass
class Delivery:
    """One answer on its way out. Whole answers get a tag; what streams passes as it comes."""

    cache: Cache
    scope: Scope
    asked: Headers
    send: Send
    key: Key
    versions: Versions | None
    captured: Snapshot | None = None
    day: date = field(init=False)
    start: Message = field(default_factory=dict)
    streams: bool = False
    notes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.day = today()
        if self.versions and self.versions.listening:
            self.captured = self.versions.now
        self.notes["is_head"] = self.scope["method"] == "HEAD"
        self.scope["portal.notes"] = self.notes  # the door writes here: see answers.note()

    async def pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        elif self.streams:
            await self.send_body(message)
        elif message.get("more_body"):
            self.streams = True
            await self.send(self.marked(self.start))
            await self.send_body(message)
        else:
            await self.finish(message.get("body", b""))

    async def send_body(self, message: Message) -> None:
        if self.scope["method"] == "HEAD":
            message = {**message, "body": b""}
        await self.send(message)

    async def finish(self, body: bytes) -> None:
        """A whole answer: tag it, keep it where it may be kept, and send it or the 304."""
        if self.start["status"] != 200:
            await self.send(self.marked(self.start))
            await self.send_body({"type": "http.response.body", "body": body})
            return
        kept = self.dated(body)
        if kept.layers and kept.version and not has_credentials(self.asked) and not sets_cookie(self.start):
            self.cache.shelf.put(self.key, kept)
        await reply(self.scope, self.asked, self.send, kept)

    def dated(self, body: bytes) -> Kept:
        headers = MutableHeaders(raw=self.start["headers"])
        if "etag" not in headers:  # a file of the front end brings its own
            headers["ETag"] = self.etag(headers, body)
            self.mark(headers)
        layers = self.notes.get("layers", ())
        if changed := self.notes.get("updated_at") or (self.captured and self.captured.changed_at(layers)):
            headers["Last-Modified"] = format_datetime(changed.astimezone(UTC), usegmt=True)
        version = self.captured.of(layers) if self.captured else ()
        return Kept(layers, version, self.day, headers.raw, headers["ETag"], body)

    def marked(self, start: Message) -> Message:
        headers = MutableHeaders(raw=[*start["headers"]])
        self.mark(headers)
        return {**start, "headers": headers.raw}

    def mark(self, headers: MutableHeaders) -> None:
        """What the answer depends on, for every cache on its way."""
        headers["Vary"] = VARY
        headers.setdefault("Cache-Control", self.may_be_kept(headers.get("content-type", "")))
        headers.setdefault("Content-Language", languages.current().code)

    def may_be_kept(self, kind: str) -> str:
        """Of a page for somebody who may be known nothing stays in the browser: duty rooms share their machines."""
        if not has_credentials(self.asked):
            return "no-cache"
        return "no-store" if kind.startswith("text/html") else "private, no-cache"

    def etag(self, headers: MutableHeaders, body: bytes) -> str:
        """`"version-content-language-format[-encoding]"`; the version is the record's own, for If-Match."""
        updated_at = self.notes.get("updated_at")
        version = version_of(updated_at) if updated_at else "0"
        content = hashlib.sha256(body).hexdigest()[:16]
        format = headers.get("content-type", "").partition(";")[0].rpartition("/")[2].rpartition("+")[2] or "none"
        encoding = headers.get("content-encoding", "")
        return '"' + "-".join(filter(None, (version, content, languages.current().code, format[:12], encoding))) + '"'


def key_of(scope: Scope, headers: Headers) -> Key:
    """All that an anonymous answer may depend on: every line of each header, for the rooms read them all."""
    return (
        scope["path"],
        scope["query_string"],
        ",".join(headers.getlist("accept")),
        ",".join(headers.getlist("accept-encoding")),
        ",".join(headers.getlist("accept-language")),
        language_chosen(headers) or "",  # of all cookies the only one that an anonymous answer looks at
    )


def has_credentials(headers: Headers) -> bool:
    """Whether somebody may be known. Cookies can be written in odd ways (`session =`), so any mention counts."""
    return "authorization" in headers or any("session" in line for line in headers.getlist("cookie"))


def sets_cookie(start: Message) -> bool:
    return any(name == b"set-cookie" for name, _ in start["headers"])


async def reply(scope: Scope, asked: Headers, send: Send, kept: Kept) -> None:
    """The answer, or 304 where the asker has it already."""
    if knows(asked.getlist("if-none-match"), kept.etag):
        headers = [pair for pair in kept.headers if pair[0] in ON_304]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": list(kept.headers)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else kept.body})


def knows(if_none_match: list[str], etag: str) -> bool:
    return any(tag.strip().removeprefix("W/") in (etag, "*") for line in if_none_match for tag in line.split(","))
