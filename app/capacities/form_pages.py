"""The doors for people who write capacities: /capacities/new, /mine, /{ref}/edit, /withdraw, and the forms they send.

What is refused comes back with everything that was typed. Where somebody was quicker, both versions stand side by side.
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app import languages
from app.answers import depends_on, expected_version, find_page, refuse_stale
from app.capacities import actions, entry, form
from app.capacities import writing_queries as queries
from app.capacities.models import MODES, READINESS, STATUSES, Capacity
from app.capacities.queries import CAPACITIES
from app.capacities.schemas import CapacityFilter
from app.db import Db
from app.equipment import words
from app.errors import AppError, Conflict, Stale
from app.forms import (
    Form,
    Typed,
    TypedForm,
    again,
    differences,
    first,
    is_ticked,
    merged,
    question_of,
    read,
    saved,
    undecided,
)  # fmt: skip
from app.idempotency import once
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.reading import HotDb
from app.records import VISIBILITY, version_of
from app.secrets import new_token
from app.web import as_page, environment, render, shown, spoken, without_filters
from app.writing import MaybeReason, Reason

Writer = Annotated[By, allowed_to(Permission.CAPACITY_WRITE)]
Values = dict[str, list[str]]

router = APIRouter(prefix="/capacities", dependencies=[Depends(as_page)], include_in_schema=False)
PLAIN = [Depends(without_filters)]
SAID_IN_WORDS = (*STATUSES, *READINESS, *MODES, *VISIBILITY)


# -- one's own records


class MineFilter(BaseModel):
    """Which page of one's own records; `confirmed` says how many were confirmed just now."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, max_length=1000)
    confirmed: int | None = Field(None, ge=0, le=1000)
    lang: str | None = None


@router.get("/mine")
async def list_mine(request: Request, by: Writer, asked: Annotated[MineFilter, Query()], db: HotDb) -> HTMLResponse:
    """What one's own organisation has, the longest unconfirmed first."""
    depends_on(request, *CAPACITIES.layers)
    where = CapacityFilter(organisation=[by.organisation_code], ordering="verified_at", limit=100, cursor=asked.cursor)
    page = shown(request, await find_page(CAPACITIES, where, db))
    stale = await find_page(CAPACITIES, CapacityFilter(organisation=[by.organisation_code], stale=True, limit=1), db)
    withdrawn = await db.json(queries.withdrawn_of(by, languages.current().code))
    for one in page["results"]:
        one["may_write"] = actions.may_write(by, True, one["country"]["iso3"])
    context = {"page": page, "stale": stale.counted["count"], "withdrawn": withdrawn, "confirmed": asked.confirmed}
    context["key"] = new_token()
    return render(request, "capacities/mine.html", **context)


@router.post("/verify", dependencies=PLAIN)
def verify_capacities(request: Request, by: Writer, typed: TypedForm, db: Db) -> Response:
    """Those that were ticked, or all of the page."""
    refs = typed.values.get("listed" if is_ticked(typed.values, "all") else "refs", [])

    def verify() -> Response:
        count = len(actions.verify_capacities(db, by, refs[:1000])) if refs else 0
        return RedirectResponse(f"/capacities/mine?confirmed={count}", 303)

    return once(db, by, request, typed.key, question_of(typed), verify)


# -- registering


@router.get("/new", dependencies=PLAIN)
def new_capacity(request: Request, by: Writer, db: Db) -> HTMLResponse:
    values: Values = {**form.NEW, "organisation": [by.organisation_code], "country": [queries.home_of(db, by)]}
    return show_form(request, db, by, Form("capacities/new", values, labels_for(by)))


@router.post("", dependencies=PLAIN)
def register_capacity(request: Request, by: Writer, typed: TypedForm, db: Db) -> Response:
    def register() -> Response:
        return to_page(actions.register_capacity(db, by, form.capacity_in(typed.values)))

    try:
        return saved(request, db, by, typed, register)
    except AppError as error:
        return show_form(request, db, by, again(typed, "capacities/new", labels_for(by), error), status=error.status)


# -- changing


@dataclass(frozen=True)
class Opened:
    """A record that its writer looks at: what stands in the fields of its form, those of the base only if they may see it."""

    capacity: Capacity
    sees_base: bool
    labels: dict[str, str]
    now: Values

    @property
    def draft(self) -> str:
        return f"capacities/{self.capacity.ref}"

    @property
    def version(self) -> str:
        return version_of(self.capacity.updated_at)


def opened(db: Session, by: By, id_or_ref: str) -> Opened:
    """Raises NotFound, Forbidden, Withdrawn."""
    held = actions.mine(db, by, id_or_ref, queries.capacities_seen)
    actions.refuse_withdrawn(held.capacity)
    written = entry.as_written(queries.state_of(db, held.capacity.id))
    labels = labels_for(by, held.sees_base)
    return Opened(held.capacity, held.sees_base, labels, form.values_of(written, labels))


def labels_for(by: By, sees_base: bool = True) -> dict[str, str]:
    """Of the fields that the form has for this asker."""
    is_for_any = by.may(Permission.CAPACITY_WRITE_ANY)
    return form.labels(*(() if sees_base else ("base",)), *(() if is_for_any else ("organisation",)))


