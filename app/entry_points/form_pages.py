"""The doors for people who keep the register of entry points, say how one is now, and how a country receives help.

What is refused comes back with everything that was typed. Where somebody was quicker, both versions stand side by side.
"""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, not_found, refuse_stale
from app.db import Db
from app.entry_points import actions, form
from app.entry_points import writing_queries as queries
from app.entry_points.models import EntryPoint
from app.entry_points.schemas import Section
from app.entry_points.words import words
from app.entry_points.writing_queries import ENTRY_POINT_STATE, SUPPORT_STATE
from app.errors import AppError, Conflict, Stale
from app.forms import Form, Typed, TypedForm, Values, again, differences, merged, read, saved, undecided
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.web import as_page, render, without_filters
from app.writing import Reason

router = APIRouter(dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)
Keeper = Annotated[By, allowed_to(Permission.EVENT_WRITE)]
Teller = Annotated[By, allowed_to(Permission.REQUEST_WRITE)]


# -- the register


@router.get("/entry-points/new")
def new_entry_point(request: Request, by: Keeper, db: Db) -> HTMLResponse:
    return show_form(request, db, by, Form("entry-points/new", {}, form.labels()))


@router.post("/entry-points")
def register_entry_point(request: Request, by: Keeper, typed: TypedForm, db: Db) -> Response:
    def register() -> Response:
        return to_page(actions.register_entry_point(db, by, form.entry_point_in(typed.values)))

    try:
        return saved(request, db, by, typed, register)
    except AppError as error:
        return show_form(request, db, by, again(typed, "entry-points/new", form.labels(), error), status=error.status)


@router.get("/entry-points/{id_or_ref}/edit")
def edit_entry_point(request: Request, id_or_ref: str, by: Keeper, db: Db) -> HTMLResponse:
    point, now = opened(db, by, id_or_ref)
    version = version_of(point.updated_at)
    return show_form(request, db, by, Form(draft_of(point), now, form.labels(), version=version, was=now), point)


@router.post("/entry-points/{id_or_ref}")
def change_entry_point(request: Request, id_or_ref: str, by: Keeper, typed: TypedForm, db: Db) -> Response:
    point, now = opened(db, by, id_or_ref)
    labels = form.labels()
    if typed.is_decision and (missing := undecided(labels, typed)):
        return show_conflict(request, db, by, Sides(point, labels, now, typed, missing))
    if typed.is_decision:
        typed = Typed(merged(labels, typed), typed.key, typed.version, typed.was)

    def change() -> Response:
        refuse_stale(expected_version(typed.version), point.updated_at)
        form.entry_point_in(typed.values)
        return to_page(actions.change_entry_point(db, by, point.ref, form.change(typed.values, now), typed.version))

    try:
        return saved(request, db, by, typed, change)
    except Stale:
        point, now = opened(db, by, id_or_ref)
        return show_conflict(request, db, by, Sides(point, labels, now, typed, []))
    except AppError as error:
        return show_form(request, db, by, again(typed, draft_of(point), labels, error), point, error.status)


@router.get("/entry-points/{id_or_ref}/withdraw")
def ask_for_reason(request: Request, id_or_ref: str, by: Keeper, db: Db) -> HTMLResponse:
    point, _now = opened(db, by, id_or_ref)
    version = version_of(point.updated_at)
    return show_withdraw(
        request, point, Form(f"{draft_of(point)}/withdraw", {}, {"reason": _("Reason")}, version=version)
    )


@router.post("/entry-points/{id_or_ref}/withdraw")
def withdraw_entry_point(request: Request, id_or_ref: str, by: Keeper, typed: TypedForm, db: Db) -> Response:
    point, _now = opened(db, by, id_or_ref)
    labels = {"reason": _("Reason")}

    def withdraw() -> Response:
        why = read(Reason, {"reason": typed.text("reason")}, labels)
        actions.withdraw_entry_point(db, by, point.ref, why.reason, expected_version(typed.version))
        return RedirectResponse("/entry-points", 303)

    try:
        return saved(request, db, by, typed, withdraw)
    except AppError as error:
        sent = again(typed, f"{draft_of(point)}/withdraw", labels, error)
        sent.version = version_of(point.updated_at)
        return show_withdraw(request, point, sent, error.status)


# -- how it is now


@router.get("/entry-points/{id_or_ref}/report")
def new_report(request: Request, id_or_ref: str, by: Teller, db: Db) -> HTMLResponse:
    point = to_report(db, by, id_or_ref)
    return show_report(request, point, Form(f"{draft_of(point)}/report", form.new_report(), form.report_labels()))


@router.post("/entry-points/{id_or_ref}/report")
def report_status(request: Request, id_or_ref: str, by: Teller, typed: TypedForm, db: Db) -> Response:
    point = to_report(db, by, id_or_ref)

    def report() -> Response:
        return to_page(actions.report_status(db, by, point.ref, form.report_in(typed.values)))

    try:
        return saved(request, db, by, typed, report)
    except AppError as error:
        sent = again(typed, f"{draft_of(point)}/report", form.report_labels(), error)
        return show_report(request, point, sent, error.status)


# -- host nation support


@router.get("/countries/{iso3}/host-nation-support/{section}/edit")
def edit_support(request: Request, iso3: str, section: Section, by: Teller, db: Db) -> HTMLResponse:
    country, version, now = support_to_write(db, by, iso3, section)
    name = f"host-nation-support/{iso3}/{section}"
    return show_support_form(
        request, country, section, Form(name, now, form.support_labels(), version=version, was=now)
    )


