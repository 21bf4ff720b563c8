"""Whoever asks again with the last answer's `synced_to` misses nothing, however long a writer takes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.make import make_capacity, make_event, make_position
from tests.waiting import soon

LISTS = {"capacities": make_capacity, "events": make_event, "stock": make_position}


def changes(client: TestClient, since: str, name: str = "capacities", **params: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/{name}", params={"updated_since": since, "limit": 1000, **params})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def refs(rows: list[dict[str, Any]]) -> set[str]:
    return {row["ref"] for row in rows}


@pytest.mark.parametrize("name", [*LISTS, "areas"])
def test_every_list_says_until_when_it_is_complete(portal: TestClient, name: str) -> None:
    synced = datetime.fromisoformat(portal.get(f"/api/v1/{name}").json()["synced_to"])
    assert synced.tzinfo
    assert synced <= datetime.now(UTC)


@pytest.mark.parametrize("name", LISTS)
def test_a_change_made_later_is_found_by_the_next_question(client: TestClient, db: Session, name: str) -> None:
    first = LISTS[name](db)
    db.commit()
    since = soon(lambda: client.get(f"/api/v1/{name}").json(), lambda page: page["count"] > 0)["synced_to"]
    first.demonstration = True
    db.commit()
    found = soon(lambda: changes(client, since, name), lambda rows: any(row["demonstration"] for row in rows))
    assert first.ref in refs(found)


def test_a_change_that_commits_later_than_a_younger_one_is_not_missed(
    client: TestClient, db: Session, owner: Engine
) -> None:
    early = make_capacity(db, "Begun early, committed late")
    other = make_capacity(db, "Committed in between")
    db.commit()
    with Session(owner) as slow:
        slow.merge(early).quantity = 5
        slow.flush()
        other.quantity = 7
        db.commit()
        page = soon(lambda: client.get("/api/v1/capacities").json(), lambda page: 7 in quantities(page))
        assert 5 not in quantities(page)
        since = page["synced_to"]
        slow.commit()
    found = soon(lambda: changes(client, since), lambda rows: early.ref in refs(rows))
    assert early.ref in refs(found)


def quantities(page: dict[str, Any]) -> list[float]:
    return [row["quantity"] for row in page["results"]]


def test_without_changes_the_question_stays_nearly_empty(client: TestClient, db: Session) -> None:
    last = [make_capacity(db, f"Team {number}").updated_at for number in range(5)][-1]
    db.commit()
    page = soon(
        lambda: client.get("/api/v1/capacities").json(), lambda page: datetime.fromisoformat(page["synced_to"]) >= last
    )
    assert page["count"] == 5
    assert len(changes(client, page["synced_to"])) <= 1


@pytest.mark.parametrize("name", LISTS)
def test_what_was_withdrawn_comes_as_a_stub_to_followers_only(client: TestClient, db: Session, name: str) -> None:
    record = LISTS[name](db)
    db.commit()
    before = record.updated_at
    record.withdrawn_at = datetime.now(UTC)
    db.commit()
    since = before.isoformat()
    (stub,) = soon(lambda: [row for row in changes(client, since, name) if row["ref"] == record.ref], bool)
    assert set(stub) == {"id", "ref", "withdrawn_at"}
    assert datetime.fromisoformat(stub["withdrawn_at"]) == record.withdrawn_at
    drawn = client.get(f"/api/v1/{name}", params={"updated_since": since, "format": "geojson"}).json()["features"]
    (feature,) = [one for one in drawn if one["properties"]["ref"] == record.ref]
    assert (feature["geometry"], feature["properties"]["withdrawn_at"]) == (None, stub["withdrawn_at"])
    assert record.ref not in refs(client.get(f"/api/v1/{name}", params={"limit": 1000}).json()["results"])
    assert client.get(f"/api/v1/{name}/{record.ref}").status_code == 404


def test_files_tell_of_what_was_withdrawn_in_a_column(client: TestClient, db: Session) -> None:
    record = make_capacity(db, withdrawn_at=datetime.now(UTC))
    db.commit()
    table = client.get("/api/v1/capacities", params={"format": "csv", "updated_since": "2026-01-01T00:00:00Z"}).text
    head, row = (line.split(",") for line in table.splitlines())
    assert head[-1] == "withdrawn_at"
    assert (row[1], row[-1][:4]) == (record.ref, f"{record.withdrawn_at.year}")


def test_hidden_records_that_were_withdrawn_are_told_to_nobody(client: TestClient, db: Session) -> None:
    hidden = make_capacity(db, visibility="partners", withdrawn_at=datetime.now(UTC))
    db.commit()
    assert hidden.ref not in refs(changes(client, "2026-01-01T00:00:00Z"))
