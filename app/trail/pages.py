"""The doors for people: /history, the search over all records, and /history/heads, what outsiders can check."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb, Reader
from app.trail import queries
from app.trail.names import nouns
from app.trail.schemas import HistoryFilter
from app.trail.words import in_words
from app.web import as_page, render, url_with, without_filters

router = APIRouter(prefix="/history", dependencies=[Depends(as_page)], include_in_schema=False)

SHOWN = 50
OF_RECORD = 20


async def history_of(noun: str, id: UUID | str, db: Reader, most: int = OF_RECORD) -> list[dict[str, Any]]:
    """The latest of a record's history in words, for its page."""
    return in_words(await db.json(queries.of_record(noun, id, languages.current().code, most)))


@router.get("")
async def search_history(
    request: Request,
    where: Annotated[HistoryFilter, Query()],
    db: HotDb,
    by: Annotated[By, allowed_to(Permission.HISTORY_SEARCH)],
) -> HTMLResponse:
    found = await db.json(queries.search(where, languages.current().code, SHOWN + 1))
    shown = in_words(found[:SHOWN])
    older = url_with(request, before=shown[-1]["id"]) if len(found) > SHOWN else None
    return render(request, "trail/search.html", entries=shown, older=older, nouns=list(nouns().items()))


@router.get("/heads", dependencies=[Depends(without_filters)])
@public
async def list_heads(request: Request, db: HotDb) -> HTMLResponse:
    return render(request, "trail/heads.html", heads=await db.json(queries.heads()))
