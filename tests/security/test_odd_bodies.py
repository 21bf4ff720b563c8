"""Bodies made to hurt whoever reads them: each is refused with a 4xx at every door, and nothing is written."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.delivery.guard import LARGEST_BODY
from tests.conftest import Cast
from tests.security.raw import ask
from tests.security.walking import address_of, furnish, unsafe

EVERYTHING = ("operator", "administrator", "stock_keeper", "approver")
DEEP = 100_000
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
ODD = {
    "deep lists": (JSON, b"[" * DEEP + b"]" * DEEP),
    "deep objects": (JSON, b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "deep in a field": (JSON, b'{"titles": ' + b"[" * DEEP + b"]" * DEEP + b"}"),
    "a number of many digits": (JSON, b'{"quantity": ' + b"9" * 10_000 + b"}"),
    "a number too large": (JSON, b'{"quantity": 1e999, "hazard": -1e999}'),
    "not a number": (JSON, b'{"lon": NaN, "lat": Infinity, "quantity": NaN, "geometry": NaN}'),
    "many keys": (JSON, json.dumps({f"k{number}": 1 for number in range(50_000)}).encode()),
    "half a JSON": (JSON, b'{"titles": {"en": "x"'),
    "no UTF-8": (JSON, b'{"titles": {"en": "\xff\xfe\xc3("}}'),
    "UTF-16": (JSON, '{"titles": {"en": "x"}}'.encode("utf-16")),
    "NUL in a text": (JSON, b'{"reason": "a\\u0000b", "titles": {"en": "a\\u0000b"}, "names": {"en": "\\u0000"}, "name": "\\u0000"}'),
    "half a surrogate": (JSON, b'{"reason": "\\ud800", "titles": {"en": "\\udfff"}, "names": {"en": "\\ud800"}, "name": "\\ud800"}'),
    "half a surrogate as a key or a code": (JSON, b'{"titles": {"\\ud800": "x"}, "names": {"\\ud800": "x"}, "glide": ["\\ud800"]}'),
    "a list": (JSON, b"[1, 2]"),
    "null": (JSON, b"null"),
    "a text": (JSON, b'"x"'),
    "a prototype": (JSON, b'{"__proto__": {"is_admin": true}, "__class__": {"__init__": {}}}'),
    "nothing": (JSON, b""),
    "two of a kind": (JSON, b'{"visibility": "public", "visibility": "own"}'),
    "no kind": ("", b'{"reason": "x"}'),
    "a kind of its own": ("text/x-evil; charset=\xff", b"x"),
    "XML": ("application/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    "a form of many fields": (FORM, b"&".join(b"k%d=1" % number for number in range(20_000))),
    "a form that is no UTF-8": (FORM, b"titles=%FF%FE&name=%C3%28&email=%ff&version=%ff&reason=%ff"),
    "a form with NUL": (FORM, b"titles.en=a%00b&name=%00&email=%00&reason=%00&password=%00&version=%00&key=%00"),
    "parts without an end": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'),
    "parts without a boundary": ("multipart/form-data", b"--x\r\n"),
    "a part with a long name": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="' + b"a" * 100_000 + b'"\r\n\r\n1\r\n--x--\r\n',
    ),
    "a file": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="name"; filename="../../evil.sh"\r\n\r\n#!/bin/sh\r\n--x--\r\n',
    ),
}  # fmt: skip
# what a door may find nothing wrong with, where it expects nothing: that nothing was written is looked at all the same
HARMLESS = {200, 202, 204, 303}


def count(db: Session) -> tuple[int, int, int]:
    db.rollback()
    tables = ("events", "capacities", "users")
    counted = [db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]
    return counted[0], counted[1], counted[2]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_body_is_refused_at_every_door(client: TestClient, db: Session, cast: Cast, name: str) -> None:
    furnish(db)
    me = cast.person(*EVERYTHING)
    before = count(db)
    kind, body = ODD[name]
    for door in unsafe(client):
        headers = me | {"If-Match": "*"} | ({"Content-Type": kind.encode("latin-1")} if kind else {})
        address = address_of(door, db)
        answer = client.request(door.method, address, content=body, headers=headers, follow_redirects=False)
        assert 400 <= answer.status_code < 500 or answer.status_code in HARMLESS, (door, answer.status_code)
        assert "Traceback" not in answer.text
    assert count(db) == before


def pieces(taken: list[int]) -> Iterator[bytes]:
    for number in range(10_000):
        taken.append(number)
        yield b"x" * 65_536


def test_a_body_without_an_end_is_refused_long_before_it(client: TestClient, db: Session, cast: Cast) -> None:
    furnish(db)
    me = [(name.lower().encode(), value.encode()) for name, value in cast.person(*EVERYTHING).items()]
    for door in unsafe(client):
        for kind in (JSON, FORM, "multipart/form-data; boundary=x"):
            taken: list[int] = []
            headers = [*me, (b"content-type", kind.encode()), (b"if-match", b"*")]
            status, _headers, _body = ask(client, door.method, address_of(door, db).encode(), headers, pieces(taken))
            assert 400 <= status < 500 or status in HARMLESS, (door, kind, status)
            assert len(taken) * 65_536 <= LARGEST_BODY + 2 * 65_536, (door, kind)
