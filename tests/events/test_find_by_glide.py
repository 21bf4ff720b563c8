"""GLIDE numbers are written in many ways; the portal finds the event whichever way is used."""

import pytest
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.events.test_log_event import MUDFLOW


@pytest.mark.parametrize(
    "spelling",
    [
        "EQ-2008-000181-KGZ",
        "eq-2008-000181-kgz",
        "eq 2008 000181 kgz",
        "EQ-2008-181-KGZ",
        "EQ2008000181KGZ",
        " EQ–2008–000181–KGZ ",
        "EQ-2008-000 181-KGZ",
        "EQ-2008-000-181-KGZ",
        "EQ-2008-000181-KG",
        "EQ-2008-000181-KGZ-OSH",
        "2008-000181-KGZ",
        "GLIDE n=B0 EQ-2008-000181-KGZ",
        "GLIDE number: EQ-2008-000181-KGZ",
        "ЕQ-2008-000181-KGZ",
        "EQ-2008-٠٠٠١٨١-KGZ",
    ],
)
def test_any_spelling_finds_the_event(portal: TestClient, spelling: str) -> None:
    for name in ("glide", "q"):
        found = portal.get("/api/v1/events", params={name: spelling}).json()
        assert [event["ref"] for event in found["results"]] == ["EV-2008-0006"], name


def test_several_numbers_are_either_or(portal: TestClient) -> None:
    found = portal.get("/api/v1/events", params={"glide": "eq 2008 181 kgz,EQ-2001-000033-IND"}).json()
    assert found["count"] == 2


def test_a_number_nobody_has_finds_nothing(portal: TestClient) -> None:
    assert portal.get("/api/v1/events", params={"glide": "EQ-1999-000001-KGZ"}).json()["count"] == 0


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("EQ", "it has no year"),
        ("EQ-08-000181-KGZ", "it has no year"),
        ("2008-000181", "it does not end with a country"),
        ("EQ-2008-0001811-KGZ", "is not a GLIDE number"),
        ("EQ-2008-000181-QQ", "there is no country “QQ”"),
    ],
)
def test_what_is_no_glide_number_is_refused_with_what_is_wrong(portal: TestClient, text: str, wrong: str) -> None:
    answer = portal.get("/api/v1/events", params={"glide": text})
    assert answer.status_code == 422
    assert wrong in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Fl-2014-000073-RUS", "FL-2014-000073-RUS"),
        ("FL-2014-000 117-IND", "FL-2014-000117-IND"),
        ("EQ-2017-000-165-IRQ", "EQ-2017-000165-IRQ"),
        ("FL-2009-000208-AZ", "FL-2009-000208-AZE"),
        ("GLIDE n=B0 FF-2014-000060-AFG", "FF-2014-000060-AFG"),
    ],
)
def test_what_is_written_somehow_is_kept_in_one_way(client: TestClient, cast: Cast, said: str, kept: str) -> None:
    answer = client.post("/api/v1/events", json=MUDFLOW | {"glide": [said]}, headers=cast.person("operator"))
    assert answer.json()["glide"] == [kept]


def test_a_number_without_its_hazard_finds_and_is_not_kept(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    logged = client.post("/api/v1/events", json=MUDFLOW | {"glide": ["FL-2018-000360-RUS"]}, headers=operator).json()
    for name in ("glide", "q"):
        found = client.get("/api/v1/events", params={name: "2018-000360-RUS"}).json()["results"]
        assert [event["ref"] for event in found] == [logged["ref"]]
    answer = client.post("/api/v1/events", json=MUDFLOW | {"glide": ["2018-000360-RUS"]}, headers=operator)
    assert answer.status_code == 422
    assert "does not say the hazard" in answer.json()["errors"][0]["message"]


def test_a_number_among_other_words_is_found(portal: TestClient) -> None:
    found = portal.get("/api/v1/events", params={"q": "Nura eq 2008 000 181 kgz"}).json()
    assert [event["ref"] for event in found["results"]] == ["EV-2008-0006"]


def test_search_reads_glide_numbers_too(portal: TestClient) -> None:
    found = portal.get("/api/v1/events", params={"q": "EQ-2008-000181-KGZ"}).json()
    assert "EV-2008-0006" in [event["ref"] for event in found["results"]]
