"""Administrators say in ordered rules what becomes of candidates; the first that fits decides, and each can be tried out."""

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from app.inbox.models import InboxRule
from tests.conftest import Cast
from tests.inbox.telling import revise, sort_all, sorted_one, tell
from tests.make import make_event

PUBLISH: dict[str, Any] = {"does": "publish", "hazards": ["EQ"], "magnitude_from": 5.5, "event_visibility": "partners"}


@pytest.fixture
def administrator(cast: Cast) -> dict[str, str]:
    return cast.person("administrator")


def add(db: Session, position: int = 0, **said: Any) -> InboxRule:
    rule = InboxRule(**{"position": position, "does": "keep"} | said)
    db.add(rule)
    db.commit()
    return rule


def logged(db: Session) -> list[Event]:
    return list(db.scalars(select(Event).where(Event.ref > "EV-2026-01")))


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({"feeds": ["usgs"]}, True),
        ({"feeds": ["emsc", "gdacs"]}, False),
        ({"hazards": ["EQ", "FL"]}, True),
        ({"hazards": ["FL"]}, False),
        ({"countries": ["TJK"]}, True),
        ({"countries": ["KAZ"]}, False),
        ({"area": "TJ-SU"}, True),
        ({"area": "KZ-75"}, False),
        ({"magnitude_from": 5.8}, True),
        ({"magnitude_from": 5.9}, False),
        ({"magnitude_below": 5.9}, True),
        ({"magnitude_below": 5.8}, False),
        ({"depth_to_km": 12}, True),
        ({"depth_to_km": 11}, False),
        ({"depth_from_km": 13}, False),
        ({"alert_from": "green"}, True),
        ({"alert_from": "orange"}, False),
        ({"alert_to": "green"}, True),
        ({"words": "ISFARA"}, True),
        ({"words": "almaty"}, False),
        ({"feeds": ["usgs"], "hazards": ["EQ"], "words": "almaty"}, False),
    ],
)
def test_a_rule_drops_what_fulfils_all_its_conditions(db: Session, conditions: dict[str, Any], fits: bool) -> None:
    rule = add(db, does="drop", reason="As the Centre wishes", **conditions)
    one = sorted_one(db, alert_level="green", geometry={"type": "Point", "coordinates": [70.5, 40.1]})
    assert (one.status == "dropped") == fits, one.areas
    assert (one.rule_id == rule.id) == fits


@pytest.mark.parametrize(
    "condition", [{"magnitude_from": 1}, {"magnitude_below": 9}, {"depth_from_km": 0}, {"alert_to": "red"}]
)
def test_what_is_not_known_fulfils_no_condition(db: Session, condition: dict[str, Any]) -> None:
    add(db, does="drop", reason="x", **condition)
    assert sorted_one(db, magnitude=None, depth_km=None).status == "undecided"


def test_the_first_that_fits_decides(db: Session) -> None:
    add(db, -1, does="keep", words="kept by hand")
    add(db, 0, does="drop", reason="x", hazards=["EQ"])
    tell(db, "usgs", "kept", title="KEPT by hand")
    tell(db, "usgs", "dropped", title="M 5.8 elsewhere", started_at="2026-07-01T00:00:00Z")
    assert [one.status for one in sort_all(db)] == ["undecided", "dropped"]


def test_a_rule_that_is_not_in_use_does_nothing(db: Session) -> None:
    add(db, does="drop", reason="x", is_enabled=False)
    assert sorted_one(db).status == "undecided"


def test_outside_the_region_a_rule_holds_only_where_it_says_so(db: Session) -> None:
    japan = {"geometry": {"type": "Point", "coordinates": [139.7, 35.7]}}
    add(db, does="keep", hazards=["EQ"])
    tell(db, "usgs", "a", **japan)
    assert sort_all(db)[0].status == "dropped"
    add(db, -1, does="keep", hazards=["EQ"], anywhere=True)
    tell(db, "usgs", "b", **japan, started_at="2026-07-01T00:00:00Z")
    assert sort_all(db)[1].status == "undecided"


def test_no_rule_publishes_by_default(db: Session) -> None:
    sorted_one(db, magnitude=8.0, alert_level="red")
    assert logged(db) == []


def test_a_publishing_rule_logs_the_event_by_the_portal_itself_and_history_names_it(db: Session) -> None:
    rule = add(db, **PUBLISH)
    one = sorted_one(db)
    (event,) = logged(db)
    assert (one.status, one.event_id, one.rule_id) == ("event", event.id, rule.id)
    assert (event.visibility, event.status, event.titles) == ("partners", "ongoing", one.titles)
    line = db.scalars(select(History).where(History.record_id == event.id)).one()
    assert (line.actor_kind, line.action) == ("portal", "logged")
    assert "Rule 0 of the inbox" in line.reason


@pytest.mark.parametrize(
    "said", [{"is_exercise": True}, {"is_test": True}, {"is_cancelled": True}, {"hazard": None}, {"geometry": None}]
)
def test_exercises_tests_and_what_lacks_something_are_never_published(db: Session, said: dict[str, Any]) -> None:
    add(db, does="publish", magnitude_from=5)
    one = sorted_one(db, **said)
    assert logged(db) == []
    assert one.status == "undecided"


def test_what_may_be_here_already_waits_for_an_operator(db: Session) -> None:
    make_event(db, "Isfara earthquake", "TJK", hazard_code="EQ", started_at="2026-07-08T05:30:00Z",
               started_precision="minute", geometry="SRID=4326;POINT(70.65 40.3)")  # fmt: skip
    add(db, **PUBLISH)
    one = sorted_one(db)
    assert (one.status, one.urgent, len(logged(db))) == ("undecided", True, 1)


