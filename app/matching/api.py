"""The door for programs: /api/v1/requests/{ref}/matches."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import MEDIA, check_once, depends_on, find_record
from app.docs import describes_one
from app.matching import actions
from app.matching.queries import LAYERS
from app.matching.schemas import MatchesOut, MatchFilter
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.reading import HotDb
from app.requests.queries import REQUESTS

router = APIRouter(prefix="/requests", tags=["requests"])


@router.get("/{id_or_ref}/matches", responses=describes_one(MatchesOut))
async def find_matches(
    request: Request,
    id_or_ref: str,
    asked: Annotated[MatchFilter, Query()],
    by: Annotated[By, allowed_to(Permission.READ_PARTNERS)],
    db: HotDb,
) -> Response:
    """What can meet a request: for each line ranked and explained, and a plan for all of them, to those who decide on requests;
    to others whether each line can be met."""
    check_once(request, asked)
    depends_on(request, *LAYERS)
    record, _updated_at = await find_record(REQUESTS, id_or_ref, db)
    found = await actions.find_matches(db, by, json.loads(record), asked.limit)
    return Response(json.dumps(found, ensure_ascii=False, default=datetime.isoformat), media_type=MEDIA["json"])
