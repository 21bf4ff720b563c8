"""What happens where nobody acknowledges a warning, by the rules as they were when it was issued.

Each step is a row that is due at a time. A job does what is due: whoever holds the row does it, once, and notes it in the
same transaction as its mails, so that neither a restart nor a second process does it again.
"""

from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import languages
from app.settings import Settings, settings
from app.warnings import letters, telling
from app.warnings import writing_queries as queries
from app.warnings.letters import Reader, Told
from app.warnings.models import Warning, WarningStep

log = structlog.get_logger()
AT_A_TIME = 200


def escalate(db: Session, config: Settings | None = None) -> None:
    """The job: do the steps that are due."""
    site = (config or settings()).public_url
    for step in queries.lock_due_steps(db, AT_A_TIME):
        try:
            with db.begin_nested():
                take(db, step, site)
        except (SQLAlchemyError, ValueError):  # one that cannot be done does not keep the others waiting
            log.exception("a step of a warning was not done", step=str(step.id))


def take(db: Session, step: WarningStep, site: str) -> None:
    warning = db.get_one(Warning, step.warning_id)
    step.done_at = datetime.now(UTC)
    if not queries.is_in_force(db, warning.id):
        step.dropped_because = "ended"
    elif queries.has_acknowledged(db, warning.id, step.organisation_id):
        step.dropped_because = "acknowledged"
    else:
        step.mails = DO[step.action](db, step, Told(warning, queries.facts_of(db, warning.id), site))
    db.flush()


def remind(db: Session, step: WarningStep, told: Told) -> int:
    """Once more to all who were told at once."""
    waiting = queries.people_told(db, step.warning_id, step.organisation_id, list(languages.LANGUAGES))
    for person in waiting:
        reader = Reader(person["id"], person["email"], person["language"])
        letters.remind(db, told, reader, "reminded", minutes_since(told.warning))
    return len(waiting)


def tell_next(db: Session, step: WarningStep, told: Told) -> int:
    """To those of the organisation who are told only now."""
    code = queries.code_of(db, step.organisation_id)
    people = [one for one in telling.people_of(db, [code], told.warning.demonstration) if one["told_as"] == "next"]
    for person in people:
        reader = telling.reader_of(db, told.warning, person, "next")
        letters.remind(db, told, reader, "told", minutes_since(told.warning))
    return len(people)


def tell_centre(db: Session, step: WarningStep, told: Told) -> int:
    """To the Centre's operators and duty desks, so that somebody calls the organisation."""
    names = queries.names_of_organisation(db, step.organisation_id)
    people = queries.operators(db, list(languages.LANGUAGES), told.warning.demonstration)
    for email, language in people:
        letters.tell_centre(db, told, email, language, names, minutes_since(told.warning))
    return len(people)


DO = {"remind": remind, "tell_next": tell_next, "tell_centre": tell_centre}


def minutes_since(warning: Warning) -> int:
    assert warning.issued_at is not None
    return int((datetime.now(UTC) - warning.issued_at).total_seconds() // 60)


def tell_expired(db: Session) -> None:
    """The job: warnings whose time is over tell every open page and follower so, once."""
    queries.touch_expired(db)


def forget_letters(db: Session) -> None:
    queries.forget_letters(db)
