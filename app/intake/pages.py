"""The doors for administrators: /intake, the feeds that come in, how each is, and what could not be read of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.db import Db
from app.errors import AppError
from app.forms import Form, TypedForm, again, saved
from app.intake import actions, form, queries, words
from app.intake.adapters import FOR_ANYBODY
from app.intake.models import Feed
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.web import as_page, render, without_filters

Manager = Annotated[By, allowed_to(Permission.FEED_MANAGE)]
SHOWN = 20  # items and problems on a feed's page

router = APIRouter(prefix="/intake", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)


@router.get("")
def list_feeds(request: Request, by: Manager, db: Db) -> HTMLResponse:
    config = request.app.state.settings
    feeds = [(feed, words.state(feed, config)) for feed in queries.find_feeds(db)]
    return render(request, "intake/list.html", feeds=feeds, sentence=words.sentence, fetches=config.fetch_feeds)


@router.get("/new")
def new_feed(request: Request, by: Manager, db: Db) -> HTMLResponse:
    return show_form(request, db, Form("intake/new", form.NEW, form.labels()))


@router.post("")
def add_feed(request: Request, by: Manager, typed: TypedForm, db: Db) -> Response:
    try:
        return saved(request, db, by, typed, lambda: to_page(actions.add_feed(db, by, form.feed_in(typed.values))))
    except AppError as error:
        return show_form(request, db, again(typed, "intake/new", form.labels(), error), status=error.status)


@router.get("/{feed}")
def show_feed(request: Request, feed: str, by: Manager, db: Db) -> HTMLResponse:
    shown = actions.get_feed(db, feed)
    return render(
        request,
        "intake/show.html",
        feed=shown,
        state=words.state(shown, request.app.state.settings),
        kind=words.kinds()[shown.adapter],
        items=queries.latest_items(db, shown, SHOWN),
        problems=queries.latest_problems(db, shown, SHOWN),
        sentence=words.sentence,
    )


@router.get("/{feed}/edit")
def edit_feed(request: Request, feed: str, by: Manager, db: Db) -> HTMLResponse:
    there = actions.get_feed(db, feed)
    return show_form(request, db, Form(f"intake/{there.code}", form.values_of(there), form.labels()), there)


@router.post("/{feed}")
def change_feed(request: Request, feed: str, by: Manager, typed: TypedForm, db: Db) -> Response:
    there = actions.get_feed(db, feed)
    try:
        return saved(
            request, db, by, typed, lambda: to_page(actions.change_feed(db, by, feed, form.change(typed.values)))
        )
    except AppError as error:
        shown = again(typed, f"intake/{there.code}", form.labels(), error)
        return show_form(request, db, shown, there, error.status)


@router.post("/{feed}/on")
def turn_on(feed: str, by: Manager, db: Db) -> Response:
    return to_page(actions.switch_feed(db, by, feed, on=True))


@router.post("/{feed}/off")
def turn_off(feed: str, by: Manager, db: Db) -> Response:
    return to_page(actions.switch_feed(db, by, feed, on=False))


@router.post("/{feed}/fetch")
def fetch_now(feed: str, by: Manager, db: Db) -> Response:
    return to_page(actions.ask_now(db, by, feed))


def to_page(feed: Feed) -> Response:
    return RedirectResponse(f"/intake/{feed.code}", 303)


def show_form(request: Request, db: Session, shown: Form, feed: Feed | None = None, status: int = 200) -> HTMLResponse:
    kinds = [(code, words.kinds()[code]) for code in FOR_ANYBODY]
    return render(request, "intake/edit.html", status, form=shown, feed=feed, kinds=kinds, hazards=queries.hazards(db))
