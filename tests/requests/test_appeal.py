"""Anybody may read what is needed, once whoever asks has published a page for donors."""

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.requests.asked import Headers, draft, submitted
from tests.waiting import soon


def publish(client: TestClient, who: Headers, ref: str, prices: bool = False) -> int:
    said = {"text": {"en": "Winter is coming."}, "prices": prices}
    return client.put(f"/api/v1/requests/{ref}/appeal", json=said, headers={**who, "If-Match": "*"}).status_code


def test_a_published_page_is_public_and_says_neither_whom_to_call_nor_where(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = submitted(client, who)["ref"]
    assert client.get(f"/requests/{ref}/appeal").status_code == 404
    assert publish(client, who, ref) == 200
    page = client.get(f"/requests/{ref}/appeal").text
    assert "Winter is coming." in page
    assert "Motor pumps" in page
    for hidden in ("700 0001", "43.35", "Boraldai", "900"):
        assert hidden not in page
    assert client.get(f"/requests/{ref}").status_code == 404
    assert ref in client.get("/requests").text


def test_prices_are_shown_where_whoever_asks_wants_it(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = submitted(client, who)["ref"]
    publish(client, who, ref, prices=True)
    lines = client.get(f"/api/v1/requests/{ref}/appeal").json()["lines"]
    assert [(line["unit_price"], line["currency"]) for line in lines] == [(None, None), (900, "USD")]


def test_it_says_what_is_still_missing(client: TestClient, cast: Cast, db: Session) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    found = submitted(client, who)
    publish(client, who, found["ref"])
    db.execute(text("SELECT set_request_line(:id, 2, 2, 0, 0)"), {"id": found["lines"][0]["id"]})
    db.commit()
    path = f"/api/v1/requests/{found['ref']}/appeal"
    missing = soon(
        lambda: [line["missing"] for line in client.get(path).json()["lines"]], lambda missing: missing == [0, 4]
    )
    assert missing == [0, 4]


def test_taken_back_it_is_gone(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = submitted(client, who)["ref"]
    publish(client, who, ref)
    assert client.delete(f"/api/v1/requests/{ref}/appeal", headers={**who, "If-Match": "*"}).status_code == 200
    assert client.get(f"/api/v1/requests/{ref}/appeal").status_code == 404


def test_a_draft_has_no_page_for_donors_and_a_stranger_makes_none(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    assert publish(client, who, draft(client, who)["ref"]) == 409
    assert publish(client, cast.person("requester", organisation="OTHER"), submitted(client, who)["ref"]) == 403


def test_it_is_written_on_a_page(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = submitted(client, who)["ref"]
    assert "What donors read" in client.get(f"/requests/{ref}/appeal/edit", headers=who).text
    said = {"text.en": "Winter is coming.", "version": "*"}
    answer = client.post(f"/requests/{ref}/appeal", data=said, headers=who, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/requests/{ref}/appeal")
