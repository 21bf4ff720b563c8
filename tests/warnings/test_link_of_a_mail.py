"""The link in a mail: opens one warning for one person without a password; looking acknowledges nothing, and it ends."""

import re

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.accounts.signing_in import Browser
from tests.conftest import Cast
from tests.warnings.warned import AUTHORITY, issued, letters, line_of, make_desks, member


def link_in(db: Session, recipient: str) -> str:
    body = next(mail.body or "" for mail in reversed(letters(db)) if mail.recipient == recipient)
    found = re.search(r"http://\S+?(/warnings/\S+)", body)
    assert found
    return found[1]


def test_whoever_has_the_link_reads_and_acknowledges(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    operator = cast.person("operator")
    ref = issued(client, operator, AUTHORITY, audience="centre")["ref"]
    browser, link = Browser(client), link_in(db, "duty@kg.example.org")
    arrived = browser.get(link)
    assert (arrived.status_code, arrived.headers["location"]) == (303, f"/warnings/{ref}/read?lang=ru")
    assert arrived.headers["cache-control"] == "no-store"
    assert arrived.headers.get_list("referrer-policy") == ["no-referrer"]
    page = browser.get(f"/warnings/{ref}/read")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "Almarasan" in page.text
    assert link.split("token=")[1].split("&")[0] not in page.text
    line = line_of(client, operator, ref)
    assert (bool(line["opened_at"]), line["acknowledged_at"]) == (True, None)
    done = browser.post(f"/warnings/{ref}/read", remark="Нужны два насоса.")
    assert done.status_code == 303
    assert "Нужны два насоса." in browser.get(f"/warnings/{ref}/read").text
    line = line_of(client, operator, ref)
    assert line["acknowledged_at"]
    assert line["remarks"] == ["Нужны два насоса."]
    assert [(one["kind"], one["acknowledged_by"]) for one in line["readers"]] == [("duty_officer", "link")]


def test_a_mail_scanner_that_looks_ahead_acknowledges_nothing_and_opens_nothing(
    client: TestClient, cast: Cast, db: Session
) -> None:
    make_desks(db)
    operator = cast.person("operator")
    ref = issued(client, operator, AUTHORITY)["ref"]
    link = link_in(db, "duty@kg.example.org")
    for _look in range(3):
        client.cookies.clear()
        client.get(link, follow_redirects=False)
        client.head(link, follow_redirects=False)
    client.cookies.clear()
    line = line_of(client, operator, ref)
    assert (line["opened_at"], line["acknowledged_at"]) == (None, None)


def test_the_link_opens_this_warning_only(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    operator = cast.person("operator")
    first = issued(client, operator, AUTHORITY)["ref"]
    link = link_in(db, "duty@kg.example.org")
    second = issued(client, operator, AUTHORITY)["ref"]
    browser = Browser(client)
    browser.get(link.replace(first, second))
    assert browser.get(f"/warnings/{second}/read").status_code == 410
    assert browser.post(f"/warnings/{second}/read").status_code == 410
    assert line_of(client, operator, second)["acknowledged_at"] is None


def test_a_link_ends_a_day_after_the_warning(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    ref = issued(client, cast.person("operator"), AUTHORITY)["ref"]
    link, browser = link_in(db, "duty@kg.example.org"), Browser(client)
    browser.get(link)
    assert browser.get(f"/warnings/{ref}/read").status_code == 200
    db.execute(text("UPDATE warning_letters SET expires_at = now()"))
    db.commit()
    assert browser.get(f"/warnings/{ref}/read").status_code == 410
    assert browser.post(f"/warnings/{ref}/read").status_code == 410


def test_the_link_of_somebody_who_was_suspended_serves_no_more(client: TestClient, cast: Cast, db: Session) -> None:
    member(db, "aida@kg.example.org")
    ref = issued(client, cast.person("operator"), AUTHORITY)["ref"]
    link, browser = link_in(db, "aida@kg.example.org"), Browser(client)
    db.execute(text("UPDATE users SET status = 'suspended' WHERE email = 'aida@kg.example.org'"))
    db.commit()
    browser.get(link)
    assert browser.get(f"/warnings/{ref}/read").status_code == 410


def test_without_a_token_or_with_a_false_one_there_is_nothing(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    ref = issued(client, cast.person("operator"), AUTHORITY)["ref"]
    for path in (f"/warnings/{ref}/read", "/warnings/WA-2026-9999/read", "/warnings/x;y/read"):
        browser = Browser(client)
        browser.get(f"{path}?token=guessed")
        assert browser.get(path).status_code == 410
        assert browser.post(path).status_code == 410


def test_another_site_cannot_make_a_browser_acknowledge(client: TestClient, cast: Cast, db: Session) -> None:
    make_desks(db)
    operator = cast.person("operator")
    ref = issued(client, operator, AUTHORITY)["ref"]
    link = link_in(db, "duty@kg.example.org")
    client.get(link, follow_redirects=False)
    answer = client.post(f"/warnings/{ref}/read", data={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    client.cookies.clear()
    assert line_of(client, operator, ref)["acknowledged_at"] is None
