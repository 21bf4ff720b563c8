"""Whatever an answer holds does no harm, and one broken item never loses the others."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from app.intake import adapters, plain
from app.intake.adapters import ADAPTERS
from app.intake.payloads import Parsed, Unreadable
from app.intake.schemas import Item
from tests.intake.server import sample

RSS = '<rss xmlns:georss="http://www.georss.org/georss"><channel>{}</channel></rss>'
BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def quake(**changes: Any) -> dict[str, Any]:
    feature = json.loads(sample("usgs.geojson"))["features"][0]
    position = changes.pop("geometry", feature["geometry"])
    name = changes.pop("id", feature["id"])
    return {**feature, "id": name, "geometry": position, "properties": feature["properties"] | changes}


def read(*features: Any) -> Parsed:
    return adapters.parse("usgs", json.dumps({"features": list(features)}).encode())


def only(*features: Any) -> Item:
    parsed = read(*features)
    assert parsed.problems == []
    return parsed.items[0][0]


def georss(*items: str) -> Parsed:
    return adapters.parse("georss", RSS.format("".join(items)).encode())


UNREADABLE = {
    "entities that grow": f'<!DOCTYPE x [<!ENTITY l0 "ha">{BOMB}]><rss><item><title>&l9;</title></item></rss>'.encode(),
    "an entity from a file": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss><item><title>&f;</title></item></rss>',
    "an entity of parameters": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]><rss><item/></rss>',
    "deep XML": b"<a>" * 200_000,
    "deep JSON": b"[" * 200_000,
    "deep JSON in a list": b'{"features":[' + b"[" * 200_000,
    "a number": b"1",
    "null": b"null",
    "a list": b"[]",
    "an object without items": b"{}",
    "items that are no list": b'{"features": {"0": 1}, "events": "no", "data": 5}',
    "a page": b"<!doctype html><html><head><title>503</title></head><body><p>Sorry</body></html>",
    "a page that is XML": b'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Sorry</p></body></html>',
    "nothing": b"",
    "NUL": b"\x00" * 1000,
    "noise": bytes(range(256)) * 100,
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\x00\xff" * 500,
}


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_feed_is_refused_as_a_whole(adapter: str, body: bytes) -> None:
    with pytest.raises(Unreadable):
        adapters.parse(adapter, body)


@pytest.mark.parametrize("broken", [None, 5, "x", [], {}, {"properties": None}, {"properties": 5, "id": "x"}])
def test_a_broken_object_is_a_problem_with_its_raw_text(broken: Any) -> None:
    parsed = read(quake(id="before"), broken, quake(id="after"))
    assert [item.key for item, _ in parsed.items] == ["before", "after"]
    assert [problem.message.partition(":")[0] for problem in parsed.problems] == ["broken item"]
    assert json.loads(parsed.problems[0].raw) == broken


@pytest.mark.parametrize("adapter", ["gdacs_rss", "georss", "emsc"])
def test_items_after_broken_xml_are_read(adapter: str) -> None:
    items = "".join(f"<item><title>{text}</title><guid>{n}</guid></item>" for n, text in enumerate(["A", "B & C", "D"]))
    parsed = adapters.parse(adapter, RSS.format(items).encode())
    assert [item.title for item, _ in parsed.items] == ["A", "D"]
    assert ("B & C" in parsed.problems[0].raw, parsed.is_whole) == (True, False)


@pytest.mark.parametrize(
    ("adapter", "name"), [("gdacs_rss", "gdacs.rss"), ("usgs", "usgs.geojson"), ("georss", "georss.atom")]
)
def test_of_an_answer_that_ends_early_the_whole_items_are_read(adapter: str, name: str) -> None:
    body = sample(name)
    all_of = len(adapters.parse(adapter, body).items)
    parsed = adapters.parse(adapter, body[: len(body) * 9 // 10])
    assert 0 < len(parsed.items) < all_of
    assert not parsed.is_whole
    assert parsed.problems


def test_no_cut_and_no_flipped_byte_breaks_the_reader() -> None:
    for adapter, name in (("usgs", "usgs.geojson"), ("gdacs_rss", "gdacs.rss"), ("cap", "cap.xml")):
        body = sample(name)
        for at in range(0, len(body), 37):
            for hurt in (body[:at], body[:at] + b"\xff\x00<" + body[at + 3 :]):
                with suppress(Unreadable):
                    adapters.parse(adapter, hurt)


def test_markup_becomes_plain_text() -> None:
    item = only(quake(title="<b>M 6</b><script>alert(1)</script> near&nbsp;here &lt;img src=x onerror=alert(1)&gt;"))
    assert item.title == "M 6 near here"


def test_a_title_of_ten_megabytes_is_cut() -> None:
    parsed = read(quake(title="long " * 2_000_000), quake(id="other"))
    (item, raw), (other, _) = parsed.items
    assert len(item.title) == 500
    assert item.title.endswith("…")
    assert len(raw) == 100_000
    assert other.key == "other"


@pytest.mark.parametrize("opening", ["<", "<!--", "<a ", "<a b='", "</", "<script>", "&#", "<![CDATA["])
def test_hostile_markup_costs_no_more_than_its_length(opening: str) -> None:
    assert isinstance(plain.text(opening * 200_000), str)


def test_texts_that_no_database_takes_are_tidied() -> None:
    item = only(quake(title="NUL \x00, half \ud800, turn \u202e, bell \x07", place="\x00"))
    assert item.title == "NUL , half , turn , bell"
    json.dumps(item.model_dump(mode="json"), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "https://",
        "https://a b",
        'https://x"onclick=y',
        5,
        "x" * 5000,
    ],
)
def test_a_link_that_leads_nowhere_is_left_out_and_noted(url: Any) -> None:
    item = only(quake(url=url))
    assert item.url is None
    assert "url" in item.unread


@pytest.mark.parametrize("time", [1e30, -1e30, "soon", 253402300799000, -62135596800000, True, {"at": 1}, "9" * 5000])
def test_a_time_that_cannot_be_is_left_out_and_noted(time: Any) -> None:
    item = only(quake(time=time))
    assert item.started_at is None
    assert "started_at" in item.unread


@pytest.mark.parametrize(
    "said", ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "31/12/2026", "Mon, 99 Foo 2026", "x" * 99]
)
def test_a_date_that_cannot_be_is_left_out_and_noted(said: str) -> None:
    parsed = georss(f"<item><title>A</title><pubDate>{said}</pubDate></item>")
    assert parsed.items[0][0].started_at is None
    assert parsed.items[0][0].unread["started_at"] == said


@pytest.mark.parametrize("size", ["NaN", "1e999", 1e300, -99, "big", [6], True])
def test_a_magnitude_that_cannot_be_is_left_out_and_noted(size: Any) -> None:
    item = only(quake(mag=size))
    assert item.magnitude is None
    assert "magnitude" in item.unread


def test_numbers_that_json_does_not_know_are_nothing() -> None:
    body = sample("usgs.geojson").replace(b'"mag":6.1', b'"mag":NaN').replace(b'"felt":120', b'"felt":' + b"9" * 10_000)
    parsed = adapters.parse("usgs", body.replace(b"[74.6,42.1,12.4]", b"[Infinity,-Infinity,NaN]"))
    item = parsed.items[0][0]
    assert (item.magnitude, item.geometry) == (None, None)
    assert len(parsed.items) == 3


PLACES = {
    "out of range": {"type": "Point", "coordinates": [274.6, 42.1]},
    "latitude first": {"type": "Point", "coordinates": [42.1, 174.6]},
    "too short": {"type": "Point", "coordinates": [1]},
    "no list": {"type": "Point", "coordinates": "74.6,42.1"},
    "words": {"type": "Point", "coordinates": ["east", "north"]},
    "an unknown kind": {"type": "Circle", "coordinates": [1, 2]},
    "open ring": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
    "deep": {"type": "Polygon", "coordinates": [[[[[[[0, 0]]]]]]]},
    "far too many positions": {"type": "LineString", "coordinates": [[0, 0]] * 20_000},
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_place_that_cannot_be_is_left_out_and_noted(place: Any) -> None:
    item = only(quake(geometry=place))
    assert item.geometry is None
    assert "geometry" in item.unread


@pytest.mark.parametrize("said", ["91 10", "42", "42 x", "nan nan", "1e999 0", "42.1 74.6 43"])
def test_a_place_of_georss_that_cannot_be_is_left_out_and_noted(said: str) -> None:
    parsed = georss(f"<item><title>A</title><georss:point>{said}</georss:point></item>")
    item = parsed.items[0][0]
    assert (item.geometry, item.unread) == (None, {"geometry": said})


def test_items_without_a_name_get_one_that_stays() -> None:
    feature = quake()
    del feature["id"]
    one, two = only(feature), only(feature)
    assert one.key == two.key
    assert one.key.startswith("derived:")


def test_a_name_that_is_too_long_becomes_its_sum() -> None:
    assert only(quake(id="x" * 10_000)).key.startswith("sha256:")


def test_an_item_without_anything_to_call_it_is_a_problem() -> None:
    parsed = georss("<item><pubDate>Wed, 08 Jul 2026 09:00:00 GMT</pubDate></item>", "<item><title>B</title></item>")
    assert [item.title for item, _ in parsed.items] == ["B"]
    assert "no title" in parsed.problems[0].message


@pytest.mark.parametrize("empty", ["<rss><channel/></rss>", '<feed xmlns="http://www.w3.org/2005/Atom"/>'])
def test_a_feed_may_hold_nothing(empty: str) -> None:
    for adapter in ("georss", "cap"):
        parsed = adapters.parse(adapter, empty.encode())
        assert (parsed.items, parsed.problems, parsed.is_whole) == ([], [], True)


def test_names_of_html_are_understood_without_a_declaration() -> None:
    assert (
        georss("<item><title>Flood &eacute;t&eacute; &nbsp;here</title></item>").items[0][0].title == "Flood été here"
    )


def test_of_many_broken_items_some_are_kept() -> None:
    parsed = read(*[{"id": str(n)} for n in range(3000)], quake())
    assert len(parsed.problems) == 1000
    assert len(parsed.items) == 1


def encoded(encoding: str) -> Callable[[str], bytes]:
    return lambda text: f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251", "koi8-r"])
def test_encodings_are_honoured(encoding: str) -> None:
    body = encoded(encoding)(RSS.format("<item><title>Сель в горах</title></item>"))
    assert adapters.parse("georss", body).items[0][0].title == "Сель в горах"


@pytest.mark.parametrize("encoding", ["no-such", "base64", "idna", "rot13", "unicode_escape"])
def test_encodings_that_are_none_do_no_harm(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>{RSS.format("<item><title>A</title></item>")}'.encode()
    assert adapters.parse("georss", body).items[0][0].title == "A"
