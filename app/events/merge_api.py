"""The doors for programs: /api/v1/events/{ref}/merge and /unmerge."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from app.answers import IfMatch, answer_written, expected_version
from app.db import Db
from app.docs import describes_change
from app.events import merging
from app.events.beside_schemas import MergedOut, MergeIn
from app.events.queries import EVENTS
from app.events.schemas import EventOut
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.writing import MaybeReason

router = APIRouter(prefix="/events", tags=["events"])
Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]


@router.post("/{id_or_ref}/merge", responses=describes_change(MergedOut))
def merge_event(
    request: Request, id_or_ref: str, by: Writer, asked: MergeIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Merge this event, which was logged twice, into the one that stays. Its address, numbers, figures and documents lead there; it can be undone."""

    def merge() -> Response:
        version = expected_version(if_match)
        duplicate, master = merging.merge_events(db, by, id_or_ref, asked.into, asked.reason, version)
        assert duplicate.withdrawn_at is not None
        said = MergedOut(
            id=duplicate.id, ref=duplicate.ref, withdrawn_at=duplicate.withdrawn_at, merged_into=master.ref
        )
        return JSONResponse(said.model_dump(mode="json"), headers={"ETag": f'"{version_of(duplicate.updated_at)}"'})

    return once(db, by, request, idempotency_key, asked.model_dump(), merge)


@router.post("/{id_or_ref}/unmerge", responses=describes_change(EventOut))
def unmerge_event(
    request: Request, id_or_ref: str, by: Writer, why: MaybeReason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Undo a merge: the event is as it was. `If-Match` is the ETag that the merge answered, or `*`."""

    def unmerge() -> Response:
        event = merging.unmerge_event(db, by, id_or_ref, why.reason, expected_version(if_match))
        return answer_written(db, EVENTS, event.id)

    return once(db, by, request, idempotency_key, why.model_dump(), unmerge)
