"""What writing asks of figures: the row locked, its state as JSON, sources, codes, choices of headlines."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.events.writing_queries import areas_named, ask
from app.figures.models import Figure, FigurePart, HeadlineChoice, Source
from app.figures.queries import visible_sources
from app.figures.schemas import SourceIn
from app.permissions import By, visible_values

State = dict[str, Any]

STATE = """
SELECT jsonb_build_object(
    'indicator', r.indicator_code, 'value', r.value, 'low', r.low, 'high', r.high, 'qualifier', r.qualifier, 'source', source.code,
    'method', r.method, 'counting', r.counting, 'country', r.country_iso3,
    'area', (SELECT code FROM areas WHERE id = r.area_id), 'part', r.is_part AND r.country_iso3 IS NULL AND r.area_id IS NULL,
    'as_of', r.as_of, 'reported_at', r.reported_at, 'note', coalesce(r.note, '{}'),
    'parts', (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'sex', sex, 'age_from', age_from, 'age_to', age_to, 'disability', disability, 'other', other, 'value', p.value)
        ORDER BY sex, age_from NULLS FIRST, age_to, disability NULLS FIRST, other), '[]')
        FROM figure_parts p WHERE figure_id = r.id))
FROM figures r JOIN sources source ON source.id = r.source_id WHERE r.id = %(id)s"""


def state_of(db: Session, id: UUID) -> State:
    """What a figure says, in the shape of `FigureIn`: for history, and for a correction laid over it."""
    state: State = ask(db, STATE, {"id": id}).scalar_one()
    return state


def figure_of(db: Session, events: Sequence[UUID], id: UUID, *, locked: bool) -> Figure | None:
    """A figure of these events, withdrawn or not. Whoever locks it has locked their rows already."""
    found = select(Figure).where(Figure.id == id, Figure.event_id.in_(events))
    found = found.with_for_update() if locked else found
    return db.scalars(found.execution_options(populate_existing=True)).one_or_none()


def family(db: Session, event: UUID) -> list[UUID]:
    """The event, and those merged into it."""
    return list(ask(db, "SELECT event_with_merged(%(id)s)", {"id": event}).scalars())


def correction_of(db: Session, id: UUID) -> Figure | None:
    """The figure that supersedes this one, unless it was withdrawn."""
    return db.scalars(select(Figure).where(Figure.supersedes_id == id, Figure.withdrawn_at.is_(None))).one_or_none()


def has_indicator(db: Session, code: str) -> bool:
    return bool(ask(db, "SELECT FROM indicators WHERE code = %(code)s", {"code": code}).rowcount)


def indicators_in_order(db: Session) -> list[str]:
    return list(ask(db, "SELECT code FROM indicators ORDER BY position, code", {}).scalars())


def area_of(db: Session, code: str, on: date) -> tuple[UUID, str] | None:
    """The id and the country of the area that had this code on that day."""
    return areas_named(db, [code], on.isoformat()).get(code)


def source_named(db: Session, by: By, code: str) -> Source | None:
    """A source that `by` may see: one that figures they may see come from."""
    condition = visible_sources(by).replace("r.source_id", "s.id")
    values = {"code": code, **visible_values(by)}
    id = ask(db, f"SELECT s.id FROM sources s WHERE s.code = %(code)s AND {condition}", values).scalar()
    return db.get(Source, id) if id else None


def source_like(db: Session, new: SourceIn) -> Source:
    """The source of these words: the one there is, or a new one."""
    code = code_of(new)
    db.execute(text("SELECT pg_advisory_xact_lock(hashtext(:code))"), {"code": f"sources {code}"})
    found = db.scalars(select(Source).where(Source.code == code)).one_or_none()
    if found is None:
        found = Source(code=code, name=new.name, kind=new.kind, url=new.url or None, published_on=new.published_on)
        db.add(found)
        db.flush()
    return found


def code_of(new: SourceIn) -> str:
    """MINISTRY-OF-EMERGENCY-1f0c9a2b: the name as far as it is in plain Latin, and a digest of all that is said."""
    words = re.sub(r"[^A-Z0-9]+", "-", new.name.upper()).strip("-")[:24].strip("-") or "SOURCE"
    said = "\0".join((new.name.casefold(), new.kind, new.url or "", str(new.published_on or "")))
    return f"{words}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"


def add_parts(db: Session, id: UUID, parts: Sequence[Mapping[str, Any]]) -> None:
    db.add_all(FigurePart(figure_id=id, **part) for part in parts)
    db.flush()


def open_choices(db: Session, events: Sequence[UUID], indicator: str) -> Sequence[HeadlineChoice]:
    """Operators' choices of a headline, the one that holds first: of events that were merged each may have had its own."""
    chosen = select(HeadlineChoice).where(
        HeadlineChoice.event_id.in_(events),
        HeadlineChoice.indicator_code == indicator,
        HeadlineChoice.ended_at.is_(None),
    )
    return db.scalars(chosen.order_by(HeadlineChoice.chosen_at.desc(), HeadlineChoice.id.desc())).all()


def end_choice(db: Session, choice: HeadlineChoice) -> None:
    choice.ended_at = func.clock_timestamp()
    db.flush()


