"""GLIDE numbers are written in many ways; the portal finds the event whichever way is used."""

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize(
    "spelling",
    [
        "EQ-2008-000181-KGZ",
        "eq-2008-000181-kgz",
        "eq 2008 000181 kgz",
        "EQ-2008-181-KGZ",
        "EQ2008000181KGZ",
        " EQ–2008–000181–KGZ ",
    ],
)
def test_any_spelling_finds_the_event(portal: TestClient, spelling: str) -> None:
    found = portal.get("/api/v1/events", params={"glide": spelling}).json()
    assert [event["ref"] for event in found["results"]] == ["EV-2008-0006"]


def test_several_numbers_are_either_or(portal: TestClient) -> None:
    found = portal.get("/api/v1/events", params={"glide": "eq 2008 181 kgz,EQ-2001-000033-IND"}).json()
    assert found["count"] == 2


def test_a_number_nobody_has_finds_nothing(portal: TestClient) -> None:
    assert portal.get("/api/v1/events", params={"glide": "EQ-1999-000001-KGZ"}).json()["count"] == 0


@pytest.mark.parametrize(
    "text", ["EQ", "2008-000181", "EQ-08-000181-KGZ", "EQ-2008-0001811-KGZ", "ЕQ-2008-000181-KGZ", "EQ-2008-٠٠٠١٨١-KGZ"]
)
def test_what_is_no_glide_number_is_refused_with_an_example(portal: TestClient, text: str) -> None:
    answer = portal.get("/api/v1/events", params={"glide": text})
    assert answer.status_code == 422
    assert "EQ-2008-000181-KGZ" in answer.json()["errors"][0]["message"]


def test_search_reads_glide_numbers_too(portal: TestClient) -> None:
    found = portal.get("/api/v1/events", params={"q": "EQ-2008-000181-KGZ"}).json()
    assert "EV-2008-0006" in [event["ref"] for event in found["results"]]
