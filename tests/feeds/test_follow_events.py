"""Events as feeds: what a reader of feeds makes of them, who sees what in them, and what is told of those that are gone."""

import re
from typing import Any

import feedparser
import pytest
from lxml import etree
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.formats.georss import GML_OF
from tests.conftest import Cast
from tests.make import make_event, make_figure, make_glide, make_organisation, make_source
from tests.waiting import soon

ATOM = "{http://www.w3.org/2005/Atom}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
GEORSS = "{http://www.georss.org/georss}"
GML = "{http://www.opengis.net/gml}"
POLYGON = "SRID=4326;POLYGON((70 40, 71 40, 71 41, 70 40))"
HOLED = "SRID=4326;POLYGON((70 40, 72 40, 72 42, 70 40), (71.2 40.5, 71.4 40.5, 71.4 40.7, 71.2 40.5))"
PARTS = "SRID=4326;MULTIPOLYGON(((70 40, 71 40, 71 41, 70 40)), ((74 42, 75 42, 75 43, 74 42)))"
LINE = "SRID=4326;LINESTRING(70 40, 71.5 40.25)"

# RFC 4287, 4.1.1 and 4.1.2: (how often at least, at most)
OF_A_FEED = {"id": (1, 1), "title": (1, 1), "updated": (1, 1), "author": (1, 99), "link": (1, 99), "entry": (0, 9999)}
OF_AN_ENTRY = {
    "id": (1, 1), "title": (1, 1), "updated": (1, 1), "published": (0, 1), "summary": (0, 1), "link": (1, 99), "category": (0, 999),
}  # fmt: skip
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def address(name: str, query: str = "") -> str:
    """Of the events that a test has made: those that the reference data hold are older."""
    return f"/feeds/{name}?started_after=2026-01-01T00:00:00Z{query.replace('?', '&')}"


def read(client: TestClient, query: str = "", name: str = "events.atom", headers: Any = None) -> Any:
    """As feedparser sees it."""
    answer = client.get(address(name, query), headers=headers)
    assert answer.status_code == 200, answer.text
    found = feedparser.parse(answer.content)
    assert not found.bozo, found.bozo_exception
    return found


def tree(client: TestClient, query: str = "", name: str = "events.atom") -> Any:
    answer = client.get(address(name, query))
    return etree.fromstring(answer.content, etree.XMLParser(resolve_entities=False))


def check_atom(root: Any) -> None:
    """The rules of RFC 4287 that a feed can break."""
    assert root.tag == f"{ATOM}feed"
    check_children(root, OF_A_FEED)
    entries = root.findall(f"{ATOM}entry")
    for entry in entries:
        check_children(entry, OF_AN_ENTRY)
        alternates = [(link.get("type"), link.get("hreflang")) for link in links(entry, "alternate")]
        assert len(alternates) == len(set(alternates)) >= 1  # 4.1.2
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))
    assert len(links(root, "self")) == 1
    for moment in root.iter(f"{ATOM}updated", f"{ATOM}published"):
        assert RFC3339.fullmatch(moment.text), moment.text
    for link in root.iter(f"{ATOM}link"):
        assert link.get("href").startswith("http://localhost:8000/")


def check_children(element: Any, rules: dict[str, tuple[int, int]]) -> None:
    names = [child.tag.removeprefix(ATOM) for child in element if child.tag.startswith(ATOM)]
    assert set(names) <= set(rules)
    for name, (least, most) in rules.items():
        assert least <= names.count(name) <= most, name


def links(element: Any, rel: str) -> list[Any]:
    return [link for link in element.findall(f"{ATOM}link") if link.get("rel") == rel]


def test_the_whole_demonstration_is_a_valid_feed(portal: TestClient) -> None:
    for lang in ("en", "ru", "fa-AF"):
        answer = portal.get(f"/feeds/events.atom?limit=1000&lang={lang}")
        root = etree.fromstring(answer.content)
        check_atom(root)
        assert len(root.findall(f"{ATOM}entry")) == portal.get("/api/v1/events?limit=1").json()["count"]
        assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == lang


def test_an_entry_says_what_a_list_says(client: TestClient, db: Session) -> None:
    event = make_event(db, "Mudflow above Almaty", "KAZ", "KGZ", alert_level="orange", summary={"en": "Three streets."})
    make_glide(db, event, "MS-2026-000101-KAZ")
    make_figure(db, event, "dead", 1275, qualifier="at_least", source_id=make_source(db, name="Ministry of Emergencies").id,
                as_of="2026-07-09", is_headline=True)  # fmt: skip
    db.commit()
    (entry,) = read(client).entries
    assert entry.id == f"urn:uuid:{event.id}"
    assert entry.title == "Mudflow above Almaty"
    assert entry.link == f"http://localhost:8000/events/{event.ref}"
    assert [link.type for link in entry.links] == ["text/html", "application/json"]
    assert entry.summary.splitlines() == ["Three streets.", "Dead: ≥ 1,275 (Ministry of Emergencies, 2026-07-09)"]
    assert {tag.term for tag in entry.tags} == {"MS", "orange", "ongoing", "KAZ", "KGZ", "MS-2026-000101-KAZ"}
    assert entry.where == {"type": "Point", "coordinates": (76.98, 43.15)}


