"""The doors for people who send and receive: planning a deployment, telling how it goes, signing for what arrived.

Each works without JavaScript; the receipt is made for a phone and a bad line. What is refused comes back as it was typed.
"""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app import languages
from app.answers import expected_version, not_found
from app.db import Db
from app.deployments import actions, arriving, extending, form, outcomes, steps, words
from app.deployments import writing_queries as queries
from app.deployments.models import Deployment
from app.errors import AppError, Invalid
from app.forms import Form, Typed, TypedForm, again, saved
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.records import version_of
from app.web import Plain, as_page, render, without_filters

Partner = Annotated[By, allowed_to(Permission.READ_PARTNERS)]
What = Literal["step", "time", "travel", "outcome", "change", "answer"]

beginning = APIRouter(prefix="/deployments", dependencies=[Depends(as_page)], include_in_schema=False)
router = APIRouter(
    prefix="/deployments", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)


# -- planning


class Begun(Plain):
    """Which offer is sent."""

    offer: str = Field("", max_length=40)


@beginning.get("/new")
def new_deployment(request: Request, by: Partner, begun: Annotated[Begun, Query()], db: Db) -> HTMLResponse:
    offer, lines = offer_to_send(db, by, begun.offer)
    return show_new(request, db, offer, lines, Form("deployments/new", form.new_values(lines), form.new_labels()))


@beginning.post("")
def deploy(request: Request, by: Partner, typed: TypedForm, db: Db) -> Response:
    ref = typed.text("offer")
    offer, lines = offer_to_send(db, by, ref)
    values = {name: texts for name, texts in typed.values.items() if name != "offer"}

    def plan() -> Response:
        new = actions.deploy(db, by, form.deployment_in(ref, values))
        return RedirectResponse(f"/deployments/{new.ref}", 303)

    try:
        return saved(request, db, by, typed, plan)
    except AppError as error:
        sent = again(typed, "deployments/new", form.new_labels(), error)
        return show_new(request, db, offer, lines, sent, error.status)


