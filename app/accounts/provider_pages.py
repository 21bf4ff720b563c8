"""The door for administrators: /people/providers, the identity providers of organisations."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.accounts import provider_queries as queries
from app.accounts import providers, sessions
from app.accounts.providers import Details
from app.db import Db, engine_of, transaction
from app.errors import AppError, Conflict, Invalid
from app.languages import label
from app.people.access import allowed_to
from app.people.models import IdentityProvider, Organisation
from app.permissions import By, Permission
from app.web import NOT_KNOWN, as_page, render

HOME = "/people/providers"
Manager = Annotated[By, allowed_to(Permission.PEOPLE_MANAGE)]


def confirmed(request: Request, by: Manager) -> By:
    """A provider opens accounts: who sets one up is asked to sign in again after a while. Holds no connection meanwhile."""
    with transaction(engine_of(request.app)) as db:
        sessions.confirm(db, request, by)
    return by


Confirmed = Annotated[By, Depends(confirmed)]

router = APIRouter(prefix=HOME, dependencies=[Depends(as_page)], include_in_schema=False)


def typed(
    name: Annotated[str, Form()] = "",
    client_id: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
    enabled: Annotated[str, Form()] = "",
) -> Details:
    return Details(name.strip(), client_id.strip(), client_secret.strip(), bool(enabled))


Typed = Annotated[Details, Depends(typed)]


@router.get("")
def list_providers(request: Request, db: Db, by: Manager) -> HTMLResponse:
    return render(request, "accounts/providers.html", providers=within_reach(db, by))


@router.get("/new")
def new_provider(request: Request, db: Db, by: Confirmed) -> HTMLResponse:
    return form(request, db, by, Details("", "", "", enabled=True))


@router.post("")
async def add_provider(
    request: Request,
    by: Confirmed,
    details: Typed,
    organisation: Annotated[str, Form()] = "",
    issuer: Annotated[str, Form()] = "",
) -> Response:
    try:
        found = await providers.checked_issuer(issuer, request.app.state.settings)
        return await run_in_threadpool(added, request, by, organisation, found, details)
    except (Invalid, Conflict) as error:
        return await run_in_threadpool(again, request, by, details, error, organisation, issuer)


def added(request: Request, by: By, organisation: str, issuer: str, details: Details) -> Response:
    with transaction(engine_of(request.app)) as db:
        provider = providers.add_provider(db, by, organisation, issuer, details)
    return RedirectResponse(f"{HOME}/{provider.id}", 303)


def again(request: Request, by: By, details: Details, error: AppError, organisation: str, issuer: str) -> HTMLResponse:
    with transaction(engine_of(request.app)) as db:
        return form(request, db, by, details, organisation=organisation, issuer=issuer, error=error)


@router.get("/{id}")
def edit_provider(request: Request, db: Db, by: Manager, id: UUID) -> HTMLResponse:
    provider, organisation = providers.get_provider(db, id)
    providers.refuse_foreign(by, organisation)
    return form(request, db, by, details_of(provider), provider, organisation.code)


@router.post("/{id}")
def change_provider(request: Request, db: Db, by: Confirmed, id: UUID, details: Typed) -> Response:
    try:
        providers.change_provider(db, by, id, details)
    except Invalid as error:
        provider, organisation = providers.get_provider(db, id)
        return form(request, db, by, details, provider, organisation.code, error=error)
    return RedirectResponse(HOME, 303)


@router.post("/{id}/remove")
def remove_provider(request: Request, db: Db, by: Confirmed, id: UUID) -> Response:
    providers.remove_provider(db, by, id)
    return RedirectResponse(HOME, 303)


def details_of(provider: IdentityProvider) -> Details:
    return Details(provider.name, provider.client_id, "", provider.enabled)


def within_reach(db: Db, by: By) -> list[tuple[IdentityProvider, Organisation]]:
    return [one for one in queries.find_providers(db) if providers.may_manage(by, one[1])]


def choices(db: Db, by: By) -> list[tuple[str, str]]:
    """The organisations whose people this administrator manages, for a menu."""
    reached = [one for one in queries.find_organisations(db) if providers.may_manage(by, one)]
    return [("", NOT_KNOWN), *((one.code, f"{label(one.names)} ({one.code})") for one in reached)]


def form(
    request: Request,
    db: Db,
    by: By,
    details: Details,
    provider: IdentityProvider | None = None,
    organisation: str = "",
    issuer: str = "",
    error: AppError | None = None,
) -> HTMLResponse:
    """The page of one provider, with what was typed, but never with a secret."""
    return render(
        request,
        "accounts/provider.html",
        status=error.status if error else 200,
        provider=provider,
        typed=asdict(details) | {"organisation": organisation, "issuer": provider.issuer if provider else issuer},
        organisations=choices(db, by),
        way_back=providers.way_back(organisation or "CODE", request.app.state.settings),
        errors={one["field"]: one["message"] for one in error.errors} if error else {},
        problem=error.detail if error else "",
    )
