"""Past disaster events, and what each source said of them. The headline is chosen by the rule that the database keeps."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import null, or_, select
from sqlalchemy.orm import Session

from app.events.models import Event, EventArea, EventCountry, EventGlide
from app.figures.models import Figure, Source
from app.history import History
from app.places.models import Area
from seed.tables import Row, Values, add_missing, by_language, ids, listed, point, read, upsert


class Amount(NamedTuple):
    """A number as it was printed: exactly one of value and the pair low, high is set."""

    qualifier: str
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


def load_events(db: Session) -> int:
    """Returns how many events and sources were new or changed. What people have changed since is theirs: it is left alone."""
    theirs = set(
        db.scalars(select(Event.ref).join(History, (History.record_id == Event.id) & (History.noun == "events")))
    )
    rows = [row for row in read("events") if row["ref"] not in theirs]
    changed = upsert(db, Source, [source(row) for row in read("sources")])
    changed += upsert(db, Event, [_event(row) for row in rows], key="ref")
    link_events(db, rows)
    write_figures(db, [row for row in read("figures") if row["event"] not in theirs])
    return changed


def source(row: Row) -> Values:
    return {
        "code": row["code"],
        "name": row["name"],
        "kind": row["kind"],
        "url": row["url"] or None,
        "published_on": date.fromisoformat(row["published_on"]) if row["published_on"] else None,
    }


def _event(row: Row) -> Values:
    return {
        "ref": row["ref"],
        "titles": by_language(row, "title_"),
        "summary": by_language(row, "summary_"),
        "place": by_language(row, "place_"),
        "hazard_code": row["hazard"],
        "status": "closed",
        "started_at": _moment(row["started"]),
        "started_precision": "month" if len(row["started"]) == 7 else "day",
        "ended_at": _moment(row["ended"]) if row["ended"] else None,
        "geometry": point(row["lat"], row["lon"]),
        "geometry_precision": row["precision"],
        "demonstration": False,
    }


def _moment(day: str) -> datetime:
    """2010-05 or 2010-05-07 as the first moment of that month or day."""
    return datetime.fromisoformat(day if len(day) > 7 else f"{day}-01").replace(tzinfo=UTC)


def link_events(db: Session, rows: Sequence[Row]) -> None:
    """Countries, areas and GLIDE numbers of events."""
    events = ids(db, Event, "ref")
    pairs = [(events[row["ref"]], row) for row in rows]
    add_missing(
        db, EventCountry, [{"event_id": e, "country_iso3": c} for e, row in pairs for c in listed(row["countries"])]
    )
    add_missing(
        db, EventGlide, [{"event_id": e, "glide": glide} for e, row in pairs for glide in listed(row["glides"])]
    )
    add_missing(db, EventArea, [{"event_id": e, "area_id": area} for e, row in pairs for area in _areas(db, row)])


def _areas(db: Session, row: Row) -> Sequence[UUID]:
    """The areas that had these codes when the event began."""
    day = _moment(row["started"]).date()
    begun = or_(Area.valid_from.is_(None), Area.valid_from <= day)
    not_ended = or_(Area.valid_to.is_(None), Area.valid_to > day)
    return db.scalars(select(Area.id).where(Area.code.in_(listed(row["areas"])), begun, not_ended)).all()


def amount(printed: str) -> Amount:
    """12744 is exact, >13000 at least, ~33000 about, 26-28 a range."""
    if "-" in printed:
        low, high = printed.split("-")
        return Amount("range", low=Decimal(low), high=Decimal(high))
    if printed[0] in ">~":
        return Amount("at_least" if printed[0] == ">" else "about", Decimal(printed[1:]))
    return Amount("exact", Decimal(printed))


def write_figures(db: Session, rows: Sequence[Row]) -> None:
    """Add what is new and correct notes; a figure is known by what, who, where, when and how much."""
    events = ids(db, Event, "ref")
    sources = {source.code: source for source in db.scalars(select(Source))}
    known = _known_figures(db, {events[row["event"]] for row in rows})
    for row in rows:
        _write(db, known, _figure(row, events, sources))
    db.flush()


def _write(db: Session, known: dict[tuple[Any, ...], Figure], values: Values) -> Figure:
    figure = known.get(_identity(values))
    if figure is None:
        figure = Figure(**{name: value for name, value in values.items() if value is not None})
        db.add(figure)
    if (figure.note, figure.method) != (values["note"], values["method"]):
        figure.note, figure.method = values["note"] or null(), values["method"]
    return figure


def _known_figures(db: Session, events: set[Any]) -> dict[tuple[Any, ...], Figure]:
    figures = db.scalars(select(Figure).where(Figure.event_id.in_(events)))
    return {_identity({name: getattr(figure, name) for name in IDENTITY}): figure for figure in figures}


IDENTITY = ("event_id", "indicator_code", "source_id", "country_iso3", "as_of", "qualifier", "value", "low", "high")


def _identity(values: Values) -> tuple[Any, ...]:
    return tuple(values[name] for name in IDENTITY)


def _figure(row: Row, events: dict[str, Any], sources: dict[str, Source]) -> Values:
    source = sources[row["source"]]
    as_of = date.fromisoformat(row["as_of"]) if row["as_of"] else None
    return {
        "event_id": events[row["event"]],
        "indicator_code": row["indicator"],
        "source_id": source.id,
        "method": row["method"] or None,
        "country_iso3": row["country"] or None,
        "as_of": as_of,
        "reported_at": _reported_at(source.published_on, as_of),
        "is_part": bool(row["covers_en"] or row["country"]),
        "note": _note(row),
        **amount(row["printed"])._asdict(),
    }


def _reported_at(*days: date | None) -> datetime | None:
    """The day of the document, else the day it speaks of; nothing where neither is known."""
    known = [day for day in days if day]
    return datetime.combine(max(known), time(), UTC) if known else None


def _note(row: Row) -> dict[str, str] | None:
    """What part of the event the figure is for, and what else there is to say."""
    told = {lang: ". ".join(filter(None, (row[f"covers_{lang}"], row[f"note_{lang}"]))) for lang in ("en", "ru")}
    return told if told["en"] else None
