"""Rows for tests: one plain function a table, with sensible values that `changes` override."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import app.models  # noqa: F401  every table, so that foreign keys find theirs
from app.capacities.models import Capacity
from app.events.models import Event, EventCountry
from app.people.models import Organisation
from app.reference.models import ResourceType


def make_organisation(db: Session, code: str = "TEST-ORG", **changes: Any) -> Organisation:
    found = db.scalar(select(Organisation).where(Organisation.code == code))
    if found:
        return found
    values = {"code": code, "names": {"en": code.title()}, "kind": "other", "source": "test"} | changes
    return add(db, Organisation(**values))


def make_capacity(db: Session, name: str = "Medium USAR team, Almaty", lon: float = 76.9, lat: float = 43.2, **changes: Any) -> Capacity:
    values = {
        "names": {"en": name},
        "type_code": "usar-medium",
        "country_iso3": "KAZ",
        "quantity": 1,
        "unit_code": "team",
        "quantity_available": 1,
        "status": "available",
        "location": f"SRID=4326;POINT({lon} {lat})",
    } | changes
    values.setdefault("organisation_id", make_organisation(db).id)
    kind = db.get_one(ResourceType, values["type_code"]).kind
    return add(db, Capacity(kind=kind, **values))


def make_event(db: Session, title: str = "Mudflow above Almaty", *countries: str, **changes: Any) -> Event:
    values = {
        "titles": {"en": title},
        "hazard_code": "MS",
        "status": "ongoing",
        "started_at": "2026-07-08T05:30:00Z",
        "geometry": "SRID=4326;POINT(76.98 43.15)",
        "geometry_precision": "approximate",
    } | changes
    event = add(db, Event(**values))
    db.add_all(EventCountry(event_id=event.id, country_iso3=iso3) for iso3 in countries or ("KAZ",))
    db.flush()
    return event


def add(db: Session, thing: Any) -> Any:
    db.add(thing)
    db.flush()
    db.refresh(thing)
    return thing
