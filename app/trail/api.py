"""The doors for programs: the history of one record (below the record), the search over all, the heads of the chain."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app import languages
from app.answers import check_once, find_id
from app.docs import describes_one
from app.filters import OneFilter
from app.listing import Listing
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb, Reader
from app.trail import queries
from app.trail.schemas import HeadsOut, HistoryFilter, HistoryOut

router = APIRouter(prefix="/history", tags=["history"])

SHOWN = 100


async def answer_history(request: Request, listing: Listing, id_or_ref: str, asked: OneFilter, db: Reader) -> Response:
    """Who changed a record, for those who may see it. Raises NotFound."""
    check_once(request, asked)
    id = await find_id(listing, id_or_ref, db)
    entries = await db.json(queries.of_record(listing.name, id, languages.current().code))
    return JSONResponse({"results": entries})


@router.get("", responses=describes_one(HistoryOut))
async def search_history(
    request: Request,
    where: Annotated[HistoryFilter, Query()],
    db: HotDb,
    by: Annotated[By, allowed_to(Permission.HISTORY_SEARCH)],
) -> Response:
    """Who did what, the latest first, over all records. What hidden records say is told to those who may see them only."""
    check_once(request, where)
    return JSONResponse({"results": await db.json(queries.search(where, languages.current().code, SHOWN))})


@router.get("/heads", responses=describes_one(HeadsOut))
@public
async def list_heads(db: HotDb) -> Response:
    """The end of the hash chain over all history, now and at the end of each day: keep one, and nobody can rewrite what was before it."""
    return JSONResponse(await db.json(queries.heads()))
