"""Requests that no client library would send, handed to the application as its server would."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.testclient import TestClient
from starlette.types import Message

Pairs = Iterable[tuple[bytes, bytes]]


def ask(
    client: TestClient, method: str, target: bytes, headers: Pairs = (), pieces: Iterable[bytes] = (b"",)
) -> tuple[int, Headers, bytes]:
    """The status, headers and body of the answer. `pieces` are the parts in which the body arrives."""
    path, _, query = target.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": unquote(path.decode("utf-8", "replace")), "raw_path": path, "query_string": query, "root_path": "",
        "headers": [(b"host", b"testserver"), *headers], "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip
    return deliver(client, scope, iter(pieces))


def deliver(client: TestClient, scope: dict[str, Any], pieces: Any) -> tuple[int, Headers, bytes]:
    sent: list[Message] = []

    async def receive() -> Message:
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: Message) -> None:
        sent.append(message)

    assert client.portal is not None
    # in the application's own loop: a browser test before may hold the one of this thread
    client.portal.call(client.app, scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], Headers(raw=sent[0]["headers"]), body
