"""`as_of`: events as they were known on a day, exactly, in lists, facets, files and on pages; and to whom."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event, EventArea, EventCountry
from tests.conftest import Cast
from tests.events.past import known, moment
from tests.make import make_event, make_figure, make_glide
from tests.waiting import soon


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db, summary={"en": "First report."}, alert_level="green")
    make_glide(db, event, "MS-2026-000101-KAZ")
    db.commit()
    return event


def change(client: TestClient, cast: Cast, event: Event, **fields: Any) -> None:
    headers = cast.person("operator") | {"If-Match": "*"}
    answer = client.patch(f"/api/v1/events/{event.ref}", json=fields, headers=headers)
    assert answer.status_code == 200, answer.text


def versions(db: Session, event: Event) -> list[tuple[Any, ...]]:
    db.rollback()
    asked = "SELECT status, countries, glides FROM event_versions WHERE id = :id ORDER BY known_from"
    return [tuple(row) for row in db.execute(text(asked), {"id": event.id})]


def test_every_field_is_told_as_it_was(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    before, then = client.get(f"/api/v1/events/{event.ref}").json(), moment(db)
    change(client, cast, event, titles={"en": "Debris flow"}, hazard="LS", status="closed", started_at="2026-07-01T00:00:00Z",
           countries=["KGZ"], areas=["KG-O"], glide=["LS-2026-000009-KGZ"], geometry={"type": "Point", "coordinates": [72.0, 40.0]},
           summary=None, alert_level="red", alert_reason="It grew")  # fmt: skip
    assert client.get(f"/api/v1/events/{event.ref}", params={"as_of": then}).json() == before
    now = client.get(f"/api/v1/events/{event.ref}").json()
    assert client.get(f"/api/v1/events/{event.ref}", params={"as_of": moment(db)}).json() == now
    assert known(client, then)[event.ref] == before


FILTERS = (
    {"hazard": "MS"}, {"status": "ongoing"}, {"alert_level": "green"}, {"country": "KAZ"}, {"area": "KZ-75"}, {"q": "mudflow"},
    {"glide": "ms 2026 101 kaz"}, {"glide": "2026-000101-KAZ"}, {"q": "MS-2026-000 101-KAZ"}, {"bbox": "76,43,77,44"},
    {"near": "76.98,43.15", "within_km": "5"}, {"started_after": "2026-07-08T00:00:00Z"}, {"exercise": "false"}, {"q": "rainfall"},
)  # fmt: skip


@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_filters_look_at_what_was_known_then(
    client: TestClient, cast: Cast, db: Session, event: Event, where: dict[str, str]
) -> None:
    change(client, cast, event, areas=["KZ-75"], summary={"en": "Rainfall of three days."})
    then = moment(db)
    change(client, cast, event, titles={"en": "Slide"}, hazard="LS", status="closed", started_at="2026-06-01T00:00:00Z",
           countries=["KGZ"], areas=[], glide=[], geometry={"type": "Point", "coordinates": [72.0, 40.0]}, summary=None,
           alert_level="red", alert_reason="It grew", exercise=True, exercise_reason="It was a drill")  # fmt: skip
    assert event.ref in known(client, then, **where)
    assert event.ref not in known(client, moment(db), **where)
    assert event.ref not in [one["ref"] for one in client.get("/api/v1/events", params=where).json()["results"]]


@pytest.mark.parametrize("ordering", ["started_at", "-started_at", "title", "-title", "created_at", "updated_at"])
def test_orders_and_pages_are_those_of_then(
    client: TestClient, cast: Cast, db: Session, event: Event, ordering: str
) -> None:
    make_event(db, "Aftershock", started_at="2026-07-09T00:00:00Z")
    make_event(db, "Zhetysu flood", started_at="2026-05-01T00:00:00Z")
    db.commit()
    present = {"ordering": ordering, "limit": 1000, "started_after": "2026-01-01T00:00:00Z"}
    now = [one["ref"] for one in client.get("/api/v1/events", params=present).json()["results"]]
    then = moment(db)
    change(client, cast, event, titles={"en": "Yield"}, started_at="2026-01-02T00:00:00Z")
    seen, address = (
        [],
        f"/api/v1/events?as_of={then.replace('+', '%2B')}&ordering={ordering}&limit=1&started_after=2026-01-01T00:00:00Z",
    )
    while address:
        page = client.get(address).json()
        seen += [one["ref"] for one in page["results"]]
        address = (page["next"] or "").removeprefix("http://localhost:8000")
    assert seen == now


def test_counts_are_those_of_then(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    where = {"started_after": "2026-01-01T00:00:00Z"}
    before, then = client.get("/api/v1/events/facets", params=where).json(), moment(db)
    change(client, cast, event, countries=["KGZ", "UZB"], hazard="LS", status="closed")
    assert soon(lambda: client.get("/api/v1/events/facets", params=where).json(), lambda said: said != before) != before
    assert client.get("/api/v1/events/facets", params=where | {"as_of": then}).json() == before


@pytest.mark.parametrize("format", ["csv", "geojson", "xlsx"])
def test_files_are_those_of_then(client: TestClient, cast: Cast, db: Session, event: Event, format: str) -> None:
    asked = {"format": format, "started_after": "2026-01-01T00:00:00Z"}
    before, then = client.get("/api/v1/events", params=asked), moment(db)
    change(client, cast, event, titles={"en": "Slide"}, countries=["KGZ"])
    after = client.get("/api/v1/events", params=asked | {"as_of": then})
    if format == "csv":
        assert after.text == before.text
        assert next(csv.DictReader(io.StringIO(after.text.lstrip("\ufeff"))))["countries_iso3"] == "KAZ"
    elif format == "geojson":
        assert after.json()["features"] == before.json()["features"]
    else:
        assert after.content[:2] == b"PK"


def test_figures_are_those_said_by_then(client: TestClient, db: Session, event: Event) -> None:
    make_figure(db, event, "dead", 3, reported_at="2026-07-08T12:00:00Z")
    make_figure(db, event, "dead", 9, reported_at="2026-07-10T12:00:00Z", as_of="2026-07-10")
    db.commit()
    told = [known(client, f"2026-07-{day}")[event.ref]["figures"]["dead"] for day in ("08", "09", "10")]
    assert [one and one["value"] for one in told] == [3, 3, 9]
    assert (
        client.get(f"/api/v1/events/{event.ref}", params={"as_of": "2026-07-08"}).json()["figures"]["dead"]["value"]
        == 3
    )


def test_an_event_is_known_from_its_beginning_on(client: TestClient, db: Session, event: Event) -> None:
    assert event.ref not in known(client, "2026-07-07")
    assert event.ref in known(client, "2026-07-08")  # a day is meant to its end
    assert event.ref not in known(client, "2026-07-08T05:29:59Z")
    assert event.ref in known(client, "2026-07-08T05:30:00Z")
    assert client.get(f"/api/v1/events/{event.ref}", params={"as_of": "2026-07-07"}).status_code == 404


def test_many_statements_of_one_transaction_make_one_version(db: Session, event: Event) -> None:
    assert versions(db, event) == [("ongoing", ["KAZ"], ["MS-2026-000101-KAZ"])]
    event = db.get_one(Event, event.id)
    event.status = "closed"
    db.flush()
    db.add(EventCountry(event_id=event.id, country_iso3="KGZ"))
    db.flush()
    make_glide(db, event, "MS-2026-000102-KGZ")
    db.commit()
    numbers = ["MS-2026-000101-KAZ", "MS-2026-000102-KGZ"]
    assert versions(db, event)[1:] == [("closed", ["KAZ", "KGZ"], numbers)]


def test_what_changes_back_in_one_transaction_and_what_only_touches_makes_no_version(db: Session, event: Event) -> None:
    event = db.get_one(Event, event.id)
    event.status = "closed"
    db.flush()
    event.status = "ongoing"
    db.commit()
    make_figure(db, event, "dead", 3)
    db.commit()
    assert len(versions(db, event)) == 1


def test_a_part_that_alone_changes_makes_a_version(db: Session, event: Event) -> None:
    area = db.execute(text("SELECT id FROM areas WHERE code = 'KZ-75'")).scalar_one()
    db.add(EventArea(event_id=event.id, area_id=area))
    db.commit()
    db.execute(text("DELETE FROM event_areas WHERE event_id = :id"), {"id": event.id})
    db.commit()
    assert len(versions(db, event)) == 3


def test_versions_follow_one_another_without_gap_and_overlap(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    for status in ("closed", "ongoing", "alert"):
        change(client, cast, event, status=status)
    asked = "SELECT known_from::text, known_until::text FROM event_versions WHERE id = :id ORDER BY event_versions.known_from"
    times = list(db.execute(text(asked), {"id": event.id}))
    assert len(times) == 4
    assert [until for _from, until in times[:-1]] == [since for since, _until in times[1:]]


def test_the_serving_role_writes_no_version_itself(client: TestClient, cluster: Any, database: str) -> None:
    import psycopg

    from app.cluster import SERVING

    with psycopg.connect(cluster.url(database, SERVING), autocommit=True) as serving:
        for statement in ("DELETE FROM event_versions", "UPDATE event_versions SET status = 'closed'",
                          "DELETE FROM event_alert_levels", "UPDATE event_alert_levels SET reason = ''"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                serving.execute(statement)


# -- who sees what of the past


def test_what_was_hidden_then_stays_hidden_for_then(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db, visibility="centre")
    then = moment(db)
    change(client, cast, event, visibility="public")
    assert event.ref not in known(client, then)
    assert event.ref in known(client, then, cast.person("analyst"))
    assert event.ref in known(client, moment(db))


def test_what_is_hidden_now_is_hidden_for_every_day(client: TestClient, cast: Cast, db: Session, event: Event) -> None:
    then = moment(db)
    change(client, cast, event, visibility="centre")
    assert event.ref not in known(client, then)
    assert client.get(f"/api/v1/events/{event.ref}", params={"as_of": then}).status_code == 404
    assert event.ref in known(client, then, cast.person("analyst"))
    assert (
        client.get("/api/v1/events/facets", params={"as_of": then, "q": "mudflow", "country": "KAZ"}).json()["count"]
        == 0
    )


def test_country_limits_are_those_of_then_and_of_now(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db, "Hidden flood", "KGZ", visibility="partners")
    first = moment(db)
    change(client, cast, event, countries=["KAZ"])
    for countries, sees in ((("KGZ",), [False, False]), (("KAZ",), [False, True]), (("KAZ", "KGZ"), [True, True])):
        reader = cast.person("reader", organisation="TEST-ORG", countries=countries)
        assert [event.ref in known(client, at, reader) for at in (first, moment(db))] == sees, countries


def test_withdrawn_events_were_known_while_they_were_valid(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    then = moment(db)
    headers = cast.person("operator") | {"If-Match": "*"}
    assert (
        client.post(f"/api/v1/events/{event.ref}/withdraw", json={"reason": "No"}, headers=headers).status_code == 200
    )
    withdrawn = moment(db)
    assert client.post(f"/api/v1/events/{event.ref}/restore", json={}, headers=headers).status_code == 200
    assert event.ref in known(client, then)
    assert event.ref not in known(client, withdrawn)
    assert event.ref in known(client, moment(db))


def test_what_was_logged_later_and_is_withdrawn_now_was_known_to_nobody(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    headers = cast.person("operator") | {"If-Match": "*"}
    assert event.ref in known(client, "2026-07-20")
    then = moment(db)
    client.post(f"/api/v1/events/{event.ref}/withdraw", json={"reason": "An error of entry"}, headers=headers)
    assert event.ref not in known(client, "2026-07-20", cast.person("operator"))
    assert event.ref in known(client, then)  # here it stood in the list


# -- what cannot be asked


@pytest.mark.parametrize("at", ["yesterday", "2026", "2026-02-30", "2026-07-08T05:30", "", "0000-01-01", "9999-12-31"])
@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/events/facets", "/api/v1/events/EV-2008-0006"])
def test_what_is_no_moment_that_has_come_is_refused(client: TestClient, path: str, at: str) -> None:
    answer = client.get(path, params={"as_of": at})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "as_of")


def test_tomorrow_is_refused_and_today_is_what_is_known_so_far(client: TestClient, event: Event) -> None:
    today = datetime.now(UTC).date()
    assert event.ref in known(client, today.isoformat())
    tomorrow = (today + timedelta(days=1)).isoformat()
    assert client.get("/api/v1/events", params={"as_of": tomorrow}).status_code == 422


def test_following_changes_is_of_the_present(client: TestClient) -> None:
    asked = {"as_of": "2026-07-08", "updated_since": "2026-01-01T00:00:00Z"}
    answer = client.get("/api/v1/events", params=asked)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "updated_since")


@pytest.mark.parametrize("path", ["/tiles/events/4/11/5.mvt", "/map"])
def test_what_shows_the_present_only_says_so(client: TestClient, path: str) -> None:
    assert client.get(path, params={"as_of": "2026-07-08"}).status_code == 422


# -- pages


def test_pages_of_the_past_say_so_and_lead_to_the_present(
    client: TestClient, cast: Cast, db: Session, event: Event
) -> None:
    then = moment(db)
    change(client, cast, event, titles={"en": "Debris flow"})
    for path in ("/events", f"/events/{event.ref}"):
        page = client.get(path, params={"as_of": then}).text
        assert "Mudflow above Almaty" in page
        assert "Debris flow" not in page
        assert f'<a href="{path}">Go to the present</a>' in page
        assert "As known on" not in client.get(path).text.replace("As known on</label>", "")
    assert f'href="/events/{event.ref}?as_of=' in client.get("/events", params={"as_of": then}).text


def test_a_page_of_before_it_was_known_leads_to_the_present(client: TestClient, event: Event) -> None:
    page = client.get(f"/events/{event.ref}", params={"as_of": "2020-01-01"}, headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert f"/events/{event.ref}" in page.text
    assert "Nothing was known of this event yet then." in page.text
