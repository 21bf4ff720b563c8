"""Confirming that records are true today: one, or many at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.capacities.models import Capacity
from app.history import History
from tests.conftest import Cast
from tests.make import make_capacity, make_organisation

URL = "/api/v1/capacities"


@pytest.fixture
def old(db: Session) -> list[Capacity]:
    """Three records of the Kyrgyz ministry that nobody has confirmed for long."""
    owner = make_organisation(db, "KGZ-MES", names={"en": "Ministry of Emergencies"}).id
    long_ago = datetime.now(UTC) - timedelta(days=400)
    found = [make_capacity(db, name, country_iso3="KGZ", organisation_id=owner, verified_at=long_ago) for name in "ABC"]
    db.commit()
    return found


def stale(client: TestClient) -> int:
    count: int = client.get(URL, params={"stale": "true"}).json()["count"]
    return count


def test_one_click_says_that_all_of_it_is_true(
    client: TestClient, cast: Cast, db: Session, old: list[Capacity]
) -> None:
    answer = client.post(f"{URL}/{old[0].ref}/verify", headers=cast.person("contributor", organisation="KGZ-MES"))
    assert answer.status_code == 200, answer.text
    assert not answer.json()["is_stale"]
    assert answer.json()["verified_by"] == make_organisation(db, "KGZ-MES").names["en"]
    assert stale(client) == 2
    row = db.scalars(select(History)).one()
    assert row.action == "verified"
    assert row.after
    assert row.after["verified_by"] == answer.json()["verified_by"]


def test_it_is_for_the_organisation_of_who_says_so(client: TestClient, cast: Cast, old: list[Capacity]) -> None:
    said = client.post(f"{URL}/{old[0].ref}/verify", headers=cast.person("operator")).json()
    assert "Almaty" in said["verified_by"] or "Center" in said["verified_by"]


def test_a_version_that_somebody_changed_meanwhile_is_not_confirmed(
    client: TestClient, cast: Cast, old: list[Capacity]
) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES")
    seen = client.get(f"{URL}/{old[0].ref}", headers=headers).headers["ETag"]
    client.patch(f"{URL}/{old[0].ref}", json={"quantity": 9}, headers=headers | {"If-Match": seen})
    assert client.post(f"{URL}/{old[0].ref}/verify", headers=headers | {"If-Match": seen}).status_code == 412
    assert stale(client) == 3


def test_many_are_confirmed_at_once(client: TestClient, cast: Cast, db: Session, old: list[Capacity]) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES")
    body = {"refs": [old[0].ref, str(old[1].id), old[0].ref]}
    answer = client.post(f"{URL}/verify", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == 2
    assert set(answer.json()["refs"]) == {old[0].ref, old[1].ref}
    assert stale(client) == 1
    assert len(db.scalars(select(History)).all()) == 2


def test_all_of_them_or_none(client: TestClient, cast: Cast, db: Session, old: list[Capacity]) -> None:
    other = make_capacity(db, organisation_id=make_organisation(db, "TJK-RC").id)
    hidden = make_capacity(db, organisation_id=make_organisation(db, "TJK-RC").id, visibility="own")
    db.commit()
    headers = cast.person("contributor", organisation="KGZ-MES")

    def tried(*refs: str) -> Any:
        return client.post(f"{URL}/verify", json={"refs": [old[0].ref, *refs]}, headers=headers)

    assert tried(other.ref).status_code == 403
    for ref in (hidden.ref, "CA-7777777", "nonsense"):
        answer = tried(ref)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "refs.1"
    for refs in ([], ["x"] * 2000, "CA-1", [1]):
        assert client.post(f"{URL}/verify", json={"refs": refs}, headers=headers).status_code == 422
    assert stale(client) == 4


def test_it_needs_the_right(client: TestClient, cast: Cast, db: Session, old: list[Capacity]) -> None:
    hidden = make_capacity(db, organisation_id=make_organisation(db, "TJK-RC").id, visibility="own")
    db.commit()
    assert client.post(f"{URL}/{old[0].ref}/verify").status_code == 401
    assert client.post(f"{URL}/verify", json={"refs": [old[0].ref]}).status_code == 401
    assert client.post(f"{URL}/{old[0].ref}/verify", headers=cast.person("reader")).status_code == 403
    other = cast.person("contributor", organisation="UZB-MES")
    assert client.post(f"{URL}/{old[0].ref}/verify", headers=other).status_code == 403
    assert client.post(f"{URL}/{hidden.ref}/verify", headers=other).status_code == 404


def test_the_same_key_twice_confirms_once(client: TestClient, cast: Cast, db: Session, old: list[Capacity]) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES") | {"Idempotency-Key": "k"}
    for path, body in ((f"{URL}/{old[0].ref}/verify", None), (f"{URL}/verify", {"refs": [old[1].ref]})):
        first, again = (client.post(path, json=body, headers=headers) for _ in range(2))
        assert first.status_code == again.status_code == 200
        assert first.json() == again.json()
    assert len(db.scalars(select(History)).all()) == 2
