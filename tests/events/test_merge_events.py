"""An event that was logged twice is merged into the one that stays: its address leads there, and all can be undone exactly."""

import threading
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.cluster import SERVING, Cluster
from app.db import sqlalchemy_url, transaction
from app.errors import AppError
from app.events import merging
from app.events.models import Event
from app.history import History
from app.permissions import By, Permission
from tests.conftest import Cast
from tests.events.past import known, moment
from tests.events.test_event_forms import in_form
from tests.make import make_event, make_figure, make_glide


@pytest.fixture
def pair(db: Session) -> tuple[Event, Event]:
    """A duplicate and its master."""
    double, master = make_event(db, "Mudflow, logged twice"), make_event(db, "Mudflow above Almaty")
    make_glide(db, double, "MS-2026-000101-KAZ")
    make_figure(db, double, "dead", 3)
    db.commit()
    return double, master


def merge(client: TestClient, headers: dict[str, str], event: Event, into: Event | str, version: str = "*") -> Any:
    asked = {"into": into if isinstance(into, str) else into.ref, "reason": "The same mudflow"}
    return client.post(f"/api/v1/events/{event.ref}/merge", json=asked, headers=headers | {"If-Match": version})


def unmerge(client: TestClient, headers: dict[str, str], event: Event, version: str = "*") -> Any:
    return client.post(f"/api/v1/events/{event.ref}/unmerge", json={}, headers=headers | {"If-Match": version})


def refs(client: TestClient, headers: dict[str, str] = {}, **where: str) -> list[str]:
    answer = client.get("/api/v1/events", params={"limit": 1000, **where}, headers=headers)
    return [one["ref"] for one in answer.json()["results"]]


def leads_to(client: TestClient, path: str, headers: dict[str, str] = {}) -> tuple[int, str]:
    answer = client.get(path, headers=headers, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", "")


def test_the_address_of_a_merged_event_leads_to_its_master(
    client: TestClient, cast: Cast, pair: tuple[Event, Event]
) -> None:
    double, master = pair
    operator = cast.person("operator")
    answer = merge(client, operator, double, master)
    assert answer.status_code == 200, answer.text
    assert answer.json()["merged_into"] == master.ref
    for asker in ({}, operator):
        for name in (double.ref, str(double.id)):
            assert leads_to(client, f"/events/{name}", asker) == (302, f"/events/{master.ref}")
            assert leads_to(client, f"/api/v1/events/{name}?lang=ru", asker) == (
                302,
                f"/api/v1/events/{master.ref}?lang=ru",
            )
            for below in ("history", "relations", "alert-levels"):
                assert (
                    leads_to(client, f"/api/v1/events/{name}/{below}", asker)[1]
                    == f"/api/v1/events/{master.ref}/{below}"
                )
    assert client.get(f"/api/v1/events/{double.ref}").json()["ref"] == master.ref


def test_lists_show_the_master_only_and_followers_are_told(
    client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]
) -> None:
    double, master = pair
    operator, since = cast.person("operator"), moment(db)
    merge(client, operator, double, master)
    assert master.ref in refs(client, operator)
    assert double.ref not in refs(client, operator)
    told = client.get("/api/v1/events", params={"updated_since": since}, headers=operator).json()["results"]
    assert {one["ref"]: "withdrawn_at" in one for one in told} == {double.ref: True, master.ref: False}


def test_its_numbers_and_its_ref_find_the_master(client: TestClient, cast: Cast, pair: tuple[Event, Event]) -> None:
    double, master = pair
    operator = cast.person("operator")
    merge(client, operator, double, master)
    for where in (
        {"glide": "ms 2026 101 kaz"},
        {"q": "MS-2026-000101-KAZ"},
        {"q": double.ref},
        {"glide": "2026-000101-KAZ"},
    ):
        assert refs(client, operator, **where) == [master.ref], where
    unmerge(client, operator, double)
    assert refs(client, operator, glide="ms 2026 101 kaz") == [double.ref]
    assert refs(client, operator, q=double.ref) == [double.ref]


