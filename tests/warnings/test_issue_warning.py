"""Issued, updated, cancelled, expired: each message goes out once and never changes; a later one ends it."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.history import History
from app.warnings import escalation
from tests.conftest import Cast
from tests.make import make_event
from tests.waiting import soon
from tests.warnings.warned import AUTHORITY, cancel, draft, in_hours, issue, issued, line_of


def seen(client: TestClient, ref: str, headers: dict[str, str] = {}) -> dict[str, object]:
    """With credentials nothing is kept: what was written just now is read."""
    found: dict[str, object] = client.get(f"/api/v1/warnings/{ref}", headers=headers).json()
    return found


def test_an_issued_warning_is_in_force_and_public(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    said = issued(client, operator)
    assert (said["state"], said["active"], said["visibility"]) == ("in_force", True, "public")
    listed = client.get("/api/v1/warnings", params={"active": "true", "country": "KAZ", "area": "KZ-75"}).json()
    assert [one["ref"] for one in listed["results"]] == [said["ref"]]
    assert client.get("/api/v1/warnings", params={"active": "false"}).json()["count"] == 0


def test_it_goes_to_the_audience_that_was_chosen(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = issued(client, operator, audience="partners")["ref"]
    assert client.get(f"/api/v1/warnings/{ref}").status_code == 404
    assert client.get(f"/feeds/warnings/{ref}.cap").status_code == 404
    partner = cast.person("reader", organisation="TUR-AFAD")
    assert client.get(f"/feeds/warnings/{ref}.cap", headers=partner).status_code == 200


def test_whoever_was_told_may_read_what_others_may_not(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = issued(client, operator, AUTHORITY, audience="centre")["ref"]
    told, other = cast.person("reader", organisation=AUTHORITY), cast.person("reader", organisation="TUR-AFAD")
    assert client.get(f"/api/v1/warnings/{ref}", headers=told).status_code == 200
    assert client.get(f"/api/v1/warnings/{ref}", headers=other).status_code == 404
    assert client.get("/api/v1/warnings", headers=told).json()["count"] == 1
    assert client.get("/api/v1/warnings", headers=other).json()["count"] == 0


def test_what_was_issued_never_changes(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator") | {"If-Match": "*"}
    ref = issued(client, operator)["ref"]
    assert client.patch(f"/api/v1/warnings/{ref}", json={"severity": "minor"}, headers=operator).status_code == 409
    assert client.post(f"/api/v1/warnings/{ref}/discard", headers=operator).status_code == 409
    assert issue(client, operator, ref).status_code == 409
    for change in ("SET severity = 'minor'", "SET cap = 'x'", "SET visibility = 'own', audience = 'own'"):
        with pytest.raises(DBAPIError, match="never changes"), db.begin_nested():
            db.execute(text(f"UPDATE warnings {change} WHERE ref = :ref"), {"ref": ref})
    for statement in ("DELETE FROM warning_areas", "UPDATE warning_countries SET country_iso3 = 'KGZ'"):
        with pytest.raises(DBAPIError, match="never changes"), db.begin_nested():
            db.execute(text(statement))
    with pytest.raises(DBAPIError, match="is kept"), db.begin_nested():
        db.execute(text("DELETE FROM warnings"))


def test_an_update_ends_what_it_updates_and_names_all_that_came_before(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    first = issued(client, operator, AUTHORITY)["ref"]
    changed = client.post(f"/api/v1/warnings/{first}/update", json={"severity": "extreme"}, headers=operator)
    assert changed.status_code == 201, changed.text
    second = changed.json()["ref"]
    assert (changed.json()["state"], changed.json()["replaces"]) == ("draft", {"ref": first})
    assert seen(client, first, operator)["state"] == "in_force", "nothing has ended before the update is issued"
    assert issue(client, operator, second).status_code == 200
    assert (seen(client, first, operator)["state"], seen(client, first, operator)["replaced_by"]) == (
        "updated",
        {"ref": second},
    )
    assert (seen(client, second, operator)["msg_type"], seen(client, second, operator)["severity"]) == (
        "update",
        "extreme",
    )
    assert line_of(client, operator, second)["told"] == 0, "whoever was told of the first is told of the second"
    third = client.post(f"/api/v1/warnings/{second}/update", json={}, headers=operator).json()["ref"]
    issue(client, operator, third)
    cap = client.get(f"/feeds/warnings/{third}.cap").text
    ids = [str(seen(client, ref)["id"]) for ref in (first, second)]
    references = cap.split("<references>")[1].split("</references>")[0]
    assert [one.split(",")[1] for one in references.split(" ")] == [f"urn:uuid:{id}" for id in ids]


def test_of_two_updates_the_second_is_refused(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    first = issued(client, operator)["ref"]
    drafts = [
        client.post(f"/api/v1/warnings/{first}/update", json={}, headers=operator).json()["ref"] for _one in range(2)
    ]
    assert [issue(client, operator, ref).status_code for ref in drafts] == [200, 409]
    assert cancel(client, operator, first).status_code == 409


def test_a_cancellation_is_a_message_with_its_reason(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = issued(client, operator, AUTHORITY)["ref"]
    answer = cancel(client, operator, ref)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["state"], said["msg_type"], said["replaces"]) == ("cancellation", "cancel", {"ref": ref})
    assert said["note"] == "The rain has stopped."
    assert said["headline"] == "Cancelled: Mudflow expected in the Almarasan gorge"
    assert (seen(client, ref, operator)["state"], seen(client, ref, operator)["active"]) == ("cancelled", False)
    assert client.get("/api/v1/warnings", params={"active": "true"}, headers=operator).json()["count"] == 0
    assert line_of(client, operator, said["ref"])["steps"] == [], "nobody is reminded of a cancellation"
    assert cancel(client, operator, ref).status_code == 409
    assert cancel(client, operator, said["ref"]).status_code == 409


def test_a_warning_of_an_event_that_is_gone_can_still_be_cancelled(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    event = make_event(db)
    db.commit()
    ref = issued(client, operator, event=event.ref)["ref"]
    db.execute(text("UPDATE events SET withdrawn_at = now(), visibility = 'centre' WHERE id = :id"), {"id": event.id})
    db.commit()
    assert cancel(client, operator, ref).status_code == 201


def test_an_event_that_became_an_exercise_meanwhile_is_noticed(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    event = make_event(db)
    db.commit()
    ref = draft(client, operator, event=event.ref)["ref"]
    db.execute(text("UPDATE events SET exercise = true WHERE id = :id"), {"id": event.id})
    db.commit()
    assert issue(client, operator, ref).status_code == 422


def test_a_draft_that_is_over_is_not_issued(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = draft(client, operator, expires_at=in_hours(-1))["ref"]
    answer = issue(client, operator, ref)
    assert [one["field"] for one in answer.json()["errors"]] == ["expires_at"]


def test_a_warning_expires_by_itself_and_followers_are_told(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    ref = issued(client, operator)["ref"]
    since = client.get("/api/v1/warnings").json()["synced_to"]
    db.execute(text("ALTER TABLE warnings DISABLE TRIGGER USER"))  # an issued warning never changes, not even its end
    earlier = "expires_at = now() - interval '1 second', updated_at = now() - interval '2 seconds'"
    db.execute(text(f"UPDATE warnings SET {earlier}"))
    db.execute(text("ALTER TABLE warnings ENABLE TRIGGER USER"))
    db.commit()
    soon(lambda: seen(client, ref)["state"] if expired(db) else "", lambda state: state == "expired")
    assert seen(client, ref)["active"] is False
    changed = soon(lambda: client.get("/api/v1/warnings", params={"updated_since": since}).json()["results"], bool)
    assert [(one["ref"], one["state"]) for one in changed] == [(ref, "expired")]
    assert cancel(client, operator, ref).status_code == 409


def expired(db: Session) -> bool:
    escalation.tell_expired(db)
    db.commit()
    return True


def test_issuing_twice_with_one_key_tells_once(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    ref = draft(client, operator)["ref"]
    headers = operator | {"Idempotency-Key": "k"}
    first, again = issue(client, headers, ref), issue(client, headers, ref)
    assert (first.status_code, again.json()) == (200, first.json())
    lines = db.scalars(select(History).where(History.ref == ref, History.action == "issued")).all()
    assert [line.visibility for line in lines] == ["public"]


def test_a_draft_that_was_changed_since_it_was_read_is_not_issued(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = draft(client, operator)["ref"]
    tag = client.get(f"/api/v1/warnings/{ref}", headers=operator).headers["etag"]
    client.patch(f"/api/v1/warnings/{ref}", json={"severity": "minor"}, headers=operator | {"If-Match": "*"})
    stale = client.post(f"/api/v1/warnings/{ref}/issue", json={}, headers=operator | {"If-Match": tag})
    assert stale.status_code == 412


def test_the_event_is_told_to_those_only_who_may_see_it(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    event = make_event(db, visibility="centre")
    db.commit()
    ref = issued(client, operator, event=event.ref)["ref"]
    assert seen(client, ref)["event"] is None
    assert event.ref not in client.get(f"/feeds/warnings/{ref}.cap").text
    assert client.get("/api/v1/warnings", params={"event": event.ref}).json()["count"] == 0
    assert client.get(f"/api/v1/warnings/{ref}", headers=operator).json()["event"]["ref"] == event.ref


def test_neither_a_stranger_nor_a_partner_issues_updates_or_cancels(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref, partner = issued(client, operator)["ref"], cast.person("approver", organisation=AUTHORITY)
    program = cast.program("warnings:issue", organisation=AUTHORITY)
    for headers, status in ((partner, 403), (program, 403), ({}, 401)):
        assert cancel(client, headers, ref).status_code == status
        assert client.post(f"/api/v1/warnings/{ref}/update", json={}, headers=headers).status_code == status
