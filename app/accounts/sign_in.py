"""From a first factor on: the session begins, a second factor is asked for, or one is set up first.

Between the steps the browser holds the token of a ceremony in a cookie; until the last step nobody is signed in.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app import history
from app.accounts import ceremonies, cookies, letters, queries, second_factor, sessions, throttle
from app.accounts.passwords import Compared
from app.accounts.throttle import Counter
from app.people.models import Ceremony, User
from app.permissions import By, asking
from app.secrets import decrypt, encrypt

SECOND_STEP, SECOND_COOKIE = "second-factor", "second_factor"
SET_UP, SET_UP_COOKIE = "second-factor-new", "second_factor_new"
SET_UP_MINUTES = 20  # somebody has to find an app first
LONGEST_PATH = 2000

log = structlog.get_logger()


def local_path(next: str) -> str:
    """Where to go on: a path of this portal, or "/". Browsers drop tabs and newlines and read a backslash as a slash."""
    is_odd = any(ord(sign) < 33 or ord(sign) == 127 or sign == "\\" for sign in next)
    if is_odd or not next.startswith("/") or next.startswith("//") or len(next) > LONGEST_PATH:
        return "/"
    parts = urlsplit(next)
    return "/" if parts.scheme or parts.netloc else next


# -- the first factor


@dataclass(frozen=True)
class Attempt:
    """A password that is being looked at; `user_id` is None where nobody has this address."""

    user_id: UUID | None
    password_hash: str | None
    counters: list[Counter]


def begin_attempt(db: Session, request: Request, email: str) -> Attempt:
    """Count it before anybody looks. Raises Throttled."""
    user = queries.account_of(db, email)
    by = counters(db, request, "password", email.lower(), user)
    try:
        throttle.begin(db, by)
    except throttle.Throttled:
        log.warning(
            "sign-in", outcome="waiting", user=str(user.id) if user else None, address=sessions.address_of(request)
        )
        raise
    return Attempt(user.id if user else None, user.password_hash if user else None, by)


def counters(db: Session, request: Request, what: str, who: str, user: User | None) -> list[Counter]:
    return throttle.counters(what, who, sessions.known_device(db, request, user), sessions.address_of(request))


def end_attempt(db: Session, request: Request, attempt: Attempt, compared: Compared, *, next: str) -> Response | None:
    """Where it leads; None where the password was wrong, or is of somebody who may not sign in."""
    user = queries.locked_account(db, attempt.user_id) if attempt.user_id and compared.right else None
    if user is None or user.status != "active" or user.password_hash != attempt.password_hash:
        return None
    throttle.passed(db, attempt.counters)
    user.password_hash = compared.better or user.password_hash
    return go_on(db, request, user, first="password", next=next)


def go_on(db: Session, request: Request, user: User, *, first: str, next: str) -> Response:
    """After a first factor: password, openid, invitation, recovery."""
    if second_factor.has_any(db, user):
        answer = RedirectResponse("/sign-in/code", 303)
        token = ceremonies.begin(db, SECOND_STEP, user_id=user.id, first=first, next=local_path(next))
        cookies.hold(answer, request, SECOND_COOKIE, token)
        log.info("sign-in", outcome="second factor asked for", user=str(user.id), given=first)
        return answer
    if queries.needs_second_factor(db, user.id):
        answer = RedirectResponse("/sign-in/second-factor", 303)
        begin_set_up(db, request, answer, user.id, first=first, next=local_path(next))
        return answer
    return enter(db, request, user, first, next=next, second_factor=False)


def enter(db: Session, request: Request, user: User, given: str, *, next: str, second_factor: bool) -> Response:
    """Sign them in and lead them to where they wanted to go."""
    answer = RedirectResponse(local_path(next), 303)
    sessions.begin(db, request, answer, user, given, second_factor=second_factor)
    return answer


# -- the second step


def under_way(db: Session, request: Request) -> tuple[Ceremony, User] | None:
    """Who has given the first factor in this browser."""
    ceremony = ceremonies.find(db, SECOND_STEP, cookies.held(request, SECOND_COOKIE))
    user = db.get(User, ceremony.user_id) if ceremony else None
    return (ceremony, user) if ceremony and user and user.status == "active" else None


def factor_given(db: Session, user: User, code: str, recovery_code: str) -> str | None:
    """Which second factor was right, if one was."""
    if recovery_code.strip():
        return "recovery code" if second_factor.use_code(db, user, recovery_code) else None
    return "totp" if second_factor.is_right(db, user, code) else None


def second_given(db: Session, request: Request, user: User, factor: str) -> Response:
    """The second factor was right: the ceremony ends, the session begins."""
    ceremony = ceremonies.end(db, SECOND_STEP, cookies.held(request, SECOND_COOKIE))
    if ceremony is None or ceremony.user_id != user.id:
        return RedirectResponse("/sign-in", 303)
    state = ceremony.state
    answer = enter(db, request, user, f"{state['first']}+{factor}", next=state["next"], second_factor=True)
    cookies.drop(answer, request, SECOND_COOKIE)
    return answer


# -- setting one up


def begin_set_up(
    db: Session, request: Request, answer: Response, user_id: UUID, *, first: str = "", next: str = "/account"
) -> None:
    """A new secret, kept only here until a code shows that the app has it. `first` is empty for who is signed in."""
    secret = encrypt(second_factor.new_secret()).decode()
    state = {"first": first, "next": next, "secret": secret}
    token = ceremonies.begin(db, SET_UP, user_id=user_id, minutes=SET_UP_MINUTES, **state)
    cookies.hold(answer, request, SET_UP_COOKIE, token, age=SET_UP_MINUTES * 60)


def set_up_under_way(db: Session, request: Request) -> tuple[Ceremony, User, str] | None:
    """The ceremony, whose it is, and the secret for the app."""
    ceremony = ceremonies.find(db, SET_UP, cookies.held(request, SET_UP_COOKIE))
    user = db.get(User, ceremony.user_id) if ceremony else None
    if ceremony is None or user is None or user.status != "active":
        return None
    if not ceremony.state["first"] and asking().user_id != user.id:
        return None  # they have signed out meanwhile
    if ceremony.state["first"] and second_factor.has_any(db, user):
        return None  # there is one now: whoever has only the password does not put another in its place
    return ceremony, user, decrypt(ceremony.state["secret"].encode())


def end_set_up(db: Session, request: Request, answer: Response) -> bool:
    """Whether it was still under way."""
    cookies.drop(answer, request, SET_UP_COOKIE)
    return ceremonies.end(db, SET_UP, cookies.held(request, SET_UP_COOKIE)) is not None


def strengthen(db: Session, request: Request, answer: Response, user: User, by: By, first: str) -> None:
    """With the new factor: who was led to it is signed in; who was signed in gets a new token, and other browsers are left."""
    letters.second_factor_changed(db, user, request.app.state.settings.public_url)
    if first:
        sessions.begin(db, request, answer, user, f"{first}+totp", second_factor=True)
        return
    sessions.renew(db, request, answer, by, factor="totp")
    sessions.end_all(db, user.id, but=by.session_id)


# -- what failed


def note_failure(db: Session, request: Request, user_id: UUID | None, what: str) -> None:
    """In the log, and where the account is known in its history."""
    address, id = sessions.address_of(request), request.scope["portal.request_id"]
    log.warning("sign-in", outcome="refused", given=what, user=user_id and str(user_id), address=address)
    if user_id is None:
        return
    after = {"with": what, "address": history.personal(db, user_id, address)}
    history.record(db, By(means="page", request_id=id), "sign-in failed", "users", user_id, after=after)
