"""What pages say, refuse and remember."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

LISTS = ("/events", "/capacities", "/stock", "/organisations")
PAGES = (
    "/",
    *LISTS,
    "/places",
    "/places/KAZ",
    "/organisations/KAZ-MES",
    "/map",
    "/about",
    "/search?q=Kunduz",
    "/api/docs",
)


@pytest.fixture(autouse=True)
def no_language_remembered(portal: TestClient) -> Iterator[None]:
    """The client is shared, and keeps cookies as a browser does."""
    portal.cookies.clear()
    yield
    portal.cookies.clear()


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["en", "ru", "kk", "ky", "fa-AF", "ps"])
def test_every_page_speaks_every_language(portal: TestClient, address: str, language: str) -> None:
    answer = portal.get(address, params={"lang": language} | ({"q": "Kunduz"} if "q=" in address else {}))
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    direction = "rtl" if language in ("fa-AF", "ps") else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_every_page_says_that_demonstration_data_are_held(portal: TestClient, address: str) -> None:
    assert 'class="demonstration' in portal.get(address).text


def test_no_page_says_so_where_none_is_held(client: TestClient) -> None:
    for address in ("/", "/events", "/about"):
        assert 'class="demonstration' not in client.get(address).text


def test_every_demonstration_record_carries_its_mark(portal: TestClient) -> None:
    rows = re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", portal.get("/capacities").text, re.DOTALL)
    assert len(rows) == 50
    assert all("mark--demo" in row for row in rows)
    real = [row for row in re.findall(r"<tr>.*?</tr>", portal.get("/events").text, re.DOTALL) if "EV-2015" in row]
    assert len(real) > 1
    assert not any("mark--demo" in row for row in real)


def test_a_language_once_chosen_is_remembered(portal: TestClient) -> None:
    chosen = portal.get("/about", params={"lang": "ru"})
    assert "lang=ru" in chosen.headers["set-cookie"]
    later = portal.get("/about", headers={"Cookie": "lang=ru", "Accept-Language": "en"})
    assert later.headers["content-language"] == "ru"


def test_the_browser_s_own_language_is_the_default(portal: TestClient) -> None:
    wanted = {"tg;q=0.9,ru;q=0.8,en;q=0.1": "ru", "prs": "fa-AF", "ky-KG": "ky", "de": "en", "": "en"}
    for header, language in wanted.items():
        assert portal.get("/about", headers={"Accept-Language": header}).headers["content-language"] == language


def test_an_unknown_language_is_told(portal: TestClient) -> None:
    answer = portal.get("/about", params={"lang": "xx"})
    assert answer.status_code == 422
    assert "lang" in answer.text
    assert "<title>Error:" in answer.text


@pytest.mark.parametrize("address", LISTS)
def test_empty_fields_of_a_form_lead_to_the_clean_address(portal: TestClient, address: str) -> None:
    answer = portal.get(f"{address}?q=&country=KAZ&country=KGZ", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{address}?country=KAZ,KGZ"


def test_a_day_of_a_date_field_becomes_a_time(portal: TestClient) -> None:
    answer = portal.get("/events?started_after=2020-01-01&q=", follow_redirects=False)
    assert answer.headers["location"] == "/events?started_after=2020-01-01T00:00:00Z"
    assert 'value="2020-01-01"' in portal.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/events?colour=red", "colour"),
        ("/events?status=open", "status"),
        ("/events?started_after=yesterday", "started_after"),
        ("/capacities?country=XXX", "country"),
        ("/capacities?bbox=10,20,5,30", "bbox"),
        ("/capacities?cursor=made-up", "cursor"),
        ("/capacities?format=csv", "format"),
        ("/stock?ordering=colour", "ordering"),
        ("/organisations?relation=friend", "relation"),
        ("/about?colour=red", "colour"),
        ("/search?q=" + "x" * 501, "q"),
    ],
)
def test_what_a_page_does_not_understand_is_named(portal: TestClient, address: str, field: str) -> None:
    answer = portal.get(address)
    assert answer.status_code == 422
    assert f"<code>{field}</code>" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "address", ["/events/x", "/capacities/x", "/stock/x", "/places/x", "/organisations/x", "/nothing"]
)
def test_what_is_not_there_is_a_page_that_says_so(portal: TestClient, address: str) -> None:
    answer = portal.get(address)
    assert answer.status_code == 404
    assert "<title>Error: Not found" in answer.text


def test_the_text_of_a_record_cannot_break_out_of_its_page(portal: TestClient) -> None:
    text = portal.get("/search", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in text


def test_a_list_page_of_withdrawn_rows_leaves_them_out(portal: TestClient) -> None:
    assert portal.get("/capacities?updated_since=2020-01-01T00:00:00Z").status_code == 200
