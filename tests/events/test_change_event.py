"""PATCH /api/v1/events/{ref}: a merge patch on the version that the caller read, by whoever may in all its countries."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.form import change, event_in, values_of
from app.events.models import Event
from app.events.schemas import EventIn
from app.events.writing_queries import state_of
from app.history import History
from tests.conftest import Cast
from tests.make import make_event, make_glide


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db, summary={"en": "First report."}, place={"en": "Gorge"})
    make_glide(db, event, "MS-2026-000101-KAZ")
    db.commit()
    return event


def tag(client: TestClient, ref: str, headers: dict[str, str]) -> str:
    return str(client.get(f"/api/v1/events/{ref}", headers=headers).headers["etag"])


def patch(client: TestClient, ref: str, headers: dict[str, str], if_match: str | None = "", **change: Any) -> Any:
    version = {} if if_match is None else {"If-Match": if_match or tag(client, ref, headers)}
    return client.patch(f"/api/v1/events/{ref}", json=change, headers=headers | version)


def lines(db: Session, event: Event) -> list[History]:
    db.rollback()
    return list(db.scalars(select(History).where(History.record_id == event.id).order_by(History.id)))


def test_a_field_changes_and_all_others_stay(client: TestClient, cast: Cast, event: Event) -> None:
    operator = cast.person("operator")
    before = client.get(f"/api/v1/events/{event.ref}", headers=operator).json()
    answer = patch(client, event.ref, operator, status="closed")
    assert answer.status_code == 200, answer.text
    assert answer.json() == before | {"status": "closed", "updated_at": answer.json()["updated_at"]}
    assert tag(client, event.ref, operator).startswith(answer.headers["etag"].rstrip('"'))


def test_history_holds_what_changed_and_nothing_else(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    patch(client, event.ref, cast.person("operator", name="Aigerim"), status="closed", glide=[])
    (line,) = lines(db, event)
    assert (line.action, line.actor_kind, line.visibility) == ("changed", "person", "public")
    assert line.before == {"status": "ongoing", "glide": ["MS-2026-000101-KAZ"]}
    assert line.after == {"status": "closed", "glide": []}


def test_null_empties_and_texts_change_by_language(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    operator = cast.person("operator")
    patch(client, event.ref, operator, titles={"ru": "Сель"}, summary=None, geometry=None, place={"en": None})
    db.refresh(event)
    assert event.titles == {"en": "Mudflow above Almaty", "ru": "Сель"}
    assert (event.summary, event.place, event.geometry, event.geometry_precision) == (None, None, None, None)
    patch(client, event.ref, operator, titles={"en": None})
    db.refresh(event)
    assert event.titles == {"ru": "Сель"}


def test_countries_areas_and_numbers_are_replaced_whole(client: TestClient, cast: Cast, event: Event) -> None:
    answer = patch(
        client, event.ref, cast.person("operator"), countries=["KGZ", "KAZ"], areas=["KG-O"], glide=["ms20267kgz"]
    )
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert [country["iso3"] for country in said["countries"]] == ["KAZ", "KGZ"]
    assert [area["code"] for area in said["areas"]] == ["KG-O"]
    assert said["glide"] == ["MS-2026-000007-KGZ"]


def test_a_change_that_changes_nothing_leaves_version_and_history_alone(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    operator = cast.person("operator")
    before = tag(client, event.ref, operator)
    assert patch(client, event.ref, operator, status="ongoing").status_code == 200
    assert tag(client, event.ref, operator) == before
    assert lines(db, event) == []


def test_without_the_version_nothing_changes(client: TestClient, cast: Cast, event: Event) -> None:
    operator = cast.person("operator")
    assert patch(client, event.ref, operator, None, status="closed").status_code == 428
    assert patch(client, event.ref, operator, '"0"', status="closed").status_code == 412
    assert patch(client, event.ref, operator, "*", status="closed").status_code == 200


def test_whoever_read_an_older_version_is_told(client: TestClient, cast: Cast, event: Event) -> None:
    operator = cast.person("operator")
    old = tag(client, event.ref, operator)
    assert patch(client, event.ref, operator, old, status="closed").status_code == 200
    answer = patch(client, event.ref, operator, old, alert_level="red")
    assert answer.status_code == 412
    assert client.get(f"/api/v1/events/{event.ref}").json()["alert_level"] is None


@pytest.mark.parametrize("ref", ["EV-2026-9999", "00000000-0000-7000-8000-000000000000", "hidden"])
def test_what_is_not_there_and_what_is_hidden_answer_alike(
    client: TestClient, cast: Cast, db: Session, ref: str
) -> None:
    hidden = make_event(db, visibility="centre")
    db.commit()
    program = cast.program("events:write")
    answer = patch(client, hidden.ref if ref == "hidden" else ref, program, "*", status="closed")
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"There is no record {hidden.ref if ref == 'hidden' else ref} here."


def test_nobody_is_asked_for_credentials_before_anything_else(client: TestClient, event: Event) -> None:
    for ref in (event.ref, "EV-2026-9999"):
        assert patch(client, ref, {}, "*", status="closed").status_code == 401
        assert client.patch(f"/api/v1/events/{ref}", content=b"{").status_code == 401


def test_a_reader_sees_it_and_may_not_change_it(client: TestClient, cast: Cast, event: Event) -> None:
    assert patch(client, event.ref, cast.person("reader"), "*", status="closed").status_code == 403
    assert patch(client, event.ref, cast.program("capacities:write"), "*", status="closed").status_code == 403


def test_country_limits_hold_before_and_after_the_change(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    abroad = make_event(db, "Flood", "KGZ")
    both = make_event(db, "Flood", "KAZ", "KGZ")
    db.commit()
    operator = cast.person("operator", countries=("KAZ",))
    assert patch(client, event.ref, operator, status="closed").status_code == 200
    assert patch(client, event.ref, operator, countries=["KAZ", "KGZ"]).status_code == 403
    assert patch(client, abroad.ref, operator, countries=["KAZ"]).status_code == 403
    assert patch(client, both.ref, operator, status="closed").status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"titles": {"en": None}}, "titles"),
        ({"titles": None}, "titles"),
        ({"status": None}, "status"),
        ({"visibility": None}, "visibility"),
        ({"visibility": "own"}, "visibility"),
        ({"countries": []}, "countries"),
        ({"areas": ["KG-O"]}, "areas"),
        ({"ended_at": "2026-01-01T00:00:00Z"}, "ended_at"),
        ({"geometry": {"type": "Point"}}, "geometry.coordinates"),
        ({"organisation_id": "CESDRR"}, "organisation_id"),
    ],
)
def test_a_change_to_what_cannot_be_is_refused_whole(
    client: TestClient, cast: Cast, db: Session, event: Event, change: dict[str, Any], field: str
) -> None:
    answer = patch(client, event.ref, cast.person("operator"), **{"summary": {"en": "New."}, **change})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    db.refresh(event)
    assert event.summary == {"en": "First report."}
    assert lines(db, event) == []


def test_nobody_hides_an_event_from_themselves(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db, organisation_id=None)
    db.commit()
    answer = patch(client, event.ref, cast.program("events:write"), visibility="centre")
    assert [error["field"] for error in answer.json()["errors"]] == ["visibility"]
    assert client.get(f"/api/v1/events/{event.ref}").status_code == 200


def test_history_of_a_narrowed_event_is_narrow(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    operator = cast.person("operator")
    assert patch(client, event.ref, operator, visibility="centre").status_code == 200
    assert patch(client, event.ref, operator, visibility="public").status_code == 200
    assert [line.visibility for line in lines(db, event)] == ["centre", "centre"]


def test_a_shape_that_is_not_touched_keeps_every_digit(client: TestClient, cast: Cast, db: Session) -> None:
    exact = "76.98765432109876 43.15123456789012"
    event = make_event(db, geometry=f"SRID=4326;POINT({exact})")
    db.commit()
    before = event.geometry.desc
    assert patch(client, event.ref, cast.person("operator"), status="closed").status_code == 200
    db.refresh(event)
    assert event.geometry.desc == before


def test_every_event_that_is_here_can_be_changed_and_a_form_loses_nothing_of_it(
    client: TestClient, cast: Cast, db: Session
) -> None:
    operator = cast.person("operator")
    for event in db.scalars(select(Event)):
        state = state_of(db, event.id)
        EventIn.model_validate(state)
        values = values_of(state)
        event_in(values)
        assert change(values, values) == {}
        answer = patch(client, event.ref, operator, "*", summary={"ky": "?"})
        assert answer.status_code == 200, (event.ref, answer.text)
