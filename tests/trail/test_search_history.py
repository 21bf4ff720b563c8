"""Administrators search who did what; what hidden records say is not theirs to read for all that."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app import history
from app.permissions import By
from tests.conftest import Cast
from tests.make import make_event, make_organisation, make_user


def fill(db: Session) -> By:
    user = make_user(db, "operator", name="Bakyt 100%", email="bakyt@example.org")
    by = By("person", "page", user.id, organisation_id=user.organisation_id)
    event = make_event(db, visibility="own", organisation_id=make_organisation(db, "OWNER").id)
    history.record(
        db, by, "logged", "events", event.id, ref="EV-2026-1001", after={"status": "alert"}, visibility="own"
    )
    for number in range(60):
        history.record(db, By("portal", "job"), "changed", "capacities", None, ref=f"CA-{number}")
    db.commit()
    return by


def test_it_is_for_administrators(client: TestClient, cast: Cast) -> None:
    assert client.get("/api/v1/history").status_code == 401
    assert client.get("/api/v1/history", headers=cast.person("operator")).status_code == 403
    assert client.get("/api/v1/history", headers=cast.program("records:read-centre")).status_code == 403
    assert client.get("/history", follow_redirects=False).headers["location"] == "/sign-in?next=%2Fhistory"


def test_it_finds_by_person_record_and_kind(client: TestClient, db: Session, cast: Cast) -> None:
    fill(db)
    administrator = cast.person("administrator")
    for query in (
        "who=100%25",
        "who=BAKYT@",
        "ref=EV-2026-1001",
        "noun=events",
        "action=logged",
        "organisation=CESDRR",
    ):
        [entry] = client.get(f"/api/v1/history?{query}", headers=administrator).json()["results"]
        assert entry["ref"] == "EV-2026-1001"
    assert client.get("/api/v1/history?who=%25", headers=administrator).json()["results"][0]["actor"] == "Bakyt 100%"
    assert client.get("/api/v1/history?who=nobody", headers=administrator).json()["results"] == []
    assert client.get("/api/v1/history?noun=", headers=administrator).status_code == 422


def test_what_a_hidden_record_says_is_not_told(client: TestClient, db: Session, cast: Cast) -> None:
    fill(db)
    [entry] = client.get("/api/v1/history?noun=events", headers=cast.person("administrator")).json()["results"]
    assert (entry["action"], entry["before"], entry["after"]) == ("logged", None, None)


def test_its_pages_go_back_to_the_first_entry(client: TestClient, db: Session, cast: Cast) -> None:
    fill(db)
    administrator = cast.person("administrator")
    first = client.get("/history", headers=administrator)
    assert first.status_code == 200
    assert "CA-59" in first.text
    older = first.text.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "EV-2026-1001" in client.get(older, headers=administrator).text


def test_an_empty_form_leads_to_the_clean_address(client: TestClient, cast: Cast) -> None:
    headers = cast.person("administrator")
    answer = client.get("/history?ref=&who=&done_after=2026-11-01", headers=headers, follow_redirects=False)
    assert answer.headers["location"] == "/history?done_after=2026-11-01T00:00:00Z"
    assert client.get(answer.headers["location"], headers=headers).status_code == 200


def test_an_administrator_limited_to_countries_finds_what_was_done_there(
    client: TestClient, db: Session, cast: Cast
) -> None:
    for code, country in (("HERE", "KGZ"), ("THERE", "TJK")):
        organisation = make_organisation(db, code, country_iso3=country)
        user = make_user(db, "reader", organisation=code, email=f"{code}@example.org")
        by = By("person", "page", user.id, organisation_id=organisation.id)
        history.record(db, by, "signed in", "users", user.id)
    centre = make_user(db, "operator")
    by = By("person", "page", centre.id, organisation_id=centre.organisation_id)
    for country in ("KGZ", "TJK"):
        event = make_event(db, "Flood", country)
        history.record(db, by, "logged", "events", event.id, ref=country, visibility="public")
    db.commit()

    limited = cast.person("administrator", countries=("KGZ",))
    found = client.get("/api/v1/history", headers=limited).json()["results"]
    assert [(entry["ref"], entry["organisation"]["code"]) for entry in found] == [("KGZ", "CESDRR"), ("", "HERE")]
    assert client.get("/api/v1/history?who=THERE@", headers=limited).json()["results"] == []
    assert len(client.get("/api/v1/history", headers=cast.person("administrator")).json()["results"]) == 4


def test_what_was_done_to_accounts_is_told_in_words(client: TestClient, db: Session, cast: Cast) -> None:
    user = make_user(db, "reader")
    history.record(
        db,
        By("portal", "job"),
        "suspended",
        "users",
        user.id,
        before={"status": "active"},
        after={"status": "suspended"},
    )
    db.commit()
    page = client.get("/history?noun=users", headers=cast.person("administrator"))
    assert page.status_code == 200
    assert "serves</del>" in page.text
    assert "suspended</ins>" in page.text
    assert f'<a href="/people/{user.id}">Account</a>' in page.text


def test_how_well_a_time_is_known_is_told_in_words(client: TestClient, db: Session) -> None:
    event, known = make_event(db), ({"started_precision": "day"}, {"started_precision": "minute"})
    history.record(
        db, By("portal", "job"), "changed", "events", event.id, before=known[0], after=known[1], visibility="public"
    )
    db.commit()
    page = client.get(f"/events/{event.ref}").text
    assert '<del dir="auto">the day</del>' in page
    assert '<ins dir="auto">the minute</ins>' in page
