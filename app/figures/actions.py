"""What is done to figures: recorded, corrected by one that supersedes, withdrawn, restored; headlines chosen and released.

Each with its line of history, in one transaction; the event's row is locked first, so that two writers come one after the
other. Whoever writes needs the right in every country of the event.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found
from app.errors import Conflict, Invalid
from app.events.actions import demand_right, may_write
from app.events.models import Event
from app.events.writing_queries import event_seen, lock_event
from app.events.writing_queries import state_of as event_state
from app.figures import writing_queries as queries
from app.figures.models import Figure, HeadlineChoice, Source
from app.figures.schemas import FigureCorrection, FigureIn, HeadlineIn, SourceIn
from app.languages import gettext as _
from app.permissions import By
from app.writing import understood

NOUN = "figures"
EARLY = timedelta(days=31)  # what is said of an event before it begins: a forecast, a warning
Problem = dict[str, str]


class Superseded(Conflict):
    """Only a figure that nothing supersedes can be corrected, restored or chosen."""


class Withdrawn(Conflict):
    """Only what is not withdrawn can be corrected, withdrawn or chosen."""


class NotWithdrawn(Conflict):
    """Only what is withdrawn can be restored."""


def record_figure(db: Session, by: By, id_or_ref: str, new: FigureIn) -> Figure:
    """Record what a source said. Raises NotFound, Forbidden, Invalid."""
    event, countries = take(db, by, id_or_ref)
    figure = write(db, by, event, countries, new)
    noted(db, by, event, "recorded", figure, after=queries.state_of(db, figure.id))
    return figure


def supersede_figure(db: Session, by: By, id_or_ref: str, id: UUID, change: FigureCorrection) -> Figure:
    """Record a correction in the place of a figure. An operator's choice passes on to it. Raises NotFound, Forbidden, Superseded …"""
    event, countries = take(db, by, id_or_ref)
    wrong = standing(db, event, id)
    before = queries.state_of(db, wrong.id)
    new = understood(FigureIn, corrected(before, change))
    choices = queries.open_choices(db, [wrong.event_id], wrong.indicator_code)
    figure = write(db, by, db.get_one(Event, wrong.event_id), countries, new, supersedes=wrong.id)
    for choice in choices:
        if choice.figure_id == wrong.id:
            queries.end_choice(db, choice)
            choose(db, figure, choice.reason)
    was, now = history.changes(before, queries.state_of(db, figure.id))
    noted(db, by, event, "superseded", figure, before=was, after=now, reason=change.reason)
    return figure


def withdraw_figure(db: Session, by: By, id_or_ref: str, id: UUID, reason: str) -> Figure:
    """Mark a figure as recorded in error; it stays known. Raises NotFound, Forbidden, Withdrawn."""
    event, _countries = take(db, by, id_or_ref)
    figure = found(db, event, id)
    if figure.withdrawn_at:
        raise Withdrawn(_("This figure is withdrawn already."))
    queries.withdraw(db, figure)
    noted(db, by, event, "withdrawn", figure, reason=reason)
    return figure


def restore_figure(db: Session, by: By, id_or_ref: str, id: UUID, reason: str) -> Figure:
    """Make a withdrawn figure valid again. Raises NotFound, Forbidden, NotWithdrawn, Superseded."""
    event, _countries = take(db, by, id_or_ref)
    figure = found(db, event, id)
    if not figure.withdrawn_at:
        raise NotWithdrawn(_("This figure is not withdrawn."))
    if figure.supersedes_id:
        refuse_superseded(db, figure.supersedes_id)
    queries.restore(db, figure.id)
    noted(db, by, event, "restored", figure, reason=reason)
    return figure


