"""Recording what a source said: at once known everywhere, checked, with history, by those who may."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.history import History
from tests.conftest import Cast
from tests.make import make_event, make_source

SOURCE = {"name": "Ministry, bulletin 3", "kind": "government", "url": "https://example.org/3"}


@pytest.fixture
def event(db: Session) -> Event:
    found = make_event(db, "Flood on two sides", "TJK", "KGZ", hazard_code="FL")
    db.commit()
    return found


@pytest.fixture
def writes(cast: Cast) -> dict[str, str]:
    return cast.program("events:write", "records:read-centre")


def record(client: TestClient, event: Event, headers: dict[str, str], status: int = 201, **changes: Any) -> Any:
    body = {"indicator": "dead", "value": 12, "source": SOURCE, "method": "official", "as_of": "2026-07-10"} | changes
    body = {name: value for name, value in body.items() if value != ...}
    answer = client.post(f"/api/v1/events/{event.ref}/figures", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_figure_is_recorded_with_a_new_source_and_is_the_headline(
    client: TestClient, event: Event, writes: dict[str, str]
) -> None:
    made = record(client, event, writes, reported_at="2026-07-10T14:00:00Z")
    assert (made["value"], made["qualifier"], made["counting"], made["headline"]) == (12, "exact", "cumulative", True)
    assert made["source"]["name"] == SOURCE["name"]
    assert made["event"] == event.ref
    shown = client.get(f"/api/v1/events/{event.ref}").json()["figures"]["dead"]
    assert (shown["value"], shown["source"]["name"]) == (12, SOURCE["name"])
    again = client.get(f"/api/v1/events/{event.ref}/figures/{made['id']}")
    assert again.json() == made


def test_the_same_words_mean_the_same_source(client: TestClient, event: Event, writes: dict[str, str]) -> None:
    codes = {
        record(client, event, writes, indicator=one, source=SOURCE)["source"]["code"] for one in ("dead", "injured")
    }
    assert len(codes) == 1
    assert record(client, event, writes, indicator="missing", source=codes.pop())["source"]["name"] == SOURCE["name"]


def test_parts_come_back_and_a_split_that_does_not_add_up_is_told_never_mended(
    client: TestClient, event: Event, writes: dict[str, str]
) -> None:
    parts = [
        {"sex": "female", "value": 5}, {"sex": "male", "value": 6},
        {"age_from": 0, "age_to": 17, "value": 4}, {"age_from": 18, "value": 8},
        {"sex": "female", "disability": True, "value": 1},
    ]  # fmt: skip
    made = record(client, event, writes, parts=parts)
    assert made["value"] == 12
    assert [(one["sex"], one["age_from"], one["age_to"], one["disability"], one["value"]) for one in made["parts"]] == [
        ("female", None, None, None, 5), ("female", None, None, True, 1), ("male", None, None, None, 6),
        (None, 0, 17, None, 4), (None, 18, None, None, 8),
    ]  # fmt: skip
    assert made["parts_contradict"] == ["sex", "sex+disability"]


def test_what_is_new_since_the_last_report_is_told_apart_from_totals(
    client: TestClient, event: Event, writes: dict[str, str]
) -> None:
    record(client, event, writes)
    made = record(client, event, writes, value=3, counting="new", as_of="2026-07-11")
    assert made["headline"] is False
    found = client.get(f"/api/v1/events/{event.ref}/figures", params={"counting": "new"}).json()["results"]
    assert [one["id"] for one in found] == [made["id"]]


def test_an_area_is_a_part_of_the_event(client: TestClient, event: Event, writes: dict[str, str]) -> None:
    made = record(client, event, writes, area="KG-B")
    assert made["area"]["code"] == "KG-B" or made["area"]["name"]
    assert made["part"] is True
    assert made["headline"] is False
    found = client.get(f"/api/v1/events/{event.ref}/figures", params={"area": "KG-B"}).json()["results"]
    assert [one["id"] for one in found] == [made["id"]]


TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"value": -1}, "value", "0"),
        ({"value": 1.5}, "value", ""),
        ({"value": ..., "low": 9, "high": 5}, "", "low end"),
        ({"value": ...}, "", "either a value"),
        ({"low": 3}, "", "either a value"),
        ({"qualifier": "range"}, "", "range has low"),
        ({"indicator": "hobbits"}, "indicator", "no indicator “hobbits”"),
        ({"source": "NOBODY-SAID"}, "source", "no source “NOBODY-SAID”"),
        ({"source": {"name": "Bulletin", "kind": "rumour"}}, "source", ""),
        ({"country": "KAZ"}, "country", "does not touch “KAZ”"),
        ({"area": "XX-1"}, "area", "no area “XX-1”"),
        ({"as_of": TOMORROW}, "as_of", "future"),
        ({"as_of": "2026-07-12", "reported_at": "2026-07-10T00:00:00Z"}, "as_of", "after it spoke"),
        ({"as_of": "2025-07-10"}, "as_of", "long before the event"),
        ({"as_of": ..., "reported_at": "2025-07-10T00:00:00Z"}, "reported_at", "long before the event"),
        ({"as_of": ..., "reported_at": "0001-01-01T00:00:00+14:00"}, "reported_at", "long before the event"),
        ({"as_of": ..., "reported_at": f"{TOMORROW}T00:00:00Z"}, "reported_at", "future"),
        ({"parts": [{"value": 3}]}, "parts", "which part"),
        ({"parts": [{"sex": "male", "value": 3}, {"sex": "male", "value": 4}]}, "", "the same"),
        ({"parts": [{"age_from": 9, "age_to": 3, "value": 3}]}, "parts", "lower age"),
        ({"parts": [{"sex": "male", "value": -3}]}, "parts", ""),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    client: TestClient, event: Event, writes: dict[str, str], changes: dict[str, Any], field: str, words: str
) -> None:
    refused = record(client, event, writes, 422, **changes)
    assert any(one["field"].startswith(field) for one in refused["errors"])
    assert words in refused["detail"]


def test_the_only_country_of_an_event_is_left_out(client: TestClient, db: Session, writes: dict[str, str]) -> None:
    event = make_event(db, "In one country", "KGZ")
    db.commit()
    assert "leave the country out" in record(client, event, writes, 422, country="KGZ")["detail"]


def test_sent_again_it_is_recorded_once(client: TestClient, event: Event, writes: dict[str, str]) -> None:
    headers = writes | {"Idempotency-Key": "bulletin-3"}
    assert record(client, event, headers)["id"] == record(client, event, headers)["id"]
    assert client.get(f"/api/v1/events/{event.ref}/figures").json()["count"] == 1


def test_history_and_followers_of_the_event_learn_of_it(
    client: TestClient, db: Session, event: Event, writes: dict[str, str]
) -> None:
    before = client.get(f"/api/v1/events/{event.ref}").json()["updated_at"]
    made = record(client, event, writes)
    line = db.scalars(select(History).where(History.noun == "figures")).one()
    assert (line.action, str(line.record_id), line.ref, line.visibility) == (
        "recorded",
        made["id"],
        event.ref,
        "public",
    )
    assert line.after is not None
    assert line.after["value"] == 12
    after = client.get("/api/v1/events", params={"updated_since": before}, headers=writes).json()["results"]
    assert [one["ref"] for one in after if one["updated_at"] > before] == [event.ref]


def test_who_may_not_write_in_all_countries_of_the_event_is_refused(
    client: TestClient, cast: Cast, event: Event
) -> None:
    record(client, event, cast.program("records:read-partners"), 403)
    record(client, event, cast.person("operator", countries=("TJK",)), 403)


def test_an_unknown_source_of_a_hidden_event_is_not_told(
    client: TestClient, db: Session, cast: Cast, event: Event
) -> None:
    make_source(db, "SECRET")
    db.commit()
    record(client, event, cast.program("events:write"), 422, source="SECRET")
