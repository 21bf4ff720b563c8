"""Every headline number equals the list that it leads to."""

import re

import pytest
from starlette.testclient import TestClient

COUNT = re.compile(r'<li><a href="([^"]+)"><b>([\d,]+)\+?</b>')
BAR = re.compile(r'<li><a href="(/capacities\?(?:country|family)=[^"]+)">.*?<b>([\d,]+)</b>')
CELL = re.compile(r'<td class="num"[^>]*><a href="([^"]+)">([\d,]+)</a>')
LISTED = re.compile(r'id="count" role="status">\s*([\d,]+)')
LINE = re.compile(r'<li><a href="([^"]+)">([\d,]+) (?:capacit|area)')
AREA_ROW = re.compile(r'<tr><th scope="row"><a href="/places/')
AREAS = ["/places/KAZ", "/places/AFG", "/places/TUR", "/places/KZ-75", "/places/KG-O", "/places/NE-KAZ-KZ01"]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def numbers(pattern: re.Pattern[str], html: str) -> dict[str, int]:
    return {address.replace("&amp;", "&"): number(said) for address, said in pattern.findall(html)}


def length_of_list(portal: TestClient, address: str) -> int:
    listed = LISTED.search(portal.get(address).text)
    assert listed, address
    return number(listed[1])


@pytest.mark.parametrize("address", ["/", *AREAS])
def test_each_number_is_the_count_of_its_list(portal: TestClient, address: str) -> None:
    found = numbers(COUNT, portal.get(address).text)
    assert len(found) >= 4
    for list_address, said in found.items():
        assert length_of_list(portal, list_address) == said, list_address


def test_a_page_counts_what_the_api_counts(portal: TestClient) -> None:
    for query in ("events?status=alert", "capacities?country=KAZ&available=true", "stock?available=true"):
        assert length_of_list(portal, f"/{query}") == portal.get(f"/api/v1/{query}").json()["count"], query


def test_the_bars_count_what_their_lists_hold(portal: TestClient) -> None:
    bars = numbers(BAR, portal.get("/").text)
    assert len(bars) > 15
    for address, said in bars.items():
        assert length_of_list(portal, address) == said, address


def test_the_table_of_countries_counts_what_their_lists_hold(portal: TestClient) -> None:
    cells = numbers(CELL, portal.get("/places").text)
    assert len(cells) == 20
    for address, said in cells.items():
        assert length_of_list(portal, address) == said, address


def test_what_is_out_of_date_is_counted_as_it_is_listed(portal: TestClient) -> None:
    lines = numbers(LINE, portal.get("/").text)
    assert lines.keys() == {"/capacities?stale=true", "/about#areas"}
    assert length_of_list(portal, "/capacities?stale=true") == lines["/capacities?stale=true"]
    table = portal.get("/about").text.split('id="areas"')[1].split("</section>")[0]
    assert len(AREA_ROW.findall(table)) == lines["/about#areas"]


def test_an_organisation_counts_its_capacities_as_their_list_does(portal: TestClient) -> None:
    found = re.search(
        r'href="(/capacities\?organisation=[^"]+)">([\d,]+) capacit', portal.get("/organisations/KAZ-MES").text
    )
    assert found
    assert length_of_list(portal, found[1]) == number(found[2])
