"""What tests of deployments share: an accepted offer of a team and of blankets in store, and the steps that sending takes."""

from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import (
    make_capacity,
    make_item,
    make_lot,
    make_organisation,
    make_position,
    make_request,
    make_request_line,
)
from tests.offers.offered import accept, step, submitted

Headers = dict[str, str]
CENTRE = "CESDRR"


class Play(NamedTuple):
    """Who takes part in a request of TEST-ASKER in Afghanistan, of which an offer is accepted."""

    offer: str
    request: str
    sender: Headers
    keeper: Headers
    operator: Headers
    receiver: Headers


def goods(db: Session, client: TestClient, cast: Cast, quantity: float = 10) -> Play:
    """The Centre's blankets: six of a lot that expires first, and eight of another; `quantity` of them are accepted."""
    request = asked(
        db, kind="item", item_code=make_item(db, weight_kg=2).code, resource_type_code=None, unit_code="each"
    )
    centre = make_organisation(db, CENTRE)
    position = make_position(db, owner_id=centre.id)
    make_lot(db, position, "EARLY", 6, expires_on="2036-01-01")
    make_lot(db, position, "LATE", 8, expires_on="2037-01-01")
    db.commit()
    keeper = cast.person("stock_keeper")
    line = {"request_line": 1, "stock": position.ref, "quantity": quantity}
    return play(client, cast, request, keeper, line, keeper)


def team(db: Session, client: TestClient, cast: Cast, quantity: float = 2) -> Play:
    """Two of four teams of TEST-ORG."""
    request = asked(db)
    capacity = make_capacity(db, "USAR teams", quantity=4, quantity_available=4)
    db.commit()
    line = {"request_line": 1, "capacity": capacity.ref, "quantity": quantity}
    sender = cast.person("contributor", organisation="TEST-ORG")
    return play(client, cast, request, sender, line, sender)


def asked(db: Session, **line: Any) -> str:
    asker = make_organisation(db, "TEST-ASKER", country_iso3="AFG")
    request = make_request(
        db, status="approved", organisation_id=asker.id, country_iso3="AFG", deliver_place={"en": "Kunduz airfield"}
    )
    make_request_line(db, request, quantity=20, **line)
    return request.ref  # type: ignore[no-any-return]


def play(client: TestClient, cast: Cast, request: str, sender: Headers, line: dict[str, Any], keeper: Headers) -> Play:
    operator = cast.person("operator")
    offer = submitted(client, sender, {"request": request, "lines": [line]})
    answer = accept(client, operator, offer["ref"])
    assert answer.status_code == 200, answer.text
    receiver = cast.person("requester", organisation="TEST-ASKER")
    return Play(offer["ref"], request, sender, keeper, operator, receiver)


def deploy(client: TestClient, who: Headers, offer: str, **said: Any) -> Any:
    return client.post("/api/v1/deployments", json={"offer": offer, **said}, headers=who)


def planned(client: TestClient, who: Headers, offer: str, **said: Any) -> dict[str, Any]:
    answer = deploy(client, who, offer, **said)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def post(client: TestClient, who: Headers, ref: str, door: str, **said: Any) -> Any:
    return client.post(f"/api/v1/deployments/{ref}/{door}", json=said, headers=who | {"If-Match": "*"})


def move(client: TestClient, who: Headers, ref: str, to: str, **said: Any) -> dict[str, Any]:
    answer = post(client, who, ref, "transitions", to=to, **said)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def sign(client: TestClient, who: Headers, ref: str, *lines: dict[str, Any], **said: Any) -> Any:
    return post(client, who, ref, "receipts", signed_by="A. Receiver", lines=list(lines), **said)


def underway(client: TestClient, here: Play) -> dict[str, Any]:
    """All that was accepted, on its way."""
    return move(client, here.keeper, planned(client, here.sender, here.offer)["ref"], "in_transit")


def progress(client: TestClient, here: Play) -> dict[str, Any]:
    """How far the request's line has come."""
    line = client.get(f"/api/v1/requests/{here.request}", headers=here.receiver).json()["lines"][0]
    return {name: line[f"quantity_{name}"] for name in ("committed", "in_transit", "delivered")}


def balances(db: Session) -> dict[str, tuple[float, float]]:
    """{lot: (on hand, reserved)}"""
    db.rollback()
    asked = "SELECT number, on_hand, reserved FROM lots JOIN lot_balances ON lot_id = lots.id ORDER BY number"
    return {number: (float(on_hand), float(reserved)) for number, on_hand, reserved in db.execute(text(asked))}


def teams_left(db: Session) -> tuple[float, float, float]:
    """(all, available, committed) of the capacity."""
    db.rollback()
    row = db.execute(text("SELECT quantity, quantity_available, quantity_committed FROM capacities")).one()
    return tuple(float(one) for one in row)  # type: ignore[return-value]


__all__ = [
    "balances",
    "deploy",
    "goods",
    "move",
    "planned",
    "post",
    "progress",
    "sign",
    "step",
    "team",
    "teams_left",
    "underway",
]
