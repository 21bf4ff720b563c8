"""The doors for people who offer: a form with a row for each line of the request, and submitting what was drafted.

What is refused comes back with everything that was typed.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, not_found, refuse_stale
from app.capacities import writing_queries as capacities
from app.db import Db
from app.equipment import words as specifications
from app.equipment.schemas import specified
from app.errors import AppError
from app.forms import Form, Typed, TypedForm, again, question_of, saved
from app.idempotency import once
from app.languages import gettext as _
from app.offers import actions, entry, form
from app.offers import writing_queries as queries
from app.offers.models import Offer
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.requests import writing_queries as requests
from app.requests.form import rows_of
from app.requests.models import Request as Asked
from app.web import Plain, as_page, render, without_filters

Writer = Annotated[By, allowed_to(Permission.CAPACITY_WRITE, Permission.STOCK_WRITE)]
beginning = APIRouter(prefix="/offers", dependencies=[Depends(as_page)], include_in_schema=False)
router = APIRouter(prefix="/offers", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)


# -- offering


class Begun(Plain):
    """What an offer is for, and what a match proposes for one line of it."""

    request: str | None = Field(None, max_length=40)
    organisation: str | None = Field(None, max_length=40)
    line: int | None = Field(None, ge=1, le=10_000)
    capacity: str | None = Field(None, max_length=40)
    stock: str | None = Field(None, max_length=40)
    lot: UUID | None = None
    quantity: str | None = Field(None, max_length=40)


@beginning.get("/new")
def new_offer(request: Request, by: Writer, begun: Annotated[Begun, Query()], db: Db) -> HTMLResponse:
    asked = request_of(db, by, begun.request)
    state = {
        "request": asked.ref if asked else None,
        "organisation": whose(db, by, begun),
        "lines": proposed(db, by, begun),
    }
    values = form.values_of(state, asked_lines(db, asked))
    return show_form(request, db, by, Form(name_of(asked), values, form.labels()), asked)


def proposed(db: Session, by: By, begun: Begun) -> list[dict[str, Any]]:
    """The line that a match proposes. Where a lot lies is told to those who may offer it."""
    is_told = begun.lot is not None and entry.may_offer_stock(by)
    stock = queries.position_of_lot(db, begun.lot) if is_told and begun.lot else begun.stock
    if not (begun.line or begun.capacity or stock):
        return []
    line = {"request_line": begun.line, "capacity": begun.capacity, "stock": stock, "quantity": begun.quantity}
    return [line | {"lot": str(begun.lot) if begun.lot and stock else None}]


def whose(db: Session, by: By, begun: Begun) -> str:
    """Who offers: of a capacity that the asker may write for others, its own organisation."""
    if not by.may(Permission.CAPACITY_WRITE_ANY):
        return by.organisation_code
    if begun.organisation or not begun.capacity:
        return begun.organisation or by.organisation_code
    held = capacities.capacities_seen(db, by, [begun.capacity]).get(begun.capacity)
    return queries.code_of(db, held.capacity.organisation_id) if held else by.organisation_code


@router.post("")
def draft_offer(request: Request, by: Writer, typed: TypedForm, db: Db) -> Response:
    asked = request_of(db, by, typed.text("request") or None)

    def draft() -> Response:
        return to_page(actions.draft_offer(db, by, form.offer_in(typed.values)))

    try:
        return saved(request, db, by, typed, draft)
    except AppError as error:
        shown = again(typed, name_of(asked), form.labels(), in_rows(error, typed))
        return show_form(request, db, by, shown, asked, status=error.status)


@router.get("/{id_or_ref}/edit")
def edit_offer(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    offer, asked = to_write(db, by, id_or_ref)
    now = form.values_of(queries.state_of(db, offer.id), asked_lines(db, asked))
    opened = Form(f"offers/{offer.ref}", now, form.labels(), version=version_of(offer.updated_at), was=now)
    return show_form(request, db, by, opened, asked, offer)


@router.post("/{id_or_ref}")
def change_offer(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    offer, asked = to_write(db, by, id_or_ref)
    now = form.values_of(queries.state_of(db, offer.id), asked_lines(db, asked))

    def change() -> Response:
        refuse_stale(expected_version(typed.version), offer.updated_at)
        form.offer_in(typed.values)
        return to_page(actions.change_offer(db, by, offer.ref, form.change(typed.values, now), typed.version))

    try:
        return saved(request, db, by, typed, change)
    except AppError as error:
        shown = again(typed, f"offers/{offer.ref}", form.labels(), in_rows(error, typed))
        return show_form(request, db, by, shown, asked, offer, error.status)


@router.post("/{id_or_ref}/discard")
def discard_draft(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def discard() -> Response:
        actions.discard_draft(db, by, id_or_ref, expected_version(typed.version))
        return RedirectResponse("/offers", 303)

    return once(db, by, request, typed.key, question_of(typed), discard)


@router.post("/{id_or_ref}/submit")
def submit_offer(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    def submit() -> Response:
        return to_page(actions.submit_offer(db, by, id_or_ref, expected_version(typed.version)))

    return once(db, by, request, typed.key, question_of(typed), submit)


# -- what they share


def request_of(db: Session, by: By, ref: str | None) -> Asked | None:
    """The request that an offer is begun for. Raises NotFound."""
    if not ref:
        return None
    found = requests.request_seen(db, by, ref)
    if found is None:
        raise not_found(ref)
    actions.demand_open(found)
    return found


def asked_lines(db: Session, asked: Asked | None) -> list[dict[str, Any]]:
    return queries.asked_lines(db, languages.current().code, asked.id) if asked else []


def seen(db: Session, by: By, id_or_ref: str) -> tuple[Offer, Asked | None]:
    offer = queries.offer_seen(db, by, id_or_ref)
    if offer is None:
        raise not_found(id_or_ref)
    return offer, db.get(Asked, offer.request_id) if offer.request_id else None


def to_write(db: Session, by: By, id_or_ref: str) -> tuple[Offer, Asked | None]:
    """A draft, for somebody who may change it. Raises NotFound, Forbidden, NotPossible."""
    offer, asked = seen(db, by, id_or_ref)
    actions.demand_owner(by, offer)
    actions.demand_status(offer, "draft")
    return offer, asked


def in_rows(error: AppError, typed: Typed) -> AppError:
    """What is wrong, by the rows of the page."""
    error.errors = [dict(one) for one in form.in_rows(error.errors, typed.values)]
    return error


def name_of(asked: Asked | None) -> str:
    """Of the draft in the browser: one for each request."""
    return f"offers/new/{asked.ref}" if asked else "offers/new"


def to_page(offer: Offer) -> Response:
    return RedirectResponse(f"/offers/{offer.ref}", 303)


def title_of(db: Session, offer: Offer) -> str:
    asked = db.get(Asked, offer.request_id) if offer.request_id else None
    return languages.label(offer.titles or (asked.titles if asked else {}))


def show_form(
    request: Request,
    db: Session,
    by: By,
    shown: Form,
    asked: Asked | None,
    offer: Offer | None = None,
    status: int = 200,
) -> HTMLResponse:
    lang, lines = languages.current().code, {one["no"]: one for one in asked_lines(db, asked)}
    wanted = [code for one in lines.values() for code in (one["item"], one["type"], *one["alternatives"]) if code]
    organisation = offer.organisation_id if offer else offering(db, by, shown.text("organisation"))
    offered = queries.choices(db, lang, organisation, entry.may_offer_stock(by), wanted)
    rows = [row_of(shown, row, lines, offered) for row in rows_of(shown.values)]
    shown.labels = {**shown.labels, **{name: "" for row in rows for name in form.row_labels(row["n"])}}
    context: dict[str, Any] = {"form": shown, "asked": asked, "offer": offer, "rows": rows, "choices": offered}
    context["asked_title"] = languages.label(asked.titles) if asked else ""
    context["organisation"] = queries.name_of(db, organisation, lang)
    context["specification"] = specifications.choices() | {"names": specifications.names()}
    return render(request, "offers/edit.html", status, **context)


def offering(db: Session, by: By, code: str) -> UUID | None:
    """Of whom the form shows what there is to offer: of others only to those who may write for them, whatever was typed."""
    found = queries.organisation_with(db, code) if by.may(Permission.CAPACITY_WRITE_ANY) else None
    return found or by.organisation_id


def row_of(shown: Form, row: int, lines: dict[int, dict[str, Any]], offered: dict[str, Any]) -> dict[str, Any]:
    """A row of the form: the line of the request that it is for, and what it can be chosen from."""
    no = shown.text(f"lines.{row}.request_line")
    line = lines.get(int(no)) if no.isdecimal() and len(no) < 6 else None
    told = specifications.told(specified(line["specification"])) if line else []
    return {"n": row, "line": line, "told": told, "what": with_chosen(form.what_choices(offered, line), shown, row)}


def with_chosen(groups: list[tuple[str, list[tuple[str, str]]]], shown: Form, row: int) -> list[Any]:
    """What stands there stays to be chosen, also where the list no longer offers it."""
    chosen = shown.text(f"lines.{row}.what")
    offered = {value for _title, choices in groups for value, _words in choices}
    return groups if not chosen or chosen in offered else [*groups, (_("Chosen"), [(chosen, chosen.partition(":")[2])])]
