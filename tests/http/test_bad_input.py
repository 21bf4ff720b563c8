"""Bad input is a clear 4xx that names what is wrong, never a 500, and never slow."""

import base64
import json
import time
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

LISTS = ("events", "capacities", "stock", "areas")
TABLES = ("reference/hazards", "reference/organisations", "events/EV-2008-0006/figures")
SLOW = 15  # seconds: what hangs is seen, and a machine that runs all tests at once is not blamed
FILES = ("json", "csv", "xlsx")


def refused(client: TestClient, path: str, field: str | None = None) -> dict[str, Any]:
    """The problem document that a GET is refused with, at once."""
    began = time.monotonic()
    answer = client.get(path)
    assert answer.status_code == 422, (path[:200], answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    assert time.monotonic() - began < SLOW
    problem: dict[str, Any] = answer.json()
    if field:
        assert field in [error["field"] for error in problem["errors"]], problem
    return problem


@pytest.mark.parametrize("name", [*LISTS, *TABLES])
def test_an_unknown_parameter_is_named_and_the_possible_ones_are_listed(portal: TestClient, name: str) -> None:
    problem = refused(portal, f"/api/v1/{name}?contry=KAZ", "contry")
    assert "limit" in problem["detail"]
    refused(portal, f"/api/v1/{name}?Limit=5", "Limit")
    refused(portal, f"/api/v1/{name}?limit%5B%5D=5", "limit[]")


@pytest.mark.parametrize("path", ["events/EV-2008-0006", "areas/KG-O", "events/facets", "reference"])
def test_single_answers_take_no_unknown_parameter_either(portal: TestClient, path: str) -> None:
    refused(portal, f"/api/v1/{path}?colour=red", "colour")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("country=", "country"),
        ("country=KAZ,,KGZ", "country"),
        ("country=%20", "country"),
        ("country=kaz", "country"),
        ("country=ATLANTIS", "country"),
        ("area=KG-XX", "area"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=1.5", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("limit=%D9%A5x", "limit"),
        ("ordering=colour", "ordering"),
        ("ordering=--updated_at", "ordering"),
        ("ordering=near", "ordering"),
        ("ordering=q", "ordering"),
        ("ordering=", "ordering"),
        ("format=pdf", "format"),
        ("hxl=2&format=csv", "hxl"),
        ("lang=de", "lang"),
        ("lang=EN", "lang"),
        ("lang=", "lang"),
        ("q=", "q"),
        ("q=%20%09", "q"),
        ("updated_since=yesterday", "updated_since"),
        ("updated_since=2026-01-01T00:00:00", "updated_since"),
        ("updated_since=2026-13-01T00:00:00Z", "updated_since"),
        ("updated_since=99999-01-01T00:00:00Z", "updated_since"),
        ("within_km=5", "within_km"),
        ("near=76,43&within_km=0", "within_km"),
        ("near=76,43&within_km=-3", "within_km"),
        ("near=76,43&within_km=nan", "within_km"),
        ("near=76,43&within_km=inf", "within_km"),
        ("near=76", "near"),
        ("near=76,43,5", "near"),
        ("near=200,43", "near"),
        ("near=76,91", "near"),
        ("near=1e400,43", "near"),
        ("near=x,y", "near"),
    ],
)
def test_an_impossible_value_is_named(portal: TestClient, query: str, field: str) -> None:
    for name in LISTS:
        refused(portal, f"/api/v1/{name}?{query}", field)


@pytest.mark.parametrize(
    "box",
    [
        "", "1", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,3,", ",,,", "nan,nan,nan,nan", "inf,0,inf,1", "-181,0,0,1", "0,-91,1,0",
        "0,0,181,1", "0,0,1,91", "1e999,0,2,1", "0,0,1;1", "[0,0,1,1]", "70 40 71 41", "POLYGON((0 0,1 0,1 1,0 0))",
        '{"type":"Polygon"}',
    ],
)  # fmt: skip
def test_a_malformed_box_is_refused(portal: TestClient, box: str) -> None:
    answer = portal.get("/api/v1/capacities", params={"bbox": box})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "bbox"


@pytest.mark.parametrize("box", ["170,40,-170,50", "71,40,70,41", "70,41,71,40"])
def test_a_box_upside_down_or_across_the_antimeridian_is_refused_with_the_way_out(portal: TestClient, box: str) -> None:
    problem = refused(portal, f"/api/v1/events?bbox={box}", "bbox")
    assert "west ≤ east" in problem["detail"]
    assert "antimeridian" in problem["detail"]


@pytest.mark.parametrize("box", ["-180,-90,180,90", "70,40,70,40", "70,40,70,41", "180,0,180,0", "-0.0,-0.0,0,0"])
def test_a_box_at_its_limits_is_fine(portal: TestClient, box: str) -> None:
    for name in LISTS:
        assert portal.get(f"/api/v1/{name}", params={"bbox": box}).status_code == 200


