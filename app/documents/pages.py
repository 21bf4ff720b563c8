"""The doors for people: one document with its history, and its file; what an event's page shows of its documents."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from app import languages
from app.answers import depends_on, find_page, find_record
from app.documents import form, queries
from app.documents.download import answer_file
from app.documents.queries import DOCUMENTS
from app.documents.schemas import DocumentsOfEvent
from app.events.actions import may_write
from app.permissions import asking, public
from app.reading import HotDb, Reader
from app.records import version_of
from app.trail.pages import history_of
from app.web import as_page, render, shown, without_filters

router = APIRouter(
    prefix="/documents", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)
MOST_SHOWN = 200


async def documents_of(request: Request, event: str, db: Reader, is_writer: bool) -> dict[str, Any]:
    """What documents/_section.html shows: the documents of an event, and to writers those that were withdrawn."""
    page = await find_page(DOCUMENTS, DocumentsOfEvent(event=UUID(event), limit=MOST_SHOWN), db)
    gone = await db.json(queries.withdrawn(UUID(event), languages.current().code)) if is_writer else []
    return {"documents": shown(request, page), "documents_withdrawn": gone, "document_kinds": form.kinds()}


@router.get("/{id_or_ref}")
@public
async def show_document(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *DOCUMENTS.layers)
    if gone := await withdrawn_document(id_or_ref, db):
        return render(request, "documents/withdrawn.html", is_exercise=gone["document"]["exercise"], **gone)
    record, _updated_at = await find_record(DOCUMENTS, id_or_ref, db)
    document = json.loads(record)
    countries = await db.json(queries.countries(document["id"]))
    history = await history_of("documents", document["id"], db)
    context = {"document": document, "is_exercise": document["exercise"], "kinds": form.kinds(), "history": history}
    return render(request, "documents/show.html", may_write=may_write(asking(), countries), **context)


async def withdrawn_document(id_or_ref: str, db: Reader) -> dict[str, Any] | None:
    """A withdrawn document, for those who may restore it; for everybody else it is not there."""
    gone = await db.json(queries.withdrawn_one(asking(), id_or_ref, languages.current().code))
    if not gone or not may_write(asking(), gone["countries"]):
        return None
    version = version_of(datetime.fromisoformat(gone["updated_at"]))
    return {"document": gone, "version": version, "history": await history_of("documents", gone["id"], db)}


@router.get("/{id_or_ref}/file")
@public
async def download_document(request: Request, id_or_ref: str, db: HotDb) -> Response:
    return await answer_file(request, id_or_ref, db)