def test_the_entry_keeps_its_id_and_moves_up_when_it_changes(client: TestClient, db: Session) -> None:
    first = make_event(db, "First")
    make_event(db, "Second")
    db.commit()
    assert [entry.title for entry in read(client).entries] == ["Second", "First"]
    before = read(client).entries[1]
    first.status = "closed"
    db.commit()
    after = soon(lambda: read(client).entries[0], lambda entry: entry.title == "First")
    assert (after.id, after.published) == (before.id, before.published) == (f"urn:uuid:{first.id}", before.published)
    assert after.updated > before.updated


def test_it_speaks_the_readers_language(client: TestClient, db: Session) -> None:
    make_event(db, exercise=True)
    db.commit()
    (entry,) = read(client, "?lang=ru").entries
    assert entry.title.startswith("УЧЕНИЕ: ")
    assert {"Сель", "УЧЕНИЕ"} <= {tag.label for tag in entry.tags}


def test_an_exercise_says_so_wherever_a_reader_looks(client: TestClient, db: Session) -> None:
    make_event(db, exercise=True)
    db.commit()
    for name in ("events.atom", "events.georss"):
        (entry,) = read(client, name=name).entries
        assert entry.title == "EXERCISE: Mudflow above Almaty"
        assert "exercise" in {tag.term for tag in entry.tags}
        assert entry.summary.startswith("This is an exercise.")
    assert read(client, "?exercise=false").entries == []


@pytest.mark.parametrize(
    ("query", "count"),
    [("?country=KAZ", 1), ("?country=UZB", 0), ("?hazard=MS", 1), ("?hazard=EQ", 0), ("?alert_level=red", 1), ("?bbox=76,43,77,44", 1),
     ("?bbox=60,43,61,44", 0), ("?q=mudflow", 1), ("?status=closed", 0), ("?updated_since=2026-01-01T00:00:00Z", 1)],
)  # fmt: skip
def test_it_takes_the_filters_of_the_list(client: TestClient, db: Session, query: str, count: int) -> None:
    make_event(db, alert_level="red")
    db.commit()
    assert len(read(client, query).entries) == count
    assert len(read(client, query, "events.georss").entries) == count


