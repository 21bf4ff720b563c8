"""The door for people: /events. One event, with the help near it, is shown by app/home/across.py."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import depends_on, find_page
from app.events.queries import EVENTS, facets
from app.events.schemas import EventFilter
from app.permissions import public
from app.places.of_lists import area_names, map_of_list
from app.reading import HotDb
from app.web import as_page, names_of, render, shown

router = APIRouter(prefix="/events", dependencies=[Depends(as_page)], include_in_schema=False)


@router.get("")
@public
async def list_events(request: Request, where: Annotated[EventFilter, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, *EVENTS.layers)
    page = await find_page(EVENTS, where, db)
    counted = await db.json(facets(where, languages.current().code))
    return render(
        request,
        "events/list.html",
        page=shown(request, page),
        facets=counted,
        names=names_of(counted) | await area_names(where.area, db),
        map=await map_of_list(request, "events", where, db, countries=where.country),
    )
