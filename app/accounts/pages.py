"""The doors of one's own account: /account. Who one is here, password, second factor, where one is signed in."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app import languages
from app.accounts import actions as accounts
from app.accounts import letters, queries, second_factor, sessions, sign_in
from app.accounts.passkey_queries import passkeys_of
from app.accounts.passkeys import Site
from app.accounts.sign_in_pages import Typed, unkept
from app.accounts.throttle import Throttled
from app.db import Db
from app.errors import Invalid
from app.people.access import signed_in
from app.people.models import User
from app.permissions import By
from app.web import as_page, render

HOME = "/account"
Person = Annotated[By, signed_in()]
Recent = Annotated[By, sessions.recently_signed_in()]

router = APIRouter(prefix=HOME, dependencies=[Depends(as_page)], include_in_schema=False)


@router.get("")
def show_account(request: Request, db: Db, by: Person) -> HTMLResponse:
    return page(request, db, by)


@router.post("")
def change_account(request: Request, db: Db, by: Person, name: Typed = "", language: Typed = "en") -> Any:
    try:
        user = accounts.change_details(db, by, name, language)
    except Invalid as error:
        return page(request, db, by, {"name": error.detail}, 422, name=name)
    answer = RedirectResponse(HOME, 303)
    sessions.put_language(request, answer, user.language)
    return answer


@router.post("/password")
def change_password(
    request: Request, db: Db, by: Person, present: Typed = "", password: Typed = "", again: Typed = ""
) -> Any:
    """The present one is asked for; who has none shows that it is still them by signing in."""
    if db.get_one(User, by.user_id).password_hash is None:
        sessions.confirm(db, request, by)
    try:
        accounts.change_password(db, by, request.app.state.settings.public_url, present, password, again)
    except (Invalid, Throttled) as error:
        errors = {one["field"]: one["message"] for one in error.errors} or {"present": error.detail}
        answer = page(request, db, by, errors, error.status)
        answer.headers.update(error.headers)
        return answer
    return RedirectResponse(HOME, 303)


# -- the second factor


@router.post("/second-factor")
def set_up(request: Request, db: Db, by: Recent) -> RedirectResponse:
    answer = RedirectResponse("/sign-in/second-factor", 303)
    sign_in.begin_set_up(db, request, answer, db.get_one(User, by.user_id).id)
    return answer


@router.post("/second-factor/remove")
def remove(request: Request, db: Db, by: Recent) -> RedirectResponse:
    user = db.get_one(User, by.user_id)
    second_factor.remove(db, by, user)
    letters.second_factor_changed(db, user, request.app.state.settings.public_url)
    sessions.end_all(db, user.id, but=by.session_id)
    return RedirectResponse(HOME, 303)


@router.post("/recovery-codes")
def replace_codes(request: Request, db: Db, by: Recent) -> HTMLResponse:
    codes = accounts.replace_codes(db, by)
    return unkept(render(request, "accounts/recovery_codes.html", codes=codes, next=HOME))


# -- sessions


@router.post("/sessions/end")
def end_others(db: Db, by: Person) -> RedirectResponse:
    accounts.end_other_sessions(db, by)
    return RedirectResponse(HOME, 303)


@router.post("/sessions/{id}/end")
def end_session(db: Db, by: Person, id: UUID) -> RedirectResponse:
    sessions.end_one(db, by, id)
    return RedirectResponse(HOME, 303)


def page(
    request: Request, db: Db, by: By, errors: dict[str, str] = {}, status: int = 200, name: str | None = None
) -> HTMLResponse:
    settings = request.app.state.settings
    user = db.get_one(User, by.user_id)
    lang = languages.current().code
    return unkept(render(
        request, "accounts/account.html", status, user=user, name=user.name if name is None else name, errors=errors, by=by,
        organisation=queries.own_organisation(db, user), roles=queries.roles_of(db, user.id, lang),
        sessions=queries.sessions_of(db, user.id, settings.session_idle_minutes),
        codes_left=queries.count_recovery_codes(db, user.id), needs_factor=queries.needs_second_factor(db, user.id),
        passkeys=passkeys_of(db, user.id), passkeys_possible=Site.of(settings.public_url).has_passkeys,
        can_remove=second_factor.can_remove(db, user),
    ))  # fmt: skip
