"""The pages of entry points, agreements and host nation support: they say what the API says, and their forms work without scripts."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.entry_points.models import EntryPoint, EntryPointReport, HostNationSupport
from app.records import version_of
from tests.conftest import Cast
from tests.make import make_entry_point, make_entry_point_report

NEW: dict[str, Any] = {
    "names.en": "Test pass", "names.ru": "Перевал", "code": "KAZ-TEST", "kind": "road", "country": "KAZ", "across": "KGZ",
    "geometry": "43.05, 74.7", "elevation_m": "1 200", "may_pass": ["people", "goods"], "hours_to_cross": "2,5",
    "winter_from": "11-01", "winter_to": "04-30", "source": "A letter", "evidence": "cited",
}  # fmt: skip
SAID = {
    "status": "limited",
    "said_by": "Border service",
    "note": "Lorries only",
    "as_of.day": "2026-01-05",
    "as_of.time": "06:00",
}


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_the_list_says_how_each_is_and_counts_them(portal: TestClient) -> None:
    html = portal.get("/entry-points?country=AFG&kind=road").text
    counted = portal.get("/api/v1/entry-points?country=AFG&kind=road").json()
    assert f"{counted['count']} entry points" in html
    assert "Hairatan" in html
    assert "Ayritom (Termez)" in html
    assert 'data-layers="entry-points"' in html


@pytest.mark.parametrize("language", ["en", "ru", "fa-AF", "ps"])
@pytest.mark.parametrize(
    "address",
    ["/entry-points", "/entry-points/AFG-HAIRATAN", "/entry-points/AFG-KBL", "/agreements", "/countries/AFG/host-nation-support",
     "/entry-points?kind=airport,road&status=unknown&passes=goods,animals&passable=true&stale=true", "/map?kind=airport"],
)  # fmt: skip
def test_every_page_opens_in_each_language(portal: TestClient, address: str, language: str) -> None:
    answer = portal.get(address, params={"lang": language} if "?" not in address else None)
    assert answer.status_code == 200


def test_a_page_tells_who_said_so_on_the_clock_of_the_place(client: TestClient, db: Session, cast: Cast) -> None:
    point = make_entry_point(
        db, "AFG-TEST", country_iso3="AFG", across_iso3="UZB", winter_from="11-01", winter_to="04-30"
    )
    make_entry_point_report(db, point, "limited", as_of=datetime(2026, 1, 5, 6, tzinfo=UTC), said_by="ANDMA, Balkh")
    reader = cast.person("reader")
    text = words_of(client.get("/entry-points/AFG-TEST", headers=reader).text)
    assert "ANDMA, Balkh" in text
    assert "5 Jan 2026, 10:30 +04:30 ( 06:00 UTC )" in text
    assert "1 November – 30 April" in text
    assert "more than two weeks old" in text
    assert "Say how it is now" not in text


def test_an_operator_registers_one_on_a_page(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    assert client.get("/entry-points/new", headers=operator).status_code == 200
    answer = client.post("/entry-points", data=NEW, headers=operator, follow_redirects=False)
    assert answer.status_code == 303, words_of(answer.text)
    point = db.scalars(select(EntryPoint).where(EntryPoint.code == "KAZ-TEST")).one()
    assert (point.elevation_m, float(point.hours_to_cross or 0), point.may_pass) == (1200, 2.5, ["people", "goods"])
    page = words_of(client.get(answer.headers["Location"], headers=operator).text)
    assert "Test pass" in page
    assert "Registered" in page


def test_what_is_wrong_comes_back_with_all_that_was_typed(client: TestClient, cast: Cast) -> None:
    answer = client.post(
        "/entry-points", data=NEW | {"across": "", "geometry": "nowhere"}, headers=cast.person("operator")
    )
    assert answer.status_code == 422
    assert 'value="nowhere"' in answer.text
    answer = client.post("/entry-points", data=NEW | {"across": ""}, headers=cast.person("operator"))
    assert answer.status_code == 422
    assert "A crossing has a country on the other side." in answer.text
    assert 'href="#field-across"' in answer.text


def test_only_what_was_changed_is_changed(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    client.post("/entry-points", data=NEW, headers=operator)
    point = db.scalars(select(EntryPoint).where(EntryPoint.code == "KAZ-TEST")).one()
    form = NEW | {
        "names.en": "Other pass",
        "winter_from": "",
        "winter_to": "",
        "may_pass": [],
        "version": version_of(point.updated_at),
    }
    answer = client.post(f"/entry-points/{point.ref}", data=form, headers=operator, follow_redirects=False)
    assert answer.status_code == 303, words_of(answer.text)
    db.expire_all()
    point = db.get_one(EntryPoint, point.id)
    assert point.names == {"en": "Other pass", "ru": "Перевал"}
    assert (point.winter_from, point.winter_to, point.may_pass, point.elevation_m) == (None, None, [], 1200)


def test_of_two_who_change_one_the_second_sees_both_versions(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator")
    client.post("/entry-points", data=NEW, headers=operator)
    point = db.scalars(select(EntryPoint).where(EntryPoint.code == "KAZ-TEST")).one()
    form = {"version": version_of(point.updated_at)}
    first = NEW | {"names.en": "Mine"} | form
    assert (
        client.post(f"/entry-points/{point.ref}", data=first, headers=operator, follow_redirects=False).status_code
        == 303
    )
    second = client.post(f"/entry-points/{point.ref}", data=NEW | {"names.en": "Theirs"} | form, headers=operator)
    assert second.status_code == 409
    assert "Two versions" in second.text
    assert "Mine" in second.text
    assert "Theirs" in second.text


def test_withdrawn_on_a_page_it_is_gone(client: TestClient, cast: Cast, db: Session) -> None:
    point = make_entry_point(db)
    operator = cast.person("operator")
    address = f"/entry-points/{point.ref}/withdraw"
    assert client.get(address, headers=operator).status_code == 200
    version = version_of(point.updated_at)
    assert client.post(address, data={"reason": "", "version": version}, headers=operator).status_code == 422
    done = client.post(address, data={"reason": "Gone", "version": version}, headers=operator, follow_redirects=False)
    assert done.status_code == 303
    assert client.get(f"/entry-points/{point.ref}", headers=operator).status_code == 404


def test_an_authority_says_how_a_crossing_is_now(client: TestClient, cast: Cast, db: Session) -> None:
    point = make_entry_point(db)
    approver = cast.person("approver", organisation="KGZ-MES", countries=("KGZ",))
    address = f"/entry-points/{point.ref}/report"
    assert client.get(address, headers=approver).status_code == 200
    answer = client.post(address, data=SAID, headers=approver, follow_redirects=False)
    assert answer.status_code == 303, words_of(answer.text)
    report = db.scalars(select(EntryPointReport)).one()
    assert (report.status, report.note, report.as_of) == (
        "limited",
        "Lorries only",
        datetime(2026, 1, 5, 6, tzinfo=UTC),
    )
    wrong = client.post(address, data=SAID | {"status": ""}, headers=approver)
    assert wrong.status_code == 422
    assert client.get(address, headers=cast.person("approver", countries=("AFG",))).status_code == 403


def test_a_country_says_how_it_receives_help(client: TestClient, cast: Cast, db: Session) -> None:
    address = "/countries/AFG/host-nation-support"
    assert "Nobody has written this yet." in client.get(address).text
    andma = cast.person("requester", organisation="AFG-ANDMA", countries=("AFG",))
    assert client.get(f"{address}/customs/edit", headers=andma).status_code == 200
    form = {"texts.en": "Call first.", "texts.fa-AF": "اول زنگ بزنید.", "source": "ANDMA", "evidence": "confirmed",
            "as_of": "2026-11-20", "version": "*"}  # fmt: skip
    done = client.post(f"{address}/customs", data=form, headers=andma, follow_redirects=False)
    assert done.status_code == 303, words_of(done.text)
    assert "Call first." in client.get(address, headers=andma).text
    assert "اول زنگ بزنید." in client.get(f"{address}?lang=fa-AF", headers=andma).text
    assert db.scalars(select(HostNationSupport.evidence).where(HostNationSupport.section == "customs")).all() == [
        "confirmed"
    ]
    stale = client.post(f"{address}/customs", data=form | {"version": "1"}, headers=andma)
    assert stale.status_code == 412
    assert "What it says now" in stale.text


def test_nobody_writes_for_another_country(client: TestClient, cast: Cast) -> None:
    andma = cast.person("requester", organisation="AFG-ANDMA", countries=("AFG",))
    assert client.get("/countries/KAZ/host-nation-support/customs/edit", headers=andma).status_code == 403
    assert client.get("/countries/XXX/host-nation-support").status_code == 404
