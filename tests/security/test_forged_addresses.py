"""Whoever writes X-Forwarded-For does not become somebody else: only trusted proxies are believed, and only their last word."""

from collections.abc import Callable

from starlette.testclient import TestClient

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
