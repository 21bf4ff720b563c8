"""What one visitor sends never changes what another one gets, and kept answers stay within their memory."""

from collections.abc import Iterator
from datetime import date

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from app.cluster import Cluster
from app.delivery import cache
from app.delivery.cache import Kept, Shelf, key_of, size
from tests.conftest import client_on

PAGE = "/stock?available=true"


@pytest.fixture
def fresh(cluster: Cluster, demo_database: str) -> Iterator[TestClient]:
    """A portal that has kept nothing yet."""
    with client_on(cluster, demo_database) as client:
        yield client


def shelf_of(client: TestClient) -> Shelf:
    layer = client.app.middleware_stack  # type: ignore[attr-defined]
    while not isinstance(layer, cache.Cache):
        layer = layer.app
    return layer.shelf


def lines(name: str, *values: str) -> list[tuple[str, str]]:
    return [(name, value) for value in values]


def test_a_language_in_a_second_cookie_line_is_the_asker_s_own(fresh: TestClient) -> None:
    assert fresh.get(PAGE, headers=lines("cookie", "a=b", "lang=ru")).headers["content-language"] == "ru"
    assert fresh.get(PAGE, headers=lines("cookie", "a=b")).headers["content-language"] == "en"
    assert fresh.get(PAGE).headers["content-language"] == "en"


def test_an_encoding_in_a_second_line_is_the_asker_s_own(fresh: TestClient) -> None:
    path = "/api/v1/events"
    assert fresh.get(path, headers=lines("accept-encoding", "identity", "gzip")).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in fresh.get(path, headers=lines("accept-encoding", "identity")).headers


def test_a_session_in_a_second_cookie_line_is_private(fresh: TestClient) -> None:
    answer = fresh.get(PAGE, headers=lines("cookie", "lang=en", "session=mine"))
    assert answer.headers["cache-control"] == "no-store"


def test_cookies_of_others_make_no_answers_of_their_own(fresh: TestClient) -> None:
    for number in range(3):
        fresh.get(PAGE, headers={"cookie": f"visitor={number}"})
    assert len(shelf_of(fresh).answers) == 1


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/events?limit=0", "/nothing", "/events?q="])
def test_refusals_and_redirects_to_credentials_are_private_too(portal: TestClient, path: str) -> None:
    answer = portal.get(path, headers={"authorization": "Bearer x"}, follow_redirects=False)
    assert answer.status_code >= 300
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    assert answer.headers["cache-control"] == ("no-store" if is_page else "private, no-cache")
    assert "Cookie" in answer.headers["vary"]
    assert portal.get(path, follow_redirects=False).headers["cache-control"] == "no-cache"


def test_several_lines_of_known_tags_are_all_read(portal: TestClient) -> None:
    tag = portal.get("/api/v1/events").headers["etag"]
    assert portal.get("/api/v1/events", headers=lines("if-none-match", '"other"', tag)).status_code == 304


def test_long_headers_take_their_place_on_the_shelf() -> None:
    shelf = Shelf(100_000)
    scope = {"path": "/", "query_string": b""}
    for number in range(50):
        key = key_of(scope, Headers({"accept": f"{number}" + "x" * 20_000}))
        kept = Kept(("events",), (1,), date(2026, 11, 23), [(b"etag", b'"1"')], '"1"', b"body")
        shelf.put(key, kept)
        assert size(key, kept) > 20_000
    assert len(shelf.answers) < 5
    assert shelf.bytes <= 100_000


def test_an_answer_made_over_midnight_is_yesterday_s(fresh: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows were read on one day and the answer ended on the next: it must not be kept as the next day's."""
    days = iter([date(2026, 11, 22)])
    monkeypatch.setattr(cache, "today", lambda: next(days, date(2026, 11, 23)))
    fresh.get("/api/v1/capacities?stale=true")
    [answer] = shelf_of(fresh).answers.values()
    assert answer.day == date(2026, 11, 22)
