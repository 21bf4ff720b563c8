"""The outermost layer: gives each request an id and a log line, turns away what is malformed or too much, and puts the
security headers on every answer.
"""

import ipaddress
import json
import re
import time
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes
from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.delivery.limits import Budget, Limits, key_of
from app.settings import Settings

log = structlog.get_logger()

LONGEST_URL = 16_384
LARGEST_BODY = 2 * 1024 * 1024  # no form and no record comes near it
# For each MB of LARGEST_DOCUMENT_MB: the door of files says itself when it has read enough
LARGEST_OF_FILES = (
    16 * 1024 * 1024
)  # for each MB of LARGEST_DOCUMENT_MB: the door reads on for a while to be heard by a browser
REFUSED = (
    400,
    401,
    403,
    413,
    414,
    429,
)  # whoever is behind many of these may be up to something: the log has the address
OPEN_TO_ALL = ("/api/v1", "/tiles/", "/ogc", "/feeds/")
PROGRAMS = ("/api/", "/tiles/", "/ogc", "/feeds/", "/health/")

SECURITY = [
    (
        b"content-security-policy",
        (
            b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(self), microphone=()"),
]
OF_AN_ANSWER = {b"referrer-policy", b"content-security-policy"}
CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, RateLimit, RateLimit-Policy, Retry-After"),
]


class Guard:
    """`files`: the addresses that a file may be posted to. Their door reads it piece by piece and says itself when it is too much."""

    def __init__(self, app: ASGIApp, settings: Settings, files: re.Pattern[str] | None = None) -> None:
        self.app = app
        self.files, self.largest_file = files, settings.largest_document_mb * LARGEST_OF_FILES
        self.hosts = frozenset(host.lower() for host in settings.allowed_hosts)
        self.proxies = [ipaddress.ip_network(name) for name in settings.trusted_proxies]
        self.limits = Limits(settings.rate_limit)
        self.public_url = settings.public_url.encode()
        secure = settings.public_url.startswith("https:")
        self.security = SECURITY + [(b"strict-transport-security", b"max-age=31536000; includeSubDomains")] * secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        visit = Visit(self, scope, send)
        try:
            if refusal := self.refuse(scope, visit):
                await refuse(refusal, visit.send)
            elif scope["method"] == "OPTIONS" and visit.is_open:
                await preflight(visit.send)
            else:
                await self.app(scope, bounded(receive, self.largest(scope)), visit.send)
                visit.learn()
        except Exception as error:
            log.exception("crash", id=visit.id)
            if visit.status:
                raise  # half an answer is out: the connection has to break
            answer = await scope["app"].exception_handlers[Exception](Request(scope), error)
            await answer(scope, receive, visit.send)
        finally:
            visit.write_log()

    def largest(self, scope: Scope) -> int:
        """How many bytes may be sent to this address."""
        takes_files = self.files and scope["method"] == "POST" and self.files.fullmatch(scope["path"])
        return self.largest_file if takes_files else LARGEST_BODY

    def at_home(self, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        """The framework sends whoever wrote one slash too many to the host that the request named: ours is PUBLIC_URL."""
        name, value = header
        if name != b"location" or not value.startswith((b"http:", b"https:")):
            return header
        return name, self.public_url + b"/" + value.split(b"/", 3)[-1]

    def refuse(self, scope: Scope, visit: "Visit") -> "tuple[int, str, str] | None":
        """The status, title and reason with which a request is turned away before anybody looks at it."""
        if "*" not in self.hosts and visit.host not in self.hosts:
            return 400, "Unknown host", "This portal does not answer to that host name."
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_URL:
            return 414, "URI too long", f"An address may have {LONGEST_URL} characters."
        if not is_text(scope["raw_path"]) or not is_text(scope["query_string"]):
            return 422, "Not understood", "The address holds bytes that are not UTF-8 text, or a NUL."
        if visit.announced > (most := self.largest(scope)):
            return 413, "Too large", f"At most {most} bytes may be sent at a time."
        if not visit.budget.allowed:
            return 429, "Too many requests", f"Try again in {visit.budget.seconds_left} seconds."
        return None


class Visit:
    """One request: its id, its time, who it came from, and the headers its answer gets."""

    def __init__(self, guard: Guard, scope: Scope, send: Send) -> None:
        self.guard, self.scope, self._send = guard, scope, send
        self.began, self.status = time.perf_counter(), 0
        self.id = scope["portal.request_id"] = uuid4().hex[:16]
        headers = dict(scope["headers"])
        self.host = headers.get(b"host", b"").decode("latin-1").rpartition(":")[0].lower() or (
            headers.get(b"host", b"").decode("latin-1").lower()
        )
        self.address = address_of(scope, headers.get(b"x-forwarded-for", b""), guard.proxies)
        self.announced = length_of(headers.get(b"content-length", b""))
        scope["portal.address"] = self.address
        self.asker: dict[str, str] = scope.setdefault("portal.asker", {})  # people/access.py says who it was
        self.is_open = scope["path"].startswith(OPEN_TO_ALL)
        self.key = key_of(first(scope, b"authorization")) if b"authorization" in headers else b""
        self.budget = self.spend(guard.limits)

    def spend(self, limits: Limits) -> Budget:
        if self.scope["path"].startswith(("/static/", "/health/")):
            return limits.free
        return limits.count_key(self.key, self.address) if self.key else limits.count(self.address)

    def learn(self) -> None:
        """A key that the rooms have let in need not share the budget of its address any longer."""
        if self.key:
            self.guard.limits.learn(self.key, self.status)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            if self.status == 307:
                headers = [self.guard.at_home(header) for header in headers]
            cors = CORS if self.is_open and not is_of_somebody(self.scope) else []
            extra = [*self.security(headers), *cors, *self.budget.headers, (b"x-request-id", self.id.encode())]
            message = {**message, "headers": [*headers, *extra]}
        await self._send(message)

    def security(self, headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Ours, but for a referrer or content policy that the answer has of its own: of two browsers believe the last."""
        own = {name for name, _value in headers} & OF_AN_ANSWER
        return [header for header in self.guard.security if header[0] not in own] if own else self.guard.security

    def write_log(self) -> None:
        log.info(
            "request",
            id=self.id,
            method=self.scope["method"],
            path=self.scope["path"],
            status=self.status,
            ms=round((time.perf_counter() - self.began) * 1000, 1),
            **self.asker,
            **({"address": self.address} if self.status in REFUSED else {}),
        )


def is_text(raw: bytes) -> bool:
    """UTF-8 without NUL, also behind its percent signs."""
    plain = unquote_to_bytes(raw) if b"%" in raw else raw
    try:
        return "\0" not in plain.decode()
    except UnicodeDecodeError:
        return False


def first(scope: Scope, header: bytes) -> bytes:
    """Of several lines of a header the first one: the door-keeper reads that one, too."""
    found: bytes = next(value for name, value in scope["headers"] if name == header)
    return found


def is_of_somebody(scope: Scope) -> bool:
    """What is answered to credentials is for no other site."""
    return any(
        name == b"authorization" or (name == b"cookie" and b"session" in said) for name, said in scope["headers"]
    )


def length_of(content_length: bytes) -> int:
    """The bytes that are to come; what is no number has been refused by the server already."""
    return int(content_length[:20]) if content_length.isdigit() else 0


def bounded(receive: Receive, most: int) -> Receive:
    """A body may come in pieces, without saying how many: whoever reads too much of one gets a 413."""
    size = 0

    async def receive_counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(413)
        return message

    return receive_counted


def address_of(scope: Scope, forwarded: bytes, proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> str:
    """The caller's address: of X-Forwarded-For only what trusted proxies wrote, read from the right."""
    address: str = (scope.get("client") or ("", 0))[0]
    for hop in reversed(forwarded.decode("latin-1").split(",")):
        if not hop.strip() or not is_trusted(address, proxies):
            break
        address = hop.strip()
    return address


def is_trusted(address: str, proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in proxies)
    except ValueError:
        return False


async def refuse(refusal: tuple[int, str, str], send: Send) -> None:
    status, title, detail = refusal
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if status == 422:
        problem["errors"] = [{"field": "url", "message": detail}]
    body = json.dumps(problem).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *([(b"connection", b"close")] if status == 413 else []),  # what is still to come is not read
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def preflight(send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
        (b"access-control-allow-headers", b"Accept, Accept-Language, If-None-Match, If-Modified-Since"),
        (b"access-control-max-age", b"86400"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
