"""Changing a capacity over HTTP: what is left out stays, nobody's work is overwritten, hidden records are not there."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.capacities.models import Capacity
from app.history import History
from tests.conftest import Cast
from tests.make import make_capacity, make_organisation
from tests.waiting import soon

URL = "/api/v1/capacities"


@pytest.fixture
def theirs(db: Session) -> Capacity:
    """A team of the Kyrgyz ministry, shared with partners."""
    owner = make_organisation(db, "KGZ-MES").id
    team = make_capacity(
        db, "Team", lon=74.6, lat=42.87, country_iso3="KGZ", organisation_id=owner, visibility="partners",
        readiness_people="ready", readiness_funding="partial", base_place={"en": "Bishkek"},
    )  # fmt: skip
    db.commit()
    return team


def read(client: TestClient, capacity: Capacity, headers: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The record, and the headers that change it."""
    answer = client.get(f"{URL}/{capacity.ref}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json(), headers | {"If-Match": answer.headers["ETag"]}


def test_what_is_left_out_stays_inside_objects_too(client: TestClient, cast: Cast, theirs: Capacity) -> None:
    before, headers = read(client, theirs, cast.person("contributor", organisation="KGZ-MES"))
    change = {
        "status": "deployed",
        "quantity_available": 0,
        "readiness": {"people": "none"},
        "names": {"ru": "Команда"},
    }
    answer = client.patch(f"{URL}/{theirs.ref}", json=change, headers=headers)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["readiness"] == {"equipment": None, "people": "none", "funding": "partial"}
    assert (after["status"], after["quantity_available"], after["name"]) == ("deployed", 0, "Team")
    assert after["geometry"] == before["geometry"]
    assert after["base"] == before["base"]
    assert client.get(f"{URL}/{theirs.ref}?lang=ru", headers=headers).json()["name"] == "Команда"


def test_null_empties_a_field(client: TestClient, cast: Cast, db: Session, theirs: Capacity) -> None:
    _said, headers = read(client, theirs, cast.person("contributor", organisation="KGZ-MES"))
    change = {"readiness": {"funding": None}, "base": {"geometry": None, "place": None}}
    after = client.patch(f"{URL}/{theirs.ref}", json=change, headers=headers).json()
    assert after["readiness"] == {"equipment": None, "people": "ready", "funding": None}
    assert after["geometry"] is None
    assert after["base"]["place"] is None
    db.expire_all()
    row = db.get_one(Capacity, theirs.id)
    assert (row.location, row.base_place, row.exact_location, row.exact_place) == (None, None, None, None)


def test_what_a_record_must_have_cannot_be_emptied(client: TestClient, cast: Cast, theirs: Capacity) -> None:
    _said, headers = read(client, theirs, cast.person("contributor", organisation="KGZ-MES"))
    for change, field in (
        ({"quantity": None}, "quantity"),
        ({"names": {"en": None}}, "names"),
        ({"country": None}, "country"),
    ):
        answer = client.patch(f"{URL}/{theirs.ref}", json=change, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field


def test_another_type_brings_its_kind(client: TestClient, cast: Cast, theirs: Capacity) -> None:
    _said, headers = read(client, theirs, cast.person("operator"))
    after = client.patch(f"{URL}/{theirs.ref}", json={"type": "pump-motor", "unit": "set"}, headers=headers).json()
    assert (after["kind"], after["type"]["code"], after["unit"]) == ("equipment", "pump-motor", "set")


def test_a_change_is_refused_that_goes_against_what_stays(client: TestClient, cast: Cast, theirs: Capacity) -> None:
    _said, headers = read(client, theirs, cast.person("operator"))
    for change, field in (({"quantity_available": 5}, "quantity_available"), ({"country": "TJK"}, "base.geometry")):
        answer = client.patch(f"{URL}/{theirs.ref}", json=change, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
    answer = client.patch(f"{URL}/{theirs.ref}", json={"ref": "CA-1", "search": "x"}, headers=headers)
    assert [error["field"] for error in answer.json()["errors"]] == ["ref", "search"]


def test_the_version_that_was_read_must_be_named(client: TestClient, cast: Cast, theirs: Capacity) -> None:
    _said, headers = read(client, theirs, cast.person("operator"))
    without = {name: value for name, value in headers.items() if name != "If-Match"}
    assert client.patch(f"{URL}/{theirs.ref}", json={"quantity": 2}, headers=without).status_code == 428
    assert client.patch(f"{URL}/{theirs.ref}", json={"quantity": 2}, headers=headers).status_code == 200
    stale = client.patch(f"{URL}/{theirs.ref}", json={"quantity": 3}, headers=headers)
    assert stale.status_code == 412
    assert "read it again" in stale.json()["detail"]
    assert (
        client.patch(f"{URL}/{theirs.ref}", json={"quantity": 4}, headers=headers | {"If-Match": "*"}).status_code
        == 200
    )


def test_the_answer_brings_the_version_for_the_next_change(client: TestClient, cast: Cast, theirs: Capacity) -> None:
    _said, headers = read(client, theirs, cast.person("operator"))
    for quantity in (2, 3, 4):
        answer = client.patch(f"{URL}/{theirs.id}", json={"quantity": quantity}, headers=headers)
        assert answer.json()["quantity"] == quantity
        headers |= {"If-Match": answer.headers["ETag"]}


def test_nothing_is_written_where_nothing_changes(
    client: TestClient, cast: Cast, db: Session, theirs: Capacity
) -> None:
    said, headers = read(client, theirs, cast.person("contributor", organisation="KGZ-MES"))
    change = {"quantity": 1, "base": {"geometry": said["geometry"], "place": {"en": "Bishkek"}}, "description": {}}
    answer = client.patch(f"{URL}/{theirs.ref}", json=change, headers=headers)
    assert answer.json()["updated_at"] == said["updated_at"]
    assert answer.headers["ETag"].strip('"') == headers["If-Match"].strip('"').partition("-")[0]
    assert db.scalars(select(History)).all() == []


def test_it_needs_the_right_and_hidden_records_are_not_there(
    client: TestClient, cast: Cast, db: Session, theirs: Capacity
) -> None:
    hidden = make_capacity(db, organisation_id=theirs.organisation_id, country_iso3="KGZ", visibility="own")
    db.commit()
    any_version = {"If-Match": "*"}

    def tried(capacity: Capacity, headers: dict[str, str]) -> Any:
        return client.patch(f"{URL}/{capacity.ref}", json={"quantity": 2}, headers=headers | any_version).status_code

    assert client.patch(f"{URL}/CA-9999999", json={}).status_code == 401
    assert tried(theirs, {}) == 401
    assert tried(theirs, cast.person("reader", organisation="KGZ-MES")) == 403
    assert tried(theirs, cast.person("contributor", organisation="TJK-RC")) == 403
    assert (
        tried(theirs, cast.program("capacities:write")) == 404
    )  # may write its own, may not read what is for partners
    assert tried(hidden, cast.person("contributor", organisation="TJK-RC")) == 404
    assert tried(hidden, cast.person("operator")) == 404
    assert tried(hidden, cast.person("contributor", organisation="KGZ-MES")) == 200


def test_countries_limit_what_it_was_and_what_it_becomes(client: TestClient, cast: Cast, theirs: Capacity) -> None:
    any_version = {"If-Match": "*"}
    elsewhere = cast.person("contributor", organisation="KGZ-MES", countries=("TJK",)) | any_version
    assert client.patch(f"{URL}/{theirs.ref}", json={"quantity": 2}, headers=elsewhere).status_code == 403
    here = cast.person("contributor", organisation="KGZ-MES", countries=("KGZ",)) | any_version
    moved = {"country": "TJK", "base": None}
    assert client.patch(f"{URL}/{theirs.ref}", json=moved, headers=here).status_code == 403
    assert client.patch(f"{URL}/{theirs.ref}", json={"quantity": 2}, headers=here).status_code == 200


def test_only_those_who_write_for_all_hand_a_record_over(
    client: TestClient, cast: Cast, db: Session, theirs: Capacity
) -> None:
    make_organisation(db, "TJK-RC")
    db.commit()
    change, any_version = {"organisation": "TJK-RC"}, {"If-Match": "*"}
    own = cast.person("contributor", organisation="KGZ-MES") | any_version
    assert client.patch(f"{URL}/{theirs.ref}", json=change, headers=own).status_code == 403
    answer = client.patch(f"{URL}/{theirs.ref}", json=change, headers=cast.person("operator") | any_version)
    assert answer.json()["organisation"]["code"] == "TJK-RC"


def test_history_tells_what_it_was_and_what_it_is(
    client: TestClient, cast: Cast, db: Session, theirs: Capacity
) -> None:
    headers = cast.person("contributor", organisation="KGZ-MES") | {"If-Match": "*"}
    client.patch(f"{URL}/{theirs.ref}", json={"quantity": 5, "visibility": "public"}, headers=headers)
    row = db.scalars(select(History)).one()
    assert (row.action, row.before, row.after) == (
        "changed", {"quantity": 1, "visibility": "partners"}, {"quantity": 5, "visibility": "public"},
    )  # fmt: skip
    assert row.visibility == "partners"  # whoever sees it now did not see what it was


def test_other_workers_show_the_change_too(client: TestClient, new_portal: Any, cast: Cast, theirs: Capacity) -> None:
    """Another process has its own memory of what it answered."""
    headers = cast.person("contributor", organisation="KGZ-MES") | {"If-Match": "*"}
    client.patch(f"{URL}/{theirs.ref}", json={"visibility": "public"}, headers=headers)
    other = new_portal()
    assert other.get(f"{URL}/{theirs.ref}").json()["quantity"] == 1
    client.patch(f"{URL}/{theirs.ref}", json={"quantity": 7}, headers=headers)
    assert client.get(f"{URL}/{theirs.ref}", headers=headers).json()["quantity"] == 7
    assert soon(lambda: other.get(f"{URL}/{theirs.ref}").json()["quantity"], lambda quantity: quantity == 7) == 7
