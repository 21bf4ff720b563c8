"""The doors for people of the Centre to the ledger: /stock/movements, what came in, went out, was reserved, was reversed."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.answers import depends_on, find_page, not_found
from app.db import Db
from app.errors import AppError
from app.forms import Form, Typed, TypedForm, again, read, saved
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.reading import HotDb
from app.stock import actions, form, moving, shelves, shown, words
from app.stock import ledger_queries as ledger
from app.stock import writing_queries as queries
from app.stock.ledger_queries import MOVEMENTS
from app.stock.ledger_schemas import MovementFilter, ProposalFilter
from app.stock.models import StockPosition
from app.stock.proposal import Proposal, propose
from app.web import as_page, render, without_filters
from app.web import shown as with_links
from app.writing import Reason

router = APIRouter(prefix="/stock", dependencies=[Depends(as_page)], include_in_schema=False)
PLAIN = [Depends(without_filters)]

Keeper = Annotated[By, allowed_to(Permission.STOCK_WRITE)]
Insider = Annotated[By, allowed_to(Permission.READ_CENTRE)]
OfLot = Literal["issue", "transfer", "adjustment", "kit_broken", "return"]


# -- the ledger


@router.get("/movements")
async def list_movements(
    request: Request, by: Insider, where: Annotated[MovementFilter, Query()], db: HotDb
) -> HTMLResponse:
    depends_on(request, *MOVEMENTS.layers)
    page = with_links(request, await find_page(MOVEMENTS, where, db))
    return render(
        request,
        "stock/movements.html",
        page=page,
        kinds=words.kinds(),
        reasons=words.reasons(),
        position=where.position,
    )


@router.get("/movements/{id:uuid}/reverse", dependencies=PLAIN)
def ask_to_reverse(request: Request, id: UUID, by: Keeper, db: Db) -> HTMLResponse:
    return show_reverse(request, db, by, id, Form(f"stock/reverse/{id}", {}, {"reason": _("Reason")}))


@router.post("/movements/{id:uuid}/reverse", dependencies=PLAIN)
def reverse_movement(request: Request, id: UUID, by: Keeper, typed: TypedForm, db: Db) -> Response:
    names = {"reason": _("Reason")}

    def reverse() -> Response:
        why = read(Reason, {"reason": typed.text("reason")}, names)
        return shown.to_position(db, moving.reverse(db, by, id, why.reason))

    try:
        return saved(request, db, by, typed, reverse)
    except AppError as error:
        return show_reverse(request, db, by, id, again(typed, f"stock/reverse/{id}", names, error), error.status)


def show_reverse(request: Request, db: Session, by: By, id: UUID, sent: Form, status: int = 200) -> HTMLResponse:
    together = [one.id for one in moving.to_undo(db, by, id)]
    lines = shown.told(db, ledger.written(together, shown.language()))
    return render(request, "stock/reverse.html", status, form=sent, id=id, lines=lines, kinds=words.kinds())


# -- entries


@router.get("/receive", dependencies=PLAIN)
def ask_what_came(request: Request, by: Keeper, db: Db) -> HTMLResponse:
    values = {"condition": ["new"]}
    return shown.show(request, page_of_receipt(db), values)


@router.post("/receive", dependencies=PLAIN)
def receive(request: Request, by: Keeper, typed: TypedForm, db: Db) -> Response:
    page = page_of_receipt(db)

    def write() -> Response:
        return shown.to_position(db, moving.move(db, by, form.movement_in("receipt", typed.values, page["fields"])))

    return shown.sent(request, db, by, typed, page, write)


def page_of_receipt(db: Session) -> dict[str, Any]:
    fields = form.of_receipt(shown.told(db, ledger.offered(shown.language())))
    return {"title": _("Receive stock"), "fields": fields, "action": "/stock/receive", "button": _("Receive")}


@router.get("/{id_or_ref}/move/{kind}", dependencies=PLAIN)
def ask_what_moved(request: Request, id_or_ref: str, kind: OfLot, by: Keeper, db: Db) -> HTMLResponse:
    return shown.show(request, page_of_entry(db, position(db, by, id_or_ref), kind), {})


@router.post("/{id_or_ref}/move/{kind}", dependencies=PLAIN)
def move(request: Request, id_or_ref: str, kind: OfLot, by: Keeper, typed: TypedForm, db: Db) -> Response:
    page = page_of_entry(db, position(db, by, id_or_ref), kind)

    def write() -> Response:
        moving.move(db, by, form.movement_in(kind, typed.values, page["fields"]))
        return RedirectResponse(f"/stock/{page['position'].ref}", 303)

    return shown.sent(request, db, by, typed, page, write)


def page_of_entry(db: Session, there: StockPosition, kind: OfLot) -> dict[str, Any]:
    lots = [one for one in queries.batches_of(db, [there.id]) if one.on_hand or kind in ("return", "adjustment")]
    fields = form.of_entry(kind, lots, shown.told(db, ledger.offered(shown.language())))
    title = words.titles()[kind]
    return {
        "title": title,
        "fields": fields,
        "action": f"/stock/{there.ref}/move/{kind}",
        "button": title,
        "position": there,
        "intro": queries.title_of(db, there),
    }


# -- reservations


@router.get("/{id_or_ref}/reserve")
def ask_how_much(
    request: Request, id_or_ref: str, by: Keeper, db: Db, quantity: str = "", lasts_until: str = "", country: str = ""
) -> HTMLResponse:
    """Other pages lead here with what is asked for."""
    values = {"quantity": [quantity], "lasts_until": [lasts_until], "country": [country]}
    return shown.show(request, page_of_reservation(db, position(db, by, id_or_ref)), values)


def look(request: Request, db: Session, there: StockPosition, typed: Typed, page: dict[str, Any]) -> Response:
    """The form as it was typed, with the lots that it would be, and why others not."""
    names = form.labels_of(page["fields"])
    said = {name: value for name, value in form.typed(typed.values).items() if name in ProposalFilter.model_fields}
    try:
        page["proposal"] = proposed(db, there, read(ProposalFilter, said, names))
    except AppError as error:
        return shown.draw(request, page, again(typed, page["action"].strip("/"), names, error), error.status)
    return shown.draw(request, page, again(typed, page["action"].strip("/"), names))


def proposed(db: Session, there: StockPosition, asked: ProposalFilter) -> Proposal:
    batches = queries.batches_of(db, [there.id])
    return propose(batches, asked.quantity, lasts_until=asked.lasts_until, country=asked.country)


@router.post("/{id_or_ref}/reserve", dependencies=PLAIN)
def reserve(request: Request, id_or_ref: str, by: Keeper, typed: TypedForm, db: Db) -> Response:
    there = position(db, by, id_or_ref)
    page = page_of_reservation(db, there)
    if "look" in typed.values:
        return look(request, db, there, typed, page)

    def write() -> Response:
        actions.reserve_asked(db, by, there, form.reservation_in(typed.values, page["fields"]))
        return RedirectResponse(f"/stock/{there.ref}", 303)

    return shown.sent(request, db, by, typed, page, write)


def page_of_reservation(db: Session, there: StockPosition) -> dict[str, Any]:
    return {
        "title": _("Reserve"),
        "fields": form.of_reservation(shown.told(db, ledger.offered(shown.language()))),
        "action": f"/stock/{there.ref}/reserve",
        "button": _("Reserve"),
        "position": there,
        "intro": queries.title_of(db, there),
        "lots": [one for one in queries.batches_of(db, [there.id]) if one.on_hand],
        "lot_in_words": form.lot_in_words,
    }


@router.post("/reservations/{id:uuid}/release", dependencies=PLAIN)
def release(request: Request, id: UUID, by: Keeper, typed: TypedForm, db: Db) -> Response:
    def write() -> Response:
        ref = moving.release_by_hand(db, by, id, typed.text("reason"))
        return RedirectResponse(f"/stock/{ref}", 303)

    return saved(request, db, by, typed, write)


def position(db: Session, by: By, id_or_ref: str) -> StockPosition:
    """One that the asker may move. Raises NotFound, Forbidden."""
    there = queries.position_seen(db, by, id_or_ref)
    if there is None:
        raise not_found(id_or_ref)
    shelves.refuse_elsewhere(by, queries.country_of(db, there.warehouse_code))
    return there
