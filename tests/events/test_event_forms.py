"""Events written on pages that work without JavaScript: nothing typed is lost, nobody's change is overwritten unseen."""

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from tests.conftest import Cast
from tests.make import make_event, make_glide

TYPED: dict[str, Any] = {
    "titles.en": "Mudflow above Almaty",
    "titles.ru": "Сель выше Алматы",
    "hazard": "MS",
    "started_at.day": "2026-07-08",
    "started_at.time": "05:30",
    "countries": ["KAZ"],
    "areas": ["KZ-75"],
    "geometry": "43°09′00″ N 76°58′48″ E",
    "status": "ongoing",
    "visibility": "public",
    "glide": "ms 2026 101 kaz; EQ-2026-000102-KAZ",
    "key": "one-form",
}


def field(page: str, name: str) -> str:
    """What stands in a hidden or a text field of a page."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*? value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


def in_form(page: str) -> dict[str, Any]:
    """All that a browser would send of a page's form as it stands."""
    form = page[page.index('<form class="form"') : page.index("</form>", page.index('<form class="form"'))]
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        sent.setdefault(attributes["name"], []).append(unescape(attributes.get("value", "")))
    for name, text in re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        sent[name] = [unescape(text)]
    for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = [chosen[1] if chosen else ""]
    return sent


def logged(db: Session) -> list[Event]:
    db.rollback()
    return list(
        db.scalars(select(Event).where(Event.titles["en"].astext == TYPED["titles.en"]).order_by(Event.created_at))
    )


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db, started_at="2026-07-08T05:30:12.5Z", started_precision="minute")
    make_glide(db, event, "MS-2026-000101-KAZ")
    db.commit()
    db.refresh(event)
    return event


