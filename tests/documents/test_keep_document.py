"""A file is kept with an event, by the body itself or a form: whole, once, and by whoever may write the event."""

import hashlib
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.documents.models import CHUNK, Document
from app.events.models import Event
from app.history import History
from tests.conftest import Cast
from tests.documents import files
from tests.make import make_event


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db)
    db.commit()
    return event


def keep(
    client: TestClient, event: Event, headers: dict[str, str], content: bytes = files.PDF, **said: Any
) -> Response:
    address = f"/api/v1/events/{event.ref}/documents"
    answer: Response = client.post(address, params=said, content=content, headers=headers)
    return answer


def test_a_program_keeps_a_file_as_the_body_itself(client: TestClient, cast: Cast, event: Event, db: Session) -> None:
    answer = keep(
        client,
        event,
        cast.program("events:write"),
        filename="Карта.pdf",
        kind="map",
        source="UNOSAT",
        published_on="2026-07-09",
        language="ru",
    )
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert answer.headers["location"] == f"/api/v1/documents/{said['ref']}"
    told = {
        name: said[name]
        for name in ("title", "kind", "format", "media_type", "file_name", "size", "source", "published_on", "language")
    }
    assert told == {
        "title": "Карта", "kind": "map", "format": "pdf", "media_type": "application/pdf", "file_name": "Карта.pdf",
        "size": len(files.PDF), "source": "UNOSAT", "published_on": "2026-07-09", "language": "ru",
    }  # fmt: skip
    assert said["sha256"] == hashlib.sha256(files.PDF).hexdigest()
    assert said["event"]["ref"] == event.ref
    (line,) = db.scalars(select(History).where(History.noun == "documents"))
    assert (line.action, line.ref, line.visibility) == ("added", said["ref"], "public")


def test_a_form_brings_a_file_too(client: TestClient, cast: Cast, event: Event) -> None:
    answer = client.post(
        f"/api/v1/events/{event.ref}/documents",
        data={"titles.en": "Flooded villages", "titles.ru": "Затопленные сёла", "kind": "data"},
        files={"file": ("zones.json", files.geojson(), "text/html")},
        headers=cast.program("events:write"),
    )
    assert answer.status_code == 201, answer.text
    assert (answer.json()["title"], answer.json()["format"], answer.json()["file_name"]) == (
        "Flooded villages",
        "geojson",
        "zones.geojson",
    )


