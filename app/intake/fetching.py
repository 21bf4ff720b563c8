"""Asking a feed: only if it has changed, for a bounded time, for a bounded answer however it is packed, along few redirects."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import httpx

from app.outgoing import Answer, NotAllowed, NotReached, TooMuch, fetch

SECONDS = 60.0
LARGEST = 32 * 1024 * 1024
MOST_REDIRECTS = 3
LONGEST_WAIT_S = 24 * 3600  # however long a feed asks us to wait
UNPACK_GZIP = 31


class Failed(Exception):
    """It was asked in vain. `code` is one of app/intake/words.py FAILURES; the feed may have asked to wait so long."""

    def __init__(self, code: str, detail: str = "", wait_s: float = 0) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Known:
    """What the feed said about its answer, for asking whether there is another."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True)
class Told:
    """What it answered; `body` is None where nothing has changed."""

    body: bytes | None
    known: Known


async def ask(url: str, accept: str, known: Known, *, private: bool = False, seconds: float = SECONDS) -> Told:
    """Raises Failed."""
    headers = {"Accept": accept, "Accept-Encoding": "gzip", **known.headers()}
    try:
        answer = await _along_redirects(url, headers, private, seconds)
    except NotReached as error:
        raise _failure(error) from error
    if answer.status == 304:
        return Told(None, known)
    if answer.status != 200:
        raise _refusal(answer)
    return Told(_unpacked(answer), _validators(answer.headers))


async def _along_redirects(url: str, headers: Mapping[str, str], private: bool, seconds: float) -> Answer:
    for _ in range(MOST_REDIRECTS + 1):
        answer = await fetch("GET", url, private=private, seconds=seconds, largest=LARGEST, headers=headers)
        if answer.status not in (301, 302, 303, 307, 308) or not answer.headers.get("location"):
            return answer
        url = urljoin(url, answer.headers["location"])
    raise Failed("too many redirects")


def _failure(error: NotReached) -> Failed:
    if isinstance(error, TooMuch):
        return Failed("too large")
    if isinstance(error, NotAllowed):
        return Failed("not allowed", str(error))
    if isinstance(error.__cause__, TimeoutError | httpx.TimeoutException):
        return Failed("too slow")
    return Failed("not reached", str(error)[:300])


def _refusal(answer: Answer) -> Failed:
    code = "asked too often" if answer.status == 429 else "refused"
    return Failed(code, str(answer.status), _wait_s(answer.headers.get("retry-after", "")))


def _wait_s(said: str) -> float:
    """Retry-After: seconds, or a date."""
    if said.strip().isascii() and said.strip().isdigit():
        return min(float(said[:12]), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError):
        return 0
    wanted = (until if until.tzinfo else until.replace(tzinfo=UTC)) - datetime.now(UTC)
    return min(max(0.0, wanted.total_seconds()), LONGEST_WAIT_S)


def _unpacked(answer: Answer) -> bytes:
    """At most LARGEST bytes, however small they were packed."""
    packing = answer.headers.get("content-encoding", "identity").strip().lower()
    if packing in ("identity", ""):
        return answer.body
    if packing not in ("gzip", "x-gzip"):
        raise Failed("packed oddly", packing[:40])
    unpacking = zlib.decompressobj(UNPACK_GZIP)
    try:
        body = unpacking.decompress(answer.body, LARGEST + 1)
    except zlib.error as error:
        raise Failed("packed oddly", str(error)[:100]) from error
    if len(body) > LARGEST:
        raise Failed("too large")
    if not unpacking.eof:
        raise Failed("packed oddly", "it ends early")
    return body


def _validators(headers: httpx.Headers) -> Known:
    return Known(_short(headers.get("etag")), _short(headers.get("last-modified")))


def _short(value: str | None) -> str | None:
    return value if value and len(value) <= 300 and value.isprintable() and value.isascii() else None
