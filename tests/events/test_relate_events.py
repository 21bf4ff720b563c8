"""What an event is to others: said both ways, in no circle, and nothing hidden shows through it."""

import threading
from typing import Any

import pytest
import sqlalchemy.exc
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from tests.conftest import Cast
from tests.events.past import moment
from tests.events.test_event_forms import in_form
from tests.make import make_event


@pytest.fixture
def events(db: Session) -> list[Event]:
    events = [make_event(db, title) for title in ("Earthquake", "Landslide", "Flood")]
    db.commit()
    return events


def relate(
    client: TestClient, headers: dict[str, str], event: Event, kind: str, other: Event | str, version: str = "*"
) -> Any:
    said = {"kind": kind, "event": other if isinstance(other, str) else other.ref}
    return client.post(f"/api/v1/events/{event.ref}/relations", json=said, headers=headers | {"If-Match": version})


def end(client: TestClient, headers: dict[str, str], event: Event, other: Event) -> Any:
    sent = headers | {"If-Match": "*"}
    return client.post(f"/api/v1/events/{event.ref}/relations/end", json={"event": other.ref}, headers=sent)


def related(client: TestClient, event: Event, headers: dict[str, str] = {}, **asked: str) -> list[tuple[str, str]]:
    answer = client.get(f"/api/v1/events/{event.ref}/relations", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return [(one["kind"], one["event"]["ref"]) for one in answer.json()["results"]]


@pytest.mark.parametrize(
    ("kind", "inverse"),
    [
        ("part_of", "has_part"),
        ("triggered_by", "triggered"),
        ("aftershock_of", "has_aftershock"),
        ("related", "related"),
    ],
)
def test_a_relation_is_told_from_both_sides(
    client: TestClient, cast: Cast, db: Session, events: list[Event], kind: str, inverse: str
) -> None:
    quake, slide, _flood = events
    operator = cast.person("operator")
    answer = relate(client, operator, slide, kind, quake)
    assert answer.status_code == 200, answer.text
    assert [one["kind"] for one in answer.json()["results"]] == [kind]
    assert related(client, slide, operator) == [(kind, quake.ref)]
    assert related(client, quake, operator) == [(inverse, slide.ref)]
    for one, other in ((slide, "Earthquake"), (quake, "Landslide")):
        assert other in client.get(f"/events/{one.ref}", headers=operator).text
    db.rollback()
    line = db.scalars(select(History).where(History.record_id == slide.id)).one()
    assert (line.action, line.after) == ("related", {"relation": kind, "other_event": quake.ref})


def test_it_ends_from_either_side_and_was_known_before(
    client: TestClient, cast: Cast, db: Session, events: list[Event]
) -> None:
    quake, slide, _flood = events
    operator = cast.person("operator")
    before = moment(db)
    relate(client, operator, slide, "triggered_by", quake)
    during = moment(db)
    assert end(client, operator, quake, slide).status_code == 200
    assert related(client, slide, operator) == []
    assert related(client, slide, as_of=before) == []
    assert related(client, slide, as_of=during) == [("triggered_by", quake.ref)]
    assert end(client, operator, quake, slide).status_code == 422
    assert relate(client, operator, quake, "related", slide).status_code == 200


def test_nothing_is_part_of_itself(client: TestClient, cast: Cast, events: list[Event]) -> None:
    one, two, three = events
    operator = cast.person("operator")
    assert relate(client, operator, one, "part_of", one).status_code == 422
    assert relate(client, operator, one, "part_of", two).status_code == 200
    assert relate(client, operator, two, "part_of", three).status_code == 200
    assert relate(client, operator, three, "part_of", one).json()["errors"][0]["field"] == "event"
    assert relate(client, operator, two, "related", one).status_code == 409  # one relation at a time
    assert relate(client, operator, one, "part_of", three).status_code == 409  # one parent
    assert relate(client, operator, three, "triggered_by", one).status_code == 200  # another kind, so no circle


def test_two_at_once_make_no_circle(owner: Engine, db: Session, events: list[Event]) -> None:
    """Each sees no circle before the other has committed: the second waits, and is refused."""
    add = text("INSERT INTO event_relations (event_id, kind, other_id) VALUES (:event, 'part_of', :other)")
    pairs = [(0, 1), (1, 2), (2, 0)]
    refused = []

    def write(one: int, other: int) -> None:
        try:
            with Session(owner) as session, session.begin():
                session.execute(add, {"event": events[one].id, "other": events[other].id})
        except sqlalchemy.exc.IntegrityError:
            refused.append((one, other))

    threads = [threading.Thread(target=write, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1


def test_exercises_are_kept_apart_from_what_happened(
    client: TestClient, cast: Cast, db: Session, events: list[Event]
) -> None:
    drill = make_event(db, "Drill", exercise=True)
    db.commit()
    operator = cast.person("operator")
    for kind in ("part_of", "triggered_by", "aftershock_of"):
        assert relate(client, operator, drill, kind, events[0]).status_code == 422
    assert relate(client, operator, drill, "related", events[0]).status_code == 200


def test_hidden_events_are_told_of_to_those_who_may_see_them(
    client: TestClient, cast: Cast, db: Session, events: list[Event]
) -> None:
    hidden = make_event(db, "Secret", visibility="centre")
    db.commit()
    operator = cast.person("operator")
    assert relate(client, operator, events[0], "part_of", hidden).status_code == 200
    assert relate(client, operator, hidden, "triggered_by", events[1]).status_code == 200
    for event in events[:2]:
        assert related(client, event) == []
        for path in (f"/events/{event.ref}", f"/api/v1/events/{event.ref}/history"):
            answer = client.get(path).text
            assert "Secret" not in answer
            assert hidden.ref not in answer
        assert [ref for _kind, ref in related(client, event, cast.person("analyst"))] == [hidden.ref]
    assert relate(client, cast.program("events:write"), events[2], "part_of", hidden).status_code == 422
    assert (
        relate(client, cast.program("events:write"), events[2], "part_of", hidden).json()["errors"]
        == relate(client, cast.program("events:write"), events[2], "part_of", hidden.ref).json()["errors"]
    )


def test_what_is_hidden_cannot_be_told_from_what_is_not_there(
    client: TestClient, cast: Cast, db: Session, events: list[Event]
) -> None:
    hidden = make_event(db, "Secret", visibility="centre")
    db.commit()
    program = cast.program("events:write")
    answers = [
        relate(client, program, events[0], "part_of", ref).json()["detail"] for ref in (hidden.ref, "EV-2026-9999")
    ]
    assert answers[0].replace(hidden.ref, "") == answers[1].replace("EV-2026-9999", "")


def test_it_needs_the_right_and_the_version(client: TestClient, cast: Cast, events: list[Event]) -> None:
    quake, slide, _flood = events
    assert relate(client, {}, slide, "part_of", quake).status_code == 401
    assert relate(client, cast.person("reader"), slide, "part_of", quake).status_code == 403
    assert relate(client, cast.person("operator", countries=("KGZ",)), slide, "part_of", quake).status_code == 403
    assert relate(client, cast.person("operator"), slide, "part_of", quake, '"0"').status_code == 412
    assert relate(client, cast.person("operator"), slide, "is_like", quake).status_code == 422


def test_people_relate_and_part_on_a_page(client: TestClient, cast: Cast, events: list[Event]) -> None:
    quake, slide, _flood = events
    operator = cast.person("operator")
    address = f"/events/{slide.ref}/relations"
    sent = in_form(client.get(address, headers=operator).text)
    refused = client.post(address, data=sent | {"kind": "part_of", "event": "EV-1999-0001"}, headers=operator)
    assert refused.status_code == 422
    assert "There is no event EV-1999-0001 here." in refused.text
    page = client.post(address, data=in_form(refused.text) | {"kind": "part_of", "event": quake.ref}, headers=operator)
    assert page.status_code == 200
    assert related(client, slide, operator) == [("part_of", quake.ref)]
    version = in_form(client.get(address, headers=operator).text)["version"]
    answer = client.post(f"{address}/end", data={"event": quake.ref, "version": version}, headers=operator)
    assert answer.status_code == 200
    assert related(client, slide, operator) == []
