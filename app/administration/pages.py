"""The doors for administrators: /people, an invitation, one person with their roles, and what can be done with an account."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app import forms, languages
from app.accounts import sessions
from app.accounts.queries import has_passkey
from app.accounts.sign_in_pages import unkept
from app.administration import actions as administration
from app.administration import queries
from app.administration.schemas import STATUSES, Invitation, PeopleFilter, Roles
from app.db import Db
from app.errors import AppError, Invalid
from app.forms import Typed, TypedForm
from app.languages import gettext as _
from app.languages import label
from app.mail import queries as mail_queries
from app.people.access import allowed_to
from app.people.models import Organisation, User
from app.permissions import CENTRE_ROLES, By, Permission, Role
from app.web import as_page, render, url_with, without_filters

P = Permission
Manager = Annotated[By, allowed_to(P.PEOPLE_MANAGE)]
Reason = Annotated[str, Form()]
LONGEST_REASON = 500
PLAIN = [Depends(without_filters)]


def confirmed(request: Request, by: Manager, db: Db) -> By:
    """For what a thief of a session would like to do: whoever signed in long ago does so again, and comes back."""
    sessions.confirm(db, request, by)
    return by


Confirmed = Annotated[By, Depends(confirmed)]

router = APIRouter(prefix="/people", dependencies=[Depends(as_page)], include_in_schema=False)


def sentences() -> dict[Role, str]:
    """What each role may do."""
    return {
        Role.READER: _("Reads what is shared with partners."),
        Role.CONTRIBUTOR: _("Keeps the capacities and contacts of the own organisation."),
        Role.REQUESTER: _("Asks for assistance for the country."),
        Role.APPROVER: _("Decides on requests for assistance, and makes the organisation’s API keys."),
        Role.ANALYST: _("Reads everything that the Centre is told."),
        Role.STOCK_KEEPER: _("Moves the Centre’s stock."),
        Role.OPERATOR: _("Logs events, keeps the capacities of every organisation, handles requests."),
        Role.ADMINISTRATOR: _("Invites people, gives roles, searches history."),
    }


def labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "email": _("E-mail address"),
        "organisation": _("Organisation"),
        "language": _("Language"),
        "roles": _("Roles"),
    }


# -- the list


@router.get("")
def list_people(request: Request, where: Annotated[PeopleFilter, Query()], db: Db, by: Manager) -> HTMLResponse:
    limit = by.rights[P.PEOPLE_MANAGE]
    found = queries.find_people(db, where, limit, only_demonstration=queries.is_demonstration(db, by.user_id))
    page, more = found[: queries.AT_A_TIME], found[queries.AT_A_TIME :]
    return unkept(
        render(
            request,
            "administration/list.html",
            people=page,
            where=where,
            following=url_with(request, after=str(page[-1][0].id)) if more else None,
            organisations=[
                ("", _("all")),
                *((one.code, label(one.names)) for one in administration.organisations(db, by)),
            ],
            statuses=STATUSES,
            roles=list(Role),
        )
    )


# -- inviting


@router.get("/invite", dependencies=PLAIN)
def new_invitation(request: Request, db: Db, by: Confirmed) -> HTMLResponse:
    return invitation_form(request, db, by, {"language": [languages.current().code]})


@router.post("/invite", dependencies=PLAIN)
def invite(request: Request, db: Db, by: Confirmed, typed: TypedForm) -> Any:
    try:
        new = forms.read(Invitation, only(typed, "name", "email", "organisation", "language") | chosen(typed), labels())
        with db.begin_nested():
            person = administration.invite(db, by, new, site(request))
    except Invalid as error:
        return invitation_form(request, db, by, typed.values, error)
    return RedirectResponse(f"/people/{person.id}", 303)


def invitation_form(
    request: Request, db: Db, by: By, values: Mapping[str, list[str]], error: AppError | None = None
) -> HTMLResponse:
    organisations = administration.organisations(db, by)
    return form_page(request, db, by, "administration/invite.html", values, error, organisations=organisations)


# -- one person


@router.get("/{id:uuid}", dependencies=PLAIN)
def show_person(request: Request, db: Db, by: Manager, id: UUID) -> HTMLResponse:
    return person_page(request, db, by, *administration.get_person(db, by, id))


@router.post("/{id:uuid}/roles", dependencies=PLAIN)
def change_roles(request: Request, db: Db, by: Confirmed, id: UUID, typed: TypedForm) -> Any:
    try:
        new = forms.read(Roles, chosen(typed), labels())
        with db.begin_nested():
            administration.change_roles(db, by, id, new, was(typed))
    except AppError as error:
        person, organisation = administration.get_person(db, by, id)
        return person_page(request, db, by, person, organisation, error, typed.values)
    return RedirectResponse(f"/people/{id}", 303)


@router.post("/{id:uuid}/invite", dependencies=PLAIN)
def invite_again(request: Request, db: Db, by: Confirmed, id: UUID) -> Any:
    return done(request, db, by, id, lambda: administration.invite_again(db, by, id, site(request)))


@router.post("/{id:uuid}/suspend", dependencies=PLAIN)
def suspend(request: Request, db: Db, by: Confirmed, id: UUID, reason: Reason = "") -> Any:
    return done(request, db, by, id, lambda: administration.suspend(db, by, id, said(reason)))


@router.post("/{id:uuid}/restore", dependencies=PLAIN)
def restore(request: Request, db: Db, by: Confirmed, id: UUID, reason: Reason = "") -> Any:
    return done(request, db, by, id, lambda: administration.restore(db, by, id, said(reason)))


@router.post("/{id:uuid}/second-factor", dependencies=PLAIN)
def reset_second_factor(request: Request, db: Db, by: Confirmed, id: UUID, reason: Reason = "") -> Any:
    return done(
        request, db, by, id, lambda: administration.reset_second_factor(db, by, id, said(reason), site(request))
    )


@router.post("/{id:uuid}/erase", dependencies=PLAIN)
def erase(request: Request, db: Db, by: Confirmed, id: UUID, reason: Reason = "") -> Any:
    return done(request, db, by, id, lambda: administration.erase(db, by, id, said(reason)))


def done(request: Request, db: Db, by: By, id: UUID, do: Callable[[], None]) -> Any:
    """Back to the person, or the person's page with why it was not done."""
    try:
        with db.begin_nested():
            do()
    except AppError as error:
        if error.status == 404:
            raise
        return person_page(request, db, by, *administration.get_person(db, by, id), error)
    return RedirectResponse(f"/people/{id}", 303)


