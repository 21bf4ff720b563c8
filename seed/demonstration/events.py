"""Three events going on now, fictional in everything but the names of places, with sources that disagree."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.events.models import Event
from app.figures.models import Source
from seed.events import link_events, source, write_figures
from seed.tables import Row, Values, add_missing, by_language, point, read, upsert


def load_events(db: Session) -> int:
    """Add the events that are not there yet; their days are counted back from today."""
    today = datetime.now(UTC).date()
    upsert(db, Source, [source(row) for row in read("demonstration/sources")])
    rows = [_dated(row, today) for row in read("demonstration/events") if not _is_there(db, row)]
    refs = {row["number"]: row["ref"] for row in rows}
    added = add_missing(db, Event, [_event(row) for row in rows])
    link_events(db, rows)
    figures = [row for row in read("demonstration/figures") if row["number"] in refs]
    write_figures(db, [{**_dated(row, today), "event": refs[row["number"]]} for row in figures])
    return added


def _is_there(db: Session, row: Row) -> bool:
    # the year in the ref is that of the first load
    known = select(Event.id).where(Event.ref.like(f"EV-____-{row['number']}"), Event.demonstration)
    return db.scalar(known) is not None


def _dated(row: Row, today: date) -> Row:
    day = today - timedelta(days=int(row["days_ago"]))
    return {**row, "started": day.isoformat(), "as_of": day.isoformat(), "ref": f"EV-{day.year}-{row['number']}"}


def _event(row: Row) -> Values:
    return {
        "ref": row["ref"],
        "titles": by_language(row, "title_"),
        "summary": by_language(row, "summary_"),
        "place": by_language(row, "place_"),
        "hazard_code": row["hazard"],
        "status": row["status"],
        "alert_level": row["alert_level"],
        "started_at": datetime.combine(date.fromisoformat(row["started"]), time(int(row["hour"])), UTC),
        "started_precision": "hour",
        "geometry": point(row["lat"], row["lon"]),
        "geometry_precision": "approximate",
        "demonstration": True,
    }