def test_undone_it_is_as_it_was(client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]) -> None:
    double, master = pair
    operator = cast.person("operator")
    sides = [
        f"/api/v1/events/{one.ref}{below}" for one in pair for below in ("", "/figures", "/relations", "/alert-levels")
    ]
    before = [said(client.get(side, headers=operator).json()) for side in sides]
    tag = merge(client, operator, double, master).headers["etag"]
    assert unmerge(client, operator, double, '"0"').status_code == 412
    answer = unmerge(client, operator, double, tag)
    assert answer.status_code == 200, answer.text
    assert [said(client.get(side, headers=operator).json()) for side in sides] == before
    assert leads_to(client, f"/events/{double.ref}", operator)[0] == 200
    assert unmerge(client, operator, double).status_code == 409


def said(record: Any) -> Any:
    """Without the time of the last change, which goes on, and of the answer."""
    return {name: value for name, value in record.items() if name not in ("updated_at", "synced_to")}


def test_a_chain_leads_to_its_end_and_comes_apart_again(
    client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]
) -> None:
    double, middle = pair
    last = make_event(db, "The flood")
    db.commit()
    operator = cast.person("operator")
    assert merge(client, operator, double, middle).status_code == 200
    assert merge(client, operator, middle, last).status_code == 200
    assert leads_to(client, f"/events/{double.ref}") == (302, f"/events/{last.ref}")
    assert refs(client, operator, glide="ms 2026 101 kaz") == [last.ref]
    whole = db.execute(text("SELECT event_with_merged(:id)"), {"id": last.id}).scalars()
    assert set(whole) == {double.id, middle.id, last.id}
    assert unmerge(client, operator, middle).status_code == 200
    assert leads_to(client, f"/events/{double.ref}") == (302, f"/events/{middle.ref}")
    assert refs(client, operator, glide="ms 2026 101 kaz") == [middle.ref]


def test_what_is_merged_is_neither_merged_nor_changed_again(
    client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]
) -> None:
    double, master = pair
    third = make_event(db, "Another")
    db.commit()
    operator = cast.person("operator")
    assert merge(client, operator, double, double).status_code == 422
    assert merge(client, operator, double, master).status_code == 200
    assert merge(client, operator, double, third).status_code == 409
    assert merge(client, operator, master, double).status_code == 422  # no circle
    assert merge(client, operator, third, double).status_code == 422  # what it leads to is the one to choose
    sent = operator | {"If-Match": "*"}
    assert client.patch(f"/api/v1/events/{double.ref}", json={"status": "closed"}, headers=sent).status_code == 409
    for verb in ("withdraw", "restore"):
        assert client.post(f"/api/v1/events/{double.ref}/{verb}", json={"reason": "x"}, headers=sent).status_code == 409


def test_an_exercise_is_not_merged_with_what_happened(
    client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]
) -> None:
    drill = make_event(db, "Drill", exercise=True)
    db.commit()
    operator = cast.person("operator")
    for event, into in ((drill, pair[1]), (pair[1], drill)):
        assert merge(client, operator, event, into).json()["errors"][0]["field"] == "into"


def test_rights_in_the_countries_of_both_are_needed(
    client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]
) -> None:
    abroad = make_event(db, "Mudflow", "KGZ")
    db.commit()
    double, master = pair
    of_one = cast.person("operator", countries=("KAZ",))
    assert merge(client, of_one, double, abroad).status_code == 403
    assert merge(client, of_one, abroad, double).status_code == 403
    assert merge(client, {}, double, master).status_code == 401
    assert merge(client, cast.person("reader"), double, master).status_code == 403
    assert merge(client, of_one, double, master).status_code == 200
    both = cast.person("operator")
    assert unmerge(client, both, double).status_code == 200
    assert merge(client, both, double, abroad).status_code == 200
    assert unmerge(client, of_one, double).status_code == 403


def test_nothing_hidden_shows_through_a_merge(
    client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]
) -> None:
    public, _master = pair
    hidden = make_event(db, "Secret", visibility="centre")
    make_glide(db, hidden, "FL-2026-000777-KAZ")
    db.commit()
    operator, program = cast.person("operator"), cast.program("events:write")
    assert merge(client, program, public, hidden).json()["detail"] == merge(
        client, program, public, "EV-2026-9999"
    ).json()["detail"].replace("EV-2026-9999", hidden.ref)
    assert merge(client, operator, hidden, public).status_code == 200
    for path in (f"/events/{hidden.ref}", f"/api/v1/events/{hidden.ref}"):
        assert leads_to(client, path)[0] == 404
        assert leads_to(client, path, operator)[0] == 302
    assert refs(client, glide="FL-2026-777-KAZ") == refs(client, q="FL-2026-000777-KAZ") == []
    assert "Secret" not in client.get(f"/events/{public.ref}").text
    assert hidden.ref not in client.get(f"/api/v1/events/{public.ref}/history").text
    assert "Secret" in client.get(f"/events/{public.ref}", headers=operator).text


