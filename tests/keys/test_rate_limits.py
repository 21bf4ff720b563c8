"""Floods are held back by key and by address, and programs behind one address do not starve one another."""

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast

URL = "/api/v1/reference"


def answers(client: TestClient, headers: dict[str, str], times: int) -> list[int]:
    return [client.get(URL, headers=headers).status_code for _time in range(times)]


def test_a_key_has_its_own_budget(new_portal: Callable[..., TestClient], cast: Cast) -> None:
    client, program = new_portal(rate_limit=4), cast.program()
    assert answers(client, program, 5) == [200, 200, 200, 200, 429]


def test_a_key_that_was_let_in_does_not_starve_beside_others(new_portal: Callable[..., TestClient], cast: Cast) -> None:
    client, ours, theirs = new_portal(rate_limit=4), cast.program(), cast.program()
    assert answers(client, ours, 1) == [200]
    assert answers(client, theirs, 1) == [200]
    assert answers(client, {}, 3) == [200, 200, 429]
    assert answers(client, ours, 4) == [200, 200, 200, 429]
    assert answers(client, theirs, 1) == [200]


def test_keys_that_are_made_up_count_by_address(new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(rate_limit=4)
    made_up = [{"Authorization": f"Bearer apk_{number}"} for number in range(6)]
    assert [client.get(URL, headers=headers).status_code for headers in made_up] == [401, 401, 401, 401, 429, 429]
    assert answers(client, {}, 1) == [429]


def test_made_up_keys_are_not_let_in_by_doors_that_ask_nobody(new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(rate_limit=4)
    headers = {"Authorization": "Bearer apk_made-up"}
    client.options("/api/v1/events", headers=headers)
    client.get("/health/live", headers=headers)
    client.get("/static/img/mark.svg", headers=headers)
    assert answers(client, {}, 4) == [200, 200, 200, 429]
    assert answers(client, headers, 1) == [429]


def test_a_key_written_in_another_way_is_the_same_key(new_portal: Callable[..., TestClient], cast: Cast) -> None:
    client, token = new_portal(rate_limit=4), cast.program()["Authorization"].partition(" ")[2]
    ways = [f"Bearer {token}", f"bearer {token}", f"BEARER {token}", f"Bearer {token}  ", f"Bearer {token}"]
    assert [client.get(URL, headers={"Authorization": way}).status_code for way in ways] == [200, 200, 200, 200, 429]


def test_a_revoked_key_counts_by_address_again(new_portal: Callable[..., TestClient], db: Session, cast: Cast) -> None:
    client, program = new_portal(rate_limit=4), cast.program()
    assert answers(client, program, 1) == [200]
    db.execute(text("UPDATE api_keys SET revoked_at = now()"))
    db.commit()
    assert answers(client, program, 1) == [401]
    assert answers(client, {}, 3) == [200, 200, 200]
    assert answers(client, program, 1) == [429]


def test_the_headers_tell_the_tighter_budget(new_portal: Callable[..., TestClient], cast: Cast) -> None:
    client, program = new_portal(rate_limit=9), cast.program()
    answers(client, {}, 3)
    first, second = (client.get(URL, headers=program).headers for _time in range(2))
    assert first["ratelimit"].startswith('"default";r=5;')
    assert second["ratelimit"].startswith('"key";r=7;')
    assert second["ratelimit-policy"] == '"key";q=9;w=60'
