"""The doors of signing in and out: /sign-in, its second step, setting up a second factor, /sign-out.

A wrong password, an unknown address and a suspended account get the same answer after the same work.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.background import BackgroundTask

from app.accounts import passwords, provider_queries, queries, second_factor, sessions, sign_in, throttle
from app.accounts.passwords import Compared
from app.accounts.sign_in import Attempt, local_path
from app.accounts.throttle import Throttled
from app.db import Db, engine_of, transaction
from app.errors import Conflict
from app.languages import gettext as _
from app.people.models import User
from app.permissions import asking, public
from app.web import Plain, as_page, render

router = APIRouter(dependencies=[Depends(as_page)], include_in_schema=False)

Typed = Annotated[str, Form()]


class Asked(Plain):
    """`next`: where to go on afterwards."""

    next: str = "/"


# -- the first factor


@router.get("/sign-in")
@public
def show_sign_in(request: Request, asked: Annotated[Asked, Query()], db: Db) -> HTMLResponse:
    by = asking()
    email = db.get_one(User, by.user_id).email if by.user_id else ""
    return form(
        request, email=email or "", next=local_path(asked.next), providers=provider_queries.offered_providers(db)
    )


@router.post("/sign-in")
@public
async def give_password(request: Request, email: Typed = "", password: Typed = "", next: Typed = "/") -> Response:
    """Nothing of the database is held while the password is compared."""
    typed = {"email": email.strip(), "next": local_path(next)}
    with passwords.place():
        try:
            attempt = await run_in_threadpool(begin, request, typed["email"])
        except Throttled as error:
            return await run_in_threadpool(again, request, typed, error.detail, error.status, error.headers)
        compared = await passwords.compare_soon(attempt.password_hash, password)
        return await run_in_threadpool(finish, request, attempt, compared, typed)


def begin(request: Request, email: str) -> Attempt:
    with transaction(engine_of(request.app)) as db:
        return sign_in.begin_attempt(db, request, email)


def finish(request: Request, attempt: Attempt, compared: Compared, typed: dict[str, str]) -> Response:
    """What a failure leaves in the history is written once the answer has gone: nobody can tell by the time who exists."""
    with transaction(engine_of(request.app)) as db:
        answer = sign_in.end_attempt(db, request, attempt, compared, next=typed["next"])
    if answer is None:
        answer = again(request, typed, _("The e-mail address or the password is wrong."))
        answer.background = BackgroundTask(note_failure, request, attempt)
    return answer


def note_failure(request: Request, attempt: Attempt) -> None:
    with transaction(engine_of(request.app)) as db:
        sign_in.note_failure(db, request, attempt.user_id, "password")


def again(request: Request, typed: dict[str, str], error: str, status: int = 422, headers: Any = {}) -> HTMLResponse:
    with transaction(engine_of(request.app)) as db:
        providers = provider_queries.offered_providers(db)
    answer = form(request, status, **typed, providers=providers, error=error)
    answer.headers.update(headers)
    return answer


def form(request: Request, status: int = 200, error: str = "", **context: Any) -> HTMLResponse:
    return unkept(render(request, "accounts/sign_in.html", status, error=error, **context))


# -- the second


@router.get("/sign-in/code")
@public
def show_code(request: Request, db: Db) -> Response:
    return code_form(request, db)


@router.post("/sign-in/code")
@public
def give_code(request: Request, db: Db, code: Typed = "", recovery_code: Typed = "") -> Response:
    """A code from the app, or one of those on paper."""
    found = sign_in.under_way(db, request)
    if found is None:
        return RedirectResponse("/sign-in", 303)
    _ceremony, user = found
    counters = sign_in.counters(db, request, "code", str(user.id), user)
    try:
        throttle.begin(db, counters)
    except Throttled as error:
        return code_form(request, db, error.detail, error.status, error.headers)
    factor = sign_in.factor_given(db, user, code, recovery_code)
    if factor is None:
        sign_in.note_failure(db, request, user.id, "second factor")
        return code_form(request, db, _("That code is not right, or it was used before. Wait for the next one."), 422)
    throttle.passed(db, counters)
    return sign_in.second_given(db, request, user, factor)


def code_form(request: Request, db: Db, error: str = "", status: int = 200, headers: Any = {}) -> Response:
    found = sign_in.under_way(db, request)
    if found is None:
        return RedirectResponse("/sign-in", 303)
    ceremony, user = found
    has = {
        "has_app": user.totp_secret is not None,
        "has_passkey": queries.has_passkey(db, user.id),
        "has_codes": queries.count_recovery_codes(db, user.id) > 0,
    }
    answer = render(request, "accounts/code.html", status, error=error, next=ceremony.state["next"], **has)
    answer.headers.update(headers)
    return unkept(answer)


# -- setting one up


@router.get("/sign-in/second-factor")
@public
def show_set_up(request: Request, db: Db) -> Response:
    return set_up_form(request, db)


@router.post("/sign-in/second-factor")
@public
def end_set_up(request: Request, db: Db, code: Typed = "") -> Response:
    """The first code from the app: from now on it is asked for. Whoever was led here is signed in."""
    found = sign_in.set_up_under_way(db, request)
    if found is None:
        return RedirectResponse("/account", 303)
    ceremony, user, secret = found
    by = asking() if asking().user_id == user.id else sessions.as_person(request, user)
    codes = second_factor.set_up(db, by, user, secret, code)
    if codes is None:
        return set_up_form(request, db, _("That code is not right. Is the clock of your telephone right?"), 422)
    page = {"codes": codes, "next": ceremony.state["next"], "asker": by}
    answer = unkept(render(request, "accounts/recovery_codes.html", **page))
    if not sign_in.end_set_up(db, request, answer):
        raise Conflict(_("This was done already. Go to your account."))
    sign_in.strengthen(db, request, answer, user, by, ceremony.state["first"])
    return answer


def set_up_form(request: Request, db: Db, error: str = "", status: int = 200) -> Response:
    found = sign_in.set_up_under_way(db, request)
    if found is None:
        return RedirectResponse("/account", 303)
    ceremony, user, secret = found
    drawing = second_factor.qr(second_factor.uri(user, secret), _("Code to scan with the app"))
    context = {"secret": second_factor.grouped(secret), "drawing": drawing, "is_led": bool(ceremony.state["first"])}
    return unkept(render(request, "accounts/second_factor.html", status, error=error, **context))


# -- out


@router.post("/sign-out")
@public
def sign_out(request: Request, db: Db) -> RedirectResponse:
    answer = RedirectResponse("/", 303)
    sessions.sign_out(db, request, answer, asking())
    return answer


def unkept(answer: HTMLResponse) -> HTMLResponse:
    """What only this person may see, in no cache."""
    answer.headers["Cache-Control"] = "no-store"
    return answer
