"""Answers kept in memory are for everybody: nothing that only some may see, and nothing an asker can bend, gets among them."""

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_event
from tests.waiting import soon

ADDRESSES = ["/api/v1/events?limit=10", "/events", "/api/v1/events?format=geojson", "/"]
ODD_COOKIES = [
    "session={}",
    "session ={}",
    "a=b;session={}",
    " session =  {} ; a=b",
    "x; session={}",
    "session={};lang=en",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("cookie", ODD_COOKIES)
def test_an_answer_to_somebody_is_never_given_to_another(
    client: TestClient, db: Session, cast: Cast, address: str, cookie: str
) -> None:
    make_event(db, "For partners only", visibility="partners")
    token = cast.person("reader", organisation="PARTNER")["Cookie"].partition("=")[2]
    for _again in range(3):
        soon(
            lambda: client.get(address, headers={"Cookie": cookie.format(token)}).status_code, lambda code: code == 200
        )
    assert "For partners only" not in client.get(address).text
    private = client.get(address, headers={"Cookie": cookie.format(token)})
    assert "public" not in private.headers["cache-control"]
    assert {"Cookie", "Authorization"} <= set(private.headers["vary"].split(", "))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "javascript"},
        {"X-Original-URL": "/evil"},
        {"X-Rewrite-URL": "/evil"},
        {"Forwarded": "host=evil.example"},
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/"},
        {"X-HTTP-Method-Override": "DELETE"},
    ],
)
@pytest.mark.parametrize("address", [*ADDRESSES, "/about", "/map"])
def test_a_header_of_one_visitor_changes_nothing_for_the_next(
    portal: TestClient, address: str, headers: dict[str, str]
) -> None:
    bent = portal.get(address, headers=headers)
    assert "evil" not in bent.text
    assert not [value for value in bent.headers.values() if "evil" in value]
    assert portal.get(address).text == bent.text
