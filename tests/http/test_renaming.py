"""A record shows names of others. When one of those is corrected, followers get the record again and search finds it."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import EventArea
from app.places.models import Area
from tests.make import make_capacity, make_event, make_figure, make_source
from tests.waiting import soon


@pytest.fixture
def told(db: Session) -> None:
    """An event in Batken with one headline figure, and a capacity in Kyrgyzstan."""
    event = make_event(db, "Landslide", "KGZ", hazard_code="LS")
    batken = db.scalar(select(Area).where(Area.iso == "KG-B"))
    db.add(EventArea(event_id=event.id, area_id=batken.id))
    make_figure(db, event, is_headline=True, source_id=make_source(db, "BULLETIN").id)
    make_capacity(db, country_iso3="KGZ")
    db.commit()


@pytest.mark.parametrize(
    ("noun", "correction"),
    [
        ("events", "UPDATE sources SET name = 'Zebra bulletin' WHERE code = 'BULLETIN'"),
        ("events", """UPDATE areas SET names = names || '{"en": "Zebra"}' WHERE iso = 'KG-B'"""),
        ("events", """UPDATE hazards SET names = names || '{"en": "Zebra"}' WHERE code = 'LS'"""),
        ("events", """UPDATE countries SET names = names || '{"en": "Zebra"}' WHERE iso3 = 'KGZ'"""),
        ("capacities", """UPDATE countries SET names = names || '{"en": "Zebra"}' WHERE iso3 = 'KGZ'"""),
        ("capacities", """UPDATE units SET names = names || '{"en": "Zebra"}' WHERE code = 'team'"""),
        (
            "areas",
            "DELETE FROM area_predecessors WHERE area_id = (SELECT min(area_id::text)::uuid FROM area_predecessors)",
        ),
    ],
)
def test_what_a_record_shows_of_others_changes_the_record(
    client: TestClient, db: Session, told: None, noun: str, correction: str
) -> None:
    since = db.scalar(text("SELECT clock_timestamp()"))
    db.execute(text(correction))
    db.commit()

    def changed() -> dict[str, Any]:
        answer: dict[str, Any] = client.get(f"/api/v1/{noun}", params={"updated_since": since.isoformat()}).json()
        return answer

    found = soon(changed, lambda answer: answer["count"] > 0)
    assert found["count"] > 0
    assert noun == "areas" or "Zebra" in str(found["results"])


def test_an_event_is_found_by_the_new_name_of_its_area(client: TestClient, db: Session, told: None) -> None:
    db.execute(text("""UPDATE areas SET names = names || '{"en": "Zebraland"}' WHERE iso = 'KG-B'"""))
    db.commit()
    found = soon(lambda: client.get("/api/v1/events?q=zebraland").json(), lambda answer: bool(answer["count"]))
    assert "Landslide" in [event["title"] for event in found["results"]]
