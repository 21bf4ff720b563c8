"""Figures of an event that was merged into another stand with the master, and go back with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event, EventCountry
from tests.conftest import Cast
from tests.make import make_event, make_figure, make_organisation, make_source


@pytest.fixture
def writes(cast: Cast) -> dict[str, str]:
    return cast.program("events:write", "records:read-centre")


def merge(client: TestClient, event: Event, into: Event, headers: dict[str, str]) -> None:
    body = {"into": into.ref, "reason": "The same flood"}
    answer = client.post(f"/api/v1/events/{event.ref}/merge", json=body, headers=headers | {"If-Match": "*"})
    assert answer.status_code == 200, answer.text


def told(client: TestClient, event: Event, headers: dict[str, str], **asked: str) -> list[tuple[str, float, bool]]:
    found = client.get(f"/api/v1/events/{event.ref}/figures", params={"ordering": "value", **asked}, headers=headers)
    assert found.status_code == 200, found.text
    return [(one["event"], one["value"], one["headline"]) for one in found.json()["results"]]


def test_the_masters_headline_counts_figures_of_the_duplicate_until_it_is_parted(
    client: TestClient, db: Session, writes: dict[str, str]
) -> None:
    master, duplicate = make_event(db, "Flood"), make_event(db, "Flooding")
    ministry, press = make_source(db, "MINISTRY").id, make_source(db, "PRESS", kind="media").id
    make_figure(db, master, "dead", 5, source_id=press, as_of="2026-07-11")
    make_figure(db, duplicate, "dead", 7, source_id=ministry, as_of="2026-07-10")
    db.commit()
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    merge(client, duplicate, master, writes)
    assert told(client, master, writes) == [(master.ref, 5, False), (duplicate.ref, 7, True)]
    shown = client.get(f"/api/v1/events/{master.ref}", headers=writes).json()["figures"]["dead"]
    assert shown["value"] == 7
    assert client.get(f"/api/v1/events/{master.ref}/headlines", headers=writes).json()["results"][0]["contradicted"]
    then = client.get(f"/api/v1/events/{master.ref}/headlines", params={"as_of": before.isoformat()}, headers=writes)
    assert [one["figure"]["value"] for one in then.json()["results"]] == [5]
    parted = client.post(
        f"/api/v1/events/{duplicate.ref}/unmerge", json={"reason": "Two floods"}, headers=writes | {"If-Match": "*"}
    )
    assert parted.status_code == 200, parted.text
    assert told(client, master, writes) == [(master.ref, 5, True)]
    assert told(client, duplicate, writes) == [(duplicate.ref, 7, True)]


def test_a_figure_of_a_hidden_duplicate_is_told_to_nobody_else(
    client: TestClient, db: Session, writes: dict[str, str]
) -> None:
    master, duplicate = make_event(db, "Flood"), make_event(db, "Flooding", visibility="centre")
    make_figure(db, duplicate, "dead", 7, as_of="2026-07-10")
    db.commit()
    merge(client, duplicate, master, writes)
    assert told(client, master, {}) == []
    assert client.get(f"/api/v1/events/{master.ref}").json()["figures"]["dead"] is None
    assert told(client, master, writes) == [(duplicate.ref, 7, False)]


@pytest.mark.parametrize("of_master", [{"countries": ("KGZ",)}, {"owner": "OTHER-ORG"}])
def test_a_duplicate_as_wide_as_the_master_but_for_others_tells_nothing_to_readers_of_the_master(
    client: TestClient, db: Session, cast: Cast, writes: dict[str, str], of_master: dict[str, Any]
) -> None:
    owner = make_organisation(db, of_master.get("owner", "TEST-ORG"))
    duplicates = make_organisation(db, "TEST-ORG")
    master = make_event(db, "Flood", *of_master.get("countries", ()), visibility="partners", organisation_id=owner.id)
    duplicate = make_event(db, "Flooding", visibility="partners", organisation_id=duplicates.id)
    make_figure(db, duplicate, "dead", 7, as_of="2026-07-10")
    db.commit()
    merge(client, duplicate, master, writes)
    # one sees what partners in Kyrgyzstan do; the other, without any right, what belongs to its organisation
    reads = (
        cast.person("reader", organisation="KGZ-ORG", countries=("KGZ",))
        if "countries" in of_master
        else cast.program("capacities:write", organisation="OTHER-ORG")
    )
    assert told(client, master, reads) == []
    assert client.get(f"/api/v1/events/{master.ref}", headers=reads).json()["figures"]["dead"] is None
    if "countries" in of_master:
        db.add(EventCountry(event_id=duplicate.id, country_iso3="KGZ"))
        db.commit()
        assert told(client, master, reads) == [(duplicate.ref, 7, True)]


def test_of_events_that_had_a_chosen_headline_each_the_later_choice_holds_and_both_can_be_let_go(
    client: TestClient, db: Session, writes: dict[str, str]
) -> None:
    master, duplicate = make_event(db, "Flood"), make_event(db, "Flooding")
    figures = [(event, make_figure(db, event, "dead", value)) for event, value in ((master, 5), (duplicate, 7))]
    db.commit()
    for event, figure in figures:
        chosen = {"figure": str(figure.id), "reason": "Counted by name"}
        assert client.put(f"/api/v1/events/{event.ref}/headlines/dead", json=chosen, headers=writes).status_code == 200
    merge(client, duplicate, master, writes)
    assert told(client, master, writes) == [(master.ref, 5, False), (duplicate.ref, 7, True)]
    address = f"/api/v1/events/{master.ref}/headlines/dead"
    again = client.put(address, json={"figure": str(figures[0][1].id), "reason": "Seen"}, headers=writes)
    assert again.status_code == 200, again.text
    assert told(client, master, writes) == [(master.ref, 5, True), (duplicate.ref, 7, False)]
    assert client.delete(address, headers=writes).status_code == 200
    assert client.delete(address, headers=writes).status_code == 404


def test_figures_of_a_merged_event_are_found_at_its_old_address(
    client: TestClient, db: Session, writes: dict[str, str]
) -> None:
    master, duplicate = make_event(db, "Flood"), make_event(db, "Flooding")
    make_figure(db, duplicate, "dead", 7)
    db.commit()
    merge(client, duplicate, master, writes)
    for door in ("figures", "figures/series", "headlines"):
        answer = client.get(f"/api/v1/events/{duplicate.ref}/{door}", follow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/api/v1/events/{master.ref}/{door}")
    assert told(client, duplicate, {}) == [(duplicate.ref, 7, True)]


def test_figures_as_known_then_are_those_of_the_events_that_were_one_then(
    client: TestClient, db: Session, writes: dict[str, str]
) -> None:
    master, duplicate = make_event(db, "Flood"), make_event(db, "Flooding")
    make_figure(db, duplicate, "dead", 7, reported_at="2026-07-10T00:00Z", as_of="2026-07-10")
    db.commit()
    before = datetime.now(UTC).isoformat()
    merge(client, duplicate, master, writes)
    while_one = datetime.now(UTC).isoformat()
    its_own = [(duplicate.ref, 7.0, True)]
    assert told(client, master, {}, as_of=before) == []
    assert told(client, duplicate, {}, as_of=before) == its_own
    back = writes | {"If-Match": "*"}
    parted = client.post(f"/api/v1/events/{duplicate.ref}/unmerge", json={"reason": "Two floods"}, headers=back)
    assert parted.status_code == 200, parted.text
    assert told(client, master, {}) == []
    assert told(client, master, {}, as_of=while_one) == its_own
