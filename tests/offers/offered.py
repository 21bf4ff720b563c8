"""What tests of offers share: an approved request, a capacity to offer for it, and the steps that an offer takes."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.capacities.models import Capacity
from app.requests.models import Request
from tests.conftest import Cast
from tests.make import make_capacity, make_organisation, make_request, make_request_line

Headers = dict[str, str]


class Scene(NamedTuple):
    """A request of TEST-ASKER for six pumps; TEST-ORG has four of them and offers, the Centre's operator decides."""

    request: Request
    capacity: Capacity
    holder: Headers
    operator: Headers
    asker: Headers


def scene(db: Session, cast: Cast, status: str = "approved", quantity: int = 4) -> Scene:
    asker = make_organisation(db, "TEST-ASKER", country_iso3="AFG")
    request = make_request(db, status=status, organisation_id=asker.id, country_iso3="AFG")
    make_request_line(db, request, quantity=6)
    make_request_line(
        db, request, 2, kind="item", description={"en": "Rope"}, resource_type_code=None, unit_code="each", quantity=10
    )
    capacity = make_capacity(db, "USAR teams", quantity=quantity, quantity_available=quantity)
    db.commit()
    return Scene(
        request, capacity, cast.program("records:read-partners", "capacities:write"), cast.person("operator"),
        cast.person("requester", organisation="TEST-ASKER"),
    )  # fmt: skip


def in_hours(hours: float) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def said(play: Scene, quantity: float = 3, **changes: Any) -> dict[str, Any]:
    line = {"request_line": 1, "capacity": play.capacity.ref, "quantity": quantity}
    return {"request": play.request.ref, "lines": [line], "conditions": {"en": "Fuel is provided on site."}} | changes


def draft(client: TestClient, who: Headers, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/v1/offers", json=body, headers=who)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def step(client: TestClient, who: Headers, ref: str, to: str, reason: str = "") -> Any:
    body = {"to": to, "reason": reason}
    return client.post(f"/api/v1/offers/{ref}/transitions", json=body, headers=who | {"If-Match": "*"})


def submitted(client: TestClient, who: Headers, body: dict[str, Any]) -> dict[str, Any]:
    answer = step(client, who, draft(client, who, body)["ref"], "submitted")
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def accept(client: TestClient, who: Headers, ref: str, **body: Any) -> Any:
    return client.post(f"/api/v1/offers/{ref}/accept", json=body, headers=who | {"If-Match": "*"})


def accepted(client: TestClient, play: Scene, body: dict[str, Any]) -> dict[str, Any]:
    answer = accept(client, play.operator, submitted(client, play.holder, body)["ref"])
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def left(db: Session, capacity: Capacity) -> tuple[float, float, float, str]:
    """All, available, committed, and the status of a capacity as it is now."""
    db.commit()
    db.refresh(capacity)
    return (
        float(capacity.quantity),
        float(capacity.quantity_available),
        float(capacity.quantity_committed),
        capacity.status,
    )
