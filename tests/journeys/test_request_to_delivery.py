"""From request to delivery, over HTTP alone: ANDMA asks for cutting tools, boats and an adviser; the Centre sees what can be met;
partners offer; the Centre reserves and ships; ANDMA signs for what arrived. Nothing is promised twice and nothing vanishes.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_capacity, make_item, make_lot, make_organisation, make_position, make_warehouse
from tests.waiting import soon

Person = dict[str, str]
ANDMA, CENTRE, NEIGHBOUR = "AFG-ANDMA", "CESDRR", "KAZ-MES"


def in_days(days: float) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Story:
    """The portal and those who meet in it."""

    portal: TestClient
    andma: Person
    operator: Person
    keeper: Person
    neighbour: Person
    request: str = ""
    refs: dict[str, str] = field(default_factory=dict)

    def ask(self, who: Person, path: str) -> Any:
        answer = self.portal.get(f"/api/v1/{path}", headers=who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def say(self, who: Person, path: str, status: int = 200, **said: Any) -> Any:
        answer = self.portal.post(f"/api/v1/{path}", json=said, headers=who | {"If-Match": "*"})
        assert answer.status_code == status, answer.text
        return answer.json()

    def line(self, no: int) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(self.andma, f"requests/{self.request}")["lines"][no - 1]
        return found

    def quantities(self, no: int) -> tuple[float, ...]:
        """Committed, in transit, delivered."""
        return tuple(self.line(no)[f"quantity_{name}"] for name in ("committed", "in_transit", "delivered"))

    def on_hand(self, position: str) -> tuple[float, float]:
        """On hand and reserved."""
        found = self.ask(self.keeper, f"stock/{self.refs[position]}")
        return found["on_hand"], found["reserved"]

    def offered(self, who: Person, *lines: dict[str, Any], **said: Any) -> str:
        """An offer, submitted."""
        ref: str = self.say(who, "offers", 201, request=self.request, lines=list(lines), **said)["ref"]
        self.say(who, f"offers/{ref}/transitions", to="submitted")
        return ref


@pytest.fixture
def story(client: TestClient, db: Session, cast: Cast) -> Story:
    centre = make_organisation(db, CENTRE)
    make_warehouse(db, "WH-ALMATY", organisation_id=centre.id)
    tools = make_position(db, make_item(db, "cutting-set", weight_kg=110).code, "WH-ALMATY", owner_id=centre.id)
    boats = make_position(db, make_item(db, "boat-eight", weight_kg=120).code, "WH-ALMATY", owner_id=centre.id)
    make_lot(db, tools, "T-1", 6)
    make_lot(db, boats, "B-OLD", 4, expires_on="2036-01-01")
    make_lot(db, boats, "B-NEW", 5, expires_on="2038-01-01")
    owner = make_organisation(db, NEIGHBOUR).id
    adviser = make_capacity(
        db, "Hydrologists", type_code="expert-hydrology", unit_code="person", quantity=2, quantity_available=2, organisation_id=owner
    )  # fmt: skip
    db.commit()
    return Story(
        client, cast.person("requester", organisation=ANDMA, name="Requester"), cast.person("operator"),
        cast.person("stock_keeper"), cast.person("contributor", organisation=NEIGHBOUR),
        refs={"tools": tools.ref, "boats": boats.ref, "adviser": adviser.ref},
    )  # fmt: skip


def test_from_request_to_delivery(story: Story) -> None:
    andma_asks(story)
    the_centre_sees_what_can_be_met(story)
    partners_offer_and_nothing_is_promised_twice(story)
    the_centre_ships(story)
    andma_signs_for_what_arrived(story)
    the_adviser_stays_longer_and_goes_home(story)
    everybody_entitled_sees_where_it_stands(story)


def andma_asks(story: Story) -> None:
    lines = [
        {"kind": "item", "code": "cutting-set", "quantity": 4},
        {"kind": "item", "code": "boat-eight", "quantity": 6},
        {"kind": "expertise", "code": "expert-hydrology", "quantity": 1},
    ]
    place = {"place": {"en": "Kunduz airfield"}, "geometry": {"type": "Point", "coordinates": [68.86, 36.73]}}
    said = {"titles": {"en": "Tools, boats and an adviser for Kunduz"}, "country": "AFG", "priority": "critical"}
    said |= {"needed_by": in_days(9), "deliver_to": place | {"entry_point": "AFG-SHERKHAN"}, "lines": lines}
    story.request = story.say(story.andma, "requests", 201, **said)["ref"]
    stranger = story.neighbour
    assert story.portal.get(f"/api/v1/requests/{story.request}", headers=stranger).status_code == 404
    story.say(story.andma, f"requests/{story.request}/transitions", to="submitted")
    assert story.ask(stranger, f"requests/{story.request}")["status"] == "submitted"
    refused = story.portal.post(
        f"/api/v1/requests/{story.request}/transitions",
        json={"to": "approved"},
        headers=story.andma | {"If-Match": "*"},
    )
    assert refused.status_code == 403
    approved = story.say(story.operator, f"requests/{story.request}/transitions", to="approved", reason="Flood")
    assert approved["status"] == "approved"
    assert set(approved["progress"].values()) == {"none"}


def the_centre_sees_what_can_be_met(story: Story) -> None:
    seen = soon(
        lambda: story.ask(story.operator, f"requests/{story.request}/matches"),
        lambda found: all(line["matches"] for line in found["lines"]),
    )
    refs = [{match["ref"] for match in line["matches"]} for line in seen["lines"]]
    assert [story.refs[name] in found for name, found in zip(("tools", "boats", "adviser"), refs, strict=True)] == [
        True
    ] * 3
    told = story.ask(story.andma, f"requests/{story.request}/matches")
    assert all(line.get("matches") is None for line in told["lines"])
    assert all(line["can_be_met"] in ("yes", "partly", "late") for line in told["lines"])


def partners_offer_and_nothing_is_promised_twice(story: Story) -> None:
    tools = {"request_line": 1, "stock": story.refs["tools"], "quantity": 4}
    boats = {"request_line": 2, "stock": story.refs["boats"], "quantity": 6}
    story.refs["offer"] = story.offered(story.keeper, tools, boats)
    other = story.say(
        story.keeper, "offers", 201, titles={"en": "Boats for another flood"}, country="TJK",
        lines=[{"stock": story.refs["boats"], "quantity": 5}],
    )["ref"]  # fmt: skip
    story.say(story.keeper, f"offers/{other}/transitions", to="submitted")
    adviser = {"request_line": 3, "capacity": story.refs["adviser"], "quantity": 1}
    story.refs["help"] = story.offered(story.neighbour, adviser, conditions={"en": "Lodging on site"})
    assert story.line(2)["quantity_offered"] == 6
    for ref in ("offer", "help"):
        assert story.say(story.operator, f"offers/{story.refs[ref]}/accept")["status"] == "accepted"
    refused = story.say(story.operator, f"offers/{other}/accept", 409)
    assert "3 are left" in refused["detail"]
    assert story.on_hand("boats") == (9, 6)
    assert [story.quantities(no) for no in (1, 2, 3)] == [(4, 0, 0), (6, 0, 0), (1, 0, 0)]


def the_centre_ships(story: Story) -> None:
    times = [{"what": "arrival", "kind": "estimated", "at": in_days(3)}]
    said = {
        "mode": "road",
        "entry_point": "AFG-SHERKHAN",
        "vehicle": "01 KG 777",
        "driver": "A. Driver",
        "times": times,
    }
    planned = story.say(story.keeper, "deployments", 201, offer=story.refs["offer"], **said)
    story.refs["goods"] = planned["ref"]
    assert [(line["lot"], line["quantity"]) for line in planned["lines"]] == [("T-1", 4), ("B-OLD", 4), ("B-NEW", 2)]
    assert planned["entry_point"]["code"] == "AFG-SHERKHAN"
    waybill = story.portal.get(f"/deployments/{planned['ref']}/waybill.pdf", headers=story.keeper)
    assert (waybill.status_code, waybill.content[:4]) == (200, b"%PDF")
    story.say(story.keeper, f"deployments/{planned['ref']}/transitions", to="in_transit")
    assert story.on_hand("boats") == (3, 0)
    assert story.on_hand("tools") == (2, 0)
    assert story.quantities(2) == (6, 6, 0)
    for step in ("at_border", "in_transit"):
        story.say(story.keeper, f"deployments/{planned['ref']}/transitions", to=step)
    moved = story.ask(story.keeper, "stock/movements?kind=issue")["results"]
    assert sorted(abs(one["quantity"]) for one in moved if one["quantity"] < 0) == [2, 4, 4]


def andma_signs_for_what_arrived(story: Story) -> None:
    ref = story.refs["goods"]
    lines = [
        {"line": 1, "quantity_received": 4},
        {"line": 2, "quantity_received": 3, "difference": "damaged", "note": "Torn on the way"},
        {"line": 3, "quantity_received": 2},
    ]
    story.say(story.keeper, f"deployments/{ref}/receipts", 403, signed_by="Not the receiver", lines=lines)
    signed = story.say(story.andma, f"deployments/{ref}/receipts", signed_by="A. Receiver", place="Kunduz", lines=lines)
    assert signed["status"] == "on_site"
    assert [story.quantities(no) for no in (1, 2)] == [(4, 0, 4), (5, 0, 5)]
    assert [story.line(no)["status"] for no in (1, 2)] == ["fulfilled", "partly_committed"]
    note = story.portal.get(f"/deployments/{ref}/goods-received.pdf", headers=story.andma)
    assert (note.status_code, note.content[:4]) == (200, b"%PDF")
    for no, quantity in ((1, 4), (3, 2)):
        story.say(story.andma, f"deployments/{ref}/outcomes", line=no, kind="donated", quantity=quantity)
    story.say(story.andma, f"deployments/{ref}/outcomes", line=2, kind="donated", quantity=3)
    said = {"line": 2, "kind": "damaged", "quantity": 1, "reason": "Torn on the way"}
    ended = story.say(story.andma, f"deployments/{ref}/outcomes", **said)
    assert ended["status"] == "consumed"
    assert all(line["quantity_ended"] == line["quantity"] for line in ended["lines"])


def the_adviser_stays_longer_and_goes_home(story: Story) -> None:
    ref = story.say(story.neighbour, "deployments", 201, offer=story.refs["help"], mode="air", people=1)["ref"]
    for step in ("in_transit", "on_site"):
        story.say(story.neighbour, f"deployments/{ref}/transitions", to=step)
    assert story.quantities(3) == (1, 0, 1)
    until = in_days(20)
    story.say(story.andma, f"deployments/{ref}/changes", kind="extension", until=until, reason="The dam still leaks")
    kept = story.say(story.neighbour, f"deployments/{ref}/changes/1/answer", answer="accepted")
    assert kept["ends_at"].startswith(until[:19])
    story.say(story.andma, f"deployments/{ref}/transitions", to="released")
    assert story.ask(story.operator, f"capacities/{story.refs['adviser']}")["quantity_available"] == 1
    home = story.say(story.neighbour, f"deployments/{ref}/transitions", to="returned")
    assert home["status"] == "returned"
    free = soon(
        lambda: story.ask(story.operator, f"capacities/{story.refs['adviser']}")["quantity_available"],
        lambda found: found == 2,
    )
    assert free == 2


def everybody_entitled_sees_where_it_stands(story: Story) -> None:
    progress = story.ask(story.andma, f"requests/{story.request}")["progress"]
    assert progress == dict.fromkeys(("offered", "committed", "in_transit", "delivered"), "partial")
    for address in (f"requests/{story.request}", f"offers/{story.refs['offer']}", f"deployments/{story.refs['goods']}"):
        message = story.portal.get(f"/api/v1/{address}/edxl-rm", headers=story.operator)
        assert message.status_code == 200, address
        assert b"urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg" in message.content
    history = story.ask(story.andma, f"deployments/{story.refs['goods']}/history")["results"]
    assert [one["action"] for one in history][-5:] == ["received", "in_transit", "at_border", "in_transit", "planned"]
    for path in (
        f"/requests/{story.request}",
        f"/deployments?request={story.request}",
        f"/deployments/{story.refs['goods']}",
    ):
        assert story.portal.get(path, headers=story.andma).status_code == 200, path
    assert story.portal.get(f"/deployments/{story.refs['goods']}").status_code == 404
