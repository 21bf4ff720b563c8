"""The doors for people who read warnings: the list, one warning, its board, the link of a mail, the rules, how fast answers come."""

import json
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from app import languages
from app.accounts import cookies
from app.answers import depends_on, find_page, find_record
from app.db import Db
from app.errors import AppError
from app.exercises import marked
from app.forms import TypedForm, question_of
from app.idempotency import once
from app.people.access import Asker, allowed_to, signed_in
from app.permissions import By, Permission, asking, public
from app.places.of_lists import area_names
from app.reading import HotDb, Reader
from app.trail.pages import history_of
from app.warnings import acknowledging, board_queries, form, messages, rule_set, words
from app.warnings import writing_queries as queries
from app.warnings.acknowledging import DeadLink
from app.warnings.actions import may_warn
from app.warnings.queries import WARNINGS
from app.warnings.schemas import WarningFilter
from app.web import Plain, as_page, render, shown, without_filters

lists = APIRouter(prefix="/warnings", dependencies=[Depends(as_page)], include_in_schema=False)
router = APIRouter(
    prefix="/warnings", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)
Person = Annotated[By, signed_in()]
Partner = Annotated[By, allowed_to(Permission.READ_PARTNERS)]
Analyst = Annotated[By, allowed_to(Permission.READ_CENTRE)]

MOST_IN_FORCE, MOST_OF_EVENT, MOST_BESIDE = 200, 50, 8
REF = re.compile(r"WA-\d{4}-\d{4,12}", re.ASCII)
HELD_S = 12 * 3600  # while somebody reads and asks around; the mail's link can be opened again


@lists.get("")
@public
async def list_warnings(request: Request, where: Annotated[WarningFilter, Query()], db: HotDb) -> HTMLResponse:
    """Those in force first; below, or where they are asked for, the others."""
    depends_on(request, *WARNINGS.layers)
    is_first = where.active is None and where.cursor is None
    page = await find_page(WARNINGS, where.model_copy(update={"active": False}) if is_first else where, db)
    active = where.model_copy(update={"active": True, "limit": MOST_IN_FORCE})
    return render(
        request,
        "warnings/list.html",
        in_force=earnest_first(shown(request, await find_page(WARNINGS, active, db))["results"]) if is_first else [],
        is_first=is_first,
        page=shown(request, page),
        names={"hazard": {}, "country": {}} | await area_names(where.area, db),
        words=words.words(),
    )


async def warnings_of(request: Request, ref: str, db: Reader) -> dict[str, Any]:
    """For the page of an event: its warnings, the latest first."""
    found = await find_page(WARNINGS, WarningFilter(event=[ref], limit=MOST_OF_EVENT), db)
    return {"warnings": shown(request, found)["results"], "warning_words": words.words()}


