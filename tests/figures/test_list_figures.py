"""Figures: each with its source; the headline stands in the event, all of them stand below it and are never added up."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from tests.make import make_event, make_figure, make_source


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db, "Flood that three sources counted", "TJK", hazard_code="FL")
    ministry = make_source(db, "MINISTRY", name="Ministry bulletin 3", url="https://example.org/3")
    agency = make_source(db, "AGENCY", kind="un")
    make_figure(db, event, "dead", 12, source_id=ministry.id, as_of="2026-07-12")
    make_figure(db, event, "dead", 15, source_id=agency.id, as_of="2026-07-11", qualifier="at_least", method="media")
    make_figure(db, event, "affected", None, low=4000, high=5000, qualifier="range", source_id=agency.id)
    make_figure(db, event, "affected", 900, source_id=ministry.id, country_iso3="TJK", note={"en": "Rasht only"})
    make_figure(db, event, "evacuated", 0, source_id=ministry.id)
    db.commit()
    return event


def figures(client: TestClient, event: Event, **params: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/events/{event.ref}/figures", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_the_headline_carries_its_source_and_day(client: TestClient, event: Event) -> None:
    shown = client.get(f"/api/v1/events/{event.ref}").json()["figures"]
    assert shown["dead"] == {
        "value": 12, "low": None, "high": None, "qualifier": "exact", "as_of": "2026-07-12",
        "source": {"code": "MINISTRY", "name": "Ministry bulletin 3", "url": "https://example.org/3"},
    }  # fmt: skip


def test_a_range_has_no_value_and_what_nobody_counted_is_null(client: TestClient, event: Event) -> None:
    shown = client.get(f"/api/v1/events/{event.ref}").json()["figures"]
    assert (shown["affected"]["value"], shown["affected"]["low"], shown["affected"]["high"]) == (None, 4000, 5000)
    assert shown["missing"] is None
    assert set(shown) == {"dead", "missing", "injured", "affected", "displaced", "houses_destroyed"}


def test_all_figures_stand_below_the_event_the_latest_said_first(client: TestClient, event: Event) -> None:
    assert [one["indicator"]["code"] for one in figures(client, event)] == [
        "evacuated", "affected", "affected", "dead", "dead",
    ]  # fmt: skip


def test_figures_are_ordered_by_indicator_where_asked(client: TestClient, event: Event) -> None:
    found = figures(client, event, ordering="indicator")
    assert [(one["indicator"]["code"], one["source"]["code"]) for one in found] == [
        ("dead", "MINISTRY"), ("dead", "AGENCY"), ("affected", "AGENCY"), ("affected", "MINISTRY"), ("evacuated", "MINISTRY"),
    ]  # fmt: skip
    assert found[3]["country"] == {"iso3": "TJK", "name": "Tajikistan"}
    assert found[3]["note"] == "Rasht only"


@pytest.mark.parametrize(
    ("params", "many"),
    [
        ({"indicator": "dead"}, 2),
        ({"indicator": "dead,evacuated"}, 3),
        ({"source": "AGENCY"}, 2),
        ({"headline": "true"}, 3),
        ({"headline": "false"}, 2),
        ({"country": "TJK"}, 1),
        ({"q": "ministry"}, 3),
        ({"limit": 1}, 1),
    ],
)
def test_figures_are_filtered(client: TestClient, event: Event, params: dict[str, Any], many: int) -> None:
    assert len(figures(client, event, **params)) == many


@pytest.mark.parametrize("ordering", ["as_of", "-as_of", "value", "-value", "indicator", "-indicator"])
def test_every_order_pages_through_all_figures_once(client: TestClient, event: Event, ordering: str) -> None:
    page = client.get(f"/api/v1/events/{event.ref}/figures", params={"ordering": ordering, "limit": 2}).json()
    seen = [one["id"] for one in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [one["id"] for one in page["results"]]
    assert len(seen) == len(set(seen)) == 5


def test_figures_of_one_event_are_not_those_of_another(client: TestClient, db: Session, event: Event) -> None:
    other = make_event(db, "Another flood")
    make_figure(db, other, "dead", 99)
    db.commit()
    assert [one["value"] for one in figures(client, other)] == [99]
    assert 99 not in [one["value"] for one in figures(client, event)]


def test_a_new_figure_is_a_change_of_its_event(client: TestClient, db: Session, event: Event) -> None:
    before = client.get(f"/api/v1/events/{event.ref}").json()["updated_at"]
    make_figure(db, event, "injured", 3)
    db.commit()
    after = client.get("/api/v1/events", params={"updated_since": before}).json()["results"]
    assert [one["ref"] for one in after if one["updated_at"] > before] == [event.ref]


def test_sources_are_a_code_list(client: TestClient, event: Event) -> None:
    found = client.get("/api/v1/reference/sources", params={"q": "Ministry bulletin 3"}).json()["results"]
    assert found[0]["code"] == "MINISTRY"
    assert found[0]["url"] == "https://example.org/3"
