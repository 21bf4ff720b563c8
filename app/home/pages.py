"""The start page, what there is to know about the data, and the description of the API."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import depends_on, find_page
from app.capacities import queries as capacities
from app.capacities.queries import CAPACITIES
from app.capacities.schemas import CapacityFilter
from app.events.queries import EVENTS
from app.events.schemas import EventFilter
from app.home import queries
from app.home.api_reference import operations_by_subject
from app.home.headline import Headline, headline, region_headlines
from app.maps import marks
from app.people.queries import MEETINGS
from app.people.schemas import MeetingFilter
from app.permissions import public
from app.places.map_drawing import draw_map
from app.places.map_frame import REGION
from app.reading import HotDb
from app.warnings.pages import warnings_in_force
from app.web import as_page, ngettext, number, render, shown, without_filters
from app.web import gettext as _

router = APIRouter(dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)

EVERYTHING = ("events", "capacities", "stock", "people", "places", "reference", "warnings")
GRAVITY = ("red", "orange", "green", None)
LATEST = 14
OPEN_AT_MOST = 12


@router.get("/")
@public
async def show_now(request: Request, db: HotDb) -> HTMLResponse:
    depends_on(request, *EVERYTHING)
    lang = languages.current().code
    going_on = shown(request, await find_page(EVENTS, EventFilter(status=["alert", "ongoing"], limit=OPEN_AT_MOST), db))
    latest = shown(request, await find_page(EVENTS, EventFilter(limit=LATEST), db))
    counted = await db.json(capacities.facets(CapacityFilter(), lang))
    return render(
        request,
        "home/now.html",
        alerts=sorted(going_on["results"], key=lambda event: (event["exercise"], GRAVITY.index(event["alert_level"]))),
        latest=latest["results"],
        headline=await region_headlines(db),
        by_country=counted["country"],
        by_family=counted["family"],
        out_of_date=await what_is_out_of_date(db, lang),
        **await warnings_in_force(request, db),
        drawing=await draw_map(
            db,
            _("Events going on now"),
            bbox=REGION,
            countries=await db.json(queries.region()),
            marks=marks.of_events(going_on["results"]),
            layers=["events"],
            query={"status": "alert,ongoing"},
            list_address="/events",
        ),
    )


async def what_is_out_of_date(db: HotDb, lang: str) -> list[Headline]:
    """What nobody has confirmed for long, and areas that are no longer as they are drawn."""
    stale = await find_page(CAPACITIES, CapacityFilter(stale=True, limit=1), db)
    areas = len(await db.json(queries.out_of_date(lang)))
    found = [
        headline(
            "/capacities?stale=true",
            stale.counted,
            ngettext(
                "%(n)s capacity not confirmed for 180 days", "%(n)s capacities not confirmed for 180 days", stale.count
            )
            % {"n": number(stale.counted["count"])},
        ),
        headline(
            "/about#areas",
            {"count": areas},
            ngettext("%(n)s area is no longer as it is drawn", "%(n)s areas are no longer as they are drawn", areas)
            % {"n": number(areas)},
        ),
    ]
    return [one for one in found if one.count]


@router.get("/about")
@public
async def show_about(request: Request, db: HotDb) -> HTMLResponse:
    depends_on(request, *EVERYTHING)
    lang = languages.current().code
    return render(
        request,
        "home/about.html",
        out_of_date=await db.json(queries.out_of_date(lang)),
        disputed=await db.json(queries.disputed(lang)),
        sources=await db.json(queries.sources()),
        meetings=shown(request, await find_page(MEETINGS, MeetingFilter(limit=1000), db))["results"],
    )


@router.get("/api/docs")
@public
async def show_api(request: Request) -> HTMLResponse:
    """The description of the API as a page; it changes with the program only."""
    depends_on(request, "reference")
    subjects = operations_by_subject(request.app.openapi())
    return render(request, "home/api_docs.html", subjects=subjects, public_url=request.app.state.settings.public_url)
