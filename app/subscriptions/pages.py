"""The pages of one's own subscriptions, and the page that ends one by the link out of a mail, without signing in."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from app import forms
from app.announcements import actions as announcements
from app.announcements import form as conditions_form
from app.db import Db
from app.errors import Conflict, Invalid
from app.forms import Form, TypedForm, Values
from app.languages import gettext as _
from app.people.access import Asker, signed_in
from app.permissions import By, public
from app.subscriptions import actions, digests, queries
from app.subscriptions.models import Subscription
from app.subscriptions.schemas import SubscriptionIn
from app.web import as_page, render, without_filters

Person = Annotated[By, signed_in()]

router = APIRouter(dependencies=[Depends(as_page)], include_in_schema=False)


class FromAMail(BaseModel):
    """What a link out of a mail brings."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field("", max_length=300)
    lang: str | None = None


def labels() -> dict[str, str]:
    when = {"rhythm": _("When"), "hour": _("Hour of the digest"), "time_zone": _("Time zone")}
    return announcements.labels() | when


def rhythms() -> dict[str, str]:
    return {"immediate": _("at once"), "daily": _("once a day, all in one mail")}


@router.get("/subscriptions", dependencies=[Depends(without_filters)])
def list_subscriptions(request: Request, db: Db, by: Person) -> HTMLResponse:
    assert by.user_id
    found = [
        {
            "row": one,
            "conditions": announcements.in_words(db, announcements.conditions_of(one)),
            "rhythm": rhythms()[one.rhythm],
        }
        for one in queries.subscriptions_of(db, by.user_id)
    ]
    return render(request, "subscriptions/list.html", subscriptions=found)


@router.get("/subscriptions/new", dependencies=[Depends(without_filters)])
def new_subscription(request: Request, db: Db, by: Person) -> HTMLResponse:
    zone = digests.zone_of(queries.country_of(db, by.organisation_id))
    return form_page(
        request, db, by, {"exercises": ["no"], "rhythm": ["immediate"], "hour": ["8"], "time_zone": [zone]}
    )


@router.post("/subscriptions", dependencies=[Depends(without_filters)])
def subscribe(request: Request, db: Db, by: Person, typed: TypedForm) -> Any:
    try:
        new = forms.read(SubscriptionIn, asked_of(typed.values), labels())
        if typed.text("preview"):
            announcements.check_conditions(db, new)
            return form_page(request, db, by, typed.values, preview_of=new)
        actions.subscribe(db, by, new)
    except (Invalid, Conflict) as error:
        return form_page(request, db, by, typed.values, error)
    return RedirectResponse("/subscriptions", 303)


@router.get("/subscriptions/{id}", dependencies=[Depends(without_filters)])
def show_subscription(request: Request, db: Db, by: Person, id: UUID) -> HTMLResponse:
    subscription = actions.own(db, by, id)
    said = announcements.conditions_of(subscription)
    when = {name: [str(getattr(subscription, name))] for name in ("rhythm", "hour", "time_zone")}
    kept = SubscriptionIn.model_construct(**said)
    return form_page(request, db, by, conditions_form.values(said) | when, None, subscription, kept)


@router.post("/subscriptions/{id}", dependencies=[Depends(without_filters)])
def change_subscription(request: Request, db: Db, by: Person, id: UUID, typed: TypedForm) -> Any:
    subscription = actions.own(db, by, id)
    try:
        new = forms.read(SubscriptionIn, asked_of(typed.values), labels())
        if typed.text("preview"):
            announcements.check_conditions(db, new)
            return form_page(request, db, by, typed.values, None, subscription, new)
        actions.change(db, by, id, new)
    except Invalid as error:
        return form_page(request, db, by, typed.values, error, subscription)
    return RedirectResponse("/subscriptions", 303)


@router.post("/subscriptions/{id}/end", dependencies=[Depends(without_filters)])
def end_subscription(db: Db, by: Person, id: UUID) -> RedirectResponse:
    actions.end(db, by, id)
    return RedirectResponse("/subscriptions", 303)


@router.get("/unsubscribe")
@public
def ask_to_unsubscribe(request: Request, asked: Annotated[FromAMail, Query()]) -> HTMLResponse:
    """Programs that look at every link in a mail end nothing: a person presses the button."""
    return private(render(request, "subscriptions/unsubscribe.html", token=asked.token, is_over=False))


@router.post("/unsubscribe")
@public
def unsubscribe(request: Request, db: Db, by: Asker, asked: Annotated[FromAMail, Query()]) -> HTMLResponse:
    """By the button of that page, or of a mail program (RFC 8058): one request, without cookies."""
    actions.end_by_token(db, by, asked.token)
    return private(render(request, "subscriptions/unsubscribe.html", token="", is_over=True))


def private(answer: HTMLResponse) -> HTMLResponse:
    """The address holds a token: it is kept nowhere and told to no other site."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def asked_of(values: Values) -> dict[str, Any]:
    when = {name: texts for name, texts in values.items() if name in ("rhythm", "hour", "time_zone")}
    return {name: value for name, value in forms.asked(when).items() if value} | conditions_form.asked(values)


def form_page(
    request: Request,
    db: Db,
    by: By,
    values: Mapping[str, list[str]],
    error: Invalid | Conflict | None = None,
    subscription: Subscription | None = None,
    preview_of: SubscriptionIn | None = None,
) -> HTMLResponse:
    """The form as it was typed, with what is wrong, or with what would have been mailed."""
    errors = error.errors if isinstance(error, Invalid) else ()
    form = Form("subscription", values, labels(), errors, error.detail if error else "")
    preview = None
    if preview_of:
        preview = announcements.preview(db, by, announcements.conditions_of(preview_of))
    return render(
        request, "subscriptions/edit.html", error.status if error else 200, form=form, subscription=subscription,
        choices=conditions_form.choices(db), rhythms=rhythms(), zones=digests.zones(), preview=preview,
    )  # fmt: skip
