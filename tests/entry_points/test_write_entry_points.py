"""Writing entry points over HTTP: who may, what is wrong, done once, nobody overwritten; reports are only added."""

from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.db import sqlalchemy_url, transaction
from app.entry_points.models import EntryPoint, EntryPointReport
from app.history import History
from tests.conftest import Cast
from tests.make import make_contact, make_entry_point, make_organisation

URL = "/api/v1/entry-points"
NEW: dict[str, Any] = {
    "code": "KAZ-TEST",
    "names": {"en": "Test pass", "ru": "Проверочный перевал"},
    "kind": "road",
    "country": "KAZ",
    "across": "KGZ",
    "geometry": {"type": "Point", "coordinates": [74.7, 43.05]},
    "elevation_m": 0,
    "may_pass": ["people", "goods"],
    "hours_to_cross": 2.5,
    "winter_from": "11-01",
    "winter_to": "04-30",
    "source": "A letter",
    "evidence": "cited",
}
OPEN = {"status": "open", "said_by": "Border service of Kazakhstan", "source": "a call"}


def test_an_operator_registers_one_and_everybody_can_read_it(client: TestClient, cast: Cast, db: Session) -> None:
    answer = client.post(URL, json=NEW, headers=cast.person("operator"))
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert said["geometry"]["coordinates"] == [74.7, 43.05]
    assert (said["elevation_m"], said["hours_to_cross"], said["hours_to_cross_is_usual"]) == (0, 2.5, False)
    assert client.get(answer.headers["Location"]).json()["code"] == "KAZ-TEST"
    assert db.scalar(select(History.action).where(History.noun == "entry-points")) == "registered"


@pytest.mark.parametrize("role", ["reader", "contributor", "requester", "approver", "analyst", "stock_keeper"])
def test_nobody_else_registers(client: TestClient, cast: Cast, role: str) -> None:
    assert client.post(URL, json=NEW, headers=cast.person(role)).status_code == 403


