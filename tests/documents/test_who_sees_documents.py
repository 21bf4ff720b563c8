"""Who sees a document: never more than see its event, and fewer where it says so; in every question that can be asked."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.documents import files
from tests.make import make_event

DOORS = (
    "/api/v1/documents/{}",
    "/api/v1/documents/{}/content",
    "/api/v1/documents/{}/history",
    "/documents/{}",
    "/documents/{}/file",
)


@pytest.fixture
def writer(cast: Cast) -> dict[str, str]:
    return cast.program("events:write", "records:read-centre")


def keep(
    client: TestClient, db: Session, writer: dict[str, str], visibility: str, of_event: str = "public"
) -> dict[str, Any]:
    event = make_event(db, "Seen by " + of_event, visibility=of_event)
    db.commit()
    answer = client.post(
        f"/api/v1/events/{event.ref}/documents",
        content=files.PDF,
        headers=writer,
        params={"visibility": visibility, "title": "Hidden map"},
    )
    assert answer.status_code == 201, answer.text
    return {"event_ref": event.ref, **answer.json()}


@pytest.mark.parametrize(
    ("document", "event"),
    [("partners", "public"), ("centre", "public"), ("centre", "centre"), ("partners", "partners")],
)
def test_whoever_is_not_told_of_it_finds_nothing_at_any_door(
    client: TestClient, cast: Cast, db: Session, writer: dict[str, str], document: str, event: str
) -> None:
    said = keep(client, db, writer, document, event)
    for door in DOORS:
        assert client.get(door.format(said["ref"])).status_code == 404, door
        assert client.get(door.format(said["ref"]), headers=cast.person("operator")).status_code == 200, door
    if event == "public":
        assert client.get(f"/api/v1/events/{said['event_ref']}/documents").json()["count"] == 0
        assert "Hidden map" not in client.get(f"/events/{said['event_ref']}").text
    reader = client.get(DOORS[0].format(said["ref"]), headers=cast.person("reader", organisation="SOME-ORG"))
    assert reader.status_code == (200 if document == "partners" else 404)


def test_an_event_that_is_narrowed_takes_its_documents_along(
    client: TestClient, db: Session, writer: dict[str, str]
) -> None:
    said = keep(client, db, writer, "public")
    assert client.get(DOORS[1].format(said["ref"])).status_code == 200
    narrowed = client.patch(
        f"/api/v1/events/{said['event_ref']}", json={"visibility": "centre"}, headers=writer | {"If-Match": "*"}
    )
    assert narrowed.status_code == 200, narrowed.text
    for door in DOORS:
        assert client.get(door.format(said["ref"])).status_code == 404, door
    assert client.get(DOORS[0].format(said["ref"]), headers=writer).json()["visibility"] == "centre"


def test_a_withdrawn_event_takes_its_documents_along(client: TestClient, db: Session, writer: dict[str, str]) -> None:
    said = keep(client, db, writer, "public")
    client.post(
        f"/api/v1/events/{said['event_ref']}/withdraw", json={"reason": "None"}, headers=writer | {"If-Match": "*"}
    )
    assert client.get(DOORS[1].format(said["ref"])).status_code == 404


def test_a_hidden_document_changes_nothing_that_others_see(
    client: TestClient, db: Session, writer: dict[str, str]
) -> None:
    event = make_event(db)
    db.commit()
    addresses = (f"/api/v1/events/{event.ref}", "/api/v1/events", f"/events/{event.ref}")
    before = [
        (answer.headers["etag"], answer.headers.get("last-modified"), answer.content)
        for answer in map(client.get, addresses)
    ]
    sent = client.post(
        f"/api/v1/events/{event.ref}/documents", content=files.PDF, headers=writer, params={"visibility": "centre"}
    )
    assert sent.status_code == 201
    after = [
        (answer.headers["etag"], answer.headers.get("last-modified"), answer.content)
        for answer in map(client.get, addresses)
    ]
    assert before == after


def test_a_document_for_all_shows_on_the_page_at_once(client: TestClient, db: Session, writer: dict[str, str]) -> None:
    event = make_event(db)
    db.commit()
    assert "Evacuation map" not in client.get(f"/events/{event.ref}").text
    client.post(
        f"/api/v1/events/{event.ref}/documents", content=files.PDF, headers=writer, params={"title": "Evacuation map"}
    )
    assert "Evacuation map" in client.get(f"/events/{event.ref}").text
