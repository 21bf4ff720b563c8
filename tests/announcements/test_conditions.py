"""Conditions: all that are given must be met, each by one of its values; compared with a plain reading of that sentence."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import history
from app.announcements import actions, queries
from app.announcements.schemas import ConditionsIn
from app.errors import Invalid
from app.events.models import EventArea
from app.languages import speaking
from app.permissions import PORTAL
from tests.make import make_area, make_event, make_subscription, make_user

LEVELS = ("green", "orange", "red")
COUNTRIES, HAZARDS, AREAS = ("KAZ", "KGZ", "TJK"), ("EQ", "FL", "MS"), ("A", "A1", "B")
KINDS = ("event.logged", "event.changed", "event.closed", "event.alert_raised")


@dataclass
class Fact:
    """An event and what is told of it."""

    countries: list[str]
    areas: list[str]
    hazard: str
    level: str | None
    was_level: str | None
    status: str
    was_status: str | None
    kind: str
    exercise: bool
    id: UUID | None = None


def meets(fact: Fact, wanted: dict[str, Any]) -> bool:
    """The sentence, in plain words."""
    within = {"A": {"A", "A1"}, "A1": {"A1"}, "B": {"B"}}
    reached = [LEVELS.index(level) for level in (fact.level, fact.was_level) if level]
    return all(
        (
            not wanted["countries"] or bool(set(wanted["countries"]) & set(fact.countries)),
            not wanted["areas"] or any(within[area] & set(fact.areas) for area in wanted["areas"]),
            not wanted["hazards"] or fact.hazard in wanted["hazards"],
            wanted["alert_at_least"] is None or max(reached, default=-1) >= LEVELS.index(wanted["alert_at_least"]),
            not wanted["statuses"] or fact.status in wanted["statuses"] or fact.was_status in wanted["statuses"],
            not wanted["kinds"] or fact.kind in wanted["kinds"],
            wanted["exercises"] == "yes" or (wanted["exercises"] == "only") == fact.exercise,
        )
    )


def some(values: tuple[str, ...], at_least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True, min_size=at_least, max_size=2)


FACTS = st.builds(
    Fact,
    countries=some(COUNTRIES, 1), areas=some(AREAS), hazard=st.sampled_from(HAZARDS),
    level=st.sampled_from((None, *LEVELS)), was_level=st.sampled_from((None, None, *LEVELS)),
    status=st.sampled_from(("alert", "ongoing", "closed")), was_status=st.sampled_from((None, "alert", "ongoing")),
    kind=st.sampled_from(KINDS), exercise=st.booleans(), id=st.none(),
)  # fmt: skip
WANTED = st.fixed_dictionaries(
    {
        "countries": some(COUNTRIES), "areas": some(AREAS), "hazards": some(HAZARDS),
        "alert_at_least": st.sampled_from((None, None, *LEVELS)), "statuses": some(("alert", "ongoing", "closed")),
        "kinds": some(KINDS), "exercises": st.sampled_from(("no", "yes", "only")),
    }
)  # fmt: skip


@pytest.fixture
def areas(db: Session) -> dict[str, UUID]:
    above = make_area(db, "A")
    made = {"A": above.id, "A1": make_area(db, "A1", parent_id=above.id, level=2).id, "B": make_area(db, "B", 75).id}
    db.commit()
    return made


def tell(db: Session, fact: Fact, areas: dict[str, UUID]) -> UUID:
    event = make_event(
        db, "Something", *fact.countries, hazard_code=fact.hazard, alert_level=fact.level, status=fact.status,
        exercise=fact.exercise,
    )  # fmt: skip
    db.add_all(EventArea(event_id=event.id, area_id=areas[code]) for code in fact.areas)
    history.record(db, PORTAL, "changed", "events", event.id, ref=event.ref, visibility="public")
    values = {"event": event.id, "kind": fact.kind, "level": fact.was_level, "status": fact.was_status}
    asked = """UPDATE announcements SET event_id = :event, kind = :kind, was_alert_level = :level, was_status = :status
    WHERE record_id = :event RETURNING id"""
    id: UUID = db.execute(text(asked), values).scalar_one()
    return id


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.lists(FACTS, min_size=1, max_size=6), wanted=WANTED)
def test_the_database_reads_them_as_a_person_would(
    db: Session, areas: dict[str, UUID], facts: list[Fact], wanted: dict[str, Any]
) -> None:
    for fact in facts:
        fact.id = tell(db, fact, areas)
    subscription = make_subscription(db, make_user(db, "reader"), **wanted)
    ids = [fact.id for fact in facts if fact.id]
    met = queries.conditions_met(db, "subscriptions", "TRUE", ids)
    assert [id for whose, id in met if whose == subscription.id] == [fact.id for fact in facts if meets(fact, wanted)]
    db.rollback()


def test_they_are_checked_against_what_there_is(db: Session) -> None:
    with pytest.raises(Invalid) as refused:
        actions.check_conditions(db, ConditionsIn(countries=["XXX", "KAZ"], hazards=["ZZ"], areas=["nowhere"]))
    assert [error["field"] for error in refused.value.errors] == ["countries", "hazards", "areas"]
    actions.check_conditions(db, ConditionsIn(countries=["KAZ"], hazards=["EQ"], areas=["KZ-75"]))


def test_they_are_said_in_words(db: Session) -> None:
    wanted = ConditionsIn(countries=["KAZ", "KGZ"], alert_at_least="orange", exercises="only", areas=["KZ-75"])
    said = dict(actions.in_words(db, actions.conditions_of(wanted)))
    assert said["Countries"] == "Kazakhstan / Kyrgyzstan"
    assert said["Alert level at least"] == "Orange"
    assert said["Exercises"] == "exercises only"
    with speaking("ru"):
        assert "Казахстан" in " ".join(which for _what, which in actions.in_words(db, actions.conditions_of(wanted)))
