"""Webhooks on pages and over HTTP: made, changed, tested, ended by those who manage them; the secret is shown once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.history import History
from app.secrets import decrypt
from app.webhooks.models import Webhook
from tests.conftest import Cast
from tests.make import make_organisation, make_webhook
from tests.webhooks.receivers import Receiver

FORM = {"name": "Duty room", "url": "https://receiver.example.org/hook", "sees": "partners", "exercises": "no"}
ASKED: dict[str, Any] = {"name": "Duty room", "url": "https://receiver.example.org/hook", "countries": ["KGZ"]}


@pytest.fixture
def approver(cast: Cast) -> dict[str, str]:
    return cast.person("approver", organisation="TEST-ORG")


def shown(page: str) -> str:
    found = re.search(r"whsec_[A-Za-z0-9+/=]{44}", page)
    return found[0] if found else ""


def test_a_webhook_is_made_and_its_secret_shown_once(db: Session, client: TestClient, approver: dict[str, str]) -> None:
    made = client.post("/webhooks", data=FORM | {"countries": ["KGZ", "TJK"]}, headers=approver)
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    secret = shown(made.text)
    webhook = db.scalars(select(Webhook)).one()
    assert (webhook.name, webhook.sees, webhook.countries) == ("Duty room", "partners", ["KGZ", "TJK"])
    assert secret.encode() not in webhook.secret
    assert decrypt(webhook.secret) == secret
    for page in (
        "/webhooks",
        f"/webhooks/{webhook.id}",
        f"/webhooks/{webhook.id}/edit",
        f"/api/v1/webhooks/{webhook.id}",
    ):
        answer = client.get(page, headers=approver)
        assert answer.status_code == 200, page
        assert "whsec" not in answer.text, page


def test_no_secret_stands_in_history(db: Session, client: TestClient, approver: dict[str, str]) -> None:
    made = client.post("/webhooks", data=FORM, headers=approver)
    webhook = db.scalars(select(Webhook)).one()
    renewed = client.post(f"/webhooks/{webhook.id}/secret", headers=approver)
    assert shown(made.text) != shown(renewed.text) != ""
    rows = db.scalars(select(History).where(History.noun == "webhooks").order_by(History.id)).all()
    assert [row.action for row in rows] == ["made", "secret renewed"]
    everything = " ".join(f"{row.before} {row.after} {row.reason}" for row in rows)
    assert "whsec" not in everything
    assert "secret" not in everything


@pytest.mark.parametrize(
    "url",
    ["http://receiver.example.org/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.1/",
     "https://169.254.169.254/latest", "https://user:pass@example.org/", "https://example.org/#x", "ftp://example.org/",
     "javascript:alert(1)", "https://", "https://2130706433/", "https://exa mple.org/", "https://пример.рф/",
     "https://example.org:99999/", "https://db.internal/", "https://example.org/" + "x" * 500],
)  # fmt: skip
def test_an_address_of_our_own_network_or_without_tls_is_refused(
    db: Session, client: TestClient, approver: dict[str, str], url: str
) -> None:
    page = client.post("/webhooks", data=FORM | {"url": url}, headers=approver)
    assert page.status_code == 422
    assert "Error:" in page.text
    assert client.post("/api/v1/webhooks", json=ASKED | {"url": url}, headers=approver).status_code == 422
    assert db.scalars(select(Webhook)).all() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("countries", ["XXX"]), ("hazards", ["ZZ"]), ("areas", ["nowhere"]), ("kinds", ["event.eaten"]), ("sees", "centre"),
     ("alert_at_least", "blue"), ("statuses", ["open"]), ("exercises", "maybe"), ("name", ""), ("secret", "mine"), ("limited_to", [])],
)  # fmt: skip
def test_what_does_not_exist_is_refused_by_name(
    client: TestClient, approver: dict[str, str], field: str, value: Any
) -> None:
    answer = client.post("/api/v1/webhooks", json=ASKED | {field: value}, headers=approver)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].split(".")[0] == field


def test_over_http_the_secret_comes_with_the_answer_that_made_it(
    db: Session, client: TestClient, approver: dict[str, str]
) -> None:
    made = client.post("/api/v1/webhooks", json=ASKED, headers=approver)
    assert made.status_code == 201
    body = made.json()
    assert decrypt(db.scalars(select(Webhook)).one().secret) == body["secret"]
    assert made.headers["location"] == f"/api/v1/webhooks/{body['id']}"
    listed = client.get("/api/v1/webhooks", headers=approver).json()
    assert (listed["count"], listed["results"][0]["countries"]) == (1, ["KGZ"])
    assert "secret" not in listed["results"][0]


def test_webhooks_of_others_are_not_there(
    db: Session, client: TestClient, cast: Cast, approver: dict[str, str]
) -> None:
    make_organisation(db, "OTHER")
    webhook = make_webhook(db, organisation="OTHER")
    db.commit()
    for method, path in (
        ("GET", ""), ("GET", "/edit"), ("POST", "/edit"), ("POST", "/secret"), ("POST", "/test"), ("POST", "/pause"),
        ("POST", "/resume"), ("POST", "/end"), ("POST", "/replay"), ("POST", f"/deliveries/{webhook.id}/replay"),
    ):  # fmt: skip
        assert client.request(method, f"/webhooks/{webhook.id}{path}", headers=approver).status_code == 404, path
    assert client.get(f"/api/v1/webhooks/{webhook.id}/deliveries", headers=approver).status_code == 404
    assert client.get(f"/webhooks/{webhook.id}", headers=cast.person("administrator")).status_code == 200
    refused = client.post("/webhooks", data=FORM | {"organisation": "OTHER"}, headers=approver)
    assert refused.status_code == 403


def test_who_signed_in_long_ago_does_so_again_first(db: Session, client: TestClient, approver: dict[str, str]) -> None:
    db.execute(text("UPDATE sessions SET created_at = now() - interval '3 hours'"))
    db.commit()
    answer = client.post("/webhooks", data=FORM, headers=approver, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")
    assert client.post("/api/v1/webhooks", json=ASKED, headers=approver).status_code == 403
    assert db.scalars(select(Webhook)).all() == []


def test_a_test_shows_what_comes_back(
    db: Session, client: TestClient, approver: dict[str, str], receiver: Receiver, deliver: Callable[[], None]
) -> None:
    receiver.says, receiver.answer = [500], b"our disk is full"
    webhook = make_webhook(db, receiver.url)
    db.commit()
    client.post(f"/webhooks/{webhook.id}/test", headers=approver)
    deliver()
    page = client.get(f"/webhooks/{webhook.id}", headers=approver).text
    assert "webhook.test" in page
    assert "HTTP 500" in page
    assert "our disk is full" in page
    log = client.get(f"/api/v1/webhooks/{webhook.id}/deliveries", headers=approver).json()
    assert (log["count"], log["results"][0]["state"]) == (1, "failed")
    assert log["results"][0]["attempts"][0]["status"] == 500


def test_one_that_has_ended_stays_so(db: Session, client: TestClient, approver: dict[str, str]) -> None:
    webhook = make_webhook(db)
    db.commit()
    assert client.post(f"/webhooks/{webhook.id}/end", headers=approver).status_code == 200
    assert client.post(f"/webhooks/{webhook.id}/resume", headers=approver).status_code == 409
    assert "whsec" not in client.get(f"/webhooks/{webhook.id}", headers=approver).text
