"""Contacts are written by those whose they are, over HTTP and on pages; what is personal stays out of history and can be erased."""

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_capacity, make_contact, make_organisation

Headers = dict[str, str]
NEW = {"kind": "duty_officer", "name": "Aibek Testov", "phones": ["+000 555 0199"], "email": "aibek@demo.invalid"}
PERSONAL = ("Aibek", "555", "aibek@", "Chief")


@pytest.fixture
def ours(cast: Cast, db: Session) -> Headers:
    make_organisation(db, "OURS", country_iso3="KGZ")
    return cast.person("contributor", organisation="OURS")


def make(client: TestClient, headers: Headers, **changes: Any) -> Any:
    return client.post("/api/v1/contacts", json=NEW | changes, headers=headers)


def made(client: TestClient, headers: Headers, **changes: Any) -> tuple[str, str]:
    """The address of a new contact, and its tag."""
    answer = make(client, headers, **changes)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"], answer.headers["etag"]


def actions(db: Session) -> list[str]:
    db.expire_all()
    found = db.scalars(text("SELECT action FROM history WHERE noun = 'contacts' AND action <> 'read' ORDER BY id"))
    return list(found)


def test_a_contributor_adds_a_contact_of_the_own_organisation(client: TestClient, db: Session, ours: Headers) -> None:
    answer = make(client, ours, position="Chief", languages=["ky", "ru"], is_24h=True)
    assert answer.status_code == 201
    contact = answer.json()
    assert (contact["organisation"]["code"], contact["visibility"], contact["is_24h"]) == ("OURS", "centre", True)
    assert answer.headers["location"] == f"/api/v1/contacts/{contact['id']}"
    again = client.get(answer.headers["location"], headers=ours)
    assert again.json() == contact
    assert again.headers["etag"].partition("-")[0].strip('"') == answer.headers["etag"].strip('"')
    assert actions(db) == ["made"]


def test_who_may_not_write_is_told_so(client: TestClient, db: Session, cast: Cast, ours: Headers) -> None:
    make_organisation(db, "THEIRS", country_iso3="KAZ")
    db.commit()
    assert make(client, {}).status_code == 401
    assert make(client, cast.person("reader", organisation="OURS")).status_code == 403
    assert make(client, cast.program("records:read-partners", organisation="OURS")).status_code == 403
    assert make(client, ours, organisation="THEIRS").status_code == 403
    assert make(client, cast.person("operator"), organisation="THEIRS").status_code == 201
    assert make(client, cast.program("capacities:write", organisation="OURS")).status_code == 201


def test_rights_limited_to_countries_end_at_their_borders(client: TestClient, db: Session, cast: Cast) -> None:
    make_organisation(db, "OURS", country_iso3="KGZ")
    make_organisation(db, "WORLD")
    for code, country, status in (("OURS", "KGZ", 201), ("OURS", "KAZ", 403), ("WORLD", "KGZ", 403)):
        headers = cast.person("contributor", organisation=code, countries=(country,))
        assert make(client, headers).status_code == status, (code, country)
    abroad = cast.person("contributor", organisation="WORLD", countries=("KAZ",))
    capacity = make_capacity(db, organisation_id=make_organisation(db, "WORLD").id)
    db.commit()
    assert make(client, abroad, kind="capacity", capacity=capacity.ref).status_code == 201


@pytest.mark.parametrize("method", ["patch", "withdraw", "restore"])
def test_other_organisations_contacts_are_not_ones_own(
    client: TestClient, db: Session, cast: Cast, ours: Headers, method: str
) -> None:
    seen = make_contact(db, "Seen", "THEIRS", visibility="partners").id
    hidden = make_contact(db, "Hidden", "THEIRS").id
    db.commit()
    for id, status in ((seen, 403), (hidden, 404), (uuid4(), 404)):
        address = f"/api/v1/contacts/{id}"
        send = ours | {"If-Match": "*"}
        answer = (
            client.patch(address, json={"name": "Mine"}, headers=send)
            if method == "patch"
            else client.post(f"{address}/{method}", json={"reason": "x"}, headers=send)
        )
        assert answer.status_code == status
        page = client.get(f"/directory/{id}/edit", headers=ours)
        assert page.status_code == status
    assert actions(db) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\x00"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"kind": "boss"}, "kind"),
        ({"phones": [], "email": None}, "phones"),
        ({"phones": ["not a number"]}, "phones.0"),
        ({"phones": ["12"]}, "phones.0"),
        ({"phones": ["112"] * 11}, "phones"),
        ({"phones": ["javascript:alert(1)"]}, "phones.0"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b.c\nBcc: x@y.zz"}, "email"),
        ({"languages": ["xx"]}, "languages"),
        ({"visibility": "secret"}, "visibility"),
        ({"capacity": "CA-0000001"}, "capacity"),
        ({"kind": "capacity"}, "capacity"),
        ({"organisation": "NOBODY"}, "organisation"),
        ({"organisation_id": "x"}, "organisation_id"),
        ({"demonstration": True}, "demonstration"),
        ({"withdrawn_at": None}, "withdrawn_at"),
    ],
)
def test_what_cannot_be_is_refused_and_named(
    client: TestClient, db: Session, ours: Headers, changes: dict[str, Any], field: str
) -> None:
    answer = make(client, ours, **changes)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert actions(db) == []


def test_digits_of_any_script_can_be_dialled(client: TestClient, ours: Headers) -> None:
    answer = make(client, ours, phones=["+۰۰۰ ۷۰۰ ۱۲۳۴", "(727) 250-00-00 ext. 12"])
    assert answer.json()["phones"] == ["+000 700 1234", "(727) 250-00-00 ext. 12"]


def test_nobody_writes_what_they_could_not_see(client: TestClient, db: Session, cast: Cast) -> None:
    make_organisation(db, "THEIRS")
    operator = cast.person("operator")
    assert make(client, operator, organisation="THEIRS", visibility="own").status_code == 422
    program = cast.program("capacities:write", "capacities:write-any", organisation="OURS")
    assert make(client, program, organisation="THEIRS").status_code == 422
    assert make(client, program, organisation="THEIRS", visibility="public").status_code == 201


