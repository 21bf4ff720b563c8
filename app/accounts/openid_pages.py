"""The doors of signing in with an organisation's own account: out to its identity provider, and back from there.

Nothing of the database is held while the provider is asked.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from app import languages
from app.accounts import ceremonies, openid, providers, sessions
from app.accounts.cookies import drop, held, hold
from app.accounts.openid import Client, Errand, OpenIdFailed, Said
from app.accounts.sign_in import go_on, local_path
from app.db import engine_of, transaction
from app.errors import Forbidden, Overloaded
from app.languages import gettext as _
from app.permissions import public
from app.web import as_page, render

PURPOSE = COOKIE = "openid"
AT_ONCE = 8  # conversations with providers in one process; each may take seconds

router = APIRouter(prefix="/sign-in/openid", include_in_schema=False)
log = structlog.get_logger()
_under_way = 0


class ProviderAway(Overloaded):
    """It does not answer, or not as a provider does."""


@router.post("/{id}", dependencies=[Depends(as_page)])
@public
async def visit_provider(request: Request, id: UUID, next: Annotated[str, Form()] = "/") -> Response:
    """A page that leads there: a redirect would fall to the form-action of our own security policy."""
    errand = Errand.new()
    client, name, token = await run_in_threadpool(begin_visit, request, id, errand, local_path(next))
    with conversation():
        try:
            address = await openid.way_there(client, errand, languages.current().code)
        except OpenIdFailed as error:
            log.warning("sign-in", outcome="provider away", provider=client.issuer, why=str(error))
            raise ProviderAway(
                _("%(name)s does not answer just now. Try again in a moment, or sign in another way.") % {"name": name}
            ) from error
    answer = render(request, "accounts/to_provider.html", name=name, target=address, host=urlsplit(address).hostname)
    hold(answer, request, COOKIE, token, "lax")
    return answer


def begin_visit(request: Request, id: UUID, errand: Errand, next: str) -> tuple[Client, str, str]:
    with transaction(engine_of(request.app)) as db:
        provider, organisation = providers.get_provider(db, id)
        client = providers.client_of(provider, organisation, request.app.state.settings)
        token = ceremonies.begin(db, PURPOSE, provider=str(id), next=next, **errand.kept())
        return client, provider.name, token


@router.get("/{organisation}/back")
@public
async def come_back(request: Request, organisation: str) -> Response:
    """Where the provider sends the browser. Each visit comes back once, to the browser that left."""
    visit = await run_in_threadpool(end_visit, request, organisation)
    if visit is None:
        raise Forbidden(_("This visit was begun in another browser, or too long ago. Sign in again."))
    client, errand, state = visit
    with conversation():
        said = await asked(client, errand, dict(request.query_params))
    return await run_in_threadpool(enter, request, state, said)


def end_visit(request: Request, organisation: str) -> tuple[Client, Errand, Mapping[str, Any]] | None:
    with transaction(engine_of(request.app)) as db:
        ceremony = ceremonies.end(db, PURPOSE, held(request, COOKIE))
        found = providers.find_provider(db, UUID(ceremony.state["provider"])) if ceremony else None
        if ceremony is None or found is None or found[1].code != organisation:
            return None
        client = providers.client_of(*found, request.app.state.settings)
        errand = Errand(*(ceremony.state[name] for name in ("state", "nonce", "verifier")))
        return client, errand, ceremony.state


async def asked(client: Client, errand: Errand, answer: Mapping[str, str]) -> Said:
    try:
        return await openid.who_came_back(client, errand, answer)
    except OpenIdFailed as error:
        log.warning("sign-in", outcome="refused", provider=client.issuer, why=str(error))
        raise Forbidden(_("The provider did not say who you are. Sign in again.")) from error


def enter(request: Request, state: Mapping[str, Any], said: Said) -> Response:
    with transaction(engine_of(request.app)) as db:
        provider, _organisation = providers.get_provider(db, UUID(state["provider"]))
        user = providers.person(db, provider, said, request.scope["portal.request_id"])
        if user is None:
            log.warning("sign-in", outcome="unknown person", provider=provider.issuer)
            raise Forbidden(
                _(
                    "%(name)s knows you, but no account here is yours. Ask an administrator of the Centre to invite you with the mail address that it has verified."
                )
                % {"name": provider.name}
            )
        if not said.is_strong:
            answer = go_on(db, request, user, first="openid", next=state["next"])
        else:
            answer = RedirectResponse(local_path(state["next"]), 303)
            sessions.begin(db, request, answer, user, "openid", second_factor=True)
        drop(answer, request, COOKIE)
        return answer


@contextmanager
def conversation() -> Iterator[None]:
    """So many at once: slow providers do not pile up work here."""
    global _under_way
    if _under_way >= AT_ONCE:
        raise Overloaded(_("Many people are signing in just now. Try again in a moment."))
    _under_way += 1
    try:
        yield
    finally:
        _under_way -= 1
