"""A feed that says something else updates the candidate and shows the difference; what matters after a decision is raised."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.inbox.models import Candidate, CandidateChange
from app.inbox.sorting import forget_old
from app.intake.models import FeedItem
from tests.conftest import Cast
from tests.inbox.telling import revise, sort_all, tell

STAR = {"If-Match": "*"}


@pytest.fixture
def operator(cast: Cast) -> dict[str, str]:
    return cast.person("operator")


def decide(client: TestClient, one: Candidate, operator: dict[str, str], verb: str = "dismiss") -> None:
    body: dict[str, Any] = {"reason": "Nothing follows"} if verb == "dismiss" else {}
    assert client.post(f"/api/v1/inbox/{one.ref}/{verb}", json=body, headers=STAR | operator).status_code == 200


def changes(db: Session) -> list[CandidateChange]:
    return list(db.scalars(select(CandidateChange).order_by(CandidateChange.id)))


def told(db: Session, **said: Any) -> tuple[FeedItem, Candidate]:
    item = tell(db, **said)
    return item, sort_all(db)[0]


def test_the_difference_is_kept_field_by_field_with_its_feed(db: Session) -> None:
    item, _one = told(db, alert_level="green")
    revise(db, item, magnitude=6.1, alert_level="orange", summary="other words")
    (one,) = sort_all(db)
    (change,) = changes(db)
    assert (one.magnitude, one.alert_level, one.urgent) == (6.1, "orange", True)
    assert (change.feed, change.revision) == ("usgs", 2)
    assert change.was == {"magnitude": 5.8, "alert_level": "green"}
    assert change.is_now == {"magnitude": 6.1, "alert_level": "orange"}


def test_two_revisions_between_two_sortings_are_one_difference(db: Session) -> None:
    item, _one = told(db)
    revise(db, item, magnitude=6.0)
    revise(db, item, magnitude=6.3)
    sort_all(db)
    assert [change.is_now for change in changes(db)] == [{"magnitude": 6.3}]


@pytest.mark.parametrize("verb", ["dismiss", "event"])
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"magnitude": 6.4}, "magnitude"),
        ({"magnitude": None}, "magnitude"),
        ({"alert_level": "red"}, "alert_level"),
        ({"geometry": {"type": "Point", "coordinates": [71.2, 40.6]}}, "geometry"),
        ({"is_cancelled": True}, "cancelled"),
        ({"is_exercise": True}, "is_exercise"),
    ],
)
def test_what_matters_after_a_decision_brings_it_back_to_the_top(
    client: TestClient, db: Session, operator: dict[str, str], verb: str, said: dict[str, Any], field: str
) -> None:
    item, one = told(db)
    tell(db, "usgs", "other", started_at="2026-07-09T00:00:00Z", magnitude=7.5)
    sort_all(db)
    decide(client, one, operator, verb)
    revise(db, item, **said)
    sort_all(db)
    first = client.get("/api/v1/inbox?waiting=true", headers=operator).json()["results"][0]
    assert (first["ref"], first["changed"], first["changed_fields"]) == (one.ref, True, [field])


@pytest.mark.parametrize(
    "said",
    [
        {"magnitude": 5.9},
        {"depth_km": 30.0},
        {"title": "M 5.8 - Isfara"},
        {"geometry": {"type": "Point", "coordinates": [70.66, 40.33]}},
        {"ended_at": "2026-07-09T00:00:00Z"},
    ],
)
def test_what_does_not_matter_leaves_it_decided(
    client: TestClient, db: Session, operator: dict[str, str], said: dict[str, Any]
) -> None:
    item, one = told(db)
    decide(client, one, operator)
    revise(db, item, **said)
    assert not sort_all(db)[0].waits
    assert len(changes(db)) == 1


def test_small_steps_that_add_up_matter(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    item, one = told(db)
    decide(client, one, operator)
    for magnitude in (5.9, 6.0, 6.1):
        revise(db, item, magnitude=magnitude)
        (one,) = sort_all(db)
    assert one.is_changed


def test_seen_it_rests_until_something_else_matters(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    item, one = told(db)
    decide(client, one, operator)
    revise(db, item, magnitude=6.4)
    sort_all(db)
    decide(client, one, operator, "seen")
    revise(db, item, summary="more words")
    assert not sort_all(db)[0].waits
    revise(db, item, magnitude=6.9)
    assert sort_all(db)[0].waits


def test_another_feed_that_tells_of_it_graver_raises_it_too(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    _item, one = told(db)
    decide(client, one, operator)
    tell(db, "gdacs", "EQ1", alert_level="red")
    (again,) = sort_all(db)
    assert (again.id, again.changed) == (one.id, ["alert_level"])


def test_what_one_source_takes_back_others_still_say(db: Session) -> None:
    item = tell(db, "usgs", "us1", magnitude=5.8)
    tell(db, "emsc", "e1", magnitude=5.4)
    sort_all(db)
    revise(db, item, is_cancelled=True)
    (one,) = sort_all(db)
    assert (one.is_cancelled, one.magnitude, one.chosen["magnitude"]) == (False, 5.4, "emsc")


def test_taken_back_by_all_it_is_marked_and_still_waits(db: Session) -> None:
    item, _one = told(db)
    revise(db, item, is_cancelled=True)
    (one,) = sort_all(db)
    assert (one.is_cancelled, one.status) == (True, "undecided")


def test_a_cap_update_under_a_new_identifier_is_a_revision_of_what_it_names(db: Session) -> None:
    warning: dict[str, Any] = {"hazard": "FL", "magnitude": None, "magnitude_type": ""}
    tell(
        db,
        "met",
        "a",
        **warning,
        related_keys=["cap:met,a"],
        severity_text="Moderate",
        updated_at="2026-07-08T06:00:00Z",
    )
    sort_all(db)
    tell(
        db,
        "met",
        "b",
        **warning,
        related_keys=["cap:met,b", "cap:met,a"],
        severity_text="Severe",
        updated_at="2026-07-08T09:00:00Z",
    )
    sort_all(db)
    tell(db, "met", "c", **warning, related_keys=["cap:met,c", "cap:met,b"], is_cancelled=True, severity_text="Severe",
         updated_at="2026-07-08T12:00:00Z")  # fmt: skip
    (one,) = sort_all(db)
    assert one.is_cancelled
    assert [change.is_now for change in changes(db)] == [{"severity_text": "Severe"}, {"is_cancelled": True}]


def test_an_older_message_that_comes_late_changes_nothing(db: Session) -> None:
    tell(db, "met", "b", related_keys=["cap:met,b", "cap:met,a"], magnitude=6.0, updated_at="2026-07-08T09:00:00Z")
    sort_all(db)
    tell(db, "met", "a", related_keys=["cap:met,a"], magnitude=5.0, updated_at="2026-07-08T06:00:00Z")
    (one,) = sort_all(db)
    assert one.magnitude == 6.0
    assert changes(db) == []


def test_an_end_is_shown(db: Session) -> None:
    item, _one = told(db, hazard="WF", magnitude=None)
    revise(db, item, ended_at="2026-07-10T00:00:00Z")
    (one,) = sort_all(db)
    assert one.ended_at


def test_dropped_and_dismissed_ones_are_forgotten_after_their_time_and_linked_ones_never(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    tell(db, "usgs", "event")
    tell(db, "usgs", "dismissed", started_at="2026-07-01T00:00:00Z")
    tell(db, "usgs", "dropped", started_at="2026-06-01T00:00:00Z", magnitude=3.0)
    tell(db, "usgs", "waiting", started_at="2026-05-01T00:00:00Z")
    event, dismissed, dropped, waiting = sort_all(db)
    linked = {event.id, waiting.id}
    assert dropped.status == "dropped"
    decide(client, event, operator, "event")
    decide(client, dismissed, operator)
    forget_old(db)
    db.commit()
    assert len(sort_all(db)) == 4
    db.execute(text("ALTER TABLE candidates DISABLE TRIGGER touch"))
    db.execute(text("UPDATE candidates SET updated_at = now() - interval '91 days'"))
    forget_old(db)
    db.commit()
    assert {one.id for one in sort_all(db)} == linked
    assert db.scalar(text("SELECT count(*) FROM feed_items WHERE candidate_id IS NULL AND sorted_at IS NOT NULL")) == 2
