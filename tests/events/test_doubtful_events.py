"""What is hardly meant as it was typed is asked about before it is logged: a place far off, a beginning in the future."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast

FLOOD = {
    "titles.en": "Flood above Panjakent", "hazard": "FL", "countries": "TJK", "status": "ongoing", "visibility": "public",
    "started_at.day": "2026-05-01", "geometry": "39.5, 67.6", "key": "form-1",
}  # fmt: skip
FUTURE = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()


def logged(db: Session) -> int:
    db.rollback()
    return int(db.scalar(text("SELECT count(*) FROM events WHERE titles ->> 'en' = 'Flood above Panjakent'")) or 0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"geometry": "67.6, 39.5"}, "have latitude and longitude changed places?"),
        ({"started_at.day": FUTURE}, "It begins in the future"),
    ],
)
def test_it_is_asked_about_and_logged_when_it_is_meant_so(
    client: TestClient, db: Session, cast: Cast, change: dict[str, str], sentence: str
) -> None:
    operator = cast.person("operator")
    asked = client.post("/events", data=FLOOD | change, headers=operator, follow_redirects=False)
    assert asked.status_code == 409
    assert sentence in asked.text
    assert "Flood above Panjakent" in asked.text
    assert logged(db) == 0
    meant = FLOOD | change | {"nevertheless": "yes", "key": "form-2"}
    assert client.post("/events", data=meant, headers=operator, follow_redirects=False).status_code == 303
    assert logged(db) == 1


@pytest.mark.parametrize(
    "change", [{}, {"geometry": ""}, {"geometry": "41.2, 69.3"}, {"started_at.day": FUTURE, "status": "alert"}]
)
def test_what_may_well_be_is_logged_at_once(
    client: TestClient, db: Session, cast: Cast, change: dict[str, str]
) -> None:
    answer = client.post("/events", data=FLOOD | change, headers=cast.person("operator"), follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert logged(db) == 1
