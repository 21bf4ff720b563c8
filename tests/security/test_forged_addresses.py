"""Whoever writes X-Forwarded-For does not become somebody else: only trusted proxies are believed, and only their last word."""

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import recovery
from tests.accounts.signing_in import member
from tests.security.raw import ask

MANY = 6


def statuses(client: TestClient, *forwarded: str) -> list[int]:
    """Of one request for each of these, all from 127.0.0.1."""
    headers = [[(b"x-forwarded-for", one.encode())] for one in forwarded]
    return [ask(client, "GET", b"/api/v1/reference/units", pairs)[0] for pairs in headers]


def test_without_a_trusted_proxy_the_header_counts_for_nothing(new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(rate_limit=3)
    assert statuses(client, *(f"203.0.113.{number}" for number in range(MANY))) == [200, 200, 200, 429, 429, 429]


def test_with_one_each_visitor_counts_alone(new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(rate_limit=3, trusted_proxies=["127.0.0.1"])
    assert statuses(client, *(f"203.0.113.{number}" for number in range(MANY))) == [200] * MANY


def test_what_a_visitor_put_before_the_proxy_s_word_counts_for_nothing(new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(rate_limit=3, trusted_proxies=["127.0.0.1"])
    forged = (f"198.51.100.{number}, 127.0.0.1, 203.0.113.7" for number in range(MANY))
    assert statuses(client, *forged) == [200, 200, 200, 429, 429, 429]


def test_no_other_header_of_the_kind_is_read(new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(rate_limit=3, trusted_proxies=["127.0.0.1"])
    names = (b"x-real-ip", b"forwarded", b"true-client-ip", b"cf-connecting-ip", b"x-client-ip", b"x-cluster-client-ip")
    said = [ask(client, "GET", b"/api/v1/reference/units", [(name, b"203.0.113.9")])[0] for name in names]
    assert said == [200, 200, 200, 429, 429, 429]


def test_keys_made_up_anew_for_each_request_buy_no_further_requests(new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(rate_limit=3)
    keys = [[(b"authorization", b"Bearer apk_%043d" % number)] for number in range(MANY)]
    said = [ask(client, "GET", b"/api/v1/reference/units", pairs)[0] for pairs in keys]
    assert said == [401, 401, 401, 429, 429, 429]


def test_a_mailed_link_leads_to_the_portal_whatever_host_was_named(
    new_portal: Callable[..., TestClient], db: Session
) -> None:
    """Who asks for a new password in a victim's name must not get the link sent to a host of their own."""
    client = new_portal(public_url="https://portal.example.org")
    member(db, "reader")
    named = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "https://portal.example.org"}
    client.post("/recover", data={"email": "aida@example.org"}, headers=named)
    recovery.answer_asked(db, client.app.state.settings.public_url)  # type: ignore[attr-defined]
    body = db.scalars(text("SELECT body FROM mails")).one()
    assert "https://portal.example.org/recover/new-password?token=" in body
    assert "evil.example" not in body
