"""Equipment profiles on pages that work without JavaScript: written, filled line by line, changed, withdrawn."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.events.test_event_forms import in_form
from tests.make import make_organisation

URL = "/equipment-profiles"
TYPED: dict[str, Any] = {
    "names.en": "Rescuers of ANDMA",
    "names.fa-AF": "نجات‌دهندگان",
    "country": "AFG",
    "visibility": "partners",
    "key": "one-form",
}
SAW: dict[str, Any] = {
    "type": "usar-medium",
    "description.en": "Cut-off saw",
    "quantity": "12",
    "specification.make": "Stihl",
    "specification.fuel": "two_stroke",
    "specification.voltage_v": "",
    "specification.frequency_hz": "50",
    "specification.weight_kg": "9,6",
    "specification.manual_languages": ["fa-AF", "ps"],
    "trained_crews": "4",
    "last_training_on": "2026-05-04",
}


@pytest.fixture
def authority(cast: Cast, db: Session) -> dict[str, str]:
    make_organisation(db, "AFG-ANDMA", country_iso3="AFG")
    return cast.person("requester", organisation="AFG-ANDMA")


def post(client: TestClient, path: str, headers: dict[str, str], data: dict[str, Any]) -> Any:
    return client.post(path, data=data, headers=headers, follow_redirects=False)


def with_saw(client: TestClient, headers: dict[str, str]) -> str:
    """A profile with one line; its address."""
    address = post(client, URL, headers, TYPED).headers["location"]
    form = in_form(client.get(f"{address}/lines/new", headers=headers).text)
    answer = post(client, f"{address}/lines", headers, SAW | {"key": form["key"], "version": form["version"]})
    assert answer.status_code == 303, answer.text
    return str(address)


def test_a_profile_is_written_and_filled_line_by_line(client: TestClient, authority: dict[str, str]) -> None:
    page = client.get(with_saw(client, authority), headers=authority).text
    for said in (
        "Rescuers of ANDMA",
        "Cut-off saw",
        "Stihl",
        "two-stroke mixture",
        "50 Hz",
        "9.6 kg",
        "Dari",
        "Pashto",
    ):
        assert said in page, said


def test_a_line_is_changed_where_it_stands(client: TestClient, authority: dict[str, str]) -> None:
    address = with_saw(client, authority)
    form = in_form(client.get(f"{address}/lines/1/edit", headers=authority).text)
    assert form["specification.weight_kg"] == ["9.6"]
    changed = SAW | {"specification.fuel": "battery", "key": form["key"], "version": form["version"]}
    assert post(client, f"{address}/lines/1", authority, changed).status_code == 303
    page = client.get(address, headers=authority).text
    assert "battery" in page
    assert "two-stroke mixture" not in page


def test_a_line_is_removed(client: TestClient, authority: dict[str, str]) -> None:
    address = with_saw(client, authority)
    form = in_form(client.get(f"{address}/lines/1/edit", headers=authority).text)
    sent = {"version": form["version"], "key": "remove"}
    assert post(client, f"{address}/lines/1/remove", authority, sent).status_code == 303
    assert "Nothing is written down yet." in client.get(address, headers=authority).text
    assert post(client, f"{address}/lines/1/remove", authority, sent | {"key": "again"}).status_code == 404


def test_what_is_wrong_stands_beside_its_field_with_all_that_was_typed(
    client: TestClient, authority: dict[str, str]
) -> None:
    address = post(client, URL, authority, TYPED).headers["location"]
    form = in_form(client.get(f"{address}/lines/new", headers=authority).text)
    wrong = {"specification.fuel": "diesel", "source": "ANDMA", "key": form["key"], "version": form["version"]}
    answer = post(client, f"{address}/lines", authority, wrong)
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert "Say what it is" in answer.text
    assert 'href="#field-type"' in answer.text
    assert in_form(answer.text)["source"] == ["ANDMA"]


def test_who_was_overtaken_is_told_and_loses_nothing(client: TestClient, authority: dict[str, str]) -> None:
    address = with_saw(client, authority)
    form = in_form(client.get(f"{address}/lines/1/edit", headers=authority).text)
    post(client, f"{address}/lines/1", authority, SAW | {"quantity": "3", "key": "first", "version": form["version"]})
    late = post(
        client, f"{address}/lines/1", authority, SAW | {"quantity": "5", "key": "late", "version": form["version"]}
    )
    assert late.status_code == 412
    assert "Somebody has changed this record" in late.text
    assert in_form(late.text)["quantity"] == ["5"]


def test_the_profile_itself_is_changed_and_withdrawn(client: TestClient, authority: dict[str, str]) -> None:
    address = with_saw(client, authority)
    form = in_form(client.get(f"{address}/edit", headers=authority).text)
    renamed = TYPED | {"names.en": "Rescuers of Kabul", "key": form["key"], "version": form["version"]}
    assert post(client, address, authority, renamed).status_code == 303
    page = client.get(address, headers=authority).text
    assert "Rescuers of Kabul" in page
    assert "Cut-off saw" in page
    form = in_form(client.get(f"{address}/withdraw", headers=authority).text)
    sent = {"reason": "Written twice", "key": form["key"], "version": form["version"]}
    assert post(client, f"{address}/withdraw", authority, sent).headers["location"] == URL
    assert "Rescuers of Kabul" not in client.get(URL, headers=authority).text


def test_partners_read_it_in_the_list_and_cannot_change_it(
    client: TestClient, cast: Cast, authority: dict[str, str]
) -> None:
    address = with_saw(client, authority)
    reader = cast.person("reader")
    assert "Rescuers of ANDMA" in client.get(URL, headers=reader).text
    page = client.get(address, headers=reader)
    assert page.status_code == 200
    assert "Add a line" not in page.text
    assert client.get(f"{address}/lines/new", headers=reader).status_code == 403
    assert client.get(f"{address}/edit", headers=cast.person("requester", organisation="KGZ-MES")).status_code == 403


def test_whoever_is_limited_to_a_country_reads_it_with_its_history(client: TestClient, cast: Cast, db: Session) -> None:
    make_organisation(db, "AFG-ANDMA", country_iso3="AFG")
    limited = cast.person("requester", organisation="AFG-ANDMA", countries=("AFG",))
    page = client.get(with_saw(client, limited), headers=limited)
    assert page.status_code == 200
    assert "History of this record" in page.text
