"""The register of entry points over HTTP: both sides of a border, what was said last, winters, and who may see the desks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.entry_points import queries
from app.entry_points.actions import tell_turned
from tests.conftest import Cast
from tests.make import make_contact, make_entry_point, make_entry_point_report
from tests.waiting import soon

URL = "/api/v1/entry-points"


def codes(client: TestClient, **asked: Any) -> set[str]:
    return {one["code"] for one in client.get(URL, params={**asked, "limit": 1000}).json()["results"]}


def await_codes(client: TestClient, wanted: set[str], **asked: Any) -> None:
    soon(lambda: codes(client, **asked), lambda found: wanted <= found)


def test_a_crossing_is_found_from_both_sides(client: TestClient, db: Session) -> None:
    make_entry_point(db, "KAZ-TEST")
    make_entry_point(db, "TJK-TEST", country_iso3="TJK", across_iso3="UZB")
    db.commit()
    await_codes(client, {"KAZ-TEST", "TJK-TEST"})
    assert "KAZ-TEST" in codes(client, country="KAZ") & codes(client, country="KGZ")
    assert "KAZ-TEST" not in codes(client, country="UZB")
    point = client.get(f"{URL}/kaz-test").json()
    assert (point["country"]["iso3"], point["across"]["iso3"]) == ("KAZ", "KGZ")
    assert client.get(f"{URL}/{point['ref']}").json() == point


def test_without_a_report_nothing_is_known_and_the_way_counts_as_passable(client: TestClient, db: Session) -> None:
    make_entry_point(db)
    db.commit()
    await_codes(client, {"KAZ-TEST"})
    point = client.get(f"{URL}/KAZ-TEST").json()
    assert point["said"] == {
        "status": "unknown", "said_by": None, "source": None, "note": None, "from_at": None, "until_at": None,
        "as_of": None, "is_stale": True,
    }  # fmt: skip
    assert point["passable"]
    assert point["hours_to_cross"] == queries.USUAL_HOURS["road"]
    assert point["hours_to_cross_is_usual"]
    assert point["time_zone"] == "Asia/Almaty"


def test_what_began_last_holds_and_it_is_told_who_said_so(client: TestClient, db: Session) -> None:
    now = datetime.now(UTC)
    point = make_entry_point(db)
    make_entry_point_report(db, point, "closed", as_of=now - timedelta(days=20), until_at=now - timedelta(days=18))
    make_entry_point_report(db, point, "open", as_of=now - timedelta(days=3), said_by="Border service")
    make_entry_point_report(db, point, "closed", as_of=now, from_at=now + timedelta(days=5))
    db.commit()
    await_codes(client, {"KAZ-TEST"}, status="open")
    said = client.get(f"{URL}/KAZ-TEST").json()["said"]
    assert (said["status"], said["said_by"], said["is_stale"]) == ("open", "Border service", False)
    reports = client.get(f"{URL}/KAZ-TEST/reports").json()["results"]
    assert [one["counts"] for one in reports] == [False, True, False]


def test_what_nobody_has_confirmed_for_long_is_marked(client: TestClient, db: Session) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=queries.STALE_DAYS + 1)
    make_entry_point_report(db, make_entry_point(db), "open", as_of=long_ago)
    db.commit()
    await_codes(client, {"KAZ-TEST"}, stale="true", status="open")
    assert client.get(f"{URL}/KAZ-TEST").json()["said"]["is_stale"]


def test_a_closed_one_is_not_passable(client: TestClient, db: Session) -> None:
    make_entry_point_report(db, make_entry_point(db), "closed")
    make_entry_point(db, "KAZ-OTHER")
    db.commit()
    await_codes(client, {"KAZ-TEST"}, passable="false")
    assert "KAZ-OTHER" in codes(client, passable="true")


@pytest.mark.parametrize(
    ("winter", "day", "closed"),
    [
        (("11-01", "04-30"), "2027-01-15", True),
        (("11-01", "04-30"), "2027-04-30", True),
        (("11-01", "04-30"), "2027-05-01", False),
        (("01-10", "03-01"), "2027-02-01", True),
        (("01-10", "03-01"), "2027-03-02", False),
        ((None, None), "2027-01-15", False),
    ],
)
def test_a_winter_may_pass_the_end_of_the_year(
    db: Session, winter: tuple[str | None, str | None], day: str, closed: bool
) -> None:
    make_entry_point(db, winter_from=winter[0], winter_to=winter[1])
    statement = queries.crossings(datetime.fromisoformat(f"{day}T12:00:00+05:00"), "en")
    rows = {row.code: row for row in db.connection().exec_driver_sql(statement.text, statement.values)}
    assert rows["KAZ-TEST"].in_winter is closed
    assert rows["KAZ-TEST"].passable is not closed


def test_the_day_of_a_winter_begins_by_the_clock_of_the_place(db: Session) -> None:
    make_entry_point(db, winter_from="11-01", winter_to="04-30")
    statement = queries.crossings(datetime(2026, 10, 31, 20, tzinfo=UTC), "en")  # 1 November in Almaty
    rows = {row.code: row.in_winter for row in db.connection().exec_driver_sql(statement.text, statement.values)}
    assert rows["KAZ-TEST"]


def test_desks_are_told_to_whoever_may_see_them_in_the_directory(client: TestClient, db: Session, cast: Cast) -> None:
    contact = make_contact(db, "Customs desk", visibility="partners")
    make_entry_point(db, customs_contact_id=contact.id)
    partner = cast.person("reader")
    await_codes(client, {"KAZ-TEST"})
    assert client.get(f"{URL}/KAZ-TEST").json()["customs_contact"] is None
    told = client.get(f"{URL}/KAZ-TEST", headers=partner).json()["customs_contact"]
    assert told == {"id": str(contact.id), "organisation": {"code": "TEST-ORG", "name": "Test-Org"}}


def test_facets_count_under_all_filters_but_their_own(client: TestClient, db: Session) -> None:
    make_entry_point(db, "KAZ-TEST", may_pass=["people", "goods"])
    make_entry_point(db, "KAZ-TRAIN", kind="rail", may_pass=["goods"])
    db.commit()
    await_codes(client, {"KAZ-TEST", "KAZ-TRAIN"})
    counted = client.get(f"{URL}/facets", params={"kind": "rail", "country": "KAZ"}).json()
    assert counted["count"] == len(codes(client, kind="rail", country="KAZ"))
    assert {one["code"] for one in counted["kind"]} >= {"road", "rail"}


def test_the_file_has_a_line_for_each(client: TestClient, db: Session) -> None:
    make_entry_point(db)
    db.commit()
    await_codes(client, {"KAZ-TEST"})
    lines = client.get(f"{URL}?format=csv&hxl=1").text.splitlines()
    assert lines[0].startswith("id,ref,code,name")
    assert any(",KAZ-TEST," in line for line in lines)


def test_search_finds_a_crossing_by_either_country_and_by_its_name(client: TestClient, db: Session) -> None:
    make_entry_point(db, "KAZ-TEST", names={"en": "Ekidin", "ru": "Екидин"})
    db.commit()
    await_codes(client, {"KAZ-TEST"}, q="Екидин")
    assert "KAZ-TEST" in codes(client, q="kyrgyzstan ekidin")


def test_wrong_filters_are_refused_with_what_is_possible(client: TestClient) -> None:
    answer = client.get(URL, params={"kind": "tunnel"})
    assert answer.status_code == 422
    assert "river_port" in answer.text


def test_when_an_announced_closure_begins_the_record_changes_by_itself(client: TestClient, db: Session) -> None:
    now = datetime.now(UTC)
    point = make_entry_point(db)
    make_entry_point_report(db, point, "closed", as_of=now, from_at=now + timedelta(days=1))
    make_entry_point(db, "KAZ-OTHER")
    db.execute(text("UPDATE entry_point_reports SET from_at = clock_timestamp()"))  # a day has passed
    db.commit()
    before = dict(db.execute(text("SELECT code, updated_at FROM entry_points")).tuples().all())
    tell_turned(db)
    tell_turned(db)
    db.commit()
    after = dict(db.execute(text("SELECT code, updated_at FROM entry_points")).tuples().all())
    assert {code for code in before if before[code] != after[code]} == {"KAZ-TEST"}
