"""Warnings on pages that work without JavaScript: drafted, looked over, issued, followed on the board, cancelled."""

import re
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.events.test_event_forms import in_form
from tests.make import make_event
from tests.warnings.warned import (
    AUTHORITY,
    acknowledge,
    draft,
    in_hours,
    issued,
    letters,
    line_of,
    make_desks,
    neighbour,
)

UNTIL = in_hours(12)
TYPED: dict[str, Any] = {
    "status": "actual",
    "hazard": "MS",
    "categories": ["geo"],
    "severity": "severe",
    "urgency": "immediate",
    "certainty": "likely",
    "expires_at.day": UNTIL[:10],
    "expires_at.time": UNTIL[11:16],
    "headlines.en": "Mudflow expected",
    "headlines.ru": "Ожидается сель",
    "instructions.ru": "Покиньте русло реки.",
    "countries": ["KAZ"],
    "areas": ["KZ-75"],
    "circles": "43.15, 76.98, 25\n42,9° с. ш. 76,5° в. д.; 10 km",
    "parameters": "Magnitude: 5.8",
    "audience": "public",
    "key": "one-form",
}


def post(client: TestClient, path: str, headers: dict[str, str], data: dict[str, Any]) -> Any:
    return client.post(path, data=data, headers=headers, follow_redirects=False)


def typed_draft(client: TestClient, operator: dict[str, str]) -> str:
    answer = post(client, "/warnings", operator, TYPED)
    assert answer.status_code == 303, answer.text
    found = re.fullmatch(r"/warnings/(WA-\d{4}-\d{4})/issue", answer.headers["location"])
    assert found
    return found[1]