def person_page(
    request: Request,
    db: Db,
    by: By,
    person: User,
    organisation: Organisation,
    error: AppError | None = None,
    typed: Mapping[str, list[str]] | None = None,
) -> HTMLResponse:
    granted = queries.roles_granted(db, person.id)
    values = typed if typed and error and error.status == 422 else as_typed(granted)
    return form_page(
        request,
        db,
        by,
        "administration/show.html",
        values,
        error,
        user=person,
        organisation=organisation,
        granted=granted,
        was=[f"{role}:{','.join(codes)}" for role, codes in granted.items()],
        is_self=person.id == by.user_id,
        has_passkey=has_passkey(db, person.id),
        mail_failure=mail_queries.failure_to(db, person.email) if person.email else None,
    )


def form_page(
    request: Request,
    db: Db,
    by: By,
    template: str,
    values: Mapping[str, list[str]],
    error: AppError | None,
    **context: Any,
) -> HTMLResponse:
    form = forms.Form("person", values, labels(), error.errors if error else (), error.detail if error else "")
    limit = by.rights[P.PEOPLE_MANAGE]
    countries = queries.countries(db, languages.current().code)
    return unkept(
        render(
            request,
            template,
            error.status if error else 200,
            form=form,
            countries=[one for one in countries if limit is None or one[0] in limit],
            is_limited=limit is not None,
            sentences=sentences(),
            centre_roles=CENTRE_ROLES,
            **context,
        )
    )


# -- what was typed


def only(typed: Typed, *names: str) -> dict[str, Any]:
    return {name: typed.text(name) for name in names}


def chosen(typed: Typed) -> dict[str, Any]:
    """The ticked roles, each with the countries ticked under it."""
    roles = typed.values.get("roles", [])
    return {"roles": [{"role": role, "countries": typed.values.get(f"countries.{role}", [])} for role in roles]}


def as_typed(granted: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {"roles": list(granted)} | {f"countries.{role}": codes for role, codes in granted.items()}


def was(typed: Typed) -> dict[str, list[str]]:
    """The roles that the page showed when it was opened."""
    pairs = (one.partition(":") for one in typed.values.get("roles_were", []))
    return {role: [code for code in codes.split(",") if code] for role, _colon, codes in pairs}


def said(reason: str) -> str:
    """Why, for the history. Raises Invalid without it."""
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid.field("reason", _("Write why, in at most %(n)s characters.") % {"n": LONGEST_REASON})
    return reason


def site(request: Request) -> str:
    return str(request.app.state.settings.public_url)
