"""Keyset pages: forward and backward each row comes exactly once, whatever is written meanwhile."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.make import make_capacity, make_organisation
from tests.waiting import soon

# as many as it takes, with few different names, dates and numbers: ties everywhere
MANY = """
    INSERT INTO capacities (names, type_code, kind, organisation_id, country_iso3, quantity, unit_code, quantity_available,
                            status, mobilisation_hours, verified_at, location)
    SELECT jsonb_build_object('en', 'Team ' || n % 7, 'ru', 'Группа ' || n % 5), 'usar-medium', 'team', :organisation, 'KAZ',
           n % 4 + 1, 'team', n % 4, 'available', nullif(n % 6, 0), CASE WHEN n % 3 > 0 THEN timestamptz '2026-01-01' + n % 5 * interval '1 day' END,
           ST_SetSRID(ST_MakePoint(70 + n % 10, 40), 4326)
    FROM generate_series(1, :many) n"""


def fill(db: Session, many: int) -> None:
    db.execute(text(MANY), {"organisation": make_organisation(db).id, "many": many})
    db.commit()


def pages(client: TestClient, url: str | None, way: str = "next") -> Iterator[dict[str, Any]]:
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        yield page
        url = page[way]


def ids(page: dict[str, Any]) -> list[str]:
    return [one.get("id") or one["code"] for one in page["results"]]


ORDERINGS = ("name", "updated_at", "created_at", "verified_at", "quantity_available", "mobilisation_hours")


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_ordering_goes_through_all_rows_once_and_back_the_same_way(
    client: TestClient, db: Session, lang: str
) -> None:
    fill(db, 53)
    for ordering in (*ORDERINGS, *(f"-{name}" for name in ORDERINGS)):
        url = f"/api/v1/capacities?limit=10&lang={lang}&ordering={ordering}"
        forward = list(pages(client, url))
        assert [len(page["results"]) for page in forward] == [10, 10, 10, 10, 10, 3]
        there = [id for page in forward for id in ids(page)]
        assert len(set(there)) == 53, ordering
        back = list(pages(client, forward[-1]["previous"], "previous"))
        assert [ids(page) for page in back] == [ids(page) for page in reversed(forward[:-1])], ordering
        assert forward[0]["previous"] is None
        assert back[-1]["previous"] is None
        assert client.get(back[-1]["next"]).json()["results"] == forward[1]["results"]


@pytest.mark.parametrize(
    "name",
    [
        "events", "events?ordering=title", "stock", "stock?ordering=-available", "stock?ordering=on_hand", "areas", "areas?ordering=-name",
        "areas?ordering=population", "areas?ordering=level", "events?near=70,40", "areas?near=70,40", "stock?near=70,40",
        "events?q=flood", "capacities?q=team", "stock?q=tent", "areas?q=region", "capacities?near=70,40&within_km=900",
        "capacities?format=json&country=KAZ,KGZ&kind=team", "capacities?lang=ps",
    ],
)  # fmt: skip
def test_every_list_pages_forward_and_backward(portal: TestClient, name: str) -> None:
    url = f"/api/v1/{name}{'&' if '?' in name else '?'}"
    whole = ids(portal.get(f"{url}limit=1000").json())
    forward = list(pages(portal, f"{url}limit=9"))
    assert [id for page in forward for id in ids(page)] == whole
    assert len(set(whole)) == len(whole) == forward[0]["count"] > 0
    back = list(pages(portal, forward[-1]["previous"], "previous"))
    assert [ids(page) for page in back] == [ids(page) for page in reversed(forward[:-1])]


def test_rows_that_come_meanwhile_never_make_another_appear_twice_or_vanish(client: TestClient, db: Session) -> None:
    fill(db, 60)
    there = soon(lambda: ids(client.get("/api/v1/capacities?limit=1000").json()), lambda found: len(found) == 60)
    url, seen, number = "/api/v1/capacities?limit=10", list[str](), 0
    for page in pages(client, url):
        seen += ids(page)
        for name in ("AAA before all", "Team 3", "zzz after all"):
            number += 1
            make_capacity(db, f"{name}{number if name != 'Team 3' else ''}")
        db.commit()
        if len(seen) > 500:
            break
    old = [id for id in seen if id in set(there)]
    assert sorted(old) == sorted(there)
    assert old == there
    assert len(set(seen)) == len(seen)


def test_rows_that_go_meanwhile_leave_the_others_in_place(client: TestClient, db: Session) -> None:
    fill(db, 40)
    first = client.get("/api/v1/capacities?limit=10").json()
    db.execute(text("DELETE FROM capacities WHERE id = ANY (CAST(:ids AS uuid[]))"), {"ids": ids(first)[5:]})
    db.commit()
    rest = [id for page in pages(client, first["next"]) for id in ids(page)]
    assert len(set(rest)) == len(rest) == 30


@pytest.fixture(scope="module")
def crowded(cluster: Any) -> Iterator[TestClient]:
    """10,050 capacities, more than are counted one by one."""
    from sqlalchemy import create_engine

    from app.cluster import OWNER
    from app.db import sqlalchemy_url
    from tests.conftest import client_on, clone

    with clone(cluster, "reference") as name:
        owner = create_engine(sqlalchemy_url(cluster.url(name, OWNER)))
        with Session(owner) as db:
            fill(db, 10_050)
            db.execute(text("ANALYZE capacities"))
            db.commit()
        owner.dispose()
        with client_on(cluster, name) as client:
            yield client


@pytest.mark.parametrize("query", ["q=team", "near=70,40", "near=70,40&q=team"])
def test_what_is_ranked_ends_after_a_thousand_rows(crowded: TestClient, query: str) -> None:
    forward = list(pages(crowded, f"/api/v1/capacities?limit=300&{query}"))
    assert [len(page["results"]) for page in forward] == [300, 300, 300, 100]
    assert len({id for page in forward for id in ids(page)}) == 1000
    back = list(pages(crowded, forward[-1]["previous"], "previous"))
    assert [ids(page) for page in back] == [ids(page) for page in reversed(forward[:-1])]
    table = crowded.get(f"/api/v1/capacities?format=csv&{query}").text.splitlines()
    assert len(table) == 1001


def test_an_ordering_of_ones_own_has_no_such_end(crowded: TestClient) -> None:
    forward = list(pages(crowded, "/api/v1/capacities?limit=1000&q=team&ordering=name"))
    assert sum(len(page["results"]) for page in forward) == 10_050


def test_counts_are_exact_up_to_ten_thousand_and_a_minimum_beyond(crowded: TestClient) -> None:
    many = crowded.get("/api/v1/capacities?limit=1").json()
    assert (many["count"], many["count_is_minimum"]) == (10_000, True)
    drawn = crowded.get("/api/v1/capacities?limit=1&format=geojson").json()
    assert (drawn["count"], drawn["count_is_minimum"]) == (10_000, True)
    few = crowded.get("/api/v1/capacities?limit=1&bbox=69.5,39,70.5,41").json()
    assert few["count"] == 1005
    assert "count_is_minimum" not in few


def test_links_are_absolute_and_keep_the_question(portal: TestClient) -> None:
    page = portal.get("/api/v1/capacities?country=KAZ,KGZ&lang=ru&limit=3&kind=team").json()
    base, _, query = page["next"].partition("?")
    assert base == "http://localhost:8000/api/v1/capacities"
    assert "country=KAZ,KGZ&lang=ru&limit=3&kind=team&cursor=" in query


def test_the_page_size_may_change_on_the_way(portal: TestClient) -> None:
    first = portal.get("/api/v1/capacities?limit=5").json()
    cursor = first["next"].rpartition("cursor=")[2]
    rest = [id for page in pages(portal, f"/api/v1/capacities?limit=100&cursor={cursor}") for id in ids(page)]
    assert len({*ids(first), *rest}) == first["count"] == 5 + len(rest)
