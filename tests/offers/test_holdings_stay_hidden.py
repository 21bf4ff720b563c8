"""The form of an offer tells nobody what others hold."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_capacity, make_lot, make_organisation, make_position
from tests.offers.offered import scene
from tests.offers.test_offer_pages import person, post, typed


def test_nobody_chooses_from_what_another_organisation_has_by_naming_it(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    other = make_organisation(db, "TEST-OTHER")
    make_capacity(db, "Hidden boats", organisation_id=other.id, visibility="own", quantity=7, quantity_available=7)
    db.commit()
    who = person(cast)
    for address in (
        "/offers/new?organisation=TEST-OTHER",
        f"/offers/new?organisation=TEST-OTHER&request={play.request.ref}",
    ):
        page = client.get(address, headers=who)
        assert page.status_code == 200
        assert "Hidden boats" not in page.text
    refused = post(client, who, "/offers", typed(play, organisation="TEST-OTHER"))
    assert refused.status_code == 403
    assert "Hidden boats" not in refused.text
    assert "Hidden boats" in client.get("/offers/new?organisation=TEST-OTHER", headers=play.operator).text


def test_a_lot_that_is_named_tells_a_partner_nothing_of_the_centres_stock(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    position = make_position(db)
    lot = make_lot(db, position, "L1", 5)
    db.commit()
    page = client.get(f"/offers/new?request={play.request.ref}&line=2&lot={lot.id}&quantity=5", headers=person(cast))
    assert page.status_code == 200
    assert position.ref not in page.text
