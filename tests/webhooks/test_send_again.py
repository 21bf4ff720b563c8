"""What failed is sent again when its owner says so: one, or all since a day; each under its own id."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.webhooks.models import Delivery, Webhook
from tests.announcements.happening import Happening
from tests.conftest import Cast
from tests.make import make_webhook
from tests.webhooks.receivers import Receiver

Run = Callable[[], None]


@pytest.fixture
def failed(db: Session, happening: Happening, receiver: Receiver, deliver: Run) -> Webhook:
    """Three deliveries that were given up."""
    webhook = make_webhook(db, receiver.url)
    db.commit()
    for _ in range(3):
        happening.log()
    happening.hand_on()
    db.execute(update(Delivery).values(state="failed"))
    db.commit()
    return webhook


@pytest.fixture
def approver(cast: Cast) -> dict[str, str]:
    return cast.person("approver", organisation="TEST-ORG")


def test_one(
    db: Session, client: TestClient, approver: dict[str, str], failed: Webhook, receiver: Receiver, deliver: Run
) -> None:
    one = db.scalars(select(Delivery)).first()
    assert one
    answer = client.post(f"/api/v1/webhooks/{failed.id}/deliveries/msg_{one.id}/replay", headers=approver)
    assert (answer.status_code, answer.json()) == (200, {"count": 1})
    deliver()
    assert [headers["webhook-id"] for headers, _body in receiver.got] == [f"msg_{one.id}"]


def test_all_since_a_time(
    client: TestClient, approver: dict[str, str], failed: Webhook, receiver: Receiver, deliver: Run
) -> None:
    path = f"/api/v1/webhooks/{failed.id}/replay"
    assert client.post(path, json={"since": "2099-01-01T00:00:00Z"}, headers=approver).json() == {"count": 0}
    assert client.post(path, json={"since": "2020-01-01T00:00:00Z"}, headers=approver).json() == {"count": 3}
    deliver()
    assert len(receiver.got) == 3


def test_by_the_page(
    client: TestClient, approver: dict[str, str], failed: Webhook, receiver: Receiver, deliver: Run
) -> None:
    assert client.post(f"/webhooks/{failed.id}/replay", data={"since": "bad"}, headers=approver).status_code == 422
    assert client.post(f"/webhooks/{failed.id}/replay", data={"since": ""}, headers=approver).status_code == 200
    deliver()
    assert len(receiver.got) == 3


def test_one_that_was_delivered_can_be_had_again(
    db: Session, client: TestClient, approver: dict[str, str], failed: Webhook, receiver: Receiver, deliver: Run
) -> None:
    db.execute(update(Delivery).values(state="delivered"))
    db.commit()
    one = db.scalars(select(Delivery)).first()
    assert one
    client.post(f"/webhooks/{failed.id}/deliveries/{one.id}/replay", headers=approver)
    deliver()
    assert len(receiver.got) == 1


@pytest.mark.parametrize("id", ["msg_0198c7a2-6e0b-7c3e-9f52-2d1a5b8c4e11", "msg_x"])
def test_one_that_is_not_there(client: TestClient, approver: dict[str, str], failed: Webhook, id: str) -> None:
    answer = client.post(f"/api/v1/webhooks/{failed.id}/deliveries/{id}/replay", headers=approver)
    assert answer.status_code == (422 if id == "msg_x" else 404)
