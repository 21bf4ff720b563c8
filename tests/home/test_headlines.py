"""Every headline number equals the list that it leads to."""

import re

import pytest
from starlette.testclient import TestClient

COUNT = re.compile(r'<li><a href="([^"]+)"><b>([\d,]+)\+?</b>')
LISTED = re.compile(r'id="count" role="status">\s*([\d,]+)')


def headlines(html: str) -> dict[str, int]:
    return {address.replace("&amp;", "&"): int(number.replace(",", "")) for address, number in COUNT.findall(html)}


@pytest.mark.parametrize("address", ["/", "/places/KAZ", "/places/AFG", "/places/KZ-75", "/places/KG-O"])
def test_each_number_is_the_count_of_its_list(portal: TestClient, address: str) -> None:
    found = headlines(portal.get(address).text)
    assert len(found) >= 4
    for list_address, number in found.items():
        listed = LISTED.search(portal.get(list_address).text)
        assert listed, list_address
        assert int(listed[1].replace(",", "")) == number, list_address


def test_a_page_counts_what_the_api_counts(portal: TestClient) -> None:
    for query in ("events?status=alert", "capacities?country=KAZ&available=true", "stock?available=true"):
        listed = LISTED.search(portal.get(f"/{query}").text)
        assert listed
        assert int(listed[1].replace(",", "")) == portal.get(f"/api/v1/{query}").json()["count"], query


def test_the_bars_count_what_their_lists_hold(portal: TestClient) -> None:
    html = portal.get("/").text
    bars = re.findall(r'<li><a href="(/capacities\?(?:country|family)=[^"]+)">.*?<b>([\d,]+)</b>', html)
    assert len(bars) > 15
    for address, number in bars[:12]:
        assert portal.get(f"/api/v1{address}").json()["count"] == int(number), address
