"""The door for people: /requests/{ref}/matches."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from app.answers import depends_on, find_record
from app.matching import actions, words
from app.matching.queries import LAYERS
from app.matching.scoring import WEIGHTS
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.reading import HotDb
from app.requests.queries import REQUESTS
from app.web import Plain, as_page, render

router = APIRouter(prefix="/requests", dependencies=[Depends(as_page)], include_in_schema=False)
SHOWN, ALL = 5, 30


class MatchPage(Plain):
    """What the page can be asked."""

    limit: int = Field(SHOWN, ge=1, le=ALL)


@router.get("/{id_or_ref}/matches")
async def show_matches(
    request: Request,
    id_or_ref: str,
    asked: Annotated[MatchPage, Query()],
    by: Annotated[By, allowed_to(Permission.READ_PARTNERS)],
    db: HotDb,
) -> HTMLResponse:
    """What can meet a request: whether each line can be met; to those who decide, by what, and a plan."""
    depends_on(request, *LAYERS)
    record, _updated_at = await find_record(REQUESTS, id_or_ref, db)
    asked_for = json.loads(record)
    found = await actions.find_matches(db, by, asked_for, asked.limit)
    return render(
        request,
        "matching/show.html",
        asked=asked_for,
        found=found,
        sees_holdings=found["plan"] is not None,
        weights=WEIGHTS,
        can_be_met=words.can_be_met(),
        verdicts=words.verdicts(),
        parts=words.parts(),
        shown=asked.limit,
        most=ALL,
    )
