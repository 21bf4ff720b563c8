"""A figure is never rewritten: corrected by one that supersedes it, withdrawn and restored with a reason."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
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
    return make_event(db, "Flood", "TJK", hazard_code="FL")


@pytest.fixture
def figure(db: Session, event: Event) -> Figure:
    source = make_source(db, "MINISTRY", name="Ministry bulletin 3")
    found = make_figure(db, event, "dead", 1200, source_id=source.id, as_of="2026-07-10", note={"en": "Both banks"})
    db.commit()
    return found


@pytest.fixture
def writes(cast: Cast) -> dict[str, str]:
    return cast.program("events:write", "records:read-centre")


def post(client: TestClient, figure: Figure, what: str, headers: dict[str, str], **body: Any) -> Any:
    return client.post(f"/api/v1/events/{figure.event_id}/figures/{figure.id}/{what}", json=body, headers=headers)


def headline(client: TestClient, event: Event, wanted: int | None) -> bool:
    """Whether the event soon shows this number of dead."""

    def shown() -> Any:
        return (client.get(f"/api/v1/events/{event.ref}").json()["figures"]["dead"] or {"value": None})["value"]

    return soon(shown, lambda value: value == wanted) == wanted


def test_a_correction_supersedes_and_keeps_what_is_left_out(
    client: TestClient, db: Session, event: Event, figure: Figure, writes: dict[str, str]
) -> None:
    answer = post(client, figure, "supersede", writes, value=120, reason="A nought too many")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["value"], made["supersedes"], made["as_of"]) == (120, str(figure.id), "2026-07-10")
    assert made["source"]["code"] == "MINISTRY"
    assert made["note"] == "Both banks"
    assert headline(client, event, 120)
    old = client.get(f"/api/v1/events/{event.ref}/figures/{figure.id}").json()
    assert (old["value"], old["superseded_by"]) == (1200, made["id"])
    line = db.scalars(select(History).where(History.noun == "figures")).one()
    assert (line.action, line.before["value"], line.after["value"], line.reason) == (
        "superseded", 1200, 120, "A nought too many",
    )  # fmt: skip


def test_who_comes_second_is_told_by_what_it_was_superseded(
    client: TestClient, figure: Figure, writes: dict[str, str]
) -> None:
    made = post(client, figure, "supersede", writes, value=120, reason="A nought too many").json()
    second = post(client, figure, "supersede", writes, value=121, reason="Read anew")
    assert second.status_code == 409
    assert "120 from Ministry bulletin 3" in second.json()["detail"]
    assert made["id"] in second.json()["detail"]


def test_a_value_may_become_a_range_and_a_range_a_value(
    client: TestClient, figure: Figure, writes: dict[str, str]
) -> None:
    made = post(client, figure, "supersede", writes, low=100, high=140, reason="They gave a range").json()
    assert (made["value"], made["low"], made["high"], made["qualifier"]) == (None, 100, 140, "range")


def test_a_correction_needs_a_reason_and_must_be_possible(
    client: TestClient, figure: Figure, writes: dict[str, str]
) -> None:
    assert post(client, figure, "supersede", writes, value=120).status_code == 422
    assert post(client, figure, "supersede", writes, value=-3, reason="No").status_code == 422
    assert post(client, figure, "supersede", writes, low=3, reason="No").status_code == 422


def test_a_withdrawn_figure_leaves_the_list_and_comes_back(
    client: TestClient, db: Session, event: Event, figure: Figure, writes: dict[str, str]
) -> None:
    since = client.get(f"/api/v1/events/{event.ref}/figures").json()["synced_to"]
    gone = post(client, figure, "withdraw", writes, reason="Another flood")
    assert gone.status_code == 200, gone.text
    assert gone.json()["ref"] == event.ref
    assert headline(client, event, None)
    address = f"/api/v1/events/{event.ref}/figures"
    assert soon(lambda: client.get(address).json()["results"], lambda found: found == []) == []
    told = client.get(address, params={"updated_since": since}).json()["results"]
    assert told == [{"id": str(figure.id), "ref": event.ref, "withdrawn_at": told[0]["withdrawn_at"]}]
    assert post(client, figure, "withdraw", writes, reason="Again").status_code == 409
    assert post(client, figure, "supersede", writes, value=1, reason="Gone").status_code == 409
    back = post(client, figure, "restore", writes)
    assert back.status_code == 200, back.text
    assert headline(client, event, 1200)
    assert post(client, figure, "restore", writes).status_code == 409
    lines = db.scalars(select(History.action).where(History.noun == "figures").order_by(History.id)).all()
    assert lines == ["withdrawn", "restored"]


def test_when_its_correction_is_withdrawn_a_figure_stands_again_and_only_one_correction_can(
    client: TestClient, db: Session, event: Event, figure: Figure, writes: dict[str, str]
) -> None:
    made = post(client, figure, "supersede", writes, value=120, reason="A nought too many").json()
    first = db.get_one(Figure, made["id"])
    assert post(client, first, "withdraw", writes, reason="The first was right").status_code == 200
    assert headline(client, event, 1200)
    assert post(client, figure, "supersede", writes, value=130, reason="Read anew").status_code == 201
    assert post(client, first, "restore", writes).status_code == 409


def test_a_figure_of_another_event_is_not_found(
    client: TestClient, db: Session, figure: Figure, writes: dict[str, str]
) -> None:
    other = make_event(db, "Another")
    db.commit()
    address = f"/api/v1/events/{other.ref}/figures/{figure.id}"
    assert client.post(f"{address}/withdraw", json={"reason": "x"}, headers=writes).status_code == 404
    assert client.get(address).status_code == 404


def test_the_database_keeps_what_was_said(db: Session, figure: Figure) -> None:
    with pytest.raises(IntegrityError):
        db.execute(text("UPDATE figures SET value = 1 WHERE id = :id"), {"id": figure.id})


def test_who_may_not_write_may_do_nothing(client: TestClient, cast: Cast, figure: Figure) -> None:
    reads = cast.program("records:read-centre")
    for what, body in (("supersede", {"value": 1, "reason": "x"}), ("withdraw", {"reason": "x"}), ("restore", {})):
        assert post(client, figure, what, reads, **body).status_code == 403
