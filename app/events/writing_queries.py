"""What writing asks of events: the row locked, its state as JSON, its parts, and the codes that it may name."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import cos, radians
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.events.duplicates import NEAR_KM, Asked
from app.events.models import Event, EventAlertLevel, EventRelation
from app.events.queries import IN_COUNTRIES, visible_events
from app.exercises import title_of
from app.filters import identity
from app.listing import HERE
from app.permissions import By, visible_values
from app.places.queries import TABLE as AREAS

State = dict[str, Any]

MOMENT = """replace(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""
STATE = f"""
SELECT jsonb_build_object(
    'titles', titles, 'summary', coalesce(summary, '{{}}'), 'hazard', hazard_code, 'status', status, 'alert_level', alert_level,
    'started_at', {MOMENT.format("started_at")}, 'started_precision', started_precision, 'ended_at', {MOMENT.format("ended_at")},
    'countries', ARRAY(SELECT country_iso3 FROM event_countries WHERE event_id = r.id ORDER BY country_iso3),
    'areas', ARRAY(SELECT code FROM event_areas JOIN areas ON areas.id = area_id WHERE event_id = r.id ORDER BY code),
    'glide', ARRAY(SELECT glide FROM event_glides WHERE event_id = r.id ORDER BY glide),
    'place', coalesce(place, '{{}}'), 'geometry', ST_AsGeoJSON(geometry, 9)::jsonb, 'geometry_precision', geometry_precision,
    'exercise', exercise, 'visibility', visibility)
FROM events r WHERE id = %(id)s"""


def ask(db: Session, statement: str, values: Mapping[str, Any]) -> Any:
    return db.connection().exec_driver_sql(statement, dict(values))


def found(by: By, id_or_ref: str) -> tuple[str, dict[str, Any]]:
    """The condition and the values of the event that an id or ref means, as far as `by` may see it; withdrawn or not."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    return f"{named} AND {visible_events(by)}", values | visible_values(by)


def event_seen(db: Session, by: By, id_or_ref: str) -> Event | None:
    """The event, withdrawn or not, if `by` may see it."""
    condition, values = found(by, id_or_ref)
    id = ask(db, f"SELECT r.id FROM events r WHERE {condition}", values).scalar()
    return db.get(Event, id) if id else None


def lock_event(db: Session, by: By, id_or_ref: str) -> Event | None:
    """The same, locked until the transaction ends: who comes second reads what the first has written."""
    condition, values = found(by, id_or_ref)
    id = ask(db, f"SELECT r.id FROM events r WHERE {condition} FOR UPDATE", values).scalar()
    return db.get_one(Event, id, populate_existing=True) if id else None


def state_of(db: Session, id: UUID) -> State:
    """What an event says, in the shape of `EventIn`: for history, for a change laid over it, for the form."""
    state: State = ask(db, STATE, {"id": id}).scalar_one()
    return state


def set_countries(db: Session, id: UUID, countries: Sequence[str]) -> None:
    values = {"id": id, "countries": list(countries)}
    ask(db, "DELETE FROM event_countries WHERE event_id = %(id)s AND country_iso3 <> ALL (%(countries)s)", values)
    added = "INSERT INTO event_countries (event_id, country_iso3) SELECT %(id)s, unnest(%(countries)s::text[]) ON CONFLICT DO NOTHING"
    ask(db, added, values)


def set_areas(db: Session, id: UUID, areas: Sequence[UUID]) -> None:
    values = {"id": id, "areas": list(areas)}
    ask(db, "DELETE FROM event_areas WHERE event_id = %(id)s AND area_id <> ALL (%(areas)s::uuid[])", values)
    added = (
        "INSERT INTO event_areas (event_id, area_id) SELECT %(id)s, unnest(%(areas)s::uuid[]) ON CONFLICT DO NOTHING"
    )
    ask(db, added, values)


def set_glides(db: Session, id: UUID, glides: Sequence[str]) -> None:
    values = {"id": id, "glides": list(glides)}
    ask(db, "DELETE FROM event_glides WHERE event_id = %(id)s AND glide <> ALL (%(glides)s)", values)
    added = (
        "INSERT INTO event_glides (event_id, glide) SELECT %(id)s, unnest(%(glides)s::text[]) ON CONFLICT DO NOTHING"
    )
    ask(db, added, values)


def add_alert_level(db: Session, event: Event, reason: str, by: By, since: datetime) -> None:
    level = EventAlertLevel(
        event_id=event.id, level=event.alert_level, since=since, reason=reason, organisation_id=by.organisation_id,
        visibility=event.visibility,
    )  # fmt: skip
    db.add(level)
    db.flush()


MASTERS = """
WITH RECURSIVE above AS (
    SELECT merged_into_id AS id FROM events WHERE id = %(id)s AND merged_into_id IS NOT NULL
    UNION SELECT e.merged_into_id FROM above a JOIN events e ON e.id = a.id WHERE e.merged_into_id IS NOT NULL)
SELECT id FROM above"""


def masters(db: Session, id: UUID) -> list[UUID]:
    """What an event is merged into, and that into what, up to the one that stays."""
    return list(ask(db, MASTERS, {"id": id}).scalars())


def lock_in_order(db: Session, ids: Sequence[UUID]) -> None:
    ask(db, "SELECT id FROM events WHERE id = ANY (%(ids)s) ORDER BY id FOR UPDATE", {"ids": list(ids)})


def touch(db: Session, ids: Sequence[UUID]) -> None:
    """These events have changed by what belongs to them: they are found by other words, and followers are told."""
    ask(db, "UPDATE events SET updated_at = clock_timestamp() WHERE id = ANY (%(ids)s)", {"ids": list(ids)})


# what an event is to another one, either way round
RELATION = """
SELECT id FROM event_relations WHERE ended_at IS NULL
  AND (event_id, other_id) IN ((%(event)s, %(other)s), (%(other)s, %(event)s))"""
# from one event up to all that it is so related to, by one kind of relation
ABOVE = """
WITH RECURSIVE above AS (
    SELECT %(other)s::uuid AS id
    UNION SELECT r.other_id FROM above a JOIN event_relations r ON r.event_id = a.id WHERE r.kind = %(kind)s AND r.ended_at IS NULL)
SELECT EXISTS (SELECT FROM above WHERE id = %(event)s)"""


def relation_of(db: Session, event: UUID, other: UUID) -> EventRelation | None:
    id = ask(db, RELATION, {"event": event, "other": other}).scalar()
    return db.get(EventRelation, id) if id else None


def would_be_circle(db: Session, event: UUID, kind: str, other: UUID) -> bool:
    circle: bool = ask(db, ABOVE, {"event": event, "kind": kind, "other": other}).scalar_one()
    return circle


def has_parent(db: Session, event: UUID) -> bool:
    held = "SELECT FROM event_relations WHERE event_id = %(id)s AND kind = 'part_of' AND ended_at IS NULL"
    return bool(ask(db, held, {"id": event}).rowcount)


BOUND = """
SELECT EXISTS (SELECT FROM events WHERE id = %(id)s AND merged_into_id IS NOT NULL OR merged_into_id = %(id)s)
    OR EXISTS (SELECT FROM event_relations WHERE %(id)s IN (event_id, other_id) AND kind <> 'related' AND ended_at IS NULL)"""


def is_bound(db: Session, id: UUID) -> bool:
    """Whether an event is merged with others, or is part or consequence of one."""
    bound: bool = ask(db, BOUND, {"id": id}).scalar_one()
    return bound


def is_hazard(db: Session, code: str) -> bool:
    return bool(ask(db, "SELECT FROM hazards WHERE code = %(code)s", {"code": code}).rowcount)


def known_countries(db: Session, codes: Sequence[str]) -> set[str]:
    return set(ask(db, "SELECT iso3 FROM countries WHERE iso3 = ANY (%(codes)s)", {"codes": list(codes)}).scalars())


def areas_named(db: Session, codes: Sequence[str], on: str) -> dict[str, tuple[UUID, str]]:
    """{code: (id, country)} of the areas that had these codes, p-codes or ISO codes on that day, or else have them now."""
    rows = ask(
        db,
        f"""
SELECT DISTINCT ON (asked) asked, r.id, r.country_iso3
FROM unnest(%(codes)s::text[]) asked JOIN {AREAS} r ON asked IN (r.code, r.pcode, r.iso)
ORDER BY asked, daterange(r.valid_from, r.valid_to) @> %(on)s::date DESC, r.is_current DESC, r.valid_from DESC NULLS LAST""",
        {"codes": list(codes), "on": on},
    )
    return {code: (id, country) for code, id, country in rows}


def flaw_of(db: Session, geometry: Mapping[str, Any]) -> str | None:
    """What makes a shape impossible, in PostGIS's words (“Self-intersection[70 40]”); nothing where it is sound."""
    asked = "SELECT CASE WHEN NOT ST_IsValid(g) THEN ST_IsValidReason(g) END FROM ST_GeomFromGeoJSON(%(geometry)s) g"
    flaw: str | None = ask(db, asked, {"geometry": json.dumps(geometry)}).scalar_one()
    return flaw


def as_geometry(geometry: Mapping[str, Any] | None) -> Any:
    """A GeoJSON geometry for the column."""
    if geometry is None:
        return None
    return text("ST_GeomFromGeoJSON(:geometry)").bindparams(geometry=json.dumps(geometry))


# -- the same event, logged already?

# One of those that stand for a month began on any of its days
LASTS = "CASE r.started_precision WHEN 'month' THEN interval '1 month' WHEN 'day' THEN interval '1 day' ELSE interval '0' END"
BOX = "ST_Expand(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(wide)s, %(high)s)"
CLOSE_BY = f"r.geometry && {BOX} AND ST_DWithin(r.geometry::geography, {HERE}, {NEAR_KM * 1000})"
SAME_COUNTRY = IN_COUNTRIES.format("r").format("%(countries)s")
KM_OF_A_DEGREE = 110.5


def duplicates(by: By, asked: Asked, lang: str) -> tuple[str, dict[str, Any]]:
    """The events that may be the one asked for, with how far away they are (km); not withdrawn."""
    values: dict[str, Any] = {
        "hazards": asked.hazards, "started_at": asked.started_at, "lang": lang, "countries": list(asked.countries),
        "from": asked.started_at - asked.window, "until": asked.started_at + asked.window,
    }  # fmt: skip
    places = [f"(r.geometry IS NULL AND {SAME_COUNTRY})" if asked.near else SAME_COUNTRY] if asked.countries else []
    if asked.near:
        high = NEAR_KM / KM_OF_A_DEGREE
        wide = min(high / max(cos(radians(asked.near.lat)), 0.01), 360)
        values |= {"lon": asked.near.lon, "lat": asked.near.lat, "wide": wide, "high": high}
        places.append(f"({CLOSE_BY})")
    km = f"ST_Distance(r.geometry::geography, {HERE}) / 1000" if asked.near else "NULL::float8"
    statement = f"""
SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT r.ref, {title_of("r.titles", "r.exercise")} AS title,
           json_build_object('code', h.code, 'name', label(h.names, %(lang)s)) AS hazard,
           r.status, r.started_at, r.started_precision, r.exercise, {km} AS distance_km
    FROM events r JOIN hazards h ON h.code = r.hazard_code
    WHERE {visible_events(by)} AND r.withdrawn_at IS NULL AND r.hazard_code = ANY (%(hazards)s)
      AND r.started_at BETWEEN %(from)s - interval '1 month' AND %(until)s
      AND r.started_at + {LASTS} >= %(from)s
      AND ({" OR ".join(places) or "FALSE"})
    ORDER BY abs(extract(epoch FROM r.started_at - %(started_at)s)) LIMIT 50
) x"""
    return statement, values | visible_values(by)


def likely_duplicates(db: Session, by: By, asked: Asked, lang: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(db, *duplicates(by, asked, lang)).scalar_one()
    return found


# -- what a form offers, and what is left of an event that was withdrawn

CHOICES = f"""
SELECT json_build_object(
    'hazard', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY position) FROM hazards),
    'countries', (SELECT json_agg(json_build_array(iso3, label(names, %(lang)s)) ORDER BY NOT region, CASE WHEN region THEN position END, label(names, %(lang)s))
                  FROM countries),
    'areas', (SELECT json_agg(json_build_array(r.code, label(r.names, %(lang)s), country_iso3) ORDER BY label(r.names, %(lang)s))
              FROM {AREAS} r WHERE level > 0 AND (level = 1 AND is_current OR r.code = ANY (%(chosen)s))))"""


def choices(db: Session, lang: str, chosen: Sequence[str] = ()) -> dict[str, list[list[str]]]:
    """[code, name] of hazards and countries, [code, name, country] of the areas of the first level and of those chosen."""
    found: dict[str, list[list[str]]] = ask(db, CHOICES, {"lang": lang, "chosen": list(chosen)}).scalar_one()
    return found


def withdrawn(by: By, id_or_ref: str, lang: str) -> tuple[str, dict[str, Any]]:
    """A withdrawn event as far as `by` may see it: what it was, since when and why it is none any more."""
    condition, values = found(by, id_or_ref)
    statement = f"""
SELECT json_build_object('id', r.id, 'ref', r.ref, 'title', {title_of("r.titles", "r.exercise")}, 'exercise', r.exercise, 'withdrawn_at', r.withdrawn_at,
    'is_merged', r.merged_into_id IS NOT NULL, 'updated_at', r.updated_at, 'countries', ARRAY(SELECT country_iso3 FROM event_countries WHERE event_id = r.id),
    'reason', (SELECT reason FROM history WHERE noun = 'events' AND record_id = r.id AND action IN ('withdrawn', 'merged') ORDER BY id DESC LIMIT 1))
FROM events r WHERE {condition} AND r.withdrawn_at IS NOT NULL"""
    return statement, values | {"lang": lang}
