"""Events found by their refs: a merged one leads to its master, by an address that is not for ever, since merging can be undone."""

import re
from datetime import datetime
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from app.answers import answer_one, find_id, find_record
from app.errors import NotFound
from app.events.beside_queries import master
from app.events.known_queries import events_at
from app.events.schemas import EventAsked
from app.permissions import asking
from app.reading import Reader
from app.web import Elsewhere

# A number is that of one event; below the master a report of the other is called by its ref
REPORT = re.compile(r"(/situation-reports/)(?:SR-)?(\d+)(?=/|$)", re.IGNORECASE | re.ASCII)


async def answer_event(request: Request, id_or_ref: str, asked: EventAsked, db: Reader) -> Response:
    """One event as it is, or as it was known. Raises NotFound, Elsewhere."""
    try:
        return await answer_one(request, events_at(asked.as_of), id_or_ref, asked, db)
    except NotFound:
        await lead_to_master(request, id_or_ref, db, asked.as_of)
        raise


async def find_event(
    request: Request, id_or_ref: str, db: Reader, at: datetime | None = None
) -> tuple[bytes, datetime]:
    """The same as JSON, and when it last changed. Raises NotFound, Elsewhere."""
    try:
        return await find_record(events_at(at), id_or_ref, db)
    except NotFound:
        await lead_to_master(request, id_or_ref, db, at)
        raise


async def find_event_id(request: Request, id_or_ref: str, db: Reader, at: datetime | None = None) -> UUID:
    """The id of an event, for what stands below it. Raises NotFound, Elsewhere."""
    try:
        return await find_id(events_at(at), id_or_ref, db)
    except NotFound:
        await lead_to_master(request, id_or_ref, db, at)
        raise


async def lead_to_master(request: Request, id_or_ref: str, db: Reader, at: datetime | None = None) -> None:
    """Raises Elsewhere, the same address below the master, where an event is merged."""
    found = await db.row(master(asking(), id_or_ref, at))
    if found:
        master_ref, own_ref = found
        path = request.url.path.replace(f"/{id_or_ref}", f"/{master_ref}", 1)
        path = REPORT.sub(rf"\g<1>{own_ref}-SR-\2", path, count=1)
        raise Elsewhere(path + (f"?{request.url.query}" if request.url.query else ""), 302)
