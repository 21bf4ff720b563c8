"""People keep their own subscriptions: make, look at, change and end them."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.history import History
from app.subscriptions.models import Subscription
from tests.conftest import Cast
from tests.make import make_organisation

FORM = {"rhythm": "immediate", "hour": "8", "time_zone": "UTC", "exercises": "no"}


@pytest.fixture
def reader(cast: Cast) -> dict[str, str]:
    return cast.person("reader", organisation="TEST-ORG")


def test_subscribing(db: Session, client: TestClient, reader: dict[str, str]) -> None:
    form = FORM | {
        "countries": ["KAZ", "KGZ"],
        "areas": "KZ-75, KZ-71",
        "alert_at_least": "orange",
        "rhythm": "daily",
        "hour": "6",
    }
    client.post("/subscriptions", data=form, headers=reader)
    assert "Kazakhstan / Kyrgyzstan" in client.get("/subscriptions", headers=reader).text
    one = db.scalars(select(Subscription)).one()
    assert (one.countries, one.areas, one.alert_at_least) == (["KAZ", "KGZ"], ["KZ-75", "KZ-71"], "orange")
    assert (one.rhythm, one.hour, one.next_digest_at is not None) == ("daily", 6, True)


def test_the_clock_of_the_readers_country_is_proposed(db: Session, client: TestClient, cast: Cast) -> None:
    make_organisation(db, "AF-ORG", country_iso3="AFG")
    page = client.get("/subscriptions/new", headers=cast.person("reader", organisation="AF-ORG"))
    assert '<option value="Asia/Kabul" selected>' in page.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("countries", "XXX"), ("areas", "nowhere"), ("hazards", "ZZ"), ("time_zone", "Mars/Olympus"), ("hour", "24"),
     ("rhythm", "hourly"), ("kinds", "event.eaten"), ("statuses", "open"), ("exercises", "maybe")],
)  # fmt: skip
def test_what_does_not_exist_is_refused_and_what_was_typed_is_kept(
    db: Session, client: TestClient, reader: dict[str, str], field: str, value: str
) -> None:
    page = client.post("/subscriptions", data=FORM | {"areas": "KZ-75", field: value}, headers=reader)
    assert page.status_code == 422
    assert "Error:" in page.text
    assert db.scalars(select(Subscription)).all() == []


def test_changing_and_ending_one(db: Session, client: TestClient, reader: dict[str, str]) -> None:
    client.post("/subscriptions", data=FORM, headers=reader)
    one = db.scalars(select(Subscription)).one()
    page = client.get(f"/subscriptions/{one.id}", headers=reader)
    assert "last 30 days" in page.text
    client.post(f"/subscriptions/{one.id}", data=FORM | {"hazards": ["EQ"]}, headers=reader)
    db.expire_all()
    assert one.hazards == ["EQ"]
    client.post(f"/subscriptions/{one.id}/end", headers=reader)
    assert db.scalar(text("SELECT count(*) FROM subscriptions")) == 0
    actions = db.scalars(select(History.action).where(History.noun == "subscriptions").order_by(History.id)).all()
    assert actions == ["made", "changed", "ended"]


def test_nobody_has_more_than_they_can_keep_an_eye_on(db: Session, client: TestClient, reader: dict[str, str]) -> None:
    for _ in range(20):
        assert client.post("/subscriptions", data=FORM, headers=reader).status_code == 200
    assert client.post("/subscriptions", data=FORM, headers=reader).status_code == 409
