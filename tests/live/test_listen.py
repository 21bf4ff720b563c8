"""An open page hears that something changed, as far as whoever opened it may see that, and nothing is asked of the database."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socket import create_server
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.cluster import Cluster
from app.commands.serve import Server
from app.live import streams
from app.main import create_app
from tests.conftest import Cast, settings_for
from tests.make import make_event, make_organisation
from tests.waiting import soon

PATIENCE = httpx.Timeout(60)


@dataclass
class Portal:
    """A portal on a socket: what streams cannot be asked through the test client, which waits for the end of an answer."""

    address: str
    server: Server

    @contextmanager
    def listening(self, layers: str = "events", headers: Any = None, **asked: str) -> Iterator["Heard"]:
        with (
            httpx.Client(base_url=self.address, timeout=PATIENCE) as client,
            client.stream("GET", "/live", params={"layers": layers} | asked, headers=headers) as answer,
        ):
            yield Heard(answer)


@dataclass
class Heard:
    answer: httpx.Response
    lines: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.answer.iter_lines()

    def next(self) -> dict[str, str]:
        """The next message; heartbeats are none."""
        said: dict[str, str] = {}
        for line in self.lines:
            if line.startswith(":"):
                continue
            if not line and said:
                return said
            name, _colon, value = line.partition(":")
            if name:
                said[name] = value.strip()
        return said


@pytest.fixture
def serve(cluster: Cluster, database: str) -> Iterator[Callable[..., Portal]]:
    """Portals on this test's database, each on a port of its own."""
    opened: list[tuple[Portal, threading.Thread]] = []

    def start(**changes: object) -> Portal:
        listening = create_server(("127.0.0.1", 0))
        app = create_app(settings_for(cluster, database, **changes))
        server = Server(uvicorn.Config(app, log_level="warning", proxy_headers=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        soon(lambda: server.started, bool)
        opened.append((Portal(f"http://127.0.0.1:{listening.getsockname()[1]}", server), thread))
        return opened[-1][0]

    yield start
    for portal, thread in opened:
        portal.server.should_exit = True
        thread.join(30)


def test_a_page_is_greeted_and_hears_of_a_change(serve: Callable[..., Portal], db: Session) -> None:
    with serve().listening() as page:
        assert page.answer.headers["content-type"].startswith("text/event-stream")
        greeting = page.next()
        assert greeting["event"] == "hello"
        assert 2000 <= int(greeting["retry"]) < 4000
        make_event(db)
        db.commit()
        news = page.next()
        assert (news["event"], news["data"]) == ("changed", "events")
        assert news["id"] != greeting["id"]


def test_a_page_does_not_hear_of_layers_that_it_does_not_show(serve: Callable[..., Portal], db: Session) -> None:
    with serve().listening("capacities") as page, serve().listening("capacities,events") as other:
        first = page.next()
        other.next()
        make_event(db)
        db.commit()
        assert other.next()["data"] == "events"
    with serve().listening("capacities", since=first["id"]) as again:
        assert again.next()["id"] == first["id"]


def test_what_changed_while_the_line_was_broken_is_told_at_once(serve: Callable[..., Portal], db: Session) -> None:
    portal = serve()
    with portal.listening() as page:
        known = page.next()["id"]
    make_event(db)
    db.commit()
    for way in ({"headers": {"Last-Event-ID": known}}, {"since": known}):
        with portal.listening(**way) as page:  # type: ignore[arg-type]
            page.next()
            assert page.next()["event"] == "changed"


def test_nothing_is_told_again_to_whoever_knows_it(serve: Callable[..., Portal], db: Session) -> None:
    portal = serve()
    with portal.listening() as page:
        known = page.next()["id"]
    with portal.listening(since=known) as page:
        page.next()
        make_event(db)
        db.commit()
        assert page.next()["id"] != known  # the first message is of this change, not of what was known


def test_the_greeting_says_how_long_ago_something_changed(serve: Callable[..., Portal], db: Session) -> None:
    make_event(db)
    db.commit()
    with serve().listening() as page:
        assert 0 <= json.loads(page.next()["data"])["changed_ms_ago"] < 60_000


@pytest.mark.parametrize("visibility", ["partners", "centre", "own"])
def test_nobody_hears_of_what_they_may_not_see(
    serve: Callable[..., Portal], db: Session, cast: Cast, visibility: str
) -> None:
    organisation = cast.person("operator")  # makes sure that there is one, before anybody listens
    hidden = {
        "visibility": visibility,
        "organisation_id": make_event(db, "First").organisation_id or make_organisation(db, "CESDRR").id,
    }
    db.commit()
    portal = serve()  # which knows of all this when it starts
    with portal.listening() as page, portal.listening(headers=organisation) as centre:
        known = page.next()["id"]
        centre.next()
        make_event(db, "Hidden", **hidden)
        db.commit()
        if visibility != "own":
            assert centre.next()["event"] == "changed"
    with portal.listening(since=known) as page:
        assert page.next()["id"] == known


def test_whoever_signed_in_is_looked_at_again_after_some_minutes(
    serve: Callable[..., Portal], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "KNOWN_S", 0.2)
    with serve().listening(headers=cast.person("operator")) as page:
        assert "events/centre" in page.next()["id"]
        assert page.next() == {}  # the end


def test_an_open_page_keeps_no_session_alive(serve: Callable[..., Portal], db: Session, cast: Cast) -> None:
    headers = cast.person("operator")
    db.execute(text("UPDATE sessions SET last_seen_at = now() - interval '1 hour'"))
    db.commit()
    portal = serve()
    with portal.listening(headers=headers) as page:
        page.next()
    httpx.get(f"{portal.address}/events", headers=headers | {"X-Unattended": "1"})
    seen = text("SELECT now() - last_seen_at > interval '50 minutes' FROM sessions")
    assert db.execute(seen).scalar_one()
    httpx.get(f"{portal.address}/events", headers=headers)
    db.rollback()
    assert not db.execute(seen).scalar_one()


def test_an_address_has_its_share_and_no_more(serve: Callable[..., Portal]) -> None:
    portal = serve(live_per_address=2)
    with portal.listening() as one, portal.listening() as other:
        one.next()
        other.next()
        with portal.listening() as third:
            assert third.answer.status_code == 429
            assert third.answer.headers["retry-after"]
            assert third.answer.headers["content-type"] == "application/problem+json"

    def opened_again() -> int:
        with portal.listening() as page:
            return page.answer.status_code

    assert soon(opened_again, lambda status: status == 200) == 200


def test_a_process_that_stops_does_not_wait_for_open_pages(serve: Callable[..., Portal]) -> None:
    portal = serve()
    with portal.listening() as page:
        page.next()
        began = time.monotonic()
        portal.server.should_exit = True
        assert page.next() == {}
        assert time.monotonic() - began < streams.HEARTBEAT_S


def test_neither_compression_nor_proxies_hold_messages_back(serve: Callable[..., Portal]) -> None:
    with serve().listening(headers={"Accept-Encoding": "gzip, br, zstd"}) as page:
        assert "content-encoding" not in page.answer.headers
        assert page.answer.headers["x-accel-buffering"] == "no"
        assert page.answer.headers["cache-control"] == "no-store"
        assert page.next()["event"] == "hello"


def test_the_head_of_a_stream_has_an_end(client: TestClient) -> None:
    answer = client.head("/live", params={"layers": "events"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize(
    "asked", ["", "?layers=", "?layers=secrets", "?layers=events&x=1", "?layers=events&since=1&since=2"]
)
def test_what_makes_no_sense_is_told(client: TestClient, asked: str) -> None:
    answer = client.get(f"/live{asked}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
