"""One event with the help near it, an area with its neighbours, and what the portal says about its data."""

import re

from starlette.testclient import TestClient


def test_an_event_shows_every_source_and_says_where_they_differ(portal: TestClient) -> None:
    herat = portal.get("/api/v1/events", params={"q": "Herat"}).json()["results"][0]["ref"]
    html = portal.get(f"/events/{herat}").text
    assert "1,480" in html
    assert "≥ 2,000" in html
    assert "the sources contradict each other" in html


def test_an_event_going_on_shows_the_nearest_help_first(portal: TestClient) -> None:
    ongoing = portal.get("/api/v1/events", params={"status": "ongoing"}).json()["results"][0]
    html = portal.get(f"/events/{ongoing['ref']}").text
    near = f"{ongoing['point']['lon']},{ongoing['point']['lat']}"
    nearest = portal.get("/api/v1/capacities", params={"near": near, "available": "true", "status": "available"}).json()
    shown = [html.find(one["ref"]) for one in nearest["results"][:6]]
    assert -1 not in shown
    assert shown == sorted(shown)


def test_a_country_leads_to_its_areas_and_neighbours(portal: TestClient) -> None:
    html = portal.get("/places/KGZ").text
    for address in ("/places/KG-O", "/places/KAZ", "/places/TJK", "/events?country=KGZ", "/capacities?country=KGZ"):
        assert f'href="{address}"' in html, address


def test_an_area_that_ended_says_until_when_and_why(portal: TestClient) -> None:
    html = portal.get("/places/NE-KAZ-KZ01").text
    assert "This area is out of date." in html
    assert "8 Jun 2022" in html


def test_the_page_about_the_data_names_areas_disputes_and_sources(portal: TestClient) -> None:
    html = portal.get("/about").text
    for text in ("Natural Earth", "/places/NE-KAZ-KZ01", "Line of Control", "IFRC", "Islamabad"):
        assert text in html, text


def test_search_finds_a_place_in_three_scripts(portal: TestClient) -> None:
    for spelling in ("Kunduz", "Кундуз", "کندز", "Qunduz"):
        assert 'href="/places/AF-KDZ"' in portal.get("/search", params={"q": spelling}).text, spelling


def test_the_api_page_describes_every_path(portal: TestClient) -> None:
    html = portal.get("/api/docs").text
    for path in portal.get("/api/openapi.json").json()["paths"]:
        assert path in html, path


def test_of_an_event_that_is_over_the_page_looks_for_no_help_but_says_where_it_is_listed(portal: TestClient) -> None:
    html = portal.get("/events/EV-2023-0037").text
    assert "was found near" not in html
    assert "Who is near with help" not in html
    assert re.search(r'<a href="/capacities\?available=true[^"]*near=[^"]*">Capacities by distance</a>', html)


def test_what_became_known_stands_in_the_order_of_its_days(portal: TestClient) -> None:
    timeline = portal.get("/events/EV-2023-0037").text.split('id="timeline"')[1].split("</ol>")[0]
    days = re.findall(r'<time datetime="([^"]+)"', timeline)
    assert len(days) > 3
    assert days == sorted(days)
    assert timeline.index("Ended") < timeline.rindex("Dead")
