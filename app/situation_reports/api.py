"""The doors for programs: /api/v1/events/{ref}/situation-reports, each by its number, its ref or its id."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app import languages
from app.answers import (
    IfMatch,
    answer_list,
    answer_one,
    answer_written,
    check_once,
    depends_on,
    done_once,
    expected_version,
    format_asked,
    not_found,
    note,
)
from app.db import Db
from app.docs import WithdrawnOut, describes_change, describes_list_below, describes_new, describes_one
from app.events.merged import find_event_id
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb, Reader
from app.situation_reports import actions, queries
from app.situation_reports.queries import REPORTS
from app.situation_reports.schemas import (
    NewReport,
    Publishing,
    ReportAsked,
    ReportChange,
    ReportFilter,
    ReportOut,
    ReportsOfEvent,
    VersionsOut,
)
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/events/{id_or_ref}/situation-reports", tags=["situation reports"])
Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]


@router.get("", responses=describes_list_below(ReportOut))
@public
async def list_reports(
    request: Request, id_or_ref: str, where: Annotated[ReportFilter, Query()], db: HotDb
) -> Response:
    """The situation reports of an event, each in its latest version, the newest first; drafts to those who may write the event."""
    event = await find_event_id(request, id_or_ref, db)
    return await answer_list(request, REPORTS, ReportsOfEvent(event=event, **where.model_dump(exclude_unset=True)), db)


@router.get("/{report}", responses=describes_one(ReportOut))
@public
async def show_report(
    request: Request, id_or_ref: str, report: str, asked: Annotated[ReportAsked, Query()], db: HotDb
) -> Response:
    """One situation report by its number (`3`, `SR-3`), `ref` or `id`: the latest version, or the one asked for."""
    id = await find_report(request, id_or_ref, report, db)
    if asked.version is None:
        return await answer_one(request, REPORTS, str(id), asked, db)
    check_once(request, asked)
    format_asked(request, asked.format, ("json",))
    depends_on(request, *REPORTS.layers)
    found = await db.row(queries.older(id, asked.version, languages.current().code))
    if found is None:
        raise not_found(f"{report} {asked.version}")
    note(request, updated_at=found[1])
    return Response(found[0], media_type="application/json")


async def find_report(request: Request, id_or_ref: str, report: str, db: Reader) -> UUID:
    """The id of a report that the asker may see. Raises NotFound, Elsewhere."""
    found = await db.row(queries.id_of(await find_event_id(request, id_or_ref, db), report))
    if found is None:
        raise not_found(report)
    id: UUID = found[0]
    return id


@router.get("/{report}/versions", responses=describes_one(VersionsOut))
@public
async def list_versions(
    request: Request, id_or_ref: str, report: str, asked: Annotated[OneFilter, Query()], db: HotDb
) -> Response:
    """The versions of a published report, the latest first, each with what it corrected; older ones stay readable."""
    check_once(request, asked)
    id = await find_report(request, id_or_ref, report, db)
    depends_on(request, *REPORTS.layers)
    found = await db.json(queries.versions(id, languages.current().code))
    return JSONResponse({"count": len(found), "results": found})


@router.get("/{report}/history", responses=describes_one(HistoryOut))
@public
async def list_history(
    request: Request, id_or_ref: str, report: str, asked: Annotated[OneFilter, Query()], db: HotDb
) -> Response:
    """Who published and corrected a report, when and why; the latest first, at most 100."""
    id = await find_report(request, id_or_ref, report, db)
    return await answer_history(request, REPORTS, str(id), asked, db)


# -- writing


@router.post("", status_code=201, responses=describes_new(ReportOut))
def begin_report(
    request: Request, id_or_ref: str, by: Writer, new: NewReport, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Begin a draft, which only those see who may write the event; with `from_last` it begins as the last published report says it."""

    def begin() -> Response:
        report = actions.begin_report(db, by, id_or_ref, new)
        return answer_written(db, REPORTS, report.id, 201, f"/api/v1/events/{id_or_ref}/situation-reports/{{id}}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), begin)


@router.patch("/{report}", responses=describes_change(ReportOut))
def change_report(
    id_or_ref: str, report: str, by: Writer, change: ReportChange, db: Db, if_match: IfMatch = None
) -> Response:
    """Write on a draft (JSON Merge Patch, RFC 7396). What is published is never changed: correct it."""
    said, version = change.model_dump(mode="json", exclude_unset=True), expected_version(if_match)
    return answer_written(db, REPORTS, actions.change_report(db, by, id_or_ref, report, said, version).id)


@router.post("/{report}/publish", responses=describes_change(ReportOut))
def publish_report(
    request: Request, id_or_ref: str, report: str, by: Writer, publishing: Publishing, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Publish a draft under the event's next number, or as the next version of the report that it corrects (`change` says what and why). The headline figures of this moment are kept with it."""
    return done_once(
        request, db, by, idempotency_key, publishing.model_dump(), REPORTS,
        lambda: actions.publish_report(db, by, id_or_ref, report, publishing.change, expected_version(if_match)),
    )  # fmt: skip


@router.post(
    "/{report}/correct", status_code=201, responses={**describes_change(ReportOut), **describes_new(ReportOut)}
)
def correct_report(
    request: Request, id_or_ref: str, report: str, by: Writer, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Begin the next version of a published report: a draft with its text, which is published when it is right."""

    def correct() -> Response:
        draft = actions.correct_report(db, by, id_or_ref, report, expected_version(if_match))
        return answer_written(db, REPORTS, draft.id, 201, f"/api/v1/events/{id_or_ref}/situation-reports/{{id}}")

    return once(db, by, request, idempotency_key, {}, correct)


@router.post("/{report}/withdraw", responses=describes_change(WithdrawnOut))
def withdraw_report(
    request: Request, id_or_ref: str, report: str, by: Writer, why: Reason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Withdraw a report; its number is given to no other. A draft is thrown away so."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), REPORTS,
        lambda: actions.withdraw_report(db, by, id_or_ref, report, why.reason, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{report}/restore", responses=describes_change(ReportOut))
def restore_report(
    request: Request, id_or_ref: str, report: str, by: Writer, why: MaybeReason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Restore a withdrawn report, as it was."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), REPORTS,
        lambda: actions.restore_report(db, by, id_or_ref, report, why.reason, expected_version(if_match)),
    )  # fmt: skip
