"""The doors for operators: /inbox and /inbox/{ref}, and the decisions that are pressed there. They work without JavaScript."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.answers import depends_on, expected_version, find_page, find_record
from app.db import Db
from app.errors import AppError
from app.events.actions import may_write
from app.events.writing_queries import duplicates
from app.forms import Typed, TypedForm, is_ticked, read, saved
from app.geo import Point
from app.inbox import actions, queries
from app.inbox.becoming import About, likely
from app.inbox.models import Candidate
from app.inbox.queries import CANDIDATES
from app.inbox.schemas import CandidateFilter, SameEvent, Undo
from app.inbox.told import time_of
from app.inbox.words import called, compared, region_words, told_changes
from app.inbox.writing_queries import candidate_seen
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission, asking, layers_seen
from app.places.map_drawing import Drawing, Mark, draw_map
from app.places.of_lists import area_names
from app.reading import HotDb, Reader
from app.records import version_of
from app.secrets import new_token
from app.sql import Sql
from app.trail.pages import history_of
from app.web import as_page, names_of, render, shown, without_filters
from app.writing import Reason

Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]

router = APIRouter(prefix="/inbox", dependencies=[Depends(as_page)], include_in_schema=False)

SHOWN = 25


async def count_waiting(db: Reader) -> int | None:
    """For the masthead: how many candidates wait for whoever asks; asked again only when the inbox has changed."""
    by = asking()
    if not by.may(Permission.EVENT_WRITE):
        return None
    [(number,)] = await db.held(queries.waiting(by), layers_seen(by, ("inbox",)))
    return int(number)


async def reported_by_feeds(event: str, db: Reader) -> dict[str, Any]:
    """For the page of an event: what feeds say of it, for whoever has signed in (pages for others are kept for long)."""
    return {"reported": await db.json(queries.of_event(event, languages.current().code)) if asking().is_known else []}


@router.get("")
async def list_candidates(
    request: Request, by: Writer, where: Annotated[CandidateFilter, Query()], db: HotDb
) -> HTMLResponse:
    depends_on(request, *CANDIDATES.layers)
    told = where.model_copy(update={"limit": where.limit or SHOWN})
    told = told if tabbed(where) else with_given(told, waiting=True)
    page = await find_page(CANDIDATES, told, db)
    counted = await db.json(queries.facets(told, languages.current().code))
    results = shown(request, page)
    for one in results["results"]:
        one["proposals"] = likely(await find_proposals(one, by, db)) if one["status"] == "undecided" else []
    return render(
        request,
        "inbox/list.html",
        page=results,
        facets=counted,
        names=names_of(counted) | await area_names(where.area, db),
        tabs=await db.json(queries.tabs(by)),
        tab=tab_of(where),
        drawing=await draw_list(results["results"], db),
        may_rule=by.may(Permission.FEED_MANAGE),
    )


def tabbed(where: CandidateFilter) -> bool:
    """Whether something else is asked for than what waits."""
    return not where.given.isdisjoint({"status", "waiting", "rule", "event", "changed"})


def with_given(where: CandidateFilter, **changes: Any) -> CandidateFilter:
    return CandidateFilter.model_validate({name: getattr(where, name) for name in where.given} | changes)


def tab_of(where: CandidateFilter) -> str:
    if not tabbed(where) or where.waiting:
        return "waiting"
    return where.status[0] if where.status and len(where.status) == 1 else ""


async def draw_list(candidates: list[dict[str, Any]], db: Reader) -> Drawing | None:
    marks = [mark for one in candidates if (mark := mark_of(one))]
    return await draw_map(db, _("Where they are"), marks=marks, list_address="/inbox") if marks else None


def mark_of(one: dict[str, Any]) -> Mark | None:
    if not one["point"]:
        return None
    return Mark(
        one["point"]["lon"], one["point"]["lat"], one["title"], f"/inbox/{one['ref']}", one["alert_level"] or "unrated"
    )


@router.get("/{id_or_ref}", dependencies=[Depends(without_filters)])
async def show_candidate(request: Request, id_or_ref: str, by: Writer, db: HotDb) -> HTMLResponse:
    record, updated_at = await find_record(CANDIDATES, id_or_ref, db)
    one = json.loads(record)
    items = await db.json(queries.items(one["id"]))
    found = await find_proposals(one, by, db)
    mark = mark_of(one)
    return render(
        request,
        "inbox/show.html",
        candidate=one,
        version=version_of(updated_at),
        key=new_token(),
        items=items,
        rows=compared(items, one["chosen"]),
        changes=told_changes(await db.json(queries.changes(one["id"]))),
        changed=called(one["changed_fields"]),
        proposals=found,
        is_likely=bool(likely(found)),
        where=region_words(one["region"]),
        drawing=await draw_map(db, one["title"], marks=[mark]) if mark else None,
        history=await history_of("candidates", one["id"], db),
        may_decide=may_write(
            by, await db.json(queries.touched(one["id"])) or [land["iso3"] for land in one["countries"]]
        ),
    )


async def find_proposals(one: dict[str, Any], by: By, db: Reader) -> list[dict[str, Any]]:
    """The events that may be the same, the likeliest first."""
    lang, point = languages.current().code, one["point"]
    known = About(
        one["hazard"] and one["hazard"]["code"], time_of(one["started_at"]), datetime.fromisoformat(one["created_at"]),
        Point(point["lon"], point["lat"]) if point else None, [country["iso3"] for country in one["countries"]], one["glide"],
    )  # fmt: skip
    like = await db.json(Sql(*duplicates(by, known.asked, lang))) if known.asked else []
    return known.rated(like, await db.json(queries.with_glide(by, known.glides, lang)) if known.glides else [])


# -- decisions: one press each


@router.post("/{id_or_ref}/event", dependencies=[Depends(without_filters)])
def make_event(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def make() -> Candidate:
        version = expected_version(typed.version)
        return actions.make_event(db, by, id_or_ref, None, version, nevertheless=typed.nevertheless)

    return pressed(request, id_or_ref, by, typed, db, make)


@router.post("/{id_or_ref}/join", dependencies=[Depends(without_filters)])
def join_event(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def join() -> Candidate:
        same = read(SameEvent, {"event": typed.text("event")}, {"event": _("Event")})
        return actions.join_event(db, by, id_or_ref, same.event, expected_version(typed.version))

    return pressed(request, id_or_ref, by, typed, db, join)


@router.post("/{id_or_ref}/dismiss", dependencies=[Depends(without_filters)])
def dismiss(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def put_aside() -> Candidate:
        why = read(Reason, {"reason": typed.text("reason")}, {"reason": _("Reason")})
        return actions.dismiss(db, by, id_or_ref, why.reason, expected_version(typed.version))

    return pressed(request, id_or_ref, by, typed, db, put_aside)


@router.post("/{id_or_ref}/take-back", dependencies=[Depends(without_filters)])
def take_back(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def undo() -> Candidate:
        why = read(Undo, {"reason": typed.text("reason")}, {"reason": _("Reason")})
        withdraw = is_ticked(typed.values, "withdraw_event")
        version = expected_version(typed.version)
        return actions.take_back(db, by, id_or_ref, why.reason, version, withdraw_event=withdraw)

    return pressed(request, id_or_ref, by, typed, db, undo)


@router.post("/{id_or_ref}/seen", dependencies=[Depends(without_filters)])
def see_change(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def see() -> Candidate:
        return actions.see_change(db, by, id_or_ref, expected_version(typed.version))

    return pressed(request, id_or_ref, by, typed, db, see)


def pressed(
    request: Request, id_or_ref: str, by: By, typed: Typed, db: Session, do: Callable[[], Candidate]
) -> Response:
    """Back to the candidate, which says what became of it; where it was refused, a page that says why and leads on."""
    try:
        return saved(request, db, by, typed, lambda: RedirectResponse(f"/inbox/{do().ref}", 303))
    except AppError as error:
        candidate = candidate_seen(db, by, id_or_ref)
        if candidate is None or error.status == 403:
            raise
        db.refresh(candidate)
        found = error.found if isinstance(error, actions.MayBeHere) else []
        return render(
            request, "inbox/refused.html", error.status, candidate=candidate, title=languages.label(candidate.titles),
            message=error.detail, proposals=found, version=version_of(candidate.updated_at), key=new_token(),
        )  # fmt: skip
