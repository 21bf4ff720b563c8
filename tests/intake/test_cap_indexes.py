"""An index of warnings leads to documents; each is fetched once, and again when the index says that it has changed."""

from sqlalchemy.orm import Session

from tests.intake.conftest import Pull
from tests.intake.server import FeedServer, answer, sample

FIRST, SECOND = "warnings@meteo.example,invented-2026-0042", "warnings@meteo.example,invented-2026-0043"


def index(server: FeedServer, **changes: str) -> bytes:
    said = sample("cap_index.atom").decode().replace("{base}", server.url)
    for old, new in changes.items():
        said = said.replace(old, new)
    return said.encode()


def serve(server: FeedServer) -> None:
    server.say(answer(index(server)), "/index")
    server.say(answer(sample("cap.xml")), "/cap.xml")
    server.say(answer(sample("cap_1_1_cancel.xml")), "/cap_1_1_cancel.xml")


def paths(server: FeedServer) -> list[str]:
    return sorted(path for path, _ in server.asked)


def test_documents_are_fetched_once(pull: Pull, server: FeedServer) -> None:
    serve(server)
    feed = pull.feed("cap", "/index")
    pull(feed)
    assert set(pull.items(feed)) == {FIRST, SECOND}
    assert feed.items_seen == 2
    assert paths(server) == ["/cap.xml", "/cap_1_1_cancel.xml", "/index"]
    server.say(answer(index(server, Cancelled="Cancelled again")), "/index")
    pull(feed)
    assert paths(server) == ["/cap.xml", "/cap_1_1_cancel.xml", "/index", "/index"]
    assert all(item.gone_at is None for item in pull.items(feed).values())


def test_a_document_whose_stamp_changed_is_fetched_again(pull: Pull, server: FeedServer) -> None:
    serve(server)
    feed = pull.feed("cap", "/index")
    pull(feed)
    server.say(answer(index(server, **{"2026-07-08T05:30:00Z": "2026-07-08T06:30:00Z"})), "/index")
    server.say(answer(sample("cap.xml").replace(b"Heavy rain", b"Very heavy rain")), "/cap.xml")
    pull(feed)
    assert paths(server).count("/cap.xml") == 2
    assert pull.items(feed)[FIRST].revision == 2


def test_a_warning_that_the_index_dropped_is_gone(pull: Pull, server: FeedServer) -> None:
    serve(server)
    feed = pull.feed("cap", "/index")
    pull(feed)
    said = index(server).decode()
    only = said[: said.rindex("<entry>")] + "</feed>"
    server.say(answer(only.encode()), "/index")
    pull(feed)
    items = pull.items(feed)
    assert items[SECOND].gone_at is not None
    assert items[FIRST].gone_at is None


def test_a_document_that_does_not_come_is_asked_for_at_the_next_turn(pull: Pull, server: FeedServer) -> None:
    serve(server)
    server.say(answer(b"", 500), "/cap.xml")
    feed = pull.feed("cap", "/index")
    pull(feed)
    assert set(pull.items(feed)) == {SECOND}
    assert [one.message for one in pull.problems(feed)] == ["no document: refused: 500"]
    assert feed.failures == 0
    server.say(answer(sample("cap.xml")), "/cap.xml")
    pull(feed)
    assert set(pull.items(feed)) == {FIRST, SECOND}


def test_a_document_that_never_comes_is_given_up(pull: Pull, server: FeedServer) -> None:
    serve(server)
    server.say(answer(b"", 404), "/cap.xml")
    feed = pull.feed("cap", "/index")
    for _ in range(7):
        pull(feed)
    assert paths(server).count("/cap.xml") == 5


def test_an_index_that_leads_to_an_index_leads_nowhere(pull: Pull, server: FeedServer, db: Session) -> None:
    serve(server)
    server.say(answer(index(server)), "/cap.xml")
    feed = pull.feed("cap", "/index")
    pull(feed)
    assert set(pull.items(feed)) == {SECOND}
    assert paths(server) == ["/cap.xml", "/cap_1_1_cancel.xml", "/index"]


def test_a_document_in_our_own_network_is_not_fetched(pull: Pull, server: FeedServer) -> None:
    serve(server)
    said = index(server).replace(f"{server.url}/cap.xml".encode(), b"http://169.254.169.254/cap.xml")
    server.say(answer(said), "/index")
    feed = pull.feed("cap", "/index")
    pull(feed)
    assert set(pull.items(feed)) == {SECOND}
    assert pull.problems(feed)[0].message.startswith("no document: not allowed")


def test_a_warning_inside_an_entry_is_read_where_it_stands(pull: Pull, server: FeedServer) -> None:
    alert = sample("cap.xml").decode().partition("?>")[2]
    said = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="text/xml">{alert}</content></entry></feed>'
    server.say(answer(said.encode()), "/index")
    feed = pull.feed("cap", "/index")
    pull(feed)
    assert set(pull.items(feed)) == {FIRST}
