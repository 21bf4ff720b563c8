"""Webhooks over HTTP, for people who manage those of their organisation; a program cannot make itself another way in."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from app import languages
from app.accounts import sessions
from app.db import Db
from app.docs import NOT_THERE, WRITING
from app.errors import Forbidden, Invalid
from app.keys import actions as keys
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.webhooks import actions, queries
from app.webhooks.schemas import Again, DeliveriesOut, Since, WebhookIn, WebhookMade, WebhookOut, WebhooksOut

Manager = Annotated[By, allowed_to(Permission.KEY_MANAGE)]


def confirmed(by: Manager, db: Db) -> By:
    """Who makes a way out for records has signed in a moment ago, as on the pages. Raises Forbidden."""
    if not sessions.is_recent(db, by):
        raise Forbidden(_("You signed in too long ago for this. Sign in again."))
    return by


Confirmed = Annotated[By, Depends(confirmed)]
FIELDS = tuple(WebhookOut.model_fields)
PREFIX = "msg_"

router = APIRouter(prefix="/webhooks", tags=["webhooks"], responses={**NOT_THERE, **WRITING})


@router.get("", response_model=WebhooksOut)
def list_webhooks(db: Db, by: Manager) -> dict[str, Any]:
    """The webhooks of your organisation; for administrators those of all."""
    found = queries.webhooks_of(db, by.organisation_id, keys.elsewhere(by), languages.current().code)
    return {"count": len(found), "results": found}


@router.post("", status_code=201, response_model=WebhookMade)
def make_webhook(request: Request, db: Db, by: Confirmed, new: WebhookIn) -> JSONResponse:
    """Make a webhook. The answer holds its secret, this once."""
    webhook, secret = actions.make(db, by, new)
    made = WebhookMade.model_validate({**actions.told_of(db, by, webhook.id), "secret": secret}, extra="ignore")
    headers = {"Location": f"{request.url.path}/{webhook.id}", "Cache-Control": "no-store"}
    return JSONResponse(made.model_dump(mode="json"), 201, headers)


@router.get("/{id}", response_model=WebhookOut)
def show_webhook(db: Db, by: Manager, id: UUID) -> dict[str, Any]:
    """One webhook."""
    return actions.told_of(db, by, id)


@router.get("/{id}/deliveries", response_model=DeliveriesOut)
def list_deliveries(db: Db, by: Manager, id: UUID) -> dict[str, Any]:
    """What was sent to it in the last 30 days, the latest 200, with every attempt."""
    actions.told_of(db, by, id)
    found = queries.log_of(db, id)
    return {"count": len(found), "results": found}


@router.post("/{id}/test", response_model=Again)
def test_webhook(db: Db, by: Manager, id: UUID) -> dict[str, int]:
    """Have a test sent, of the type webhook.test."""
    actions.test(db, by, id)
    return {"count": 1}


@router.post("/{id}/replay", response_model=Again)
def replay_failed(db: Db, by: Manager, id: UUID, asked: Since) -> dict[str, int]:
    """Send again all that failed since a time, each under its own id."""
    return {"count": actions.send_again(db, by, id, since=asked.since)}


@router.post("/{id}/deliveries/{delivery}/replay", response_model=Again)
def replay_one(db: Db, by: Manager, id: UUID, delivery: str) -> dict[str, int]:
    """Send one delivery again, under its own id."""
    return {"count": actions.send_again(db, by, id, delivery=delivery_id(delivery))}


@router.post("/{id}/end", response_model=WebhookOut)
def end_webhook(db: Db, by: Manager, id: UUID) -> dict[str, Any]:
    """End a webhook, for good."""
    actions.end(db, by, id)
    return actions.told_of(db, by, id)


def delivery_id(text: str) -> UUID:
    """Raises Invalid."""
    try:
        return UUID(text.removeprefix(PREFIX))
    except ValueError:
        raise Invalid.field("delivery", _("That is no id of a delivery: it begins with msg_.")) from None
