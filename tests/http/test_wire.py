"""What no well-behaved client sends, sent over a real socket to the real server: a 4xx each, and it goes on serving."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from app.cluster import Cluster
from app.main import create_app
from tests.conftest import settings_for


@pytest.fixture(scope="module")
def port(cluster: Cluster, demo_database: str) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(create_app(settings_for(cluster, demo_database)), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


HUNG_UP = 0


def status_of(port: int, target: bytes, method: bytes = b"GET", headers: bytes = b"") -> int:
    """The status of the answer; a server that refuses before all was sent may also just hang up."""
    asked = method + b" " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.sendall(asked)
        try:
            return int(wire.recv(100).split()[1])
        except ConnectionResetError:
            return HUNG_UP


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"/api/v1/events", {200}),
        (b"/api/v1/events?q=" + b"a" * 600, {422}),
        (b"/api/v1/events?q=" + b"a" * 17_000, {414}),
        (b"/api/v1/events?q=" + b"a" * 1_000_000, {400, 414, HUNG_UP}),
        (b"/api/v1/events?q=%00", {422}),
        (b"/api/v1/events?q=%FF%FE", {422}),
        (b"/api/v1/events?q=\xff\xfe", {400, 422}),
        (b"/api/v1/events?q=\x00", {400, 422}),
        (b"/api/v1/events?q=%", {200}),
        (b"/api/v1/events?q=%zz", {200}),
        (b"/api/v1/events?&&&=&", {422}),
        (b"/api/v1/events?" + b"&".join(b"a%d=1" % number for number in range(1500)), {422}),
        (b"/api/v1/events/../../etc/passwd", {404}),
        (b"/api/v1/events/%2e%2e%2f%2e%2e", {404}),
        (b"//api/v1/events", {404}),
        (b"/api/v1/events/", {404, 307}),
        (b"/tiles/areas/99/99/99.mvt", {404}),
        (b"/tiles/areas/1/-1/0.mvt", {404, 422}),
        (b"/tiles/areas/99999999999999999999/0/0.mvt", {404, 422}),
        (b"http://localhost/api/v1/events", {200, 400, 404}),
        (b"*", {400, 404}),
    ],
)
def test_odd_addresses_are_answered_with_a_clear_status(port: int, target: bytes, expected: set[int]) -> None:
    assert status_of(port, target) in expected
    assert status_of(port, b"/health/live") == 200


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        (b"HEAD", b"", {200}),
        (b"POST", b"Content-Length: 2\r\n\r\n{}", {405}),
        (b"TRACE", b"", {405}),
        (b"BREW", b"", {400, 405}),
        (b"GET", b"Accept: " + b"a/b;q=x," * 500 + b"\r\n", {200, 400}),
        (b"GET", b"Accept-Language: \xff\xfe;q=\xd9\xa5\r\n", {200, 400}),
        (b"GET", b'If-None-Match: "\xff", W/, ,\r\n', {200, 400}),
        (b"GET", b"Cookie: lang=\xff; =; ;lang\r\n", {200, 400}),
        (b"GET", b"X-Forwarded-For: ,,,nonsense\r\n", {200}),
        (b"GET", b"Authorization: Bearer \xff\r\n", {400, 401}),
    ],
)
def test_odd_methods_and_headers_are_answered_with_a_clear_status(
    port: int, method: bytes, headers: bytes, expected: set[int]
) -> None:
    assert status_of(port, b"/api/v1/reference/units", method, headers) in expected
