"""The doors for people who write equipment profiles: the profile, its lines one by one, and withdrawing it.

Lines are known by their place; every form carries the version of the profile, so a place never means another line unseen.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, not_found
from app.db import Db
from app.equipment import actions, form, words
from app.equipment import writing_queries as queries
from app.equipment.models import EquipmentProfile
from app.equipment.schemas import ProfileIn
from app.errors import AppError
from app.forms import Form, Typed, TypedForm, again, question_of, read, saved
from app.idempotency import once
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.web import as_page, render, without_filters
from app.writing import Reason

Writer = Annotated[By, allowed_to(Permission.REQUEST_WRITE)]

router = APIRouter(
    prefix="/equipment-profiles", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)


# -- the profile


@router.get("/new")
def new_profile(request: Request, by: Writer, db: Db) -> HTMLResponse:
    state = {"organisation": by.organisation_code, "country": queries.home_of(db, by), "visibility": "partners"}
    return show_form(request, db, Form("equipment/new", form.values_of(state), labels_for(by)))


@router.post("")
def write_profile(request: Request, by: Writer, typed: TypedForm, db: Db) -> Response:
    def write() -> Response:
        said = form.profile_said(typed.values, labels_for(by), {})
        return to_page(actions.write_profile(db, by, ProfileIn.model_validate(said)))

    try:
        return saved(request, db, by, typed, write)
    except AppError as error:
        return show_form(request, db, again(typed, "equipment/new", labels_for(by), error), status=error.status)


@router.get("/{id_or_ref}/edit")
def edit_profile(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    profile, state = opened(db, by, id_or_ref)
    return show_form(
        request, db, filled(f"equipment/{profile.ref}", form.values_of(state), labels_for(by), profile), profile
    )


@router.post("/{id_or_ref}")
def change_profile(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    profile, state = opened(db, by, id_or_ref)

    def change() -> Response:
        said = form.profile_said(typed.values, labels_for(by), state)
        return to_page(actions.change_profile(db, by, id_or_ref, said, expected_version(typed.version)))

    try:
        return saved(request, db, by, typed, change)
    except AppError as error:
        sent = again(typed, f"equipment/{profile.ref}", labels_for(by), error)
        return show_form(request, db, sent, profile, error.status)


# -- its lines


@router.get("/{id_or_ref}/lines/new")
def new_line(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    profile, _state = opened(db, by, id_or_ref)
    sent = filled(f"equipment/{profile.ref}/new", form.line_values({}), form.line_labels(), profile)
    return show_line(request, db, sent, profile)


@router.post("/{id_or_ref}/lines")
def add_line(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    return save_line(request, db, by, typed, id_or_ref, 0, lambda lines: [*lines, form.line_said(typed.values)])


@router.get("/{id_or_ref}/lines/{position}/edit")
def edit_line(request: Request, id_or_ref: str, position: int, by: Writer, db: Db) -> HTMLResponse:
    profile, state = opened(db, by, id_or_ref)
    line = line_at(state, position)
    sent = filled(f"equipment/{profile.ref}/{position}", form.line_values(line), form.line_labels(), profile)
    return show_line(request, db, sent, profile, position)


@router.post("/{id_or_ref}/lines/{position}")
def change_line(request: Request, id_or_ref: str, position: int, by: Writer, typed: TypedForm, db: Db) -> Response:
    def changed(lines: list[Any]) -> list[Any]:
        return [*lines[: position - 1], form.line_said(typed.values), *lines[position:]]

    return save_line(request, db, by, typed, id_or_ref, position, changed)


@router.post("/{id_or_ref}/lines/{position}/remove")
def remove_line(request: Request, id_or_ref: str, position: int, by: Writer, typed: TypedForm, db: Db) -> Response:
    profile, state = opened(db, by, id_or_ref)

    def remove() -> Response:
        line_at(state, position)
        left = [*state["lines"][: position - 1], *state["lines"][position:]]
        version = expected_version(typed.version)
        return to_page(actions.change_profile(db, by, profile.ref, {"lines": left}, version))

    return once(db, by, request, typed.key, question_of(typed), remove)


def save_line(
    request: Request, db: Session, by: By, typed: Typed, id_or_ref: str, position: int,
    changed: Callable[[list[Any]], list[Any]],
) -> Response:  # fmt: skip
    """The profile with its lines as `changed` makes them; position 0 is a line that is new."""
    profile, state = opened(db, by, id_or_ref)
    if position:
        line_at(state, position)

    def save() -> Response:
        said = {"lines": changed(state["lines"])}
        return to_page(actions.change_profile(db, by, profile.ref, said, expected_version(typed.version)))

    try:
        return saved(request, db, by, typed, save)
    except AppError as error:
        sent = again(typed, f"equipment/{profile.ref}/{position or 'new'}", form.line_labels(), error)
        sent.errors = [{**one, "field": in_line(one["field"])} for one in sent.errors]
        return show_line(request, db, sent, profile, position, error.status)


def in_line(field: str) -> str:
    """`lines.3.type` of the profile is `type` in the form of the line."""
    return field.split(".", 2)[2] if field.startswith("lines.") and field.count(".") > 1 else field


def line_at(state: Mapping[str, Any], position: int) -> Mapping[str, Any]:
    if not 1 <= position <= len(state["lines"]):
        raise not_found(str(position))
    line: Mapping[str, Any] = state["lines"][position - 1]
    return line


# -- withdrawing


@router.get("/{id_or_ref}/withdraw")
def ask_for_reason(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    profile, _state = opened(db, by, id_or_ref)
    return show_withdraw(
        request, filled(f"equipment/{profile.ref}/withdraw", {}, {"reason": _("Reason")}, profile), profile
    )


@router.post("/{id_or_ref}/withdraw")
def withdraw_profile(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    profile, _state = opened(db, by, id_or_ref)
    names = {"reason": _("Reason")}

    def withdraw() -> Response:
        why = read(Reason, {"reason": typed.text("reason")}, names)
        actions.withdraw_profile(db, by, id_or_ref, why.reason, expected_version(typed.version))
        return RedirectResponse("/equipment-profiles", 303)

    try:
        return saved(request, db, by, typed, withdraw)
    except AppError as error:
        return show_withdraw(
            request, again(typed, f"equipment/{profile.ref}/withdraw", names, error), profile, error.status
        )


# -- what they share


def opened(db: Session, by: By, id_or_ref: str) -> tuple[EquipmentProfile, dict[str, Any]]:
    """A profile that its writer looks at, and what it says. Raises NotFound, Forbidden, Withdrawn."""
    profile = actions.mine(db, by, id_or_ref, lock=False)
    actions.refuse_withdrawn(profile)
    return profile, queries.state_of(db, profile.id)


def filled(name: str, values: dict[str, list[str]], labels: dict[str, str], profile: EquipmentProfile) -> Form:
    return Form(name, values, labels, version=version_of(profile.updated_at), was=values)


def labels_for(by: By) -> dict[str, str]:
    return form.labels(by.may(Permission.CAPACITY_WRITE_ANY))


def to_page(profile: EquipmentProfile) -> Response:
    return RedirectResponse(f"/equipment-profiles/{profile.ref}", 303)


def show_form(
    request: Request, db: Session, sent: Form, profile: EquipmentProfile | None = None, status: int = 200
) -> HTMLResponse:
    choices = queries.choices(db, languages.current().code, sent.text("country"))
    context = {"form": sent, "profile": profile, "title": title_of(profile), "choices": choices}
    return render(request, "equipment/edit.html", status, **context)


def show_line(
    request: Request, db: Session, sent: Form, profile: EquipmentProfile, position: int = 0, status: int = 200
) -> HTMLResponse:
    choices = queries.choices(db, languages.current().code) | {"specification": words.choices()}
    context = {"form": sent, "profile": profile, "title": title_of(profile), "position": position, "choices": choices}
    return render(request, "equipment/line.html", status, **context)


def show_withdraw(request: Request, sent: Form, profile: EquipmentProfile, status: int = 200) -> HTMLResponse:
    return render(request, "equipment/withdraw.html", status, form=sent, profile=profile, title=title_of(profile))


def title_of(profile: EquipmentProfile | None) -> str:
    return languages.label(profile.names) if profile else ""
