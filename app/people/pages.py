"""The door for people: /organisations. One organisation, with what it has, is shown by app/home/across.py."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import depends_on, find_page
from app.people.queries import ORGANISATIONS, facets
from app.people.schemas import OrganisationFilter
from app.permissions import public
from app.reading import HotDb
from app.web import as_page, names_of, render, shown

router = APIRouter(prefix="/organisations", dependencies=[Depends(as_page)], include_in_schema=False)


@router.get("")
@public
async def list_organisations(
    request: Request, where: Annotated[OrganisationFilter, Query()], db: HotDb
) -> HTMLResponse:
    depends_on(request, *ORGANISATIONS.layers)
    page = await find_page(ORGANISATIONS, where, db)
    counted = await db.json(facets(where, languages.current().code))
    return render(request, "people/list.html", page=shown(request, page), facets=counted, names=names_of(counted))