@router.post("/countries/{iso3}/host-nation-support/{section}")
def write_support(request: Request, iso3: str, section: Section, by: Teller, typed: TypedForm, db: Db) -> Response:
    country, version, now = support_to_write(db, by, iso3, section)

    def write() -> Response:
        new = form.support_in(typed.values)
        actions.write_support(db, by, iso3, section, new, expected_version(typed.version))
        return RedirectResponse(f"/countries/{country['iso3']}/host-nation-support#{section}", 303)

    try:
        return saved(request, db, by, typed, write)
    except AppError as error:
        sent = again(typed, f"host-nation-support/{iso3}/{section}", form.support_labels(), error)
        if isinstance(error, Stale):  # what stands there now is shown above what was typed
            sent.version, sent.was = version, now
        told = now if isinstance(error, Stale) else {}
        return show_support_form(request, country, section, sent, error.status, theirs=told)


# -- what they share


def opened(db: Session, by: By, id_or_ref: str) -> tuple[EntryPoint, Values]:
    """An entry point for whoever keeps it, and what stands in its fields. Raises NotFound, Forbidden."""
    point = actions.mine(db, by, id_or_ref, lock=False)
    return point, form.values_of(queries.state_of(db, ENTRY_POINT_STATE, point.id))


def to_report(db: Session, by: By, id_or_ref: str) -> EntryPoint:
    """Raises NotFound, Forbidden."""
    point = queries.lock_entry_point(db, id_or_ref, lock=False)
    if point is None or point.withdrawn_at:
        raise not_found(id_or_ref)
    actions.demand_voice(db, by, [point.country_iso3, point.across_iso3])
    return point


def support_to_write(db: Session, by: By, iso3: str, section: str) -> tuple[dict[str, str], str, Values]:
    """The country, the version of what its section says (`*`: nothing yet) and the fields. Raises NotFound, Forbidden."""
    country = queries.country(db, iso3.upper())
    if country is None:
        raise not_found(iso3)
    actions.demand_voice(db, by, [country.iso3])
    written = queries.lock_support(db, country.iso3, section, lock=False)
    state = queries.state_of(db, SUPPORT_STATE, written.id) if written else {}
    named = {"iso3": country.iso3, "name": languages.label(country.names)}
    return named, version_of(written.updated_at) if written else "*", form.support_values(state)


def to_page(point: EntryPoint) -> Response:
    return RedirectResponse(f"/entry-points/{point.ref}", 303)


def draft_of(point: EntryPoint) -> str:
    return f"entry-points/{point.ref}"


def show_form(
    request: Request, db: Session, by: By, shown: Form, point: EntryPoint | None = None, status: int = 200
) -> HTMLResponse:
    context: dict[str, Any] = {
        "form": shown,
        "point": point,
        "title": languages.label(point.names) if point else "",
        "choices": queries.choices(db, by, languages.current().code),
        "words": words(),
    }
    return render(request, "entry_points/edit.html", status, **context)


class Sides:
    """Two who changed the same entry point. `missing` are the fields that nobody has chosen for yet."""

    def __init__(
        self, point: EntryPoint, labels: Mapping[str, str], now: Values, typed: Typed, missing: list[str]
    ) -> None:
        self.point, self.labels, self.now, self.typed, self.missing = point, labels, now, typed, missing


def show_conflict(request: Request, db: Session, by: By, it: Sides) -> HTMLResponse:
    """Both versions side by side."""
    wrong = [{"field": f"choose.{name}", "message": _("Choose one of the two versions.")} for name in it.missing]
    theirs = it.typed.was if it.missing else it.now
    version = it.typed.version if it.missing else version_of(it.point.updated_at)
    mine = Form(draft_of(it.point), it.typed.values, it.labels, wrong, version=version, was=theirs)
    say = partial(form.in_words, spoken(queries.choices(db, by, languages.current().code)))
    was = theirs if it.missing else it.typed.was
    found = differences(it.labels, was, theirs, it.typed.values, say)
    title = languages.label(it.point.names)
    context = {"point": it.point, "form": mine, "differences": found, "title": title}
    return render(request, "entry_points/conflict.html", Conflict.status, **context)


def spoken(choices: Mapping[str, Any]) -> dict[str, str]:
    """Every code that a field of the form can hold, by its name."""
    said = words()
    return {
        **said["kind"],
        **said["passes"],
        **said["evidence"],
        **dict(choices["country"]),
        **dict(choices["contact"]),
    }


def show_withdraw(request: Request, point: EntryPoint, shown: Form, status: int = 200) -> HTMLResponse:
    title = languages.label(point.names)
    return render(request, "entry_points/withdraw.html", status, point=point, form=shown, title=title)


def show_report(request: Request, point: EntryPoint, shown: Form, status: int = 200) -> HTMLResponse:
    title = languages.label(point.names)
    return render(request, "entry_points/report.html", status, point=point, form=shown, title=title, words=words())


def show_support_form(
    request: Request, country: dict[str, str], section: str, shown: Form, status: int = 200, theirs: Values = {}
) -> HTMLResponse:
    said = words()
    context = {"country": country, "section": section, "title": said["section"][section], "theirs": theirs}
    return render(request, "entry_points/support_edit.html", status, form=shown, words=said, **context)
