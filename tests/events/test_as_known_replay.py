"""Whatever happens to events in whatever order: `as_of` answers what a replay in Python says was known at each moment."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.events.past import known, moment
from tests.make import make_event

SHOWN = (
    "title",
    "status",
    "alert_level",
    "hazard",
    "countries",
    "glide",
    "visibility",
    "exercise",
    "started_at",
    "place",
)
CHANGES = st.one_of(
    st.fixed_dictionaries({"status": st.sampled_from(["alert", "ongoing", "closed"])}),
    st.fixed_dictionaries({"titles": st.fixed_dictionaries({"en": st.sampled_from(["Mudflow", "Flood", "Slide"])})}),
    st.fixed_dictionaries({"hazard": st.sampled_from(["MS", "FL", "LS"])}),
    st.fixed_dictionaries({"countries": st.sampled_from([["KAZ"], ["KGZ"], ["KAZ", "KGZ"], ["KAZ", "TJK"]])}),
    st.fixed_dictionaries(
        {"glide": st.sampled_from([[], ["FL-2026-000001-KAZ"], ["FL-2026-000001-KAZ", "MS-2026-000002-KAZ"]])}
    ),
    st.fixed_dictionaries({"visibility": st.sampled_from(["public", "partners", "centre"])}),
    st.fixed_dictionaries({"place": st.sampled_from([None, {"en": "Gorge"}])}),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.integers(0, 2), CHANGES),
        st.tuples(st.sampled_from(["withdraw", "restore", "unmerge"]), st.integers(0, 2), st.just({})),
        st.tuples(st.just("merge"), st.integers(0, 2), st.fixed_dictionaries({"into": st.integers(0, 2)})),
    ),
    min_size=1,
    max_size=12,
)
WHERE = ({}, {"country": "KGZ"}, {"status": "ongoing"}, {"glide": "FL-2026-1-KAZ"}, {"hazard": "FL,MS"}, {"q": "flood"})


def do(client: TestClient, headers: dict[str, str], refs: list[str], step: tuple[str, int, dict[str, Any]]) -> None:
    """One step; what is not possible as things are is refused, and changes nothing."""
    verb, which, body = step
    address = f"/api/v1/events/{refs[which]}"
    sent = headers | {"If-Match": "*"}
    if verb == "change":
        answer = client.patch(address, json=body, headers=sent)
    else:
        said = {"into": refs[body["into"]], "reason": "Twice"} if verb == "merge" else {"reason": "So it is"}
        answer = client.post(f"{address}/{verb}", json=said, headers=sent)
    assert answer.status_code in (200, 409, 422), answer.text


def all_that(client: TestClient, headers: dict[str, str], refs: list[str], **where: Any) -> dict[str, dict[str, Any]]:
    """What the list shows now of these events."""
    answer = client.get("/api/v1/events", params={"limit": 1000, **where}, headers=headers)
    return {one["ref"]: brief(one) for one in answer.json()["results"] if one["ref"] in refs}


def brief(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in SHOWN}


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_the_past_is_what_a_replay_says(client: TestClient, cast: Cast, db: Session, steps: list[Any]) -> None:
    """The replay keeps what the Centre's list showed at each moment. Others see of it what is for them, then and now."""
    operator = cast.person("operator")
    refs = [
        make_event(db, title, started_at="2026-07-08T05:30:00Z").ref for title in ("One flood", "Another", "A third")
    ]
    replay: list[tuple[str, dict[Any, dict[str, dict[str, Any]]]]] = []
    for step in steps:
        replay.append((moment(db), {str(where): all_that(client, operator, refs, **where) for where in WHERE}))
        do(client, operator, refs, step)
    seen_now = {ref for ref in refs if is_public(db, ref)}
    for at, shown in replay:
        for where in WHERE:
            told = {ref: brief(one) for ref, one in known(client, at, operator, **where).items() if ref in refs}
            assert told == shown[str(where)], (at, where)
        public = {ref for ref in known(client, at) if ref in refs}
        assert public == {ref for ref, one in shown["{}"].items() if one["visibility"] == "public" and ref in seen_now}


def is_public(db: Session, ref: str) -> bool:
    db.rollback()
    return bool(
        db.execute(text("SELECT visibility = 'public' FROM events WHERE ref = :ref"), {"ref": ref}).scalar_one()
    )


@pytest.fixture(autouse=True)
def _english(client: TestClient) -> None:
    client.cookies.clear()
