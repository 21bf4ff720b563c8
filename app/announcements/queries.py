"""What is asked of announcements: which of them meet conditions, and which of them somebody may see.

In the fragments `a` is an announcement, `w` its warning or `q` its request where it is of one, else `e` its event; `c` who has
conditions. A warning and a request speak for themselves: more may see them than their event.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.announcements.models import Announcement
from app.documents.queries import DOCUMENTS
from app.events.queries import EVENTS, visible_events
from app.figures.queries import FIGURES
from app.listing import Listing
from app.permissions import By, ask_as, asking, visible, visible_values
from app.requests.queries import REQUESTS
from app.situation_reports.queries import REPORTS
from app.warnings.queries import WARNINGS

Row = dict[str, Any]

AT_ONCE = 200
GIVEN_UP_AFTER = 10  # attempts at one that cannot be understood

FROM = """announcements a
    LEFT JOIN warnings w ON w.id = a.record_id AND a.noun = 'warnings'
    LEFT JOIN requests q ON q.id = a.record_id AND a.noun = 'requests'
    LEFT JOIN events e ON e.id = a.event_id AND a.noun NOT IN ('warnings', 'requests')"""

LEVEL = "array_position(ARRAY['green', 'orange', 'red'], {})"
SEVERITY = "CASE w.severity WHEN 'extreme' THEN 3 WHEN 'severe' THEN 2 WHEN 'moderate' THEN 1 WHEN 'minor' THEN 1 END"
IS_EXERCISE = "coalesce(w.status <> 'actual', q.is_exercise, e.exercise, false)"
HAZARD = "coalesce(w.hazard_code, e.hazard_code, (SELECT x.hazard_code FROM events x WHERE x.id = q.event_id))"

MEETS = f"""(
    (cardinality(c.countries) = 0
     OR EXISTS (SELECT FROM event_countries x WHERE x.event_id = e.id AND x.country_iso3 = ANY (c.countries))
     OR EXISTS (SELECT FROM warning_countries x WHERE x.warning_id = w.id AND x.country_iso3 = ANY (c.countries))
     OR coalesce(q.country_iso3 = ANY (c.countries), false))
    AND (cardinality(c.areas) = 0
     OR EXISTS (SELECT FROM event_areas x WHERE x.event_id = e.id AND x.area_id IN (SELECT areas_within(c.areas)))
     OR EXISTS (SELECT FROM warning_areas x WHERE x.warning_id = w.id AND x.area_id IN (SELECT areas_within(c.areas)))
     OR coalesce(q.deliver_area_id IN (SELECT areas_within(c.areas)), false))
    AND (cardinality(c.hazards) = 0 OR coalesce({HAZARD} = ANY (c.hazards), false))
    AND (c.alert_at_least IS NULL OR coalesce({LEVEL.format("c.alert_at_least")} <= greatest(
        {LEVEL.format("e.alert_level")}, {LEVEL.format("a.was_alert_level")}, {SEVERITY}), false))
    AND (cardinality(c.statuses) = 0 OR coalesce(coalesce(e.status, CASE WHEN q.id IS NULL THEN 'alert' END) = ANY (c.statuses), false)
     OR coalesce(a.was_status = ANY (c.statuses), false))
    AND (cardinality(c.kinds) = 0 OR a.kind = ANY (c.kinds))
    AND (c.exercises = 'yes' OR (c.exercises = 'only') = {IS_EXERCISE}))"""

CONDITIONS_GIVEN = """(SELECT CAST(%(countries)s AS text[]) AS countries, CAST(%(areas)s AS text[]) AS areas,
    CAST(%(hazards)s AS text[]) AS hazards, CAST(%(alert_at_least)s AS text) AS alert_at_least,
    CAST(%(statuses)s AS text[]) AS statuses, CAST(%(kinds)s AS text[]) AS kinds,
    CAST(%(exercises)s AS text) AS exercises) c"""


class Told(NamedTuple):
    """How a noun is told: its list, whose event it belongs to, and what besides must be true of `r`, its row."""

    listing: Listing
    event: str = "event_id"
    also: str = "TRUE"


TOLD: Mapping[str, Told] = {
    "events": Told(EVENTS, "id"),
    "figures": Told(FIGURES),
    "situation_reports": Told(REPORTS, also="r.number IS NOT NULL"),
    "documents": Told(DOCUMENTS),
    "warnings": Told(WARNINGS, also="r.issued_at IS NOT NULL"),
    "requests": Told(REQUESTS, also="r.submitted_at IS NOT NULL"),
}


# -- handing on


def lock_untold(db: Session) -> list[Row]:
    """The next ones, each with what its row of history says of alert level and status, in the order in which they were done.

    Nobody looks at numbers: one that commits late is there the next time. Another process takes others.
    """
    asked = """SELECT a.id, a.noun, a.action, a.record_id,
        jsonb_build_object('alert_level', h.before -> 'alert_level', 'status', h.before -> 'status') AS before,
        jsonb_build_object('alert_level', h.after -> 'alert_level', 'status', h.after -> 'status',
                           'msg_type', h.after -> 'msg_type') AS after
    FROM announcements a JOIN history h ON h.id = a.history_id
    WHERE a.told_at IS NULL AND a.attempts < :most ORDER BY a.history_id LIMIT :limit FOR UPDATE OF a SKIP LOCKED"""
    return [dict(row) for row in db.execute(text(asked), {"most": GIVEN_UP_AFTER, "limit": AT_ONCE}).mappings()]


def event_of(db: Session, noun: str, record_id: UUID) -> UUID | None:
    """Of what is told; also of a record that is withdrawn. None where it belongs to none, or is gone."""
    if noun not in TOLD:
        return None
    told = TOLD[noun]
    found: UUID | None = db.scalar(
        text(f"SELECT {told.event} FROM {told.listing.table} WHERE id = :id"), {"id": record_id}
    )
    return found


def note_understood(db: Session, id: UUID, kind: str | None, event_id: UUID | None) -> None:
    db.execute(update(Announcement).where(Announcement.id == id).values(kind=kind, event_id=event_id))


def note_told(db: Session, ids: Collection[UUID]) -> None:
    asked = text("UPDATE announcements SET told_at = clock_timestamp() WHERE id = ANY (:ids)")
    db.execute(asked, {"ids": list(ids)})


def note_misunderstood(db: Session, id: UUID) -> None:
    db.execute(text("UPDATE announcements SET attempts = attempts + 1 WHERE id = :id"), {"id": id})


def forget(db: Session, before: datetime) -> None:
    """Those that were handed on (or never could be) before a time."""
    asked = "DELETE FROM announcements WHERE at < :before AND (told_at IS NOT NULL OR attempts >= :most)"
    db.execute(text(asked), {"before": before, "most": GIVEN_UP_AFTER})


# -- who may see one


def seen(by: By) -> str:
    """The condition of the announcements that somebody may see: the row of history, the event, and the record itself."""
    row = visible(
        by, "a.visibility", "coalesce(e.organisation_id, w.organisation_id, q.organisation_id)", COUNTRIES_OF_EITHER
    )
    nouns = " OR ".join(f"(a.noun = '{noun}' AND {record_seen(noun, by)})" for noun in TOLD)
    return f"({row} AND ({nouns}))"


COUNTRIES_OF_EITHER = """(
    EXISTS (SELECT FROM event_countries x WHERE x.event_id = e.id AND x.country_iso3 = ANY ({0}))
    OR EXISTS (SELECT FROM warning_countries x WHERE x.warning_id = w.id AND x.country_iso3 = ANY ({0}))
    OR coalesce(q.country_iso3 = ANY ({0}), false))"""


def record_seen(noun: str, by: By) -> str:
    told = TOLD[noun]
    return f"""EXISTS (
        SELECT FROM {told.listing.table} r WHERE r.id = a.record_id AND {told.also} AND {told.listing.visible(by)})"""


def seen_of(db: Session, by: By, ids: Iterable[UUID]) -> list[Row]:
    """Of these announcements what somebody may see now, in the order in which it was done."""
    asked = f"""SELECT a.id, a.at, a.noun, a.kind, a.ref, a.record_id, a.event_id, {IS_EXERCISE} AS exercise
    FROM {FROM} WHERE a.id = ANY (%(ids)s) AND {seen(by)} ORDER BY a.history_id"""
    return run(db, asked, {"ids": list(ids)} | visible_values(by))


def run(db: Session, asked: str, values: Mapping[str, Any]) -> list[Row]:
    """Fragments of visibility name their values as psycopg does."""
    return [dict(row) for row in db.connection().exec_driver_sql(asked, dict(values)).mappings()]


def record_as_seen(db: Session, by: By, noun: str, record_id: UUID, lang: str) -> dict[str, Any] | None:
    """What the API would say of a record; None where it is withdrawn or merged, or not to be seen."""
    asker = asking()
    ask_as(by)
    try:
        statement = TOLD[noun].listing.one(str(record_id), lang)
    finally:
        ask_as(asker)
    found = db.connection().exec_driver_sql(statement.text, statement.values).first()
    return found[0] if found else None


EVENT = """SELECT e.id, e.ref, label(e.titles, %(lang)s) AS title, label(h.names, %(lang)s) AS hazard, e.status, e.alert_level,
    e.exercise, ARRAY(SELECT label(c.names, %(lang)s) FROM event_countries x JOIN countries c ON c.iso3 = x.country_iso3
                      WHERE x.event_id = e.id ORDER BY 1) AS countries
