"""What writing asks of situation reports: the row locked, its text as JSON, the next number, the headlines to freeze."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.documents.queries import visible_documents
from app.documents.writing_queries import ask
from app.events.models import Event
from app.permissions import By, visible_values
from app.situation_reports.models import SituationReport
from app.situation_reports.queries import HEADLINES, meant, visible_reports

State = dict[str, Any]
LOCKS = 2035  # the namespace of the locks under which an event's reports are numbered

MOMENT = """replace(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""
TEXT_OF = f"""jsonb_build_object('titles', r.titles, 'covers_from', {MOMENT.format("r.covers_from")},
    'covers_until', {MOMENT.format("r.covers_until")}, 'sections', r.sections,
    'documents', ARRAY(SELECT d.ref FROM documents d WHERE d.id = ANY (r.documents) ORDER BY array_position(r.documents, d.id)))"""


def report_seen(db: Session, by: By, event: UUID, report: str, locked: bool = False) -> SituationReport | None:
    """The report, withdrawn or not, if `by` may see it."""
    condition, values = meant(report)
    statement = f"SELECT r.id FROM situation_reports r WHERE {condition} AND {visible_reports(by)}{' FOR UPDATE' if locked else ''}"
    id = ask(db, statement, {"event": event, **values, **visible_values(by)}).scalar()
    return db.get_one(SituationReport, id, populate_existing=True) if id else None


def state_of(db: Session, id: UUID) -> State:
    """What a draft says, in the shape of `ReportIn`."""
    asked = f"SELECT {TEXT_OF} || jsonb_build_object('visibility', r.visibility) FROM situation_reports r WHERE r.id = %(id)s"
    state: State = ask(db, asked, {"id": id}).scalar_one()
    return state


def version_said(db: Session, id: UUID, minor: int) -> State:
    """What a published version says, in the shape of `ReportIn` but for who may see it."""
    asked = f"SELECT {TEXT_OF} FROM situation_report_versions r WHERE r.report_id = %(id)s AND r.minor = %(minor)s"
    state: State = ask(db, asked, {"id": id, "minor": minor}).scalar_one()
    return state


def last_published(db: Session, by: By, event: UUID) -> SituationReport | None:
    statement = f"""
SELECT r.id FROM situation_reports r
WHERE r.event_id = %(event)s AND r.number IS NOT NULL AND r.withdrawn_at IS NULL AND {visible_reports(by)}
ORDER BY r.number DESC LIMIT 1"""
    id = ask(db, statement, {"event": event, **visible_values(by)}).scalar()
    return db.get(SituationReport, id) if id else None


def documents_named(db: Session, by: By, event: UUID, refs: Sequence[str]) -> dict[str, tuple[UUID, str]]:
    """{ref: (id, visibility)} of the documents of an event, as far as `by` may see them."""
    statement = f"""
SELECT r.ref, r.id, r.visibility FROM documents r
WHERE r.ref = ANY (%(refs)s) AND r.event_id IN (SELECT event_with_merged(%(event)s)) AND r.withdrawn_at IS NULL AND {visible_documents(by)}"""
    rows = ask(db, statement, {"refs": list(refs), "event": event, **visible_values(by)})
    return {ref: (id, visibility) for ref, id, visibility in rows}


def documents_of(db: Session, by: By, event: UUID, lang: str) -> list[tuple[str, str]]:
    """(ref, title) of all that can be attached."""
    statement = f"""
SELECT r.ref, label(r.titles, %(lang)s) FROM documents r
WHERE r.event_id IN (SELECT event_with_merged(%(event)s)) AND r.withdrawn_at IS NULL AND {visible_documents(by)}
ORDER BY r.created_at DESC LIMIT 200"""
    return [(ref, title) for ref, title in ask(db, statement, {"event": event, "lang": lang, **visible_values(by)})]


def next_number(db: Session, event: UUID) -> int:
    """The number of the next published report; who comes second at once waits until the first has published, or has not."""
    ask(db, "SELECT pg_advisory_xact_lock(%(locks)s, hashtext(%(event)s))", {"locks": LOCKS, "event": str(event)})
    asked = "SELECT coalesce(max(number), 0) + 1 FROM situation_reports WHERE event_id = %(event)s"
    number: int = ask(db, asked, {"event": event}).scalar_one()
    return number


def headlines(db: Session, event: Event) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(db, HEADLINES.format(event="%(event)s"), {"event": event.id}).scalar_one()
    return found


def correction_of(db: Session, id: UUID) -> UUID | None:
    """The draft that will be the next version of a report, where somebody has begun one."""
    asked = "SELECT id FROM situation_reports WHERE corrects_id = %(id)s AND withdrawn_at IS NULL"
    found: UUID | None = ask(db, asked, {"id": id}).scalar()
    return found


def locked(db: Session, id: UUID | None) -> SituationReport | None:
    found = ask(db, "SELECT id FROM situation_reports WHERE id = %(id)s FOR UPDATE", {"id": id}).scalar()
    return db.get_one(SituationReport, found, populate_existing=True) if found else None


def narrower_documents(db: Session, report: SituationReport) -> list[str]:
    """The refs of documents of a report that fewer may see than the report."""
    asked = """
SELECT ref FROM documents WHERE id = ANY (%(documents)s)
  AND array_position(ARRAY['public', 'partners', 'centre', 'own'], visibility)
    > array_position(ARRAY['public', 'partners', 'centre', 'own'], %(visibility)s)"""
    return list(ask(db, asked, {"documents": report.documents, "visibility": report.visibility}).scalars())
