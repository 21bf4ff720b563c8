"""The doors for people who write figures: several at once, a correction, a withdrawal, the choice of headlines."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.answers import not_found
from app.db import Db
from app.errors import AppError, Invalid
from app.events.models import Event
from app.exercises import marked
from app.figures import actions, form
from app.figures import writing_queries as queries
from app.figures.models import Figure
from app.figures.queries import headlines
from app.figures.schemas import AsKnown, HeadlineIn
from app.forms import Form, TypedForm, again, read, saved
from app.languages import gettext as _
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.web import as_page, render, without_filters
from app.writing import MaybeReason, Reason

Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]
router = APIRouter(
    prefix="/events/{id_or_ref}", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)
USUAL = ("dead", "missing", "injured", "affected", "displaced", "houses_destroyed")


# -- several figures of one source


@router.get("/figures/new")
def new_figures(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    event, _countries = actions.take(db, by, id_or_ref, locked=False)
    return show_new(request, db, by, event, Form(draft_of_new(event), {}, names(db)))


@router.post("/figures")
def record_figures(request: Request, id_or_ref: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    event, _countries = actions.take(db, by, id_or_ref, locked=False)

    def record() -> Response:
        for one in form.figures_in(typed.values, queries.indicators_named(db, languages.current().code)):
            try:
                actions.record_figure(db, by, event.ref, one)
            except Invalid as error:
                wrong = [form.of_form(dict(problem), f"amount.{one.indicator}") for problem in error.errors]
                raise Invalid(error.detail, wrong) from None
        return to_event(event)

    try:
        return saved(request, db, by, typed, record)
    except AppError as error:
        sent = again(typed, draft_of_new(event), names(db), error)
        return show_new(request, db, by, event, sent, error.status)


def show_new(request: Request, db: Session, by: By, event: Event, opened: Form, status: int = 200) -> HTMLResponse:
    lang = languages.current().code
    indicators = queries.indicators_named(db, lang)
    return render(
        request, "figures/new.html", status, event=event, title=marked(languages.label(event.titles), event.exercise), form=opened,
        usual={code: indicators[code] for code in USUAL if code in indicators},
        others={code: name for code, name in indicators.items() if code not in USUAL},
        sources=queries.sources_of(db, by, event.id), places=queries.places_of(db, event.id, lang),
        kinds=list(form.kinds().items()), methods=list(form.methods().items()),
    )  # fmt: skip


def names(db: Session) -> dict[str, str]:
    return form.labels(queries.indicators_named(db, languages.current().code))


# -- one figure corrected, withdrawn, restored


@router.get("/figures/{id:uuid}/correct")
def correct_figure(request: Request, id_or_ref: str, id: UUID, by: Writer, db: Db) -> HTMLResponse:
    event, figure, state = figure_to_write(db, by, id_or_ref, id)
    opened = Form(draft_of(event, figure, "correct"), form.values_of(state), correction_labels())
    return show_one(request, "figures/correct.html", event, figure, state, opened)


@router.post("/figures/{id:uuid}/correct")
def supersede_figure(request: Request, id_or_ref: str, id: UUID, by: Writer, typed: TypedForm, db: Db) -> Response:
    event, figure, state = figure_to_write(db, by, id_or_ref, id)

    def correct() -> Response:
        change = form.correction_in(typed.values, correction_labels())
        actions.supersede_figure(db, by, event.ref, figure.id, change)
        return to_event(event)

    try:
        return saved(request, db, by, typed, correct)
    except AppError as error:
        if isinstance(error, Invalid):
            error = Invalid(error.detail, [form.of_form(dict(one), "amount") for one in error.errors])
        sent = again(typed, draft_of(event, figure, "correct"), correction_labels(), error)
        return show_one(request, "figures/correct.html", event, figure, state, sent, error.status)


@router.get("/figures/{id:uuid}/withdraw")
def ask_for_reason(request: Request, id_or_ref: str, id: UUID, by: Writer, db: Db) -> HTMLResponse:
    event, figure, state = figure_to_write(db, by, id_or_ref, id)
    opened = Form(draft_of(event, figure, "withdraw"), {}, {"reason": _("Reason")})
    return show_one(request, "figures/withdraw.html", event, figure, state, opened)


@router.post("/figures/{id:uuid}/withdraw")
def withdraw_figure(request: Request, id_or_ref: str, id: UUID, by: Writer, typed: TypedForm, db: Db) -> Response:
    event, figure, state = figure_to_write(db, by, id_or_ref, id)
    labels = {"reason": _("Reason")}

    def withdraw() -> Response:
        why = read(Reason, {"reason": typed.text("reason")}, labels)
        actions.withdraw_figure(db, by, event.ref, figure.id, why.reason)
        return RedirectResponse(f"/events/{event.ref}/figures/withdrawn", 303)

    try:
        return saved(request, db, by, typed, withdraw)
    except AppError as error:
        sent = again(typed, draft_of(event, figure, "withdraw"), labels, error)
        return show_one(request, "figures/withdraw.html", event, figure, state, sent, error.status)


@router.get("/figures/withdrawn")
def list_withdrawn(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    event, _countries = actions.take(db, by, id_or_ref, locked=False)
    found = queries.withdrawn_of(db, event.id, languages.current().code)
    forms = {one["id"]: Form("", {}, {}).key for one in found}
    title = marked(languages.label(event.titles), event.exercise)
    return render(request, "figures/withdrawn.html", event=event, title=title, figures=found, keys=forms)


@router.post("/figures/{id:uuid}/restore")
def restore_figure(request: Request, id_or_ref: str, id: UUID, by: Writer, typed: TypedForm, db: Db) -> Response:
    event, _countries = actions.take(db, by, id_or_ref, locked=False)

    def restore() -> Response:
        why = read(MaybeReason, {"reason": typed.text("reason")}, {"reason": _("Reason")})
        actions.restore_figure(db, by, event.ref, id, why.reason)
        return to_event(event)

    return saved(request, db, by, typed, restore)


def figure_to_write(db: Session, by: By, id_or_ref: str, id: UUID) -> tuple[Event, Figure, Mapping[str, Any]]:
    event, _countries = actions.take(db, by, id_or_ref, locked=False)
    figure = actions.found(db, event, id, locked=False)
    return event, figure, queries.state_of(db, figure.id)


def show_one(
    request: Request, template: str, event: Event, figure: Figure, state: Mapping[str, Any], opened: Form, status: int = 200
) -> HTMLResponse:  # fmt: skip
    context = {
        "event": event,
        "title": marked(languages.label(event.titles), event.exercise),
        "figure": figure,
        "state": state,
        "form": opened,
    }
    written = form.written(state)
    return render(request, template, status, **context, written=written, methods=list(form.methods().items()))


def correction_labels() -> dict[str, str]:
    return {
        "amount": _("Figure"), "as_of": _("As of"), "method": _("How it was counted"), "reported_at": _("Said on"),
        "reason": _("Reason"),
    }  # fmt: skip


# -- headlines


@router.get("/headlines")
def show_headlines(request: Request, id_or_ref: str, by: Writer, db: Db) -> HTMLResponse:
    event, _countries = actions.take(db, by, id_or_ref, locked=False)
    return show_choices(request, db, event)


@router.post("/headlines/{indicator}")
def choose_headline(request: Request, id_or_ref: str, indicator: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    event, _countries = actions.take(db, by, id_or_ref, locked=False)

    def choose() -> Response:
        if typed.text("figure") == "rule":
            if not queries.open_choices(db, queries.family(db, event.id), indicator):
                return to_event(event)  # the rule chooses already
            actions.release_headline(db, by, event.ref, indicator, typed.text("reason"))
        else:
            said = {"figure": typed.text("figure"), "reason": typed.text("reason")}
            actions.choose_headline(db, by, event.ref, indicator, read(HeadlineIn, said, headline_labels()))
        return to_event(event)

    try:
        return saved(request, db, by, typed, choose)
    except AppError as error:
        sent = again(typed, draft_of_headline(event, indicator), {}, error)
        return show_choices(request, db, event, {indicator: sent}, error.status)


def show_choices(
    request: Request, db: Session, event: Event, sent: Mapping[str, Form] = {}, status: int = 200
) -> HTMLResponse:
    """For each indicator what can be chosen, in the order of the rule."""
    lang = languages.current().code
    statement = headlines(event.id, [event.id], AsKnown(), lang)
    shown = db.connection().exec_driver_sql(statement.text, statement.values).scalar_one()
    candidates = queries.candidates(db, queries.family(db, event.id), lang)
    forms = {code: sent.get(code) or opened(event, code, shown) for code in candidates}
    if not forms:
        raise not_found(event.ref)
    return render(
        request, "figures/headlines.html", status, event=event, title=marked(languages.label(event.titles), event.exercise),
        headlines={one["indicator"]["code"]: one for one in shown}, candidates=candidates, forms=forms,
        wrong=next(iter(sent.values()), None),
    )  # fmt: skip


def opened(event: Event, code: str, shown: list[dict[str, Any]]) -> Form:
    chosen = [one["figure"]["id"] for one in shown if one["indicator"]["code"] == code and one["because"] == "chosen"]
    return Form(draft_of_headline(event, code), {"figure": chosen or ["rule"]}, headline_labels())


def headline_labels() -> dict[str, str]:
    return {"figure": _("Figure"), "reason": _("Reason")}


# -- where to go


def to_event(event: Event) -> Response:
    return RedirectResponse(f"/events/{event.ref}#harm", 303)


def draft_of_new(event: Event) -> str:
    return f"events/{event.ref}/figures/new"


def draft_of(event: Event, figure: Figure, what: str) -> str:
    return f"events/{event.ref}/figures/{figure.id}/{what}"


def draft_of_headline(event: Event, indicator: str) -> str:
    return f"events/{event.ref}/headlines/{indicator}"
