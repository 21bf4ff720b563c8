"""Offering, deciding and giving back on pages, without JavaScript."""

import re
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_lot, make_position
from tests.offers.offered import Headers, Scene, draft, left, said, scene, submitted

HIDDEN = re.compile(r'name="(key|version|was)" value="([^"]*)"')


def person(cast: Cast) -> Headers:
    return cast.person("contributor", organisation="TEST-ORG")


def typed(play: Scene, **changes: Any) -> dict[str, Any]:
    return {
        "request": play.request.ref,
        "organisation": "TEST-ORG",
        "lines.0.request_line": "1",
        "lines.0.what": f"capacity:{play.capacity.ref}",
        "lines.0.quantity": "3",
        "lines.1.request_line": "2",
        "lines.1.what": "",
        "lines.1.quantity": "",
        "conditions.en": "Fuel is provided on site.",
        "valid_until.day": "2028-01-31",
    } | changes


def post(client: TestClient, who: Headers, address: str, values: dict[str, Any]) -> Any:
    return client.post(address, data=values, headers=who, follow_redirects=False)


def test_the_form_has_a_row_for_each_line_of_the_request_and_takes_what_a_match_proposes(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play = scene(db, cast)
    address = f"/offers/new?request={play.request.ref}&line=1&capacity={play.capacity.ref}&quantity=2"
    page = client.get(address, headers=person(cast))
    assert page.status_code == 200, page.text
    assert f'<option value="capacity:{play.capacity.ref}" selected>USAR teams (4 left)</option>' in page.text
    assert 'name="lines.0.quantity" type="text" value="2"' in page.text
    assert "2. Rope" in page.text


def test_a_lot_that_a_match_proposes_is_offered_by_the_centre(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    position = make_position(db)
    lot = make_lot(db, position, "L1", 5)
    db.commit()
    keeper = cast.person("stock_keeper")
    page = client.get(f"/offers/new?request={play.request.ref}&line=2&lot={lot.id}&quantity=5", headers=keeper)
    assert f'<option value="stock:{position.ref}/{lot.id}" selected>' in page.text


def test_what_is_typed_becomes_a_draft_that_can_be_submitted(db: Session, client: TestClient, cast: Cast) -> None:
    play, who = scene(db, cast), person(cast)
    answer = post(client, who, "/offers", typed(play))
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    page = client.get(address, headers=who).text
    assert "USAR teams" in page
    assert "Fuel is provided on site." in page
    version = dict(HIDDEN.findall(page))["version"]
    assert post(client, who, f"{address}/submit", {"version": version}).status_code == 303
    assert "Submitted" in client.get(address, headers=who).text


def test_a_wrong_row_comes_back_with_what_was_typed_and_leads_to_its_field(
    db: Session, client: TestClient, cast: Cast
) -> None:
    play, who = scene(db, cast), person(cast)
    values = typed(play) | {"lines.0.quantity": "", "lines.1.quantity": "ten", "lines.1.description.en": "Rope"}
    answer = post(client, who, "/offers", values)
    assert answer.status_code == 422
    assert 'href="#field-lines.1.quantity"' in answer.text
    assert 'value="ten"' in answer.text
    more = post(client, who, "/offers", typed(play) | {"lines.0.quantity": "9"})
    assert more.status_code == 422
    assert "there are 4 in all" in more.text


def test_a_draft_is_changed_on_its_page(db: Session, client: TestClient, cast: Cast) -> None:
    play, who = scene(db, cast), person(cast)
    ref = draft(client, play.holder, said(play))["ref"]
    page = client.get(f"/offers/{ref}/edit", headers=who).text
    hidden = dict(HIDDEN.findall(page))
    change = typed(play) | {"lines.0.quantity": "1", "version": hidden["version"]}
    assert post(client, who, f"/offers/{ref}", change).status_code == 303
    found = client.get(f"/api/v1/offers/{ref}", headers=who).json()
    assert found["lines"][0]["quantity"] == 1
    assert post(client, who, f"/offers/{ref}", change | {"lines.0.quantity": "2"}).status_code == 412


def test_who_decides_accepts_line_by_line_and_is_told_what_is_left(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    page = client.get(f"/offers/{ref}/decide", headers=play.operator).text
    assert "the request still lacks" in page
    version = dict(HIDDEN.findall(page))["version"]
    play.capacity.quantity_available = 1
    db.commit()
    values = {"version": version, "accepted.1": "3", "why.1": "", "reason": ""}
    refused = post(client, play.operator, f"/offers/{ref}/accept", values)
    assert refused.status_code == 409
    assert f"Of {play.capacity.ref} 1 are left; 3 were asked for." in refused.text
    accepted = post(
        client, play.operator, f"/offers/{ref}/accept", values | {"accepted.1": "1", "why.1": "The rest is away"}
    )
    assert accepted.status_code == 303, accepted.text
    assert "The rest is away" in client.get(f"/offers/{ref}", headers=play.operator).text


def test_an_offer_is_declined_and_taken_back_with_a_reason(db: Session, client: TestClient, cast: Cast) -> None:
    play, who = scene(db, cast), person(cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    version = dict(HIDDEN.findall(client.get(f"/offers/{ref}/decide", headers=play.operator).text))["version"]
    assert post(client, play.operator, f"/offers/{ref}/decline", {"version": version, "reason": ""}).status_code == 422
    done = post(client, play.operator, f"/offers/{ref}/decline", {"version": version, "reason": "Too far away"})
    assert done.status_code == 303
    second = submitted(client, play.holder, said(play))["ref"]
    page = client.get(f"/offers/{second}/give-back", headers=who).text
    body = {"version": dict(HIDDEN.findall(page))["version"], "reason": "Needed at home"}
    assert post(client, who, f"/offers/{second}/give-back", body).status_code == 303
    assert "Needed at home" in client.get(f"/offers/{second}", headers=who).text


def test_what_was_accepted_is_given_back_on_a_page(db: Session, client: TestClient, cast: Cast) -> None:
    play, who = scene(db, cast), person(cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    client.post(f"/api/v1/offers/{ref}/accept", json={}, headers=play.operator | {"If-Match": "*"})
    page = client.get(f"/offers/{ref}/give-back", headers=who).text
    body = {"version": dict(HIDDEN.findall(page))["version"], "reason": "The road is closed"}
    assert post(client, who, f"/offers/{ref}/give-back", body).status_code == 303
    assert left(db, play.capacity)[:3] == (4, 4, 0)


def test_an_offer_without_a_request_is_tied_to_one_line_by_line(db: Session, client: TestClient, cast: Cast) -> None:
    play, who = scene(db, cast), person(cast)
    values = {
        "titles.en": "Two teams", "country": "AFG", "lines.0.what": f"capacity:{play.capacity.ref}", "lines.0.quantity": "2",
    }  # fmt: skip
    address = post(client, who, "/offers", values).headers["location"]
    page = client.get(f"{address}/tie?request={play.request.ref}", headers=who)
    assert page.status_code == 200, page.text
    assert "2. Rope" in page.text
    version = dict(HIDDEN.findall(page.text))["version"]
    body = {"version": version, "request": play.request.ref, "lines.1": "1"}
    assert post(client, who, f"{address}/tie", body).status_code == 303
    assert play.request.ref in client.get(address, headers=who).text


def test_the_list_shows_what_the_reader_may_see(db: Session, client: TestClient, cast: Cast) -> None:
    play, who = scene(db, cast), person(cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    hidden = draft(client, play.holder, said(play))["ref"]
    for reader in (who, play.operator, play.asker):
        page = client.get("/offers", headers=reader)
        assert page.status_code == 200, page.text
        assert ref in page.text
    assert hidden in client.get("/offers", headers=who).text
    assert hidden not in client.get("/offers", headers=play.operator).text
    assert ref not in client.get("/offers").text
    assert ref not in client.get("/offers", headers=cast.person("contributor", organisation="KGZ-MES")).text


def test_pages_answer_in_every_language(db: Session, client: TestClient, cast: Cast) -> None:
    play = scene(db, cast)
    ref = submitted(client, play.holder, said(play))["ref"]
    addresses = ["/offers", f"/offers/{ref}", f"/offers/{ref}/decide", f"/offers/new?request={play.request.ref}"]
    for lang in ("ru", "kk", "ky", "fa-AF", "ps"):
        for address in addresses:
            page = client.get(address, headers=play.operator | {"Accept-Language": lang})
            assert page.status_code == 200, page.text