@pytest.mark.parametrize("size", [1000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_what_goes_out_is_what_came_in(client: TestClient, cast: Cast, event: Event, size: int) -> None:
    content = files.of_size(size)
    said = keep(client, event, cast.program("events:write"), content).json()
    assert said["size"] == size
    assert client.get(said["content"]).content == content


def test_the_name_may_stand_in_the_header(client: TestClient, cast: Cast, event: Event) -> None:
    headers = cast.program("events:write") | {
        "Content-Disposition": "attachment; filename=\"x.pdf\"; filename*=UTF-8''%D0%9D%D1%83%D1%80%D0%B0.pdf"
    }
    assert keep(client, event, headers).json()["file_name"] == "Нура.pdf"


def test_the_same_file_with_the_same_event_is_found(client: TestClient, cast: Cast, event: Event, db: Session) -> None:
    key = cast.program("events:write")
    first = keep(client, event, key).json()
    again = keep(client, event, key, title="Another title")
    assert again.status_code == 409
    assert first["ref"] in again.json()["detail"]
    other = make_event(db, "Another event")
    db.commit()
    assert keep(client, other, key).status_code == 201


def test_a_hidden_duplicate_is_told_to_nobody_who_may_not_see_it(client: TestClient, cast: Cast, event: Event) -> None:
    hidden = keep(client, event, cast.program("events:write", organisation="OTHER-ORG"), visibility="own")
    assert hidden.status_code == 201
    assert keep(client, event, cast.program("events:write")).status_code == 201


def test_sent_again_with_the_same_key_it_is_kept_once(
    client: TestClient, cast: Cast, event: Event, db: Session
) -> None:
    headers = cast.program("events:write") | {"Idempotency-Key": "one"}
    first, again = keep(client, event, headers), keep(client, event, headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert len(db.scalars(select(Document)).all()) == 1
    assert keep(client, event, headers, files.JPEG).status_code == 422


def test_nothing_stays_of_a_file_that_is_refused(client: TestClient, cast: Cast, event: Event, db: Session) -> None:
    answer = keep(client, event, cast.program("events:write"), b"<html>")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "file"
    assert keep(client, event, cast.program("events:write"), kind="other", published_on="2999-01-01").status_code == 422
    assert db.execute(text("SELECT count(*) FROM document_chunks")).scalar_one() == 0


@pytest.mark.parametrize(
    ("scopes", "status"), [((), 403), (("records:read-centre",), 403), (("capacities:write",), 403)]
)
def test_without_the_right_nothing_is_kept(
    client: TestClient, cast: Cast, event: Event, scopes: tuple[str, ...], status: int
) -> None:
    assert keep(client, event, cast.program(*scopes)).status_code == status
    assert keep(client, event, {}).status_code == 401


def test_who_may_write_in_other_countries_only_is_refused(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db, "Flood on both sides", "KAZ", "KGZ")
    db.commit()
    limited = cast.person("operator", countries=("KAZ",))
    assert keep(client, event, limited).status_code == 403


def test_with_an_event_that_is_not_there_nothing_is_kept(client: TestClient, cast: Cast, db: Session) -> None:
    gone = make_event(db, withdrawn_at="2026-07-09T00:00:00Z")
    db.commit()
    assert keep(client, gone, cast.program("events:write")).status_code == 404


def test_a_document_is_never_seen_by_more_than_its_event(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db, visibility="centre")
    db.commit()
    key = cast.program("events:write", "records:read-centre")
    assert keep(client, event, key, visibility="public").json()["errors"][0]["field"] == "visibility"
    assert keep(client, event, key).json()["visibility"] == "centre"


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "poem"},
        {"language": "russian!"},
        {"published_on": "yesterday"},
        {"visibility": "all"},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_said_of_a_file_is_named(
    client: TestClient, cast: Cast, event: Event, said: dict[str, str]
) -> None:
    answer = keep(client, event, cast.program("events:write"), **said)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == next(iter(said))


def test_the_list_of_an_event_can_be_filtered_and_taken_away(client: TestClient, cast: Cast, event: Event) -> None:
    key = cast.program("events:write")
    keep(client, event, key, kind="map", title="Flooded villages")
    keep(client, event, key, files.JPEG, kind="photo", title="The dam")
    address = f"/api/v1/events/{event.ref}/documents"
    assert [one["title"] for one in client.get(address).json()["results"]] == ["The dam", "Flooded villages"]
    assert [one["title"] for one in client.get(address, params={"kind": "map"}).json()["results"]] == [
        "Flooded villages"
    ]
    assert client.get(address, params={"q": "vilages"}).json()["count"] in (0, 1)
    assert client.get(address, params={"q": "dam"}).json()["count"] == 1
    assert "The dam" in client.get(address, params={"format": "csv"}).text


@pytest.mark.parametrize("field", ["id", "ref", "organisation", "demonstration", "event", "sha256", "__class__"])
def test_what_is_not_the_senders_to_set_is_refused_by_name(
    client: TestClient, cast: Cast, event: Event, field: str
) -> None:
    key, address = cast.program("events:write"), f"/api/v1/events/{event.ref}/documents"
    sent = {"file": ("a.pdf", files.PDF)}
    for answer in (
        client.post(address, data={"titles.en": "Map", field: "x"}, files=sent, headers=key),
        client.post(address, content=files.PDF, params={field: "x"}, headers=key),
    ):
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]