def test_an_operator_logs_an_event_on_a_page(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    assert client.get("/events/new", headers=operator).status_code == 200
    answer = client.post("/events", data=TYPED, headers=operator, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    (event,) = logged(db)
    assert answer.headers["location"] == f"/events/{event.ref}"
    said = client.get(f"/api/v1/events/{event.ref}").json()
    assert said["geometry"] == {"type": "Point", "coordinates": [76.98, 43.15]}
    assert said["glide"] == ["EQ-2026-000102-KAZ", "MS-2026-000101-KAZ"]
    assert (said["started_at"], said["started_precision"]) == ("2026-07-08T05:30:00+00:00", "minute")
    assert event.titles == {"en": TYPED["titles.en"], "ru": TYPED["titles.ru"]}
    line = db.scalars(select(History).where(History.record_id == event.id)).one()
    assert (line.means, line.actor_kind, line.action) == ("page", "person", "logged")


def test_a_form_sent_twice_logs_once(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    answers = [client.post("/events", data=TYPED, headers=operator, follow_redirects=False) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert len(logged(db)) == 1


def test_a_form_that_was_saved_and_changed_afterwards_says_so(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    client.post("/events", data=TYPED, headers=operator)
    answer = client.post("/events", data=TYPED | {"status": "closed"}, headers=operator)
    assert answer.status_code == 409
    assert "saved once already" in answer.text
    assert field(answer.text, "key") != TYPED["key"]
    assert len(logged(db)) == 1


def test_everything_typed_is_kept_when_something_is_wrong(client: TestClient, cast: Cast, db: Session) -> None:
    wrong = TYPED | {"geometry": "somewhere in the hills", "hazard": "", "titles.ru": "", "titles.fa-AF": "سیلاب"}
    answer = client.post("/events", data=wrong, headers=cast.person("operator"))
    assert answer.status_code == 422
    assert "<title>Error: Log an event" in answer.text
    sent = in_form(answer.text)
    for name, value in wrong.items():
        assert sent.get(name, [""]) == (value if isinstance(value, list) else [value]), name
    for name in ("geometry", "hazard"):
        assert f'href="#field-{name}"' in answer.text
        assert f'id="field-{name}"' in answer.text
        assert f'id="error-{name}"' in answer.text
        assert re.search(rf'name="{name}"[^>]*aria-invalid="true"[^>]*aria-describedby="[^"]*error-{name}', answer.text)
    assert "“Hazard” is missing." in answer.text
    assert answer.text.count('href="#field-') == 2
    assert logged(db) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"titles.en": "", "titles.ru": ""}, "Say it in one language at least."),
        ({"titles.en": "x" * 201}, "“Title (English)” is too long"),
        ({"started_at.day": ""}, "“Began” must be a time"),
        ({"started_at.day": "yesterday"}, "“Began” must be a time"),
        ({"ended_at.day": "2026-07-01"}, "An event cannot end before it began."),
        ({"countries": []}, "“Countries” must not be empty."),
        ({"areas": ["KG-O"]}, "lies in none of the event’s countries"),
        ({"glide": "EQ-1"}, "is not a GLIDE number"),
        ({"geometry": '{"type": "Point"'}, "This is not valid GeoJSON"),
        (
            {"geometry": '{"type": "Polygon", "coordinates": [[[70,40],[71,41],[71,40],[70,41],[70,40]]]}'},
            "This shape cannot be",
        ),
        ({"visibility": "secret"}, "“Who may see it” must be one of"),
        ({"organisation": "CESDRR"}, "There is no parameter “organisation” here"),
        ({"titles": "x"}, "“Title” must be a JSON object"),
    ],
)
def test_errors_are_in_the_words_of_the_page(
    client: TestClient, cast: Cast, db: Session, changes: dict[str, Any], told: str
) -> None:
    answer = client.post("/events", data=TYPED | changes, headers=cast.person("operator"))
    assert answer.status_code == 422, answer.text
    assert told in unescape(answer.text)
    assert logged(db) == []


def test_a_likely_duplicate_is_shown_before_anything_is_saved(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    operator = cast.person("operator")
    doubt = client.post("/events", data=TYPED | {"titles.en": "Another"}, headers=operator)
    assert doubt.status_code == 409
    assert f'href="/events/{event.ref}"' in doubt.text
    assert "began on the same day" in doubt.text
    sent = in_form(doubt.text)
    assert sent["titles.en"] == ["Another"]
    assert "nevertheless" not in sent
    answer = client.post("/events", data=sent | {"nevertheless": "yes"}, headers=operator, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] != f"/events/{event.ref}"


def test_whoever_may_not_write_for_a_country_is_told_and_keeps_what_was_typed(
    client: TestClient, cast: Cast, db: Session
) -> None:
    answer = client.post("/events", data=TYPED, headers=cast.person("operator", countries=("UZB", "KGZ")))
    assert answer.status_code == 403
    assert "touch no other countries than these: KGZ, UZB." in answer.text
    assert in_form(answer.text)["titles.ru"] == [TYPED["titles.ru"]]
    assert logged(db) == []


def test_only_what_was_changed_on_the_page_changes(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    operator = cast.person("operator")
    page = client.get(f"/events/{event.ref}/edit", headers=operator)
    sent = in_form(page.text)
    assert sent["started_at.time"] == ["05:30:12"]
    answer = client.post(
        f"/events/{event.ref}",
        data=sent | {"alert_level": "red", "alert_reason": "The lake rises"},
        headers=operator,
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text
    line = db.scalars(select(History).where(History.record_id == event.id)).one()
    assert (line.before, line.after) == ({"alert_level": None}, {"alert_level": "red"})
    assert line.reason == "The lake rises"
    db.refresh(event)
    assert event.started_at.microsecond == 500_000


def test_what_is_emptied_on_the_page_is_emptied(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    operator = cast.person("operator")
    sent = in_form(client.get(f"/events/{event.ref}/edit", headers=operator).text)
    changes = {"titles.ru": "Сель", "glide": "", "geometry": "", "exercise": "true", "exercise_reason": "A drill"}
    assert client.post(f"/events/{event.ref}", data=sent | changes, headers=operator).status_code == 200
    said = client.get(f"/api/v1/events/{event.ref}", params={"lang": "ru"}).json()
    assert (said["title"], said["glide"], said["geometry"], said["exercise"]) == ("УЧЕНИЕ: Сель", [], None, True)


def test_two_who_changed_it_get_both_versions_side_by_side(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    mine, theirs = cast.person("operator"), cast.person("operator")
    opened = in_form(client.get(f"/events/{event.ref}/edit", headers=mine).text)
    other = in_form(client.get(f"/events/{event.ref}/edit", headers=theirs).text)
    red = {"titles.en": "Theirs", "alert_level": "red", "alert_reason": "It rains"}
    client.post(f"/events/{event.ref}", data=other | red, headers=theirs)
    conflict = client.post(
        f"/events/{event.ref}", data=opened | {"titles.en": "Mine", "place.en": "Gorge"}, headers=mine
    )
    assert conflict.status_code == 409
    shown = unescape(conflict.text)
    assert all(said in shown for said in ("Theirs", "Mine", "Gorge", "red", "Mudflow above Almaty"))
    sent = in_form(conflict.text)
    assert sent["choose.alert_level"] == ["theirs"]  # only they changed it
    assert sent["choose.place.en"] == ["mine"]  # only I did
    assert "choose.titles.en" not in sent  # both did: somebody has to choose
    asked = client.post(f"/events/{event.ref}", data=sent, headers=mine)
    assert asked.status_code == 409
    assert 'href="#field-choose.titles.en"' in asked.text or "Choose one of the two versions." in asked.text
    decided = in_form(asked.text) | {"choose.titles.en": "mine"}
    answer = client.post(f"/events/{event.ref}", data=decided, headers=mine, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    db.refresh(event)
    assert (event.titles["en"], event.alert_level, event.place) == ("Mine", "red", {"en": "Gorge"})


def test_a_third_who_is_quicker_starts_it_anew_and_nothing_is_lost(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    mine, theirs = cast.person("operator"), cast.person("operator")
    opened = in_form(client.get(f"/events/{event.ref}/edit", headers=mine).text)
    headers = theirs | {"If-Match": "*"}
    client.patch(f"/api/v1/events/{event.ref}", json={"titles": {"en": "Second"}}, headers=headers)
    conflict = client.post(f"/events/{event.ref}", data=opened | {"titles.en": "Mine"}, headers=mine)
    client.patch(f"/api/v1/events/{event.ref}", json={"titles": {"en": "Third"}}, headers=headers)
    again = client.post(
        f"/events/{event.ref}", data=in_form(conflict.text) | {"choose.titles.en": "mine"}, headers=mine
    )
    assert again.status_code == 409
    assert "Third" in again.text
    answer = client.post(
        f"/events/{event.ref}",
        data=in_form(again.text) | {"choose.titles.en": "mine"},
        headers=mine,
        follow_redirects=False,
    )
    assert answer.status_code == 303
    db.refresh(event)
    assert event.titles["en"] == "Mine"


def test_withdrawing_asks_for_the_reason_and_restoring_brings_it_back(
    client: TestClient, cast: Cast, event: Event
) -> None:
    operator, address = cast.person("operator"), f"/events/{event.ref}"
    form = in_form(client.get(f"{address}/withdraw", headers=operator).text)
    refused = client.post(f"{address}/withdraw", data=form | {"reason": " "}, headers=operator)
    assert refused.status_code == 422
    assert 'href="#field-reason"' in refused.text
    sent = in_form(refused.text) | {"reason": "Logged twice"}
    assert client.post(f"{address}/withdraw", data=sent, headers=operator, follow_redirects=False).status_code == 303
    gone = client.get(address, headers=operator)
    assert "Logged twice" in gone.text
    assert client.get(address).status_code == 404
    assert client.get(address, headers=cast.person("operator", countries=("UZB",))).status_code == 404
    assert client.get(f"{address}/edit", headers=operator).status_code == 404
    version = field(gone.text, "version")
    back = client.post(f"{address}/restore", data={"version": version}, headers=operator, follow_redirects=False)
    assert back.status_code == 303
    assert client.get(address).status_code == 200


def test_a_change_made_meanwhile_is_told_before_withdrawing(client: TestClient, cast: Cast, event: Event) -> None:
    operator = cast.person("operator")
    form = in_form(client.get(f"/events/{event.ref}/withdraw", headers=operator).text)
    client.patch(f"/api/v1/events/{event.ref}", json={"status": "closed"}, headers=operator | {"If-Match": "*"})
    told = client.post(f"/events/{event.ref}/withdraw", data=form | {"reason": "r"}, headers=operator)
    assert told.status_code == 412
    assert in_form(told.text)["reason"] == ["r"]
    again = client.post(
        f"/events/{event.ref}/withdraw", data=in_form(told.text), headers=operator, follow_redirects=False
    )
    assert again.status_code == 303
    assert client.get(f"/events/{event.ref}").status_code == 404


def test_buttons_are_for_those_who_may(client: TestClient, cast: Cast, event: Event) -> None:
    links = (f"/events/{event.ref}/edit", f"/events/{event.ref}/withdraw")
    pages = {
        who: client.get(f"/events/{event.ref}", headers=headers).text
        for who, headers in {
            "operator": cast.person("operator"),
            "reader": cast.person("reader"),
            "abroad": cast.person("operator", countries=("UZB",)),
            "anybody": {},
        }.items()
    }
    assert {who: [link in page for link in links] for who, page in pages.items()} == {
        "operator": [True, True],
        "reader": [False, False],
        "abroad": [False, False],
        "anybody": [False, False],
    }
    assert "/events/new" in client.get("/events", headers=cast.person("operator")).text
    assert "/events/new" not in client.get("/events").text


@pytest.mark.parametrize("path", ["new", "{ref}/edit", "{ref}/withdraw", "duplicates"])
def test_the_doors_are_for_those_who_may(client: TestClient, cast: Cast, db: Session, event: Event, path: str) -> None:
    address = "/events/" + path.format(ref=event.ref)
    away = client.get(address, follow_redirects=False)
    assert (away.status_code, away.headers["location"].split("?")[0]) == (303, "/sign-in")
    assert client.get(address, headers=cast.person("reader")).status_code == 403
    hidden = make_event(db, visibility="centre")
    db.commit()
    if "{ref}" in path:
        address = "/events/" + path.format(ref=hidden.ref)
        assert client.get(address, headers=cast.person("operator")).status_code == 200
        abroad = cast.person("operator", countries=("UZB",))
        assert client.get(address, headers=abroad).status_code == 404


def test_another_site_cannot_send_the_form(client: TestClient, cast: Cast, db: Session) -> None:
    headers = cast.person("operator") | {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/events", data=TYPED, headers=headers).status_code == 403
    assert logged(db) == []


@pytest.mark.parametrize(
    "begun",
    [
        {},
        {"hazard": "MS"},
        {"hazard": "MS", "started_at.day": "2026-07-", "geometry": "43"},
        {"hazard": "MS", "started_at.day": "2026-07-08", "geometry": "43.15, 7"},
        {"hazard": "\x00", "started_at.day": "2026-07-08", "countries": ["\x00"]},
        {"hazard": "FL", "started_at.day": "0001-01-01", "countries": ["KAZ"]},
        {"hazard": "FL", "started_at.day": "9999-12-31", "countries": ["KAZ"]},
    ],
)
def test_what_is_half_typed_finds_nothing_and_breaks_nothing(
    client: TestClient, cast: Cast, event: Event, begun: dict[str, Any]
) -> None:
    answer = client.get("/events/duplicates", params=begun, headers=cast.person("operator"))
    assert answer.status_code in (200, 422)
    assert event.ref not in answer.text


def test_while_it_is_typed_likely_duplicates_are_told(client: TestClient, cast: Cast, event: Event) -> None:
    begun = {"hazard": "MS", "started_at.day": "2026-07-08", "geometry": "43.15, 76.98"}
    answer = client.get("/events/duplicates", params=begun, headers=cast.person("operator"))
    assert f'href="/events/{event.ref}"' in answer.text
    begun = {"hazard": "MS", "started_at.day": "2026-07-08", "countries": "KAZ"}
    assert event.ref in client.get("/events/duplicates", params=begun, headers=cast.person("operator")).text
