"""Withdrawing and restoring a capacity: it leaves all lists, is still known, and comes back as it was."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.capacities.models import Capacity
from app.history import History
from tests.conftest import Cast
from tests.make import make_capacity, make_organisation
from tests.waiting import soon

URL = "/api/v1/capacities"
WHY = {"reason": "Disbanded on 1 September"}


@pytest.fixture
def theirs(db: Session) -> Capacity:
    team = make_capacity(db, "Team", country_iso3="KGZ", organisation_id=make_organisation(db, "KGZ-MES").id)
    db.commit()
    return team


@pytest.fixture
def keeper(cast: Cast) -> dict[str, str]:
    return cast.person("contributor", organisation="KGZ-MES")


def test_it_goes_and_comes_back_as_it_was(client: TestClient, keeper: dict[str, str], theirs: Capacity) -> None:
    before = client.get(f"{URL}/{theirs.ref}", headers=keeper)
    gone = client.post(f"{URL}/{theirs.ref}/withdraw", json=WHY, headers=keeper | {"If-Match": before.headers["ETag"]})
    assert gone.status_code == 200, gone.text
    assert set(gone.json()) == {"id", "ref", "withdrawn_at"}
    assert soon(lambda: client.get(URL).json()["count"], lambda count: count == 0) == 0
    assert client.get(f"{URL}/{theirs.ref}", headers=keeper).status_code == 404
    told = client.get(URL, params={"updated_since": "2026-01-01T00:00:00Z"}).json()["results"]
    assert [set(one) for one in told] == [{"id", "ref", "withdrawn_at"}]
    back = client.post(f"{URL}/{theirs.ref}/restore", json={}, headers=keeper | {"If-Match": gone.headers["ETag"]})
    assert back.status_code == 200, back.text
    changing = ("updated_at",)
    assert {k: v for k, v in back.json().items() if k not in changing} == {
        k: v for k, v in before.json().items() if k not in changing
    }
    assert soon(lambda: client.get(URL).json()["count"], lambda count: count == 1) == 1


def test_history_tells_why(client: TestClient, keeper: dict[str, str], db: Session, theirs: Capacity) -> None:
    headers = keeper | {"If-Match": "*"}
    client.post(f"{URL}/{theirs.ref}/withdraw", json=WHY, headers=headers)
    client.post(f"{URL}/{theirs.ref}/restore", json={"reason": "A mistake"}, headers=headers)
    rows = db.scalars(select(History).order_by(History.id)).all()
    assert [(row.action, row.reason) for row in rows] == [("withdrawn", WHY["reason"]), ("restored", "A mistake")]


@pytest.mark.parametrize("verb", ["withdraw", "restore"])
def test_it_needs_the_right(client: TestClient, cast: Cast, db: Session, theirs: Capacity, verb: str) -> None:
    hidden = make_capacity(db, organisation_id=theirs.organisation_id, visibility="own")
    db.commit()

    def tried(capacity: Capacity, headers: dict[str, str]) -> Any:
        path = f"{URL}/{capacity.ref}/{verb}"
        return client.post(path, json=WHY, headers=headers | {"If-Match": "*"}).status_code

    other = cast.person("contributor", organisation="UZB-MES")
    assert tried(theirs, {}) == 401
    assert tried(theirs, cast.person("reader", organisation="KGZ-MES")) == 403
    assert tried(theirs, other) == 403
    assert tried(hidden, other) == tried(hidden, cast.person("operator")) == 404


def test_a_withdrawn_record_is_there_only_for_who_may_restore_it(
    client: TestClient, cast: Cast, keeper: dict[str, str], theirs: Capacity
) -> None:
    any_version = {"If-Match": "*"}
    client.post(f"{URL}/{theirs.ref}/withdraw", json=WHY, headers=keeper | any_version)
    other = cast.person("contributor", organisation="UZB-MES") | any_version
    for verb in ("withdraw", "restore", "verify"):
        assert client.post(f"{URL}/{theirs.ref}/{verb}", json=WHY, headers=other).status_code == 404
    assert client.patch(f"{URL}/{theirs.ref}", json={"quantity": 2}, headers=other).status_code == 404
    assert (
        client.post(f"{URL}/{theirs.ref}/restore", json=WHY, headers=cast.person("operator") | any_version).status_code
        == 200
    )


def test_the_wrong_moment_is_told(client: TestClient, keeper: dict[str, str], theirs: Capacity) -> None:
    headers = keeper | {"If-Match": "*"}
    path = f"{URL}/{theirs.ref}"
    assert client.post(f"{path}/restore", json={}, headers=headers).status_code == 409
    assert client.post(f"{path}/withdraw", json=WHY, headers=headers).status_code == 200
    assert client.post(f"{path}/withdraw", json=WHY, headers=headers).status_code == 409
    assert client.post(f"{path}/verify", headers=headers).status_code == 409
    assert client.post(f"{URL}/verify", json={"refs": [theirs.ref]}, headers=headers).status_code == 409
    assert client.patch(path, json={"quantity": 2}, headers=headers).status_code == 409
    for verb in ("withdraw", "restore"):
        assert client.post(f"{path}/{verb}", json=WHY, headers=keeper).status_code == 428
    assert client.post(f"{path}/restore", json={}, headers=keeper | {"If-Match": '"0"'}).status_code == 412


def test_it_must_say_why(client: TestClient, keeper: dict[str, str], theirs: Capacity) -> None:
    headers = keeper | {"If-Match": "*"}
    for body in (
        {},
        {"reason": ""},
        {"reason": "  \n "},
        {"reason": "x" * 1001},
        {"reason": "a\u0000"},
        {"reason": 1},
        [],
        {"why": "x"},
    ):
        answer = client.post(f"{URL}/{theirs.ref}/withdraw", json=body, headers=headers)
        assert answer.status_code == 422, body


def test_the_same_key_twice_withdraws_once(
    client: TestClient, keeper: dict[str, str], db: Session, theirs: Capacity
) -> None:
    for verb in ("withdraw", "restore"):
        version = {"If-Match": "*", "Idempotency-Key": verb}
        first, again = (client.post(f"{URL}/{theirs.ref}/{verb}", json=WHY, headers=keeper | version) for _ in range(2))
        assert first.status_code == again.status_code == 200
        assert first.json() == again.json()
        assert first.headers["ETag"] == again.headers["ETag"]
    assert len(db.scalars(select(History)).all()) == 2
