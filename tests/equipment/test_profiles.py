"""Equipment profiles over HTTP: written by the authority itself or the Centre, seen by partners, changed with its version."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.equipment.queries import uses_of
from app.permissions import By
from tests.conftest import Cast
from tests.make import make_item, make_organisation

URL = "/api/v1/equipment-profiles"
SAW: dict[str, Any] = {
    "type": "usar-medium",
    "description": {"en": "Cut-off saw", "fa-AF": "اره برش"},
    "specification": {"make": "Stihl", "model": "TS 420", "fuel": "two_stroke", "manual_languages": ["fa-AF"]},
    "quantity": 12,
    "trained_crews": 4,
    "last_training_on": "2026-05-04",
    "source": "ANDMA, Kabul",
    "verified_on": "2026-06-01",
}
WHOLE: dict[str, Any] = {
    "names": {"en": "Rescuers of ANDMA, Kabul", "fa-AF": "نجات‌دهندگان کابل"},
    "note": {"en": "Mains fail daily."},
    "country": "AFG",
    "lines": [SAW, {"description": {"en": "Fire pump"}, "specification": {"thread": "storz", "hose_mm": 66}}],
}


def written(client: TestClient, headers: dict[str, str], **changes: Any) -> dict[str, Any]:
    answer = client.post(URL, json=WHOLE | changes, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json() | {"etag": answer.headers["ETag"]}


@pytest.fixture
def authority(cast: Cast, db: Session) -> dict[str, str]:
    make_organisation(db, "AFG-ANDMA", country_iso3="AFG")
    return cast.person("requester", organisation="AFG-ANDMA")


def test_an_authority_writes_down_what_its_rescuers_use(client: TestClient, authority: dict[str, str]) -> None:
    said = written(client, authority)
    assert said["ref"] == "EP-0001"
    assert said["organisation"]["code"] == "AFG-ANDMA"
    assert said["visibility"] == "partners"
    saw, pump = said["lines"]
    assert saw["type"]["code"] == "usar-medium"
    assert saw["description"] == "Cut-off saw"
    assert saw["specification"] == SAW["specification"]
    assert (saw["quantity"], saw["trained_crews"], saw["last_training_on"]) == (12, 4, "2026-05-04")
    assert pump["specification"] == {"thread": "storz", "hose_mm": 66}
    assert pump["type"] is None


def test_partners_see_it_and_outsiders_do_not(client: TestClient, cast: Cast, authority: dict[str, str]) -> None:
    ref = written(client, authority)["ref"]
    assert client.get(f"{URL}/{ref}", headers=cast.person("reader")).status_code == 200
    assert client.get(f"{URL}/{ref}").status_code == 404
    assert client.get(URL).json()["results"] == []


def test_an_operator_of_the_centre_writes_it_for_any_authority(client: TestClient, cast: Cast, db: Session) -> None:
    make_organisation(db, "AFG-ANDMA", country_iso3="AFG")
    said = written(client, cast.person("operator"), organisation="AFG-ANDMA")
    assert said["organisation"]["code"] == "AFG-ANDMA"


def test_nobody_else_writes_it(client: TestClient, cast: Cast, authority: dict[str, str]) -> None:
    said = written(client, authority)
    other = cast.person("requester", organisation="KGZ-MES")
    assert client.post(URL, json=WHOLE, headers=cast.person("reader")).status_code == 403
    change = client.patch(f"{URL}/{said['ref']}", json={"country": "AFG"}, headers=other | {"If-Match": said["etag"]})
    assert change.status_code == 403
    limited = cast.person("requester", organisation="AFG-ANDMA", countries=("TJK",))
    assert client.post(URL, json=WHOLE, headers=limited).status_code == 403


def test_a_change_needs_the_version_that_was_read(client: TestClient, authority: dict[str, str]) -> None:
    said = written(client, authority)
    address = f"{URL}/{said['ref']}"
    changed = client.patch(address, json={"note": None}, headers=authority | {"If-Match": said["etag"]})
    assert changed.status_code == 200
    assert changed.json()["note"] is None
    assert len(changed.json()["lines"]) == 2
    assert client.patch(address, json={"note": None}, headers=authority).status_code == 428
    assert client.patch(address, json={"lines": []}, headers=authority | {"If-Match": said["etag"]}).status_code == 412


def test_lines_are_replaced_whole(client: TestClient, authority: dict[str, str]) -> None:
    said = written(client, authority)
    headers = authority | {"If-Match": said["etag"]}
    changed = client.patch(f"{URL}/{said['ref']}", json={"lines": [{"description": {"en": "Boat"}}]}, headers=headers)
    assert [line["description"] for line in changed.json()["lines"]] == ["Boat"]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"type": "no-such-type"}, "lines.0.type"),
        ({"item": "no-such-item"}, "lines.0.item"),
        ({"specification": {"fuel": "diesel"}}, "lines.0.type"),
        ({"description": {"en": "Saw"}, "specification": {"fuel": "coal"}}, "lines.0.specification.fuel"),
        ({"description": {"en": "Saw"}, "specification": {"colour": "red"}}, "lines.0.specification.colour"),
        ({"description": {"en": "Saw"}, "trained_crews": -1}, "lines.0.trained_crews"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(
    client: TestClient, authority: dict[str, str], line: dict[str, Any], field: str
) -> None:
    answer = client.post(URL, json=WHOLE | {"lines": [line]}, headers=authority)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_sent_twice_with_one_key_it_is_written_once(client: TestClient, authority: dict[str, str]) -> None:
    headers = authority | {"Idempotency-Key": "profile-1"}
    refs = {client.post(URL, json=WHOLE, headers=headers).json()["ref"] for _n in range(2)}
    assert len(refs) == 1


def test_a_withdrawn_profile_leaves_lists_and_can_be_restored(client: TestClient, authority: dict[str, str]) -> None:
    said = written(client, authority)
    address = f"{URL}/{said['ref']}"
    gone = client.post(
        f"{address}/withdraw", json={"reason": "Written twice"}, headers=authority | {"If-Match": said["etag"]}
    )
    assert gone.status_code == 200
    assert client.get(address, headers=authority).status_code == 404
    back = client.post(f"{address}/restore", json={}, headers=authority | {"If-Match": gone.headers["ETag"]})
    assert back.status_code == 200
    entries = client.get(f"{address}/history", headers=authority).json()["results"]
    assert [one["action"] for one in entries] == ["restored", "withdrawn", "registered"]


def test_filters_find_it(client: TestClient, authority: dict[str, str]) -> None:
    ref = written(client, authority)["ref"]

    def found(**query: str) -> list[str]:
        return [one["ref"] for one in client.get(URL, params=query, headers=authority).json()["results"]]

    assert found(type="usar-medium") == [ref]
    assert found(q="stihl") == [ref]
    assert found(organisation="AFG-ANDMA", country="AFG") == [ref]
    assert found(country="KAZ") == []


def test_what_is_in_use_is_read_for_the_fit(client: TestClient, authority: dict[str, str], db: Session) -> None:
    make_item(db, "pump-float")
    db.commit()
    written(client, authority, lines=[SAW, {"item": "pump-float", "specification": {"thread": "bs336"}}])
    id = db.execute(text("SELECT id FROM organisations WHERE code = 'AFG-ANDMA'")).scalar_one()
    saw, pump = uses_of(db, id, By(kind="person", organisation_id=id))
    assert (saw.resource_type_code, saw.specification.fuel, saw.trained_crews) == ("usar-medium", "two_stroke", 4)
    assert (pump.item_code, pump.specification.thread) == ("pump-float", "bs336")
    assert uses_of(db, id, By()) == []