@router.get("/{id_or_ref}/edit", dependencies=PLAIN)
def edit_capacity(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    it = opened(db, by, id_or_ref)
    return show_form(request, db, by, Form(it.draft, it.now, it.labels, version=it.version, was=it.now), it)


@router.post("/{id_or_ref}", dependencies=PLAIN)
def change_capacity(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    it = opened(db, by, id_or_ref)
    if typed.is_decision and (missing := undecided(it.labels, typed)):
        return show_conflict(request, db, by, it, typed, missing)
    if typed.is_decision:
        typed = Typed(merged(it.labels, typed), typed.key, typed.version, typed.was)

    def change() -> Response:
        refuse_stale(expected_version(typed.version), it.capacity.updated_at)
        form.capacity_in(typed.values)
        said = form.change(typed.values, it.now, it.labels)
        capacity = actions.change_capacity(db, by, it.capacity.ref, said, typed.version)
        if is_ticked(typed.values, "confirmed"):
            actions.confirm(db, by, capacity)
        return to_page(capacity)

    try:
        return saved(request, db, by, typed, change)
    except Stale:
        return show_conflict(request, db, by, opened(db, by, id_or_ref), typed)
    except AppError as error:
        return show_form(request, db, by, again(typed, it.draft, it.labels, error), it, error.status)


def show_conflict(
    request: Request, db: Session, by: By, it: Opened, typed: Typed, missing: list[str] = []
) -> HTMLResponse:
    """Both versions side by side. `missing` are the fields that nobody has chosen for yet."""
    wrong = [{"field": f"choose.{name}", "message": _("Choose one of the two versions.")} for name in missing]
    theirs = typed.was if missing else it.now
    version = typed.version if missing else it.version
    mine = Form(it.draft, typed.values, it.labels, wrong, version=version, was=theirs)
    say = partial(form.in_words, words_of(offered(db, by, typed.values, theirs)))
    found = differences(it.labels, theirs if missing else typed.was, theirs, typed.values, say)
    context = {"capacity": it.capacity, "form": mine, "differences": found, "title": title_of(it)}
    return render(request, "capacities/conflict.html", Conflict.status, **context)


# -- confirming, withdrawing, restoring


@router.post("/{id_or_ref}/verify", dependencies=PLAIN)
def verify_capacity(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def verify() -> Response:
        return to_page(actions.verify_capacity(db, by, id_or_ref, expected_version(typed.version)))

    return once(db, by, request, typed.key, question_of(typed), verify)


@router.get("/{id_or_ref}/withdraw", dependencies=PLAIN)
def ask_for_reason(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    it = opened(db, by, id_or_ref)
    return show_withdraw(request, it, Form(f"{it.draft}/withdraw", {}, {"reason": _("Reason")}, version=it.version))


@router.post("/{id_or_ref}/withdraw", dependencies=PLAIN)
def withdraw_capacity(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    it, names = opened(db, by, id_or_ref), {"reason": _("Reason")}

    def withdraw() -> Response:
        why = read(Reason, {"reason": typed.text("reason")}, names)
        return to_page(actions.withdraw_capacity(db, by, id_or_ref, why.reason, expected_version(typed.version)))

    try:
        return saved(request, db, by, typed, withdraw)
    except AppError as error:
        sent = again(typed, f"{it.draft}/withdraw", names, error)
        sent.version = it.version  # the page shows what it says now: pressed again, that is what is meant
        return show_withdraw(request, it, sent, error.status)


def show_withdraw(request: Request, it: Opened, sent: Form, status: int = 200) -> HTMLResponse:
    return render(request, "capacities/withdraw.html", status, capacity=it.capacity, form=sent, title=title_of(it))


@router.post("/{id_or_ref}/restore", dependencies=PLAIN)
def restore_capacity(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def restore() -> Response:
        why = read(MaybeReason, {"reason": typed.text("reason")}, {"reason": _("Reason")})
        return to_page(actions.restore_capacity(db, by, id_or_ref, why.reason, expected_version(typed.version)))

    return once(db, by, request, typed.key, question_of(typed), restore)


# -- what they share


def to_page(capacity: Capacity) -> Response:
    return RedirectResponse(f"/capacities/{capacity.ref}", 303)


def title_of(it: Opened) -> str:
    return languages.label(it.capacity.names)


def show_form(
    request: Request, db: Session, by: By, sent: Form, it: Opened | None = None, status: int = 200
) -> HTMLResponse:
    """The form of a capacity, new or to be changed."""
    context: dict[str, Any] = {"form": sent, "capacity": it and it.capacity, "sees_base": it is None or it.sees_base}
    context["title"] = title_of(it) if it else ""
    context["for_any"] = "organisation" in sent.labels
    return render(request, "capacities/edit.html", status, **context, choices=offered(db, by, sent.values))


def offered(db: Session, by: By, *versions: Any) -> dict[str, Any]:
    """What can be chosen, with what stands there already."""
    chosen = [first(values, name) for values in versions for name in ("country", "base.area")]
    found = queries.choices(db, by, languages.current().code, chosen)
    chosen_languages = {code for values in versions for code in values.get("languages", ())}
    codes = [*form.OFFERED_LANGUAGES, *sorted(chosen_languages - set(form.OFFERED_LANGUAGES))]
    return found | {"specification": words.choices(), "languages": [(code, spoken([code])) for code in codes]}


def words_of(choices: dict[str, Any]) -> dict[str, str]:
    """Of all codes what they are called."""
    word = environment().get_template("components/words.html").module.word  # type: ignore[attr-defined]
    found = {code: str(word(code)).strip() for code in SAID_IN_WORDS}
    found |= dict([*choices["country"], *choices["organisation"], *choices["unit"], *choices["languages"]])
    return found | {
        code: name for field in ("type", "area") for _title, pairs in choices[field] for code, name in pairs
    }
