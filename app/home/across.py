"""Pages of one thing that show other nouns beside it: an event with the help near it, a country or area, an organisation."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from app import languages
from app.answers import depends_on, find_page, find_record
from app.capacities.queries import CAPACITIES
from app.capacities.schemas import CapacityFilter
from app.documents.pages import documents_of
from app.errors import NotFound
from app.events.actions import may_write
from app.events.merged import find_event, lead_to_master
from app.events.pages import beside
from app.events.queries import EVENTS
from app.events.schemas import EventFilter
from app.events.writing_queries import withdrawn
from app.figures.pages import section as figures_section
from app.filters import AsOf
from app.geo import Point, distance_km
from app.home import queries
from app.home.headline import area_headlines
from app.home.known import show_as_known
from app.inbox.pages import reported_by_feeds
from app.languages import gettext as _
from app.maps import marks
from app.permissions import Permission, asking, public
from app.places.map_drawing import Drawing, draw_map
from app.places.queries import AREAS
from app.reading import HotDb, Reader
from app.records import version_of
from app.requests.pages import requests_of
from app.situation_reports.pages import reports_of
from app.sql import Sql
from app.trail.pages import history_of
from app.warnings.pages import warnings_in_force, warnings_of
from app.web import as_page, render, shown, without_filters

router = APIRouter(dependencies=[Depends(as_page)], include_in_schema=False)
plain = [Depends(without_filters)]

NEAREST = 6
STEPS = 20  # of what became known: the latest; the figures have all
SHOWN = 8


class AsAsked(BaseModel):
    """What the page of an event can be asked."""

    model_config = ConfigDict(extra="forbid")

    as_of: AsOf | None = None
    lang: str | None = None


@router.get("/events/{id_or_ref}")
@public
async def show_event(request: Request, id_or_ref: str, asked: Annotated[AsAsked, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, *EVENTS.layers, *CAPACITIES.layers, "warnings", "requests")
    if asked.as_of:
        return await show_as_known(request, id_or_ref, asked.as_of, db)
    if gone := await withdrawn_event(request, id_or_ref, db):
        return render(request, "events/withdrawn.html", **gone)
    record, _updated_at = await find_event(request, id_or_ref, db)
    event = json.loads(record)
    harm = await figures_section(event, db)
    nearby = await nearest_help(request, event, db)
    is_writer = may_write(asking(), [country["iso3"] for country in event["countries"]])
    return render(
        request,
        "events/show.html",
        **await documents_of(request, event["id"], db, is_writer),
        **await reports_of(request, event["id"], db),
        **await requests_of(request, event["ref"], db),
        event=event,
        **harm,
        timeline=timeline(event, harm["figures_shown"]),
        nearby=nearby,
        nearby_address=by_distance(event),
        drawing=await draw_event(event, nearby, db),
        history=await history_of("events", event["id"], db),
        may_write=is_writer,
        **await warnings_of(request, event["ref"], db),
        **await beside(event["id"], db),
        **await reported_by_feeds(event["id"], db),
    )


async def withdrawn_event(request: Request, id_or_ref: str, db: Reader) -> dict[str, Any] | None:
    """A withdrawn event, for those who may restore it; for everybody else it is not there."""
    if not asking().may(Permission.EVENT_WRITE):
        return None
    event = await db.json(Sql(*withdrawn(asking(), id_or_ref, languages.current().code)))
    if not event or not may_write(asking(), event["countries"]):
        return None
    if event["is_merged"]:
        await lead_to_master(request, id_or_ref, db)
    version = version_of(datetime.fromisoformat(event["updated_at"]))
    return {"event": event, "version": version, "history": await history_of("events", event["id"], db)}


def timeline(event: dict[str, Any], figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What became known when, in the order of the days; nothing where no figure has a day. Figures come in after an end."""
    known = [{"on": figure["as_of"], "what": "figure", "figure": figure} for figure in figures if figure["as_of"]]
    if not known:
        return []
    began = {"on": event["started_at"][:10], "what": "began", "precision": event["started_precision"]}
    ended = [{"on": event["ended_at"][:10], "what": "ended"}] if event["ended_at"] else []
    return [began, *sorted([*ended, *known], key=lambda one: one["on"])[-STEPS:]]


