"""Warnings stand where people look: on the page of their event, on the start page, on the pages of places."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_event
from tests.waiting import soon
from tests.warnings.warned import cancel, issued

HEADLINE = "Mudflow expected in the Almarasan gorge"


def test_a_warning_stands_beside_its_event_and_on_the_start_page_while_it_is_in_force(
    client: TestClient, cast: Cast, db: Session
) -> None:
    operator = cast.person("operator")
    event = make_event(db)
    db.commit()
    pages = (f"/events/{event.ref}", "/", "/places/KAZ", "/places/KZ-75")
    assert all(HEADLINE not in client.get(page).text for page in pages)
    ref = issued(client, operator, event=event.ref)["ref"]
    for page in pages:
        assert HEADLINE in soon(lambda page=page: client.get(page).text, lambda text: HEADLINE in text), page  # type: ignore[misc]
    assert HEADLINE not in client.get("/places/KGZ").text
    cancel(client, operator, ref)
    for page in pages[1:]:
        assert HEADLINE not in soon(lambda page=page: client.get(page).text, lambda text: HEADLINE not in text), page  # type: ignore[misc]
    assert "Cancelled: " in client.get(pages[0], headers=operator).text


def test_an_operator_begins_a_warning_on_the_page_of_its_event(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db)
    db.commit()
    link = f"/warnings/new?event={event.ref}"
    assert link in client.get(f"/events/{event.ref}", headers=cast.person("operator")).text
    assert link not in client.get(f"/events/{event.ref}").text


def test_a_warning_for_few_stands_beside_an_event_for_them_only(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db)
    db.commit()
    issued(client, cast.person("operator"), event=event.ref, audience="partners")
    partner = cast.person("reader", organisation="TUR-AFAD")
    assert HEADLINE in client.get(f"/events/{event.ref}", headers=partner).text
    assert HEADLINE not in client.get(f"/events/{event.ref}").text
    assert HEADLINE not in client.get("/").text
