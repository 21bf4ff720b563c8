"""The door for people who manage API keys: /keys. There is none for programs: a key cannot make another one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from app import forms, languages
from app.accounts import sessions
from app.db import Db
from app.errors import Invalid
from app.forms import Form, TypedForm
from app.keys import actions as keys
from app.keys import queries
from app.keys.schemas import KeyIn
from app.languages import gettext as _
from app.people.access import allowed_to
from app.people.models import Organisation
from app.permissions import By, Permission
from app.web import as_page, render, without_filters

P = Permission
Manager = Annotated[By, allowed_to(P.KEY_MANAGE)]


def confirmed(request: Request, by: Manager, db: Db) -> By:
    """Who makes a key is asked to sign in again after a while: a thief of a session would keep a way in by it."""
    sessions.confirm(db, request, by)
    return by


Confirmed = Annotated[By, Depends(confirmed)]

router = APIRouter(prefix="/keys", dependencies=[Depends(as_page)], include_in_schema=False)


class ForWhom(BaseModel):
    """What the page for a new key can be asked."""

    model_config = ConfigDict(extra="forbid")

    organisation: str | None = Field(None, max_length=100)
    lang: str | None = None


def sentences() -> dict[Permission, str]:
    """What a program may do with each scope, in a sentence."""
    return {
        P.READ_PARTNERS: _("Read what is shared with partners."),
        P.READ_CENTRE: _("Read what only the Centre is told, and what is shared with partners."),
        P.EVENT_WRITE: _("Write events, and the figures, situation reports and documents below them."),
        P.WARNING_ISSUE: _("Warn neighbours."),
        P.CAPACITY_WRITE: _("Write its own organisation’s capacities and contacts."),
        P.CAPACITY_WRITE_ANY: _("Write the capacities and contacts of every organisation."),
        P.REQUEST_WRITE: _("Ask for assistance."),
        P.REQUEST_APPROVE: _("Approve or reject requests for assistance."),
        P.STOCK_WRITE: _("Book movements of the Centre’s stock."),
    }


def labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "scopes": _("What the program may do"),
        "countries": _("Countries"),
        "expires_on": _("Serves until"),
    }


@router.get("", dependencies=[Depends(without_filters)])
def list_keys(request: Request, db: Db, by: Manager) -> HTMLResponse:
    others = keys.elsewhere(by)
    found = queries.keys_of(db, by.organisation_id, others, languages.current().code, keys.SOON_DAYS)
    organisations = queries.organisations(db, languages.current().code) if others is None or others else []
    return render(request, "keys/list.html", keys=found, organisations=organisations, own=by.organisation_code)


@router.get("/new")
def new_key(request: Request, asked: Annotated[ForWhom, Query()], db: Db, by: Confirmed) -> HTMLResponse:
    organisation = keys.organisation_to_manage(db, by, asked.organisation or by.organisation_code)
    until = datetime.now(UTC).date() + timedelta(days=keys.DAYS)
    return form_page(request, db, by, organisation, {"expires_on": [until.isoformat()]})


@router.post("", dependencies=[Depends(without_filters)])
def make_key(request: Request, db: Db, by: Confirmed, typed: TypedForm) -> HTMLResponse:
    organisation = keys.organisation_to_manage(db, by, typed.text("organisation") or by.organisation_code)
    question = {name: value for name, value in forms.asked(typed.values, ("scopes", "countries")).items() if value}
    question = {"scopes": [], "countries": []} | question | {"organisation": organisation.code}
    try:
        key, token = keys.make_key(db, by, forms.read(KeyIn, question, labels()))
    except Invalid as error:
        return form_page(request, db, by, organisation, typed.values, error)
    answer = render(request, "keys/made.html", key=key, token=token, organisation=organisation)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/{id}/revoke", dependencies=[Depends(without_filters)])
def revoke_key(db: Db, by: Manager, id: UUID) -> RedirectResponse:
    keys.revoke_key(db, by, id)
    return RedirectResponse("/keys", 303)


def form_page(
    request: Request,
    db: Db,
    by: By,
    organisation: Organisation,
    values: Mapping[str, list[str]],
    error: Invalid | None = None,
) -> HTMLResponse:
    """The form as it was typed, with what is wrong."""
    form = Form("key", values, labels(), error.errors if error else (), error.detail if error else "")
    limit = by.rights[P.KEY_MANAGE]
    return render(
        request,
        "keys/edit.html",
        error.status if error else 200,
        form=form,
        organisation=organisation,
        scopes=[(scope, sentences()[scope]) for scope in keys.scopes_for(by, organisation)],
        countries=[
            (one["code"], one["name"])
            for one in queries.countries(db, languages.current().code)
            if limit is None or one["code"] in limit
        ],
        is_limited=limit is not None,
    )
