"""What people type as an address never leads the portal into its own network, and nobody there can keep it busy."""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app import outgoing
from app.outgoing import NotReached, fetch_json, may_ask

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1",
)  # fmt: skip
NEVER = (
    "169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1",  # noqa: S104
    "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::",
)  # fmt: skip
OUTSIDE = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")


@pytest.mark.parametrize("address", [*INSIDE, *NEVER])
def test_no_address_of_our_own_network_is_asked(address: str) -> None:
    assert not may_ask("https", ipaddress.ip_address(address), private=False)


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_asked(address: str) -> None:
    assert not may_ask("https", ipaddress.ip_address(address), private=True)


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_asked_by_tls_only(address: str) -> None:
    assert may_ask("https", ipaddress.ip_address(address), private=False)
    assert not may_ask("http", ipaddress.ip_address(address), private=True)


def test_an_internal_provider_needs_tls_except_on_loopback() -> None:
    assert may_ask("https", ipaddress.ip_address("10.1.2.3"), private=True)
    assert not may_ask("http", ipaddress.ip_address("10.1.2.3"), private=True)
    assert may_ask("http", ipaddress.ip_address("127.0.0.1"), private=True)
    assert may_ask("http", ipaddress.ip_address("::1"), private=True)


@contextmanager
def answering(reply: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    handler = type("Reply", (BaseHTTPRequestHandler,), {"do_GET": reply, "log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def send(status: int, body: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def reply(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name, value)
        to.end_headers()
        to.wfile.write(body)

    return reply


def fetch(url: str, private: bool = True) -> tuple[int, dict[str, object]]:
    return asyncio.run(fetch_json("GET", url, private=private))


def test_a_machine_beside_us_is_not_asked_even_by_a_name_of_its_own() -> None:
    asked: list[str] = []
    with answering(lambda to: asked.append(to.path)) as url:
        for address in (url, url.replace("http:", "https:"), url.replace("127.0.0.1", "localhost")):
            with pytest.raises(NotReached):
                fetch(address, private=False)
    assert asked == []


def test_the_address_that_was_judged_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers differently the second time, here the outside world's part, is not asked twice."""
    looked_up: list[str] = []

    async def first_answer(name: str) -> list[outgoing.Address]:
        looked_up.append(name)
        return [ipaddress.ip_address("127.0.0.1")]

    monkeypatch.setattr(outgoing, "addresses_of", first_answer)
    with answering(lambda to: send(200, b'{"host": "%s"}' % to.headers["Host"].encode())(to)) as url:
        status, body = fetch(url.replace("127.0.0.1", "provider.example"))
    assert (status, str(body["host"]).partition(":")[0]) == (200, "provider.example")
    assert looked_up == ["provider.example"]


def test_redirects_are_not_followed() -> None:
    with answering(send(302, b"{}", Location="http://127.0.0.1:1/")) as url:
        assert fetch(url) == (302, {})


def test_a_flood_is_cut_off() -> None:
    with answering(send(200, b'{"x": "' + b"x" * outgoing.LARGEST_ANSWER + b'"}')) as url, pytest.raises(NotReached):
        fetch(url)


@pytest.mark.parametrize("body", [b"[]", b"<html>", b"\xff", b""])
def test_what_is_no_json_object_is_no_answer(body: bytes) -> None:
    with answering(send(200, body)) as url, pytest.raises(NotReached):
        fetch(url)


def test_who_only_drips_is_left_alone_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 0.4)
    over = threading.Event()

    def drip(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.end_headers()
        while not over.wait(0.02):
            to.wfile.write(b" ")

    with answering(drip) as url, pytest.raises(NotReached, match="Timeout"):
        fetch(url)
    over.set()


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotReached):
        fetch(f"http://127.0.0.1:{port}/")
    with pytest.raises(NotReached):
        fetch("http:///no-host")
    with pytest.raises(NotReached):
        fetch("file:///etc/passwd")
