"""The doors for the Centre's programs: /api/v1/inbox."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.answers import (
    IfMatch,
    answer_facets,
    answer_list,
    answer_one,
    answer_written,
    check_once,
    expected_version,
    find_id,
)
from app.db import Db
from app.docs import describes_change, describes_list, describes_one
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.inbox import actions
from app.inbox.models import Candidate
from app.inbox.queries import CANDIDATES, FACETS, items
from app.inbox.schemas import CandidateFacetsOut, CandidateFilter, CandidateOut, EventWanted, ItemsOut, SameEvent, Undo
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.reading import HotDb
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/inbox", tags=["inbox"])
Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]


@router.get("", responses=describes_list(CandidateOut))
async def list_candidates(
    request: Request, by: Writer, where: Annotated[CandidateFilter, Query()], db: HotDb
) -> Response:
    """What feeds brought, one candidate a happening: those that changed since they were decided first, then the urgent, then the latest."""
    return await answer_list(request, CANDIDATES, where, db)


@router.get("/facets", responses=describes_one(CandidateFacetsOut))
async def count_candidate_facets(
    request: Request, by: Writer, where: Annotated[CandidateFilter, Query()], db: HotDb
) -> Response:
    """How many candidates each value of a filter would leave."""
    return await answer_facets(request, CANDIDATES, FACETS, where, db)


@router.get("/{id_or_ref}", responses=describes_one(CandidateOut))
async def show_candidate(
    request: Request, by: Writer, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb
) -> Response:
    """One candidate, by `id` or `ref`."""
    return await answer_one(request, CANDIDATES, id_or_ref, asked, db)


@router.get("/{id_or_ref}/items", responses=describes_one(ItemsOut))
async def list_items(
    request: Request, by: Writer, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb
) -> Response:
    """What each feed says of a candidate, as it says it now."""
    check_once(request, asked)
    found = await db.json(items(await find_id(CANDIDATES, id_or_ref, db)))
    return Response(json.dumps({"count": len(found), "results": found}), media_type="application/json")


# -- deciding


@router.post("/{id_or_ref}/event", responses=describes_change(CandidateOut))
def make_event(
    request: Request, id_or_ref: str, by: Writer, wanted: EventWanted, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Log the event that a candidate is: the one sent along, or one made of what the feeds say. 409 where it may be here already."""
    return decided(
        request, db, by, idempotency_key, wanted.model_dump(mode="json"),
        lambda: actions.make_event(
            db, by, id_or_ref, wanted.event, expected_version(if_match), nevertheless=wanted.nevertheless
        ),
    )  # fmt: skip


@router.post("/{id_or_ref}/join", responses=describes_change(CandidateOut))
def join_event(
    request: Request, id_or_ref: str, by: Writer, same: SameEvent, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Say that a candidate tells of an event that is here: its GLIDE numbers are added to the event, and the link is kept."""
    return decided(
        request, db, by, idempotency_key, same.model_dump(),
        lambda: actions.join_event(db, by, id_or_ref, same.event, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{id_or_ref}/dismiss", responses=describes_change(CandidateOut))
def dismiss(
    request: Request, id_or_ref: str, by: Writer, why: Reason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Say that nothing follows from a candidate, and why."""
    return decided(
        request, db, by, idempotency_key, why.model_dump(),
        lambda: actions.dismiss(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{id_or_ref}/take-back", responses=describes_change(CandidateOut))
def take_back(
    request: Request, id_or_ref: str, by: Writer, undo: Undo, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Undo a decision, a person's or a rule's: the candidate waits again."""
    return decided(
        request, db, by, idempotency_key, undo.model_dump(),
        lambda: actions.take_back(
            db, by, id_or_ref, undo.reason, expected_version(if_match), withdraw_event=undo.withdraw_event
        ),
    )  # fmt: skip


@router.post("/{id_or_ref}/seen", responses=describes_change(CandidateOut))
def see_change(
    request: Request, id_or_ref: str, by: Writer, why: MaybeReason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Leave a decision as it is, although feeds tell something else since."""
    return decided(
        request, db, by, idempotency_key, why.model_dump(),
        lambda: actions.see_change(db, by, id_or_ref, expected_version(if_match)),
    )  # fmt: skip


def decided(
    request: Request, db: Session, by: By, key: str | None, question: Mapping[str, Any], do: Callable[[], Candidate]
) -> Response:
    return once(db, by, request, key, question, lambda: answer_written(db, CANDIDATES, do().id))
