"""Goods that no register knows arrive like all others: when somebody has signed for them."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import asked, move, planned, play, post, progress, sign


def test_goods_described_in_words_have_arrived_when_they_are_signed_for(
    db: Session, client: TestClient, cast: Cast
) -> None:
    request = asked(
        db, kind="item", description={"en": "Rope"}, item_code=None, resource_type_code=None, unit_code="each"
    )
    sender = cast.person("contributor", organisation="TEST-ORG")
    line = {"request_line": 1, "description": {"en": "Rope"}, "quantity": 5}
    here = play(client, cast, request, sender, line, sender)
    ref = planned(client, sender, here.offer)["ref"]
    assert move(client, sender, ref, "in_transit")["kind"] == "goods"
    assert post(client, sender, ref, "transitions", to="on_site").status_code == 409
    assert progress(client, here) == {"committed": 5, "in_transit": 5, "delivered": 0}
    assert sign(client, here.receiver, ref, {"line": 1, "quantity_received": 5}).json()["status"] == "on_site"
    assert progress(client, here) == {"committed": 5, "in_transit": 0, "delivered": 5}
