"""What is done to situation reports: begun, written, published, corrected, withdrawn, restored. Each with its line of history.

Whoever writes needs the right to write the event, in all its countries. What is published is never changed: a correction is
a draft of its own, and becomes the next version.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found, refuse_stale
from app.documents.actions import check_visibility, event_to_write
from app.documents.writing_queries import countries_of
from app.errors import Conflict, Invalid
from app.events.actions import demand_right, may_write
from app.events.models import Event
from app.events.writing_queries import event_seen
from app.history import narrower
from app.languages import gettext as _
from app.permissions import By
from app.situation_reports import writing_queries as queries
from app.situation_reports.models import SituationReport, SituationReportVersion
from app.situation_reports.schemas import NewReport, ReportIn
from app.writing import merged, understood

NOUN = "situation_reports"
COLUMNS = ("titles", "covers_from", "covers_until", "sections", "visibility")
NEEDED = ("highlights", "overview")


class Published(Conflict):
    """What is published is corrected, never changed."""


class NotPublished(Conflict):
    """Only what is published can be corrected."""


class Corrected(Conflict):
    """Somebody is writing a correction already."""


class Withdrawn(Conflict):
    """Only what is not withdrawn can be written, published, corrected or withdrawn."""


class NotWithdrawn(Conflict):
    """Only what is withdrawn can be restored."""


# -- drafts


def begin_report(db: Session, by: By, id_or_ref: str, new: NewReport) -> SituationReport:
    """Begin a draft. Raises NotFound, Forbidden, Invalid."""
    event = event_to_write(db, by, id_or_ref)
    said = new.model_dump(mode="json", exclude_unset=True, exclude={"from_last"})
    begin = beginning(db, by, event) if new.from_last else {"visibility": event.visibility}
    report = SituationReport(event_id=event.id, organisation_id=by.organisation_id)
    report.demonstration = by.demonstration or event.demonstration
    write(db, by, report, event, understood(ReportIn, begin | said))
    db.add(report)
    return noted(db, by, report, "begun")


def beginning(db: Session, by: By, event: Event) -> dict[str, Any]:
    """What the next report begins with: the text of the last published one; it covers the time since."""
    last = queries.last_published(db, by, event.id)
    if last is None or last.minor is None:
        return {"visibility": event.visibility}
    said = queries.version_said(db, last.id, last.minor)
    seen = {"visibility": narrower(event.visibility, last.visibility)}
    return said | seen | {"titles": {}, "documents": [], "covers_from": said["covers_until"], "covers_until": None}


def write(db: Session, by: By, report: SituationReport, event: Event, new: ReportIn) -> None:
    """Put into the row what a draft says. Raises Invalid."""
    check_visibility(by, event, new.visibility)
    found = queries.documents_named(db, by, event.id, new.documents)
    if strange := [ref for ref in new.documents if ref not in found]:
        message = _("There is no document %(ref)s with this event.") % {"ref": strange[0]}
        raise Invalid.field("documents", message)
    for name in COLUMNS:
        setattr(report, name, getattr(new, name))
    report.documents = [found[ref][0] for ref in dict.fromkeys(new.documents)]


def change_report(
    db: Session, by: By, id_or_ref: str, ref: str, change: Mapping[str, Any], version: str
) -> SituationReport:
    """Lay a change (a merge patch) over a draft. Raises NotFound, Forbidden, Stale, Published, Withdrawn, Invalid."""
    report, event = take(db, by, id_or_ref, ref, version)
    refuse_withdrawn(report)
    if report.number is not None:
        raise Published(_("What is published is never changed. Correct it: that makes a new version."))
    before = queries.state_of(db, report.id)
    write(db, by, report, event, understood(ReportIn, merged(before, change)))
    db.flush()
    after = queries.state_of(db, report.id)
    if before != after:
        was, now = history.changes(before, after)
        history.record(db, by, "changed", NOUN, report.id, ref=report.ref, before=was, after=now)
    db.refresh(report)
    return report


def correct_report(db: Session, by: By, id_or_ref: str, ref: str, version: str) -> SituationReport:
    """Begin the next version of a published report, with the text of the present one. Raises NotPublished, Corrected …"""
    report, event = take(db, by, id_or_ref, ref, version)
    refuse_withdrawn(report)
    if report.number is None or report.minor is None:
        raise NotPublished(_("This report is not published yet: change it."))
    if queries.correction_of(db, report.id):
        raise Corrected(_("Somebody is writing a correction of this report already."))
    said = queries.version_said(db, report.id, report.minor)
    draft = SituationReport(event_id=report.event_id, corrects_id=report.id, organisation_id=by.organisation_id)
    draft.demonstration = report.demonstration
    seen = {"visibility": narrower(event.visibility, report.visibility)}
    kept = queries.documents_named(db, by, event.id, said["documents"])
    said["documents"] = [one for one in said["documents"] if one in kept]
    write(db, by, draft, event, understood(ReportIn, said | seen))
    db.add(draft)
    return noted(db, by, draft, "begun")


# -- publishing


def publish_report(db: Session, by: By, id_or_ref: str, ref: str, change: str, version: str) -> SituationReport:
    """Publish a draft: under the next number of its event, or as the next version of the report that it corrects.

    The headlines of this moment are kept with it. Raises NotFound, Forbidden, Stale, Published, Withdrawn, Invalid.
    """
    draft, event = take(db, by, id_or_ref, ref, version)
    refuse_withdrawn(draft)
    if draft.number is not None:
        raise Published(_("This report is published already."))
    check_complete(db, by, event, draft, change)
    draft.covers_until = draft.covers_until or datetime.now(UTC)
    return publish_correction(db, by, event, draft, change) if draft.corrects_id else publish_new(db, by, event, draft)


def check_complete(db: Session, by: By, event: Event, draft: SituationReport, change: str) -> None:
    wrong = []
    if not any(draft.sections.get(name) for name in NEEDED):
        wrong.append(("sections", _("Write the highlights or the overview before you publish.")))
    if draft.covers_from and draft.covers_until is None and draft.covers_from > datetime.now(UTC):
        wrong.append(("covers_from", _("A report cannot end before it begins.")))
    if draft.corrects_id and not change:
        wrong.append(("change", _("Say what was corrected, and why.")))
    if not draft.corrects_id and change:
        wrong.append(("change", _("A first version corrects nothing.")))
    if hidden := queries.narrower_documents(db, draft):
        message = _("The document %(ref)s is seen by fewer than the report. Take it out, or let more see it.")
        wrong.append(("documents", message % {"ref": hidden[0]}))
    check_visibility(by, event, draft.visibility)
    if wrong:
        errors = [{"field": field, "message": message} for field, message in wrong]
        raise Invalid(" ".join(one["message"] for one in errors), errors)


def publish_new(db: Session, by: By, event: Event, draft: SituationReport) -> SituationReport:
    draft.number, draft.minor = queries.next_number(db, event.id), 0
    db.flush()
    db.refresh(draft)
    add_version(db, by, event, draft, draft, "")
    return noted(db, by, draft, "published", {"number": draft.number, "version": "1.0"}, event=event)


def publish_correction(db: Session, by: By, event: Event, draft: SituationReport, change: str) -> SituationReport:
    """The draft becomes the next version, and is no more."""
    report = queries.locked(db, draft.corrects_id)
    if report is None or report.withdrawn_at or report.minor is None:
        raise Withdrawn(_("This report is withdrawn. Restore it first."))
    before = {"version": f"1.{report.minor}"}
    report.minor += 1
    report.visibility = draft.visibility
    db.flush()
    db.refresh(report)
    add_version(db, by, event, report, draft, change)
    db.delete(draft)
    return noted(db, by, report, "corrected", {"version": f"1.{report.minor}"}, before, change, event)


def add_version(db: Session, by: By, event: Event, report: SituationReport, said: SituationReport, change: str) -> None:
    assert report.minor is not None
    assert said.covers_until is not None
    db.add(
        SituationReportVersion(
            report_id=report.id, minor=report.minor, titles=said.titles, covers_from=said.covers_from,
            covers_until=said.covers_until, sections=said.sections, documents=said.documents,
            figures=queries.headlines(db, event), change=change, published_by=by.user_id or by.key_id,
            organisation_id=by.organisation_id, visibility=report.visibility,
        )
    )  # fmt: skip
    db.flush()


# -- withdrawing


def withdraw_report(db: Session, by: By, id_or_ref: str, ref: str, reason: str, version: str) -> SituationReport:
    """Take a report out of sight; its number stays its own. A draft is thrown away so. Both can be restored."""
    report, event = take(db, by, id_or_ref, ref, version)
    refuse_withdrawn(report)
    report.withdrawn_at = datetime.now(UTC)
    action = "withdrawn" if report.number else "discarded"
    return noted(db, by, report, action, reason=reason, event=event)


def restore_report(db: Session, by: By, id_or_ref: str, ref: str, reason: str, version: str) -> SituationReport:
    """Raises NotFound, Forbidden, Stale, NotWithdrawn, Corrected."""
    report, event = take(db, by, id_or_ref, ref, version)
    if not report.withdrawn_at:
        raise NotWithdrawn(_("This report is not withdrawn."))
    if report.corrects_id and queries.correction_of(db, report.corrects_id):
        raise Corrected(_("Somebody is writing a correction of this report already."))
    report.withdrawn_at = None
    return noted(db, by, report, "restored", reason=reason, event=event)


# -- what they share


def take(db: Session, by: By, id_or_ref: str, ref: str, version: str) -> tuple[SituationReport, Event]:
    """The report, locked, and its event, for somebody who may write both and has read what it says now."""
    report, event = report_to_write(db, by, id_or_ref, ref, locked=True)
    refuse_stale(version, report.updated_at)
    return report, event


def report_to_write(
    db: Session, by: By, id_or_ref: str, ref: str, locked: bool = False
) -> tuple[SituationReport, Event]:
    """Raises NotFound, Forbidden."""
    event = event_seen(db, by, id_or_ref)
    report = queries.report_seen(db, by, event.id, ref, locked) if event and not event.withdrawn_at else None
    countries = countries_of(db, report.event_id) if report else []
    if report is None or (report.withdrawn_at and not may_write(by, countries)):
        raise not_found(ref)
    demand_right(by, countries)
    return report, db.get_one(Event, report.event_id)


def refuse_withdrawn(report: SituationReport) -> None:
    if report.withdrawn_at:
        raise Withdrawn(_("This report is withdrawn. Restore it first."))


def noted(
    db: Session, by: By, report: SituationReport, action: str, after: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None, reason: str = "", event: Event | None = None,
) -> SituationReport:  # fmt: skip
    """A line of history; of what is no draft any more it is seen by those who see the report."""
    db.flush()
    db.refresh(report)
    seen = narrower(event.visibility, report.visibility) if event and report.number else "own"
    history.record(
        db, by, action, NOUN, report.id, ref=report.ref, before=before, after=after, reason=reason, visibility=seen
    )
    return report
