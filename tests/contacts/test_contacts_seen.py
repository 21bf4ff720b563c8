"""Contacts are seen by those for whom they are meant, and every reading is recorded, or nothing is shown."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_capacity, make_contact, make_organisation

Headers = dict[str, str]
AUDIENCES = ("public", "partners", "centre", "own")


def names(client: TestClient, headers: Headers, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/contacts{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [contact["name"] for contact in answer.json()["results"]]


def readings(db: Session) -> list[dict[str, Any]]:
    db.expire_all()
    found = db.execute(text("SELECT * FROM history WHERE action = 'read' AND noun = 'contacts' ORDER BY id"))
    return [dict(row) for row in found.mappings()]


@pytest.fixture
def of_each_audience(db: Session) -> dict[str, str]:
    """The id of a contact of each visibility, by its name."""
    make_organisation(db, "OWNER", country_iso3="KGZ")
    made = {name: str(make_contact(db, name, "OWNER", visibility=name).id) for name in AUDIENCES}
    db.commit()
    return made


def askers(cast: Cast) -> dict[str, tuple[Headers, set[str]]]:
    """Who asks, and the visibilities that they see of others' contacts."""
    return {
        "nobody": ({}, {"public"}),
        "partner": (cast.person("reader", organisation="PARTNER"), {"public", "partners"}),
        "of that country": (cast.person("reader", organisation="PARTNER", countries=("KGZ",)), {"public", "partners"}),
        "of another country": (cast.person("reader", organisation="PARTNER", countries=("KAZ",)), {"public"}),
        "analyst": (cast.person("analyst"), {"public", "partners", "centre"}),
        "owner": (cast.person("contributor", organisation="OWNER"), set(AUDIENCES)),
        "program": (cast.program("records:read-partners"), {"public", "partners"}),
        "program without scope": (cast.program(), {"public"}),
    }


def test_each_sees_the_contacts_meant_for_them_in_every_way(
    client: TestClient, cast: Cast, of_each_audience: dict[str, str]
) -> None:
    for who, (headers, seen) in askers(cast).items():
        assert set(names(client, headers)) == seen, who
        page = client.get("/directory", headers=headers).text
        assert {name for name in AUDIENCES if f'dir="auto">{name}</a>' in page} == seen, who
        for name, id in of_each_audience.items():
            for address in (f"/api/v1/contacts/{id}", f"/directory/{id}"):
                assert client.get(address, headers=headers).status_code == (200 if name in seen else 404), (who, name)


def test_hidden_contacts_leave_no_trace_in_counts(client: TestClient, db: Session, cast: Cast) -> None:
    partner = cast.person("reader", organisation="PARTNER")
    make_contact(db, "Seen", "PARTNER", visibility="partners")
    db.commit()

    def asked() -> list[Any]:
        page = client.get("/directory", headers=partner)
        listed = client.get("/api/v1/contacts", headers=partner)
        return [page.text, listed.content, listed.headers["etag"], page.headers["etag"]]

    before = asked()
    make_contact(db, "Hidden", "OTHER", visibility="centre")
    db.commit()
    assert asked() == before


def test_a_contact_of_a_hidden_or_withdrawn_capacity_is_hidden_with_it(
    client: TestClient, db: Session, cast: Cast
) -> None:
    partner = cast.person("reader", organisation="PARTNER")
    capacities = {
        "public": make_capacity(db, "Seen"),
        "centre": make_capacity(db, "Hidden", visibility="centre"),
        "withdrawn": make_capacity(db, "Gone", withdrawn_at="2026-01-01T00:00:00Z"),
    }
    contacts = {
        name: make_contact(db, name, kind="capacity", capacity_id=capacity.id, visibility="public").id
        for name, capacity in capacities.items()
    }
    db.commit()
    assert names(client, partner) == ["public"]
    for name, capacity in capacities.items():
        status = 200 if name == "public" else 404
        assert client.get(f"/api/v1/contacts/{contacts[name]}", headers=partner).status_code == status
        for address in (f"/api/v1/capacities/{capacity.ref}/contacts", f"/capacities/{capacity.ref}/contacts"):
            assert client.get(address, headers=partner).status_code == status


