"""The doors of one-time links: /welcome (an invitation), /recover (a forgotten password), /first-administrator.

Whoever looks at such a page uses nothing up. The token moves from the address into a cookie at once, so that neither the
next page's Referer nor a printed page nor anybody's history of addresses shows it.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field, ValidationError

from app.accounts import cookies, links, passwords, queries, recovery
from app.accounts.links import DeadLink
from app.accounts.sign_in_pages import unkept
from app.accounts.throttle import Throttled
from app.administration import invitations
from app.administration.queries import get_centre
from app.administration.schemas import Newcomer
from app.db import Db
from app.errors import Invalid, explained
from app.languages import gettext as _
from app.people.models import Organisation, User
from app.permissions import public
from app.web import Plain, as_page, render, without_filters

COOKIE = "link"
MOST_S = 3600  # for filling in the form; the link itself may serve longer, and can be opened again

router = APIRouter(dependencies=[Depends(as_page)], include_in_schema=False)

Typed = Annotated[str, Form()]


class WithToken(Plain):
    """What the address of a one-time link holds."""

    token: str | None = Field(None, max_length=100)


Asked = Annotated[WithToken, Query()]


# -- an invitation


@router.get("/welcome")
@public
def show_invitation(request: Request, asked: Asked, db: Db) -> Response:
    if asked.token:
        return with_token_aside(request, asked)
    return while_it_serves(request, links.INVITATION, lambda: invitation_form(request, db))


@router.post("/welcome", dependencies=[Depends(without_filters)])
@public
def accept_invitation(request: Request, db: Db, password: Typed = "", again: Typed = "") -> Response:
    def accepted() -> Response:
        person = invitations.person_of(db, held(request))
        if errors := wrong_with(password, again, person, queries.own_organisation(db, person)):
            return invitation_form(request, db, errors)
        return through(request, invitations.accept(db, request, held(request), password))

    return while_it_serves(request, links.INVITATION, accepted)


def invitation_form(request: Request, db: Db, errors: dict[str, str] = {}) -> HTMLResponse:
    person = invitations.person_of(db, held(request))
    organisation = queries.own_organisation(db, person)
    return page(request, "administration/welcome.html", errors, user=person, organisation=organisation)


# -- a forgotten password


@router.get("/recover", dependencies=[Depends(without_filters)])
@public
def show_recovery(request: Request) -> HTMLResponse:
    return page(request, "administration/recover.html", email="", is_asked=False)


@router.post("/recover", dependencies=[Depends(without_filters)])
@public
def ask_for_link(request: Request, db: Db, email: Typed = "") -> HTMLResponse:
    """The same answer whether there is an account or not, and also to who asks too often."""
    email = email.strip()
    if not 3 <= len(email) <= 254 or "@" not in email:
        errors = {"email": _("Write the e-mail address of your account.")}
        return page(request, "administration/recover.html", errors, email=email, is_asked=False)
    try:
        with db.begin_nested():
            recovery.ask(db, request, email)
    except Throttled:
        pass
    return page(request, "administration/recover.html", email=email, is_asked=True)


@router.get("/recover/new-password")
@public
def show_new_password(request: Request, asked: Asked, db: Db) -> Response:
    if asked.token:
        return with_token_aside(request, asked)
    return while_it_serves(request, links.RECOVERY, lambda: new_password_form(request, db))


@router.post("/recover/new-password", dependencies=[Depends(without_filters)])
@public
def recover_password(request: Request, db: Db, password: Typed = "", again: Typed = "") -> Response:
    def recovered() -> Response:
        person = recovery.person_of(db, held(request))
        if errors := wrong_with(password, again, person, queries.own_organisation(db, person)):
            return new_password_form(request, db, errors)
        return through(request, recovery.recover(db, request, held(request), password))

    return while_it_serves(request, links.RECOVERY, recovered)


def new_password_form(request: Request, db: Db, errors: dict[str, str] = {}) -> HTMLResponse:
    return page(request, "administration/new_password.html", errors, user=recovery.person_of(db, held(request)))


# -- the first administrator


@router.get("/first-administrator")
@public
def show_first_administrator(request: Request, asked: Asked, db: Db) -> Response:
    if asked.token:
        return with_token_aside(request, asked)
    return while_it_serves(request, links.FIRST, lambda: first_form(request, db))


@router.post("/first-administrator", dependencies=[Depends(without_filters)])
@public
def make_first_administrator(
    request: Request, db: Db, name: Typed = "", email: Typed = "", password: Typed = "", again: Typed = ""
) -> Response:
    def made() -> Response:
        links.look_at(db, links.FIRST, held(request))
        typed = {"name": name.strip(), "email": email.strip()}
        person = User(**typed, organisation_id=get_centre(db).id)
        errors = wrong_with_newcomer(typed) | wrong_with(password, again, person, get_centre(db))
        if not errors:
            try:
                return through(
                    request, invitations.make_first_administrator(db, request, held(request), person, password)
                )
            except Invalid as error:
                errors = by_field(error.errors)
        return first_form(request, db, errors, **typed)

    return while_it_serves(request, links.FIRST, made)


def first_form(request: Request, db: Db, errors: dict[str, str] = {}, name: str = "", email: str = "") -> HTMLResponse:
    links.look_at(db, links.FIRST, held(request))
    return page(
        request, "administration/first_administrator.html", errors, name=name, email=email, centre=get_centre(db)
    )


def wrong_with_newcomer(typed: dict[str, str]) -> dict[str, str]:
    try:
        Newcomer.model_validate(typed)
    except ValidationError as error:
        labels = {"name": _("Name"), "email": _("E-mail address")}
        return by_field([explained({**one, "loc": ("form", *one["loc"])}, labels) for one in error.errors()])
    return {}


# -- what they share


def with_token_aside(request: Request, asked: WithToken) -> RedirectResponse:
    """To the same page without the token in its address, in the language that the link names."""
    answer = RedirectResponse(request.url.path + (f"?lang={asked.lang}" if asked.lang else ""), 303)
    cookies.hold(answer, request, COOKIE, asked.token or "", age=MOST_S)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def held(request: Request) -> str | None:
    return cookies.held(request, COOKIE)


def through(request: Request, answer: Response) -> Response:
    """The link has done its work."""
    cookies.drop(answer, request, COOKIE)
    return answer


def while_it_serves(request: Request, purpose: str, show: Callable[[], Response]) -> Response:
    """What `show` answers, or the page that says what to do about a dead link."""
    try:
        return show()
    except DeadLink as error:
        return unkept(
            render(request, "administration/dead_link.html", error.status, purpose=purpose, detail=error.detail)
        )


def wrong_with(password: str, again: str, person: User, organisation: Organisation) -> dict[str, str]:
    about = (person.name, person.email or "", organisation.code, *organisation.names.values())
    if why := passwords.refusal(password, *about):
        return {"password": why}
    return {"again": _("The two are not the same.")} if password != again else {}


def by_field(errors: list[Any]) -> dict[str, str]:
    return {one["field"]: one["message"] for one in errors}


def page(request: Request, template: str, errors: dict[str, str] = {}, **context: Any) -> HTMLResponse:
    return unkept(render(request, template, 422 if errors else 200, errors=errors, **context))
