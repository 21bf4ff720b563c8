"""The doors where feed readers come: /feeds/events.atom, /feeds/events.georss and /feeds/warnings.atom.

They are the lists, written another way: the same filters, the same pages, and for credentials what those may see.
"""

import json
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app import languages
from app.answers import check_once, depends_on, find_page
from app.docs import NOT_CHANGED, NOT_THERE, REFUSALS
from app.errors import Invalid
from app.events.merged import find_event
from app.events.queries import EVENTS
from app.events.schemas import EventFilter
from app.feeds import entries, queries
from app.figures.queries import FIGURES, events_shown
from app.figures.schemas import FiguresOfEvent
from app.filters import Lang, TableFilter
from app.formats import atom
from app.formats.atom import Entry, Feed, Gone, Link
from app.languages import gettext as _
from app.paging import Page, link
from app.permissions import asking, public
from app.reading import HotDb, Reader
from app.situation_reports.queries import REPORTS
from app.situation_reports.schemas import ReportsOfEvent
from app.warnings.queries import WARNINGS
from app.warnings.schemas import WarningFilter

router = APIRouter(prefix="/feeds", tags=["feeds"])


class OneFeed(BaseModel):
    """What the feed of a single record can be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Lang | None = Field(None, description="language of names and labels; else by Accept-Language")


OF_FILES = ("format", "hxl")
Where = TypeVar("Where", bound=TableFilter)


@router.get(
    "/events.atom", response_class=Response, responses={200: {"content": {atom.ATOM: {}}}, **NOT_CHANGED, **REFUSALS}
)
@public
async def follow_events(request: Request, where: Annotated[EventFilter, Query()], db: HotDb) -> Response:
    """Events as an Atom feed with GeoRSS, the last changed first; what was withdrawn in the last 30 days as `at:deleted-entry`."""
    return Response(atom.atom(await feed_of_events(request, where, db)), media_type=atom.ATOM)


@router.get(
    "/events.georss", response_class=Response, responses={200: {"content": {atom.RSS: {}}}, **NOT_CHANGED, **REFUSALS}
)
@public
async def follow_events_by_rss(request: Request, where: Annotated[EventFilter, Query()], db: HotDb) -> Response:
    """Events as an RSS 2.0 feed with GeoRSS, the last changed first."""
    return Response(atom.rss(await feed_of_events(request, where, db)), media_type=atom.RSS)


@router.get(
    "/warnings.atom", response_class=Response, responses={200: {"content": {atom.ATOM: {}}}, **NOT_CHANGED, **REFUSALS}
)
@public
async def follow_warnings(request: Request, where: Annotated[WarningFilter, Query()], db: HotDb) -> Response:
    """The warnings in force as an Atom index of CAP 1.2 messages, the last changed first."""
    check(request, where)
    asked = last_changed_first(where)
    if "active" not in where.given and "state" not in where.given:
        asked = asked.model_copy(update={"active": True})
    page = await find_page(WARNINGS, asked, db)
    found = [entries.warning(record) for record in json.loads(page.results) if record.get("cap_url")]
    feed = feed_of(request, _("Warnings in force"), "/warnings", page, found, [], atom.ATOM)
    return Response(atom.atom(feed), media_type=atom.ATOM)


@router.get(
    "/events/{id_or_ref}.atom",
    response_class=Response,
    responses={200: {"content": {atom.ATOM: {}}}, **NOT_CHANGED, **NOT_THERE, **REFUSALS},
)
@public
async def follow_event(request: Request, id_or_ref: str, asked: Annotated[OneFeed, Query()], db: HotDb) -> Response:
    """What became known of one event, as an Atom feed: the latest 50 figures and the latest 50 situation reports."""
    check_once(request, asked)
    depends_on(request, *EVENTS.layers, "people")
    found, _changed = await find_event(request, id_or_ref, db)
    event = json.loads(found)
    feed = known_of_event(request, event, await figures_of(event, db), await reports_of(event, db))
    return Response(atom.atom(feed), media_type=atom.ATOM)


async def figures_of(event: dict[str, Any], db: Reader) -> list[Entry]:
    seen = [id for (id,) in await db.rows(events_shown(asking(), UUID(event["id"])))]
    page = await find_page(FIGURES, FiguresOfEvent(event=UUID(event["id"]), events=seen), db)
    return [entries.figure(record, event) for record in json.loads(page.results)]


async def reports_of(event: dict[str, Any], db: Reader) -> list[Entry]:
    page = await find_page(REPORTS, ReportsOfEvent(event=UUID(event["id"]), status=["published"]), db)
    return [entries.report(record, event) for record in json.loads(page.results)]


def known_of_event(request: Request, event: dict[str, Any], *found: list[Entry]) -> Feed:
    everything = sorted(chain(*found), key=lambda entry: entry.updated, reverse=True)
    own = entries.at(request.url.path)
    return Feed(
        id=entries.urn(event["id"]),
        title=event["title"],
        author=_("Almaty Centre"),
        language=languages.current().code,
        updated=entries.latest(entries.moment(event["updated_at"]), *(entry.updated for entry in everything)),
        links=[Link(entries.at(f"/events/{event['ref']}")), Link(own, "self", atom.ATOM)],
        entries=everything,
    )


async def feed_of_events(request: Request, where: EventFilter, db: Reader) -> Feed:
    check(request, where)
    depends_on(request, *EVENTS.layers)
    page = await find_page(EVENTS, last_changed_first(where), db)
    records = json.loads(page.results)
    names = await db.json(queries.indicators(languages.current().code))
    found = [entries.event(record, names) for record in records if "withdrawn_at" not in record]
    stubs = [record for record in records if "withdrawn_at" in record]
    gone = [] if where.cursor else await find_gone(where, db)
    media = atom.ATOM if request.url.path.endswith(".atom") else atom.RSS
    return feed_of(request, _("Events"), "/events", page, found, distinct([*stubs, *gone]), media)


async def find_gone(where: EventFilter, db: Reader) -> list[dict[str, Any]]:
    """What readers of the first page are to forget."""
    return [*(await db.json(queries.withdrawn(where))), *(await db.json(queries.hidden(where)))]


def distinct(stubs: Sequence[dict[str, Any]]) -> list[Gone]:
    return [entries.gone(stub) for stub in {stub["id"]: stub for stub in stubs}.values()]


def check(request: Request, where: TableFilter) -> None:
    check_once(request, where)
    for name in OF_FILES:
        if name in where.given:
            possible = ", ".join(name for name in type(where).model_fields if name not in OF_FILES)
            words = {"name": name, "possible": possible}
            raise Invalid.field(name, _("There is no parameter “%(name)s” here. Possible: %(possible)s.") % words)


def last_changed_first(where: Where) -> Where:
    """Readers of feeds expect what is new above, unless they asked for another order."""
    return where if where.ordering or where.ranking else where.model_copy(update={"ordering": "-updated_at"})


def feed_of(
    request: Request, title: str, page_address: str, page: Page, found: list[Entry], gone: list[Gone], media: str
) -> Feed:
    """A page of a list as a page of a feed (RFC 5005)."""
    asked = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    first = entries.at(with_query(request.url.path, asked))
    turns = {"next": page.cursor_next(), "previous": page.cursor_previous()}
    others = [Link(str(link(request.url.path, asked, cursor)), rel, media) for rel, cursor in turns.items() if cursor]
    this = entries.at(with_query(request.url.path, request.query_params.multi_items()))
    return Feed(
        id=first,
        title=f"{_('Almaty Centre')}: {title}",
        author=_("Almaty Centre"),
        language=languages.current().code,
        updated=entries.latest(*(entry.updated for entry in found), *(one.at for one in gone)),
        links=[
            Link(entries.at(with_query(page_address, asked))),
            Link(this, "self", media),
            Link(first, "first", media),
            *others,
        ],
        entries=found,
        gone=gone,
    )


def with_query(path: str, query: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(query, safe=',:')}" if query else path
