"""The pages of webhooks: the list, making and changing one, its log, and what is done with it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from app import forms, languages
from app.accounts import sessions
from app.announcements import actions as announcements
from app.announcements import form as conditions_form
from app.db import Db
from app.errors import Invalid
from app.forms import Form, TypedForm, Values
from app.keys import actions as keys
from app.keys import queries as organisations
from app.languages import gettext as _
from app.people.access import allowed_to
from app.people.models import Organisation
from app.permissions import By, Permission
from app.web import as_page, render, without_filters
from app.webhooks import actions, parcels, queries
from app.webhooks.models import Webhook
from app.webhooks.schemas import WebhookChange, WebhookIn

Manager = Annotated[By, allowed_to(Permission.KEY_MANAGE)]


def confirmed(request: Request, by: Manager, db: Db) -> By:
    """Who makes a way out for records is asked to sign in again after a while, as for a key."""
    sessions.confirm(db, request, by)
    return by


Confirmed = Annotated[By, Depends(confirmed)]

router = APIRouter(prefix="/webhooks", dependencies=[Depends(as_page)], include_in_schema=False)


class ForWhom(BaseModel):
    """What the page for a new webhook can be asked."""

    model_config = ConfigDict(extra="forbid")

    organisation: str | None = Field(None, max_length=100)
    lang: str | None = None


def labels() -> dict[str, str]:
    return {"name": _("Name"), "url": _("Address"), "sees": _("What is sent"), **announcements.labels()}


def audiences() -> dict[str, str]:
    return {
        "public": _("what is public, and the organisation’s own"),
        "partners": _("also what is shared with partners"),
        "centre": _("also what only the Centre is told"),
    }


@router.get("", dependencies=[Depends(without_filters)])
def list_webhooks(request: Request, db: Db, by: Manager) -> HTMLResponse:
    others = keys.elsewhere(by)
    found = queries.webhooks_of(db, by.organisation_id, others, languages.current().code)
    choices = organisations.organisations(db, languages.current().code) if others is None or others else []
    return render(request, "webhooks/list.html", webhooks=found, organisations=choices, own=by.organisation_code)


@router.get("/new")
def new_webhook(request: Request, asked: Annotated[ForWhom, Query()], db: Db, by: Confirmed) -> HTMLResponse:
    organisation = keys.organisation_to_manage(db, by, asked.organisation or by.organisation_code)
    return form_page(request, db, by, organisation, {"sees": ["public"], "exercises": ["no"]})


@router.post("", dependencies=[Depends(without_filters)])
def make_webhook(request: Request, db: Db, by: Confirmed, typed: TypedForm) -> HTMLResponse:
    organisation = keys.organisation_to_manage(db, by, typed.text("organisation") or by.organisation_code)
    try:
        new = forms.read(WebhookIn, asked_of(typed.values) | {"organisation": organisation.code}, labels())
        if typed.text("preview"):
            return form_page(request, db, by, organisation, typed.values, preview_of=new)
        webhook, secret = actions.make(db, by, new)
    except Invalid as error:
        return form_page(request, db, by, organisation, typed.values, error)
    return secret_page(request, webhook, secret, organisation)


@router.get("/{id}", dependencies=[Depends(without_filters)])
def show_webhook(request: Request, db: Db, by: Manager, id: UUID) -> HTMLResponse:
    webhook = actions.told_of(db, by, id)
    return render(
        request, "webhooks/show.html", webhook=webhook, deliveries=queries.log_of(db, id), sees=audiences()[webhook["sees"]],
        conditions=announcements.in_words(db, webhook), failures=failures(), today=datetime.now(UTC).date(),
    )  # fmt: skip


@router.get("/{id}/edit", dependencies=[Depends(without_filters)])
def edit_webhook(request: Request, db: Db, by: Confirmed, id: UUID) -> HTMLResponse:
    webhook, organisation = actions.take(db, by, id, locked=False)
    typed = {name: [getattr(webhook, name)] for name in ("name", "url", "sees")}
    typed |= conditions_form.values(announcements.conditions_of(webhook))
    return form_page(request, db, by, organisation, typed, webhook=webhook)


@router.post("/{id}/edit", dependencies=[Depends(without_filters)])
def change_webhook(request: Request, db: Db, by: Confirmed, id: UUID, typed: TypedForm) -> Any:
    webhook, organisation = actions.take(db, by, id)
    try:
        new = forms.read(WebhookChange, asked_of(typed.values), labels())
        if typed.text("preview"):
            return form_page(request, db, by, organisation, typed.values, webhook=webhook, preview_of=new)
        actions.change(db, by, id, new)
    except Invalid as error:
        return form_page(request, db, by, organisation, typed.values, error, webhook)
    return RedirectResponse(f"/webhooks/{id}", 303)


@router.post("/{id}/secret", dependencies=[Depends(without_filters)])
def renew_secret(request: Request, db: Db, by: Confirmed, id: UUID) -> HTMLResponse:
    webhook, secret = actions.renew_secret(db, by, id)
    return secret_page(request, webhook, secret, actions.take(db, by, id)[1])


@router.post("/{id}/test", dependencies=[Depends(without_filters)])
def test_webhook(db: Db, by: Manager, id: UUID) -> RedirectResponse:
    actions.test(db, by, id)
    return RedirectResponse(f"/webhooks/{id}", 303)


@router.post("/{id}/pause", dependencies=[Depends(without_filters)])
def pause_webhook(db: Db, by: Manager, id: UUID) -> RedirectResponse:
    actions.pause(db, by, id)
    return RedirectResponse(f"/webhooks/{id}", 303)


@router.post("/{id}/resume", dependencies=[Depends(without_filters)])
def resume_webhook(db: Db, by: Manager, id: UUID, typed: TypedForm) -> RedirectResponse:
    actions.resume(db, by, id, forms.is_ticked(typed.values, "with_missed"))
    return RedirectResponse(f"/webhooks/{id}", 303)


@router.post("/{id}/end", dependencies=[Depends(without_filters)])
def end_webhook(db: Db, by: Manager, id: UUID) -> RedirectResponse:
    actions.end(db, by, id)
    return RedirectResponse("/webhooks", 303)


@router.post("/{id}/replay", dependencies=[Depends(without_filters)])
def replay_failed(db: Db, by: Manager, id: UUID, typed: TypedForm) -> RedirectResponse:
    """All that failed since a day; where none is named, whatever failed."""
    day = typed.text("since") or "2000-01-01"
    try:
        since = datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid.field("since", _("Write a day.")) from None
    actions.send_again(db, by, id, since=since)
    return RedirectResponse(f"/webhooks/{id}", 303)


@router.post("/{id}/deliveries/{delivery}/replay", dependencies=[Depends(without_filters)])
def replay_one(db: Db, by: Manager, id: UUID, delivery: UUID) -> RedirectResponse:
    actions.send_again(db, by, id, delivery=delivery)
    return RedirectResponse(f"/webhooks/{id}", 303)


def asked_of(values: Values) -> dict[str, Any]:
    own = {name: texts for name, texts in values.items() if name in ("name", "url", "sees")}
    return {name: value for name, value in forms.asked(own).items() if value} | conditions_form.asked(values)


def failures() -> dict[str, str]:
    """Why nothing came back, in words."""
    return {
        "timeout": _("no answer within 10 seconds"),
        "refused": _("nobody answers at this address"),
        "no_address": _("the name has no address"),
        "tls": _("its certificate is not valid"),
        "not_allowed": _("the name leads to an address that may not be asked"),
        "broken": _("the connection broke, or what came back is not HTTP"),
    }


def secret_page(request: Request, webhook: Webhook, secret: str, organisation: Organisation) -> HTMLResponse:
    answer = render(request, "webhooks/made.html", webhook=webhook, secret=secret, organisation=organisation)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def form_page(
    request: Request,
    db: Db,
    by: By,
    organisation: Organisation,
    values: Mapping[str, list[str]],
    error: Invalid | None = None,
    webhook: Webhook | None = None,
    preview_of: WebhookChange | None = None,
) -> HTMLResponse:
    """The form as it was typed, with what is wrong, or with what would have been sent."""
    form = Form("webhook", values, labels(), error.errors if error else (), error.detail if error else "")
    return render(
        request, "webhooks/edit.html", error.status if error else 200, form=form, organisation=organisation, webhook=webhook,
        audiences=[(code, audiences()[code], "") for code in actions.audiences_for(by, organisation)],
        choices=conditions_form.choices(db),
        preview=preview(db, by, organisation, preview_of) if preview_of else None,
    )  # fmt: skip


def preview(db: Db, by: By, organisation: Organisation, new: WebhookChange) -> dict[str, Any]:
    """What would have been sent in the last 30 days. Raises Invalid."""
    announcements.check_conditions(db, new)
    sees = new.sees if new.sees in actions.audiences_for(by, organisation) else "public"
    limit = actions.limit_of(by, organisation)
    eyes = parcels.eyes_of(Webhook(name=new.name, sees=sees, limited_to=limit), organisation)
    return announcements.preview(db, eyes, announcements.conditions_of(new))
