"""Requests written so that two servers would disagree where they end (request smuggling), over a real socket."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from app.cluster import Cluster
from app.main import create_app
from tests.conftest import settings_for

HOST = b"Host: localhost\r\n"
SMUGGLED = b"GET /api/v1/reference/units HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port(cluster: Cluster, demo_database: str) -> Iterator[int]:
    config = uvicorn.Config(
        create_app(settings_for(cluster, demo_database)), port=0, http="httptools", log_level="error"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def talk(port: int, *parts: bytes) -> bytes:
    """All that comes back until the server hangs up, or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        heard = b""
        try:
            for part in parts:
                wire.sendall(part)
            while piece := wire.recv(65_536):
                heard += piece
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            pass
        return heard


def statuses(heard: bytes) -> list[int]:
    return [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 0\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999999999\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n",
        b"X: y\r\n Content-Length: 5\r\n",
        b"X: \x00\r\n",
        b"X\x00: y\r\n",
        b"X: a\rSet-Cookie: b\r\n",
        b"X: a\nContent-Length: 40\n\n",
    ],
)
def test_a_message_of_two_lengths_is_refused_and_nothing_behind_it_is_answered(port: int, headers: bytes) -> None:
    heard = talk(port, b"POST /api/v1/events HTTP/1.1\r\n" + HOST + headers + b"\r\n0\r\n\r\n" + SMUGGLED)
    assert statuses(heard)[:1] == [400]
    assert 200 not in statuses(heard)


@pytest.mark.parametrize("size", [b"FFFFFFFFFFFFFFFFF", b"-1", b"0x5", b"5 ", b"g", b"5\n"])
def test_a_piece_of_a_false_length_ends_the_connection(port: int, size: bytes) -> None:
    asked = b"POST /api/v1/events HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\nhello\r\n"
    assert 200 not in statuses(talk(port, asked, SMUGGLED))


def test_the_server_still_answers_after_all_this(port: int) -> None:
    assert statuses(talk(port, SMUGGLED)) == [200]
