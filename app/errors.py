"""What can go wrong, as nouns, and the one place that turns them into answers.

Programs get RFC 9457 problem documents, people a page. Messages are full sentences that say what to do next.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import psycopg
import sqlalchemy.exc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.languages import gettext as _
from app.permissions import asking

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
TOLD_AT_MOST = 20  # of what is wrong with one request
FOR_PROGRAMS = ("/api/", "/tiles/", "/ogc/", "/feeds/", "/live", "/health/", "/metrics")


class AppError(Exception):
    """A refusal with its status; `errors` names the fields that are wrong."""

    status = 500
    headers: Mapping[str, str] = {}

    def __init__(self, detail: str = "", errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)


class Unauthorized(AppError):
    """Nobody knows who asks."""

    status = 401
    headers = {"WWW-Authenticate": "Bearer"}


class NotFound(AppError):
    status = 404


class Forbidden(AppError):
    status = 403


class Conflict(AppError):
    status = 409


class Stale(AppError):
    """Somebody changed the record meanwhile: If-Match names a version that it no longer has."""

    status = 412


class NeedsVersion(AppError):
    """A change has to say which version it changes."""

    status = 428


class NotAcceptable(AppError):
    status = 406


class Invalid(AppError):
    status = 422

    @classmethod
    def field(cls, name: str, message: str) -> "Invalid":
        return cls(message, [{"field": name, "message": message}])


class TooMany(AppError):
    """More at once than one address gets."""

    status = 429
    headers = {"Retry-After": "60"}


class Overloaded(AppError):
    """The database has no time for this now."""

    status = 503
    headers = {"Retry-After": "5"}


def answer_with_errors(app: FastAPI, error_page: Callable[..., Response]) -> None:
    """Every exception of the application leaves as one of the two kinds of answer; `error_page` draws the one for people."""
    app.state.error_page = error_page
    app.add_exception_handler(AppError, on_app_error)
    app.add_exception_handler(RequestValidationError, on_wrong_request)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(psycopg.OperationalError, on_overload)  # away, out of time, or no connection is free
    app.add_exception_handler(sqlalchemy.exc.OperationalError, on_overload)
    app.add_exception_handler(sqlalchemy.exc.TimeoutError, on_overload)
    app.add_exception_handler(sqlalchemy.exc.IntegrityError, on_refusal)
    app.add_exception_handler(sqlalchemy.exc.DataError, on_unwritable)
    app.add_exception_handler(UnicodeEncodeError, on_unwritable)
    app.add_exception_handler(Exception, on_crash)


def sign_in_first() -> Unauthorized:
    return Unauthorized(_("Sign in, or send an API key as “Authorization: Bearer …”."))


async def on_app_error(request: Request, error: Any) -> Response:
    return answer(request, error.status, error.detail, error.errors, error.headers)


async def on_wrong_request(request: Request, error: Any) -> Response:
    if request.method in CHANGING and request.url.path.startswith("/api/") and not asking().is_known:
        return await on_app_error(request, sign_in_first())  # FastAPI reads the body before it asks who sent it
    possible = parameters_of(request)
    errors = [explained(one, {}, possible) for one in error.errors()[:TOLD_AT_MOST]]
    return answer(request, 422, " ".join(one["message"] for one in errors), errors)


def explained(error: Mapping[str, Any], labels: Mapping[str, str] = {}, possible: Sequence[str] = ()) -> dict[str, str]:
    """One error of Pydantic's: the field, and what is wrong in the asker's words. `labels` is what a page calls its fields."""
    field = field_of(error)[:100]
    return {"field": field, "message": message_of(error, possible, label_of(field, labels))}


def label_of(field: str, labels: Mapping[str, str]) -> str:
    """What the page calls a field, or the one that it lies in; programs are told the path."""
    within = field
    while within and within not in labels:
        within = within.rpartition(".")[0]
    return f"“{labels[within]}”" if within else field


async def on_http_exception(request: Request, error: Any) -> Response:
    detail = {
        404: _("There is nothing at this address."),
        405: _("This address does not take %(method)s.") % {"method": request.method},
        413: _("Too much was sent at once: at most 2 MB."),
    }.get(error.status_code, "")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(methods_at(request))
    return answer(request, error.status_code, detail, headers=headers)


def methods_at(request: Request) -> list[str]:
    """What this address takes; of several doors there the framework names the first one's. HEAD goes wherever GET goes."""
    routes = request.app.router.routes
    scopes = {method: {**request.scope, "method": method} for method in ("GET", "POST", "PUT", "PATCH", "DELETE")}
    taken = [name for name, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)]
    return ["GET", "HEAD", *taken[1:]] if "GET" in taken else taken


async def on_overload(request: Request, error: Exception) -> Response:
    return await on_app_error(
        request, Overloaded(_("The portal is too busy to answer this now. Try again in a moment."))
    )