def test_a_second_feed_publishes_nothing_again_and_neither_does_a_revision(db: Session) -> None:
    add(db, **PUBLISH)
    item = tell(db, "usgs", "us1")
    sort_all(db)
    tell(db, "emsc", "e1")
    revise(db, item, magnitude=5.9)
    sort_all(db)
    assert len(logged(db)) == 1


def test_what_an_operator_took_back_is_not_published_again(client: TestClient, db: Session, cast: Cast) -> None:
    add(db, **PUBLISH)
    item = tell(db, "usgs", "us1")
    (one,) = sort_all(db)
    headers = cast.person("operator") | {"If-Match": "*"}
    body = {"reason": "A blast", "withdraw_event": True}
    assert client.post(f"/api/v1/inbox/{one.ref}/take-back", json=body, headers=headers).status_code == 200
    revise(db, item, magnitude=6.2)
    assert sort_all(db)[0].status == "undecided"
    assert [event for event in logged(db) if not event.withdrawn_at] == []


# -- on pages


def order(page: str) -> list[str]:
    return re.findall(r"<li[^>]*>\s*<p><b>([^<]+)</b>", page)


def test_rules_stand_in_words_in_their_order_with_what_they_caught(
    client: TestClient, db: Session, administrator: dict[str, str]
) -> None:
    sorted_one(db, magnitude=4.0)
    page = client.get("/inbox/rules", headers=administrator).text
    assert order(page) == ["Mark as urgent", "Mark as urgent", "Drop", "Drop", "Keep"]
    assert "magnitude below 4.5" in page
    assert "It decided on 1 candidate" in page


def test_a_rule_is_added_off_tried_out_and_then_moved_up_and_used(
    client: TestClient, db: Session, administrator: dict[str, str]
) -> None:
    sorted_one(db)
    typed = {"does": "drop", "reason": "Blasts", "hazards": ["EQ"], "depth_to_km": "12,5", "key": "k1"}
    answer = client.post("/inbox/rules", data=typed, headers=administrator, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    trial = client.get(answer.headers["location"], headers=administrator).text
    assert "Of 1 candidate, 1 fulfils its conditions." in trial
    assert "It would have decided on 1 of them" in trial
    assert "Earthquake M 5.8" in trial
    rule = db.scalars(select(InboxRule).where(InboxRule.reason == "Blasts")).one()
    assert (rule.position, rule.is_enabled, rule.depth_to_km) == (4, False, 12.5)
    for number in range(3):
        client.post(f"/inbox/rules/{rule.id}/move", data={"to": "up", "key": f"m{number}"}, headers=administrator)
    client.post(f"/inbox/rules/{rule.id}", data=typed | {"is_enabled": "true", "key": "k2"}, headers=administrator)
    db.expire_all()
    assert db.get_one(InboxRule, rule.id).position == 1
    tell(db, "usgs", "next", started_at="2026-07-01T00:00:00Z")
    assert [one.status for one in sort_all(db)] == ["undecided", "dropped"]
    done = db.scalars(select(History.action).where(History.noun == "inbox_rules").order_by(History.id)).all()
    assert done == ["added", "moved", "moved", "moved", "changed"]


def test_a_trial_counts_only_what_no_rule_before_it_takes(
    client: TestClient, db: Session, administrator: dict[str, str]
) -> None:
    tell(db, "usgs", "weak", magnitude=4.0, started_at="2026-07-01T00:00:00Z")
    tell(db, "usgs", "strong")
    sort_all(db)
    rule = add(db, 9, does="urgent", hazards=["EQ"], is_enabled=False)
    trial = client.get(f"/inbox/rules/{rule.id}/trial", headers=administrator).text
    assert "Of 2 candidates, 2 fulfil its conditions." in trial
    assert "It would have decided on 1 of them" in trial


@pytest.mark.parametrize(
    "typed",
    [
        {"does": "drop"},
        {"does": "publish"},
        {"does": "explode"},
        {"does": "keep", "hazards": ["ZZ"]},
        {"does": "keep", "magnitude_from": "strong"},
        {"does": "keep", "magnitude_from": "99"},
        {"does": "keep", "area": "XX-1"},
        {"does": "keep", "words": "x" * 101},
    ],
)
def test_what_cannot_be_a_rule_comes_back_as_typed(
    client: TestClient, db: Session, administrator: dict[str, str], typed: dict[str, Any]
) -> None:
    answer = client.post("/inbox/rules", data=typed | {"key": "k"}, headers=administrator)
    assert answer.status_code == 422
    assert "This was not saved yet" in answer.text
    assert len(db.scalars(select(InboxRule)).all()) == 3


def test_a_rule_is_removed_and_what_it_dropped_stays_dropped(
    client: TestClient, db: Session, administrator: dict[str, str]
) -> None:
    one = sorted_one(db, magnitude=4.0)
    client.post(f"/inbox/rules/{one.rule_id}/remove", data={"key": "k"}, headers=administrator)
    db.expire_all()
    (one,) = sort_all(db)
    assert (one.status, one.rule_id) == ("dropped", None)
    assert "M 4.5" in one.reason
    assert db.scalars(select(InboxRule.position).order_by(InboxRule.position)).all() == [1, 2]


def test_operators_do_not_change_rules(client: TestClient, db: Session, cast: Cast) -> None:
    operator = cast.person("operator")
    assert client.get("/inbox/rules", headers=operator).status_code == 403
    assert client.post("/inbox/rules", data={"does": "keep"}, headers=operator).status_code == 403
