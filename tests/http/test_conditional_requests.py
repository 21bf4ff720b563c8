"""ETag, 304 and HEAD: what is asked again costs nothing, and what has changed is never taken for unchanged."""

import time
from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.make import make_capacity, make_event, make_figure, make_item, make_lot, make_position, make_source
from tests.waiting import soon

PATHS = (
    "/api/v1/events", "/api/v1/events/EV-2008-0006", "/api/v1/events/EV-2008-0006/figures", "/api/v1/events/facets",
    "/api/v1/capacities", "/api/v1/capacities/facets", "/api/v1/capacities/CA-0000001", "/api/v1/stock", "/api/v1/areas",
    "/api/v1/areas/KG-O", "/api/v1/reference", "/api/v1/reference/hazards", "/api/v1/capacities?format=geojson&limit=5",
)  # fmt: skip
PLAIN = {"Accept-Encoding": "identity"}


def tag(client: TestClient, path: str = "/api/v1/capacities") -> str:
    answer = client.get(path, headers=PLAIN)
    assert answer.status_code == 200, answer.text
    return answer.headers["etag"]


@pytest.mark.parametrize("path", PATHS)
def test_what_is_known_already_is_not_sent_again(portal: TestClient, path: str) -> None:
    first = portal.get(path)
    again = portal.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["vary"] == first.headers["vary"]
    assert portal.get(path, headers={"If-None-Match": '"another"'}).content == first.content


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_the_body(portal: TestClient, path: str) -> None:
    got, head = portal.get(path, headers=PLAIN), portal.head(path, headers=PLAIN)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-type", "content-length", "vary"):
        assert head.headers[name] == got.headers[name]
    assert portal.head(path, headers={**PLAIN, "If-None-Match": got.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_head_of_a_file_says_what_it_would_be(portal: TestClient, name: str) -> None:
    head = portal.head("/api/v1/stock", params={"format": name})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-disposition"] == f'attachment; filename="stock.{name}"'


def test_each_encoding_has_its_own_strong_tag(portal: TestClient) -> None:
    tags = {}
    for encoding in ("identity", "gzip", "br", "zstd"):
        answer = portal.get("/api/v1/events", headers={"Accept-Encoding": encoding})
        assert answer.headers.get("content-encoding", "identity") == encoding
        tags[encoding] = answer.headers["etag"]
        assert tags[encoding].startswith('"')
    assert len(set(tags.values())) == 4
    for encoding, own in tags.items():
        for other, foreign in tags.items():
            asked = {"Accept-Encoding": encoding, "If-None-Match": foreign}
            expected = 304 if encoding == other else 200
            assert portal.get("/api/v1/events", headers=asked).status_code == expected, (encoding, other, own)


def test_language_and_format_have_their_own_tags(portal: TestClient) -> None:
    asked = ("", "?lang=ru", "?format=geojson", "?lang=ru&format=geojson")
    assert len({tag(portal, f"/api/v1/events{query}") for query in asked}) == 4
    russian = portal.get("/api/v1/events", headers={**PLAIN, "Accept-Language": "ru"})
    assert russian.headers["content-language"] == "ru"
    assert russian.headers["etag"] != tag(portal, "/api/v1/events")


@pytest.mark.parametrize("value", ["*", "W/{tag}", '"x", {tag} , "y"'])
def test_every_way_to_write_if_none_match_is_read(portal: TestClient, value: str) -> None:
    known = tag(portal, "/api/v1/events")
    answer = portal.get("/api/v1/events", headers={**PLAIN, "If-None-Match": value.format(tag=known)})
    assert answer.status_code == 304


def test_answers_say_what_they_depend_on(portal: TestClient) -> None:
    headers = portal.get("/api/v1/events").headers
    assert headers["vary"] == "Accept, Accept-Encoding, Accept-Language, Authorization, Cookie"
    assert headers["cache-control"] == "no-cache"
    assert "last-modified" in headers


def test_answers_to_credentials_are_private(portal: TestClient) -> None:
    headers = portal.get("/api/v1/events", headers={"Authorization": "Bearer nobody"}).headers
    assert headers["cache-control"] == "private, no-cache"


def test_last_modified_of_a_record_is_when_it_changed(client: TestClient, db: Session) -> None:
    capacity = make_capacity(db)
    db.commit()
    answer = client.get(f"/api/v1/capacities/{capacity.ref}")
    assert answer.headers["last-modified"].endswith(f"{capacity.updated_at:%Y %H:%M:%S} GMT")


@pytest.fixture
def two(new_portal: Callable[..., TestClient]) -> tuple[TestClient, TestClient]:
    """Two workers that both listen and have both answered before."""
    pair = new_portal(), new_portal()
    for client in pair:
        soon(lambda: client.get("/health/ready").status_code, lambda status: status == 200)  # noqa: B023
        tag(client)
    return pair


def test_a_change_gives_a_new_tag_on_every_worker_within_100_ms(
    db: Session, two: tuple[TestClient, TestClient]
) -> None:
    """The quickest of some changes: the machine may be busy with other tests."""
    delays = [float("inf")]
    while len(delays) < 20 and min(delays) > 0.1:
        before = [soon(lambda: tag(client), lambda now: now == tag(two[0])) for client in two]  # noqa: B023
        make_capacity(db)
        db.commit()
        began = time.monotonic()
        after = [soon(lambda: tag(client), lambda now: now not in before) for client in two]  # noqa: B023
        delays.append(time.monotonic() - began)
        assert after[0] == after[1] != before[0]
        known = {**PLAIN, "If-None-Match": before[1]}
        assert two[1].get("/api/v1/capacities", headers=known).status_code == 200
    assert min(delays) < 0.1


def test_what_belongs_to_a_record_changes_its_tag_too(client: TestClient, db: Session) -> None:
    event, position = make_event(db), make_position(db)
    db.commit()
    one, stock = f"/api/v1/events/{event.ref}", f"/api/v1/stock/{position.ref}"
    before = tag(client, one), tag(client, stock)
    make_figure(db, event, is_headline=True)
    make_lot(db, position, "L1", 5)
    db.commit()
    assert soon(lambda: tag(client, one), lambda now: now != before[0]) != before[0]
    assert soon(lambda: tag(client, stock), lambda now: now != before[1]) != before[1]


def settled(client: TestClient, paths: Iterable[str]) -> list[str]:
    """The tags once all that was written has been told of."""
    time.sleep(0.5)
    return [tag(client, path) for path in paths]


def test_a_hidden_record_changes_no_tag_of_who_may_not_see_it(client: TestClient, db: Session) -> None:
    paths = ("/api/v1/capacities", "/api/v1/events", "/api/v1/stock", "/api/v1/capacities/facets")
    make_position(db)
    make_source(db)
    make_item(db, "hidden-item")
    db.commit()
    before = settled(client, paths)
    hidden = make_capacity(db, "Hidden", visibility="partners")
    event = make_event(db, "Hidden", visibility="centre")
    make_figure(db, event)
    make_lot(db, make_position(db, "hidden-item", visibility="own"), "L1", 4)
    db.commit()
    hidden.quantity_available = 0
    db.commit()
    assert settled(client, paths) == before
    hidden.visibility = "public"
    db.commit()
    assert soon(lambda: tag(client), lambda now: now != before[0]) != before[0]


def test_a_record_that_is_hidden_from_now_on_leaves_the_list(client: TestClient, db: Session) -> None:
    capacity = make_capacity(db)
    db.commit()
    before = soon(lambda: client.get("/api/v1/capacities").json()["count"], lambda count: count == 1)
    capacity.visibility = "partners"
    db.commit()
    assert before == 1
    assert soon(lambda: client.get("/api/v1/capacities").json()["count"], lambda count: count == 0) == 0


def test_a_worker_that_is_not_notified_keeps_nothing(client: TestClient, db: Session) -> None:
    tag(client)
    client.app.state.reader.versions.listening = False  # type: ignore[attr-defined]
    db.execute(text("ALTER TABLE capacities DISABLE TRIGGER note_insert"))
    make_capacity(db)
    db.commit()
    assert client.get("/api/v1/capacities").json()["count"] == 1