def test_the_same_write_sent_again_is_done_once_and_keeps_no_name(
    client: TestClient, db: Session, ours: Headers
) -> None:
    headers = ours | {"Idempotency-Key": "one"}
    first, again = make(client, headers), make(client, headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert first.headers["location"] == again.headers["location"]
    assert make(client, headers, name="Another").status_code == 422
    assert actions(db) == ["made"]
    kept = bytes(db.scalar(text("SELECT body FROM kept_answers"))).decode()
    assert not any(word in kept for word in PERSONAL)


def test_a_change_names_the_version_that_it_changes(client: TestClient, db: Session, ours: Headers) -> None:
    address, tag = made(client, ours)
    assert client.patch(address, json={"radio": "R1"}, headers=ours).status_code == 428
    changed = client.patch(address, json={"radio": "R1", "email": None}, headers=ours | {"If-Match": tag})
    assert changed.status_code == 200
    assert (changed.json()["radio"], changed.json()["email"], changed.json()["name"]) == ("R1", None, "Aibek Testov")
    assert client.patch(address, json={"radio": "R2"}, headers=ours | {"If-Match": tag}).status_code == 412
    tag = changed.headers["etag"]
    assert (
        client.patch(address, json={"phones": [], "radio": None}, headers=ours | {"If-Match": tag}).status_code == 422
    )
    assert client.patch(address, json={"name": None}, headers=ours | {"If-Match": tag}).status_code == 422
    assert client.patch(address, json={"kind": "liaison"}, headers=ours | {"If-Match": tag}).status_code == 422
    assert client.patch(address, json={}, headers=ours | {"If-Match": tag}).status_code == 200
    assert actions(db) == ["made", "changed"]


def test_withdrawn_is_not_deleted(client: TestClient, db: Session, cast: Cast, ours: Headers) -> None:
    address, tag = made(client, ours, visibility="partners")
    partner = cast.person("reader", organisation="PARTNER")
    assert client.post(f"{address}/withdraw", json={"reason": "Moved"}, headers=ours).status_code == 428
    gone = client.post(f"{address}/withdraw", json={"reason": "Moved"}, headers=ours | {"If-Match": tag})
    assert gone.json()["withdrawn_at"]
    assert client.get(address, headers=partner).status_code == 404
    tag = gone.headers["etag"]
    assert client.patch(address, json={"radio": "R"}, headers=ours | {"If-Match": tag}).status_code == 409
    back = client.post(f"{address}/restore", json={}, headers=ours | {"If-Match": tag})
    assert back.json()["withdrawn_at"] is None
    assert client.get(address, headers=partner).status_code == 200
    assert actions(db) == ["made", "withdrawn", "restored"]
    assert db.scalar(text("SELECT reason FROM history WHERE action = 'withdrawn'")) == "Moved"


def personal_values(db: Session) -> set[str]:
    db.expire_all()
    return set(db.scalars(text("SELECT value FROM personal_values WHERE value IS NOT NULL")))


def test_history_lays_what_is_personal_aside(client: TestClient, db: Session, ours: Headers) -> None:
    address, tag = made(client, ours, position="Chief")
    client.patch(address, json={"name": "Aibek Second", "visibility": "own"}, headers=ours | {"If-Match": tag})
    rows = db.execute(text("SELECT before, after, visibility, h::text FROM history h ORDER BY id")).all()
    assert not any(word in row[3] for row in rows for word in PERSONAL)
    assert rows[0].after["phones"][0].keys() == {"personal", "digest"}
    changed = next(row for row in rows if row.before)
    assert (changed.before["visibility"], changed.after["visibility"], changed.visibility) == ("centre", "own", "own")
    assert set(changed.after) == {"name", "visibility"}
    assert personal_values(db) >= {"Aibek Testov", "Aibek Second", "+000 555 0199", "aibek@demo.invalid", "Chief"}


def test_personal_data_are_erased_everywhere(client: TestClient, db: Session, ours: Headers) -> None:
    address, _tag = made(client, ours, position="Chief", radio="Chief 1", hours="Chief’s hours")
    other, _tag = made(client, ours, name="Somebody Else")
    id = address.rpartition("/")[2]
    answer = client.post(f"/directory/{id}/erase", headers=ours, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/directory")
    left = db.scalar(text("SELECT c::text FROM contacts c WHERE id = :id"), {"id": id})
    assert not any(word in left for word in PERSONAL)
    assert personal_values(db) == {"Somebody Else", "+000 555 0199", "aibek@demo.invalid"}  # of the other one
    assert client.get(address, headers=ours).status_code == 404
    assert client.get(other, headers=ours).status_code == 200
    assert client.post(f"{address}/restore", json={}, headers=ours | {"If-Match": "*"}).status_code == 409
    assert actions(db)[-1] == "erased"


def test_who_may_erase(client: TestClient, db: Session, cast: Cast, ours: Headers) -> None:
    ids = [make_contact(db, organisation="THEIRS", visibility="partners").id for _one in range(2)]
    db.commit()
    for headers, status in (
        ({}, 303),
        (cast.person("reader", organisation="THEIRS"), 403),
        (ours, 403),
        (cast.program("capacities:write", organisation="THEIRS"), 403),
    ):
        answer = client.post(f"/directory/{ids[0]}/erase", headers=headers, follow_redirects=False)
        assert answer.status_code == status
    assert actions(db) == []
    for id, who in zip(ids, ("administrator", "operator"), strict=True):
        client.post(f"/directory/{id}/erase", headers=cast.person(who))
    assert actions(db) == ["erased", "erased"]


# -- pages


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "focal_point", "name": "Aibek Testov", "phones": "+000 555 0199\r\n112", "visibility": "centre",
        "languages": ["ru", "ky"], "is_24h": "true",
    } | changes  # fmt: skip


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1].replace("&#34;", '"')


