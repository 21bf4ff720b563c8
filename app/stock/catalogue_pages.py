"""The doors for people of the Centre to what surrounds the ledger: minimum levels, kits, counts, new items and warehouses."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.answers import not_found
from app.db import Db
from app.errors import AppError
from app.forms import Form, TypedForm, again, saved
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.stock import catalogue, counting, form, kits, moving, shelves, shown, words
from app.stock import ledger_queries as ledger
from app.stock import writing_queries as queries
from app.web import as_page, render, without_filters

router = APIRouter(prefix="/stock", dependencies=[Depends(as_page)], include_in_schema=False)
PLAIN = [Depends(without_filters)]

Keeper = Annotated[By, allowed_to(Permission.STOCK_WRITE)]
Insider = Annotated[By, allowed_to(Permission.READ_CENTRE)]


# -- minimum levels


@router.get("/minimum-levels", dependencies=PLAIN)
def list_levels(request: Request, by: Insider, db: Db) -> HTMLResponse:
    return shown.show(request, page_of_levels(db), {})


@router.post("/minimum-levels", dependencies=PLAIN)
def set_level(request: Request, by: Keeper, typed: TypedForm, db: Db) -> Response:
    page = page_of_levels(db)

    def write() -> Response:
        catalogue.set_level(db, by, form.level_in(typed.values, page["fields"]))
        return RedirectResponse("/stock/minimum-levels", 303)

    return shown.sent(request, db, by, typed, page, write)


def page_of_levels(db: Session) -> dict[str, Any]:
    fields = form.of_level(shown.told(db, ledger.offered(shown.language())))
    page = {
        "title": _("Minimum levels"),
        "fields": fields,
        "action": "/stock/minimum-levels",
        "button": _("Set the level"),
    }
    return page | {"template": "stock/levels.html", "levels": shown.told(db, ledger.levels(shown.language()))}


# -- kits


@router.get("/kits", dependencies=PLAIN)
def list_kits(request: Request, by: Insider, db: Db) -> HTMLResponse:
    return render(request, "stock/kits.html", kits=shown.told(db, ledger.kits(shown.language())))


@router.get("/kits/parts")
def ask_for_parts(request: Request, by: Keeper, db: Db, item: str = "") -> HTMLResponse:
    """The parts of a kit that is there, or of a new one."""
    values = {"item": [item]}
    for n, part in enumerate(queries.parts_of(db, item)):
        values |= {f"parts.{n}.item": [part.part_code], f"parts.{n}.quantity": [f"{part.quantity:f}"]}
    return shown.show(request, page_of_parts(db, len(values)), values)


@router.post("/kits/parts", dependencies=PLAIN)
def set_parts(request: Request, by: Keeper, typed: TypedForm, db: Db) -> Response:
    page = page_of_parts(db, 0)

    def write() -> Response:
        kits.set_parts(db, by, typed.text("item"), form.parts_in(typed.values, page["fields"]).parts)
        return RedirectResponse("/stock/kits", 303)

    return shown.sent(request, db, by, typed, page, write)


def page_of_parts(db: Session, filled: int) -> dict[str, Any]:
    fields = form.of_parts(shown.told(db, ledger.offered(shown.language())), max(form.KIT_ROWS, filled // 2 + 3))
    return {"title": _("What a kit is made of"), "fields": fields, "action": "/stock/kits/parts", "button": _("Save")}


@router.get("/kits/make", dependencies=PLAIN)
def ask_which_kits(request: Request, by: Keeper, db: Db) -> HTMLResponse:
    return shown.show(request, page_of_kits(db), {})


@router.post("/kits/make", dependencies=PLAIN)
def make_kits(request: Request, by: Keeper, typed: TypedForm, db: Db) -> Response:
    page = page_of_kits(db)

    def write() -> Response:
        return shown.to_position(db, moving.move(db, by, form.movement_in("kit_made", typed.values, page["fields"])))

    return shown.sent(request, db, by, typed, page, write)


def page_of_kits(db: Session) -> dict[str, Any]:
    fields = form.of_kit(shown.told(db, ledger.offered(shown.language())))
    intro = _("The parts are taken from the same warehouse and owner, first expired first.")
    return {
        "title": _("Make kits"),
        "fields": fields,
        "action": "/stock/kits/make",
        "button": _("Make kits"),
        "intro": intro,
    }


# -- counts


@router.get("/counts", dependencies=PLAIN)
def list_counts(request: Request, by: Insider, db: Db) -> HTMLResponse:
    warehouses = shown.told(db, ledger.offered(shown.language()))["warehouses"]
    return render(
        request, "stock/counts.html", counts=shown.told(db, ledger.counts(shown.language())), warehouses=warehouses
    )


@router.get("/counts/new")
def ask_what_is_there(request: Request, by: Keeper, db: Db, warehouse: str = "") -> HTMLResponse:
    return show_sheet(request, db, by, warehouse, Form(f"stock/counts/{warehouse}", {}, labels_of_sheet()))


@router.post("/counts", dependencies=PLAIN)
def add_count(request: Request, by: Keeper, typed: TypedForm, db: Db) -> Response:
    warehouse = typed.text("warehouse")

    def write() -> Response:
        values = {name: texts for name, texts in typed.values.items() if name != "warehouse"}
        return RedirectResponse(
            f"/stock/counts/{counting.record_count(db, by, form.count_in(warehouse, values)).ref}", 303
        )

    try:
        return saved(request, db, by, typed, write)
    except AppError as error:
        sheet = again(typed, f"stock/counts/{warehouse}", labels_of_sheet(), error)
        return show_sheet(request, db, by, warehouse, sheet, error.status)


def show_sheet(request: Request, db: Session, by: By, warehouse: str, sheet: Form, status: int = 200) -> HTMLResponse:
    shelves.demand_warehouse(db, by, warehouse)
    seen = queries.lots_seen(db, by, [one.lot_id for one in queries.batches_in(db, warehouse)])
    names = dict(shown.told(db, ledger.offered(shown.language()))["items"])
    lots = sorted(seen.values(), key=lambda one: (names[one.item_code], one.position_ref, one.number))
    reasons = [one for one in words.reasons().items() if one[0] in ("lost", "found", "damaged", "expired")]
    context = {"lots": lots, "names": names, "warehouse": warehouse, "reasons": reasons}
    return render(request, "stock/count_sheet.html", status, form=sheet, conditions=words.conditions(), **context)


def labels_of_sheet() -> dict[str, str]:
    return {"lines": _("Counted"), "note": _("Note"), "counted_at": _("When")}


@router.get("/counts/{ref}", dependencies=PLAIN)
def show_count(request: Request, ref: str, by: Insider, db: Db) -> HTMLResponse:
    counts = shown.told(db, ledger.counts(shown.language(), ref))
    if not counts:
        raise not_found(ref)
    return render(request, "stock/count.html", count=counts[0], reasons=words.reasons())


# -- items and warehouses


@router.get("/items/new", dependencies=PLAIN)
def ask_for_item(request: Request, by: Keeper, db: Db) -> HTMLResponse:
    return shown.show(request, page_of_item(db), {})


@router.post("/items/new", dependencies=PLAIN)
def add_item(request: Request, by: Keeper, typed: TypedForm, db: Db) -> Response:
    page = page_of_item(db)

    def write() -> Response:
        catalogue.add_item(db, by, form.item_in(typed.values, page["fields"]))
        return RedirectResponse("/stock/receive", 303)

    return shown.sent(request, db, by, typed, page, write)


def page_of_item(db: Session) -> dict[str, Any]:
    fields = form.of_item(shown.told(db, ledger.offered(shown.language())))
    return {"title": _("Add an item"), "fields": fields, "action": "/stock/items/new", "button": _("Add")}


@router.get("/warehouses/new", dependencies=PLAIN)
def ask_for_warehouse(request: Request, by: Keeper, db: Db) -> HTMLResponse:
    return shown.show(request, page_of_warehouse(db), {})


@router.post("/warehouses/new", dependencies=PLAIN)
def add_warehouse(request: Request, by: Keeper, typed: TypedForm, db: Db) -> Response:
    page = page_of_warehouse(db)

    def write() -> Response:
        catalogue.add_warehouse(db, by, form.warehouse_in(typed.values, page["fields"]))
        return RedirectResponse("/stock/receive", 303)

    return shown.sent(request, db, by, typed, page, write)


def page_of_warehouse(db: Session) -> dict[str, Any]:
    fields = form.of_warehouse(shown.told(db, ledger.offered(shown.language())))
    return {"title": _("Add a warehouse"), "fields": fields, "action": "/stock/warehouses/new", "button": _("Add")}
