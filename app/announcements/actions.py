"""Handing announcements on: each once, in the order in which things were done, to all who keep subscribers of some sort."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app import languages
from app.announcements import kinds, queries
from app.announcements.models import Conditioned
from app.announcements.schemas import CONDITIONS, ConditionsIn
from app.errors import Invalid
from app.languages import gettext as _
from app.permissions import By

KEPT = timedelta(days=60)
PREVIEWED = timedelta(days=30)
SHOWN_AT_MOST = 20

Keeper = Callable[[Session, Collection[UUID]], None]  # takes what its subscribers are to be told, in this transaction
log = structlog.get_logger()


def hand_on(db: Session, keepers: Collection[Keeper]) -> None:
    """A job's work: give the keepers what was not handed on yet; done and noted in one transaction."""
    while taken := queries.lock_untold(db):
        told = [one["id"] for one in taken if understand(db, one)]
        for keep in keepers:
            keep(db, told)
        queries.note_told(db, told)
        if len(taken) < queries.AT_ONCE:
            return


def understand(db: Session, one: Mapping[str, Any]) -> bool:
    """Find out what kind of news it is and of which event. One that cannot be understood does not hold up the others."""
    try:
        with db.begin_nested():
            kind = kinds.kind_of(one["noun"], one["action"], one["before"], one["after"])
            queries.note_understood(db, one["id"], kind, queries.event_of(db, one["noun"], one["record_id"]))
    except Exception:
        log.exception("an announcement was not understood", announcement=str(one["id"]))
        queries.note_misunderstood(db, one["id"])
        return False
    return True


def forget_old(db: Session) -> None:
    queries.forget(db, datetime.now(UTC) - KEPT)


# -- conditions


def check_conditions(db: Session, conditions: ConditionsIn) -> None:
    """What only the database knows. Raises Invalid, naming each field that is wrong."""
    lang = languages.current().code
    known = {
        "countries": dict(queries.countries(db, lang)),
        "hazards": dict(queries.hazards(db, lang)),
        "areas": queries.areas(db, conditions.areas, lang),
    }
    wrong = [
        {"field": field, "message": _("There is no “%(code)s” here.") % {"code": code}}
        for field, names in known.items()
        for code in getattr(conditions, field)
        if code not in names
    ]
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)


def conditions_of(row: Conditioned | ConditionsIn) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CONDITIONS}


def set_conditions(row: Conditioned, conditions: ConditionsIn) -> None:
    for name in CONDITIONS:
        setattr(row, name, getattr(conditions, name))


def in_words(db: Session, conditions: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Conditions as (what, which) in the reader's language; nothing where everything is wanted."""
    lang = languages.current().code
    names: dict[str, Mapping[str, str]] = {
        "countries": dict(queries.countries(db, lang)) if conditions["countries"] else {},
        "areas": queries.areas(db, conditions["areas"], lang) if conditions["areas"] else {},
        "hazards": dict(queries.hazards(db, lang)) if conditions["hazards"] else {},
        "statuses": statuses(),
        "kinds": kinds.words(),
    }
    said = [
        (labels()[field], " / ".join(of.get(code, code) for code in conditions[field]))
        for field, of in names.items()
        if conditions[field]
    ]
    if level := conditions["alert_at_least"]:
        said.append((labels()["alert_at_least"], levels()[level]))
    return [*said, (labels()["exercises"], exercises()[conditions["exercises"]])]


def labels() -> dict[str, str]:
    """What the conditions are called on pages."""
    return {
        "countries": _("Countries"),
        "areas": _("Areas"),
        "hazards": _("Hazards"),
        "alert_at_least": _("Alert level at least"),
        "statuses": _("Status"),
        "kinds": _("Kinds of news"),
        "exercises": _("Exercises"),
    }


def levels() -> dict[str, str]:
    return {"green": _("Green"), "orange": _("Orange"), "red": _("Red")}


def statuses() -> dict[str, str]:
    return {"alert": _("Alert"), "ongoing": _("Ongoing"), "closed": _("Closed")}


def exercises() -> dict[str, str]:
    return {"no": _("no exercises"), "yes": _("exercises too"), "only": _("exercises only")}


def preview(db: Session, by: By, conditions: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody would have been sent in the last 30 days: how much, and the latest of it."""
    count, found = queries.meeting(db, by, conditions, datetime.now(UTC) - PREVIEWED, SHOWN_AT_MOST)
    return {"count": count, "results": [{**one, "words": kinds.words_of(one["kind"])} for one in found]}
