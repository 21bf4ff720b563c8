"""as_of=T equals what a plain replay says: of all that was reported, corrected, withdrawn, restored and chosen, what stood at T.

The replay below is written anew from docs/decisions/0007, in Python, over a made-up history; the portal answers by SQL.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.figures.models import Figure, HeadlineChoice
from tests.make import add, make_event, make_figure, make_source

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = ["government", "un", "red_cross_red_crescent", "science", "other", "media"]
METHODS = ["official", "estimate", "modelled", "media", None]
OFFICIAL = KINDS[:3]


@dataclass
class Told:
    """A figure as the replay knows it; `withdrawn` are pairs of times, the last one open where it was not restored."""

    id: UUID
    indicator: str
    kind: str
    method: str | None
    as_of: date | None
    reported_at: datetime
    created_at: datetime
    is_part: bool
    counting: str
    supersedes: UUID | None
    withdrawn: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def was_withdrawn(self, at: datetime) -> bool:
        return any(a <= at and (b is None or b > at) for a, b in self.withdrawn)

    def said(self, at: datetime, recorded: datetime) -> bool:
        if self.reported_at > at or self.created_at > recorded or self.was_withdrawn(min(at, recorded)):
            return False
        return not (self.created_at > at and self.was_withdrawn(recorded))  # an error that nobody knew then

    def rank(self) -> Any:
        official = self.kind in OFFICIAL and self.method != "media"
        trust = 10 * (METHODS.index(self.method) + 1) + KINDS.index(self.kind) + 1
        day = self.as_of or date.min
        return (not official, -day.toordinal(), trust, -self.reported_at.timestamp(), -self.id.int)


@dataclass
class Choice:
    indicator: str
    figure: UUID
    chosen_at: datetime
    ended_at: datetime | None


def standing(told: Sequence[Told], at: datetime, recorded: datetime) -> list[Told]:
    said = [one for one in told if one.said(at, recorded)]
    corrected = {one.supersedes for one in said}
    return [one for one in said if one.id not in corrected]


def headlines(told: Sequence[Told], choices: Sequence[Choice], at: datetime, recorded: datetime) -> dict[str, UUID]:
    stand = standing(told, at, recorded)
    found: dict[str, UUID] = {}
    for one in sorted(stand, key=Told.rank, reverse=True):
        if not one.is_part and one.counting == "cumulative":
            found[one.indicator] = one.id
    moment = min(at, recorded)
    for choice in choices:
        holds = choice.chosen_at <= moment and (choice.ended_at is None or choice.ended_at > moment)
        if holds and choice.figure in {one.id for one in stand}:
            found[choice.indicator] = choice.figure
    return found


class Played:
    """A history that chance makes, in the tables and in the memory of the replay."""

    def __init__(self, db: Session, event: Event, seed: int) -> None:
        self.db, self.event, self.chance = db, event, random.Random(seed)
        self.now, self.told, self.choices = BEGAN, [], []
        self.sources = [make_source(db, f"S-{kind}", kind=kind).id for kind in KINDS]

    def play(self, steps: int) -> None:
        for _step in range(steps):
            self.now += timedelta(minutes=self.chance.randint(1, 900))
            self.chance.choices([self.report, self.correct, self.withdraw, self.restore, self.choose], [6, 3, 2, 1, 1])[
                0
            ]()
        self.write_withdrawals()
        self.db.commit()

    def report(self, supersedes: Told | None = None) -> Told:
        indicator = supersedes.indicator if supersedes else self.chance.choice(["dead", "injured"])
        reported = max(BEGAN, self.now - timedelta(minutes=self.chance.choice([0, 0, 30, 3000, 9000])))
        as_of = self.chance.choice([None, reported.date(), reported.date() - timedelta(days=self.chance.randint(0, 3))])
        kind = self.chance.randrange(len(KINDS))
        values: dict[str, Any] = {
            "as_of": as_of, "reported_at": reported, "created_at": self.now, "method": self.chance.choice(METHODS),
            "is_part": self.chance.random() < 0.1, "counting": self.chance.choices(["cumulative", "new"], [9, 1])[0],
            "supersedes_id": supersedes.id if supersedes else None,
        }  # fmt: skip
        row = make_figure(
            self.db, self.event, indicator, self.chance.randint(0, 99), source_id=self.sources[kind], **values
        )
        kept = {name: values[name] for name in ("as_of", "reported_at", "created_at", "method", "is_part", "counting")}
        one = Told(row.id, indicator, KINDS[kind], supersedes=values["supersedes_id"], **kept)
        self.told.append(one)
        return one

    def alive(self) -> list[Told]:
        return [one for one in self.told if not one.was_withdrawn(self.now)]

    def uncorrected(self) -> list[Told]:
        corrected = {one.supersedes for one in self.alive()}
        return [one for one in self.alive() if one.id not in corrected]

    def correct(self) -> None:
        if found := self.uncorrected():
            self.report(self.chance.choice(found))

    def withdraw(self) -> None:
        if found := self.alive():
            one = self.chance.choice(found)
            one.withdrawn.append((self.now, None))
            self.db.execute(
                text("UPDATE figures SET withdrawn_at = :at WHERE id = :id"), {"at": self.now, "id": one.id}
            )

    def restore(self) -> None:
        corrected = {one.supersedes for one in self.alive()} - {None}
        found = [one for one in self.told if one.was_withdrawn(self.now) and one.supersedes not in corrected]
        if found:
            one = self.chance.choice(found)
            one.withdrawn[-1] = (one.withdrawn[-1][0], self.now)
            self.write_withdrawals()

    def choose(self) -> None:
        found = [one for one in self.uncorrected() if one.counting == "cumulative"]
        if not found:
            return
        one = self.chance.choice(found)
        for choice in self.choices:
            if choice.indicator == one.indicator and choice.ended_at is None:
                choice.ended_at = self.now
        ended = "UPDATE headline_choices SET ended_at = :at WHERE indicator_code = :code AND ended_at IS NULL"
        self.db.execute(text(ended), {"at": self.now, "code": one.indicator})
        values = {"event_id": self.event.id, "indicator_code": one.indicator, "figure_id": one.id, "reason": "Seen"}
        add(self.db, HeadlineChoice(**values, chosen_at=self.now))
        self.choices.append(Choice(one.indicator, one.id, self.now, None))

    def write_withdrawals(self) -> None:
        for one in self.told:
            closed = [f"[{a.isoformat()},{b.isoformat()})" for a, b in one.withdrawn if b]
            now_open = one.withdrawn[-1][0] if one.withdrawn and one.withdrawn[-1][1] is None else None
            changed = "UPDATE figures SET withdrawn_at = :open, withdrawn_before = CAST(:closed AS tstzmultirange) WHERE id = :id"
            self.db.execute(text(changed), {"open": now_open, "closed": "{" + ",".join(closed) + "}", "id": one.id})

    def moments(self, many: int) -> list[datetime]:
        whole = (self.now - BEGAN).total_seconds()
        turning = [one.created_at for one in self.told] + [a for one in self.told for a, _b in one.withdrawn]
        some = [BEGAN + timedelta(seconds=self.chance.uniform(-9000, whole)) for _n in range(many)]
        return [*some, *self.chance.sample(turning, min(many, len(turning))), self.now]


@pytest.fixture
def event(db: Session) -> Event:
    return make_event(db, "Flood", started_at=BEGAN.isoformat())


@pytest.mark.parametrize("seed", range(12))
def test_the_ledger_answers_as_a_plain_replay_does(client: TestClient, db: Session, event: Event, seed: int) -> None:
    played = Played(db, event, seed)
    played.play(60)
    for at in played.moments(6):
        for recorded in (None, played.chance.choice(played.moments(3))):
            asked = {"as_of": at.isoformat()} | ({"recorded_by": recorded.isoformat()} if recorded else {})
            until = recorded or datetime.max.replace(tzinfo=UTC)
            answer = client.get(f"/api/v1/events/{event.ref}/figures", params={**asked, "limit": 1000}).json()[
                "results"
            ]
            assert {one["id"] for one in answer} == {str(one.id) for one in standing(played.told, at, until)}
            shown = headlines(played.told, played.choices, at, until)
            assert {UUID(one["id"]) for one in answer if one["headline"]} == set(shown.values())
            told = client.get(f"/api/v1/events/{event.ref}/headlines", params=asked).json()["results"]
            assert {one["indicator"]["code"]: UUID(one["figure"]["id"]) for one in told} == shown


@pytest.mark.parametrize("seed", range(12, 16))
def test_the_flag_is_what_the_rule_says_now(db: Session, event: Event, seed: int) -> None:
    played = Played(db, event, seed)
    played.play(60)
    now = played.now + timedelta(days=1)
    flagged = db.scalars(text("SELECT id FROM figures WHERE is_headline AND event_id = :id"), {"id": event.id}).all()
    assert set(flagged) == set(headlines(played.told, played.choices, now, now).values())


def test_what_was_recorded_by_a_day_is_a_question_of_its_own(client: TestClient, db: Session, event: Event) -> None:
    """A report of the 5th that came in here on the 9th was known on the 6th, but not to this portal."""
    late: Figure = make_figure(db, event, reported_at="2026-03-05T10:00:00Z", created_at="2026-03-09T10:00:00Z")
    db.commit()
    address = f"/api/v1/events/{event.ref}/figures"
    known = client.get(address, params={"as_of": "2026-03-06"}).json()["results"]
    assert [one["id"] for one in known] == [str(late.id)]
    assert client.get(address, params={"recorded_by": "2026-03-06"}).json()["count"] == 0
    assert client.get(address, params={"recorded_by": "2026-03-09"}).json()["count"] == 1


def test_a_day_means_its_end(client: TestClient, db: Session, event: Event) -> None:
    make_figure(db, event, reported_at="2026-03-05T23:30:00Z")
    db.commit()
    address = f"/api/v1/events/{event.ref}/figures"
    assert client.get(address, params={"as_of": "2026-03-05"}).json()["count"] == 1
    assert client.get(address, params={"as_of": "2026-03-05T23:00:00Z"}).json()["count"] == 0


@pytest.mark.parametrize("asked", [{"as_of": "2999-01-01"}, {"recorded_by": "2999-01-01T00:00:00Z"}, {"as_of": "soon"}])
def test_what_lies_ahead_is_known_to_nobody(
    client: TestClient, db: Session, event: Event, asked: dict[str, str]
) -> None:
    db.commit()
    for door in ("figures", "headlines", "figures/series"):
        assert client.get(f"/api/v1/events/{event.ref}/{door}", params=asked).status_code == 422


def test_looking_back_and_following_changes_are_two_questions(client: TestClient, db: Session, event: Event) -> None:
    db.commit()
    asked = {"as_of": "2026-03-05", "updated_since": "2026-03-05T00:00:00Z"}
    refused = client.get(f"/api/v1/events/{event.ref}/figures", params=asked)
    assert refused.status_code == 422
    assert "leave one out" in refused.json()["detail"]
