"""The door for people: /events. One event, with the help near it, is shown by app/home/across.py."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import depends_on, find_page
from app.events.beside_queries import alert_levels, merged_into, relations
from app.events.known_queries import events_at, facets_at
from app.events.schemas import EventsAsked
from app.facets import count_facets
from app.permissions import asking, public
from app.places.of_lists import area_names, map_of_list
from app.reading import HotDb, Reader
from app.records import version_of
from app.web import as_page, names_of, render, shown

router = APIRouter(prefix="/events", dependencies=[Depends(as_page)], include_in_schema=False)


@router.get("")
@public
async def list_events(request: Request, where: Annotated[EventsAsked, Query()], db: HotDb) -> HTMLResponse:
    listing, lang = events_at(where.as_of), languages.current().code
    depends_on(request, *listing.layers)
    page = await find_page(listing, where, db)
    counted = await db.json(count_facets(listing, facets_at(where.as_of), where, lang))
    return render(
        request,
        "events/list.html",
        page=shown(request, page),
        as_known=where.as_of and where.as_of.isoformat(),
        facets=counted,
        names=names_of(counted) | await area_names(where.area, db),
        map=await map_of_list(request, "events", where, db, countries=where.country),
    )


async def beside(event: str, db: Reader, at: datetime | None = None) -> dict[str, Any]:
    """What stands beside an event on its page: its alert levels, relations, and what was merged into it."""
    by, lang = asking(), languages.current().code
    merged = await db.json(merged_into(by, event, lang, at))
    return {
        "levels": await db.json(alert_levels(by, event, lang, at)),
        "relations": await db.json(relations(by, event, lang, at)),
        "merged_here": [one | {"version": version_of(datetime.fromisoformat(one["updated_at"]))} for one in merged],
    }