def offer_to_send(db: Session, by: By, ref: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An offer that `by` may send, and what is left of its lines. Raises NotFound, NotAccepted."""
    found, _request = actions.take_offer(db, by, ref)
    return {"ref": found.ref}, queries.lines_left(db, found.id, languages.current().code)


def show_new(
    request: Request, db: Session, offer: dict[str, Any], lines: list[dict[str, Any]], shown: Form, status: int = 200
) -> HTMLResponse:
    context = {"offer": offer, "lines": lines, "form": shown, "lists": form.lists(), "entry_points": entry_points(db)}
    return render(request, "deployments/new.html", status, **context)


def entry_points(db: Session) -> list[tuple[str, str]]:
    return queries.entry_points(db, languages.current().code)


# -- telling how it goes


@router.get("/{id_or_ref}/report/{what}")
def report(request: Request, id_or_ref: str, what: What, by: Partner, db: Db) -> HTMLResponse:
    deployment, said = to_tell(db, by, id_or_ref)
    opened = Form(
        f"deployments/{deployment.ref}/{what}", form.values_of(what, said), form.LABELS[what](),
        version=version_of(deployment.updated_at),
    )  # fmt: skip
    return show_report(request, db, what, said, opened)


@router.post("/{id_or_ref}/report/{what}")
def send_report(request: Request, id_or_ref: str, what: What, by: Partner, typed: TypedForm, db: Db) -> Response:
    deployment, said = to_tell(db, by, id_or_ref)

    def send() -> Response:
        do(db, by, what, deployment.ref, typed)
        return RedirectResponse(f"/deployments/{deployment.ref}", 303)

    try:
        return saved(request, db, by, typed, send)
    except AppError as error:
        sent = again(typed, f"deployments/{deployment.ref}/{what}", form.LABELS[what](), error)
        sent.version = version_of(deployment.updated_at)  # the page shows how it stands now
        return show_report(request, db, what, said, sent, error.status)


def do(db: Session, by: By, what: str, ref: str, typed: Typed) -> Deployment:
    """What the form says, done."""
    said, version = form.told(what, typed.values), expected_version(typed.version)
    doing: dict[str, Callable[[], Deployment]] = {
        "step": lambda: steps.move_deployment(db, by, ref, said, version),
        "time": lambda: actions.note_time(db, by, ref, said),
        "travel": lambda: actions.change_deployment(db, by, ref, said, version),
        "outcome": lambda: outcomes.record_outcome(db, by, ref, said, version),
        "change": lambda: extending.ask_change(db, by, ref, said),
        "answer": lambda: extending.answer_change(db, by, ref, number(typed.text("no")), said, version),
    }
    return doing[what]()


def number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def to_tell(db: Session, by: By, id_or_ref: str) -> tuple[Deployment, dict[str, Any]]:
    """A deployment and all that is said of it, for those who send or receive it. Raises NotFound, Forbidden."""
    found = seen(db, by, id_or_ref)
    actions.demand_either(by, found)
    return found, record_of(db, found)


def seen(db: Session, by: By, id_or_ref: str) -> Deployment:
    found = queries.deployment_seen(db, by, id_or_ref)
    if found is None:
        raise not_found(id_or_ref)
    return found


def record_of(db: Session, deployment: Deployment) -> dict[str, Any]:
    """As the API tells it, times and all as text."""
    record = queries.record_of(db, str(deployment.id), languages.current().code)
    found: dict[str, Any] = json.loads(json.dumps(record, default=str))
    return found


def show_report(
    request: Request, db: Session, what: str, said: dict[str, Any], shown: Form, status: int = 200
) -> HTMLResponse:
    context = {
        "what": what,
        "title": form.titles()[what],
        "deployment": said,
        "form": shown,
        "lists": form.lists(),
        "words": words.words(),
        "next_steps": steps.steps_of(said["status"]),
        "entry_points": entry_points(db) if what == "travel" else [],
    }
    return render(request, "deployments/report.html", status, **context)


# -- signing


@router.get("/{id_or_ref}/receipt")
def new_receipt(request: Request, id_or_ref: str, by: Partner, db: Db) -> HTMLResponse:
    deployment, lines = to_sign(db, by, id_or_ref)
    values = form.receipt_values(lines, by.name if by.kind == "person" else "")
    opened = Form(f"deployments/{deployment.ref}/receipt", values, form.receipt_labels())
    return show_receipt(request, db, deployment, lines, opened)


@router.post("/{id_or_ref}/receipt")
def sign_receipt(request: Request, id_or_ref: str, by: Partner, typed: TypedForm, db: Db) -> Response:
    deployment, lines = to_sign(db, by, id_or_ref)

    def sign() -> Response:
        new, numbers = form.receipt_in(typed.values)
        try:
            arriving.sign_receipt(db, by, deployment.ref, new, "*")
        except Invalid as error:
            raise form.renumbered(error, numbers) from None
        return RedirectResponse(f"/deployments/{deployment.ref}", 303)

    try:
        return saved(request, db, by, typed, sign)
    except AppError as error:
        sent = again(typed, f"deployments/{deployment.ref}/receipt", form.receipt_labels(), error)
        return show_receipt(request, db, deployment, lines, sent, error.status)


def to_sign(db: Session, by: By, id_or_ref: str) -> tuple[Deployment, list[dict[str, Any]]]:
    """A deployment and its lines that are still to arrive, for whoever may sign. Raises NotFound, Forbidden."""
    found = seen(db, by, id_or_ref)
    actions.demand_receiver(by, found)
    held = queries.lines_of(db, found.id)
    said = {line["no"]: line for line in record_of(db, found)["lines"]}
    coming = [no for no, line in held.items() if actions.outstanding(line) > 0]
    return found, [said[no] | {"expected": actions.plain(actions.outstanding(held[no]))} for no in coming]


def show_receipt(
    request: Request, db: Session, deployment: Deployment, lines: list[dict[str, Any]], shown: Form, status: int = 200
) -> HTMLResponse:
    context = {
        "deployment": record_of(db, deployment),
        "lines": lines,
        "form": shown,
        "lists": form.lists(),
        "no": queries.next_receipt(db, deployment.id),
        "words": words.words(),
    }
    return render(request, "deployments/receipt.html", status, **context)
