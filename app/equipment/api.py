"""The door for programs: /api/v1/equipment-profiles."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import IfMatch, answer_list, answer_one, answer_written, done_once, expected_version
from app.db import Db
from app.docs import WithdrawnOut, describes_change, describes_list, describes_new, describes_one
from app.equipment import actions
from app.equipment.queries import PROFILES
from app.equipment.schemas import ProfileChange, ProfileFilter, ProfileIn, ProfileOut
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/equipment-profiles", tags=["equipment"])
Writer = Annotated[By, allowed_to(Permission.REQUEST_WRITE)]


@router.get("", responses=describes_list(ProfileOut))
@public
async def list_profiles(request: Request, where: Annotated[ProfileFilter, Query()], db: HotDb) -> Response:
    """What the rescuers of each authority really use: kind, make, what drives it, plugs, couplings, trained crews."""
    return await answer_list(request, PROFILES, where, db)


@router.get("/{id_or_ref}", responses=describes_one(ProfileOut))
@public
async def show_profile(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One equipment profile, by `id` or `ref`."""
    return await answer_one(request, PROFILES, id_or_ref, asked, db)


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who changed a profile, when, and what it was before; the latest first, at most 100."""
    return await answer_history(request, PROFILES, id_or_ref, asked, db)


# -- writing


@router.post("", status_code=201, responses=describes_new(ProfileOut))
def write_profile(
    request: Request, by: Writer, new: ProfileIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Write down what the rescuers of your organisation use; operators of the Centre do it for any."""

    def write() -> Response:
        id = actions.write_profile(db, by, new).id
        return answer_written(db, PROFILES, id, 201, "/api/v1/equipment-profiles/{ref}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), write)


@router.patch("/{id_or_ref}", responses=describes_change(ProfileOut))
def change_profile(id_or_ref: str, by: Writer, change: ProfileChange, db: Db, if_match: IfMatch = None) -> Response:
    """Change some fields (JSON Merge Patch, RFC 7396). Lines are replaced whole."""
    said = change.model_dump(mode="json", exclude_unset=True)
    return answer_written(db, PROFILES, actions.change_profile(db, by, id_or_ref, said, expected_version(if_match)).id)


@router.post("/{id_or_ref}/withdraw", responses=describes_change(WithdrawnOut))
def withdraw_profile(
    request: Request, id_or_ref: str, by: Writer, why: Reason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Withdraw a profile that no longer holds; it can be restored."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), PROFILES,
        lambda: actions.withdraw_profile(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{id_or_ref}/restore", responses=describes_change(ProfileOut))
def restore_profile(
    request: Request, id_or_ref: str, by: Writer, why: MaybeReason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Restore a withdrawn profile. `If-Match` is the ETag that the withdrawal answered, or `*`."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), PROFILES,
        lambda: actions.restore_profile(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip
