"""The door-keeper: finds out who asks, and lets nobody through a door whose right they do not have.

People come with a session cookie, programs with `Authorization: Bearer <API key>`. Every door says who may: `@public`,
`allowed_to(Permission.X)` or `signed_in()`; a house test walks them all. What a known asker may *see* is decided by
`permissions.visible()`, in the query.
"""

from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db import engine_of, transaction
from app.errors import Forbidden, Unauthorized, on_app_error, sign_in_first
from app.languages import gettext as _
from app.people import queries
from app.permissions import ANYBODY, NEEDS_SECOND_FACTOR, By, Permission, Role, ask_as, asking, rights_of
from app.reading import Reader
from app.secrets import token_hash
from app.settings import Settings
from app.web import Elsewhere

PREFIX = "apk_"
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
NOTED_WITHIN_S = 1
FOR_PROGRAMS = ("/api/", "/tiles/", "/ogc", "/feeds/")


# -- what doors say


class Allowed(SecurityBase):
    """Lets in who has a right, or one of several, somewhere. The OpenAPI document says of such a door that it wants a key."""

    scheme_name = "key"
    model = HTTPBearer(description="an API key of your organisation: `Authorization: Bearer apk_…`")

    def __init__(self, permission: Permission, *others: Permission) -> None:
        self.permission, self.others = permission, others

    async def __call__(self, request: Request) -> By:
        by = known(request)
        if not any(by.may(one) for one in (self.permission, *self.others)):
            raise Forbidden(refusal(by, self.permission))
        return by


def allowed_to(permission: Permission, *others: Permission) -> Any:
    """The parameter `by` of a door for those who have this right, somewhere; `others`: or one of these. Where it counts, the
    action looks closer."""
    return Depends(Allowed(permission, *others))


def signed_in() -> Any:
    """The parameter `by` of a door for any person who has signed in; programs have nothing to do there."""

    async def check(request: Request) -> By:
        by = known(request)
        if by.kind != "person":
            raise Forbidden(_("This is for people who sign in, not for programs."))
        return by

    check.permission = "signed in"  # type: ignore[attr-defined]
    return Depends(check)


Asker = Annotated[By, Depends(asking)]


def known(request: Request) -> By:
    """Who asks. Raises Unauthorized; sends people to the page where they sign in."""
    by = asking()
    if by.is_known:
        return by
    if request.url.path.startswith(FOR_PROGRAMS):
        raise sign_in_first()
    raise Elsewhere("/sign-in?" + urlencode({"next": way_back(request)}))


def way_back(request: Request) -> str:
    """Where to go on after signing in: this page, or the one whose form was sent."""
    if request.method in SAFE:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    came_from = urlsplit(request.headers.get("referer", ""))
    return came_from.path if came_from.netloc == request.headers.get("host") else "/"


def refusal(by: By, permission: Permission) -> str:
    if by.kind == "key":
        return _("This API key does not have the scope %(scope)s.") % {"scope": permission}
    return _("Your account does not have this right (%(right)s). An administrator of the Centre can give it.") % {
        "right": permission
    }


# -- who asks


class Identify:
    """Once a request: who sent it. Costs nothing where no credentials are sent. Refuses what another site makes a browser send."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.origin, self.cookie = origin_of(settings.public_url), cookie_name(settings)
        self.notice = cookie_name(settings, "notice")
        self.noting = CapacityLimiter(2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        ask_as(ANYBODY)
        headers = Headers(scope=scope)
        try:
            if "authorization" in headers:
                ask_as(await self.program(scope, headers["authorization"]))
            else:
                self.refuse_other_sites(scope, headers)
                if token := session_token(headers, self.cookie):
                    ask_as(await self.person(scope, token))
        except (Unauthorized, Forbidden) as error:
            answer = await on_app_error(Request(scope, receive), error)
            await answer(scope, receive, send)
            return
        note_asker(scope)
        is_form = scope["method"] == "POST" and asking().kind == "person"
        await self.app(scope, receive, self.telling(send) if is_form else send)

    def telling(self, send: Send) -> Send:
        """A form that was done leads to a page; the page says that it was done. Asked to sign in anew, it was not."""

        async def tell(message: Message) -> None:
            address = Headers(raw=message.get("headers", [])).get("location", "")
            if message.get("status") == 303 and not address.startswith("/sign-in"):
                done = f"{self.notice}={quote(address.partition('?')[0], safe='')}; Path=/; Max-Age=8; HttpOnly; SameSite=Lax"
                line = done + ("; Secure" if self.notice.startswith("__Host-") else "")
                message = {**message, "headers": [*message["headers"], (b"set-cookie", line.encode())]}
            await send(message)

        return tell

    def refuse_other_sites(self, scope: Scope, headers: Headers) -> None:
        """A browser says where a request comes from. One that changes something may only come from our own pages."""
        if scope["method"] in SAFE:
            return
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        own = {self.origin, f"{scope.get('scheme', 'http')}://{headers.get('host', '')}"}
        if site not in (None, "same-origin", "none") or (site is None and origin is not None and origin not in own):
            raise Forbidden(
                _("This came from another site, so nothing was done. Open the portal itself and do it there.")
            )

    async def person(self, scope: Scope, token: str) -> By:
        idle = self.settings.session_idle_minutes
        found = await reader_of(scope).row(queries.asking_person(token_hash(token), idle))
        if found is None:
            return ANYBODY
        session, user, name, language, organisation, code, second_factor, granted, is_due, demonstration = found
        if is_due and not is_unattended(scope):
            await self.note(scope, "sessions", session)
        roles = [
            (Role(role), countries) for role, countries in granted if second_factor or role not in NEEDS_SECOND_FACTOR
        ]
        return By(
            "person", means_of(scope), user, None, session, organisation, code, name, language,
            rights_of(roles), frozenset(role for role, _countries in roles), second_factor, scope["portal.request_id"],
            demonstration,
        )  # fmt: skip

    async def note(self, scope: Scope, table: str, id: Any) -> None:
        """That it was used. Nobody waits long for that: where all who write wait for something, others still read."""
        with move_on_after(NOTED_WITHIN_S):
            await to_thread.run_sync(note_seen, scope, table, id, abandon_on_cancel=True, limiter=self.noting)

    async def program(self, scope: Scope, authorization: str) -> By:
        kind, _space, token = authorization.partition(" ")
        found = None
        if kind.lower() == "bearer" and token.startswith(PREFIX):
            found = await reader_of(scope).row(queries.asking_program(token_hash(token.strip())))
        if found is None:
            raise Unauthorized(_("This API key is unknown, revoked or expired."))
        key, name, organisation, code, scopes, countries, is_due, demonstration = found
        if is_due:
            await self.note(scope, "api_keys", key)
        limit = frozenset(countries) or None
        return By(
            "key", "api", None, key, None, organisation, code, name,
            rights={Permission(scope): limit for scope in scopes}, request_id=scope["portal.request_id"],
            demonstration=demonstration,
        )  # fmt: skip


def note_asker(scope: Scope) -> None:
    """For the line in the log: the account or the key, by its id."""
    by = asking()
    if by.is_known:
        scope.setdefault("portal.asker", {})["by"] = f"{by.kind} {by.user_id or by.key_id}"


def reader_of(scope: Scope) -> Reader:
    reader: Reader = scope["app"].state.reader
    return reader


def is_unattended(scope: Scope) -> bool:
    """What an open page does by itself keeps no session alive that nobody sits at any more."""
    return scope["path"] == "/live" or any(name == b"x-unattended" for name, _said in scope["headers"])


def note_seen(scope: Scope, table: str, id: Any) -> None:
    """At most once a minute: when this session or key was last used."""
    with transaction(engine_of(scope["app"])) as db:
        queries.note_seen(db, table, id)


def cookie_name(settings: Settings, name: str = "session") -> str:
    """Over HTTPS browsers take `__Host-` only from this very host: no neighbour can put a session of its own in its place."""
    return f"__Host-{name}" if settings.public_url.startswith("https:") else name


def session_token(headers: Headers, name: str) -> str | None:
    tokens = (cookie_parser(line).get(name) for line in headers.getlist("cookie"))
    return next(filter(None, tokens), None)


def means_of(scope: Scope) -> str:
    return "api" if scope["path"].startswith(FOR_PROGRAMS) else "page"


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
