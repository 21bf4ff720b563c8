"""Facets: how many each value would leave, counted under all filters but its own."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.make import make_capacity


@pytest.fixture
def three(db: Session) -> None:
    make_capacity(db, country_iso3="KAZ")
    make_capacity(db, country_iso3="KGZ")
    make_capacity(db, country_iso3="KGZ", type_code="pump-motor", status="deployed")
    make_capacity(db, country_iso3="KGZ", visibility="own")
    db.commit()


def counts(client: TestClient, facet: str, **params: Any) -> dict[str, int]:
    answer = client.get("/api/v1/capacities/facets", params=params)
    assert answer.status_code == 200, answer.text
    return {one["code"]: one["count"] for one in answer.json()[facet]}


def test_each_value_counts_what_it_would_leave(client: TestClient, three: None) -> None:
    assert counts(client, "country") == {"KGZ": 2, "KAZ": 1}
    assert counts(client, "status") == {"available": 2, "deployed": 1}


def test_a_facet_leaves_out_its_own_filter_and_no_other(client: TestClient, three: None) -> None:
    assert counts(client, "country", country="KAZ", kind="team") == {"KAZ": 1, "KGZ": 1}
    assert counts(client, "kind", country="KAZ", kind="team") == {"team": 1}


def test_the_total_equals_the_list(client: TestClient, three: None) -> None:
    params = {"country": "KGZ", "kind": "equipment"}
    facets = client.get("/api/v1/capacities/facets", params=params).json()
    assert facets["count"] == client.get("/api/v1/capacities", params=params).json()["count"] == 1


def test_facets_work_with_search_and_place(client: TestClient, three: None) -> None:
    assert counts(client, "country", q="medium", bbox="70,40,80,45") == {"KGZ": 2, "KAZ": 1}
