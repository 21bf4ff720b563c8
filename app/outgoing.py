"""Asking machines outside whose addresses somebody typed in: never one of our own network, never for long, never much.

The name is looked up once, every address it has is judged, and the connection goes to the judged address itself, so that
a name which means another machine a moment later gains nothing.
"""

import asyncio
import ipaddress
import json
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import httpx

SECONDS = 10.0  # for the whole conversation; the parts below have half of it each
LARGEST_ANSWER = 256 * 1024
BEGINNING = 500  # bytes of what a machine says beside the status that is all we asked for
SAYS_MORE_S = 1.0  # and how long it may take to say them
AGENT = "almaty-centre-portal"
# Translated addresses: behind each may be an IPv4 address of our own network
TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))

# Looking a name up cannot be broken off: one whose server never answers keeps a thread of these, and no other work waiting
LOOKING_UP = ThreadPoolExecutor(64, "look-up")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotReached(Exception):
    """The other side is away, not allowed, too slow, says too much, or not what was asked. The text is for the log."""


class TooMuch(NotReached):
    """It says more than was wanted."""


class NotAllowed(NotReached):
    """Its address is one that may not be asked."""


@dataclass(frozen=True)
class Answer:
    """What the other side said. A redirect is an answer like any other."""

    status: int
    headers: httpx.Headers
    body: bytes


async def fetch(
    method: str,
    url: str,
    *,
    private: bool = False,
    seconds: float = SECONDS,
    largest: int = LARGEST_ANSWER,
    **sent: Any,
) -> Answer:
    """Ask once, within `seconds` and for at most `largest` bytes. `sent` goes to httpx: headers, content, data, auth.

    `private` lets it be in our own network, and on loopback without TLS. Raises NotReached.
    """
    try:
        async with (
            asyncio.timeout(seconds),
            _client(private, seconds / 2) as client,
            client.stream(method, url, **sent) as answer,
        ):
            return Answer(answer.status_code, answer.headers, await _body_of(answer, largest))
    except FAILURES as error:
        raise NotReached(f"{type(error).__name__}: {error}") from error


async def tell(url: str, *, private: bool = False, seconds: float = SECONDS, **sent: Any) -> Answer:
    """Send something where the status is the answer, and comes within `seconds`. Of what is said besides, the beginning
    is kept, and nobody waits for the rest. Raises NotReached."""
    try:
        async with (
            asyncio.timeout(seconds) as limit,
            _client(private, seconds) as client,
            client.stream("POST", url, **sent) as answer,
        ):
            limit.reschedule(None)
            return Answer(answer.status_code, answer.headers, await _beginning_of(answer))
    except FAILURES as error:
        raise NotReached(f"{type(error).__name__}: {error}") from error


FAILURES = (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError)


def _client(private: bool, seconds: float) -> httpx.AsyncClient:
    headers = {"Accept-Encoding": "identity", "User-Agent": AGENT}
    return httpx.AsyncClient(transport=Judging(private), timeout=seconds, headers=headers)


async def _beginning_of(answer: httpx.Response) -> bytes:
    body = bytearray()
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(SAYS_MORE_S):
            async for part in answer.aiter_raw():
                body += part[:BEGINNING]
                if len(body) >= BEGINNING:
                    break
    return bytes(body[:BEGINNING])


async def _body_of(answer: httpx.Response, largest: int) -> bytes:
    """Raw, since packed bytes could unfold to any size."""
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > largest:
            raise TooMuch(f"more than {largest} bytes")
    return bytes(body)


async def fetch_json(method: str, url: str, *, private: bool = False, **sent: Any) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object answered. Raises NotReached."""
    headers = {"Accept": "application/json", **sent.pop("headers", {})}
    answer = await fetch(method, url, private=private, headers=headers, **sent)
    try:
        return answer.status, _json_object(answer.body)
    except ValueError as error:
        raise NotReached(f"{type(error).__name__}: {error}") from error


def _json_object(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    if not isinstance(value, dict):
        raise NotReached("not a JSON object")
    return value


class Judging(httpx.AsyncHTTPTransport):
    """Connects to addresses that may be asked, with the certificate of the name that was meant."""

    def __init__(self, private: bool) -> None:
        # no connection is kept, since another name could share its address
        super().__init__(trusted(), limits=httpx.Limits(max_keepalive_connections=0), trust_env=False)
        self.private = private

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name, scheme = request.url.raw_host.decode(), request.url.scheme
        failure: httpx.TransportError = httpx.ConnectError(f"{name} has no address")
        for address in await addresses_of(name):
            if not may_ask(scheme, address, self.private):
                raise NotAllowed(f"{scheme} to {name} at {address} is not allowed")
            request.url = request.url.copy_with(host=str(address))
            request.extensions = {**request.extensions, "sni_hostname": name}
            try:
                return await super().handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure


@cache
def trusted() -> ssl.SSLContext:
    """The machine's own store of certificates; reading it takes longer than a whole request."""
    return ssl.create_default_context()


async def addresses_of(name: str) -> list[Address]:
    looking = partial(socket.getaddrinfo, name, None, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(LOOKING_UP, looking)
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]


def may_ask(scheme: str, address: Address, private: bool) -> bool:
    """Public addresses by TLS; with `private` also those of an organisation's network, and loopback without TLS."""
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return private and scheme in ("http", "https")
    is_odd = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved
    if is_odd or any(address in network for network in TRANSLATED):
        return False  # among them 169.254.169.254, where clouds tell their secrets
    return scheme == "https" and (private or address.is_global)
