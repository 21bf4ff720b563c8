"""The doors for programs: /api/v1/requests."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import (
    IfMatch,
    answer_facets,
    answer_list,
    answer_one,
    answer_withdrawn,
    answer_written,
    expected_version,
)
from app.db import Db
from app.docs import WithdrawnOut, describes_change, describes_list, describes_new, describes_one
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb
from app.requests import actions
from app.requests.models import Request as Asked
from app.requests.queries import APPEALS, FACETS, REQUESTS
from app.requests.schemas import (
    AppealIn,
    AppealOut,
    RequestChange,
    RequestFacetsOut,
    RequestFilter,
    RequestIn,
    RequestOut,
    TransitionIn,
)
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/requests", tags=["requests"])
Writer = Annotated[By, allowed_to(Permission.REQUEST_WRITE)]
NO_REASON = MaybeReason()


@router.get("", responses=describes_list(RequestOut))
@public
async def list_requests(request: Request, where: Annotated[RequestFilter, Query()], db: HotDb) -> Response:
    """Requests for assistance that you may see, the latest first; `open=true` leaves those that still need something."""
    return await answer_list(request, REQUESTS, where, db)


@router.get("/facets", responses=describes_one(RequestFacetsOut))
@public
async def count_facets(request: Request, where: Annotated[RequestFilter, Query()], db: HotDb) -> Response:
    """How many requests each value of a filter would leave."""
    return await answer_facets(request, REQUESTS, FACETS, where, db)


@router.get("/{id_or_ref}", responses=describes_one(RequestOut))
@public
async def show_request(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One request with its lines and how far each has come, by `id` or `ref`."""
    return await answer_one(request, REQUESTS, id_or_ref, asked, db)


@router.get("/{id_or_ref}/appeal", responses=describes_one(AppealOut))
@public
async def show_appeal(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """What donors may read of a request, once its page for them is published: what is needed and what is still missing."""
    return await answer_one(request, APPEALS, id_or_ref, asked, db)


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who asked, changed and decided, and when; the latest first, at most 100."""
    return await answer_history(request, REQUESTS, id_or_ref, asked, db)


# -- writing


@router.post("", status_code=201, responses=describes_new(RequestOut))
def draft_request(
    request: Request, by: Writer, new: RequestIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Draft a request. Only your own organisation and the Centre's approvers see it before it is submitted."""

    def draft() -> Response:
        return answer_written(db, REQUESTS, actions.draft_request(db, by, new).id, 201, "/api/v1/requests/{ref}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), draft)


@router.patch("/{id_or_ref}", responses=describes_change(RequestOut))
def change_request(id_or_ref: str, by: Writer, change: RequestChange, db: Db, if_match: IfMatch = None) -> Response:
    """Change a draft, or what waits for a decision: fields left out stay, null empties one (RFC 7396), `lines` are replaced whole."""
    said = change.model_dump(mode="json", exclude_unset=True)
    return answer_written(db, REQUESTS, actions.change_request(db, by, id_or_ref, said, expected_version(if_match)).id)


@router.post("/{id_or_ref}/discard", responses=describes_change(WithdrawnOut))
def discard_draft(
    request: Request, id_or_ref: str, by: Writer, db: Db, why: MaybeReason = NO_REASON, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Throw a draft away."""

    def discard() -> Response:
        return answer_withdrawn(actions.discard_draft(db, by, id_or_ref, expected_version(if_match), why.reason))

    return once(db, by, request, idempotency_key, why.model_dump(), discard)


@router.post("/{id_or_ref}/transitions", responses=describes_change(RequestOut))
def move_request(
    request: Request, id_or_ref: str, by: Writer, step: TransitionIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Submit, approve, reject, close or cancel. Approving and rejecting need the right to decide for the country."""

    def move() -> Asked:
        return actions.move_request(db, by, id_or_ref, step.to, step.reason, expected_version(if_match))

    return written_once(request, db, by, idempotency_key, step.model_dump(), move)


@router.post("/{id_or_ref}/lines/{no}/cancel", responses=describes_change(RequestOut))
def cancel_line(
    request: Request, id_or_ref: str, no: int, by: Writer, why: Reason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Say that one line is no longer needed; refused where something of it is committed."""

    def cancel() -> Asked:
        return actions.cancel_line(db, by, id_or_ref, no, why.reason, expected_version(if_match))

    return written_once(request, db, by, idempotency_key, why.model_dump(), cancel)


@router.put("/{id_or_ref}/appeal", responses=describes_change(RequestOut))
def publish_appeal(id_or_ref: str, by: Writer, said: AppealIn, db: Db, if_match: IfMatch = None) -> Response:
    """Publish the page that donors read, or say something else on it. Anybody may read it, without signing in."""
    return answer_written(db, REQUESTS, actions.publish_appeal(db, by, id_or_ref, said, expected_version(if_match)).id)


@router.delete("/{id_or_ref}/appeal", responses=describes_change(RequestOut))
def take_appeal_back(id_or_ref: str, by: Writer, db: Db, if_match: IfMatch = None) -> Response:
    """Take the page for donors back."""
    return answer_written(db, REQUESTS, actions.take_appeal_back(db, by, id_or_ref, expected_version(if_match)).id)


def written_once(
    request: Request, db: Db, by: By, key: str | None, question: Mapping[str, Any], do: Callable[[], Asked]
) -> Response:
    """The request as `do` left it; sent again with the same key it is not done again."""
    return once(db, by, request, key, question, lambda: answer_written(db, REQUESTS, do().id))