@pytest.mark.parametrize("point", ["0,90", "0,-90", "180,0", "-180,0", "179.9999999,-89.9999999"])
def test_a_point_at_the_end_of_the_world_is_fine(portal: TestClient, point: str) -> None:
    for name in LISTS:
        answer = portal.get(f"/api/v1/{name}", params={"near": point, "within_km": 20000})
        assert answer.status_code == 200, (name, answer.text)


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("events", "hazard=XX", "hazard"),
        ("events", "status=over", "status"),
        ("events", "alert_level=purple", "alert_level"),
        ("events", "glide=nonsense", "glide"),
        ("events", "exercise=perhaps", "exercise"),
        ("events", "started_after=2026", "started_after"),
        ("capacities", "type=teapot", "type"),
        ("capacities", "kind=people", "kind"),
        ("capacities", "organisation=NOBODY", "organisation"),
        ("capacities", "readiness=ready,partial", "readiness"),
        ("capacities", "mobilisation_within=-1", "mobilisation_within"),
        ("capacities", "mobilisation_within=99999999999", "mobilisation_within"),
        ("stock", "item=teapot", "item"),
        ("stock", "warehouse=MOON", "warehouse"),
        ("stock", "available=2", "available"),
        ("areas", "level=9", "level"),
        ("areas", "parent=NOWHERE", "parent"),
        ("areas", "valid_on=2026-02-30", "valid_on"),
        ("areas", "geometry=maybe", "geometry"),
        ("events/EV-2008-0006/figures", "indicator=joy", "indicator"),
        ("events/EV-2008-0006/figures", "event=1", "event"),
        ("reference/organisations", "kind=club", "kind"),
    ],
)
def test_a_value_that_no_list_knows_is_refused(portal: TestClient, name: str, query: str, field: str) -> None:
    for format in FILES:
        refused(portal, f"/api/v1/{name}?{query}&format={format}", field)


def test_a_short_list_names_all_that_is_possible_and_a_long_one_what_is_near(portal: TestClient) -> None:
    assert "EQ" in refused(portal, "/api/v1/events?hazard=XX")["detail"]
    assert "KAZ" in refused(portal, "/api/v1/events?country=KAS")["detail"]
    assert "usar-medium" in refused(portal, "/api/v1/capacities?type=usar-meduim")["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=5&limit=6",
        "limit=5&limit=5",
        "bbox=70,40,71,41&bbox=70,40,71,41",
        "near=76&near=43",
        "q=a&q=b",
        "lang=en&lang=ru",
    ],
)
def test_what_takes_one_value_cannot_be_given_twice(portal: TestClient, query: str) -> None:
    for name in LISTS:
        refused(portal, f"/api/v1/{name}?{query}", query.partition("=")[0])


def test_what_takes_several_values_may_be_repeated(portal: TestClient) -> None:
    once = portal.get("/api/v1/capacities?country=KAZ,KGZ&limit=5").json()
    twice = portal.get("/api/v1/capacities?country=KAZ&country=KGZ&limit=5").json()
    assert twice["count"] == once["count"]
    assert portal.get(twice["next"]).json()["results"] == portal.get(once["next"]).json()["results"]


def test_too_many_values_are_refused(portal: TestClient) -> None:
    refused(portal, "/api/v1/events?country=" + ",".join(f"X{number}" for number in range(201)), "country")


@pytest.mark.parametrize("name", [*LISTS, "reference/hazards", "events/EV-2008-0006/figures"])
def test_a_long_search_is_refused_and_an_odd_one_is_answered(portal: TestClient, name: str) -> None:
    refused(portal, f"/api/v1/{name}?q={'a' * 501}", "q")
    for odd in (
        "'",
        "\\",
        "%",
        "_",
        "a & b | !c",
        "(((",
        "):*",
        "-- x",
        "a'b\"c",
        "🚒" * 100,
        "\u202e\u200f",
        "ب" * 500,
        "a " * 250,
        "x:*<->y",
    ):
        answer = portal.get(f"/api/v1/{name}", params={"q": odd})
        assert answer.status_code == 200, (odd, answer.text)


def test_a_search_of_a_million_characters_is_turned_away_at_the_door(portal: TestClient) -> None:
    began = time.monotonic()
    status, problem = ask(portal, b"/api/v1/events", b"q=" + b"a" * 1_000_000)
    assert (status, problem["status"]) == (414, 414)
    assert time.monotonic() - began < SLOW


@pytest.mark.parametrize(
    "raw",
    [
        b"q=%00",
        b"q=a%00b",
        b"q=%FF",
        b"q=%C3",
        b"q=%ED%A0%80",
        b"q=\xff",
        b"%FF=1",
        b"country=%00KAZ",
        b"cursor=%00",
        b"q=\x00",
    ],
)
def test_nul_and_broken_utf8_in_the_query_are_a_422(portal: TestClient, raw: bytes) -> None:
    for name in (b"events", b"reference/hazards"):
        status, problem = ask(portal, b"/api/v1/" + name, raw)
        assert (status, problem["title"]) == (422, "Not understood"), raw


