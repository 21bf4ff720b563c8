"""A file that is too large, lies about its length, or breaks off: refused early, without a crash, and nothing of it stays."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.documents import receiving
from app.events.models import Event
from tests.conftest import Cast
from tests.documents import files
from tests.documents.serving import serving
from tests.make import make_event
from tests.security.raw import ask, deliver
from tests.waiting import soon

MB = 1 << 20


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db)
    db.commit()
    return event


@pytest.fixture
def key(cast: Cast) -> dict[str, str]:
    return cast.program("events:write")


@pytest.fixture
def small(new_portal: Callable[..., TestClient]) -> TestClient:
    """A portal that takes files of 1 MB."""
    return new_portal(largest_document_mb=1)


def endless(taken: list[int], piece: bytes = b"x" * 65_536) -> Iterator[bytes]:
    while True:
        taken.append(len(piece))
        yield piece


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def kept(db: Session) -> int:
    db.rollback()
    return int(db.execute(text("SELECT count(*) FROM document_chunks")).scalar_one())


def address(event: Event) -> bytes:
    return f"/api/v1/events/{event.ref}/documents".encode()


def test_a_body_without_end_is_read_to_the_limit_only(
    small: TestClient, event: Event, key: dict[str, str], db: Session
) -> None:
    taken: list[int] = []
    status, headers, body = ask(small, "POST", address(event), raw(key), endless(taken))
    assert status == 413, body
    assert headers["connection"] == "close"
    assert sum(taken) < 2 * MB
    assert kept(db) == 0


def test_what_says_that_it_is_too_large_is_not_read_at_all(
    small: TestClient, event: Event, key: dict[str, str]
) -> None:
    for announced in (MB + 1, 2 << 30):
        taken: list[int] = []
        length = [(b"content-length", str(announced).encode())]
        status, _headers, _body = ask(small, "POST", address(event), [*raw(key), *length], endless(taken))
        assert (status, taken) == (413, [])


def test_a_form_without_end_is_read_to_a_bound(small: TestClient, event: Event, cast: Cast, db: Session) -> None:
    taken: list[int] = []
    begin = b'--b\r\nContent-Disposition: form-data; name="source"\r\n\r\nUNOSAT\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    pieces = iter([begin])
    kind = {"Content-Type": "multipart/form-data; boundary=b"}

    def both() -> Iterator[bytes]:
        yield from pieces
        yield from endless(taken)

    status, _headers, body = ask(
        small, "POST", f"/events/{event.ref}/documents".encode(), raw(cast.person("operator") | kind), both()
    )
    assert status == 413
    assert b"UNOSAT" in body
    assert sum(taken) < 10 * MB
    assert kept(db) == 0


def test_the_limit_itself_is_kept(small: TestClient, event: Event, key: dict[str, str]) -> None:
    assert small.post(address(event).decode(), content=files.of_size(MB), headers=key).status_code == 201
    sent = {"file": ("a.pdf", files.of_size(MB + 1))}
    assert small.post(address(event).decode(), files=sent, headers=key).status_code == 413


def test_other_doors_take_no_more_than_before(small: TestClient, event: Event, key: dict[str, str]) -> None:
    for door in ("/api/v1/events", f"/api/v1/events/{event.ref}", f"/api/v1/events/{event.ref}/documents/x", "/events"):
        status, _headers, _body = ask(small, "POST", door.encode(), [*raw(key), (b"content-length", b"2500000")])
        assert status == 413, door


@pytest.mark.parametrize("who", [{}, {"Authorization": "Bearer apk_none"}])
def test_from_strangers_nothing_is_read(small: TestClient, event: Event, who: dict[str, str]) -> None:
    taken: list[int] = []
    status, _headers, _body = ask(small, "POST", address(event), raw(who), endless(taken))
    assert (status, taken) == (401, [])


def test_for_an_event_that_is_not_there_nothing_is_read(small: TestClient, key: dict[str, str]) -> None:
    taken: list[int] = []
    status, _headers, _body = ask(small, "POST", b"/api/v1/events/EV-1999-0001/documents", raw(key), endless(taken))
    assert (status, taken) == (404, [])


def test_a_file_that_breaks_off_leaves_nothing(
    small: TestClient, event: Event, key: dict[str, str], db: Session
) -> None:
    """What a server says when the other side is gone, or has sent less than it announced."""
    scope = scope_of(event, key)
    messages = iter([{"type": "http.request", "body": files.PDF[:50], "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    assert small.portal is not None
    small.portal.call(small.app, scope, receive, send)
    assert sent[0]["status"] == 400
    assert kept(db) == 0


def scope_of(event: Event, key: dict[str, str]) -> dict[str, Any]:
    path = address(event)
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path.decode(), "raw_path": path, "query_string": b"", "root_path": "",
        "headers": [(b"host", b"testserver"), *raw(key)], "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip


def test_a_file_that_stops_coming_is_given_up(
    small: TestClient, event: Event, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE_S", 0.05)
    sent: list[Any] = []
    begun = iter([{"type": "http.request", "body": b"%PDF-", "more_body": True}])

    async def receive() -> Any:
        if message := next(begun, None):
            return message
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    assert small.portal is not None
    small.portal.call(small.app, scope_of(event, key), receive, send)
    assert sent[0]["status"] == 408


def test_a_full_disk_is_told(
    small: TestClient, event: Event, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def write(self, piece: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            pass

    monkeypatch.setattr(receiving, "TemporaryFile", Full)
    answer = small.post(address(event).decode(), content=files.PDF, headers=key)
    assert answer.status_code == 507
    assert "room" in answer.json()["detail"]


def test_too_many_at_once_are_told_to_come_again(
    small: TestClient, event: Event, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "AT_ONCE", 0)
    answer = small.post(address(event).decode(), content=files.PDF, headers=key)
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        b"--b\r\n\r\n",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-',
    ],
)
def test_a_form_that_is_none_is_refused(small: TestClient, event: Event, key: dict[str, str], body: bytes) -> None:
    answer = small.post(
        address(event).decode(), content=body, headers=key | {"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 422, answer.text


def test_no_transaction_is_open_while_a_file_comes(
    small: TestClient, event: Event, key: dict[str, str], db: Session
) -> None:
    """Half of it has come; nobody in the database waits for the rest."""

    def pieces() -> Iterator[bytes]:
        yield files.PDF[:40]
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert db.execute(waiting).scalar_one() == 0
        yield files.PDF[40:]

    status, _headers, body = deliver(small, scope_of(event, key), pieces())
    assert status == 201, body


def test_a_length_that_lies_is_no_file(
    event: Event, key: dict[str, str], db: Session, cluster: Any, database: str
) -> None:
    """Asked over a real connection: less than was announced, then silence and goodbye."""
    with serving(cluster, database) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            head = f"POST {address(event).decode()} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {key['Authorization']}\r\nContent-Length: 5000\r\n\r\n"
            line.sendall(head.encode() + files.PDF)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            head = f"POST {address(event).decode()} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {key['Authorization']}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            line.sendall(head.encode() + b"%x\r\n" % len(files.JPEG) + files.JPEG + b"\r\n0\r\n\r\n")
            assert b" 201 " in line.recv(100)
        assert soon(lambda: kept(db), bool) == 1