def test_an_operator_drafts_looks_over_and_issues(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    operator = cast.person("operator")
    assert client.get("/warnings/new", headers=operator).status_code == 200
    ref = typed_draft(client, operator)
    said = client.get(f"/api/v1/warnings/{ref}", headers=operator).json()
    assert said["circles"] == [{"km": 25.0, "lat": 43.15, "lon": 76.98}, {"km": 10.0, "lat": 42.9, "lon": 76.5}]
    assert said["parameters"] == [{"name": "Magnitude", "value": "5.8"}]
    page = client.get(f"/warnings/{ref}/issue", headers=operator).text
    assert "Ожидается сель" in page
    assert "Duty officer" in page
    form = in_form(page)
    assert AUTHORITY in form["recipients"]
    assert letters(db) == [], "nobody is told before the second step"
    sent = post(client, f"/warnings/{ref}/issue", operator, form)
    assert sent.headers["location"] == f"/warnings/{ref}/board"
    assert [mail.recipient for mail in letters(db)] == ["duty@kg.example.org"]
    board = client.get(f"/warnings/{ref}/board", headers=operator)
    assert board.status_code == 200
    assert client.get(f"/warnings/{ref}").status_code == 200
    assert "Mudflow expected" in client.get("/warnings").text


def test_a_draft_is_begun_with_what_the_event_says(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db, exercise=True, alert_level="red", status="alert")
    db.commit()
    form = in_form(client.get("/warnings/new", params={"event": event.ref}, headers=cast.person("operator")).text)
    assert form["event"] == [event.ref]
    assert form["status"] == ["exercise"]
    assert (form["hazard"], form["severity"], form["countries"]) == (["MS"], ["severe"], ["KAZ"])
    assert form["headlines.en"] == ["Mudflow above Almaty"]
    assert form["circles"] == ["43.15, 76.98, 50"]
    assert form["categories"] == ["geo"]


def test_what_is_wrong_comes_back_with_all_that_was_typed(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    wrong = TYPED | {"circles": "somewhere", "geometry": "{", "headlines.ru": "", "parameters": "no colon"}
    answer = post(client, "/warnings", operator, wrong)
    assert answer.status_code == 422
    assert "somewhere" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "There is a text but no headline in this language: ru." in answer.text


def test_two_who_change_one_draft_see_both_versions(client: TestClient, cast: Cast) -> None:
    operator, other = cast.person("operator"), cast.person("operator", name="Other")
    ref = typed_draft(client, operator)
    mine, theirs = (in_form(client.get(f"/warnings/{ref}/edit", headers=one).text) for one in (operator, other))
    first = post(client, f"/warnings/{ref}", other, theirs | {"severity": ["extreme"]})
    assert first.status_code == 303, first.text
    conflict = post(client, f"/warnings/{ref}", operator, mine | {"severity": ["minor"]})
    assert conflict.status_code == 409
    assert "Extreme" in conflict.text
    assert "Minor" in conflict.text
    decided = in_form(conflict.text) | {"choose.severity": ["mine"]}
    assert post(client, f"/warnings/{ref}", operator, decided).status_code == 303
    assert client.get(f"/api/v1/warnings/{ref}", headers=operator).json()["severity"] == "minor"


def test_a_draft_changed_since_it_was_looked_over_is_shown_again(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = typed_draft(client, operator)
    form = in_form(client.get(f"/warnings/{ref}/issue", headers=operator).text)
    client.patch(f"/api/v1/warnings/{ref}", json={"severity": "minor"}, headers=operator | {"If-Match": "*"})
    answer = post(client, f"/warnings/{ref}/issue", operator, form)
    assert answer.status_code == 412
    assert "Minor" in answer.text
    assert post(client, f"/warnings/{ref}/issue", operator, in_form(answer.text)).status_code == 303


def test_a_draft_is_discarded(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = typed_draft(client, operator)
    version = in_form(client.get(f"/warnings/{ref}/issue", headers=operator).text)["version"]
    assert post(client, f"/warnings/{ref}/discard", operator, {"version": version}).status_code == 303
    assert client.get(f"/warnings/{ref}", headers=operator).status_code == 404


def test_a_warning_is_updated_and_cancelled_on_pages(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    first = issued(client, operator)["ref"]
    begun = post(client, f"/warnings/{first}/update", operator, {})
    second = begun.headers["location"].split("/")[2]
    assert client.get(f"/warnings/{second}/edit", headers=operator).status_code == 200
    issue_form = in_form(client.get(f"/warnings/{second}/issue", headers=operator).text)
    assert post(client, f"/warnings/{second}/issue", operator, issue_form).status_code == 303
    assert second in client.get(f"/warnings/{first}").text
    form = in_form(client.get(f"/warnings/{second}/cancel", headers=operator).text)
    assert post(client, f"/warnings/{second}/cancel", operator, form).status_code == 422, "a reason is needed"
    done = post(client, f"/warnings/{second}/cancel", operator, form | {"reason": "It is over."})
    third = done.headers["location"].split("/")[2]
    assert "It is over." in client.get(f"/warnings/{third}").text
    assert client.get(f"/api/v1/warnings/{second}").json()["state"] == "cancelled"


def test_a_neighbour_acknowledges_on_the_page(client: TestClient, cast: Cast) -> None:
    operator, bermet = cast.person("operator"), neighbour(cast)
    ref = issued(client, operator, AUTHORITY)["ref"]
    assert "Your organisation was told of this warning" in client.get(f"/warnings/{ref}", headers=bermet).text
    assert "Your organisation was told" not in client.get(f"/warnings/{ref}", headers=operator).text
    done = post(client, f"/warnings/{ref}/acknowledge", bermet, {"remark": "We need a helicopter."})
    assert done.status_code == 303
    assert "We need a helicopter." in client.get(f"/warnings/{ref}", headers=bermet).text
    board = client.get(f"/warnings/{ref}/board", headers=operator).text
    assert "We need a helicopter." in board
    assert "Bermet" in board


def test_the_board_of_another_organisation_is_not_told(client: TestClient, cast: Cast) -> None:
    operator, bermet = cast.person("operator"), neighbour(cast)
    ref = issued(client, operator, AUTHORITY, "KAZ-MES")["ref"]
    acknowledge(client, bermet, ref, "For the Centre only")
    kazakh = cast.person("reader", organisation="KAZ-MES")
    page = client.get(f"/warnings/{ref}/board", headers=kazakh)
    assert page.status_code == 200
    assert "For the Centre only" not in page.text + client.get(f"/warnings/{ref}", headers=kazakh).text
    assert "For the Centre only" not in client.get(f"/warnings/{ref}").text


def test_the_rules_are_changed_for_warnings_issued_later(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    before = issued(client, operator, AUTHORITY)["ref"]
    form = in_form(client.get("/warnings/rules", headers=operator).text)
    assert form["severe.remind"] == ["15"]
    wrong = post(client, "/warnings/rules", operator, form | {"severe.remind": ["soon"]})
    assert (wrong.status_code, "soon" in wrong.text) == (422, True)
    said = form | {"severe.remind": ["3"], "severe.tell_next": [""]}
    assert post(client, "/warnings/rules", operator, said).status_code == 303
    after = issued(client, operator, AUTHORITY)["ref"]
    assert len(line_of(client, operator, before)["steps"]) == 3
    assert [step["action"] for step in line_of(client, operator, after)["steps"]] == ["remind", "tell_centre"]
    assert client.get("/warnings/rules", headers=cast.person("administrator")).status_code == 200
    for role, countries in (("analyst", ()), ("operator", ("KGZ",))):
        assert client.get("/warnings/rules", headers=cast.person(role, countries=countries)).status_code == 403


def test_how_fast_answers_come_leaves_exercises_out(client: TestClient, cast: Cast) -> None:
    operator, bermet, analyst = cast.person("operator"), neighbour(cast), cast.person("analyst")
    assert "No warning was issued to anybody yet." in client.get("/warnings/speed", headers=analyst).text
    drill = issued(client, operator, AUTHORITY, status="exercise")["ref"]
    acknowledge(client, bermet, drill)
    assert "No warning was issued to anybody yet." in client.get("/warnings/speed", headers=analyst).text
    acknowledge(client, bermet, issued(client, operator, AUTHORITY)["ref"])
    page = client.get("/warnings/speed", headers=analyst).text
    assert "Ministry of Emergency Situations of the Kyrgyz Republic" in page
    assert client.get("/warnings/speed", headers=bermet).status_code == 403


def test_an_exercise_is_marked_on_every_page(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    ref = draft(client, operator, status="exercise")["ref"]
    pages = [f"/warnings/{ref}", f"/warnings/{ref}/issue", "/warnings"]
    assert all("EXERCISE: Mudflow" in client.get(page, headers=operator).text for page in pages)
    ref = issued(client, operator, AUTHORITY, status="exercise")["ref"]
    pages = [f"/warnings/{ref}", f"/warnings/{ref}/board", "/warnings"]
    assert all("EXERCISE: Mudflow" in client.get(page, headers=operator).text for page in pages)
