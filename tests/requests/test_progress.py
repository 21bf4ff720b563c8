"""How far a request has come follows from its lines; the database works it out."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.requests.models import Request, RequestLine
from tests import make


def come(db: Session, line: RequestLine, offered: float, committed: float, in_transit: float, delivered: float) -> str:
    """The status of a line of which so much has come."""
    values = {"id": line.id, "o": offered, "c": committed, "t": in_transit, "d": delivered}
    db.execute(text("SELECT set_request_line(:id, :o, :c, :t, :d)"), values)
    db.refresh(line)
    return line.status


def progress(db: Session, request: Request) -> tuple[str, str, str, str]:
    db.refresh(request)
    return (
        request.progress_offered, request.progress_committed, request.progress_in_transit, request.progress_delivered,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("so_much", "status"),
    [
        ((0, 0, 0, 0), "open"),
        ((1, 0, 0, 0), "offered"),
        ((4, 0, 0, 0), "offered"),
        ((4, 1, 0, 0), "partly_committed"),
        ((4, 4, 0, 0), "committed"),
        ((4, 4, 2, 2), "committed"),
        ((4, 4, 0, 4), "fulfilled"),
        ((0, 0, 0, 5), "fulfilled"),
    ],
)
def test_the_status_of_a_line_follows_from_what_has_come(
    db: Session, so_much: tuple[float, float, float, float], status: str
) -> None:
    line = make.make_request_line(db, make.make_request(db), quantity=4)
    assert come(db, line, *so_much) == status


def test_a_request_is_complete_when_every_line_is(db: Session) -> None:
    request = make.make_request(db)
    first, second = (make.make_request_line(db, request, no, quantity=2) for no in (1, 2))
    assert progress(db, request) == ("none", "none", "none", "none")
    come(db, first, 2, 2, 1, 0)
    assert progress(db, request) == ("partial", "partial", "partial", "none")
    come(db, first, 2, 2, 0, 2)
    come(db, second, 2, 2, 2, 0)
    assert progress(db, request) == ("complete", "complete", "complete", "partial")


def test_a_cancelled_line_no_longer_counts(db: Session) -> None:
    request = make.make_request(db)
    first, second = (make.make_request_line(db, request, no) for no in (1, 2))
    come(db, first, 1, 1, 0, 1)
    assert progress(db, request)[3] == "partial"
    second.cancelled_at = request.submitted_at
    db.flush()
    assert progress(db, request)[3] == "complete"


def test_what_changes_nothing_leaves_the_version_as_it_is(db: Session) -> None:
    request = make.make_request(db)
    line = make.make_request_line(db, request)
    come(db, line, 1, 0, 0, 0)
    db.refresh(request)
    before = request.updated_at
    come(db, line, 1, 0, 0, 0)
    db.refresh(request)
    assert request.updated_at == before
