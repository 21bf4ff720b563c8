"""The doors for passkeys: /account/passkeys, and what frontend/static/js/passkeys.js asks there and at /sign-in.

A refusal is answered, not raised: what was used up or recorded on the way to it stays so.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app.accounts import ceremonies, passkeys, sessions
from app.accounts.cookies import drop, held, hold
from app.accounts.passkey_queries import passkeys_of
from app.accounts.passkeys import NEW, Site
from app.accounts.sign_in import local_path
from app.db import Db
from app.errors import Conflict, Forbidden
from app.languages import gettext as _
from app.people.access import signed_in
from app.people.models import Passkey, User
from app.permissions import By
from app.web import as_page, render

COOKIE = "passkey"
HOME = "/account/passkeys"
LONGEST_NAME = 100
Person = Annotated[By, signed_in()]
Recent = Annotated[By, sessions.recently_signed_in()]
Name = Annotated[str, Form(max_length=LONGEST_NAME)]

router = APIRouter(include_in_schema=False)


class NewPasskey(BaseModel):
    """The browser's answer, as PublicKeyCredential.toJSON() writes it."""

    model_config = ConfigDict(extra="forbid")

    credential: dict[str, Any]
    name: str = Field("", max_length=LONGEST_NAME)
    next: str = HOME


# -- keeping them


@router.get(HOME, dependencies=[Depends(as_page)])
def list_passkeys(request: Request, db: Db, by: Person) -> HTMLResponse:
    user = db.get_one(User, by.user_id)
    kept = passkeys_of(db, user.id)
    return render(request, "accounts/passkeys.html", passkeys=kept, is_possible=site_of(request).has_passkeys)


@router.post(HOME + "/options")
def begin_passkey(request: Request, db: Db, by: Person) -> JSONResponse:
    if not sessions.is_recent(db, by):
        return JSONResponse({"go": f"/sign-in?next={HOME}"})
    token, options = passkeys.begin_new(db, possible_site(request), db.get_one(User, by.user_id))
    return question(request, token, options)


@router.post(HOME)
def add_passkey(request: Request, db: Db, by: Person, new: NewPasskey) -> JSONResponse:
    if add(db, request, by, new) is None:
        return refused(request, _("That passkey could not be added. Load this page anew and try again."))
    answer = done(request, local_path(new.next))
    strengthen(db, request, answer, by)
    return answer


def add(db: Session, request: Request, by: By, new: NewPasskey) -> Passkey | None:
    ceremony = ceremonies.end(db, NEW, held(request, COOKIE))
    return passkeys.add(db, by, site_of(request), ceremony, new.credential, new.name.strip() or _("Passkey"))


def strengthen(db: Session, request: Request, answer: JSONResponse, by: By) -> None:
    """Who has just made a passkey has given it: a session of one factor has two from now on. Other browsers are left."""
    if by.user_id and not by.second_factor:
        sessions.renew(db, request, answer, by, factor="passkey")
    if by.user_id:
        sessions.end_all(db, by.user_id, but=by.session_id)


@router.post(HOME + "/{id}/rename")
def rename_passkey(db: Db, by: Person, id: UUID, name: Name = "") -> RedirectResponse:
    passkeys.rename(db, by, id, name.strip() or _("Passkey"))
    return RedirectResponse(HOME, 303)


@router.post(HOME + "/{id}/remove")
def remove_passkey(request: Request, db: Db, by: Recent, id: UUID) -> RedirectResponse:
    passkeys.remove(db, by, site_of(request), id)
    if by.user_id:
        sessions.end_all(db, by.user_id, but=by.session_id)
    return RedirectResponse(HOME, 303)


# -- what they share


def site_of(request: Request) -> Site:
    return Site.of(request.app.state.settings.public_url)


def possible_site(request: Request) -> Site:
    site = site_of(request)
    if not site.has_passkeys:
        raise Conflict(_("Passkeys work over HTTPS, or at http://localhost, only. This address is neither."))
    return site


def question(request: Request, token: str, options: Mapping[str, Any]) -> JSONResponse:
    answer = JSONResponse(options)
    hold(answer, request, COOKIE, token, "strict")
    return answer


def done(request: Request, go: str) -> JSONResponse:
    answer = JSONResponse({"go": go})
    drop(answer, request, COOKIE)
    return answer


def refused(request: Request, why: str) -> JSONResponse:
    answer = JSONResponse({"refused": why}, Forbidden.status)
    drop(answer, request, COOKIE)
    return answer
