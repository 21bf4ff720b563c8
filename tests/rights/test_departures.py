"""Whoever follows changes is told of what they could see and no longer can, and of nothing they never could."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_capacity, make_event, make_organisation, make_position
from tests.waiting import soon

LISTS = {"capacities": make_capacity, "events": make_event, "stock": make_position}
OWNER = {"capacities": "organisation_id", "events": "organisation_id", "stock": "owner_id"}
LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.fixture
def askers(cast: Cast) -> dict[str, dict[str, str]]:
    return {
        "nobody": {},
        "partner": cast.person("reader", organisation="PARTNER"),
        "reader for Tajikistan": cast.person("reader", organisation="PARTNER", countries=("TJK",)),
        "analyst": cast.person("analyst"),
        "owner": cast.person("contributor", organisation="OWNER"),
    }


def make(db: Session, name: str, visibility: str) -> Any:
    found = LISTS[name](db, visibility=visibility, **{OWNER[name]: make_organisation(db, "OWNER").id})
    db.commit()
    return found


def page(client: TestClient, name: str, headers: dict[str, str], **params: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/{name}", params={"updated_since": LONG_AGO, **params}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(client: TestClient, name: str, askers: dict[str, dict[str, str]], ref: str) -> dict[str, str]:
    """What each asker is told of a record: that it is "there", "gone", or nothing."""
    found = {}
    for who, headers in askers.items():
        answer = page(client, name, headers)
        there = [one for one in answer["results"] if one["ref"] == ref and "withdrawn_at" not in one]
        gone = [one for one in answer["gone"] if one["ref"] == ref]
        assert all(set(one) == {"id", "ref", "withdrawn_at"} for one in gone)
        assert not (there and gone)
        if there or gone:
            found[who] = "there" if there else "gone"
    return found


def expect(expected: dict[str, str], *asked: Any) -> None:
    assert soon(lambda: told(*asked), lambda found: found == expected) == expected


def narrow(db: Session, record: Any, visibility: str) -> None:
    record.visibility = visibility
    db.commit()


@pytest.mark.parametrize("name", LISTS)
def test_a_record_that_becomes_private_is_gone_until_it_is_public_again(
    client: TestClient, db: Session, askers: dict[str, dict[str, str]], name: str
) -> None:
    record = make(db, name, "public")
    narrow(db, record, "own")
    others = {who: "gone" for who in askers if who != "owner"}
    expect(others | {"owner": "there"}, client, name, askers, record.ref)
    narrow(db, record, "public")
    expect(dict.fromkeys(askers, "there"), client, name, askers, record.ref)


@pytest.mark.parametrize("name", LISTS)
def test_what_only_the_centre_still_sees_is_gone_for_partners_and_was_never_there_for_others(
    client: TestClient, db: Session, askers: dict[str, dict[str, str]], name: str
) -> None:
    record = make(db, name, "partners")
    narrow(db, record, "centre")
    expect({"partner": "gone", "analyst": "there", "owner": "there"}, client, name, askers, record.ref)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("visibility", "who"),
    [
        ("public", {"nobody", "partner", "reader for Tajikistan", "analyst", "owner"}),
        ("partners", {"partner", "owner", "analyst"}),
        ("centre", {"analyst"}),
        ("own", set()),
    ],
)
def test_a_record_that_is_deleted_is_gone_for_its_audience(
    client: TestClient, db: Session, askers: dict[str, dict[str, str]], name: str, visibility: str, who: set[str]
) -> None:
    record = make(db, name, visibility)
    ref = record.ref
    db.delete(record)
    db.commit()
    expect(dict.fromkeys(who, "gone"), client, name, askers, ref)


def test_only_what_left_since_is_told_and_only_on_the_first_page(client: TestClient, db: Session) -> None:
    record = make(db, "capacities", "public")
    for number in range(2):
        make_capacity(db, f"Other {number}")
    narrow(db, record, "own")
    first = page(client, "capacities", {}, limit=1)
    (gone,) = first["gone"]
    assert "gone" not in client.get(first["next"]).json()
    assert "gone" not in client.get("/api/v1/capacities").json()
    assert page(client, "capacities", {}, updated_since=gone["withdrawn_at"])["gone"] == [gone]
    later = gone["withdrawn_at"].replace("2026", "2036", 1)
    assert page(client, "capacities", {}, updated_since=later)["gone"] == []


def test_files_and_maps_of_changes_tell_it_too(client: TestClient, db: Session) -> None:
    record = make(db, "capacities", "public")
    narrow(db, record, "own")
    params = {"updated_since": LONG_AGO}
    assert [one["ref"] for one in page(client, "capacities", {}, format="geojson")["gone"]] == [record.ref]
    head, row = client.get("/api/v1/capacities", params=params | {"format": "csv"}).text.splitlines()
    told = dict(zip(head.split(","), row.split(","), strict=True))
    assert told["ref"] == record.ref
    assert told["withdrawn_at"].startswith("20")
    assert set(told.values()) == {"", told["id"], told["ref"], told["withdrawn_at"]}
    limited = client.get("/api/v1/capacities", params=params | {"format": "csv", "limit": 1}).text
    assert len(limited.splitlines()) == 1


def test_following_from_the_last_answer_misses_no_departure(client: TestClient, db: Session) -> None:
    record = make(db, "events", "public")
    since = client.get("/api/v1/events").json()["synced_to"]
    narrow(db, record, "centre")
    assert [one["ref"] for one in page(client, "events", {}, updated_since=since)["gone"]] == [record.ref]
