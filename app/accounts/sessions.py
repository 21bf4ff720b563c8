"""Sessions: browsers in which somebody has signed in. The token is in their cookie only; here is its hash.

Every sign-in makes a new token and ends the session that the browser had before, so that nobody can plant one. Signing in
again is also how people confirm that it is still them.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import structlog
from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app import history, languages
from app.accounts import ceremonies, cookies, queries
from app.accounts.browsers import browser_of
from app.db import Db
from app.errors import NotFound
from app.languages import gettext as _
from app.people.access import signed_in, way_back
from app.people.models import User, UserSession
from app.permissions import By
from app.secrets import new_token, token_hash
from app.settings import settings
from app.web import YEAR, Elsewhere

COOKIE, DEVICE = "session", "device"
RECENT = timedelta(minutes=10)
LONGEST_ADDRESS = 60
NOBODY = UUID(int=0)
DEVICE_DAYS = 180

log = structlog.get_logger()


def begin(
    db: Session, request: Request, answer: Response, user: User, strength: str, *, second_factor: bool
) -> UserSession:
    """Sign `user` in: the cookie goes on `answer`. `strength` says what was given: password, password+totp, passkey …"""
    leave(db, request)
    now, token = datetime.now(UTC), new_token()
    session = UserSession(
        user_id=user.id, token_hash=token_hash(token), strength=strength, second_factor=second_factor,
        browser=browser_of(request), address=address_of(request), created_at=now, last_seen_at=now,
        expires_at=now + timedelta(hours=request.app.state.settings.session_hours),
    )  # fmt: skip
    db.add(session)
    db.flush()
    user.last_signed_in_at = now
    hold(answer, request, token)
    know_device(db, request, answer, user)
    keep_language(request, answer, user)
    note(db, request, user, session)
    return session


def note(db: Session, request: Request, user: User, session: UserSession) -> None:
    by = as_person(request, user, session)
    address = history.personal(db, user.id, session.address)
    history.record(db, by, "signed in", "users", user.id, after={"with": session.strength, "address": address})
    log.info("sign-in", outcome="signed in", user=str(user.id), given=session.strength, address=session.address)


def as_person(request: Request, user: User, session: UserSession | None = None) -> By:
    """Who acts while they sign in."""
    return By(
        "person", "page", user.id, None, session.id if session else None, user.organisation_id,
        name=user.name, language=user.language, request_id=request.scope["portal.request_id"],
    )  # fmt: skip


def leave(db: Session, request: Request) -> UserSession | None:
    """End the session that this browser had."""
    token = cookies.held(request, COOKIE)
    return queries.delete_session(db, token_hash(token)) if token else None


def renew(db: Session, request: Request, answer: Response, by: By, *, factor: str) -> None:
    """The same session, stronger by a second factor, under a new token: whoever has the old one has nothing."""
    session = db.get_one(UserSession, by.session_id)
    token = new_token()
    given = session.strength.split("+")
    session.token_hash, session.second_factor = token_hash(token), True
    session.strength = "+".join([*given, *[factor] * (factor not in given)])
    hold(answer, request, token)


def hold(answer: Response, request: Request, token: str) -> None:
    """The cookie lasts as long as the browser is open; the server ends the session sooner where it has to."""
    cookies.hold(answer, request, COOKIE, token, age=None)


# -- ending


def sign_out(db: Session, request: Request, answer: Response, by: By) -> None:
    if session := leave(db, request):
        history.record(db, by, "signed out", "users", session.user_id)
    cookies.drop(answer, request, COOKIE)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # drafts of forms lie in the browser's storage


def end_all(db: Session, user_id: UUID, *, but: UUID | None = None) -> int:
    """End every session of an account, or every other one: its password, its factors, its roles or its status changed."""
    ceremonies.end_all(db, user_id)
    return queries.delete_sessions(db, user_id, but)


def end_one(db: Session, by: By, id: UUID) -> None:
    """One of one's own, in another browser."""
    session = queries.own_session(db, by, id)
    if session is None:
        raise NotFound(_("You have no such session: perhaps it has ended already."))
    db.delete(session)
    history.record(db, by, "revoked", "sessions", session.id, before={"browser": session.browser})


def forget_ended(db: Session) -> None:
    """A job's work."""
    queries.delete_ended_sessions(db, settings().session_idle_minutes)
    queries.delete_old_devices(db, DEVICE_DAYS)


# -- is it still them?


def is_recent(db: Session, by: By) -> bool:
    """Whether they signed in a moment ago: asked before anything that a thief of a session would like to do."""
    session = db.get(UserSession, by.session_id) if by.session_id else None
    return session is not None and session.created_at > datetime.now(UTC) - RECENT


def recently_signed_in() -> Any:
    """The parameter `by` of a page's door for people who signed in a moment ago; others do so first and come back."""

    def check(request: Request, by: Annotated[By, signed_in()], db: Db) -> By:
        confirm(db, request, by)
        return by

    return Depends(check)


def confirm(db: Session, request: Request, by: By) -> None:
    """Send whoever signed in too long ago to sign in again; they come back to this page."""
    if not is_recent(db, by):
        raise Elsewhere("/sign-in?" + urlencode({"next": way_back(request)}))


# -- the browser


def know_device(db: Session, request: Request, answer: Response, user: User) -> None:
    """From now on this browser is known for this person: others' failures do not slow it (app/accounts/throttle.py)."""
    token = device_token(request) or new_token()
    queries.keep_device(db, device_hash(token, user.id), user.id)
    cookies.hold(answer, request, DEVICE, token, age=DEVICE_DAYS * 24 * 3600)


def device_token(request: Request) -> str | None:
    token = cookies.held(request, DEVICE)
    return token if token and len(token) == len(new_token()) else None


def device_hash(token: str, user_id: UUID) -> bytes:
    """One browser may be known for several people: shifts share the machine of a duty room."""
    return token_hash(f"{token}:{user_id}")


def known_device(db: Session, request: Request, user: User | None) -> bytes | None:
    """Looked for even where nobody is: it must not show who has an account."""
    token = device_token(request)
    if token is None:
        return None
    hash = device_hash(token, user.id if user else NOBODY)
    return hash if queries.is_device(db, hash) else None


def address_of(request: Request) -> str:
    return str(request.scope["portal.address"])[:LONGEST_ADDRESS]


def keep_language(request: Request, answer: Response, user: User) -> None:
    """A browser in which nobody has chosen a language speaks the one of whoever signs in."""
    if not request.cookies.get(languages.COOKIE):
        put_language(request, answer, user.language)


def put_language(request: Request, answer: Response, language: str) -> None:
    secure = request.app.state.settings.public_url.startswith("https:")
    answer.set_cookie(languages.COOKIE, language, max_age=YEAR, samesite="lax", httponly=True, secure=secure)
