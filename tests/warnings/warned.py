"""A warning of a mudflow, and the steps by which tests draft, issue and acknowledge it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.people.models import Mail
from tests.conftest import Cast
from tests.make import make_contact, make_user

Headers = dict[str, str]
AUTHORITY = "KGZ-MES"  # of a neighbour of Kazakhstan


def in_hours(hours: float) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def mudflow(**changes: Any) -> dict[str, Any]:
    return {
        "hazard": "MS",
        "categories": ["geo"],
        "responses": ["evacuate", "avoid"],
        "urgency": "immediate",
        "severity": "severe",
        "certainty": "likely",
        "expires_at": in_hours(12),
        "headlines": {"en": "Mudflow expected in the Almarasan gorge", "ru": "В ущелье Алмарасан ожидается сель"},
        "descriptions": {"en": "After a night of rain."},
        "instructions": {"en": "Leave the river bed.", "ru": "Покиньте русло реки."},
        "countries": ["KAZ"],
        "areas": ["KZ-75"],
    } | changes


def draft(client: TestClient, headers: Headers, **changes: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/warnings", json=mudflow(**changes), headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def issue(client: TestClient, headers: Headers, ref: str, *recipients: str) -> Any:
    said = {"recipients": list(recipients)} if recipients else {}
    return client.post(f"/api/v1/warnings/{ref}/issue", json=said, headers=headers | {"If-Match": "*"})


def issued(client: TestClient, headers: Headers, *recipients: str, **changes: Any) -> dict[str, Any]:
    """A warning that was told to these organisations, or to those that are proposed."""
    answer = issue(client, headers, draft(client, headers, **changes)["ref"], *recipients)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def cancel(client: TestClient, headers: Headers, ref: str) -> Any:
    said = {"reason": "The rain has stopped."}
    return client.post(f"/api/v1/warnings/{ref}/cancel", json=said, headers=headers | {"If-Match": "*"})


def acknowledge(client: TestClient, headers: Headers, ref: str, remark: str = "") -> Any:
    return client.post(f"/api/v1/warnings/{ref}/acknowledge", json={"remark": remark}, headers=headers)


def line_of(client: TestClient, headers: Headers, ref: str, code: str = AUTHORITY) -> dict[str, Any]:
    """An organisation's line on the board."""
    answer = client.get(f"/api/v1/warnings/{ref}/recipients", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = next(one for one in answer.json()["results"] if one["organisation"]["code"] == code)
    return found


def make_desks(db: Session, organisation: str = AUTHORITY) -> None:
    """A duty desk and a focal point of an organisation."""
    make_contact(db, "Duty", organisation, email="duty@kg.example.org", languages=["ru", "ky"])
    make_contact(db, "Focal", organisation, kind="focal_point", email="focal@kg.example.org")
    db.commit()


def neighbour(cast: Cast, name: str = "Bermet", role: str = "reader", **changes: Any) -> Headers:
    """Somebody of the neighbour's authority, with an account and an address."""
    return cast.person(role, organisation=AUTHORITY, name=name, **changes)


def member(db: Session, email: str, organisation: str = AUTHORITY, **changes: Any) -> None:
    make_user(db, "reader", organisation=organisation, email=email, **changes)
    db.commit()


def letters(db: Session) -> list[Mail]:
    """The mails in the outbox, the oldest first."""
    db.rollback()
    return list(db.scalars(select(Mail).order_by(Mail.created_at)))


def recipients_of_mails(db: Session) -> list[str]:
    return sorted(mail.recipient or "" for mail in letters(db))


def put_back(db: Session, ref: str, minutes: float) -> None:
    """As if a warning had been issued so many minutes earlier: its steps are due as much sooner."""
    db.rollback()
    db.execute(text("""UPDATE warning_steps SET due_at = due_at - make_interval(secs => :seconds)
                       WHERE warning_id = (SELECT id FROM warnings WHERE ref = :ref)"""), {"seconds": minutes * 60, "ref": ref})  # fmt: skip
    db.commit()