def by_distance(event: dict[str, Any]) -> str:
    """Where the capacities nearest to an event are listed: those that nearest_help begins with."""
    if not event["point"]:
        return ""
    return f"/capacities?available=true&status=available&near={event['point']['lon']:g},{event['point']['lat']:g}"


async def nearest_help(request: Request, event: dict[str, Any], db: HotDb) -> list[dict[str, Any]]:
    """What is available nearest to the event, with its distance as the crow flies."""
    if not event["point"] or event["status"] == "closed":
        return []
    at = Point(event["point"]["lon"], event["point"]["lat"])
    near = CapacityFilter(near=at, available=True, status=["available"], limit=NEAREST)
    found: list[dict[str, Any]] = shown(request, await find_page(CAPACITIES, near, db))["results"]
    return [
        capacity | {"distance_km": distance_km(at, Point(*capacity["geometry"]["coordinates"]))} for capacity in found
    ]


async def draw_event(event: dict[str, Any], nearby: list[dict[str, Any]], db: HotDb) -> Drawing | None:
    countries = [country["iso3"] for country in event["countries"]]
    if not event["point"] and not countries:
        return None
    shown_marks = [*marks.of_capacities(nearby), *marks.of_events([event])]
    return await draw_map(db, event["title"], countries=countries, marks=shown_marks, list_address="/capacities")


@router.get("/places", dependencies=plain)
@public
async def list_places(request: Request, db: HotDb) -> HTMLResponse:
    depends_on(request, "places", "events", "capacities")
    countries = await db.json(queries.areas_by_country(languages.current().code))
    drawing = await draw_map(db, _("The region"), countries=[country["code"] for country in countries], link_areas=True)
    return render(request, "places/list.html", countries=countries, drawing=drawing)


@router.get("/places/{code}", dependencies=plain)
@public
async def show_area(request: Request, code: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *EVENTS.layers, *CAPACITIES.layers, "warnings")
    lang = languages.current().code
    record, _updated_at = await find_record(AREAS, code, db)
    area = json.loads(record)
    where = {"area": [area["code"]]} if area["level"] else {"country": [area["country"]["iso3"]]}
    query = "&".join(f"{name}={value[0]}" for name, value in where.items())
    events = shown(request, await find_page(EVENTS, EventFilter(**where, limit=SHOWN), db))
    capacities = shown(request, await find_page(CAPACITIES, CapacityFilter(**where, limit=SHOWN), db))
    return render(
        request,
        "places/show.html",
        area=area,
        headline=await area_headlines(db, where),
        events=events,
        events_address=f"/events?{query}",
        capacities=capacities,
        capacities_address=f"/capacities?{query}",
        parts=await db.json(queries.parts(area["id"], lang)),
        neighbours=await db.json(queries.neighbours(area["id"], lang)),
        drawing=await draw_area(area, events["results"], db),
        **await warnings_in_force(request, db, **where),
    )


async def draw_area(area: dict[str, Any], events: list[dict[str, Any]], db: HotDb) -> Drawing:
    found = marks.of_events(events)
    if area["level"]:
        return await draw_map(db, area["name"], areas=[area["id"]], marks=found, list_address="/events")
    return await draw_map(
        db, area["name"], countries=[area["country"]["iso3"]], marks=found, link_areas=True, list_address="/events"
    )


@router.get("/organisations/{code}", dependencies=plain)
@public
async def show_organisation(request: Request, code: str, db: HotDb) -> HTMLResponse:
    depends_on(request, "people", *CAPACITIES.layers)
    organisation = await db.json(queries.organisation(code, languages.current().code))
    if organisation is None:
        raise NotFound(_("There is no organisation %(code)s here.") % {"code": code[:60]})
    theirs = CapacityFilter(organisation=[organisation["code"]], limit=SHOWN)
    capacities = shown(request, await find_page(CAPACITIES, theirs, db))
    return render(request, "people/show.html", organisation=organisation, capacities=capacities)
