"""The doors for administrators: /inbox/rules, the rules by which candidates are sorted, in words and in their order."""

from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.db import Db
from app.errors import AppError
from app.forms import Form, TypedForm, again, saved
from app.inbox import form, queries, rule_actions
from app.inbox import writing_queries as writing
from app.inbox.words import conditions, deeds
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.secrets import new_token
from app.web import as_page, render, without_filters

Manager = Annotated[By, allowed_to(Permission.FEED_MANAGE)]

router = APIRouter(
    prefix="/inbox/rules", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)

LISTED = 100


@router.get("")
def list_rules(request: Request, by: Manager, db: Db) -> HTMLResponse:
    found = writing.told(db, queries.rules(languages.current().code))
    return render(request, "inbox/rules.html", rules=in_words(db, found), deeds=deeds(), key=new_token())


def in_words(db: Session, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = {name: {one[0]: one[1] for one in rows} for name, rows in choices(db).items()}
    return [rule | {"conditions": conditions(rule, names)} for rule in rules]


def choices(db: Session) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = writing.told(db, queries.named(languages.current().code))
    return found


@router.get("/new")
def new_rule(request: Request, by: Manager, db: Db) -> HTMLResponse:
    return show_form(request, db, Form("inbox/rules/new", form.NEW, form.labels()))


@router.post("")
def add_rule(request: Request, by: Manager, typed: TypedForm, db: Db) -> Response:
    def add() -> Response:
        return to_trial(rule_actions.add_rule(db, by, form.rule_in(typed.values)).id)

    try:
        return saved(request, db, by, typed, add)
    except AppError as error:
        return show_form(request, db, again(typed, "inbox/rules/new", form.labels(), error), status=error.status)


@router.get("/{id}/edit")
def edit_rule(request: Request, id: UUID, by: Manager, db: Db) -> HTMLResponse:
    rule = rule_actions.found(writing.rules_in_order(db), id)
    return show_form(request, db, Form(f"inbox/rules/{id}", form.values_of(rule), form.labels()), id)


@router.post("/{id}")
def change_rule(request: Request, id: UUID, by: Manager, typed: TypedForm, db: Db) -> Response:
    def change() -> Response:
        return to_trial(rule_actions.change_rule(db, by, id, form.rule_in(typed.values)).id)

    try:
        return saved(request, db, by, typed, change)
    except AppError as error:
        if error.status == 404:
            raise
        return show_form(request, db, again(typed, f"inbox/rules/{id}", form.labels(), error), id, error.status)


@router.post("/{id}/move")
def move_rule(request: Request, id: UUID, by: Manager, typed: TypedForm, db: Db) -> Response:
    def move() -> Response:
        rule_actions.move_rule(db, by, id, up=typed.text("to") == "up")
        return RedirectResponse("/inbox/rules", 303)

    return saved(request, db, by, typed, move)


@router.post("/{id}/remove")
def remove_rule(request: Request, id: UUID, by: Manager, typed: TypedForm, db: Db) -> Response:
    def remove() -> Response:
        rule_actions.remove_rule(db, by, id)
        return RedirectResponse("/inbox/rules", 303)

    return saved(request, db, by, typed, remove)


@router.get("/{id}/trial")
def try_rule(request: Request, id: UUID, by: Manager, db: Db) -> HTMLResponse:
    """What the rule would have done with the last 30 days."""
    tried = rule_actions.trial(db, id, languages.current().code)
    rules = in_words(db, writing.told(db, queries.rules(languages.current().code)))
    (rule,) = (one for one in rules if one["id"] == str(id))
    return render(
        request, "inbox/trial.html", rule=rule, deeds=deeds(), tried=tried, days=rule_actions.TRIED_DAYS,
        candidates=tried["candidates"][:LISTED],
    )  # fmt: skip


def to_trial(id: UUID) -> Response:
    return RedirectResponse(f"/inbox/rules/{id}/trial", 303)


def show_form(request: Request, db: Session, shown: Form, id: UUID | None = None, status: int = 200) -> HTMLResponse:
    found = choices(db)
    areas = [(name, [one[:2] for one in inside]) for name, inside in groupby(found["areas"], key=lambda one: one[2])]
    return render(
        request, "inbox/rule.html", status, form=shown, id=id, choices=found, areas=areas, deeds=deeds()
    )  # fmt: skip
