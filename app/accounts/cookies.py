"""Cookies that hold a token: the session, the browser that is known, the ceremony that it has begun (ceremonies.py)."""

from typing import Literal

from fastapi import Request
from fastapi.responses import Response

from app.accounts.ceremonies import MINUTES
from app.people.access import cookie_name


def hold(
    answer: Response,
    request: Request,
    name: str,
    token: str,
    samesite: Literal["lax", "strict"] = "lax",
    age: int | None = MINUTES * 60,
) -> None:
    """Let the browser hold the token so many seconds (None: as long as it is open); `lax` where it comes back from another site.

    An answer with a token is never kept.
    """
    cookie = _cookie(request, name)
    answer.set_cookie(cookie, token, max_age=age, httponly=True, secure=_is_secure(request), samesite=samesite)
    answer.headers["Cache-Control"] = "no-store"


def held(request: Request, name: str) -> str | None:
    return request.cookies.get(_cookie(request, name))


def drop(answer: Response, request: Request, name: str) -> None:
    answer.delete_cookie(_cookie(request, name), httponly=True, secure=_is_secure(request))
    answer.headers["Cache-Control"] = "no-store"


def _cookie(request: Request, name: str) -> str:
    return cookie_name(request.app.state.settings, name)


def _is_secure(request: Request) -> bool:
    return bool(request.app.state.settings.public_url.startswith("https:"))
