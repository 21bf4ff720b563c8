"""A feed on loopback that answers as a test says: well, badly, slowly, or not at all."""

import gzip
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

SAMPLES = Path(__file__).parent / "samples"
Says = Callable[["Handler"], None]


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


class Handler(BaseHTTPRequestHandler):
    """One request; `server.says` has what each path answers."""

    server: "Server"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        says = self.server.says.get(self.path.partition("?")[0]) or self.server.says["*"]
        with suppress(OSError):
            says(self)

    def log_message(self, *_: object) -> None:
        pass

    def tell(self, status: int, body: bytes = b"", length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    says: dict[str, Says]
    asked: list[tuple[str, Mapping[str, str]]]

    def handle_error(self, *_: object) -> None:
        pass  # who asked has hung up, as it should


@dataclass
class FeedServer:
    """`says` may be changed while it runs; `asked` are the requests so far: path and headers."""

    server: Server
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def say(self, says: Says, path: str = "*") -> None:
        self.server.says[path] = says


@contextmanager
def feed_server() -> Iterator[FeedServer]:
    server = Server(("127.0.0.1", 0), Handler)
    server.says, server.asked = {"*": answer(b"")}, []
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield FeedServer(server, server.asked)
    finally:
        server.shutdown()
        server.server_close()


# -- ways to answer


def answer(body: bytes, status: int = 200, **headers: str) -> Says:
    return lambda handler: handler.tell(status, body, **headers)


def if_changed(body: bytes, etag: str) -> Says:
    def says(handler: Handler) -> None:
        same = handler.headers.get("If-None-Match") == etag
        handler.tell(304 if same else 200, b"" if same else body, ETag=etag)

    return says


def packed(body: bytes) -> Says:
    return answer(gzip.compress(body), Content_Encoding="gzip")


def slow_drip(handler: Handler) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.05)


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 1_000_000)


def reset(handler: Handler) -> None:
    """Hangs up in the middle, without a good-bye."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
