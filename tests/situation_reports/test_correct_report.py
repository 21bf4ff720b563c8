"""A correction is a new version that says what changed and why; older ones stay readable, the newest is shown first."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from tests.conftest import Cast
from tests.make import make_event, make_figure, make_report
from tests.situation_reports.test_publish_report import Report, at, begin, publish


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db)
    db.commit()
    return event


@pytest.fixture
def key(cast: Cast) -> dict[str, str]:
    return cast.program("events:write", "records:read-centre") | {"If-Match": "*"}


def correct(client: TestClient, event: Event, key: dict[str, str], text: str, why: str) -> Report:
    draft = client.post(at(event, 1, "/correct"), headers=key)
    assert draft.status_code == 201, draft.text
    assert draft.json()["corrects"] == f"{event.ref}-SR-1"
    id = draft.json()["id"]
    assert client.patch(at(event, id), json={"sections": {"highlights": {"en": text}}}, headers=key).status_code == 200
    answer = client.post(at(event, id, "/publish"), json={"change": why}, headers=key)
    assert answer.status_code == 200, answer.text
    report: Report = answer.json()
    return report


def test_a_correction_is_the_next_version_of_the_same_report(
    client: TestClient, event: Event, key: dict[str, str], db: Session
) -> None:
    first = publish(client, event, key)
    corrected = correct(client, event, key, "Three villages are cut off.", "One village had been left out.")
    assert (corrected["id"], corrected["number"], corrected["version"]) == (first["id"], 1, "1.1")
    now = client.get(at(event, 1)).json()
    assert now["sections"]["highlights"] == "Three villages are cut off."
    assert now["change"] == "One village had been left out."
    then = client.get(at(event, 1), params={"version": "1.0"})
    assert then.json()["sections"]["highlights"] == "Two villages are cut off."
    assert client.get(at(event, 1), params={"version": "1.2"}).status_code == 404
    assert client.get(at(event, 1), params={"version": "2"}).status_code == 422
    assert [one["version"] for one in client.get(at(event, 1, "/versions")).json()["results"]] == ["1.1", "1.0"]
    line = db.scalars(select(History).where(History.action == "corrected")).one()
    assert (line.before, line.after, line.reason) == (
        {"version": "1.0"},
        {"version": "1.1"},
        "One village had been left out.",
    )


def test_a_correction_that_is_being_written_is_hidden(client: TestClient, event: Event, key: dict[str, str]) -> None:
    publish(client, event, key)
    before = client.get(at(event, 1))
    draft = client.post(at(event, 1, "/correct"), headers=key).json()
    client.patch(at(event, draft["id"]), json={"sections": {"highlights": {"en": "Three."}}}, headers=key)
    after = client.get(at(event, 1))
    assert (before.content, before.headers["etag"]) == (after.content, after.headers["etag"])
    assert client.get(at(event, draft["id"])).status_code == 404


def test_one_correction_is_written_at_a_time(client: TestClient, event: Event, key: dict[str, str]) -> None:
    publish(client, event, key)
    draft = client.post(at(event, 1, "/correct"), headers=key).json()
    assert client.post(at(event, 1, "/correct"), headers=key).status_code == 409
    client.post(at(event, draft["id"], "/withdraw"), json={"reason": "It was right"}, headers=key)
    assert client.post(at(event, 1, "/correct"), headers=key).status_code == 201


def test_a_correction_says_what_it_corrects_and_a_first_version_nothing(
    client: TestClient, event: Event, key: dict[str, str]
) -> None:
    draft = begin(client, event, key)
    assert client.post(at(event, draft["id"], "/correct"), headers=key).status_code == 409
    assert client.post(at(event, draft["id"], "/publish"), json={"change": "x"}, headers=key).status_code == 422
    publish(client, event, key, draft)
    correction = client.post(at(event, 1, "/correct"), headers=key).json()
    answer = client.post(at(event, correction["id"], "/publish"), json={}, headers=key)
    assert answer.json()["errors"][0]["field"] == "change"


def test_withdrawn_it_keeps_its_number_and_can_come_back(client: TestClient, event: Event, key: dict[str, str]) -> None:
    first = publish(client, event, key)
    gone = client.post(at(event, 1, "/withdraw"), json={"reason": "Of another event"}, headers=key)
    assert gone.status_code == 200, gone.text
    assert client.get(at(event, 1)).status_code == 404
    assert client.get(at(event)).json()["count"] == 0
    assert publish(client, event, key)["number"] == 2
    back = client.post(at(event, first["id"], "/restore"), json={}, headers=key)
    assert back.status_code == 200, back.text
    assert [one["number"] for one in client.get(at(event)).json()["results"]] == [2, 1]


def test_what_is_published_out_of_a_merged_event_shows_with_its_master(
    client: TestClient, event: Event, key: dict[str, str], db: Session
) -> None:
    master = make_event(db, "The same mudflow")
    db.commit()
    publish(client, event, key)
    merged = client.post(
        f"/api/v1/events/{event.ref}/merge", json={"into": master.ref, "reason": "Logged twice"}, headers=key
    )
    assert merged.status_code == 200, merged.text
    publish(client, master, key)
    shown = client.get(at(master)).json()["results"]
    assert {one["ref"] for one in shown} == {f"{event.ref}-SR-1", f"{master.ref}-SR-1"}
    assert client.get(at(master, f"{event.ref}-SR-1")).json()["event"]["ref"] == event.ref
    assert client.get(at(event)).json()["count"] == 2


def test_an_older_version_is_for_those_whom_it_was_written_for(
    client: TestClient, event: Event, key: dict[str, str]
) -> None:
    first = {"visibility": "partners", "sections": {"highlights": {"en": "Aigul S. is missing."}}}
    draft = client.post(at(event), json=first, headers=key).json()["id"]
    assert client.post(at(event, draft, "/publish"), json={}, headers=key).status_code == 200
    draft = client.post(at(event, 1, "/correct"), headers=key).json()["id"]
    wider = {"visibility": "public", "sections": {"highlights": {"en": "One person is missing."}}}
    assert client.patch(at(event, draft), json=wider, headers=key).status_code == 200
    published = client.post(at(event, draft, "/publish"), json={"change": "Without the name"}, headers=key)
    assert published.status_code == 200, published.text
    assert client.get(at(event, 1)).json()["sections"]["highlights"] == "One person is missing."
    assert client.get(at(event, 1), params={"version": "1.0"}).status_code == 404
    assert [one["version"] for one in client.get(at(event, 1, "/versions")).json()["results"]] == ["1.1"]
    assert "Aigul" not in client.get(f"/events/{event.ref}/situation-reports/1?version=1.0").text
    then = client.get(at(event, 1), params={"version": "1.0"}, headers=key)
    assert then.json()["sections"]["highlights"] == "Aigul S. is missing."


def test_a_report_keeps_headlines_that_came_from_a_merged_event(
    client: TestClient, db: Session, event: Event, key: dict[str, str]
) -> None:
    duplicate = make_event(db, "The same, logged twice")
    make_figure(db, duplicate, "dead", 7)
    db.commit()
    merged = client.post(
        f"/api/v1/events/{duplicate.ref}/merge", json={"into": event.ref, "reason": "Twice"}, headers=key
    )
    assert merged.status_code == 200, merged.text
    assert [(one["indicator"], one["value"]) for one in publish(client, event, key)["figures"]] == [("dead", 7)]


def test_the_old_address_of_a_report_of_a_merged_event_leads_to_it_not_to_the_masters_of_that_number(
    client: TestClient, db: Session, event: Event, key: dict[str, str]
) -> None:
    duplicate = make_event(db, "The same, logged twice")
    make_report(db, event, text="From the master.")
    make_report(db, duplicate, text="From the duplicate.")
    db.commit()
    said = {"into": event.ref, "reason": "Twice"}
    assert client.post(f"/api/v1/events/{duplicate.ref}/merge", json=said, headers=key).status_code == 200
    for number in (1, "SR-1"):
        found = client.get(at(duplicate, number)).json()
        assert found["sections"]["highlights"] == "From the duplicate."
    assert "From the duplicate." in client.get(f"/events/{duplicate.ref}/situation-reports/1").text
    assert client.get(at(event, 1)).json()["sections"]["highlights"] == "From the master."
