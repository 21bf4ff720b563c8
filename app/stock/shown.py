"""How the pages of stock show a form and what becomes of it. A page is a dict: title, fields, action, button, and what else it shows."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.errors import AppError
from app.forms import Form, Typed, again, saved
from app.permissions import By
from app.sql import Sql
from app.stock import form
from app.stock import writing_queries as queries
from app.stock.models import StockMovement
from app.web import render


def language() -> str:
    return languages.current().code


def told(db: Session, statement: Sql) -> Any:
    return db.connection().exec_driver_sql(statement.text, statement.values).scalar_one()


def to_position(db: Session, lines: Sequence[StockMovement]) -> Response:
    """To the page of what the first line is about."""
    batch = queries.batches_named(db, [lines[0].lot_id])[lines[0].lot_id]
    return RedirectResponse(f"/stock/{batch.position_ref}", 303)


def show(request: Request, page: dict[str, Any], values: dict[str, list[str]]) -> HTMLResponse:
    return draw(request, page, Form(page["action"].strip("/"), values, form.labels_of(page["fields"])))


def sent(
    request: Request, db: Session, by: By, typed: Typed, page: dict[str, Any], write: Callable[[], Response]
) -> Response:
    """What becomes of a form: the page that it leads to, or the form again with what is wrong."""
    try:
        return saved(request, db, by, typed, write)
    except AppError as error:
        shown_again = again(typed, page["action"].strip("/"), form.labels_of(page["fields"]), error)
        return draw(request, page, shown_again, error.status)


ALWAYS: dict[str, Any] = {"position": None, "intro": ""}


def draw(request: Request, page: dict[str, Any], sent: Form, status: int = 200) -> HTMLResponse:
    template = page.get("template", "stock/edit.html")
    return render(request, template, status, form=sent, page=ALWAYS | page)
