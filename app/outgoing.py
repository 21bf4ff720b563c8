"""Asking machines outside whose addresses somebody typed in: never one of our own network, never for long, never much.

The name is looked up once, every address it has is judged, and the connection goes to the judged address itself, so that
a name which means another machine a moment later gains nothing.
"""

import asyncio
import ipaddress
import json
import socket
import ssl
from typing import Any

import httpx

SECONDS = 10  # for the whole conversation; the parts below have half of it each
LARGEST_ANSWER = 256 * 1024
# Translated addresses: behind each may be an IPv4 address of our own network
TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotReached(Exception):
    """The other side is away, not allowed, too slow, or does not answer with JSON. The text is for the log, not for pages."""


async def fetch_json(method: str, url: str, *, private: bool = False, **sent: Any) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object answered. `private` lets it be in our own network, and on loopback without TLS.

    Redirects are answers like any other. Raises NotReached.
    """
    try:
        async with asyncio.timeout(SECONDS), _client(private) as client, client.stream(method, url, **sent) as answer:
            return answer.status_code, _json_object(await _body_of(answer))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError) as error:
        raise NotReached(f"{type(error).__name__}: {error}") from error


def _client(private: bool) -> httpx.AsyncClient:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "almaty-centre-portal"}
    return httpx.AsyncClient(transport=Judging(private), timeout=SECONDS / 2, headers=headers)


async def _body_of(answer: httpx.Response) -> bytes:
    """Raw, since packed bytes could unfold to any size."""
    body = b""
    async for part in answer.aiter_raw():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise NotReached(f"more than {LARGEST_ANSWER} bytes")
    return body


def _json_object(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    if not isinstance(value, dict):
        raise NotReached("not a JSON object")
    return value


class Judging(httpx.AsyncHTTPTransport):
    """Connects to addresses that may be asked, with the certificate of the name that was meant."""

    def __init__(self, private: bool) -> None:
        # the machine's own store of certificates; no connection is kept, since another name could share its address
        super().__init__(
            ssl.create_default_context(), limits=httpx.Limits(max_keepalive_connections=0), trust_env=False
        )
        self.private = private

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name, scheme = request.url.raw_host.decode(), request.url.scheme
        failure: httpx.TransportError = httpx.ConnectError(f"{name} has no address")
        for address in await addresses_of(name):
            if not may_ask(scheme, address, self.private):
                raise NotReached(f"{scheme} to {name} at {address} is not allowed")
            request.url = request.url.copy_with(host=str(address))
            request.extensions = {**request.extensions, "sni_hostname": name}
            try:
                return await super().handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure


async def addresses_of(name: str) -> list[Address]:
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
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
