"""Things that happen, for tests of what is told of them: through the doors of the portal, and handed on."""

from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.background import hand_on_announcements
from tests.conftest import Cast
from tests.events.test_log_event import MUDFLOW


class Happening:
    """What an operator does."""

    def __init__(self, client: TestClient, cast: Cast, db: Session) -> None:
        self.client, self.db, self.headers = client, db, cast.person("operator")

    def log(self, **changes: Any) -> str:
        """Log an event; its ref. Without a GLIDE number, so that several can be logged."""
        said = MUDFLOW | {"glide": []} | changes
        answer = self.client.post("/api/v1/events", json=said, headers=self.headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ref"])

    def change(self, ref: str, **changes: Any) -> None:
        tag = self.client.get(f"/api/v1/events/{ref}", headers=self.headers).headers["etag"]
        if "alert_level" in changes:
            changes.setdefault("alert_reason", "Because")
        answer = self.client.patch(f"/api/v1/events/{ref}", json=changes, headers=self.headers | {"If-Match": tag})
        assert answer.status_code == 200, answer.text

    def hand_on(self) -> None:
        """The job of the background process."""
        hand_on_announcements(self.db)
        self.db.commit()
