"""POST /api/v1/deployments/{ref}/changes: who received asks to keep it, who sent calls it back; the other side answers."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import post, team, underway

LATER = {"until": "2027-01-10T06:00:00Z", "reason": "Two valleys are still cut off"}


def test_an_extension_that_is_accepted_moves_the_end(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = underway(client, here)["ref"]
    assert post(client, here.sender, ref, "changes", kind="extension", **LATER).status_code == 403
    found = post(client, here.receiver, ref, "changes", kind="extension", **LATER).json()
    assert (found["changes"][0]["organisation"]["code"], found["changes"][0]["answer"]) == ("TEST-ASKER", None)
    assert post(client, here.receiver, ref, "changes", kind="extension", **LATER).status_code == 409
    assert post(client, here.receiver, ref, "changes/1/answer", answer="accepted").status_code == 403
    found = post(client, here.sender, ref, "changes/1/answer", answer="accepted", note="One more week").json()
    assert found["ends_at"] == "2027-01-10T06:00:00+00:00"
    assert found["changes"][0]["answer_note"] == "One more week"
    assert post(client, here.sender, ref, "changes/1/answer", answer="declined").status_code == 409
    assert post(client, here.sender, ref, "changes/9/answer", answer="declined").status_code == 404


def test_a_recall_that_is_declined_changes_nothing_but_is_known(db: Session, client: TestClient, cast: Cast) -> None:
    here = team(db, client, cast)
    ref = underway(client, here)["ref"]
    assert post(client, here.receiver, ref, "changes", kind="recall", **LATER).status_code == 403
    assert post(client, here.sender, ref, "changes", kind="recall", **LATER).status_code == 200
    found = post(client, here.receiver, ref, "changes/1/answer", answer="declined").json()
    assert (found["ends_at"], found["changes"][0]["answer"]) == (None, "declined")
    past = {"until": "2026-01-01T00:00:00Z", "reason": "Needed at home"}
    assert post(client, here.sender, ref, "changes", kind="recall", **past).status_code == 422
