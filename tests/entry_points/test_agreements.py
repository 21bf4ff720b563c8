"""Agreements and host nation support over HTTP."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.entry_points import queries
from tests.conftest import Cast
from tests.make import make_agreement

URL = "/api/v1/agreements"
NEW: dict[str, Any] = {
    "code": "TEST-AID", "titles": {"en": "Agreement on mutual aid"}, "kind": "mutual_aid", "countries": ["KAZ", "TJK"],
    "organisations": ["CESDRR"], "signed_on": "2020-01-01", "in_force_from": "2021-01-01", "source": "Gazette", "evidence": "cited",
}  # fmt: skip
SUPPORT = "/api/v1/host-nation-support"
TEXT: dict[str, Any] = {
    "texts": {"en": "Call first."},
    "source": "ANDMA",
    "evidence": "confirmed",
    "as_of": "2026-11-20",
}


def test_an_operator_registers_an_agreement_with_its_parties(client: TestClient, cast: Cast) -> None:
    made = client.post(URL, json=NEW, headers=cast.person("operator"))
    assert made.status_code == 201, made.text
    said = client.get(made.headers["Location"]).json()
    assert [one["iso3"] for one in said["countries"]] == ["KAZ", "TJK"]
    assert [one["code"] for one in said["organisations"]] == ["CESDRR"]
    assert said["in_force"]
    assert client.post(URL, json=NEW, headers=cast.person("operator")).status_code == 409
    assert client.post(URL, json=NEW, headers=cast.person("approver")).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"countries": ["KAZ"], "organisations": []}, "organisations"),
        ({"countries": ["KAZ", "XXX"]}, "countries"),
        ({"organisations": ["NOBODY"]}, "organisations"),
        ({"in_force_from": "2019-01-01"}, "in_force_from"),
        ({"in_force_until": "2020-06-01"}, "in_force_until"),
        ({"url": "javascript:alert(1)"}, "url"),
    ],
)
def test_an_agreement_that_cannot_be_is_refused(
    client: TestClient, cast: Cast, change: dict[str, Any], field: str
) -> None:
    answer = client.post(URL, json=NEW | change, headers=cast.person("operator"))
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_parties_are_replaced_whole_and_the_version_counts(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    made = client.post(URL, json=NEW, headers=operator)
    version = {"If-Match": made.headers["ETag"]}
    changed = client.patch(
        f"{URL}/TEST-AID", json={"countries": ["KAZ", "UZB"], "organisations": []}, headers=operator | version
    )
    assert [one["iso3"] for one in changed.json()["countries"]] == ["KAZ", "UZB"]
    assert changed.json()["organisations"] == []
    assert client.patch(f"{URL}/TEST-AID", json={"kind": "transit"}, headers=operator | version).status_code == 412


def test_only_what_is_known_to_be_in_force_counts(db: Session) -> None:
    day = date(2026, 11, 23)
    make_agreement(db, "IN-FORCE", "KAZ", "KGZ", in_force_from=day)
    make_agreement(db, "OVER", "KAZ", "KGZ", in_force_from=day - timedelta(days=9), in_force_until=day)
    make_agreement(db, "NOT-KNOWN", "KAZ", "KGZ")
    make_agreement(db, "OF-OTHERS", "TJK", "UZB", in_force_from=day)
    statement = queries.agreed_with("KAZ", day, "en")
    found = {row.title: row.countries for row in db.connection().exec_driver_sql(statement.text, statement.values)}
    assert found["In-Force"] == ["KAZ", "KGZ"]
    assert found.keys().isdisjoint({"Over", "Not-Known", "Of-Others"})


def test_agreements_are_found_by_party_kind_and_words(portal: TestClient) -> None:
    found = portal.get(URL, params={"country": "AFG", "kind": "transit"}).json()["results"]
    assert "TIR-CONVENTION" in {one["code"] for one in found}
    assert [one["code"] for one in portal.get(URL, params={"organisation": "CESDRR"}).json()["results"]] == [
        "CESDRR-AGREEMENT"
    ]
    assert portal.get(URL, params={"q": "TIR"}).json()["count"] >= 1
    assert "ECO-TTFA" in portal.get(f"{URL}?format=csv").text


def test_a_country_writes_its_own_section(client: TestClient, cast: Cast) -> None:
    andma = cast.person("requester", organisation="AFG-ANDMA", countries=("AFG",))
    address = f"{SUPPORT}/AFG/customs"
    assert client.put(address, json=TEXT, headers=andma).status_code == 428
    written = client.put(address, json=TEXT, headers=andma | {"If-Match": "*"})
    assert written.status_code == 200, written.text
    assert written.json()["ref"] == "AFG-CUSTOMS"
    assert client.get(f"{SUPPORT}/afg-customs").json()["text"] == "Call first."
    assert client.put(address, json=TEXT, headers=andma | {"If-Match": '"1"'}).status_code == 412
    assert client.put(f"{SUPPORT}/KAZ/customs", json=TEXT, headers=andma | {"If-Match": "*"}).status_code == 403
    assert client.put(f"{SUPPORT}/AFG/weather", json=TEXT, headers=andma | {"If-Match": "*"}).status_code == 422


def test_sections_of_a_country_stand_in_the_order_of_need(portal: TestClient) -> None:
    found = portal.get(SUPPORT, params={"country": "AFG"}).json()["results"]
    assert [one["section"] for one in found] == ["contact", "money"]
