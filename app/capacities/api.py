"""The door for programs: /api/v1/capacities."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app.answers import (
    IfMatch,
    answer_facets,
    answer_list,
    answer_one,
    answer_written,
    done_once,
    expected_version,
)
from app.capacities import actions
from app.capacities.queries import CAPACITIES, FACETS
from app.capacities.schemas import (
    CapacityChange,
    CapacityFilter,
    CapacityIn,
    CapacityOut,
    FacetsOut,
    Refs,
    VerifiedOut,
)
from app.db import Db
from app.docs import WithdrawnOut, describes_change, describes_list, describes_new, describes_one
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/capacities", tags=["capacities"])


@router.get("", responses=describes_list(CapacityOut))
@public
async def list_capacities(request: Request, where: Annotated[CapacityFilter, Query()], db: HotDb) -> Response:
    """The register of forces and means: teams, equipment, vehicles, aircraft, facilities, stock, experts."""
    return await answer_list(request, CAPACITIES, where, db)


@router.get("/facets", responses=describes_one(FacetsOut))
@public
async def count_facets(request: Request, where: Annotated[CapacityFilter, Query()], db: HotDb) -> Response:
    """How many capacities each value of a filter would leave."""
    return await answer_facets(request, CAPACITIES, FACETS, where, db)


@router.get("/{id_or_ref}", responses=describes_one(CapacityOut))
@public
async def show_capacity(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One capacity, by `id` or `ref`."""
    return await answer_one(request, CAPACITIES, id_or_ref, asked, db)


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who changed a capacity, when, for which organisation, and what it was before; the latest first, at most 100."""
    return await answer_history(request, CAPACITIES, id_or_ref, asked, db)


# -- writing

Writer = Annotated[By, allowed_to(Permission.CAPACITY_WRITE)]


@router.post("", status_code=201, responses=describes_new(CapacityOut))
def register_capacity(
    request: Request, by: Writer, new: CapacityIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Register a capacity of your own organisation, which confirms it; operators of the Centre register any organisation's."""

    def register() -> Response:
        id = actions.register_capacity(db, by, new).id
        return answer_written(db, CAPACITIES, id, 201, "/api/v1/capacities/{ref}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), register)


@router.post("/verify", responses=describes_change(VerifiedOut))
def verify_capacities(
    request: Request, by: Writer, asked: Refs, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Confirm that all these records are true today, for your organisation: all of them, or none where one is not yours."""

    def verify() -> Response:
        capacities = actions.verify_capacities(db, by, asked.refs)
        said = {"verified_at": capacities[0].verified_at, "verified_by": capacities[0].verified_by}
        told = VerifiedOut(count=len(capacities), refs=[one.ref for one in capacities], **said)
        return JSONResponse(told.model_dump(mode="json"))

    return once(db, by, request, idempotency_key, asked.model_dump(), verify)


@router.patch("/{id_or_ref}", responses=describes_change(CapacityOut))
def change_capacity(id_or_ref: str, by: Writer, change: CapacityChange, db: Db, if_match: IfMatch = None) -> Response:
    """Change some fields: those left out stay, null empties one, inside objects too (JSON Merge Patch, RFC 7396)."""
    said = change.model_dump(mode="json", exclude_unset=True)
    capacity = actions.change_capacity(db, by, id_or_ref, said, expected_version(if_match))
    return answer_written(db, CAPACITIES, capacity.id)


@router.post("/{id_or_ref}/verify", responses=describes_change(CapacityOut))
def verify_capacity(
    request: Request,
    id_or_ref: str,
    by: Writer,
    db: Db,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Confirm that all of a record is true today, for your organisation. With `If-Match` only the version that you have read."""
    return done_once(
        request, db, by, idempotency_key, {}, CAPACITIES,
        lambda: actions.verify_capacity(db, by, id_or_ref, expected_version(if_match or "*")),
    )  # fmt: skip


@router.post("/{id_or_ref}/withdraw", responses=describes_change(WithdrawnOut))
def withdraw_capacity(
    request: Request, id_or_ref: str, by: Writer, why: Reason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Withdraw a capacity that is no longer there: it leaves all lists and is still known, so that it can be restored."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), CAPACITIES,
        lambda: actions.withdraw_capacity(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{id_or_ref}/restore", responses=describes_change(CapacityOut))
def restore_capacity(
    request: Request, id_or_ref: str, by: Writer, why: MaybeReason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Restore a withdrawn capacity, as it was. `If-Match` is the ETag that the withdrawal answered, or `*`."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), CAPACITIES,
        lambda: actions.restore_capacity(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip
