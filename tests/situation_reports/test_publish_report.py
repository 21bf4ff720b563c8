"""A report is written as a draft and published under the next number of its event; from then on it never changes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from tests.conftest import Cast
from tests.documents import files
from tests.make import make_event, make_figure, make_source

SAID = {
    "covers_until": "2026-07-09T06:00:00Z",
    "sections": {
        "highlights": {"en": "Two villages are cut off.", "ru": "Два села отрезаны."},
        "needs": {"en": "Tents."},
    },
}
Report = dict[str, Any]


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db)
    make_figure(db, event, "dead", 7, source_id=make_source(db, "MES").id)
    db.commit()
    return event


@pytest.fixture
def key(cast: Cast) -> dict[str, str]:
    return cast.program("events:write", "records:read-centre") | {"If-Match": "*"}


def at(event: Event, report: Any = "", door: str = "") -> str:
    return f"/api/v1/events/{event.ref}/situation-reports" + (f"/{report}" if report else "") + door


def begin(client: TestClient, event: Event, key: dict[str, str], **said: Any) -> Report:
    answer = client.post(at(event), json=SAID | said, headers=key)
    assert answer.status_code == 201, answer.text
    report: Report = answer.json()
    assert answer.headers["location"] == at(event, report["id"])
    return report


def publish(client: TestClient, event: Event, key: dict[str, str], report: Report | None = None, **said: Any) -> Report:
    draft = report or begin(client, event, key)
    answer = client.post(at(event, draft["id"], "/publish"), json=said, headers=key)
    assert answer.status_code == 200, answer.text
    published: Report = answer.json()
    return published


def test_a_draft_is_seen_by_those_who_may_write_the_event_only(
    client: TestClient, cast: Cast, event: Event, key: dict[str, str]
) -> None:
    draft = begin(client, event, key)
    assert (draft["status"], draft["number"], draft["version"], draft["figures"]) == ("draft", None, None, None)
    for asker in (
        {},
        cast.person("analyst"),
        cast.person("administrator"),
        cast.person("operator", countries=("KGZ",)),
    ):
        assert client.get(at(event, draft["id"]), headers=asker).status_code == 404
        assert client.get(at(event), headers=asker).json()["count"] == 0
    for asker in (cast.person("operator"), cast.person("operator", countries=("KAZ",))):
        assert client.get(at(event, draft["id"]), headers=asker).status_code == 200
        assert client.get(at(event), params={"status": "draft"}, headers=asker).json()["count"] == 1


def test_a_draft_is_written_on_by_merge_patches(client: TestClient, event: Event, key: dict[str, str]) -> None:
    draft = begin(client, event, key)
    change = {"sections": {"needs": None, "gaps": {"ru": "Топливо."}, "highlights": {"ru": None}}}
    answer = client.patch(at(event, draft["id"]), json=change, headers=key)
    assert answer.status_code == 200, answer.text
    assert answer.json()["sections"]["gaps"] == "Топливо."
    assert answer.json()["sections"]["needs"] is None
    assert answer.json()["languages"] == ["en", "ru"]
    assert client.patch(at(event, draft["id"]), json={}, headers=key | {"If-Match": '"1-x"'}).status_code == 412


def test_published_it_has_the_next_number_and_is_read_by_all(
    client: TestClient, event: Event, key: dict[str, str], db: Session
) -> None:
    first, second = publish(client, event, key), publish(client, event, key)
    assert [(one["ref"], one["number"], one["version"]) for one in (first, second)] == [
        (f"{event.ref}-SR-1", 1, "1.0"), (f"{event.ref}-SR-2", 2, "1.0"),
    ]  # fmt: skip
    for name in ("1", "SR-1", "sr-1", f"{event.ref}-SR-1", first["id"]):
        assert client.get(at(event, name)).json()["id"] == first["id"], name
    assert [one["number"] for one in client.get(at(event)).json()["results"]] == [2, 1]
    assert client.get(at(event, 1), headers={"Accept-Language": "ru"}).json()["title"] == "Отчёт об обстановке 1"
    line = db.scalars(select(History).where(History.action == "published").order_by(History.id)).first()
    assert line is not None
    assert (line.after, line.visibility) == ({"number": 1, "version": "1.0"}, "public")


def test_drafts_that_come_to_nothing_leave_no_gap(client: TestClient, event: Event, key: dict[str, str]) -> None:
    publish(client, event, key)
    thrown = begin(client, event, key)
    gone = client.post(at(event, thrown["id"], "/withdraw"), json={"reason": "Nothing new"}, headers=key)
    assert gone.status_code == 200, gone.text
    assert publish(client, event, key)["number"] == 2


def test_of_two_who_publish_at_once_each_gets_a_number_of_its_own(
    client: TestClient, event: Event, key: dict[str, str]
) -> None:
    drafts = [begin(client, event, key) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        found = list(
            pool.map(lambda draft: client.post(at(event, draft["id"], "/publish"), json={}, headers=key), drafts)
        )
    assert sorted(one.json()["number"] for one in found) == [1, 2, 3, 4, 5, 6]


def test_the_same_draft_is_published_once(client: TestClient, event: Event, key: dict[str, str]) -> None:
    draft = begin(client, event, key)
    once = key | {"Idempotency-Key": "one"}
    first, again = (client.post(at(event, draft["id"], "/publish"), json={}, headers=once) for _ in range(2))
    assert first.json() == again.json()
    assert client.post(at(event, draft["id"], "/publish"), json={}, headers=key).status_code == 409


def test_its_figures_are_those_of_the_moment_whatever_becomes_known_later(
    client: TestClient, event: Event, key: dict[str, str], db: Session
) -> None:
    publish(client, event, key)
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
    (frozen,) = client.get(at(event, 1)).json()["figures"]
    assert (frozen["indicator"], frozen["value"], frozen["source"]["code"]) == ("dead", 7, "MES")
    assert publish(client, event, key)["figures"][0]["value"] == 12


def test_what_is_published_is_never_changed(client: TestClient, event: Event, key: dict[str, str]) -> None:
    publish(client, event, key)
    assert client.patch(at(event, 1), json={"sections": {"gaps": {"en": "x"}}}, headers=key).status_code == 409
    assert client.patch(at(event, 1), json={}, headers=key).status_code == 409


def test_nobody_who_serves_can_rewrite_a_version(
    client: TestClient, event: Event, key: dict[str, str], cluster: Any, database: str
) -> None:
    import psycopg

    from app.cluster import SERVING

    publish(client, event, key)
    with (
        psycopg.connect(cluster.url(database, SERVING)) as serving,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        serving.execute("UPDATE situation_report_versions SET sections = '{}'")


@pytest.mark.parametrize("sections", [{}, {"needs": {"en": "Tents."}}, {"highlights": {"en": ""}}])
def test_a_report_without_highlights_and_overview_is_not_published(
    client: TestClient, event: Event, key: dict[str, str], sections: Any
) -> None:
    draft = begin(client, event, key, sections=sections)
    answer = client.post(at(event, draft["id"], "/publish"), json={}, headers=key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "sections"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"sections": {"weather": {"en": "x"}}}, "sections.weather"),
        ({"sections": {"needs": {"xx": "x"}}}, "sections.needs.xx"),
        ({"covers_from": "2026-07-10T00:00:00Z"}, "covers_until"),
        ({"documents": ["DO-999999"]}, "documents"),
        ({"number": 9}, "number"),
        ({"visibility": "all"}, "visibility"),
    ],
)
def test_what_cannot_be_is_named(client: TestClient, event: Event, key: dict[str, str], said: Any, field: str) -> None:
    answer = client.post(at(event), json=SAID | said, headers=key)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


def test_the_next_report_begins_with_the_text_of_the_last(
    client: TestClient, event: Event, key: dict[str, str]
) -> None:
    publish(client, event, key)
    answer = client.post(
        at(event), json={"from_last": True, "sections": {"highlights": {"en": "The road is open."}}}, headers=key
    )
    said = answer.json()
    assert said["sections"]["highlights"] == "The road is open."
    assert said["covers_from"].startswith("2026-07-09T06:00:00")
    again = client.post(at(event), json={"from_last": True}, headers=key).json()
    assert again["sections"]["needs"] == "Tents."


def test_documents_are_attached_and_seen_by_those_who_may(
    client: TestClient, event: Event, key: dict[str, str]
) -> None:
    address = f"/api/v1/events/{event.ref}/documents"
    open_one = client.post(address, content=files.PDF, headers=key).json()
    hidden = client.post(address, content=files.JPEG, headers=key, params={"visibility": "centre"}).json()
    draft = begin(client, event, key, documents=[open_one["ref"], hidden["ref"]])
    refused = client.post(at(event, draft["id"], "/publish"), json={}, headers=key)
    assert refused.json()["errors"][0]["field"] == "documents"
    client.patch(at(event, draft["id"]), json={"documents": [open_one["ref"]]}, headers=key)
    publish(client, event, key, draft)
    assert [one["ref"] for one in client.get(at(event, 1)).json()["documents"]] == [open_one["ref"]]
    client.patch(f"/api/v1/documents/{open_one['ref']}", json={"visibility": "centre"}, headers=key)
    assert client.get(at(event, 1)).json()["documents"] == []


def test_a_report_is_never_seen_by_more_than_its_event(
    client: TestClient, event: Event, key: dict[str, str], db: Session
) -> None:
    publish(client, event, key)
    narrowed = client.patch(f"/api/v1/events/{event.ref}", json={"visibility": "centre"}, headers=key)
    assert narrowed.status_code == 200, narrowed.text
    assert client.get(at(event, 1)).status_code == 404
    assert client.get(at(event, 1), headers=key).json()["visibility"] == "centre"
    hidden = make_event(db, "Hidden", visibility="centre")
    db.commit()
    assert (
        client.post(at(hidden), json=SAID | {"visibility": "public"}, headers=key).json()["errors"][0]["field"]
        == "visibility"
    )


def test_a_draft_changes_nothing_that_others_see(client: TestClient, event: Event, key: dict[str, str]) -> None:
    addresses = (f"/api/v1/events/{event.ref}", at(event), f"/events/{event.ref}")
    before = [
        (answer.headers["etag"], answer.headers.get("last-modified"), answer.content)
        for answer in map(client.get, addresses)
    ]
    draft = begin(client, event, key)
    client.patch(at(event, draft["id"]), json={"sections": {"gaps": {"en": "Fuel."}}}, headers=key)
    after = [
        (answer.headers["etag"], answer.headers.get("last-modified"), answer.content)
        for answer in map(client.get, addresses)
    ]
    assert [one[0] for one in before] == [one[0] for one in after]
    assert [one[1] for one in before] == [one[1] for one in after]


@pytest.mark.parametrize("scopes", [(), ("records:read-centre",), ("capacities:write",)])
def test_without_the_right_nothing_is_written(
    client: TestClient, cast: Cast, event: Event, scopes: tuple[str, ...]
) -> None:
    assert client.post(at(event), json=SAID, headers=cast.program(*scopes)).status_code == 403
    assert client.post(at(event), json=SAID).status_code == 401


def test_the_database_numbers_no_two_alike(client: TestClient, event: Event, key: dict[str, str], db: Session) -> None:
    publish(client, event, key), publish(client, event, key)
    with pytest.raises(DBAPIError):
        db.execute(text("UPDATE situation_reports SET number = 1"))