def test_the_contacts_of_a_capacity_are_its_own_and_not_in_the_directory(
    client: TestClient, db: Session, cast: Cast
) -> None:
    analyst, capacity = cast.person("analyst"), make_capacity(db)
    make_contact(db, "Team leader", kind="capacity", capacity_id=capacity.id)
    make_contact(db, "Duty desk")
    db.commit()
    found = client.get(f"/api/v1/capacities/{capacity.ref}/contacts", headers=analyst).json()
    assert [one["name"] for one in found["results"]] == ["Team leader"]
    assert found["results"][0]["capacity"] == {"ref": capacity.ref, "name": "Medium USAR team, Almaty"}
    assert "Team leader" in client.get(f"/capacities/{capacity.id}/contacts", headers=analyst).text
    directory = client.get("/directory", headers=analyst).text
    assert "Duty desk" in directory
    assert "Team leader" not in directory


def test_filters_find_by_country_organisation_kind_and_words(client: TestClient, db: Session, cast: Cast) -> None:
    analyst = cast.person("analyst")
    make_organisation(db, "A", country_iso3="KGZ", names={"en": "Crisis ministry"})
    make_organisation(db, "B", country_iso3="KAZ", names={"en": "Mountain rescue"})
    make_contact(db, "First", "A", kind="focal_point")
    make_contact(db, "Second", "B", position="Avalanche officer")
    db.commit()
    found = {
        "?country=KGZ": ["First"],
        "?organisation=B": ["Second"],
        "?kind=focal_point,liaison": ["First"],
        "?q=avalanche": ["Second"],
        "?q=ministry": ["First"],
        "?ordering=-name": ["Second", "First"],
        "?country=TJK": [],
    }
    assert {query: names(client, analyst, query) for query in found} == found
    for query in ("?country=XXX", "?kind=boss", "?format=csv", "?near=70,40", "?hxl=1", "?organisation="):
        assert client.get(f"/api/v1/contacts{query}", headers=analyst).status_code == 422, query


def test_pages_of_a_long_directory_hang_together(client: TestClient, db: Session, cast: Cast) -> None:
    analyst = cast.person("analyst")
    for number in range(5):
        make_contact(db, f"Desk {number}")
    db.commit()
    first = client.get("/api/v1/contacts?limit=3&ordering=name", headers=analyst).json()
    rest = client.get(first["next"], headers=analyst).json()
    assert [one["name"] for one in first["results"] + rest["results"]] == [f"Desk {number}" for number in range(5)]
    assert first["count"] == 5


# -- that it was read


