"""Several processes sort at once: nothing is done twice, lost, or made two candidates of; a crash loses nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.background import JOBS
from app.db import transaction
from app.inbox.models import Candidate
from app.inbox.sorting import ask_for_sorting, sort, sort_items
from app.inbox.sorting_queries import is_anything_unsorted
from app.intake.models import Feed, FeedItemRevision
from app.intake.writing_queries import feed_locked
from app.queue import put
from tests.inbox.telling import sort_all, tell


def tell_many(db: Session, many: int = 40) -> None:
    """So many shocks, each told by three feeds."""
    for shock in range(many):
        for feed in ("usgs", "emsc", "gdacs"):
            tell(db, feed, f"{feed}{shock}", started_at=f"2026-07-08T{shock // 2:02}:{30 * (shock % 2):02}:00Z")
    db.commit()


def test_four_who_sort_at_once_make_what_one_would(db: Session, owner: Engine) -> None:
    tell_many(db)

    def work(_number: int) -> int:
        done = 0
        while True:
            with transaction(owner) as session:
                many = sort_items(session, most=7)
            done += many
            if not many:
                return done

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 120
    found = db.scalars(select(Candidate)).all()
    assert [one.feeds for one in found] == [["emsc", "gdacs", "usgs"]] * 40


def test_a_feed_that_is_being_stored_does_not_hold_sorting_up(db: Session, owner: Engine) -> None:
    """Sorting that waited for whoever stores could wait in a circle: he comes to the items that are being sorted."""
    tell(db)
    db.commit()
    feed = db.scalars(select(Feed.id).where(Feed.code == "usgs")).one()
    with transaction(owner) as storing:
        assert feed_locked(storing, feed)
        with transaction(owner) as sorting:
            sorting.execute(text("SET LOCAL lock_timeout = '1s'"))
            assert sort_items(sorting) == 1
            assert not is_anything_unsorted(sorting)


def test_a_revision_can_be_kept_of_an_item_that_is_being_sorted(db: Session, owner: Engine) -> None:
    item = tell(db)
    db.commit()
    with transaction(owner) as sorting:
        assert sort_items(sorting) == 1
        with transaction(owner) as storing:
            storing.execute(text("SET LOCAL lock_timeout = '1s'"))
            row = FeedItemRevision(item_id=item.id, revision=1, raw="{}", said=item.said, seen_at=item.seen_at)
            storing.add(row)
            storing.flush()


def test_the_queue_sorts_all_that_waits(db: Session, work_off: Callable[..., None]) -> None:
    tell_many(db, 3)
    put(db, sort, once="inbox.sort")
    db.commit()
    work_off()
    assert len(db.scalars(select(Candidate)).all()) == 3


def test_a_job_asks_for_what_nobody_asked_for(db: Session, work_off: Callable[..., None]) -> None:
    tell(db)
    ask_for_sorting(db)
    ask_for_sorting(db)
    db.commit()
    work_off()
    assert len(db.scalars(select(Candidate)).all()) == 1
    assert {"sort_inbox", "forget_candidates"} <= {job.name for job in JOBS}


def test_a_turn_that_was_not_committed_is_done_again(db: Session) -> None:
    tell(db)
    db.commit()
    assert sort_items(db) == 1
    db.rollback()
    (one,) = sort_all(db)
    assert one.status == "undecided"


@pytest.mark.parametrize(
    "said",
    [
        {"geometry": {"type": "Polygon", "coordinates": "nonsense"}},
        {"started_at": "yesterday"},
        {"magnitude": "strong"},
        {"countries": None},
        {"population": 10**30},
    ],
)
def test_an_item_that_cannot_be_understood_holds_nobody_up_and_shows_its_title(
    db: Session, said: dict[str, Any]
) -> None:
    """What intake has checked cannot be so; should it be, nothing is lost."""
    tell(db, "usgs", "good")
    bad = tell(db, "usgs", "bad", title="Something happened", started_at="2026-07-01T00:00:00Z")
    bad.said = {**bad.said, **said}
    db.flush()
    found = sort_all(db)
    assert len(found) == 2
    assert {"Something happened"} <= {one.titles["en"] for one in found} or {"Earthquake"} <= {
        one.titles["en"][:10] for one in found
    }
    assert db.scalar(text("SELECT count(*) FROM feed_items WHERE sorted_at IS NULL")) == 0