def earnest_first(warnings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In the order they had, but exercises and tests after what is meant in earnest."""
    return sorted(warnings, key=lambda one: one["status"] != "actual")


async def warnings_in_force(request: Request, db: Reader, **where: Any) -> dict[str, Any]:
    """For other pages: the warnings in force, those meant in earnest first, then the gravest."""
    asked = WarningFilter(active=True, ordering="-severity", limit=MOST_BESIDE, **where)
    found = await find_page(WARNINGS, asked, db)
    return {"warnings_in_force": earnest_first(shown(request, found)["results"]), "warning_words": words.words()}


@router.get("/rules")
def show_rules(request: Request, by: Person, db: Db) -> HTMLResponse:
    rule_set.demand_right(by)
    return render(request, "warnings/rules.html", rules=rule_set.shown(db), words=words.words(), errors={})


@router.post("/rules")
def change_rules(request: Request, by: Person, typed: TypedForm, db: Db) -> Response:
    rule_set.demand_right(by)
    try:
        rule_set.change(db, by, typed.values)
    except AppError as error:
        told = {one["field"]: one["message"] for one in error.errors}
        rows = rule_set.shown(db, typed.values)
        return render(request, "warnings/rules.html", error.status, rules=rows, words=words.words(), errors=told)
    return RedirectResponse("/warnings/rules", 303)


@router.get("/speed")
async def show_speed(request: Request, _by: Analyst, db: HotDb) -> HTMLResponse:
    """How many minutes organisations take; exercises are kept out."""
    depends_on(request, "warnings", "people")
    found = await db.json(board_queries.speed(languages.current().code))
    return render(request, "warnings/speed.html", found=found, words=words.words())


@router.get("/{id_or_ref}")
@public
async def show_warning(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *WARNINGS.layers)
    record, _updated_at = await find_record(WARNINGS, id_or_ref, db)
    warning, by = json.loads(record), asking()
    warning["infos"] = sorted(map(as_sent(warning), warning["infos"]), key=by_language)
    await acknowledging.note_look(request, warning["id"], db)
    lines = await board_of(by, warning, db) if by.is_known and warning["issued_at"] else []
    return render(
        request,
        "warnings/show.html",
        warning=warning,
        own=next((line for line in lines if line["organisation"]["code"] == by.organisation_code), None),
        lines=lines,
        sees_all=board_queries.sees_all(by, warning["organisation"]["code"]),
        may_write=may_write(by, warning),
        words=words.words(),
        history=await history_of("warnings", warning["id"], db),
    )


def as_sent(warning: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What is said in one language with the mark of an exercise in that language, as it went out."""

    def sent(info: dict[str, Any]) -> dict[str, Any]:
        with languages.speaking(info["language"]):
            return info | {"headline": marked(info["headline"], warning["exercise"])}

    return sent


def by_language(info: dict[str, Any]) -> tuple[bool, int]:
    """The reader's own language first, the others in their usual order."""
    code = info["language"]
    return code != languages.current().code, list(languages.LANGUAGES).index(code)


def may_write(by: By, warning: dict[str, Any]) -> bool:
    is_own = warning["organisation"]["code"] == by.organisation_code or by.may(Permission.READ_CENTRE)
    return is_own and may_warn(by, [country["iso3"] for country in warning["countries"]])


async def board_of(by: By, warning: dict[str, Any], db: Reader) -> list[dict[str, Any]]:
    issuer = warning["organisation"]["code"]
    found: list[dict[str, Any]] = await db.json(
        board_queries.board(by, warning["id"], issuer, languages.current().code)
    )
    return found


@router.get("/{id_or_ref}/board")
async def show_board(request: Request, id_or_ref: str, by: Partner, db: HotDb) -> HTMLResponse:
    """Who was told, has opened and acknowledged a warning, and who is late."""
    depends_on(request, *WARNINGS.layers)
    record, _updated_at = await find_record(WARNINGS, id_or_ref, db)
    warning = json.loads(record)
    return render(
        request,
        "warnings/board.html",
        warning=warning,
        lines=await board_of(by, warning, db),
        sees_all=board_queries.sees_all(by, warning["organisation"]["code"]),
        words=words.words(),
    )


@router.post("/{id_or_ref}/acknowledge")
def acknowledge(request: Request, id_or_ref: str, by: Partner, typed: TypedForm, db: Db) -> Response:
    def answer() -> Response:
        warning, _reader = acknowledging.acknowledge(db, by, id_or_ref, form.read_remark(typed))
        return RedirectResponse(f"/warnings/{warning.ref}", 303)

    return once(db, by, request, typed.key, question_of(typed), answer)


# -- by the link of a mail: for this warning and this person, without a password


class WithToken(Plain):
    """What the address in a mail holds."""

    token: str | None = Field(None, max_length=100)


@lists.get("/{id_or_ref}/read")
@public
def read_by_link(request: Request, id_or_ref: str, asked: Annotated[WithToken, Query()], db: Db) -> Response:
    """The token moves from the address into a cookie, which mail programs that look ahead rarely keep; then the warning is shown."""
    if asked.token and REF.fullmatch(id_or_ref):
        answer = RedirectResponse(request.url.path + (f"?lang={asked.lang}" if asked.lang else ""), 303)
        cookies.hold(answer, request, cookie_of(id_or_ref), asked.token, age=HELD_S)
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer
    return to_reader(request, id_or_ref, db)


@router.post("/{id_or_ref}/read")
@public
def acknowledge_by_link(request: Request, id_or_ref: str, by: Asker, typed: TypedForm, db: Db) -> Response:
    try:
        remark = form.read_remark(typed)
        acknowledging.acknowledge_by_link(db, by, id_or_ref, held(request, id_or_ref), remark)
    except AppError as error:
        return to_reader(request, id_or_ref, db, error)
    return RedirectResponse(f"/warnings/{id_or_ref}/read", 303)


def to_reader(request: Request, ref: str, db: Db, error: AppError | None = None) -> Response:
    """The warning for whoever has its link, or what to do about a dead one."""
    try:
        warning, reader = acknowledging.by_link(db, ref, held(request, ref))
    except DeadLink as dead:
        return unkept(render(request, "warnings/dead_link.html", dead.status, ref=ref.upper()[:40], detail=dead.detail))
    said = sorted(messages.said(warning, queries.facts_of(db, warning.id)), key=by_language)
    context = {"warning": warning, "reader": reader, "said": said, "words": words.words()}
    status, wrong = (error.status, error.detail) if error else (200, "")
    return unkept(render(request, "warnings/read.html", status, wrong=wrong, **context))


def unkept(answer: HTMLResponse) -> HTMLResponse:
    """What only this person may see, in no cache."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def cookie_of(ref: str) -> str:
    """One for each warning: two that are open side by side do not get into each other's way."""
    return f"warning-{ref}"


def held(request: Request, ref: str) -> str | None:
    return cookies.held(request, cookie_of(ref)) if REF.fullmatch(ref) else None
