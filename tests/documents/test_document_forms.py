"""Documents written on pages that work without JavaScript: what is refused comes back with everything that was typed."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.documents.models import Document
from app.events.models import Event
from tests.conftest import Cast
from tests.documents import files
from tests.events.test_event_forms import field, in_form
from tests.make import make_event

TYPED = {
    "titles.en": "Flooded villages",
    "titles.ru": "Затопленные сёла",
    "kind": "map",
    "source": "UNOSAT",
    "published_on": "2026-07-09",
    "visibility": "public",
}


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db)
    db.commit()
    return event


@pytest.fixture
def operator(cast: Cast) -> dict[str, str]:
    return cast.person("operator")


def send(client: TestClient, event: Event, headers: dict[str, str], content: bytes = files.PDF, **changes: str) -> Any:
    sent = {"file": ("map.pdf", content, "application/pdf")}
    return client.post(
        f"/events/{event.ref}/documents", data=TYPED | changes, files=sent, headers=headers, follow_redirects=False
    )


def test_an_operator_adds_a_document_on_a_page(client: TestClient, event: Event, operator: dict[str, str]) -> None:
    page = client.get(f"/events/{event.ref}/documents/new", headers=operator)
    assert 'enctype="multipart/form-data"' in page.text
    answer = send(client, event, operator, key="k1")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/events/{event.ref}#documents"
    page = client.get(f"/events/{event.ref}", headers=operator)
    assert "Flooded villages" in page.text
    assert "UNOSAT" in page.text
    assert send(client, event, operator, key="k1").status_code == 303  # sent again, it is done once
    assert client.get(f"/api/v1/events/{event.ref}/documents").json()["count"] == 1


@pytest.mark.parametrize(
    ("content", "changes", "said"),
    [
        (b"<html><script>alert(1)</script>", {}, "web page"),
        (files.PDF, {"titles.en": "", "titles.ru": ""}, "at least"),
        (files.PDF, {"published_on": "2999-01-01"}, "Look at the year"),
    ],
)
def test_what_was_typed_comes_back_with_what_is_wrong(
    client: TestClient, event: Event, operator: dict[str, str], content: bytes, changes: dict[str, str], said: str
) -> None:
    answer = send(client, event, operator, content, **changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert "<title>Error: " in answer.text
    assert field(answer.text, "source") == "UNOSAT"
    assert "choose it again" in answer.text


def test_a_form_without_a_file_says_so(client: TestClient, event: Event, operator: dict[str, str]) -> None:
    answer = client.post(
        f"/events/{event.ref}/documents",
        data=TYPED,
        files={"file": ("", b"", "application/octet-stream")},
        headers=operator,
    )
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_a_file_that_is_too_large_leaves_what_was_typed(
    new_portal: Any, event: Event, operator: dict[str, str]
) -> None:
    answer = send(new_portal(largest_document_mb=1), event, operator, files.of_size(3 << 20))
    assert answer.status_code == 413
    assert "at most 1 MB" in answer.text
    assert field(answer.text, "source") == "UNOSAT"


def test_a_document_is_described_otherwise_and_withdrawn_on_pages(
    client: TestClient, event: Event, operator: dict[str, str], db: Session
) -> None:
    send(client, event, operator)
    document = db.scalars(select(Document)).one()
    page = client.get(f"/documents/{document.ref}/edit", headers=operator).text
    answer = client.post(
        f"/documents/{document.ref}", data=in_form(page) | {"kind": "photo"}, headers=operator, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    assert client.get(f"/api/v1/documents/{document.ref}").json()["kind"] == "photo"
    page = client.get(f"/documents/{document.ref}/withdraw", headers=operator).text
    assert client.post(f"/documents/{document.ref}/withdraw", data=in_form(page), headers=operator).status_code == 422
    gone = client.post(
        f"/documents/{document.ref}/withdraw",
        data=in_form(page) | {"reason": "Wrong"},
        headers=operator,
        follow_redirects=False,
    )
    assert gone.status_code == 303
    page = client.get(f"/documents/{document.ref}", headers=operator).text
    assert "was withdrawn on" in page
    back = client.post(
        f"/documents/{document.ref}/restore",
        data={"version": field(page, "version")},
        headers=operator,
        follow_redirects=False,
    )
    assert back.status_code == 303


def test_of_two_who_change_it_the_second_sees_both_versions(
    client: TestClient, event: Event, operator: dict[str, str], db: Session
) -> None:
    send(client, event, operator)
    document = db.scalars(select(Document)).one()
    opened = in_form(client.get(f"/documents/{document.ref}/edit", headers=operator).text)
    client.post(f"/documents/{document.ref}", data=opened | {"source": "Ministry"}, headers=operator)
    answer = client.post(
        f"/documents/{document.ref}", data={**opened, "source": "Sentinel", "key": "k2"}, headers=operator
    )
    assert answer.status_code == 409
    assert "Ministry" in answer.text
    assert "Sentinel" in answer.text
    decided = client.post(
        f"/documents/{document.ref}",
        data={**in_form(answer.text), "choose.source": "mine"},
        headers=operator,
        follow_redirects=False,
    )
    assert decided.status_code == 303, decided.text
    assert client.get(f"/api/v1/documents/{document.ref}").json()["source"] == "Sentinel"


def test_readers_see_no_way_to_write(client: TestClient, event: Event, operator: dict[str, str]) -> None:
    send(client, event, operator)
    assert "documents/new" not in client.get(f"/events/{event.ref}").text
    assert (
        client.get(f"/events/{event.ref}/documents/new", follow_redirects=False)
        .headers["location"]
        .startswith("/sign-in")
    )


def test_the_page_of_an_exercise_says_so(client: TestClient, cast: Cast, operator: dict[str, str], db: Session) -> None:
    event = make_event(db, exercise=True)
    db.commit()
    send(client, event, operator)
    document = db.scalars(select(Document)).one()
    page = client.get(f"/documents/{document.ref}").text
    assert "<title>EXERCISE: Flooded villages" in page
    assert "This is an exercise" in page