def choose_headline(db: Session, by: By, id_or_ref: str, indicator: str, new: HeadlineIn) -> Event:
    """Show this figure first, whatever the rule says. Raises NotFound, Forbidden, Withdrawn, Superseded, Invalid."""
    event, _countries = take(db, by, id_or_ref)
    figure = standing(db, event, new.figure)
    if figure.indicator_code != indicator:
        raise Invalid.field(
            "figure", _("This figure counts something else: %(code)s.") % {"code": figure.indicator_code}
        )
    if figure.counting == "new":
        raise Invalid.field(
            "figure", _("This figure counts what is new since the last report: it is no total to show first.")
        )
    before = queries.open_choices(db, queries.family(db, event.id), indicator)
    for choice in before:
        queries.end_choice(db, choice)
    choose(db, figure, new.reason)
    was = {"headline": str(before[0].figure_id)} if before else None
    after = {"indicator": indicator, "headline": str(figure.id)}
    noted(db, by, event, "headline chosen", figure, before=was, after=after, reason=new.reason)
    return event


def release_headline(db: Session, by: By, id_or_ref: str, indicator: str, reason: str = "") -> Event:
    """Let the rule choose again. Raises NotFound, also where nobody had chosen."""
    event, _countries = take(db, by, id_or_ref)
    choices = queries.open_choices(db, queries.family(db, event.id), indicator)
    if not choices:
        raise not_found(indicator)
    for choice in choices:
        queries.end_choice(db, choice)
    figure = db.get_one(Figure, choices[0].figure_id)
    before = {"indicator": indicator, "headline": str(figure.id)}
    noted(db, by, event, "headline released", figure, before=before, after={"headline": None}, reason=reason)
    return event


# -- the event, the figure


def take(db: Session, by: By, id_or_ref: str, *, locked: bool = True) -> tuple[Event, Sequence[str]]:
    """The event and its countries, for somebody who may write in all of them. Not locked where it is only looked at."""
    event = (lock_event if locked else event_seen)(db, by, id_or_ref)
    countries = event_state(db, event.id)["countries"] if event else []
    if not event or (event.withdrawn_at and not may_write(by, countries)):
        raise not_found(id_or_ref)
    demand_right(by, countries)
    if event.withdrawn_at:
        raise Withdrawn(_("This event is withdrawn. Restore it before you change it."))
    return event, countries


def found(db: Session, event: Event, id: UUID, *, locked: bool = True) -> Figure:
    figure = queries.figure_of(db, queries.family(db, event.id), id, locked=locked)
    if figure is None:
        raise not_found(str(id))
    return figure


def standing(db: Session, event: Event, id: UUID) -> Figure:
    """A figure of the event that is neither withdrawn nor superseded. Raises NotFound, Withdrawn, Superseded."""
    figure = found(db, event, id)
    if figure.withdrawn_at:
        raise Withdrawn(_("This figure is withdrawn. Restore it first."))
    refuse_superseded(db, figure.id)
    return figure


def refuse_superseded(db: Session, id: UUID) -> None:
    by = queries.correction_of(db, id)
    if by:
        words = {"amount": in_digits(by), "source": db.get_one(Source, by.source_id).name, "id": by.id}
        raise Superseded(_("This figure was corrected already, by %(amount)s from %(source)s (%(id)s).") % words)


def in_digits(figure: Figure) -> str:
    return f"{figure.value:f}" if figure.value is not None else f"{figure.low:f}–{figure.high:f}"


def choose(db: Session, figure: Figure, reason: str) -> None:
    db.add(
        HeadlineChoice(
            event_id=figure.event_id, indicator_code=figure.indicator_code, figure_id=figure.id, reason=reason
        )
    )
    db.flush()


def corrected(before: Mapping[str, Any], change: FigureCorrection) -> dict[str, Any]:
    """What a figure says after a correction, as the JSON of `FigureIn`. Parts belong to the number that was wrong."""
    said = change.model_dump(mode="json", exclude_unset=True, exclude={"reason"})
    kept = {name: value for name, value in before.items() if name not in ("reported_at", "parts")}
    if {"value", "low", "high"} & said.keys():
        kept = {name: value for name, value in kept.items() if name not in ("value", "low", "high", "qualifier")}
    if {"country", "area"} & said.keys():
        kept |= {"country": None, "area": None}
    return kept | {name: value for name, value in said.items() if value is not None or name not in ("parts", "part")}


