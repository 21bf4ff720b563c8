"""An operator may choose the headline, with the reason; the page and the API say why it is the one it is."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.figures.models import Figure
from app.history import History
from tests.conftest import Cast
from tests.make import make_event, make_figure, make_source
from tests.waiting import soon


@pytest.fixture
def event(db: Session) -> Event:
    return make_event(db, "Flood", "TJK", "KGZ", hazard_code="FL")


@pytest.fixture
def ministry(db: Session, event: Event) -> Figure:
    return make_figure(db, event, "dead", 12, source_id=make_source(db, "MINISTRY").id, as_of="2026-07-10")


@pytest.fixture
def press(db: Session, event: Event, ministry: Figure) -> Figure:
    found = make_figure(db, event, "dead", 40, source_id=make_source(db, "PRESS", kind="media").id, as_of="2026-07-11")
    db.commit()
    return found


@pytest.fixture
def writes(cast: Cast) -> dict[str, str]:
    return cast.program("events:write", "records:read-centre")


def put(client: TestClient, event: Event, figure: Figure, headers: dict[str, str], **changes: Any) -> Any:
    body = {"figure": str(figure.id), "reason": "Seen by our own team"} | changes
    return client.put(f"/api/v1/events/{event.ref}/headlines/dead", json=body, headers=headers)


def shows(client: TestClient, event: Event, *wanted: tuple[str, int, str | None]) -> bool:
    """Whether these are soon the headlines: why, how many, the operator's reason."""

    def shown() -> list[Any]:
        found = client.get(f"/api/v1/events/{event.ref}/headlines").json()["results"]
        return [(one["because"], one["figure"]["value"], (one["chosen"] or {}).get("reason")) for one in found]

    return soon(shown, lambda found: found == [*wanted]) == [*wanted]


def test_the_rule_says_why(client: TestClient, db: Session, event: Event, press: Figure) -> None:
    make_figure(db, event, "injured", 3, source_id=press.source_id)
    db.commit()
    assert shows(client, event, ("latest_official", 12, None), ("latest", 3, None))
    found = client.get(f"/api/v1/events/{event.ref}/headlines").json()["results"]
    assert [one["contradicted"] for one in found] == [True, False]


def test_a_chosen_figure_is_shown_with_its_reason_until_it_is_released(
    client: TestClient, db: Session, event: Event, press: Figure, writes: dict[str, str]
) -> None:
    answer = put(client, event, press, writes)
    assert answer.status_code == 200, answer.text
    assert answer.json()["results"][0]["because"] == "chosen"
    assert shows(client, event, ("chosen", 40, "Seen by our own team"))
    shown = client.get(f"/api/v1/events/{event.ref}", headers=writes).json()["figures"]["dead"]
    assert shown["value"] == 40
    address = f"/api/v1/events/{event.ref}/headlines/dead"
    assert client.delete(address, headers=writes).status_code == 200
    assert shows(client, event, ("latest_official", 12, None))
    assert client.delete(address, headers=writes).status_code == 404
    lines = db.scalars(select(History.action).where(History.noun == "figures").order_by(History.id)).all()
    assert lines == ["headline chosen", "headline released"]


def test_another_choice_takes_its_place(
    client: TestClient, event: Event, ministry: Figure, press: Figure, writes: dict[str, str]
) -> None:
    put(client, event, press, writes)
    put(client, event, ministry, writes, reason="The press has corrected itself")
    assert shows(client, event, ("chosen", 12, "The press has corrected itself"))


def test_a_choice_passes_on_to_the_correction(
    client: TestClient, event: Event, press: Figure, writes: dict[str, str]
) -> None:
    put(client, event, press, writes)
    address = f"/api/v1/events/{event.ref}/figures/{press.id}"
    client.post(f"{address}/supersede", json={"value": 41, "reason": "Misread"}, headers=writes)
    assert shows(client, event, ("chosen", 41, "Seen by our own team"))


def test_when_the_chosen_figure_is_withdrawn_the_rule_decides(
    client: TestClient, event: Event, press: Figure, writes: dict[str, str]
) -> None:
    put(client, event, press, writes)
    address = f"/api/v1/events/{event.ref}/figures/{press.id}"
    client.post(f"{address}/withdraw", json={"reason": "A rumour"}, headers=writes)
    assert shows(client, event, ("latest_official", 12, None))


def test_a_headline_is_a_total_of_the_same_kind_of_harm_that_stands(
    client: TestClient, db: Session, event: Event, press: Figure, writes: dict[str, str]
) -> None:
    new = make_figure(db, event, "dead", 3, counting="new")
    other = make_figure(db, event, "injured", 3)
    withdrawn = make_figure(db, event, "dead", 5, withdrawn_at="2026-08-01T00:00:00Z")
    elsewhere = make_figure(db, make_event(db, "Another"), "dead", 5)
    db.commit()
    assert [put(client, event, one, writes).status_code for one in (new, other, withdrawn, elsewhere)] == [
        422,
        422,
        409,
        404,
    ]
    assert put(client, event, press, writes, reason=" ").status_code == 422


def test_who_may_not_write_chooses_nothing(client: TestClient, cast: Cast, event: Event, press: Figure) -> None:
    assert put(client, event, press, cast.program("records:read-centre")).status_code == 403