FROM events e JOIN hazards h ON h.code = e.hazard_code WHERE e.id = %(id)s AND """


def event_as_seen(db: Session, by: By, id: UUID | None, lang: str) -> Row | None:
    """What stands above the news of an event; None for whoever may not see it."""
    asked = EVENT + visible_events(by, "e")
    found = run(db, asked, {"id": id, "lang": lang} | visible_values(by)) if id else []
    return found[0] if found else None


# -- conditions


def conditions_met(db: Session, table: str, also: str, ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """Who of a table with conditions is to be told which of these announcements: pairs of ids, in order.

    `also` is what must be true of `c`, a row of that table.
    """
    asked = f"""SELECT c.id, a.id FROM {FROM} JOIN {table} c ON {also} AND {MEETS}
    WHERE a.id = ANY (%(ids)s) AND a.kind IS NOT NULL ORDER BY c.id, a.history_id"""
    return [(row[0], row[1]) for row in db.connection().exec_driver_sql(asked, {"ids": list(ids)})]


def meeting(db: Session, by: By, conditions: Mapping[str, Any], since: datetime, most: int) -> tuple[int, list[Row]]:
    """How many announcements since a time somebody would have been sent, and the latest of them."""
    asked = f"""SELECT a.id, a.at, a.noun, a.kind, a.ref, a.record_id, a.event_id, {IS_EXERCISE} AS exercise,
        count(*) OVER () AS all_of_them, e.ref AS event_ref, coalesce(e.titles, w.headlines, q.titles) AS titles
    FROM {FROM} JOIN {CONDITIONS_GIVEN} ON {MEETS}
    WHERE a.told_at IS NOT NULL AND a.kind IS NOT NULL AND a.at >= %(since)s AND {seen(by)}
    ORDER BY a.history_id DESC LIMIT %(most)s"""
    found = run(db, asked, {**conditions, "since": since, "most": most} | visible_values(by))
    return (found[0]["all_of_them"] if found else 0), found


# -- what conditions can name


def countries(db: Session, lang: str) -> list[tuple[str, str]]:
    """Those of the region first."""
    asked = text("SELECT iso3, label(names, :lang) FROM countries ORDER BY NOT region, 2, 1")
    return [(row[0], row[1]) for row in db.execute(asked, {"lang": lang})]


def hazards(db: Session, lang: str) -> list[tuple[str, str]]:
    asked = text("SELECT code, label(names, :lang) FROM hazards ORDER BY 2, 1")
    return [(row[0], row[1]) for row in db.execute(asked, {"lang": lang})]


def areas(db: Session, codes: Collection[str], lang: str) -> dict[str, str]:
    """The names of those that there are, by the code that was asked for."""
    asked = """SELECT DISTINCT ON (given) given, label(names, :lang) FROM unnest(CAST(:codes AS text[])) given
    JOIN areas ON given IN (code, pcode, iso) ORDER BY given, valid_to DESC NULLS FIRST"""
    return {row[0]: row[1] for row in db.execute(text(asked), {"codes": list(codes), "lang": lang})}
