"""Several people write at the same moment, in real threads: nobody's work is lost, nothing is done twice, nobody waits for ever."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
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
AT_ONCE = 6


@pytest.fixture
def theirs(db: Session) -> list[Capacity]:
    owner = make_organisation(db, "KGZ-MES").id
    teams = [make_capacity(db, name, country_iso3="KGZ", organisation_id=owner) for name in "AB"]
    db.commit()
    return teams


def together(do: Callable[[int], Any]) -> list[Any]:
    """What each of several threads got that began at the same moment."""
    start = Barrier(AT_ONCE)

    def begin(number: int) -> Any:
        start.wait()
        return do(number)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(begin, range(AT_ONCE)))


def test_of_those_who_read_the_same_version_one_writes(
    client: TestClient, cast: Cast, db: Session, theirs: list[Capacity]
) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES")
    path = f"{URL}/{theirs[0].ref}"
    headers |= {"If-Match": client.get(path, headers=headers).headers["ETag"]}
    answers = together(lambda number: client.patch(path, json={"quantity": 10 + number}, headers=headers))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: AT_ONCE - 1}
    written = next(answer.json()["quantity"] for answer in answers if answer.status_code == 200)
    assert client.get(path).json()["quantity"] == written
    assert len(db.scalars(select(History)).all()) == 1


def test_changes_of_different_fields_add_up_where_no_version_is_insisted_on(
    client: TestClient, cast: Cast, db: Session, theirs: list[Capacity]
) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES") | {"If-Match": "*"}
    fields: list[dict[str, Any]] = [
        {"quantity": 20}, {"names": {"ru": "Команда"}}, {"readiness": {"people": "ready"}}, {"readiness": {"funding": "none"}},
        {"transport": {"weight_kg": 5}}, {"mobilisation_hours": 4},
    ]  # fmt: skip
    answers = together(lambda n: client.patch(f"{URL}/{theirs[0].ref}", json=fields[n], headers=headers))
    assert {answer.status_code for answer in answers} == {200}
    said = client.get(f"{URL}/{theirs[0].ref}", params={"lang": "ru"}).json()
    assert (said["quantity"], said["name"], said["mobilisation_hours"]) == (20, "Команда", 4)
    assert said["readiness"] == {"equipment": None, "people": "ready", "funding": "none"}
    assert said["transport"]["weight_kg"] == 5
    assert len(db.scalars(select(History)).all()) == len(fields)


def test_the_same_key_sent_at_once_registers_once(client: TestClient, cast: Cast, db: Session) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES") | {"Idempotency-Key": "one"}
    body = {"names": {"en": "Team"}, "type": "usar-medium", "country": "KGZ", "quantity": 1}
    answers = together(lambda _number: client.post(URL, json=body, headers=headers))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["ref"] for answer in answers if answer.status_code == 201}) == 1
    assert len(db.scalars(select(Capacity)).all()) == 1


def test_many_confirmed_at_once_in_any_order_do_not_wait_for_one_another_for_ever(
    client: TestClient, cast: Cast, theirs: list[Capacity]
) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES")
    refs = [one.ref for one in theirs]
    orders = [refs, refs[::-1]]
    answers = together(lambda n: client.post(f"{URL}/verify", json={"refs": orders[n % 2]}, headers=headers))
    assert {answer.status_code for answer in answers} == {200}


def test_withdrawn_and_changed_at_once_it_is_one_or_the_other(
    client: TestClient, cast: Cast, db: Session, theirs: list[Capacity]
) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES")
    path = f"{URL}/{theirs[0].ref}"
    headers |= {"If-Match": client.get(path, headers=headers).headers["ETag"]}

    def write(number: int) -> int:
        if number % 2:
            return client.patch(path, json={"quantity": 3}, headers=headers).status_code
        return client.post(f"{path}/withdraw", json={"reason": "gone"}, headers=headers).status_code

    done = Counter(together(write))
    assert done[200] == 1
    assert set(done) <= {200, 409, 412}
    assert len(db.scalars(select(History)).all()) == 1
