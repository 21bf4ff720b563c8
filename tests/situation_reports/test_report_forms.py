"""Situation reports written on pages that work without JavaScript: drafts kept, published by a second step, corrected."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.situation_reports.models import SituationReport
from tests.conftest import Cast
from tests.events.test_event_forms import field, in_form
from tests.make import make_event, make_figure, make_source
from tests.waiting import soon

TYPED = {
    "sections.highlights.en": "Two villages are cut off.",
    "sections.highlights.ru": "Два села отрезаны.",
    "sections.needs.en": "Tents.",
    "covers_until.day": "2026-07-09",
    "covers_until.time": "06:00",
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


def at(event: Event, *parts: object) -> str:
    return "/".join(map(str, (f"/events/{event.ref}/situation-reports", *parts)))


def post(client: TestClient, address: str, headers: dict[str, str], **typed: Any) -> Any:
    return client.post(address, data=typed, headers=headers, follow_redirects=False)


def begin(client: TestClient, event: Event, operator: dict[str, str], **typed: Any) -> str:
    """The address of a new draft."""
    answer = post(client, at(event), operator, **TYPED | typed)
    assert answer.status_code == 303, answer.text
    found: str = answer.headers["location"]
    return found


def publish(client: TestClient, draft: str, operator: dict[str, str], **typed: Any) -> str:
    page = client.get(f"{draft}/publish", headers=operator)
    assert page.status_code == 200, page.text
    answer = post(client, f"{draft}/publish", operator, **in_form(page.text) | typed)
    assert answer.status_code == 303, answer.text
    found: str = answer.headers["location"]
    return found


def test_a_report_is_written_looked_at_and_published_by_a_second_step(
    client: TestClient, event: Event, operator: dict[str, str]
) -> None:
    draft = begin(client, event, operator, key="k1")
    assert begin(client, event, operator, key="k1") == draft  # sent again, it is done once
    shown = client.get(draft, headers=operator).text
    assert "This is a draft." in shown
    assert "Two villages are cut off." in shown
    assert client.get(draft).status_code == 404
    page = client.get(f"{draft}/edit", headers=operator).text
    changed = in_form(page) | {"sections.gaps.en": "Fuel."}
    assert post(client, draft, operator, **changed).status_code == 303
    assert publish(client, draft, operator) == at(event, 1)
    public = client.get(at(event, 1)).text
    assert "Fuel." in public
    assert "Situation report 1" in public
    assert "Correct</a>" not in public
    assert "Situation report 1" in client.get(f"/events/{event.ref}").text
    assert "Situation report 1" in client.get(at(event)).text


def test_what_is_refused_comes_back_with_everything_that_was_typed(
    client: TestClient, event: Event, operator: dict[str, str]
) -> None:
    answer = post(
        client, at(event), operator, **TYPED | {"covers_from.day": "2026-08-01", "sections.needs.en": "Tents for 60."}
    )
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert "Tents for 60." in answer.text
    assert field(answer.text, "covers_until.time") == "06:00"


def test_an_empty_draft_is_kept_and_not_published(client: TestClient, event: Event, operator: dict[str, str]) -> None:
    answer = post(client, at(event), operator, visibility="public")
    assert answer.status_code == 303, answer.text
    draft = answer.headers["location"]
    refused = post(
        client, f"{draft}/publish", operator, **in_form(client.get(f"{draft}/publish", headers=operator).text)
    )
    assert refused.status_code == 422
    assert "highlights or the overview" in refused.text


def test_the_next_report_begins_with_the_text_of_the_last(
    client: TestClient, event: Event, operator: dict[str, str]
) -> None:
    publish(client, begin(client, event, operator), operator)
    page = client.get(at(event, "new"), headers=operator).text
    assert "Two villages are cut off." in page
    assert field(page, "covers_from.day") == "2026-07-09"
    assert field(page, "covers_until.day") == ""


def test_of_two_who_write_on_a_draft_the_second_sees_both_versions(
    client: TestClient, event: Event, operator: dict[str, str]
) -> None:
    draft = begin(client, event, operator)
    opened = in_form(client.get(f"{draft}/edit", headers=operator).text)
    assert post(client, draft, operator, **opened | {"sections.needs.en": "Blankets."}).status_code == 303
    answer = post(client, draft, operator, **opened | {"sections.needs.en": "Generators.", "key": "k2"})
    assert answer.status_code == 409
    assert "Blankets." in answer.text
    assert "Generators." in answer.text
    decided = post(client, draft, operator, **in_form(answer.text) | {"choose.sections.needs.en": "mine"})
    assert decided.status_code == 303, decided.text
    assert "Generators." in client.get(draft, headers=operator).text


def test_a_correction_leads_through_a_draft_to_the_next_version(
    client: TestClient, event: Event, operator: dict[str, str]
) -> None:
    published = publish(client, begin(client, event, operator), operator)
    page = client.get(f"{published}/correct", headers=operator)
    answer = post(client, f"{published}/correct", operator, **in_form(page.text))
    assert answer.status_code == 303, answer.text
    edit = answer.headers["location"]
    draft = edit.removesuffix("/edit")
    typed = in_form(client.get(edit, headers=operator).text)
    assert (
        post(client, draft, operator, **typed | {"sections.highlights.en": "Three villages are cut off."}).status_code
        == 303
    )
    step = in_form(client.get(f"{draft}/publish", headers=operator).text)
    assert post(client, f"{draft}/publish", operator, **step).status_code == 422
    assert publish(client, draft, operator, change="One was left out.") == published
    now = client.get(published).text
    assert "Three villages" in now
    assert "One was left out." in now
    assert "version 1.1" in now
    then = client.get(published, params={"version": "1.0"}).text
    assert "Two villages" in then
    assert "This is an older version." in then
    assert client.get(published, params={"version": "1.9"}).status_code == 422


def test_the_page_shows_what_has_become_known_since(
    client: TestClient, event: Event, operator: dict[str, str], db: Session
) -> None:
    make_figure(db, event, "dead", 7, source_id=make_source(db, "MES").id)
    db.commit()
    published = publish(client, begin(client, event, operator), operator)
    assert "Since then:" not in client.get(published).text
    make_figure(
        db,
        event,
        "dead",
        12,
        source_id=make_source(db, "LATER").id,
        as_of="2026-07-10",
        reported_at="2026-07-10T00:00:00Z",
    )
    db.commit()
    page = soon(lambda: client.get(published).text, lambda page: "Since then:" in page)
    assert "Since then:" in page
    assert "LATER" in page
    assert '<td class="number"><bdi dir="ltr">7</bdi>' in page


def test_a_withdrawn_number_is_told_and_can_be_restored(
    client: TestClient, event: Event, operator: dict[str, str]
) -> None:
    published = publish(client, begin(client, event, operator), operator)
    step = in_form(client.get(f"{published}/withdraw", headers=operator).text)
    assert post(client, f"{published}/withdraw", operator, **step | {"reason": "Of another event"}).status_code == 303
    assert f"{event.ref}-SR-1" in client.get(at(event)).text
    assert client.get(published).status_code == 404
    page = client.get(at(event), headers=operator).text
    restore = page[page.index("/restore") - 100 :]
    id = restore.split("situation-reports/")[1].split("/restore")[0]
    assert post(client, at(event, id, "restore"), operator, version=field(restore, "version")).status_code == 303
    assert client.get(published).status_code == 200


def test_readers_are_offered_nothing_to_write(
    client: TestClient, event: Event, operator: dict[str, str], cast: Cast
) -> None:
    publish(client, begin(client, event, operator), operator)
    assert "situation-reports/new" not in client.get(f"/events/{event.ref}").text
    assert client.get(at(event, "new"), headers=cast.person("analyst")).status_code == 403


def test_a_report_on_an_exercise_is_marked(client: TestClient, operator: dict[str, str], db: Session) -> None:
    event = make_event(db, exercise=True)
    db.commit()
    published = publish(client, begin(client, event, operator), operator)
    page = client.get(published).text
    assert "<title>EXERCISE: Situation report 1" in page
    assert "This is an exercise" in page
    assert client.get(f"/api/v1{published}").json()["title"] == "EXERCISE: Situation report 1"


@pytest.mark.parametrize("language", ["ru", "kk", "ky", "fa-AF", "ps"])
def test_every_page_is_there_in_every_language(
    client: TestClient, event: Event, operator: dict[str, str], language: str, db: Session
) -> None:
    published = publish(client, begin(client, event, operator), operator)
    draft = begin(client, event, operator)
    assert db.scalars(select(SituationReport)).all()
    doors = [
        at(event),
        at(event, "new"),
        published,
        f"{published}/correct",
        f"{published}/withdraw",
        draft,
        f"{draft}/edit",
        f"{draft}/publish",
    ]
    for door in doors:
        assert client.get(door, params={"lang": language}, headers=operator).status_code == 200, door