def test_an_operator_of_other_countries_is_refused(client: TestClient, cast: Cast) -> None:
    assert client.post(URL, json=NEW, headers=cast.person("operator", countries=("AFG",))).status_code == 403
    assert client.post(URL, json=NEW, headers=cast.person("operator", countries=("KGZ",))).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"across": None}, "across"),
        ({"across": "KAZ"}, "across"),
        ({"country": "XXX"}, "country"),
        ({"winter_to": None}, "winter_to"),
        ({"winter_from": "13-01"}, "winter_from"),
        ({"time_zone": "Asia/Atlantis"}, "time_zone"),
        ({"source": ""}, "source"),
        ({"customs_contact": "018f0000-0000-7000-8000-000000000000"}, "customs_contact"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(
    client: TestClient, cast: Cast, change: dict[str, Any], field: str
) -> None:
    answer = client.post(URL, json=NEW | change, headers=cast.person("operator"))
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_two_cannot_have_one_code(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    assert client.post(URL, json=NEW, headers=operator).status_code == 201
    assert client.post(URL, json=NEW, headers=operator).status_code == 409


def test_sent_again_with_its_key_it_is_registered_once(client: TestClient, cast: Cast) -> None:
    headers = cast.person("operator") | {"Idempotency-Key": "once"}
    first, second = (client.post(URL, json=NEW, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]


def test_a_change_needs_the_version_and_leaves_the_rest(client: TestClient, cast: Cast, db: Session) -> None:
    contact = make_contact(db, visibility="partners")
    operator = cast.person("operator")
    made = client.post(URL, json=NEW, headers=operator)
    change = {
        "hours": {"en": "Around the clock"},
        "winter_from": None,
        "winter_to": None,
        "customs_contact": str(contact.id),
    }
    address = f"{URL}/KAZ-TEST"
    assert client.patch(address, json=change, headers=operator).status_code == 428
    changed = client.patch(address, json=change, headers=operator | {"If-Match": made.headers["ETag"]})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["hours"], changed.json()["winter"]) == ("Around the clock", None)
    assert changed.json()["geometry"] == made.json()["geometry"]
    assert client.patch(address, json=change, headers=operator | {"If-Match": made.headers["ETag"]}).status_code == 412


def test_withdrawn_it_leaves_the_list_and_comes_back(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator") | {"If-Match": "*"}
    client.post(URL, json=NEW, headers=operator)
    assert (
        client.post(f"{URL}/KAZ-TEST/withdraw", json={"reason": "Closed for good"}, headers=operator).status_code == 200
    )
    assert client.get(f"{URL}/KAZ-TEST").status_code == 404
    assert client.post(f"{URL}/KAZ-TEST/reports", json=OPEN, headers=operator).status_code == 409
    assert client.post(f"{URL}/KAZ-TEST/restore", json={}, headers=operator).status_code == 200
    assert client.get(f"{URL}/KAZ-TEST").status_code == 200


# -- reports


@pytest.mark.parametrize(
    ("role", "countries", "organisation", "status"),
    [
        ("operator", (), "CESDRR", 201),
        ("approver", ("KGZ",), "TEST-ORG", 201),  # the other side of the border
        ("requester", (), "KGZ-MES", 201),  # no limit: of the country of their organisation
        ("requester", (), "TJK-CES", 403),
        ("requester", (), "UN-OCHA", 201),  # of no country
        ("approver", ("AFG",), "TEST-ORG", 403),
        ("contributor", (), "KGZ-MES", 403),
    ],
)
def test_those_of_either_country_and_the_centre_report(
    client: TestClient, cast: Cast, db: Session, role: str, countries: tuple[str, ...], organisation: str, status: int
) -> None:
    make_entry_point(db)
    make_organisation(db, "TJK-CES", country_iso3="TJK")
    who = cast.person(role, organisation=organisation, countries=countries)
    answer = client.post(f"{URL}/KAZ-TEST/reports", json=OPEN, headers=who)
    assert answer.status_code == status, answer.text
    if status == 201:
        assert answer.json()["said"]["said_by"] == OPEN["said_by"]


def test_a_report_is_never_changed_by_the_portal(client: TestClient, cast: Cast, db: Session) -> None:
    make_entry_point(db)
    client.post(f"{URL}/KAZ-TEST/reports", json=OPEN, headers=cast.person("operator"))
    serving = create_engine(sqlalchemy_url(client.app.state.settings.database_url), poolclass=NullPool)  # type: ignore[attr-defined]
    for statement in ("UPDATE entry_point_reports SET status = 'closed'", "DELETE FROM entry_point_reports"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction(serving) as writing:
            writing.execute(text(statement))
    assert db.scalars(select(EntryPointReport.status)).all() == ["open"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"as_of": "2099-01-01T00:00:00Z"}, "as_of"),
        ({"from_at": "2026-01-02T00:00:00Z", "until_at": "2026-01-01T00:00:00Z"}, "until_at"),
        ({"said_by": ""}, "said_by"),
        ({"status": "ajar"}, "status"),
    ],
)
def test_a_report_that_cannot_be_is_refused(
    client: TestClient, cast: Cast, db: Session, change: dict[str, Any], field: str
) -> None:
    make_entry_point(db)
    answer = client.post(f"{URL}/KAZ-TEST/reports", json=OPEN | change, headers=cast.person("operator"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_an_entry_point_is_changed_by_what_is_said_of_it(client: TestClient, cast: Cast, db: Session) -> None:
    point = make_entry_point(db)
    operator = cast.person("operator")
    before = client.get(f"{URL}/KAZ-TEST", headers=operator)
    client.post(f"{URL}/KAZ-TEST/reports", json=OPEN, headers=operator)
    after = client.get(f"{URL}/KAZ-TEST", headers=operator)
    assert after.headers["ETag"] != before.headers["ETag"]
    db.expire_all()
    assert db.get_one(EntryPoint, point.id).updated_at.isoformat() > before.json()["updated_at"]


def test_what_accounts_of_the_demonstration_write_is_marked(client: TestClient, cast: Cast, db: Session) -> None:
    made = client.post(URL, json=NEW, headers=cast.person("operator", demonstration=True))
    assert made.json()["demonstration"]
