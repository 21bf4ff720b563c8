"""The history of a record: what was done in words, to whom it is told, and what is kept from whom."""

from uuid import UUID

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app import history
from app.permissions import By
from tests.conftest import Cast
from tests.make import make_capacity, make_event, make_organisation, make_user


def somebody(db: Session, organisation: str = "CESDRR") -> By:
    user = make_user(db, "operator", organisation=organisation, name="Aigerim Duty")
    return By("person", "page", user.id, organisation_id=user.organisation_id)


def change(db: Session, by: By, noun: str, id: UUID, seen: str = "public", /, **fields: tuple[object, object]) -> None:
    before, after = ({name: pair[side] for name, pair in fields.items()} for side in (0, 1))
    history.record(db, by, "changed", noun, id, before=before, after=after, visibility=seen)


def told(client: TestClient, address: str, headers: dict[str, str] | None = None) -> list[dict[str, object]]:
    answer = client.get(f"/api/v1/{address}/history", headers=headers)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, object]] = answer.json()["results"]
    return results


def test_it_tells_what_was_changed_and_for_whom(client: TestClient, db: Session) -> None:
    event = make_event(db)
    change(db, somebody(db), "events", event.id, status=("alert", "ongoing"))
    db.commit()
    [entry] = told(client, f"events/{event.ref}")
    assert (entry["action"], entry["before"], entry["after"]) == ("changed", {"status": "alert"}, {"status": "ongoing"})
    assert entry["organisation"]["code"] == "CESDRR"  # type: ignore[index]


def test_names_of_people_are_for_those_who_have_signed_in(client: TestClient, db: Session, cast: Cast) -> None:
    event = make_event(db)
    change(db, somebody(db), "events", event.id, status=("alert", "ongoing"))
    db.commit()
    [to_anybody] = told(client, f"events/{event.ref}")
    [to_reader] = told(client, f"events/{event.ref}", cast.person("reader", organisation="PARTNER"))
    assert (to_anybody["actor"], to_reader["actor"]) == (None, "Aigerim Duty")


def test_what_happened_while_a_record_was_hidden_stays_hidden(client: TestClient, db: Session, cast: Cast) -> None:
    event = make_event(db, organisation_id=make_organisation(db, "OWNER").id)
    by = somebody(db)
    change(db, by, "events", event.id, "own", titles=({"en": "Rumour"}, {"en": "Mudflow"}))
    change(db, by, "events", event.id, "centre", visibility=("centre", "public"))
    change(db, by, "events", event.id, "public", status=("alert", "ongoing"))
    db.commit()
    seen = {
        "anybody": told(client, f"events/{event.ref}"),
        "centre": told(client, f"events/{event.ref}", cast.person("analyst")),
        "owner": told(client, f"events/{event.ref}", cast.person("reader", organisation="OWNER")),
    }
    assert {name: len(entries) for name, entries in seen.items()} == {"anybody": 1, "centre": 2, "owner": 3}


def test_an_exact_base_is_told_to_its_owner_only(client: TestClient, db: Session, cast: Cast) -> None:
    capacity = make_capacity(db, organisation_id=make_organisation(db, "OWNER").id)
    change(
        db,
        somebody(db),
        "capacities",
        capacity.id,
        exact_place=(None, {"en": "Barracks 12"}),
        status=("available", "committed"),
    )
    db.commit()
    for headers in (None, cast.person("operator")):
        [entry] = told(client, f"capacities/{capacity.ref}", headers)
        assert "Barracks" not in str(entry)
        assert entry["after"] == {"status": "committed"}
    [entry] = told(client, f"capacities/{capacity.ref}", cast.person("reader", organisation="OWNER"))
    assert "Barracks 12" in str(entry["after"])


def test_the_history_of_a_hidden_record_is_not_there(client: TestClient, db: Session) -> None:
    event = make_event(db, visibility="partners")
    db.commit()
    assert client.get(f"/api/v1/events/{event.ref}/history").status_code == 404


def test_the_page_of_a_record_tells_it_in_words(client: TestClient, db: Session) -> None:
    event = make_event(db)
    change(db, somebody(db), "events", event.id, exercise=(False, True), titles=({"en": "Old"}, {"en": "New <b>"}))
    db.commit()
    page = client.get(f"/events/{event.ref}").text
    assert "History of this record" in page
    assert '<del dir="auto">Old</del>' in page
    assert "New &lt;b&gt;" in page


def test_a_record_without_history_shows_none(client: TestClient, db: Session) -> None:
    event = make_event(db)
    db.commit()
    assert "History of this record" not in client.get(f"/events/{event.ref}").text


def test_whoever_is_limited_to_countries_is_not_told_what_was_said_while_it_was_of_others(
    client: TestClient, cast: Cast
) -> None:
    operator = cast.person("operator", organisation="CESDRR") | {"If-Match": "*"}
    event = {
        "titles": {"en": "Flood"}, "hazard": "FL", "status": "ongoing", "started_at": "2026-07-08T05:30:00Z",
        "started_precision": "day", "countries": ["TJK"], "visibility": "centre", "summary": {"en": "Two villages"},
    }  # fmt: skip
    capacity = {
        "names": {"en": "Team"}, "type": "usar-medium", "country": "TJK", "quantity": 1, "visibility": "centre",
        "organisation": "KGZ-MES", "description": {"en": "Two villages"},
    }  # fmt: skip
    limited = cast.person("analyst", organisation="ELSEWHERE", countries=("KGZ",))
    for noun, new, moved in (("events", event, {"countries": ["KGZ"]}), ("capacities", capacity, {"country": "KGZ"})):
        url = f"/api/v1/{noun}/{client.post(f'/api/v1/{noun}', json=new, headers=operator).json()['ref']}"
        assert client.patch(url, json=moved, headers=operator).status_code == 200
        titles = {"titles" if noun == "events" else "names": {"en": "Moved"}}
        assert client.patch(url, json=titles, headers=operator).status_code == 200
        told = client.get(f"{url}/history", headers=limited).json()["results"]
        assert [entry["action"] for entry in told] == ["changed"]
        assert "Two villages" not in str(told)
        everywhere = client.get(f"{url}/history", headers=cast.person("analyst", organisation="ELSEWHERE"))
        assert len(everywhere.json()["results"]) == 3
