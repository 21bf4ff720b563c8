"""The doors for programs: /api/v1/deployments."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import IfMatch, answer_list, answer_one, answer_written, expected_version
from app.db import Db
from app.deployments import actions, arriving, extending, outcomes, steps
from app.deployments.models import Deployment
from app.deployments.queries import DEPLOYMENTS
from app.deployments.schemas import (
    AnswerIn,
    ChangeIn,
    DeploymentChangeIn,
    DeploymentFilter,
    DeploymentIn,
    DeploymentOut,
    OutcomeIn,
    ReceiptIn,
    TimeIn,
    TransitionIn,
)
from app.docs import describes_change, describes_new, describes_one, describes_table
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut

router = APIRouter(prefix="/deployments", tags=["deployments"])
# Who sends and who receives have different rights; the action looks which is needed
Partner = Annotated[By, allowed_to(Permission.READ_PARTNERS)]


@router.get("", responses=describes_table(DeploymentOut))
@public
async def list_deployments(request: Request, where: Annotated[DeploymentFilter, Query()], db: HotDb) -> Response:
    """Teams and shipments: those you send, receive or decide on; `open=true` leaves those under way or there."""
    return await answer_list(request, DEPLOYMENTS, where, db)


@router.get("/{id_or_ref}", responses=describes_one(DeploymentOut))
@public
async def show_deployment(
    request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb
) -> Response:
    """One deployment with its lines, times, receipts, outcomes and changes."""
    return await answer_one(request, DEPLOYMENTS, id_or_ref, asked, db)


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who planned, sent and signed, and when; the latest first, at most 100."""
    return await answer_history(request, DEPLOYMENTS, id_or_ref, asked, db)


# -- writing


def written(
    request: Request, db: Db, by: By, key: str | None, said: Mapping[str, Any], do: Callable[[], Deployment]
) -> Response:
    """What became of the deployment; sent again with the same key it is not done again."""
    return once(db, by, request, key, said, lambda: answer_written(db, DEPLOYMENTS, do().id))


@router.post("", status_code=201, responses=describes_new(DeploymentOut))
def deploy(
    request: Request, by: Partner, new: DeploymentIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Plan a team or a shipment of an accepted offer. Of one offer several may be sent; never more than was accepted."""

    def plan() -> Response:
        return answer_written(db, DEPLOYMENTS, actions.deploy(db, by, new).id, 201, "/api/v1/deployments/{ref}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), plan)


@router.patch("/{id_or_ref}", responses=describes_change(DeploymentOut))
def change_deployment(
    id_or_ref: str, by: Partner, change: DeploymentChangeIn, db: Db, if_match: IfMatch = None
) -> Response:
    """Say otherwise how it travels: fields left out stay, null empties one (JSON Merge Patch, RFC 7396)."""
    changed = actions.change_deployment(db, by, id_or_ref, change, expected_version(if_match))
    return answer_written(db, DEPLOYMENTS, changed.id)


@router.post("/{id_or_ref}/transitions", responses=describes_change(DeploymentOut))
def move_deployment(
    request: Request, id_or_ref: str, by: Partner, new: TransitionIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Take it one step on. Leaving issues what is reserved in store; an end says of all that is open what became of it."""

    def move() -> Deployment:
        return steps.move_deployment(db, by, id_or_ref, new, expected_version(if_match))

    return written(request, db, by, idempotency_key, new.model_dump(mode="json"), move)


@router.post("/{id_or_ref}/times", responses=describes_change(DeploymentOut))
def note_time(
    request: Request, id_or_ref: str, by: Partner, new: TimeIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Say when something is asked for, expected, or was. The last word counts, the earlier ones are kept."""

    def note() -> Deployment:
        return actions.note_time(db, by, id_or_ref, new)

    return written(request, db, by, idempotency_key, new.model_dump(mode="json"), note)


@router.post("/{id_or_ref}/receipts", responses=describes_change(DeploymentOut))
def sign_receipt(
    request: Request, id_or_ref: str, by: Partner, new: ReceiptIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Sign for what arrived. Where it differs from what was sent, each such line says why. Lines left out are still to come."""

    def sign() -> Deployment:
        return arriving.sign_receipt(db, by, id_or_ref, new, expected_version(if_match))

    return written(request, db, by, idempotency_key, new.model_dump(mode="json"), sign)


@router.post("/{id_or_ref}/outcomes", responses=describes_change(DeploymentOut))
def record_outcome(
    request: Request, id_or_ref: str, by: Partner, new: OutcomeIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Say what became of some of a line: lost, consumed, returned, donated or damaged. When all is told, the deployment ends."""

    def record() -> Deployment:
        return outcomes.record_outcome(db, by, id_or_ref, new, expected_version(if_match))

    return written(request, db, by, idempotency_key, new.model_dump(mode="json"), record)


@router.post("/{id_or_ref}/changes", responses=describes_change(DeploymentOut))
def ask_change(
    request: Request, id_or_ref: str, by: Partner, new: ChangeIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Ask to keep it longer (extension, by who receives), or call it back (recall, by who sends)."""

    def ask() -> Deployment:
        return extending.ask_change(db, by, id_or_ref, new)

    return written(request, db, by, idempotency_key, new.model_dump(mode="json"), ask)


@router.post("/{id_or_ref}/changes/{no}/answer", responses=describes_change(DeploymentOut))
def answer_change(
    request: Request, id_or_ref: str, no: int, by: Partner, said: AnswerIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Accept or decline an extension or a recall."""

    def answer() -> Deployment:
        return extending.answer_change(db, by, id_or_ref, no, said, expected_version(if_match))

    return written(request, db, by, idempotency_key, said.model_dump(mode="json"), answer)
