"""Moments between changes, for tests that ask what was known then."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient


def moment(db: Session) -> str:
    """Now, by the clock that versions are dated by; what was changed before is committed."""
    db.commit()
    return str(db.execute(text("SELECT to_json(clock_timestamp()) #>> '{}'")).scalar_one())


def known(client: TestClient, at: str, headers: dict[str, str] = {}, **where: Any) -> dict[str, dict[str, Any]]:
    """The events of the list as known then, by their refs."""
    answer = client.get("/api/v1/events", params={"as_of": at, "limit": 1000, **where}, headers=headers)
    assert answer.status_code == 200, answer.text
    return {event["ref"]: event for event in answer.json()["results"]}
