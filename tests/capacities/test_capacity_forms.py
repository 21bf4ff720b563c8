"""Capacities written on pages that work without JavaScript: nothing typed is lost, nobody's change is overwritten unseen."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.capacities.models import Capacity
from app.history import History
from app.idempotency import LOCKS
from tests.conftest import Cast
from tests.events.test_event_forms import in_form
from tests.make import make_capacity, make_organisation

TYPED: dict[str, Any] = {
    "names.en": "Mountain rescue, Karakol",
    "names.ru": "Горные спасатели, Каракол",
    "type": "usar-medium",
    "country": "KGZ",
    "quantity": "1 200,5",
    "quantity_available": "۷",
    "unit": "",
    "status": "available",
    "readiness.people": "partial",
    "mobilisation_hours": "6",
    "base.area": "KG-Y",
    "base.place.en": "Karakol",
    "base.geometry": "42.49 N 78.39 E",
    "base.visibility": "",
    "visibility": "public",
    "description.en": "Rope rescue.\r\n\r\nWinter, too.",
    "classification.body": "INSARAG",
    "classification.valid_until": "2028-03-01",
    "languages": ["ky", "ru"],
    "transport.modes": ["road", "air"],
    "transport.weight_kg": "1200,5",
    "key": "one-form",
}


@pytest.fixture
def keeper(cast: Cast) -> dict[str, str]:
    return cast.person("contributor", organisation="KGZ-MES")


@pytest.fixture
def theirs(db: Session) -> Capacity:
    team = make_capacity(
        db, "Team", lon=74.6, lat=42.87, country_iso3="KGZ", organisation_id=make_organisation(db, "KGZ-MES").id,
        base_place={"en": "Bishkek"}, languages=["ru"], transport_modes=["road"], transport_weight_kg=1200.5,
    )  # fmt: skip
    db.commit()
    return team


def send(client: TestClient, path: str, data: dict[str, Any], headers: dict[str, str]) -> Any:
    """The page that a browser shows after a form was sent: it goes where it is sent, with its cookie."""
    answer = client.post(path, data=data, headers=headers, follow_redirects=False)
    return client.get(answer.headers["Location"], headers=headers) if answer.status_code == 303 else answer


def rows(db: Session) -> list[Capacity]:
    db.rollback()
    db.expire_all()
    return list(db.scalars(select(Capacity).order_by(Capacity.created_at)))


def test_what_is_typed_is_registered_once(client: TestClient, keeper: dict[str, str], db: Session) -> None:
    form = client.get("/capacities/new", headers=keeper)
    assert form.status_code == 200
    answers = [client.post("/capacities", data=TYPED, headers=keeper, follow_redirects=False) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303], answers[0].text
    (row,) = rows(db)
    assert answers[0].headers["Location"] == answers[1].headers["Location"] == f"/capacities/{row.ref}"
    assert row.names == {"en": "Mountain rescue, Karakol", "ru": "Горные спасатели, Каракол"}
    assert (float(row.quantity), int(row.quantity_available), row.unit_code) == (1200.5, 7, "team")
    assert row.description == {"en": "Rope rescue.\n\nWinter, too."}
    assert (row.base_place, row.transport_modes, row.languages) == ({"en": "Karakol"}, ["road", "air"], ["ky", "ru"])
    page = client.get(f"/capacities/{row.ref}", headers=keeper)
    assert "42.490° N" in page.text
    assert "Registered" in page.text


def test_the_form_begins_at_home(client: TestClient, keeper: dict[str, str]) -> None:
    sent = in_form(client.get("/capacities/new", headers=keeper).text)
    assert (sent["country"], sent["visibility"], sent["status"]) == (["KGZ"], ["partners"], ["available"])
    assert "organisation" not in sent


def test_a_form_that_is_wrong_keeps_everything_typed(client: TestClient, keeper: dict[str, str], db: Session) -> None:
    wrong = TYPED | {
        "quantity": "<b>many</b>",
        "base.geometry": "in the mountains",
        "names.en": "",
        "names.ru": "",
        "type": "",
    }
    answer = client.post("/capacities", data=wrong, headers=keeper)
    assert answer.status_code == 422
    assert "<title>Error" in answer.text
    sent = in_form(answer.text)
    for name, value in wrong.items():
        expected = value if isinstance(value, list) else [value.replace("\r\n", "\n")]
        assert sorted(sent.get(name, [])) == sorted(expected), name
    for anchor in ("names", "quantity", "base.geometry", "type"):
        assert f'href="#field-{anchor}' in answer.text
        assert f'id="field-{anchor}' in answer.text
    assert "<b>many</b>" not in answer.text
    assert rows(db) == []


def test_it_needs_the_right_and_hidden_records_are_not_there(
    client: TestClient, cast: Cast, db: Session, theirs: Capacity
) -> None:
    hidden = make_capacity(db, organisation_id=theirs.organisation_id, country_iso3="KGZ", visibility="own")
    db.commit()
    other, reader = cast.person("contributor", organisation="UZB-MES"), cast.person("reader")
    for path in (
        "/capacities/new",
        "/capacities/mine",
        f"/capacities/{theirs.ref}/edit",
        f"/capacities/{theirs.ref}/withdraw",
    ):
        answer = client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in")
        assert client.get(path, headers=reader).status_code == 403
    for path in ("edit", "withdraw"):
        assert client.get(f"/capacities/{theirs.ref}/{path}", headers=other).status_code == 403
        assert client.get(f"/capacities/{hidden.ref}/{path}", headers=other).status_code == 404
    for path in ("", "/withdraw", "/restore", "/verify"):
        data = {"reason": "x", "version": "0", "names.en": "Mine now"}
        assert client.post(f"/capacities/{theirs.ref}{path}", data=data, headers=other).status_code == 403
        assert client.post(f"/capacities/{hidden.ref}{path}", data=data, headers=other).status_code == 404
    assert [row.names for row in rows(db)] == [theirs.names, hidden.names]


def test_opened_and_saved_as_it_is_nothing_changes(
    client: TestClient, keeper: dict[str, str], db: Session, theirs: Capacity
) -> None:
    sent = in_form(client.get(f"/capacities/{theirs.ref}/edit", headers=keeper).text)
    assert sent["base.geometry"] == ["42.87, 74.6"]
    answer = client.post(f"/capacities/{theirs.ref}", data=sent, headers=keeper, follow_redirects=False)
    assert answer.status_code == 303
    assert db.scalars(select(History)).all() == []


def test_only_what_was_changed_is_written(
    client: TestClient, keeper: dict[str, str], db: Session, theirs: Capacity
) -> None:
    sent = in_form(client.get(f"/capacities/{theirs.ref}/edit", headers=keeper).text)
    sent |= {"quantity_available": ["0"], "languages": [], "base.geometry": [""], "names.ky": ["Топ"]}
    answer = client.post(f"/capacities/{theirs.ref}", data=sent, headers=keeper, follow_redirects=False)
    assert answer.status_code == 303
    row = db.scalars(select(History)).one()
    assert set(row.after or {}) == {"quantity_available", "languages", "location", "names"}
    (capacity,) = rows(db)
    assert (capacity.languages, capacity.location, capacity.names) == ([], None, {"en": "Team", "ky": "Топ"})
    assert capacity.verified_at is None


def test_a_tick_confirms_all_of_it(client: TestClient, keeper: dict[str, str], db: Session, theirs: Capacity) -> None:
    sent = in_form(client.get(f"/capacities/{theirs.ref}/edit", headers=keeper).text) | {
        "confirmed": ["true"],
        "quantity": ["2"],
    }
    client.post(f"/capacities/{theirs.ref}", data=sent, headers=keeper)
    assert rows(db)[0].verified_at is not None
    assert [row.action for row in db.scalars(select(History).order_by(History.id))] == ["changed", "verified"]


def test_who_was_slower_sees_both_versions_and_chooses(
    client: TestClient, cast: Cast, db: Session, keeper: dict[str, str], theirs: Capacity
) -> None:
    operator = cast.person("operator")
    slow = in_form(client.get(f"/capacities/{theirs.ref}/edit", headers=keeper).text)
    fast = in_form(client.get(f"/capacities/{theirs.ref}/edit", headers=operator).text)
    client.post(
        f"/capacities/{theirs.ref}", data=fast | {"status": ["deployed"], "names.en": ["Fast"]}, headers=operator
    )
    slow |= {"names.en": ["Slow"], "mobilisation_hours": ["4"]}
    answer = client.post(f"/capacities/{theirs.ref}", data=slow, headers=keeper)
    assert answer.status_code == 409
    for said in ("Fast", "Slow", "Deployed", "Available"):
        assert said in answer.text
    assert "<legend>Organisation" not in answer.text
    assert rows(db)[0].names == {"en": "Fast"}
    again = in_form(answer.text)
    undecided = client.post(f"/capacities/{theirs.ref}", data=again, headers=keeper)
    assert undecided.status_code == 409
    decided = again | {"choose.names.en": "mine", "choose.status": "theirs", "choose.mobilisation_hours": "mine"}
    assert (
        client.post(f"/capacities/{theirs.ref}", data=decided, headers=keeper, follow_redirects=False).status_code
        == 303
    )
    row = rows(db)[0]
    assert (row.names, row.status, row.mobilisation_hours) == ({"en": "Slow"}, "deployed", 4)


def test_who_may_not_see_the_base_has_no_fields_for_it(
    client: TestClient, cast: Cast, db: Session, keeper: dict[str, str], theirs: Capacity
) -> None:
    sent = in_form(client.get(f"/capacities/{theirs.ref}/edit", headers=keeper).text) | {"base.visibility": ["own"]}
    client.post(f"/capacities/{theirs.ref}", data=sent, headers=keeper)
    operator = cast.person("operator")
    page = client.get(f"/capacities/{theirs.ref}/edit", headers=operator)
    assert "Bishkek" not in page.text
    assert "42.87" not in page.text
    sent = in_form(page.text)
    assert not [name for name in sent if name.startswith("base.")]
    sent |= {"quantity": ["3"], "base.geometry": ["1, 1"], "base.visibility": ["public"]}
    answer = client.post(f"/capacities/{theirs.ref}", data=sent, headers=operator, follow_redirects=False)
    assert answer.status_code == 303
    (row,) = rows(db)
    assert (row.quantity, row.base_visibility, row.exact_place) == (3, "own", {"en": "Bishkek"})
    assert row.exact_location is not None


def test_withdrawing_asks_for_the_reason_and_restoring_brings_it_back(
    client: TestClient, cast: Cast, db: Session, keeper: dict[str, str], theirs: Capacity
) -> None:
    sent = in_form(client.get(f"/capacities/{theirs.ref}/withdraw", headers=keeper).text)
    empty = client.post(f"/capacities/{theirs.ref}/withdraw", data=sent | {"reason": " "}, headers=keeper)
    assert empty.status_code == 422
    done = send(client, f"/capacities/{theirs.ref}/withdraw", in_form(empty.text) | {"reason": "Sold"}, keeper)
    assert "This capacity is withdrawn." in done.text
    assert "Sold" in done.text
    assert client.get(f"/capacities/{theirs.ref}").status_code == 404
    assert client.get(f"/capacities/{theirs.ref}", headers=cast.person("reader")).status_code == 404
    assert (
        client.get(f"/capacities/{theirs.ref}", headers=cast.person("contributor", organisation="UZB-MES")).status_code
        == 404
    )
    assert client.get(f"/capacities/{theirs.ref}/edit", headers=keeper).status_code == 409
    assert theirs.ref in client.get("/capacities/mine", headers=keeper).text
    version = done.text.split('name="version" value="')[1].split('"')[0]
    back = send(client, f"/capacities/{theirs.ref}/restore", {"version": version}, keeper)
    assert back.status_code == 200
    assert "This capacity is withdrawn." not in back.text
    assert client.get(f"/capacities/{theirs.ref}").status_code == 200


def test_one_button_confirms_what_was_read(
    client: TestClient, db: Session, keeper: dict[str, str], theirs: Capacity
) -> None:
    page = client.get(f"/capacities/{theirs.ref}", headers=keeper).text
    version = page.split('name="version" value="')[1].split('"')[0]
    assert "Nobody has confirmed" in page
    done = send(client, f"/capacities/{theirs.ref}/verify", {"version": version}, keeper)
    assert "Nobody has confirmed" not in done.text
    assert client.post(f"/capacities/{theirs.ref}/verify", data={"version": version}, headers=keeper).status_code == 412
    assert client.post(f"/capacities/{theirs.ref}/verify", headers=keeper).status_code == 428


def test_pressed_twice_a_button_does_it_once(
    client: TestClient, db: Session, keeper: dict[str, str], theirs: Capacity
) -> None:
    page = client.get(f"/capacities/{theirs.ref}", headers=keeper).text
    version, key = (page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("version", "key"))
    for _ in range(2):
        done = send(client, f"/capacities/{theirs.ref}/verify", {"version": version, "key": key}, keeper)
        assert done.status_code == 200
    assert len(db.scalars(select(History)).all()) == 1


def test_ones_own_are_listed_stale_first_and_confirmed_together(
    client: TestClient, db: Session, keeper: dict[str, str], theirs: Capacity
) -> None:
    owner = theirs.organisation_id
    fresh = make_capacity(db, "Fresh", organisation_id=owner, visibility="own", verified_at="2026-11-20T00:00:00Z")
    stale = make_capacity(db, "Stale", organisation_id=owner, verified_at="2020-01-01T00:00:00Z")
    make_capacity(db, "Not theirs")
    db.commit()
    page = client.get("/capacities/mine", headers=keeper).text
    assert page.index("Team") < page.index("Stale") < page.index("Fresh")
    assert "Not theirs" not in page
    assert "2 records are out of date" in page
    done = send(
        client, "/capacities/verify", {"refs": [stale.ref], "listed": [fresh.ref, stale.ref, theirs.ref]}, keeper
    )
    assert "1 record is confirmed." in done.text
    assert "1 record is out of date" in done.text
    done = send(client, "/capacities/verify", {"all": "1", "listed": [fresh.ref, stale.ref, theirs.ref]}, keeper)
    assert "3 records are confirmed." in done.text
    assert "Nothing was confirmed" in send(client, "/capacities/verify", {}, keeper).text


def test_only_those_who_may_are_offered_to_write(
    client: TestClient, cast: Cast, keeper: dict[str, str], theirs: Capacity
) -> None:
    for path in ("/capacities", f"/capacities/{theirs.ref}"):
        for headers in ({}, cast.person("reader")):
            page = client.get(path, headers=headers).text
            assert "/edit" not in page
            assert "/capacities/new" not in page
    assert f"/capacities/{theirs.ref}/edit" in client.get(f"/capacities/{theirs.ref}", headers=keeper).text
    assert "/capacities/new" in client.get("/capacities", headers=keeper).text
    other = cast.person("contributor", organisation="UZB-MES")
    assert "/edit" not in client.get(f"/capacities/{theirs.ref}", headers=other).text


def test_pressed_again_while_the_first_press_is_at_work_it_is_still_the_same_form(
    client: TestClient, db: Session, keeper: dict[str, str]
) -> None:
    """A new key would register the team twice."""
    user = db.scalar(text("SELECT id FROM users WHERE status = 'active' ORDER BY created_at DESC LIMIT 1"))
    place = f"{user}\nPOST /capacities\none-form"
    db.execute(text("SELECT pg_advisory_xact_lock(:locks, hashtext(:place))"), {"locks": LOCKS, "place": place})
    answer = client.post("/capacities", data=TYPED, headers=keeper, follow_redirects=False)
    assert answer.status_code == 409
    assert 'name="key" value="one-form"' in answer.text
