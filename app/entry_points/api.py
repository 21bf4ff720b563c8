"""The doors for programs: /api/v1/entry-points, /api/v1/agreements, /api/v1/host-nation-support."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app import languages
from app.answers import (
    IfMatch,
    answer_facets,
    answer_list,
    answer_one,
    answer_written,
    check_once,
    depends_on,
    done_once,
    expected_version,
    find_id,
)
from app.db import Db
from app.docs import WithdrawnOut, describes_change, describes_list, describes_new, describes_one, describes_table
from app.entry_points import actions, queries
from app.entry_points.queries import AGREEMENTS, ENTRY_POINTS, FACETS, SUPPORT
from app.entry_points.schemas import (
    AgreementChange,
    AgreementFilter,
    AgreementIn,
    AgreementOut,
    EntryPointChange,
    EntryPointFacetsOut,
    EntryPointFilter,
    EntryPointIn,
    EntryPointOut,
    ReportIn,
    ReportsOut,
    Section,
    SupportFilter,
    SupportIn,
    SupportOut,
)
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/entry-points", tags=["entry-points"])
agreements = APIRouter(prefix="/agreements", tags=["entry-points"])
support = APIRouter(prefix="/host-nation-support", tags=["entry-points"])

Keeper = Annotated[By, allowed_to(Permission.EVENT_WRITE)]  # of the Centre
Teller = Annotated[By, allowed_to(Permission.REQUEST_WRITE)]  # of a country, or of the Centre


# -- entry points


@router.get("", responses=describes_list(EntryPointOut))
@public
async def list_entry_points(request: Request, where: Annotated[EntryPointFilter, Query()], db: HotDb) -> Response:
    """Border crossings, airports and ports: where help enters a country, what may pass, and what was said of each last."""
    return await answer_list(request, ENTRY_POINTS, where, db)


@router.get("/facets", responses=describes_one(EntryPointFacetsOut))
@public
async def count_facets(request: Request, where: Annotated[EntryPointFilter, Query()], db: HotDb) -> Response:
    """How many entry points each value of a filter would leave."""
    return await answer_facets(request, ENTRY_POINTS, FACETS, where, db)


@router.get("/{id_or_ref}", responses=describes_one(EntryPointOut))
@public
async def show_entry_point(
    request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb
) -> Response:
    """One entry point, by `id`, `ref` or `code`."""
    return await answer_one(request, ENTRY_POINTS, id_or_ref, asked, db)


@router.get("/{id_or_ref}/reports", responses=describes_one(ReportsOut))
@public
async def list_reports(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """What was said of an entry point, by whom and when; the latest first, at most 100. `counts` marks what holds now."""
    check_once(request, asked)
    depends_on(request, *ENTRY_POINTS.layers)
    id = await find_id(ENTRY_POINTS, id_or_ref, db)
    row = await db.row(queries.reports(str(id), languages.current().code))
    return Response(b'{"results": %s}' % (row[0] if row else b"[]"), media_type="application/json")


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who changed an entry point, when, and what it was before; the latest first, at most 100."""
    return await answer_history(request, ENTRY_POINTS, id_or_ref, asked, db)