def withdraw(db: Session, figure: Figure) -> None:
    figure.withdrawn_at = func.clock_timestamp()
    db.flush()


def restore(db: Session, id: UUID) -> None:
    """Valid again; the time in between stays known."""
    ask(
        db,
        "UPDATE figures SET withdrawn_at = NULL, withdrawn_before = withdrawn_before"
        " + tstzmultirange(tstzrange(withdrawn_at, clock_timestamp())) WHERE id = %(id)s",
        {"id": id},
    )


# -- what the forms offer


def asked_for(db: Session, statement: str, values: Mapping[str, Any]) -> Any:
    """The one JSON value that a statement answers."""
    return ask(db, statement, values).scalar_one()


def indicators_named(db: Session, lang: str) -> dict[str, str]:
    """Their names by code, in their order."""
    told = "SELECT coalesce(json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY position, code), '[]') FROM indicators"
    return dict(asked_for(db, told, {"lang": lang}))


def sources_of(db: Session, by: By, event: UUID) -> list[list[str]]:
    """[code, name] of the sources that have spoken of this event, the latest first, at most 50."""
    told = f"""
SELECT coalesce(json_agg(json_build_array(code, name) ORDER BY at DESC), '[]') FROM (
    SELECT s.code, s.name, max(f.reported_at) AS at
    FROM (SELECT * FROM figures WHERE event_id = %(event)s ORDER BY reported_at DESC LIMIT 2000) f JOIN sources s ON s.id = f.source_id
    WHERE {visible_sources(by).replace("r.source_id", "s.id")}
    GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 50) spoke"""
    return list(asked_for(db, told, {"event": event, **visible_values(by)}))


def places_of(db: Session, event: UUID, lang: str) -> list[list[str]]:
    """[value, name] of the countries (where there are several) and the areas of an event: `KGZ` and `/KG-B`."""
    told = """
SELECT coalesce(json_agg(json_build_array(value, name) ORDER BY level, name), '[]') FROM (
    SELECT iso3 AS value, label(names, %(lang)s) AS name, 0 AS level
    FROM event_countries JOIN countries ON iso3 = country_iso3
    WHERE event_id = %(event)s AND (SELECT count(*) FROM event_countries WHERE event_id = %(event)s) > 1
    UNION ALL
    SELECT '/' || code, label(names, %(lang)s), 1 FROM event_areas JOIN areas ON areas.id = area_id WHERE event_id = %(event)s) place"""
    return list(asked_for(db, told, {"event": event, "lang": lang}))


OFFERED = 12
CANDIDATES = """
SELECT coalesce(json_agg(json_build_object('code', i.code, 'figures', told.figures) ORDER BY i.position, i.code), '[]')
FROM indicators i, LATERAL (
    SELECT json_agg(json_build_object(
        'id', f.id, 'value', f.value, 'low', f.low, 'high', f.high, 'qualifier', f.qualifier, 'method', f.method, 'as_of', f.as_of,
        'source', json_build_object('name', s.name), 'part', f.is_part,
        'place', coalesce((SELECT label(names, %(lang)s) FROM areas WHERE id = f.area_id),
                          (SELECT label(names, %(lang)s) FROM countries WHERE iso3 = f.country_iso3)))
        ORDER BY f.is_headline DESC, f.is_part, f.is_official DESC, f.as_of DESC NULLS LAST, f.trust, f.reported_at DESC) AS figures
    FROM (SELECT r.* FROM figures r
          WHERE r.event_id = ANY (%(events)s::uuid[]) AND r.indicator_code = i.code AND r.counting = 'cumulative' AND r.withdrawn_at IS NULL
            AND NOT EXISTS (SELECT FROM figures c WHERE c.supersedes_id = r.id AND c.withdrawn_at IS NULL)
          ORDER BY r.is_headline DESC, coalesce(r.as_of, '-infinity') DESC, r.reported_at DESC LIMIT %(most)s) f
    JOIN sources s ON s.id = f.source_id) told
WHERE told.figures IS NOT NULL"""


def candidates(db: Session, events: Sequence[UUID], lang: str) -> dict[str, list[dict[str, Any]]]:
    """What may be shown first, by indicator: the headline and the latest figures that stand."""
    found = asked_for(db, CANDIDATES, {"events": list(events), "lang": lang, "most": OFFERED})
    return {one["code"]: one["figures"] for one in found}


def withdrawn_of(db: Session, event: UUID, lang: str) -> list[dict[str, Any]]:
    """The figures of an event that are withdrawn, the last first, at most 100."""
    told = """
SELECT coalesce(json_agg(json_build_object(
    'id', f.id, 'indicator', f.indicator_code, 'value', f.value, 'low', f.low, 'high', f.high, 'qualifier', f.qualifier,
    'as_of', f.as_of, 'source', s.name, 'withdrawn_at', f.withdrawn_at) ORDER BY f.withdrawn_at DESC), '[]')
FROM (SELECT * FROM figures WHERE event_id IN (SELECT event_with_merged(%(event)s)) AND withdrawn_at IS NOT NULL
      ORDER BY withdrawn_at DESC LIMIT 100) f
JOIN sources s ON s.id = f.source_id"""
    return list(asked_for(db, told, {"event": event, "lang": lang}))
