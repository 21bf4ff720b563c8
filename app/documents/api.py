"""The doors for programs: the documents of an event, and /api/v1/documents/{ref} with its file."""

from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app import languages
from app.answers import IfMatch, answer_list, answer_one, answer_written, check_once, done_once, expected_version
from app.db import Db, engine_of, transaction
from app.docs import (
    NOT_THERE,
    REFUSALS,
    WithdrawnOut,
    describes_change,
    describes_list_below,
    describes_new,
    describes_one,
)
from app.documents import actions
from app.documents.download import answer_file
from app.documents.queries import DOCUMENTS
from app.documents.receiving import most_bytes, received, too_large
from app.documents.schemas import (
    DocumentChange,
    DocumentFilter,
    DocumentOut,
    DocumentSent,
    DocumentsOfEvent,
)
from app.events.merged import find_event_id
from app.filters import OneFilter
from app.forms import asked, by_name
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.writing import MaybeReason, Reason

of_events = APIRouter(prefix="/events", tags=["documents"])
router = APIRouter(prefix="/documents", tags=["documents"])
Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]

FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "the file itself, of any Content-Type; or a form with the field `file`, and beside it the fields of a change",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file, as a download", "content": {"application/octet-stream": {}}},
    206: {"description": "The range asked for", "content": {"application/octet-stream": {}}},
    416: {"description": "The file ends before the range begins"},
    **NOT_THERE,
    **REFUSALS,
}


@of_events.get("/{id_or_ref}/documents", responses=describes_list_below(DocumentOut))
@public
async def list_documents(
    request: Request, id_or_ref: str, where: Annotated[DocumentFilter, Query()], db: HotDb
) -> Response:
    """Files kept with an event, those kept with events that were merged into it too; the latest first."""
    event = await find_event_id(request, id_or_ref, db)
    of_event = DocumentsOfEvent(event=event, **where.model_dump(exclude_unset=True))
    return await answer_list(request, DOCUMENTS, of_event, db)


@of_events.post("/{id_or_ref}/documents", status_code=201, responses=describes_new(DocumentOut), openapi_extra=FILE)
async def keep_document(
    request: Request, id_or_ref: str, by: Writer, sent: Annotated[DocumentSent, Query()], db: Db,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Keep a file with an event: PDF, JPEG, PNG, WebP, TIFF, GeoJSON, .xlsx, .ods, .csv or text in UTF-8. What it is is found in its content; its name comes from `filename` or Content-Disposition."""
    check_once(request, sent)
    await to_thread.run_sync(let_in, request, by, id_or_ref)  # before anything is received, in a transaction of its own
    async with received(request) as got:
        if got.is_too_large:
            raise too_large(most_bytes(request))
        values = by_name(got.fields)
        name = sent.filename or got.name

        def keep() -> Response:
            examined = actions.look_at(got.file, name)
            said = told(sent, asked(values), examined.name)

            def answer() -> Response:
                event = actions.event_to_write(db, by, id_or_ref)
                id = actions.keep_document(db, by, event, examined, said).id
                return answer_written(db, DOCUMENTS, id, 201, "/api/v1/documents/{ref}")

            return once(db, by, request, idempotency_key, {**said, "sha256": examined.sha256.hex()}, answer)

        return await to_thread.run_sync(keep)


def let_in(request: Request, by: By, id_or_ref: str) -> UUID:
    """Whether a file for this event is received at all. Raises NotFound, Forbidden."""
    with transaction(engine_of(request.app)) as db:
        return actions.event_to_write(db, by, id_or_ref).id


def told(sent: DocumentSent, form: dict[str, Any], name: str) -> dict[str, Any]:
    """What was said of a file, in the shape of `DocumentIn`; without a title it is called as the file is."""
    parameters = sent.model_dump(mode="json", exclude_none=True, exclude={"title", "filename"})
    said = parameters | {field: value for field, value in form.items() if value is not None}
    title = said.pop("title", None) or sent.title or name.rpartition(".")[0]
    return {"titles": {languages.current().code: title}} | said


@router.get("/{id_or_ref}", responses=describes_one(DocumentOut))
@public
async def show_document(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """What is said of one document, by `id` or `ref`."""
    return await answer_one(request, DOCUMENTS, id_or_ref, asked, db)


@router.get("/{id_or_ref}/content", responses=DOWNLOAD, response_class=Response)
@public
async def download_document(
    request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb
) -> Response:
    """The file itself, as a download; `Range` and `If-Range` serve to go on with one that broke off."""
    check_once(request, asked)
    return await answer_file(request, id_or_ref, db)


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who changed what is said of a document, when, and what it was before; the latest first, at most 100."""
    return await answer_history(request, DOCUMENTS, id_or_ref, asked, db)


@router.patch("/{id_or_ref}", responses=describes_change(DocumentOut))
def change_document(id_or_ref: str, by: Writer, change: DocumentChange, db: Db, if_match: IfMatch = None) -> Response:
    """Say something else of a document (JSON Merge Patch, RFC 7396). The file itself never changes."""
    version = expected_version(if_match)
    said = change.model_dump(mode="json", exclude_unset=True)
    return answer_written(db, DOCUMENTS, actions.change_document(db, by, id_or_ref, said, version).id)


@router.post("/{id_or_ref}/withdraw", responses=describes_change(WithdrawnOut))
def withdraw_document(
    request: Request, id_or_ref: str, by: Writer, why: Reason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Take a document out of sight, its file too. It is still known, so that it can be restored."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), DOCUMENTS,
        lambda: actions.withdraw_document(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{id_or_ref}/restore", responses=describes_change(DocumentOut))
def restore_document(
    request: Request, id_or_ref: str, by: Writer, why: MaybeReason, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Restore a withdrawn document. `If-Match` is the ETag that the withdrawal answered, or `*`."""
    return done_once(
        request, db, by, idempotency_key, why.model_dump(), DOCUMENTS,
        lambda: actions.restore_document(db, by, id_or_ref, why.reason, expected_version(if_match)),
    )  # fmt: skip
