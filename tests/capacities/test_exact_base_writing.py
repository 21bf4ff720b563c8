"""Writing exact bases: what fewer may see lies where only they read, and whoever may not see it neither wipes nor moves it."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.capacities.models import Capacity
from app.history import History
from tests.conftest import Cast
from tests.make import make_organisation

URL = "/api/v1/capacities"
KARAKOL = [78.39, 42.49]
BASE = {"place": {"en": "Karakol, depot 3"}, "geometry": {"type": "Point", "coordinates": KARAKOL}}
TEAM = {
    "names": {"en": "Mountain rescue"}, "type": "usar-medium", "country": "KGZ", "quantity": 1, "visibility": "public",
}  # fmt: skip


@pytest.fixture
def keeper(cast: Cast) -> dict[str, str]:
    return cast.person("contributor", organisation="KGZ-MES") | {"If-Match": "*"}


def register(client: TestClient, headers: dict[str, str], **base: Any) -> str:
    answer = client.post(URL, json={**TEAM, "base": {**BASE, **base}}, headers=headers)
    assert answer.status_code == 201, answer.text
    ref: str = answer.json()["ref"]
    return ref


def change(client: TestClient, ref: str, headers: dict[str, str], **fields: Any) -> Any:
    return client.patch(f"{URL}/{ref}", json=fields, headers=headers)


def lies(db: Session, ref: str) -> tuple[bool, bool, bool, bool]:
    """Whether the row holds a place and a point for all, and an exact place and point."""
    columns = (Capacity.base_place, Capacity.location, Capacity.exact_place, Capacity.exact_location)
    db.rollback()
    row = db.execute(select(*(column.is_not(None) for column in columns)).where(Capacity.ref == ref)).one()
    return tuple(row)


OPEN, NARROW = (True, True, False, False), (False, False, True, True)


def test_a_base_that_fewer_may_see_lies_apart(client: TestClient, keeper: dict[str, str], db: Session) -> None:
    assert lies(db, register(client, keeper)) == OPEN
    assert lies(db, register(client, keeper, visibility="public")) == OPEN
    assert lies(db, register(client, keeper, visibility="partners")) == NARROW
    assert lies(db, register(client, keeper, visibility="own")) == NARROW


def test_it_moves_as_its_visibility_changes(client: TestClient, keeper: dict[str, str], db: Session) -> None:
    ref = register(client, keeper)
    for visibility, expected in (
        ("own", NARROW),
        ("centre", NARROW),
        ("public", OPEN),
        ("partners", NARROW),
        (None, OPEN),
    ):
        assert change(client, ref, keeper, base={"visibility": visibility}).status_code == 200
        assert lies(db, ref) == expected
    point = db.scalar(select(func.ST_AsText(Capacity.location)).where(Capacity.ref == ref))
    assert point == "POINT(78.39 42.49)"


def test_the_records_own_visibility_sorts_it_anew(client: TestClient, keeper: dict[str, str], db: Session) -> None:
    ref = register(client, keeper, visibility="partners")
    for visibility, expected in (("partners", OPEN), ("own", OPEN), ("public", NARROW)):
        assert change(client, ref, keeper, visibility=visibility).status_code == 200
        assert lies(db, ref) == expected


def test_a_narrow_base_can_be_changed_in_part_by_its_owner(
    client: TestClient, keeper: dict[str, str], db: Session
) -> None:
    ref = register(client, keeper, visibility="own")
    assert (
        change(client, ref, keeper, base={"geometry": {"type": "Point", "coordinates": [74.6, 42.87]}}).status_code
        == 200
    )
    assert lies(db, ref) == NARROW
    row = db.execute(
        select(Capacity.exact_place, func.ST_AsText(Capacity.exact_location)).where(Capacity.ref == ref)
    ).one()
    assert tuple(row) == ({"en": "Karakol, depot 3"}, "POINT(74.6 42.87)")
    assert change(client, ref, keeper, base={"geometry": None, "place": None}).status_code == 200
    assert lies(db, ref) == (False, False, False, False)


def test_its_owner_reads_what_they_wrote_and_others_do_not(
    client: TestClient, keeper: dict[str, str], cast: Cast
) -> None:
    ref = register(client, keeper, visibility="own")
    mine = client.get(f"{URL}/{ref}", headers=keeper).json()
    assert mine["geometry"]["coordinates"] == KARAKOL
    assert mine["base"]["place"] == "Karakol, depot 3"
    for headers in ({}, cast.person("operator")):
        theirs = client.get(f"{URL}/{ref}", headers=headers).json()
        assert theirs["geometry"] is None
        assert theirs["base"]["place"] is None


def test_who_may_not_see_a_base_neither_wipes_nor_moves_it(
    client: TestClient, keeper: dict[str, str], cast: Cast, db: Session
) -> None:
    ref = register(client, keeper, visibility="own")
    operator = cast.person("operator") | {"If-Match": "*"}
    bases: list[Any] = [
        None,
        {"geometry": None},
        {"geometry": BASE["geometry"]},
        {"visibility": "public"},
        {"area": "KG-Y"},
        {},
    ]
    for base in bases:
        answer = change(client, ref, operator, base=base)
        assert (answer.status_code, "may not see" in answer.json()["detail"]) == (403, True), base
    answer = change(client, ref, operator, quantity=4, visibility="partners")
    assert answer.status_code == 200
    assert answer.json()["geometry"] is None
    assert lies(db, ref) == NARROW
    mine = client.get(f"{URL}/{ref}", headers=keeper).json()
    assert mine["geometry"]["coordinates"] == KARAKOL
    assert mine["quantity"] == 4


def test_what_is_wrong_with_a_hidden_base_is_not_told(client: TestClient, keeper: dict[str, str], cast: Cast) -> None:
    """Trying one country after the other would tell where it is."""
    ref = register(client, keeper, visibility="own")
    operator = cast.person("operator") | {"If-Match": "*"}
    answers = {change(client, ref, operator, country=country).status_code for country in ("TJK", "KAZ", "KGZ")}
    assert answers == {200}


def test_who_sees_it_by_their_audience_may_write_it(
    client: TestClient, keeper: dict[str, str], cast: Cast, db: Session
) -> None:
    ref = register(client, keeper, visibility="centre")
    operator = cast.person("operator") | {"If-Match": "*"}
    assert change(client, ref, operator, base={"place": {"en": "Karakol, depot 4"}}).status_code == 200
    assert lies(db, ref) == NARROW
    near = cast.person("operator", countries=("TJK",)) | {"If-Match": "*"}
    assert change(client, ref, near, base={"place": {"en": "Nowhere"}}).status_code == 403


def test_history_keeps_a_narrow_base_under_its_own_names(
    client: TestClient, keeper: dict[str, str], db: Session
) -> None:
    ref = register(client, keeper)
    change(client, ref, keeper, base={"visibility": "own"})
    change(client, ref, keeper, quantity=2)
    change(client, ref, keeper, base={"place": {"en": "Elsewhere"}})
    rows = db.scalars(select(History).order_by(History.id)).all()
    assert [row.action for row in rows] == ["registered", "changed", "changed", "changed"]
    assert rows[0].after
    assert rows[0].after["location"]["coordinates"] == KARAKOL
    for row in rows[1:]:
        assert not {"location", "base_place"} & {*(row.before or {}), *(row.after or {})}
    assert rows[1].after == {"base_visibility": "own"}
    assert rows[3].before == {"exact_place": {"en": "Karakol, depot 3"}}
    assert rows[3].after == {"exact_place": {"en": "Elsewhere"}}


def test_history_tells_others_no_longer_what_it_was_before_it_was_narrowed(
    client: TestClient, keeper: dict[str, str], cast: Cast
) -> None:
    ref = register(client, keeper)
    assert "78.39" in client.get(f"{URL}/{ref}/history").text
    change(client, ref, keeper, base={"visibility": "own"})
    assert "78.39" in client.get(f"{URL}/{ref}/history", headers=keeper).text
    for headers in ({}, cast.person("operator"), cast.person("administrator")):
        for path in (f"{URL}/{ref}/history", f"/capacities/{ref}", f"/history?ref={ref}", f"/api/v1/history?ref={ref}"):
            said = client.get(path, headers=headers).text
            assert "78.39" not in said
            assert "Karakol" not in said


def test_a_wider_base_than_its_record_is_refused_in_words(
    client: TestClient, keeper: dict[str, str], cast: Cast
) -> None:
    make_organisation(cast.db, "KGZ-MES")
    ref = register(client, keeper)
    answer = change(client, ref, keeper, visibility="own", base={"visibility": "partners"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "base.visibility"
    assert "More people" in answer.json()["detail"]


def test_whoever_may_not_see_it_does_not_come_to_it_by_giving_the_record_to_themselves(
    client: TestClient, keeper: dict[str, str], cast: Cast
) -> None:
    ref = register(client, keeper, visibility="own")
    operator = cast.person("operator") | {"If-Match": "*"}
    refused = change(client, ref, operator, organisation="CESDRR")
    assert refused.status_code == 403
    assert "Karakol, depot 3" not in client.get(f"{URL}/{ref}", headers=operator).text


def test_a_new_owner_is_not_told_what_the_record_said_as_the_own_of_another(
    client: TestClient, keeper: dict[str, str], cast: Cast
) -> None:
    ref = register(client, keeper, visibility="own")
    change(client, ref, keeper, base=BASE | {"place": {"en": "Karakol, depot 4"}, "visibility": "public"})
    operator = cast.person("operator") | {"If-Match": "*"}
    assert change(client, ref, operator, organisation="CESDRR").status_code == 200
    assert "depot 3" not in client.get(f"{URL}/{ref}/history", headers=operator).text
    assert "depot 3" in client.get(f"{URL}/{ref}/history", headers=keeper).text
