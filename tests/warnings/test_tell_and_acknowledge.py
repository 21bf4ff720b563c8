"""Who is told of a warning, who has opened it, and who has acknowledged it: each once, and each seen by whom it concerns."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.history import History
from tests.conftest import Cast
from tests.make import make_contact
from tests.warnings.warned import (
    AUTHORITY,
    acknowledge,
    cancel,
    draft,
    issued,
    letters,
    line_of,
    make_desks,
    member,
    neighbour,
    recipients_of_mails,
)


def test_the_authorities_of_the_countries_and_their_neighbours_are_proposed(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = draft(client, operator)["ref"]
    found = client.get(f"/api/v1/warnings/{ref}/recipients", headers=operator).json()["results"]
    codes = {one["organisation"]["code"] for one in found}
    assert {"KAZ-MES", "KGZ-MES", "UZB-MES"} <= codes
    assert not codes & {"IRN-NDMO", "CESDRR", "TUR-AFAD"}
    assert all(one["proposed"] for one in found)


def test_people_and_duty_desks_are_written_to_at_once_each_by_a_mail_of_their_own(
    client: TestClient, cast: Cast, db: Session
) -> None:
    make_desks(db)
    member(db, "aida@kg.example.org", language="ru")
    member(db, "gone@kg.example.org", status="suspended")
    member(db, "demo@kg.example.org", demonstration=True)
    member(db, "far@tr.example.org", organisation="TUR-AFAD")
    issued(client, cast.person("operator"), AUTHORITY)
    assert recipients_of_mails(db) == ["aida@kg.example.org", "duty@kg.example.org"]
    mail = next(one for one in letters(db) if one.recipient == "aida@kg.example.org")
    assert mail.subject.endswith("В ущелье Алмарасан ожидается сель")
    assert "Покиньте русло реки." in (mail.body or "")
    assert "/read?token=" in (mail.body or "")


def test_an_organisation_with_focal_points_only_is_told_by_them(client: TestClient, cast: Cast, db: Session) -> None:
    make_contact(db, "Focal", AUTHORITY, kind="focal_point", email="focal@kg.example.org")
    db.commit()
    issued(client, cast.person("operator"), AUTHORITY)
    assert recipients_of_mails(db) == ["focal@kg.example.org"]


def test_one_address_gets_one_mail(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    member(db, "DUTY@kg.example.org")
    issued(client, cast.person("operator"), AUTHORITY)
    assert recipients_of_mails(db) == ["DUTY@kg.example.org"]


def test_opening_is_noted_and_acknowledges_nothing(client: TestClient, cast: Cast) -> None:
    operator, bermet = cast.person("operator"), neighbour(cast)
    ref = issued(client, operator, AUTHORITY)["ref"]
    client.get(f"/api/v1/warnings/{ref}", headers=operator)
    assert line_of(client, operator, ref)["opened_at"] is None, "the Centre's own looking is none"
    for _time in range(2):
        assert client.get(f"/api/v1/warnings/{ref}", headers=bermet).status_code == 200
    line = line_of(client, operator, ref)
    assert line["opened_at"]
    assert line["acknowledged_at"] is None
    assert [(one["kind"], one["name"], one["opened_by"]) for one in line["readers"] if one["opened_at"]] == [
        ("person", "Bermet", "page" if line["readers"][0]["opened_by"] == "page" else "api")
    ]


def test_a_person_acknowledges_with_what_they_need(client: TestClient, cast: Cast, db: Session) -> None:
    operator, bermet = cast.person("operator"), neighbour(cast)
    ref = issued(client, operator, AUTHORITY)["ref"]
    answer = acknowledge(client, bermet, ref, "We need two pumps.")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["organisation"], answer.json()["remark"]) == (AUTHORITY, "We need two pumps.")
    again = acknowledge(client, bermet, ref)
    assert again.json() == answer.json(), "the first time counts"
    line = line_of(client, operator, ref)
    assert line["remarks"] == ["We need two pumps."]
    assert line["acknowledged_minutes"] >= 0
    assert {step["dropped_because"] for step in line["steps"]} == {"acknowledged"}
    noted = db.scalars(select(History).where(History.action == "acknowledged")).all()
    assert [(one.visibility, one.reason) for one in noted] == [("centre", "We need two pumps.")]


def test_a_program_acknowledges_for_its_organisation(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = issued(client, operator, AUTHORITY)["ref"]
    program = cast.program("records:read-partners", organisation=AUTHORITY)
    assert acknowledge(client, program, ref).status_code == 200
    reader = line_of(client, operator, ref)["readers"][0]
    assert (reader["kind"], reader["acknowledged_by"], reader["opened_by"]) == ("program", "api", "api")


def test_whoever_was_not_told_has_nothing_to_acknowledge(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = issued(client, operator, AUTHORITY)["ref"]
    assert acknowledge(client, cast.person("reader", organisation="TUR-AFAD"), ref).status_code == 403
    assert acknowledge(client, operator, ref).status_code == 403
    assert acknowledge(client, {}, ref).status_code == 401
    hidden = draft(client, operator)["ref"]
    assert acknowledge(client, cast.person("reader", organisation="TUR-AFAD"), hidden).status_code == 404


def test_each_organisation_sees_its_own_line_and_the_centre_sees_all(client: TestClient, cast: Cast) -> None:
    operator, bermet = cast.person("operator"), neighbour(cast)
    ref = issued(client, operator, AUTHORITY, "KAZ-MES")["ref"]

    def told(headers: dict[str, str]) -> set[str]:
        found = client.get(f"/api/v1/warnings/{ref}/recipients", headers=headers).json()["results"]
        return {one["organisation"]["code"] for one in found}

    assert told(operator) == told(cast.person("analyst")) == {AUTHORITY, "KAZ-MES"}
    assert told(bermet) == {AUTHORITY}
    assert told(cast.person("reader", organisation="TUR-AFAD")) == set()
    assert client.get(f"/api/v1/warnings/{ref}/recipients").status_code == 401


def test_whoever_was_told_is_told_of_the_cancellation(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    operator = cast.person("operator")
    ref = issued(client, operator, AUTHORITY)["ref"]
    cancel(client, operator, ref)
    last = letters(db)[-1]
    assert last.recipient == "duty@kg.example.org"
    assert "Almarasan" in last.subject or "Алмарасан" in last.subject
    assert "The rain has stopped." in (last.body or "")


def test_an_exercise_says_so_in_its_mails_and_in_its_message(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    member(db, "en@kg.example.org")
    ref = issued(client, cast.person("operator"), AUTHORITY, status="exercise")["ref"]
    mail = next(one for one in letters(db) if one.recipient == "en@kg.example.org")
    assert mail.subject.startswith("EXERCISE: Warning: Mudflow")
    assert "EXERCISE: Mudflow" in (mail.body or "")
    cap = client.get(f"/feeds/warnings/{ref}.cap").text
    assert "<status>Exercise</status>" in cap
    assert "<headline>EXERCISE: Mudflow" in cap


def test_an_organisation_that_is_none_is_refused_and_nothing_is_issued(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = draft(client, operator)["ref"]
    answer = client.post(
        f"/api/v1/warnings/{ref}/issue", json={"recipients": ["NOBODY"]}, headers=operator | {"If-Match": "*"}
    )
    assert answer.status_code == 422
    assert client.get(f"/api/v1/warnings/{ref}", headers=operator).json()["state"] == "draft"


def test_what_is_invented_is_told_to_invented_people_only(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    member(db, "demo@kg.example.org", demonstration=True)
    issued(client, cast.person("operator", demonstration=True), AUTHORITY)
    assert recipients_of_mails(db) == ["demo@kg.example.org"]
