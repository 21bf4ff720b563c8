"""The page of matches: what who decides sees of holdings, and what who asks sees."""

import pytest

from tests.make import make_capacity, make_entry_point, make_organisation, make_request, make_request_line
from tests.waiting import soon


@pytest.fixture
def page(db, client, cast):
    asker = make_organisation(db, "KGZ-MES", country_iso3="KGZ")
    place = {"deliver_location": "SRID=4326;POINT(74.6 42.87)", "deliver_place": {"en": "Bishkek"}}
    asked = make_request(
        db, "Teams for Bishkek", organisation_id=asker.id, country_iso3="KGZ", status="approved", **place
    )
    make_request_line(db, asked, quantity=2)
    make_entry_point(db, "KAZ-GATE", country_iso3="KAZ", across_iso3="KGZ", location="SRID=4326;POINT(74.7 43.04)")
    make_capacity(db)

    def show(headers=None, query="", status=200):
        headers = headers or cast.person("operator")
        address = f"/requests/{asked.ref}/matches{query}"
        answer = soon(lambda: client.get(address, headers=headers), lambda answer: answer.status_code == status)
        assert answer.status_code == status
        return answer.text

    db.commit()
    return show


def test_who_decides_sees_each_match_why_it_is_there_and_a_plan(page):
    html = page()
    assert "Medium USAR team, Almaty" in html
    assert "Why this score" in html
    assert "A plan with few consignments" in html
    assert "Partly" in html
    assert "Not covered:" in html


def test_who_asks_sees_only_whether_it_can_be_met(page, cast):
    html = page(cast.person("requester", organisation="KGZ-MES"))
    assert "Partly" in html
    assert "Medium USAR team, Almaty" not in html
    assert "TEST-ORG" not in html.upper().replace("TEST-ORGANISATION", "")


def test_strangers_are_sent_to_sign_in(page, client):
    answer = client.get("/requests/RQ-2026-0001/matches", follow_redirects=False)
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("language", ["ru", "fa-AF", "ps"])
def test_the_page_is_read_in_other_languages(page, language):
    assert f'lang="{language}"' in page(query=f"?lang={language}")


def test_a_limit_that_cannot_be_is_refused(page):
    page(query="?limit=31", status=422)