async def on_refusal(request: Request, error: Exception) -> Response:
    """The database knows better: somebody was quicker, or what was sent contradicts itself."""
    return await on_app_error(request, contradiction())


def contradiction() -> Conflict:
    return Conflict(_("This contradicts what is recorded already, so nothing was changed. Look at it again."))


async def on_unwritable(request: Request, error: Exception) -> Response:
    """What no door has refused and cannot be kept: a NUL or half a character in a text, a number out of range."""
    return await on_app_error(
        request,
        Invalid(_("Something of what was sent cannot be kept: a sign that is no letter, or a number too large.")),
    )


async def on_crash(request: Request, error: Exception) -> Response:
    return answer(request, 500, _("Something went wrong on our side. It has been logged; try again later."))


def answer(
    request: Request,
    status: int,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] = {},
) -> Response:
    """A problem document for programs, a page for people."""
    title = title_of(status)
    if request.url.path.startswith(FOR_PROGRAMS):
        problem: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        if errors:
            problem["errors"] = list(errors)
        return JSONResponse(problem, status, dict(headers), media_type="application/problem+json")
    page: Response = request.app.state.error_page(
        request, status=status, title=title, detail=detail, errors=list(errors)
    )
    page.headers.update(headers)
    return page


def title_of(status: int) -> str:
    titles = {
        401: _("Sign in first"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Method not allowed"),
        406: _("Format not available"),
        409: _("Not possible now"),
        413: _("Too large"),
        412: _("Changed meanwhile"),
        422: _("Not understood"),
        428: _("Which version?"),
        429: _("Too many requests"),
        500: _("Internal error"),
        503: _("Too busy"),
    }
    return titles.get(status) or HTTPStatus(status).phrase


def field_of(error: Mapping[str, Any]) -> str:
    """`("query", "bbox")` is bbox; a body's `("body", "lines", 0, "quantity")` is lines.0.quantity."""
    return ".".join(str(part) for part in error["loc"][1:] if part != "[key]") or str(error["loc"][0])


def parameters_of(request: Request) -> list[str]:
    """The names that the query or the body of this route may hold."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    asked = [*getattr(dependant, "query_params", ()), *getattr(dependant, "body_params", ())]
    return [name for one in asked for name in getattr(one.field_info.annotation, "model_fields", ())]


def message_of(error: Mapping[str, Any], possible: Sequence[str] = (), name: str = "") -> str:
    """The error in the asker's words; our own validators already speak so."""
    name, context = name or field_of(error), error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    text = explanations().get(error["type"])
    words = {
        "name": name[:100],
        "possible": ", ".join(possible),
        "values": str(context.get("expected", "")).replace("'", ""),
        "least": context.get("ge", context.get("gt", context.get("min_length"))),
        "most": context.get("le", context.get("max_length")),
    }
    return text % words if text else f"{name}: {error['msg']}"


def explanations() -> dict[str, str]:
    """What each kind of error of Pydantic's means to whoever asked."""
    whole = _("%(name)s must be a whole number.")
    number = _("%(name)s must be a number.")
    time = _("%(name)s must be a time such as 2026-11-23T06:00:00Z.")
    day = _("%(name)s must be a day such as 2026-11-23.")
    text = _("%(name)s must be a text.")
    several = _("%(name)s must be a list.")
    inside = _("%(name)s must be a JSON object.")
    empty = _("%(name)s must not be empty.")
    return {
        "missing": _("%(name)s is missing."),
        "string_type": text,
        "string_unicode": text,
        "list_type": several,
        **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), inside),
        **dict.fromkeys(("string_too_short", "too_short"), empty),
        "too_long": _("%(name)s has too many entries: at most %(most)s."),
        "json_invalid": _("The body is not valid JSON."),
        "extra_forbidden": _("There is no parameter “%(name)s” here. Possible: %(possible)s."),
        "literal_error": _("%(name)s must be one of: %(values)s."),
        **dict.fromkeys(("int_parsing", "int_parsing_size", "int_from_float", "int_type"), whole),
        **dict.fromkeys(
            ("float_parsing", "float_type", "finite_number", "decimal_parsing", "decimal_type", "decimal_max_digits"),
            number,
        ),
        **dict.fromkeys(("bool_parsing", "bool_type"), _("%(name)s must be true or false.")),
        **dict.fromkeys(("datetime_parsing", "datetime_type", "datetime_from_date_parsing", "timezone_aware"), time),
        **dict.fromkeys(("date_parsing", "date_type", "date_from_datetime_parsing", "date_from_datetime_inexact"), day),
        "greater_than_equal": _("%(name)s must be at least %(least)s."),
        "greater_than": _("%(name)s must be more than %(least)s."),
        "less_than_equal": _("%(name)s must be at most %(most)s."),
        "string_too_long": _("%(name)s is too long: at most %(most)s characters."),
    }