@router.post("", status_code=201, responses=describes_new(EntryPointOut))
def register_entry_point(
    request: Request, by: Keeper, new: EntryPointIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Register an entry point. It is public."""

    def register() -> Response:
        point = actions.register_entry_point(db, by, new)
        return answer_written(db, ENTRY_POINTS, point.id, 201, "/api/v1/entry-points/{ref}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), register)


@router.patch("/{id_or_ref}", responses=describes_change(EntryPointOut))
def change_entry_point(
    id_or_ref: str, by: Keeper, change: EntryPointChange, db: Db, if_match: IfMatch = None
) -> Response:
    """Change some fields: those left out stay, null empties one (JSON Merge Patch, RFC 7396)."""
    said = change.model_dump(mode="json", exclude_unset=True)
    point = actions.change_entry_point(db, by, id_or_ref, said, expected_version(if_match))
    return answer_written(db, ENTRY_POINTS, point.id)


@router.post("/{id_or_ref}/reports", status_code=201, responses=describes_new(EntryPointOut))
def report_status(
    request: Request, id_or_ref: str, by: Teller, new: ReportIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Say what an entry point is like, who said so and when. It is added to what was said before, and never changed."""

    def report() -> Response:
        point = actions.report_status(db, by, id_or_ref, new)
        return answer_written(db, ENTRY_POINTS, point.id, 201, "/api/v1/entry-points/{ref}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), report)


@router.post("/{id_or_ref}/withdraw", responses=describes_change(WithdrawnOut))
def withdraw_entry_point(
    request: Request, id_or_ref: str, by: Keeper, why: Reason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Withdraw an entry point that is no more: it leaves all lists and is still known, so that it can be restored."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), ENTRY_POINTS,
        lambda: actions.withdraw_entry_point(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{id_or_ref}/restore", responses=describes_change(EntryPointOut))
def restore_entry_point(
    request: Request, id_or_ref: str, by: Keeper, why: MaybeReason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Restore a withdrawn entry point, as it was. `If-Match` is the ETag that the withdrawal answered, or `*`."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), ENTRY_POINTS,
        lambda: actions.restore_entry_point(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip


# -- agreements


@agreements.get("", responses=describes_table(AgreementOut))
@public
async def list_agreements(request: Request, where: Annotated[AgreementFilter, Query()], db: HotDb) -> Response:
    """Agreements on mutual aid, transit, customs and recognition between countries and organisations."""
    return await answer_list(request, AGREEMENTS, where, db)


@agreements.get("/{id_or_ref}", responses=describes_one(AgreementOut))
@public
async def show_agreement(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One agreement, by `id`, `ref` or `code`."""
    return await answer_one(request, AGREEMENTS, id_or_ref, asked, db)


@agreements.post("", status_code=201, responses=describes_new(AgreementOut))
def register_agreement(
    request: Request, by: Keeper, new: AgreementIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Register an agreement. It is public."""

    def register() -> Response:
        agreement = actions.register_agreement(db, by, new)
        return answer_written(db, AGREEMENTS, agreement.id, 201, "/api/v1/agreements/{ref}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), register)


@agreements.patch("/{id_or_ref}", responses=describes_change(AgreementOut))
def change_agreement(id_or_ref: str, by: Keeper, change: AgreementChange, db: Db, if_match: IfMatch = None) -> Response:
    """Change some fields: those left out stay, null empties one (JSON Merge Patch, RFC 7396)."""
    said = change.model_dump(mode="json", exclude_unset=True)
    agreement = actions.change_agreement(db, by, id_or_ref, said, expected_version(if_match))
    return answer_written(db, AGREEMENTS, agreement.id)


# -- host nation support


@support.get("", responses=describes_table(SupportOut))
@public
async def list_support(request: Request, where: Annotated[SupportFilter, Query()], db: HotDb) -> Response:
    """How countries receive help from abroad: whom to call, entry, customs, licences, telecoms, money, drones, dogs, air slots."""
    return await answer_list(request, SUPPORT, where, db)


@support.get("/{id_or_ref}", responses=describes_one(SupportOut))
@public
async def show_support(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One section, by `id` or `ref` (AFG-CUSTOMS)."""
    return await answer_one(request, SUPPORT, id_or_ref, asked, db)


@support.put("/{country}/{section}", responses=describes_change(SupportOut))
def write_support(
    country: str, section: Section, by: Teller, new: SupportIn, db: Db, if_match: IfMatch = None
) -> Response:
    """Say how a country receives help, in one section. `If-Match` is the ETag of what it says now, `*` where it says nothing yet."""
    written = actions.write_support(db, by, country, section, new, expected_version(if_match))
    return answer_written(db, SUPPORT, written.id)