# -- writing


def write(
    db: Session, by: By, event: Event, countries: Sequence[str], new: FigureIn, supersedes: UUID | None = None
) -> Figure:
    """A new row, checked. Raises Invalid, naming every field that is wrong."""
    source, area, wrong = looked_up(db, by, event, countries, new)
    wrong += out_of_time(event, new)
    if wrong or source is None:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    figure = Figure(
        event_id=event.id, indicator_code=new.indicator, source_id=source.id, area_id=area, country_iso3=new.country,
        value=new.value, low=new.low, high=new.high, qualifier=new.qualifier, method=new.method, counting=new.counting,
        is_part=new.part, as_of=new.as_of, note=new.note or None, supersedes_id=supersedes,
        reported_at=new.reported_at or datetime.now(UTC),
    )  # fmt: skip
    db.add(figure)
    db.flush()
    queries.add_parts(db, figure.id, [part.model_dump() for part in new.parts])
    db.refresh(figure)
    return figure


def looked_up(
    db: Session, by: By, event: Event, countries: Sequence[str], new: FigureIn
) -> tuple[Source | None, UUID | None, list[Problem]]:
    """The rows that the codes mean, and what is wrong with codes that mean none."""
    wrong = []
    if not queries.has_indicator(db, new.indicator):
        wrong.append(
            told(
                "indicator",
                _("There is no indicator “%(code)s”; the codes are at /api/v1/reference/indicators."),
                new.indicator,
            )
        )
    if new.country and new.country not in countries:
        wrong.append(
            told(
                "country",
                _("The event does not touch “%(code)s”: choose one of its countries, or leave it out."),
                new.country,
            )
        )
    elif new.country and len(countries) == 1 and not new.area:
        wrong.append(
            told(
                "country",
                _("The event touches %(code)s only: leave the country out, then the figure counts the whole event."),
                new.country,
            )
        )
    area = queries.area_of(db, new.area, event.started_at.date()) if new.area else None
    if new.area and not area:
        wrong.append(told("area", _("There is no area “%(code)s”; the codes are at /api/v1/areas."), new.area))
    elif new.area and area and area[1] not in countries:
        wrong.append(told("area", _("The area “%(code)s” lies in none of the event’s countries."), new.area))
    source = (
        queries.source_like(db, new.source)
        if isinstance(new.source, SourceIn)
        else queries.source_named(db, by, new.source)
    )
    if source is None:
        wrong.append(
            told("source", _("There is no source “%(code)s”; give a new one with its name and kind."), str(new.source))
        )
    return source, area[0] if area else None, wrong


def told(field: str, message: str, code: str) -> Problem:
    return {"field": field, "message": message % {"code": code[:60]}}


def out_of_time(event: Event, new: FigureIn) -> list[Problem]:
    """What cannot be true of these times."""
    wrong = []
    earliest, reported = event.started_at - EARLY, new.reported_at or datetime.now(UTC)
    if reported < earliest:
        wrong.append(
            {"field": "reported_at", "message": _("This was said long before the event began: look at the date.")}
        )
    if new.as_of and new.as_of < earliest.date():
        wrong.append({"field": "as_of", "message": _("This day lies long before the event began: look at the date.")})
    if new.as_of and new.as_of > reported.date() + timedelta(days=1):
        wrong.append({"field": "as_of", "message": _("The source cannot speak of a day after it spoke.")})
    return wrong


def noted(
    db: Session, by: By, event: Event, action: str, figure: Figure, *,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None, reason: str = "",
) -> None:  # fmt: skip
    db.flush()
    seen = event.visibility
    history.record(
        db, by, action, NOUN, figure.id, ref=event.ref, before=before, after=after, reason=reason, visibility=seen
    )
    db.refresh(figure)
