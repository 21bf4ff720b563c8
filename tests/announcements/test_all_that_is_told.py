"""Of each noun what is told reaches those who may see it: figures, situation reports, warnings, merged events."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.announcements import queries
from app.announcements.models import Announcement
from app.permissions import ANYBODY, By, Permission
from tests.announcements.happening import Happening
from tests.conftest import Cast
from tests.requests import asked as requests
from tests.warnings.warned import draft, issue

PARTNER = By("person", rights={Permission.READ_PARTNERS: None})
WRITER = By(
    "person", rights={Permission.READ_PARTNERS: None, Permission.READ_CENTRE: None, Permission.EVENT_WRITE: None}
)
Told = Callable[[By], list[str | None]]


@pytest.fixture
def told(db: Session, happening: Happening) -> Told:
    """The kinds of all that somebody may be told now, each with its record unless it is withdrawn."""

    def ask(by: By) -> list[str | None]:
        happening.hand_on()
        ids = [row.id for row in db.query(Announcement).where(Announcement.kind.is_not(None))]
        seen = queries.seen_of(db, by, ids)
        for one in seen:
            assert queries.record_as_seen(db, by, one["noun"], one["record_id"], "en"), one
        return [one["kind"] for one in seen]

    return ask


def test_a_figure(db: Session, client: TestClient, happening: Happening, told: Told) -> None:
    ref = happening.log(visibility="partners")
    source = {"name": "Ministry of Emergencies", "kind": "government"}
    said = {"indicator": "dead", "value": 3, "source": source, "as_of": "2026-07-08"}
    answer = client.post(f"/api/v1/events/{ref}/figures", json=said, headers=happening.headers)
    assert answer.status_code == 201, answer.text
    assert told(PARTNER) == ["event.logged", "figure.added"]
    assert told(ANYBODY) == []


def test_a_report_once_it_is_published_and_never_its_draft(
    client: TestClient, happening: Happening, told: Told
) -> None:
    ref = happening.log()
    headers = happening.headers | {"If-Match": "*"}
    door = f"/api/v1/events/{ref}/situation-reports"
    said = {"sections": {"highlights": {"en": "Two villages are cut off."}}}
    report = client.post(door, json=said, headers=headers).json()
    assert told(WRITER) == ["event.logged"]
    answer = client.post(f"{door}/{report['id']}/publish", json={}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert told(ANYBODY) == ["event.logged", "report.published"]


def test_a_warning_once_it_is_issued_to_its_audience(client: TestClient, happening: Happening, told: Told) -> None:
    ref = draft(client, happening.headers, audience="partners")["ref"]
    assert told(WRITER) == []
    assert issue(client, happening.headers, ref).status_code == 200
    assert told(PARTNER) == ["warning.issued"]
    assert told(ANYBODY) == []


def test_a_public_warning_of_a_hidden_event_does_not_lead_to_it(
    db: Session, client: TestClient, happening: Happening, told: Told
) -> None:
    event = happening.log(visibility="centre")
    ref = draft(client, happening.headers, event=event, audience="public")["ref"]
    assert issue(client, happening.headers, ref).status_code == 200
    assert told(ANYBODY) == ["warning.issued"]
    row = db.query(Announcement).where(Announcement.kind == "warning.issued").one()
    assert queries.event_as_seen(db, ANYBODY, row.event_id, "en") is None
    record = queries.record_as_seen(db, ANYBODY, "warnings", row.record_id, "en")
    assert record
    assert record["event"] is None


def test_a_merged_event(db: Session, client: TestClient, happening: Happening) -> None:
    master, duplicate = happening.log(), happening.log()
    said = {"into": master, "reason": "Logged twice"}
    headers = happening.headers | {"If-Match": "*"}
    answer = client.post(f"/api/v1/events/{duplicate}/merge", json=said, headers=headers)
    assert answer.status_code == 200, answer.text
    happening.hand_on()
    ids = [row.id for row in db.query(Announcement)]
    kinds = [one["kind"] for one in queries.seen_of(db, ANYBODY, ids)]
    assert kinds.count("event.merged") == 2


def test_a_warning_speaks_for_itself_where_conditions_are_asked(
    db: Session, client: TestClient, cast: Cast, happening: Happening
) -> None:
    ref = draft(client, happening.headers, severity="severe", countries=["KAZ"])["ref"]
    assert issue(client, happening.headers, ref).status_code == 200
    happening.hand_on()
    ids = [row.id for row in db.query(Announcement).where(Announcement.kind == "warning.issued")]
    wanted = {
        "areas": [],
        "hazards": [],
        "statuses": [],
        "kinds": [],
        "countries": [],
        "alert_at_least": None,
        "exercises": "no",
    }
    for changes, count in (
        ({}, 1), ({"alert_at_least": "orange"}, 1), ({"alert_at_least": "red"}, 0), ({"countries": ["KGZ"]}, 0),
        ({"countries": ["KAZ"], "hazards": ["MS"]}, 1), ({"areas": ["KZ-75"]}, 1), ({"exercises": "only"}, 0),
    ):  # fmt: skip
        found = queries.meeting(db, WRITER, wanted | changes, db.get_one(Announcement, ids[0]).at, 10)
        assert found[0] == count, changes


def test_a_request_once_it_is_submitted_to_its_audience_alone(client: TestClient, cast: Cast, told: Told) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    asked_for = requests.draft(client, who)["ref"]
    assert told(PARTNER) == []
    requests.step(client, who, asked_for, "submitted")
    requests.step(client, cast.person("operator"), asked_for, "approved")
    assert told(PARTNER) == ["request.submitted", "request.approved"]
    assert told(ANYBODY) == []
