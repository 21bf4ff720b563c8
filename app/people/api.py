"""The door for programs: organisations and meetings among the reference lists."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import answer_list
from app.docs import describes_table
from app.people.queries import MEETINGS, ORGANISATIONS
from app.people.schemas import MeetingFilter, MeetingOut, OrganisationFilter, OrganisationOut
from app.permissions import public
from app.reading import HotDb

reference = APIRouter(prefix="/reference", tags=["reference"])


@reference.get("/organisations", responses=describes_table(OrganisationOut))
@public
async def list_organisations(request: Request, where: Annotated[OrganisationFilter, Query()], db: HotDb) -> Response:
    """Who has, gives or asks, each with a code that never changes and what else it is called."""
    return await answer_list(request, ORGANISATIONS, where, db)


@reference.get("/meetings", responses=describes_table(MeetingOut))
@public
async def list_meetings(request: Request, where: Annotated[MeetingFilter, Query()], db: HotDb) -> Response:
    """Meetings of the Centre, and of the confidence-building measure it grew out of."""
    return await answer_list(request, MEETINGS, where, db)