def test_a_public_event_merged_into_a_hidden_one_is_gone_for_the_public(
    client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]
) -> None:
    hidden = make_event(db, "Secret", visibility="centre")
    db.commit()
    operator = cast.person("operator")
    assert merge(client, operator, pair[0], hidden).status_code == 200
    assert leads_to(client, f"/events/{pair[0].ref}")[0] == 404
    assert leads_to(client, f"/events/{pair[0].ref}", operator) == (302, f"/events/{hidden.ref}")


def test_before_the_merge_there_were_two(
    client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]
) -> None:
    double, master = pair
    before = moment(db)
    merge(client, cast.person("operator"), double, master)
    after = moment(db)
    assert {double.ref, master.ref} <= known(client, before).keys()
    assert double.ref not in known(client, after)
    assert known(client, before, glide="2026-101-KAZ").keys() == {double.ref}
    assert known(client, after, glide="2026-101-KAZ").keys() == {master.ref}
    assert known(client, after, q=double.ref).keys() == {master.ref}
    then = {"as_of": before}
    assert client.get(f"/events/{double.ref}", params=then, follow_redirects=False).status_code == 200
    moved = client.get(f"/api/v1/events/{double.ref}", params={"as_of": after}, follow_redirects=False)
    assert moved.headers["location"].startswith(f"/api/v1/events/{master.ref}?as_of=")


def test_both_histories_tell_of_it(client: TestClient, cast: Cast, db: Session, pair: tuple[Event, Event]) -> None:
    double, master = pair
    operator = cast.person("operator")
    merge(client, operator, double, master)
    unmerge(client, operator, double)
    db.rollback()
    for event, name, other in ((double, "merged_into", master), (master, "merged", double)):
        lines = list(db.scalars(select(History).where(History.record_id == event.id).order_by(History.id)))
        assert [(line.action, line.after) for line in lines] == [
            ("merged", {name: other.ref}),
            ("unmerged", {name: other.ref}),
        ]
        assert lines[0].reason == "The same mudflow"


@pytest.fixture
def serving(cluster: Cluster, database: str) -> Any:
    engine = create_engine(sqlalchemy_url(cluster.url(database, SERVING)))
    yield engine
    engine.dispose()


def test_two_who_merge_each_others_make_no_circle(serving: Engine, db: Session, pair: tuple[Event, Event]) -> None:

    by = By(kind="portal", rights=dict.fromkeys(Permission))
    done: list[str] = []

    def one(event: Event, into: Event) -> None:
        try:
            with transaction(serving) as session:
                merging.merge_events(session, by, event.ref, into.ref, "Twice", "*")
            done.append("merged")
        except AppError as refusal:
            done.append(type(refusal).__name__)

    threads = [threading.Thread(target=one, args=two) for two in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) in (["Invalid", "merged"], ["Merged", "merged"])


def test_people_compare_and_merge_on_pages_and_undo_it(
    client: TestClient, cast: Cast, pair: tuple[Event, Event]
) -> None:
    double, master = pair
    operator = cast.person("operator")
    address = f"/events/{double.ref}/merge"
    offered = client.get(address, headers=operator).text
    assert f'value="{master.ref}"' in offered  # it began at the same time and place
    compared = client.get(address, params={"into": master.ref}, headers=operator).text
    assert "Mudflow, logged twice" in compared
    assert "What the two say differently" in compared
    refused = client.post(address, data=in_form(compared), headers=operator)
    assert refused.status_code == 422
    assert "What the two say differently" in refused.text
    page = client.post(address, data=in_form(refused.text) | {"reason": "The same"}, headers=operator)
    assert page.url.path == f"/events/{master.ref}"
    shown = client.get(page.url.path, headers=operator).text
    assert "Merged into this event" in shown
    form = shown.split(f'action="/events/{double.ref}/unmerge"')[1]
    version = form.split('name="version" value="')[1].split('"')[0]
    parted = client.post(f"/events/{double.ref}/unmerge", data={"version": version}, headers=operator)
    assert parted.url.path == f"/events/{double.ref}"
    assert client.get(address, params={"into": "EV-1999-0001"}, headers=operator).status_code == 422