def test_a_contact_is_made_and_changed_on_pages(client: TestClient, db: Session, ours: Headers) -> None:
    form = client.get("/directory/new", headers=ours).text
    sent = typed(key=hidden(form, "key"))
    answers = [client.post("/directory/new", data=sent, headers=ours, follow_redirects=False) for _twice in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    address = answers[0].headers["location"]
    assert answers[1].headers["location"] == address
    page = client.get(address, headers=ours).text
    assert 'href="tel:112"' in page
    edit = client.get(f"{address}/edit", headers=ours).text
    change = typed(name="Aibek Second", is_24h="", version=hidden(edit, "version"), was=hidden(edit, "was"))
    assert client.post(f"{address}/edit", data=change, headers=ours, follow_redirects=False).status_code == 303
    contact = client.get(address.replace("/directory", "/api/v1/contacts"), headers=ours).json()
    assert (contact["name"], contact["is_24h"], contact["phones"]) == ("Aibek Second", False, ["+000 555 0199", "112"])
    assert actions(db) == ["made", "changed"]


def test_what_was_typed_stays_when_it_is_wrong(client: TestClient, db: Session, ours: Headers) -> None:
    answer = client.post("/directory/new", data=typed(phones="nonsense", radio="Kept call"), headers=ours)
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert "Kept call" in answer.text
    assert "nonsense</textarea>" in answer.text
    contact = make_contact(db, organisation="OURS")
    db.commit()
    edit = client.get(f"/directory/{contact.id}/edit", headers=ours).text
    wrong = typed(name="", radio="Kept call", version=hidden(edit, "version"))
    answer = client.post(f"/directory/{contact.id}/edit", data=wrong, headers=ours)
    assert answer.status_code == 422
    assert "Kept call" in answer.text
    assert actions(db) == []


def test_two_who_edit_at_once_see_both_versions(client: TestClient, db: Session, ours: Headers) -> None:
    contact = make_contact(db, organisation="OURS")
    db.commit()
    address = f"/directory/{contact.id}"
    edit = client.get(f"{address}/edit", headers=ours).text
    opened = {"version": hidden(edit, "version"), "was": hidden(edit, "was")}
    sent = typed(name="Duty desk", phones="+000 700 0001", languages=[], is_24h="")
    client.post(f"{address}/edit", data=sent | opened | {"radio": "Theirs"}, headers=ours)
    answer = client.post(f"{address}/edit", data=sent | opened | {"radio": "Mine"}, headers=ours)
    assert answer.status_code == 412
    assert "Theirs" in answer.text
    assert "Mine" in answer.text
    again = sent | {"radio": "Mine", "version": hidden(answer.text, "version"), "was": hidden(answer.text, "was")}
    undecided = client.post(f"{address}/edit", data=again | {"deciding": "1"}, headers=ours)
    assert "Choose which version to keep." in undecided.text
    decided = again | {"deciding": "1", "choose.radio": "mine"}
    assert client.post(f"{address}/edit", data=decided, headers=ours, follow_redirects=False).status_code == 303
    assert client.get(f"/api/v1/contacts/{contact.id}", headers=ours).json()["radio"] == "Mine"


def test_a_contact_of_a_capacity_is_made_from_its_page(client: TestClient, db: Session, ours: Headers) -> None:
    capacity = make_capacity(db, organisation_id=make_organisation(db, "OURS").id)
    db.commit()
    page = client.get(f"/capacities/{capacity.ref}/contacts", headers=ours).text
    assert f'href="/directory/new?capacity={capacity.ref}"' in page
    form = client.get(f"/directory/new?capacity={capacity.ref}", headers=ours).text
    assert hidden(form, "capacity") == capacity.ref
    client.post("/directory/new", data=typed(kind="capacity", capacity=capacity.ref), headers=ours)
    assert "Aibek Testov" in client.get(f"/capacities/{capacity.ref}/contacts", headers=ours).text


def test_buttons_are_for_those_who_may_press_them(client: TestClient, db: Session, cast: Cast, ours: Headers) -> None:
    contact = make_contact(db, organisation="OURS", visibility="partners")
    db.commit()
    address = f"/directory/{contact.id}"
    assert f"{address}/edit" in client.get(address, headers=ours).text
    partner = client.get(address, headers=cast.person("reader", organisation="PARTNER")).text
    assert f"{address}/" not in partner
    administrator = client.get(address, headers=cast.person("administrator")).text
    assert f"{address}/erase" in administrator
    assert f"{address}/edit" not in administrator


def test_withdrawn_on_its_page_it_can_be_restored_there(client: TestClient, db: Session, ours: Headers) -> None:
    contact = make_contact(db, organisation="OURS")
    db.commit()
    address = f"/directory/{contact.id}"
    for action in ("withdraw", "restore"):
        version = hidden(client.get(address, headers=ours).text, "version")
        sent = client.post(f"{address}/{action}", data={"version": version}, headers=ours, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (303, address)
    assert actions(db) == ["withdrawn", "restored"]
