"""The pages of deployments: the board, planning, telling how it goes, and the receipt, all without JavaScript."""

import re
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import goods, move, planned, post, progress, team, underway

Headers = dict[str, str]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def opened(client: TestClient, who: Headers, path: str) -> str:
    answer = client.get(path, headers=who)
    assert answer.status_code == 200, answer.text
    return answer.text


def sent(client: TestClient, who: Headers, path: str, **typed: Any) -> Any:
    return client.post(path, data=typed, headers=who, follow_redirects=False)


def report(client: TestClient, who: Headers, ref: str, what: str, /, **typed: Any) -> Any:
    path = f"/deployments/{ref}/report/{what}"
    version = hidden(opened(client, who, path), "version")
    return sent(client, who, path, version=version, **typed)


def test_a_shipment_is_planned_on_a_page_in_part(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    page = opened(client, here.sender, f"/deployments/new?offer={here.offer}")
    assert 'name="lines.1.quantity" type="text" value="10"' in page
    typed = {
        "offer": here.offer,
        "lines.1.quantity": "7",
        "lines.1.packages": "2",
        "mode": "road",
        "origin": "Almaty store",
    }
    typed |= {"arrival.day": "2026-12-25", "arrival.time": "06:00", "key": hidden(page, "key")}
    answer = sent(client, here.sender, "/deployments", **typed)
    assert answer.status_code == 303, answer.text
    shown = opened(client, here.sender, answer.headers["location"])
    assert "Almaty store" in shown
    assert "Kunduz airfield" in shown
    assert "EARLY" in shown
    wrong = sent(client, here.sender, "/deployments", **typed | {"lines.1.quantity": "many", "key": "other"})
    assert wrong.status_code == 422
    assert "<title>Error: " in wrong.text
    assert 'value="many"' in wrong.text


def test_the_board_shows_what_is_under_way_to_those_who_take_part(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    assert ref in opened(client, here.receiver, "/deployments?open=true")
    assert ref in opened(client, here.receiver, f"/deployments?request={here.request}")
    assert ref not in opened(client, here.receiver, "/deployments?status=planned")
    assert ref not in opened(client, {}, "/deployments")
    assert client.get(f"/deployments/{ref}").status_code == 404


def test_the_receipt_is_filled_with_what_is_to_come_and_signed(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    path = f"/deployments/{ref}/receipt"
    page = opened(client, here.receiver, path)
    assert 'name="lines.1.quantity_received" type="text" value="6"' in page
    typed = {
        "no": hidden(page, "no"),
        "signed_by": "Aida",
        "lines.1.quantity_received": "6",
        "lines.2.quantity_received": "1",
    }
    refused = sent(client, here.receiver, path, **typed)
    assert refused.status_code == 422
    assert '<a href="#field-lines.2.difference">' in refused.text or "Line 2: 4 were to come, 1 arrived" in refused.text
    answer = sent(client, here.receiver, path, **typed | {"lines.2.difference": "missing", "lines.2.condition": "good"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/deployments/{ref}")
    assert progress(client, here) == {"committed": 7, "in_transit": 0, "delivered": 7}
    again = sent(client, here.receiver, path, **typed | {"lines.2.difference": "missing"})
    assert again.status_code == 409
    assert client.get(path, headers=here.sender).status_code == 403


def test_each_side_tells_how_it_goes(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    at = {"at.day": "2026-12-24", "at.time": "10:30"}
    assert report(client, here.sender, ref, "time", what="arrival", kind="estimated", **at).status_code == 303
    travel = {"mode": "air", "vehicle": "IL-76", "people": "40", "ends_at.day": "2027-01-05", "ends_at.time": ""}
    assert report(client, here.sender, ref, "travel", **travel).status_code == 303
    assert report(client, here.sender, ref, "step", to="in_transit").status_code == 303
    assert report(client, here.sender, ref, "step", to="on_site").status_code == 303
    later = {"until.day": "2027-01-20", "until.time": "", "reason": "Still cut off"}
    assert report(client, here.receiver, ref, "change", kind="extension", **later).status_code == 303
    assert report(client, here.sender, ref, "answer", no="1", answer="accepted").status_code == 303
    lost = {"line": "1", "kind": "lost", "quantity": "1"}
    refused = report(client, here.sender, ref, "outcome", **lost)
    assert refused.status_code == 422
    assert "Say how it came to be lost or damaged." in refused.text
    assert report(client, here.sender, ref, "outcome", **lost, reason="Fire").status_code == 303
    found = client.get(f"/api/v1/deployments/{ref}", headers=here.sender).json()
    assert (found["vehicle"], found["people"], found["ends_at"]) == ("IL-76", 40, "2027-01-20T00:00:00+00:00")
    shown = opened(client, here.receiver, f"/deployments/{ref}")
    for words in ("IL-76", "Fire", "Accepted", "24 Dec 2026"):
        assert words in shown


def test_what_came_in_between_is_told_and_what_was_typed_stays(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    path = f"/deployments/{ref}/report/travel"
    version = hidden(opened(client, here.sender, path), "version")
    post(client, here.sender, ref, "times", what="arrival", kind="estimated", at="2026-12-24T10:30:00Z")
    answer = sent(client, here.sender, path, version=version, carrier="Silk Lorries")
    assert answer.status_code == 412
    assert "Silk Lorries" in answer.text
    assert report(client, here.sender, ref, "travel", carrier="Silk Lorries").status_code == 303


def test_pages_speak_dari_with_the_calendar_of_the_reader(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = move(client, here.keeper, planned(client, here.sender, here.offer)["ref"], "in_transit")["ref"]
    page = opened(client, here.receiver, f"/deployments/{ref}?lang=fa-AF")
    assert 'dir="rtl"' in page
    assert "+04:30" in page or "+05:00" in page


def test_strangers_find_no_form(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    stranger = cast.person("contributor", organisation="OTHER")
    for path in (f"/deployments/{ref}", f"/deployments/{ref}/receipt", f"/deployments/{ref}/report/step"):
        assert client.get(path, headers=stranger).status_code == 404
    assert client.get(f"/deployments/new?offer={here.offer}", headers=stranger).status_code == 404
    reader = cast.person("reader", organisation="TEST-ORG")
    assert client.get(f"/deployments/{ref}/report/step", headers=reader).status_code == 403


def test_a_form_that_no_page_of_ours_sends_is_refused(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    for typed in ({"lines": "all"}, {"lines.1": "6"}, {"lines.x.quantity_received": "6"}, {}):
        assert sent(client, here.receiver, f"/deployments/{ref}/receipt", signed_by="Aida", **typed).status_code == 422
    assert sent(client, here.sender, "/deployments", offer=here.offer, lines="all").status_code == 422