def ways_to_read(id: str, ref: str) -> list[str]:
    return [
        "/directory", f"/directory/{id}", f"/directory/{id}/edit", "/api/v1/contacts", f"/api/v1/contacts/{id}",
        f"/capacities/{ref}/contacts", f"/api/v1/capacities/{ref}/contacts",
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_reading_is_recorded_with_who_and_which(client: TestClient, db: Session, cast: Cast, method: str) -> None:
    reader, capacity = cast.person("operator"), make_capacity(db)
    desk = str(make_contact(db).id)
    leader = str(make_contact(db, "Team leader", kind="capacity", capacity_id=capacity.id).id)
    db.commit()
    person = db.scalar(text("SELECT id FROM users"))
    for address in ways_to_read(desk, capacity.ref):
        before = len(readings(db))
        assert client.request(method, address, headers=reader).status_code == 200, address
        [row] = readings(db)[before:]
        told = {leader} if "capacities" in address else {desk, leader} if address.endswith("v1/contacts") else {desk}
        assert set(row["after"]["contacts"]) == told, address
        assert (row["actor_kind"], row["actor_id"]) == ("person", person)
        assert row["means"] == ("api" if address.startswith("/api") else "page")
        assert row["visibility"] == "own"


def test_a_program_that_reads_is_recorded_by_its_key(client: TestClient, db: Session, cast: Cast) -> None:
    make_contact(db, visibility="partners")
    names(client, cast.program("records:read-partners"))
    [row] = readings(db)
    assert (row["actor_kind"], row["actor_id"]) == ("key", db.scalar(text("SELECT id FROM api_keys")))


def test_history_holds_no_name_or_number(client: TestClient, db: Session, cast: Cast) -> None:
    make_contact(db, "Aibek Testov", phones=["+000 555 0199"], email="aibek@demo.invalid")
    analyst = cast.person("analyst")
    names(client, analyst)
    client.get("/directory?q=Aibek", headers=analyst)
    kept = db.scalar(text("SELECT string_agg(h::text, ' ') FROM history h"))
    assert kept
    assert not any(word in kept for word in ("Aibek", "555", "demo.invalid"))


def test_an_answer_that_the_reader_has_already_is_recorded_too(client: TestClient, db: Session, cast: Cast) -> None:
    make_contact(db)
    analyst = cast.person("analyst")
    tag = client.get("/api/v1/contacts", headers=analyst).headers["etag"]
    assert client.get("/api/v1/contacts", headers=analyst | {"If-None-Match": tag}).status_code == 304
    assert len(readings(db)) == 2


def test_where_nothing_was_shown_nothing_is_recorded(client: TestClient, db: Session, cast: Cast) -> None:
    make_contact(db, visibility="own")
    capacity = make_capacity(db)
    partner = cast.person("reader", organisation="PARTNER")
    for address in (
        "/directory",
        "/api/v1/contacts",
        f"/capacities/{capacity.ref}",
        f"/capacities/{capacity.ref}/contacts",
    ):
        assert client.get(address, headers=partner).status_code == 200
    assert readings(db) == []


def test_the_page_of_a_capacity_leads_to_its_contacts_and_shows_none(
    client: TestClient, db: Session, cast: Cast
) -> None:
    capacity = make_capacity(db)
    make_contact(db, "Team leader", kind="capacity", capacity_id=capacity.id)
    db.commit()
    page = client.get(f"/capacities/{capacity.ref}", headers=cast.person("operator")).text
    assert f'href="/capacities/{capacity.ref}/contacts"' in page
    assert "Team leader" not in page
    assert readings(db) == []


def test_what_cannot_be_recorded_is_not_shown(client: TestClient, db: Session, cast: Cast) -> None:
    capacity = make_capacity(db)
    desk = str(make_contact(db, "Aibek Testov").id)
    make_contact(db, "Aibek Leader", kind="capacity", capacity_id=capacity.id)
    reader = cast.person("operator")
    db.execute(text("REVOKE INSERT ON history FROM portal"))
    db.commit()
    for address in ways_to_read(desk, capacity.ref):
        answer = client.get(address, headers=reader)
        assert answer.status_code == 500, address
        assert "Aibek" not in answer.text


def test_no_browser_and_no_cache_keeps_contacts(client: TestClient, db: Session, cast: Cast) -> None:
    capacity, desk = make_capacity(db), str(make_contact(db, visibility="public").id)
    make_contact(db, kind="capacity", capacity_id=capacity.id, visibility="public")
    operator = cast.person("operator")
    for address in ways_to_read(desk, capacity.ref):
        assert client.get(address, headers=operator).headers["cache-control"] == "no-store", address


def test_a_contact_withdrawn_is_gone_for_others(
    client: TestClient, db: Session, cast: Cast, of_each_audience: dict[str, str]
) -> None:
    db.execute(text("UPDATE contacts SET withdrawn_at = now() WHERE name = 'partners'"))
    db.commit()
    partner, owner = cast.person("reader", organisation="P"), cast.person("contributor", organisation="OWNER")
    assert names(client, partner) == ["public"]
    assert "partners" not in names(client, owner)
    address = f"/directory/{of_each_audience['partners']}"
    assert client.get(address, headers=partner).status_code == 404
    other = cast.person("contributor", organisation="P") | {"If-Match": "*"}
    for change in (client.patch, client.post):
        tail = "" if change == client.patch else "/restore"
        api = address.replace("/directory", "/api/v1/contacts")
        assert change(f"{api}{tail}", json={}, headers=other).status_code == 404
    assert client.get(address, headers=owner).status_code == 200
    assert "Withdrawn contacts" in client.get("/directory", headers=owner).text


def test_numbers_can_be_dialled(client: TestClient, db: Session, cast: Cast) -> None:
    make_contact(db, phones=["+000 (700) 00-01 ext. 12", "112"], is_24h=True)
    page = client.get("/directory", headers=cast.person("analyst")).text
    assert 'href="tel:+0007000001;ext=12"' in page
    assert 'href="tel:112"' in page
    assert "24 hours" in page


def test_answers_come_in_order_of_organisations_names(
    client: TestClient, db: Session, cast: Cast, new_portal: Callable[..., TestClient]
) -> None:
    for code, name in (("Z", "Alpha"), ("A", "Omega")):
        make_organisation(db, code, names={"en": name})
        make_contact(db, name, code)
    db.commit()
    assert names(client, cast.person("analyst")) == ["Alpha", "Omega"]
