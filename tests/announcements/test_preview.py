"""What would have been sent in the last 30 days, to whoever looks: what they may see, and no more."""

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.announcements import actions
from app.announcements.schemas import ConditionsIn
from app.permissions import ANYBODY, By, Permission
from tests.announcements.happening import Happening
from tests.conftest import Cast

PARTNER = By("person", rights={Permission.READ_PARTNERS: None})


def count(db: Session, by: By, **conditions: object) -> int:
    wanted = ConditionsIn.model_validate(conditions)
    found: int = actions.preview(db, by, actions.conditions_of(wanted))["count"]
    return found


def test_under_its_conditions_and_only_what_may_be_seen(db: Session, happening: Happening) -> None:
    happening.log()
    happening.log(visibility="partners", alert_level="red")
    happening.log(exercise=True)
    happening.hand_on()
    assert count(db, ANYBODY) == 1
    assert count(db, PARTNER) == 2
    assert count(db, PARTNER, alert_at_least="red") == 1
    assert count(db, PARTNER, countries=["KGZ"]) == 0
    assert count(db, PARTNER, exercises="yes") == 3
    assert count(db, PARTNER, kinds=["event.closed"]) == 0


def test_not_what_was_longer_ago(db: Session, happening: Happening) -> None:
    happening.log()
    happening.hand_on()
    db.execute(text("UPDATE announcements SET at = at - interval '31 days'"))
    assert count(db, ANYBODY) == 0


def test_the_form_shows_it_before_anything_is_saved(
    client: TestClient, cast: Cast, db: Session, happening: Happening
) -> None:
    ref = happening.log()
    happening.hand_on()
    form = {
        "countries": ["KAZ"],
        "rhythm": "immediate",
        "hour": "8",
        "time_zone": "UTC",
        "exercises": "no",
        "preview": "1",
    }
    page = client.post("/subscriptions", data=form, headers=cast.person("reader"))
    assert page.status_code == 200
    assert ref in page.text
    assert db.scalar(text("SELECT count(*) FROM subscriptions")) == 0
    hook = {"name": "x", "url": "https://example.org/", "sees": "public", "exercises": "no", "preview": "1"}
    page = client.post("/webhooks", data=hook, headers=cast.person("approver", organisation="TEST-ORG"))
    assert ref in page.text
    assert db.scalar(text("SELECT count(*) FROM webhooks")) == 0
