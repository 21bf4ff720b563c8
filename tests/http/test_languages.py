"""Names follow the reader's language; codes never do."""

from typing import Any

import pytest
from starlette.testclient import TestClient


def osh(client: TestClient, query: str = "", **headers: str) -> Any:
    return client.get(f"/api/v1/areas/KG-O{query}", headers=headers)


@pytest.mark.parametrize(
    ("query", "headers", "code", "name"),
    [
        ("", {}, "en", "Osh Region"),
        ("?lang=ru", {}, "ru", "Ошская область"),
        ("?lang=ky", {}, "ky", "Ош облусу"),
        ("", {"accept-language": "ru"}, "ru", "Ошская область"),
        ("", {"accept-language": "de, ru-KZ;q=0.8, en;q=0.5"}, "ru", "Ошская область"),
        ("", {"accept-language": "en;q=0.1, ky;q=0.9"}, "ky", "Ош облусу"),
        ("", {"accept-language": "de"}, "en", "Osh Region"),
        ("", {"accept-language": "ru;q=0"}, "en", "Osh Region"),
        ("", {"accept-language": ";;;q=x,"}, "en", "Osh Region"),
        ("?lang=en", {"accept-language": "ru"}, "en", "Osh Region"),
        ("", {"cookie": "lang=ru", "accept-language": "en"}, "ru", "Ошская область"),
        ("", {"cookie": "lang=xx"}, "en", "Osh Region"),
        ("?lang=prs", {}, "fa-AF", None),
        ("?lang=fa-AF", {}, "fa-AF", None),
        ("?lang=ps", {}, "ps", None),
    ],
)
def test_the_language_is_settled_in_this_order(
    portal: TestClient, query: str, headers: dict[str, str], code: str, name: str | None
) -> None:
    answer = osh(portal, query, **headers)
    assert answer.headers["content-language"] == code
    area = answer.json()
    assert area["name"] == (name or area["names"].get(code) or area["names"]["en"])
    assert area["code"] == "KG-O"


def test_dari_has_two_names_and_one_answer(portal: TestClient) -> None:
    long, short = (portal.get("/api/v1/reference/hazards", params={"lang": lang}).json() for lang in ("fa-AF", "prs"))
    assert [one["name"] for one in long["results"]] == [one["name"] for one in short["results"]]
    assert next(one["name"] for one in long["results"] if one["code"] == "EQ") == "زلزله"


@pytest.mark.parametrize("lang", ["de", "RU", "ru-RU", "fa", "english", "xx", "e n"])
def test_an_unknown_language_is_refused_and_the_known_are_named(portal: TestClient, lang: str) -> None:
    answer = portal.get("/api/v1/events", params={"lang": lang})
    assert answer.status_code == 422
    assert "en, ru, kk, ky, fa-AF, ps" in answer.json()["detail"]


def test_where_a_name_is_missing_english_stands_in(portal: TestClient) -> None:
    for one in portal.get("/api/v1/events", params={"lang": "kk"}).json()["results"]:
        assert one["title"]


def test_codes_and_counts_are_the_same_in_every_language(portal: TestClient) -> None:
    def bones(lang: str) -> tuple[int, list[tuple[str, str, str]]]:
        page = portal.get("/api/v1/capacities", params={"lang": lang, "ordering": "created_at", "limit": 100}).json()
        return page["count"], [(one["ref"], one["type"]["code"], one["country"]["iso3"]) for one in page["results"]]

    assert all(bones(lang) == bones("en") for lang in ("ru", "kk", "ky", "fa-AF", "ps"))


def test_the_list_is_in_the_order_of_the_names_shown_in_russian_and_english(portal: TestClient) -> None:
    for lang in ("en", "ru"):
        page = portal.get("/api/v1/capacities", params={"lang": lang, "limit": 200}).json()
        names = [one["name"].lower() for one in page["results"]]
        assert names == sorted(names)


def test_problems_are_told_in_the_readers_language(portal: TestClient) -> None:
    english = portal.get("/api/v1/events?limit=0").json()
    russian = portal.get("/api/v1/events?limit=0", headers={"Accept-Language": "ru"}).json()
    assert english["title"] == "Not understood"
    assert russian["title"] != english["title"]
    assert russian["errors"][0]["field"] == english["errors"][0]["field"] == "limit"


def test_search_finds_by_the_names_of_every_language_whatever_the_reader_speaks(portal: TestClient) -> None:
    for word in ("Ошская", "Osh Region", "Ош облусу"):
        found = portal.get("/api/v1/areas", params={"q": word, "lang": "en"}).json()["results"]
        assert "KG-O" in [one["code"] for one in found], word