@pytest.mark.parametrize(
    "raw", [b"/api/v1/events/%00", b"/api/v1/events/%FF", b"/api/v1/areas/a%00b", b"/api/v1/%C3%28", b"/%ff"]
)
def test_nul_and_broken_utf8_in_the_path_are_a_422(portal: TestClient, raw: bytes) -> None:
    assert ask(portal, raw, b"")[0] == 422


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/events/%2e%2e%2fetc%2fpasswd", "/api/v1/events/'%20OR%201=1--", "/api/v1/areas/" + "A" * 5000,
        "/api/v1/events/00000000-0000-0000-0000-000000000000", "/api/v1/stock/%F0%9F%9A%92", "/api/v1/capacities/{}",
        "/api/v1/nothing", "/api/v2/events", "/api/v1/events/EV-2008-0006/nothing",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_404(portal: TestClient, path: str) -> None:
    answer = portal.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def cursor_of(portal: TestClient, query: str) -> list[Any]:
    text = portal.get(f"/api/v1/{query}").json()["next"].rpartition("cursor=")[2]
    parts: list[Any] = json.loads(base64.urlsafe_b64decode(text + "=="))
    return parts


def packed(parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    [
        "events?limit=2", "events?limit=2&ordering=title", "capacities?limit=2", "capacities?limit=2&near=76,43",
        "capacities?limit=2&q=team", "capacities?limit=2&ordering=mobilisation_hours", "stock?limit=2&ordering=-on_hand",
        "areas?limit=2&ordering=population", "reference/hazards?limit=2&ordering=position",
        "events/EV-2008-0006/figures?limit=1&ordering=as_of",
    ],
)  # fmt: skip
def test_a_cursor_that_was_tampered_with_is_refused(portal: TestClient, query: str) -> None:
    question, key, row, backwards, seen = cursor_of(portal, query)
    assert portal.get(f"/api/v1/{query}&cursor={packed([question, key, row, backwards, seen])}").status_code == 200
    broken = [
        ["other", key, row, backwards, seen], [question, key, "not-an-id", backwards, seen], [question, key, row, 7, seen],
        [question, key, row, backwards, -1], [question, key, row, backwards, 1001], [question, key, row, backwards, "2"],
        [question, key, row, backwards, 1.5], [question, key, row, backwards], [question, None, row, backwards, seen],
        [question, "a\0b", row, backwards, seen], [question, {"a": 1}, row, backwards, seen], [], {}, None, 5, "text",
        [question, key, None, backwards, seen], [[[[[]]]]], [question, "\ud800", row, backwards, seen],
    ]  # fmt: skip
    for parts in broken:
        refused(portal, f"/api/v1/{query}&cursor={packed(parts)}", "cursor")
    for text in ("x", "!!!!", "%F0%9F%9A%92", "e30", "W10", "a" * 1000, "a" * 1001, "=", ""):
        refused(portal, f"/api/v1/{query}&cursor={text}", "cursor")


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (
            "events?limit=2",
            ["now", "2026", "2026-02-30 00:00:00+00", "2026-W01-1", "99999-01-01 00:00:00+00", "", "1e5", "20260101"],
        ),
        (
            "capacities?limit=2&near=76,43",
            ["far", "1e999", "-1e-999", "1_000", "٣", "nan", "0x10", " 1", "1;", "1" * 300],
        ),
        (
            "capacities?limit=2&ordering=mobilisation_hours",
            ["1.5", "99999999999", "1_0", "٣", "x", "2147483648", "NaN"],
        ),
        ("stock?limit=2&ordering=on_hand", ["many", "1e", "--1", "1_0", "", "NaN"]),
        ("events/EV-2008-0006/figures?limit=1&ordering=as_of", ["2026-02-30", "tomorrow", "2026", "2026-W01-1"]),
    ],
)
def test_a_key_that_the_database_could_not_read_is_refused_before_it_gets_there(
    portal: TestClient, query: str, keys: list[str]
) -> None:
    question, _key, row, backwards, seen = cursor_of(portal, query)
    for key in keys:
        refused(portal, f"/api/v1/{query}&cursor={packed([question, key, row, backwards, seen])}", "cursor")


def test_a_cursor_is_good_for_its_own_question_only(portal: TestClient) -> None:
    cursor = portal.get("/api/v1/capacities?limit=2&country=KAZ").json()["next"].rpartition("cursor=")[2]
    for query in ("country=KGZ", "country=KAZ&ordering=-name", "country=KAZ&lang=ru", "country=KAZ&q=team"):
        refused(portal, f"/api/v1/capacities?{query}&cursor={cursor}", "cursor")
    refused(portal, f"/api/v1/stock?country=KAZ&cursor={cursor}", "cursor")
    units = portal.get("/api/v1/reference/units?limit=2").json()["next"].rpartition("cursor=")[2]
    refused(portal, f"/api/v1/reference/hazards?cursor={units}", "cursor")


def ask(client: TestClient, raw_path: bytes, query: bytes) -> tuple[int, dict[str, Any]]:
    """The application's answer to bytes that no well-behaved client would send."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": raw_path.decode("utf-8", "replace"), "raw_path": raw_path, "query_string": query, "root_path": "",
        "headers": [(b"host", b"testserver")], "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip
    assert client.portal is not None
    # in the application's own loop: a browser test before may hold the one of this thread
    client.portal.call(client.app, scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(body)
