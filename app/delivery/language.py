"""Settles the language of a request before anything is said in it."""

from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from app import languages


class Language:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            languages.speak(language_of(scope))
        await self.app(scope, receive, send)


def language_of(scope: Scope) -> str:
    """`lang=`, the cookie, Accept-Language; an unknown `lang` is refused later, by the door, in English."""
    query, headers = scope["query_string"], Headers(scope=scope)
    lang = dict(parse_qsl(query.decode("latin-1"))).get("lang") if b"lang=" in query else None
    try:
        return languages.negotiate(lang, language_chosen(headers), headers.get("accept-language"))
    except languages.UnknownLanguage:
        return languages.DEFAULT


def language_chosen(headers: Headers) -> str | None:
    """What the cookie of an earlier choice says; a browser may send its cookies in several lines, the last one counts."""
    said = [cookie_parser(line).get(languages.COOKIE) for line in headers.getlist("cookie") if languages.COOKIE in line]
    return next((choice for choice in reversed(said) if choice is not None), None)
