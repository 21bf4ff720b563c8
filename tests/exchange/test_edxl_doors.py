"""GET /api/v1/{requests,offers,deployments}/{ref}/edxl-rm: the record as a message that keeps the standard."""

from typing import Any

import pytest
from lxml import etree
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.formats.edxl_rm import MESSAGE
from tests.conftest import Cast
from tests.deployments.sent import goods, move, planned, post, team
from tests.exchange.rules import broken
from tests.offers.offered import draft

Headers = dict[str, str]


def message(client: TestClient, who: Headers, path: str) -> Any:
    answer = client.get(f"/api/v1/{path}", headers=who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/xml"
    assert broken(answer.content) == []
    return etree.fromstring(answer.content)


def type_of(found: Any) -> str:
    return str(etree.QName(found).localname)


def name_of(found: Any) -> str:
    return str(found.findtext(f"{{{MESSAGE}}}MessageID"))


def test_the_messages_of_a_delivery_form_one_chain(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    asked = message(client, here.receiver, f"requests/{here.request}/edxl-rm")
    chain = [
        message(client, here.receiver, f"offers/{here.offer}/edxl-rm?message=ResponseToRequestResource"),
        message(client, here.receiver, f"offers/{here.offer}/edxl-rm?message=RequisitionResource"),
        message(client, here.receiver, f"offers/{here.offer}/edxl-rm"),
        message(client, here.receiver, f"deployments/{ref}/edxl-rm"),
    ]
    assert [type_of(each) for each in (asked, *chain)] == [
        "RequestResource", "ResponseToRequestResource", "RequisitionResource", "CommitResource",
        "ReportResourceDeploymentStatus",
    ]  # fmt: skip
    began = {each.findtext(f"{{{MESSAGE}}}OriginatingMessageID") for each in (asked, *chain)}
    assert began == {f"{here.request}.RequestResource@localhost"}


def test_an_unsolicited_offer_is_told_as_one(db: Session, client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    line = {"description": {"en": "Pump"}, "quantity": 1, "unit": "each"}
    ref = draft(client, operator, {"titles": {"en": "Pumps"}, "country": "AFG", "lines": [line]})["ref"]
    assert client.get(f"/api/v1/offers/{ref}/edxl-rm", headers=operator).status_code == 404
    moved = client.post(
        f"/api/v1/offers/{ref}/transitions", json={"to": "submitted"}, headers=operator | {"If-Match": "*"}
    )
    assert moved.status_code == 200, moved.text
    assert type_of(message(client, operator, f"offers/{ref}/edxl-rm")) == "OfferUnsolicitedResource"


def test_extensions_recalls_and_releases_have_their_messages(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer, ends_at="2026-12-20T06:00:00Z")["ref"]
    path = f"deployments/{ref}/edxl-rm?message="
    assert client.get(f"/api/v1/{path}RequestExtendedDeploymentDuration", headers=here.sender).status_code == 404
    for step in ("in_transit", "on_site"):
        move(client, here.sender, ref, step)
    said = {"kind": "extension", "until": "2026-12-28T06:00:00Z", "reason": "Two valleys are cut off"}
    asked = post(client, here.receiver, ref, "changes", **said)
    assert asked.status_code in (200, 201), asked.text
    wish = message(client, here.sender, f"{path}RequestExtendedDeploymentDuration")
    assert (
        client.get(f"/api/v1/{path}ResponseToRequestExtendedDeploymentDuration", headers=here.sender).status_code == 404
    )
    answer = post(client, here.sender, ref, "changes/1/answer", answer="accepted", note="Agreed")
    assert answer.status_code == 200, answer.text
    told = message(client, here.receiver, f"{path}ResponseToRequestExtendedDeploymentDuration")
    assert told.findtext(f"{{{MESSAGE}}}PrecedingMessageID") == name_of(wish)
    assert client.get(f"/api/v1/{path}ReleaseResource", headers=here.sender).status_code == 404
    move(client, here.sender, ref, "released")
    assert type_of(message(client, here.sender, f"{path}ReleaseResource")) == "ReleaseResource"


def test_a_draft_is_told_to_nobody(db: Session, client: TestClient, cast: Cast) -> None:
    asker = cast.person("requester", organisation="AFG-ANDMA", countries=("AFG",))
    body = {"titles": {"en": "Pumps"}, "country": "AFG",
            "lines": [{"kind": "type", "code": "usar-medium", "quantity": 1}]}  # fmt: skip
    made = client.post("/api/v1/requests", json=body, headers=asker)
    assert made.status_code == 201, made.text
    answer = client.get(f"/api/v1/requests/{made.json()['ref']}/edxl-rm", headers=asker)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "This is a draft: it becomes a message when it is submitted."


@pytest.mark.parametrize("query", ["message=RequestQuote", "format=json", "lang=xx", "message="])
def test_an_unknown_message_is_refused(db: Session, client: TestClient, cast: Cast, query: str) -> None:
    here = goods(db, client, cast)
    assert client.get(f"/api/v1/offers/{here.offer}/edxl-rm?{query}", headers=here.operator).status_code == 422


def test_who_may_not_see_the_record_finds_no_message(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    for path in (f"requests/{here.request}", f"offers/{here.offer}", f"deployments/{ref}"):
        assert client.get(f"/api/v1/{path}/edxl-rm").status_code == 404
