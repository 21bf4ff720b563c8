"""An operator decides: it becomes an event in one press, is joined with one, dismissed, or taken back; nobody decides twice."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event, EventGlide
from app.history import History
from app.inbox.models import Candidate
from tests.conftest import Cast
from tests.inbox.telling import revise, sort_all, sorted_one, tell
from tests.make import make_event, make_glide

STAR = {"If-Match": "*"}


@pytest.fixture
def operator(cast: Cast) -> dict[str, str]:
    return cast.person("operator", name="Aida Operator")


def post(client: TestClient, one: Candidate, verb: str, headers: dict[str, str], **body: Any) -> Any:
    return client.post(f"/api/v1/inbox/{one.ref}/{verb}", json=body, headers=STAR | headers)


def done(db: Session, one: Candidate) -> list[str]:
    db.expire_all()
    rows = db.scalars(
        select(History).where(History.noun == "candidates", History.record_id == one.id).order_by(History.id)
    )
    return [row.action for row in rows]


def new_events(db: Session) -> list[Event]:
    db.expire_all()
    return list(db.scalars(select(Event).where(Event.ref > "EV-2026-01").order_by(Event.ref)))


def test_one_press_logs_the_event_that_feeds_tell_of(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    tell(db, "usgs", "us1")
    tell(db, "gdacs", "EQ1", alert_level="orange", glides=["eq 2026 123 tjk"])
    (one,) = sort_all(db)
    answer = post(client, one, "event", operator)
    assert answer.status_code == 200, answer.text
    event = client.get(f"/api/v1/events/{answer.json()['event']}", headers=operator).json()
    assert event["title"] == one.titles["en"]
    assert (event["hazard"]["code"], event["alert_level"], event["started_precision"]) == ("EQ", "orange", "minute")
    assert event["started_at"].startswith("2026-07-08T05:30:10")
    assert event["glide"] == ["EQ-2026-000123-TJK"]
    levels = client.get(f"/api/v1/events/{event['ref']}/alert-levels", headers=operator).json()["results"]
    assert [level["reason"] for level in levels] == ["Alert level of GDACS: alerts of all hazards"]
    assert event["geometry"] == {"type": "Point", "coordinates": [70.63, 40.32]}
    assert [country["iso3"] for country in event["countries"]] == ["UZB"]
    assert one.countries == ["KGZ", "TJK", "UZB"]
    assert event["areas"]
    assert "depth 12.0 km" in event["summary"]
    assert done(db, one) == ["made an event"]
    russian = client.get(f"/api/v1/events/{event['ref']}?lang=ru", headers=operator).json()
    assert russian["title"] == one.titles["ru"]
    assert "глубина 12,0 км" in russian["summary"]


def test_figures_are_never_invented(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    one = sorted_one(db, "gdacs", "EQ1", population=500_000, severity_text="12 dead")
    event = post(client, one, "event", operator).json()["event"]
    assert client.get(f"/api/v1/events/{event}/figures", headers=operator).json()["count"] == 0


def test_of_two_who_decide_the_second_is_told_who_decided_what(
    client: TestClient, db: Session, cast: Cast, operator: dict[str, str]
) -> None:
    one = sorted_one(db)
    event = post(client, one, "event", operator).json()["event"]
    second = post(client, one, "dismiss", cast.person("operator"), reason="Too deep")
    assert second.status_code == 409
    assert "Aida Operator" in second.json()["detail"]
    assert event in second.json()["detail"]
    assert len(new_events(db)) == 1


def test_the_same_key_sent_twice_decides_once(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    one = sorted_one(db)
    key = {"Idempotency-Key": "the line broke"}
    first, again = (post(client, one, "event", operator | key) for _ in range(2))
    assert first.json() == again.json()
    assert len(new_events(db)) == 1


def test_what_changed_since_it_was_read_is_looked_at_again(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    item = tell(db)
    (one,) = sort_all(db)
    etag = client.get(f"/api/v1/inbox/{one.ref}", headers=operator).headers["etag"]
    revise(db, item, magnitude=6.9)
    sort_all(db)
    assert post(client, one, "event", operator | {"If-Match": etag}).status_code == 412


def test_what_may_be_here_already_is_said_before_it_is_logged_twice(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    here = make_event(db, "Isfara earthquake", "TJK", hazard_code="EQ", started_at="2026-07-08T05:30:00Z",
                      started_precision="minute", geometry="SRID=4326;POINT(70.65 40.3)")  # fmt: skip
    one = sorted_one(db)
    answer = post(client, one, "event", operator)
    assert answer.status_code == 409
    assert here.ref in answer.json()["detail"]
    assert post(client, one, "event", operator, nevertheless=True).status_code == 200


def test_a_shock_of_the_same_sequence_is_proposed_but_not_taken_for_the_same(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    make_event(db, "Main shock", "TJK", hazard_code="EQ", started_at="2026-07-08T04:00:00Z", started_precision="minute",
               geometry="SRID=4326;POINT(70.65 40.3)")  # fmt: skip
    one = sorted_one(db)
    page = client.get(f"/inbox/{one.ref}", headers=operator).text
    assert "perhaps another shock of a sequence" in page
    assert post(client, one, "event", operator).status_code == 200


def test_joining_adds_glide_numbers_and_undoing_takes_them_away(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    event = make_event(db, "Isfara earthquake", "TJK", hazard_code="EQ")
    make_glide(db, event, "EQ-2026-000001-TJK")
    one = sorted_one(db, glides=["EQ-2026-000001-TJK", "EQ-2026-000009-UZB"])
    answer = post(client, one, "join", operator, event=event.ref.lower())
    assert answer.json()["event"] == event.ref
    assert glides(db) == {"EQ-2026-000001-TJK", "EQ-2026-000009-UZB"}
    back = post(client, one, "take-back", operator, reason="Another shock")
    assert (back.json()["status"], back.json()["event"]) == ("undecided", None)
    assert glides(db) == {"EQ-2026-000001-TJK"}
    assert done(db, one) == ["joined with an event", "taken back"]


def glides(db: Session) -> set[str]:
    db.expire_all()
    return {row.glide for row in db.scalars(select(EventGlide)) if "-2026-" in row.glide}


def test_nobody_joins_with_an_event_that_is_not_there_or_withdrawn(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    gone = make_event(db, withdrawn_at="2026-07-09T00:00:00Z")
    one = sorted_one(db)
    assert post(client, one, "join", operator, event="EV-2026-9999").status_code == 404
    assert post(client, one, "join", operator, event=gone.ref).status_code == 409


def test_dismissed_with_a_reason_that_is_kept_and_found(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    one = sorted_one(db)
    assert post(client, one, "dismiss", operator, reason="").status_code == 422
    answer = post(client, one, "dismiss", operator, reason="Quarry blast near the village")
    assert (answer.json()["status"], answer.json()["waiting"]) == ("dismissed", False)
    found = client.get("/api/v1/inbox?q=quarry", headers=operator).json()
    assert [row["ref"] for row in found["results"]] == [one.ref]


def test_undoing_withdraws_the_event_where_that_is_asked(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    one = sorted_one(db)
    event = post(client, one, "event", operator).json()["event"]
    post(client, one, "take-back", operator, reason="It was a blast", withdraw_event=True)
    assert client.get(f"/api/v1/events/{event}", headers=operator).status_code == 404
    assert post(client, one, "take-back", operator).status_code == 409
    again = post(client, one, "event", operator)
    assert again.status_code == 200
    assert again.json()["event"] != event


def test_undoing_leaves_the_event_unless_asked(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    one = sorted_one(db)
    event = post(client, one, "event", operator).json()["event"]
    post(client, one, "take-back", operator)
    assert client.get(f"/api/v1/events/{event}", headers=operator).status_code == 200


def test_an_operator_for_one_country_decides_on_what_touches_no_other(
    client: TestClient, db: Session, cast: Cast
) -> None:
    one = sorted_one(db, geometry={"type": "Point", "coordinates": [67.5, 48.5]})
    assert one.countries == ["KAZ"]
    assert post(client, one, "dismiss", cast.person("operator", countries=("KGZ",)), reason="x").status_code == 404
    assert post(client, one, "dismiss", cast.person("operator", countries=("KAZ",)), reason="x").status_code == 200


def test_who_answers_for_a_country_near_by_sees_it_and_leaves_it_to_where_it_lies(
    client: TestClient, db: Session, cast: Cast
) -> None:
    one = sorted_one(db)
    near, there = (cast.person("operator", countries=(iso3,)) for iso3 in ("TJK", "UZB"))
    assert client.get(f"/api/v1/inbox/{one.ref}", headers=near).status_code == 200
    assert "Only those who may log events" in client.get(f"/inbox/{one.ref}", headers=near).text
    assert post(client, one, "dismiss", near, reason="x").status_code == 403
    assert post(client, one, "dismiss", there, reason="x").status_code == 200


def test_what_touches_two_countries_is_seen_but_not_decided_by_who_answers_for_one(
    client: TestClient, db: Session, cast: Cast
) -> None:
    ring = [[70, 39], [75, 39], [75, 44], [70, 44], [70, 39]]
    one = sorted_one(db, hazard="FL", magnitude=None, geometry={"type": "Polygon", "coordinates": [ring]})
    assert {"KAZ", "KGZ"} <= set(one.countries)
    limited = cast.person("operator", countries=("KGZ",))
    assert client.get(f"/api/v1/inbox/{one.ref}", headers=limited).status_code == 200
    assert post(client, one, "dismiss", limited, reason="x").status_code == 403


@pytest.mark.parametrize("role", ["reader", "contributor", "analyst", "administrator"])
def test_others_neither_see_nor_decide(client: TestClient, db: Session, cast: Cast, role: str) -> None:
    one = sorted_one(db)
    asker = cast.person(role)
    assert client.get("/api/v1/inbox", headers=asker).status_code == 403
    assert client.get("/inbox", headers=asker).status_code == 403
    assert post(client, one, "dismiss", asker, reason="x").status_code == 403
    assert client.get("/api/v1/inbox").status_code == 401


def test_a_program_of_the_centre_decides_too(client: TestClient, db: Session, cast: Cast) -> None:
    one = sorted_one(db)
    program = cast.program("events:write", "records:read-centre", organisation="CESDRR")
    answer = post(client, one, "event", program)
    assert answer.status_code == 200, answer.text
    assert answer.json()["decided_by"] == "Test program"


def test_what_an_event_needs_and_no_feed_says_has_to_be_typed(
    client: TestClient, db: Session, operator: dict[str, str]
) -> None:
    one = sorted_one(db, "met", "w1", hazard=None, magnitude=None, title="Yellow warning")
    refused = post(client, one, "event", operator)
    assert refused.status_code == 422
    assert "Edit first" in refused.json()["detail"]


@pytest.mark.parametrize(
    "query", ["feed=nobody", "hazard=ZZ", "status=lost", "region=moon", "waiting=perhaps", "colour=red"]
)
def test_a_filter_with_an_impossible_value_is_refused(client: TestClient, operator: dict[str, str], query: str) -> None:
    answer = client.get(f"/api/v1/inbox?{query}", headers=operator)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_counts_equal_lists(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    tell(db, "usgs", "us1")
    tell(db, "emsc", "e1")
    tell(db, "usgs", "weak", magnitude=4.0, started_at="2026-07-01T00:00:00Z")
    tell(db, "gdacs", "FL1", hazard="FL", magnitude=None, alert_level="red", started_at="2026-06-01T00:00:00Z")
    sort_all(db)
    counted = client.get("/api/v1/inbox/facets", headers=operator).json()
    for name in ("status", "hazard", "feed", "country", "alert_level"):
        assert counted[name]
        for value in counted[name]:
            listed = client.get(f"/api/v1/inbox?{name}={value['code']}", headers=operator).json()
            assert listed["count"] == len(listed["results"]) == value["count"]


def test_one_with_all_that_feeds_say(client: TestClient, db: Session, operator: dict[str, str]) -> None:
    one = sorted_one(db)
    found = client.get(f"/api/v1/inbox/{one.ref}/items", headers=operator).json()
    assert [(item["feed"], item["said"]["magnitude"]) for item in found["results"]] == [("usgs", 5.8)]
    for format in ("csv", "xlsx", "geojson"):
        assert client.get(f"/api/v1/inbox?format={format}", headers=operator).status_code == 200