@pytest.mark.parametrize(
    "query", ["?format=json", "?hxl=1", "?colour=red", "?hazard=XX", "?limit=0", "?limit=1&limit=2", "?lang=xx"]
)
@pytest.mark.parametrize("name", ["events.atom", "events.georss", "warnings.atom"])
def test_what_makes_no_sense_is_told(client: TestClient, name: str, query: str) -> None:
    answer = client.get(f"/feeds/{name}{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["events.atom", "events.georss"])
def test_pages_lead_through_all_of_them_once(client: TestClient, db: Session, name: str) -> None:
    refs = {str(make_event(db, f"Event {n}").id) for n in range(7)}
    db.commit()
    found, following = [], [address(name, "?limit=3&country=KAZ")]
    while following:
        page = feedparser.parse(client.get(following[0].removeprefix("http://localhost:8000")).content)
        found += [entry.id.removeprefix("urn:uuid:") for entry in page.entries]
        following = [link.href for link in page.feed.links if link.rel == "next"]
    assert len(found) == 7
    assert set(found) == refs


@pytest.mark.parametrize(
    ("geometry", "said", "text"),
    [("SRID=4326;POINT(76.98 43.15)", "point", "43.15 76.98"), (LINE, "line", "40 70 40.25 71.5"),
     (POLYGON, "polygon", "40 70 40 71 41 71 40 70")],
)  # fmt: skip
def test_what_georss_simple_can_say_it_says(
    client: TestClient, db: Session, geometry: str, said: str, text: str
) -> None:
    make_event(db, geometry=geometry)
    db.commit()
    for name in ("events.atom", "events.georss"):
        (found,) = tree(client, name=name).iter(f"{GEORSS}{said}")
        assert found.text == text
        assert read(client, name=name).entries[0].where["type"] in ("Point", "LineString", "Polygon")


@pytest.mark.parametrize(("geometry", "kind", "lists"), [(HOLED, "Polygon", 2), (PARTS, "MultiSurface", 2)])
def test_holes_and_parts_are_gml(client: TestClient, db: Session, geometry: str, kind: str, lists: int) -> None:
    make_event(db, geometry=geometry)
    db.commit()
    (where,) = tree(client).iter(f"{GEORSS}where")
    assert where[0].tag == f"{GML}{kind}"
    assert where[0].get("srsName") == "urn:ogc:def:crs:EPSG::4326"
    assert len(list(where.iter(f"{GML}posList"))) == lists
    assert next(where.iter(f"{GML}posList")).text.startswith("40 70 40 7")


def test_every_kind_of_geometry_can_be_said() -> None:
    assert {"MultiPoint", "MultiLineString", "MultiPolygon", "Polygon"} == set(GML_OF)


HOSTILE = "</title><script>alert(1)</script> & \" ' ]]> \u202e \U0001f30b <!DOCTYPE x>"


def test_hostile_titles_stay_text(client: TestClient, db: Session) -> None:
    make_event(db, HOSTILE, summary={"en": HOSTILE})
    db.commit()
    for name in ("events.atom", "events.georss"):
        root = tree(client, name=name)
        texts = [element.text for element in root.iter(f"{ATOM}title", "title")]
        assert HOSTILE in texts
        assert not list(root.iter("script"))
        assert "<script" not in client.get(f"/feeds/{name}").text


@pytest.mark.parametrize("sign", ["\x01", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_signs_that_no_xml_may_hold_break_nothing(client: TestClient, db: Session, sign: str) -> None:
    make_event(db, f"Before{sign}after")
    db.commit()
    for name in ("events.atom", "events.georss"):
        assert read(client, name=name).entries[0].title == "Before\ufffdafter"


def test_what_was_withdrawn_is_told_as_deleted(client: TestClient, db: Session) -> None:
    event, elsewhere = make_event(db), make_event(db, "Elsewhere", "UZB")
    db.commit()
    for one in (event, elsewhere):
        one.withdrawn_at = one.updated_at
    db.commit()
    deleted = list(tree(client, "?country=KAZ").iter(DELETED))
    assert [one.get("ref") for one in deleted] == [f"urn:uuid:{event.id}"]
    assert RFC3339.fullmatch(deleted[0].get("when"))
    check_atom(tree(client))


def test_what_was_narrowed_is_told_to_whoever_saw_it(client: TestClient, db: Session, cast: Cast) -> None:
    event = make_event(db)
    db.commit()
    event.visibility = "partners"
    db.commit()
    assert [one.get("ref") for one in tree(client).iter(DELETED)] == [f"urn:uuid:{event.id}"]
    partner = read(client, headers=cast.program("records:read-partners"))
    assert [entry.id for entry in partner.entries] == [f"urn:uuid:{event.id}"]


@pytest.mark.parametrize("visibility", ["partners", "centre", "own"])
def test_it_follows_who_may_see_what(client: TestClient, db: Session, cast: Cast, visibility: str) -> None:
    make_event(db)
    db.commit()
    before = client.get(address("events.atom"))
    make_event(db, "Hidden", visibility=visibility, organisation_id=make_organisation(db, "KEEPER").id)
    db.commit()
    after = client.get(address("events.atom"))
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    key = cast.program("records:read-centre", organisation="KEEPER")
    answer = client.get(address("events.atom"), headers=key)
    assert {entry.title for entry in feedparser.parse(answer.content).entries} == {"Hidden", "Mudflow above Almaty"}
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "access-control-allow-origin" not in answer.headers


def test_whoever_has_it_already_is_sent_nothing(portal: TestClient) -> None:
    first = portal.get("/feeds/events.atom")
    assert first.headers["content-type"].startswith("application/atom+xml")
    assert first.headers["access-control-allow-origin"] == "*"
    again = portal.get("/feeds/events.atom", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert portal.head("/feeds/events.georss").headers["content-type"].startswith("application/rss+xml")


def test_an_empty_feed_is_one(client: TestClient) -> None:
    for query in ("", "?q=nothing-is-called-so"):
        check_atom(tree(client, query))
        assert read(client, query, "events.georss").entries == []


@pytest.mark.parametrize("page", ["/events", "/events?country=KAZ,KGZ&status=ongoing"])
def test_lists_lead_to_the_feed_of_the_same_events(portal: TestClient, page: str) -> None:
    found = re.search(r'<link rel="alternate" type="application/atom\+xml"[^>]*href="([^"]+)"', portal.get(page).text)
    assert found
    assert found.group(1).replace("&amp;", "&") == page.replace("/events", "/feeds/events.atom", 1)
    assert portal.get(found.group(1).replace("&amp;", "&")).status_code == 200
