"""Each announcement is handed on once, in order; one whose transaction commits late is not skipped."""

import threading
from collections.abc import Collection
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app import history
from app.announcements import actions, queries
from app.announcements.models import Announcement
from app.permissions import PORTAL
from tests.announcements.happening import Happening
from tests.make import make_event


class Keeper:
    def __init__(self) -> None:
        self.kept: list[UUID] = []

    def __call__(self, db: Session, ids: Collection[UUID]) -> None:
        self.kept += ids


def refs(db: Session, keeper: Keeper) -> list[str]:
    return [db.get_one(Announcement, id).ref for id in keeper.kept]


def note(db: Session, action: str = "logged", noun: str = "events") -> str:
    event = make_event(db)
    history.record(db, PORTAL, action, noun, event.id, ref=event.ref, visibility="public")
    return str(event.ref)


def test_each_is_handed_on_once_in_the_order_of_things(db: Session) -> None:
    done, keeper = [note(db) for _ in range(5)], Keeper()
    actions.hand_on(db, [keeper])
    actions.hand_on(db, [keeper])
    assert refs(db, keeper) == done


def test_more_than_one_batch(db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "AT_ONCE", 3)
    done, keeper = [note(db) for _ in range(7)], Keeper()
    actions.hand_on(db, [keeper])
    assert refs(db, keeper) == done


def test_what_was_rolled_back_is_told_to_nobody(db: Session) -> None:
    note(db)
    db.rollback()
    keeper = Keeper()
    actions.hand_on(db, [keeper])
    assert keeper.kept == []


def test_what_commits_late_is_not_skipped(db: Session, owner: Engine) -> None:
    keeper = Keeper()
    with Session(owner) as slow:
        early = note(slow)  # has the smaller number
        late = note(db)
        db.commit()
        actions.hand_on(db, [keeper])
        db.commit()
        assert refs(db, keeper) == [late]
        slow.commit()
    actions.hand_on(db, [keeper])
    assert refs(db, keeper) == [late, early]


def test_a_crash_while_handing_on_loses_nothing_and_doubles_nothing(db: Session) -> None:
    ref = note(db)
    db.commit()

    def dies(db: Session, ids: Collection[UUID]) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        actions.hand_on(db, [Keeper(), dies])
    db.rollback()
    keeper = Keeper()
    actions.hand_on(db, [keeper])
    db.commit()
    assert refs(db, keeper) == [ref]


def test_two_processes_share_them(db: Session, owner: Engine) -> None:
    done = {note(db) for _ in range(40)}
    db.commit()
    keepers, start = [Keeper(), Keeper()], threading.Barrier(2)

    def work(keeper: Keeper) -> None:
        with Session(owner) as own:
            start.wait()
            actions.hand_on(own, [keeper])
            own.commit()

    threads = [threading.Thread(target=work, args=[keeper]) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    actions.hand_on(db, [keepers[0]])
    kept = [ref for keeper in keepers for ref in refs(db, keeper)]
    assert sorted(kept) == sorted(done)


def test_one_that_cannot_be_understood_holds_up_no_other(db: Session) -> None:
    note(db)
    db.execute(text("UPDATE announcements SET noun = 'dragons'"))
    ref, keeper = note(db), Keeper()
    for _ in range(queries.GIVEN_UP_AFTER + 1):
        actions.hand_on(db, [keeper])
    assert refs(db, keeper) == [ref]
    assert db.scalars(select(Announcement.attempts).order_by(Announcement.history_id)).all() == [
        queries.GIVEN_UP_AFTER,
        0,
    ]


@pytest.mark.parametrize(("noun", "action"), [("capacities", "changed"), ("users", "invited"), ("events", "read")])
def test_what_is_nobodys_news_is_not_announced(db: Session, noun: str, action: str) -> None:
    note(db, action, noun)
    assert db.scalar(text("SELECT count(*) FROM announcements")) == 0


def test_old_ones_are_forgotten_once_they_were_handed_on(db: Session) -> None:
    note(db)
    db.execute(text("UPDATE announcements SET at = now() - interval '61 days'"))
    actions.forget_old(db)
    assert db.scalar(text("SELECT count(*) FROM announcements")) == 1
    actions.hand_on(db, [])
    actions.forget_old(db)
    assert db.scalar(text("SELECT count(*) FROM announcements")) == 0


def test_what_is_told_of_an_event_says_the_most_urgent(db: Session, happening: Happening) -> None:
    ref = happening.log(alert_level="green")
    happening.change(ref, alert_level="red", status="closed")
    happening.change(ref, alert_level="orange")
    happening.change(ref, place={"en": "Elsewhere"})
    happening.hand_on()
    told = db.scalars(select(Announcement.kind).order_by(Announcement.history_id)).all()
    assert told == ["event.logged", "event.alert_raised", "event.alert_lowered", "event.changed"]
