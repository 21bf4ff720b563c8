"""The doors of signing in with a passkey: alone, after a password, or by making one that a role needs.

frontend/static/js/passkeys.js speaks with them. A refusal is answered, not raised: what was used up or recorded on the way to it stays so.
"""

from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from app.accounts import ceremonies, passkeys, sessions, sign_in
from app.accounts.cookies import held
from app.accounts.passkey_pages import COOKIE, NewPasskey, add, done, possible_site, question, refused, site_of
from app.accounts.passkeys import SIGN_IN
from app.accounts.sign_in import SECOND_COOKIE, SECOND_STEP, local_path
from app.db import Db
from app.languages import gettext as _
from app.people.models import Ceremony, User
from app.permissions import public

router = APIRouter(prefix="/sign-in/passkey", include_in_schema=False)
log = structlog.get_logger()


class Asked(BaseModel):
    """`second`: a password was given before, and the passkey is to be of the same person."""

    model_config = ConfigDict(extra="forbid")

    second: bool = False


class Given(BaseModel):
    """The browser's answer, as PublicKeyCredential.toJSON() writes it."""

    model_config = ConfigDict(extra="forbid")

    credential: dict[str, Any]
    next: str = "/"


@router.post("/options")
@public
def ask_for_passkey(request: Request, db: Db, asked: Asked) -> JSONResponse:
    step = ceremonies.find(db, SECOND_STEP, held(request, SECOND_COOKIE)) if asked.second else None
    if asked.second and step is None:
        return refused(request, _("That took too long. Sign in again."))
    token, options = passkeys.begin_sign_in(db, possible_site(request), step.user_id if step else None)
    return question(request, token, options)


@router.post("")
@public
def sign_in_with_passkey(request: Request, db: Db, given: Given) -> JSONResponse:
    ceremony = ceremonies.end(db, SIGN_IN, held(request, COOKIE))
    user = passkeys.who(db, site_of(request), ceremony, given.credential)
    way = (
        way_in(db, request, user.id, given.next, is_second=ceremony.user_id is not None) if user and ceremony else None
    )
    if user is None or way is None:
        log.warning("sign-in", outcome="refused", means="passkey")
        return refused(request, _("No account is known by this passkey. Sign in another way, or ask an administrator."))
    strength, go = way
    answer = done(request, go)
    sessions.begin(db, request, answer, user, strength, second_factor=True)
    return answer


def way_in(db: Session, request: Request, user_id: UUID, next: str, *, is_second: bool) -> tuple[str, str] | None:
    """What was given in all, and where to go on. After a password both belong to one person, and the step is over."""
    if not is_second:
        return "passkey", local_path(next)
    step = ceremonies.end(db, SECOND_STEP, held(request, SECOND_COOKIE))
    if step is None or step.user_id != user_id:
        return None
    return f"{step.state['first']}+passkey", local_path(step.state["next"])


# -- a role needs a second factor, and this is to be it


@router.post("/new/options")
@public
def begin_set_up(request: Request, db: Db) -> JSONResponse:
    found = led_here(db, request)
    if found is None:
        return refused(request, _("That took too long. Sign in again."))
    token, options = passkeys.begin_new(db, possible_site(request), found[1])
    return question(request, token, options)


@router.post("/new")
@public
def set_up(request: Request, db: Db, new: NewPasskey) -> JSONResponse:
    """Whoever gave a password and was led here is signed in with the passkey that they have just made."""
    found = led_here(db, request)
    if found is None:
        return refused(request, _("That took too long. Sign in again."))
    step, user = found
    first, go = step.state["first"], local_path(step.state["next"])
    if add(db, request, sessions.as_person(request, user), new) is None:
        return refused(request, _("That passkey could not be added. Load this page anew and try again."))
    answer = done(request, go)
    sign_in.end_set_up(db, request, answer)
    sessions.begin(db, request, answer, user, f"{first}+passkey", second_factor=True)
    return answer


def led_here(db: Session, request: Request) -> tuple[Ceremony, User] | None:
    """Who gave a password and has no second factor yet."""
    found = sign_in.set_up_under_way(db, request)
    if found is None:
        return None
    step, user, _secret = found
    return (step, user) if step.state["first"] else None
