"""What stands beside an event: its relations to others, its alert levels, what was merged into it. Now, or as known then.

Others are told of only as far as the asker may see them. A merged event is spoken of by its master.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.events.known_queries import THEN, visible_then
from app.events.queries import IN_COUNTRIES, seen_with_master, visible_events
from app.exercises import title_of
from app.filters import identity
from app.permissions import By, visible, visible_values
from app.sql import Sql

# What the other one is to this one, by what this one is to the other
INVERSE = {"part_of": "has_part", "triggered_by": "triggered", "aftershock_of": "has_aftershock", "related": "related"}
KINDS = (*INVERSE, "has_part", "triggered", "has_aftershock")  # in the order of the page
INVERTED = " ".join(f"WHEN '{kind}' THEN '{inverse}'" for kind, inverse in INVERSE.items())
ORDER = ", ".join(f"'{kind}'" for kind in KINDS)


class Tense:
    """How SQL speaks of events now, or as they were known at `%(as_of)s`."""

    def __init__(self, by: By, at: datetime | None) -> None:
        self.by, self.at = by, at
        self.table = THEN if at else "events"
        self.more = ", %(as_of)s" if at else ""
        self.values: dict[str, Any] = visible_values(by) | ({"as_of": at} if at else {})

    def seen(self, r: str) -> str:
        return visible_then(self.by, r) if self.at else visible_events(self.by, r)

    def seen_with_master(self, r: str) -> str:
        merged = f"({r}.withdrawn_at IS NULL OR {r}.merged_into_id IS NOT NULL)"
        return f"{visible_then(self.by, r)} AND {merged}" if self.at else seen_with_master(self.by, r)

    def holds(self, x: str) -> str:
        if not self.at:
            return f"{x}.ended_at IS NULL"
        return f"{x}.related_at <= %(as_of)s AND ({x}.ended_at IS NULL OR {x}.ended_at > %(as_of)s)"


def brief(r: str) -> str:
    return f"""json_build_object('id', {r}.id, 'ref', {r}.ref, 'title', {title_of(f"{r}.titles", f"{r}.exercise")},
        'hazard', (SELECT json_build_object('code', code, 'name', label(names, %(lang)s)) FROM hazards WHERE code = {r}.hazard_code),
        'status', {r}.status, 'started_at', {r}.started_at, 'started_precision', {r}.started_precision, 'exercise', {r}.exercise)"""


def relations(by: By, event: UUID | str, lang: str, at: datetime | None = None) -> Sql:
    """What an event is to others: [{kind, since, event}], its own and those of events merged into it."""
    tense = Tense(by, at)
    statement = f"""
WITH whole AS MATERIALIZED (SELECT %(event)s::uuid AS id UNION ALL SELECT events_merged_into(%(event)s{tense.more})),
     said AS (
        SELECT x.event_id AS own, x.other_id AS other, x.kind, x.related_at FROM event_relations x
        WHERE x.event_id IN (SELECT id FROM whole) AND {tense.holds("x")}
        UNION ALL
        SELECT x.other_id, x.event_id, CASE x.kind {INVERTED} END, x.related_at FROM event_relations x
        WHERE x.other_id IN (SELECT id FROM whole) AND {tense.holds("x")})
SELECT coalesce(json_agg(json_build_object('kind', kind, 'since', related_at, 'event', told)
                         ORDER BY array_position(ARRAY[{ORDER}], kind), started_at, id), '[]')
FROM (
    SELECT DISTINCT ON (kind, m.id) kind, related_at, m.id, m.started_at, {brief("m")}::jsonb AS told
    FROM said JOIN {tense.table} own ON own.id = said.own JOIN {tense.table} m ON m.id = master_of(said.other{tense.more})
    WHERE {tense.seen_with_master("own")} AND {tense.seen("m")} AND m.withdrawn_at IS NULL
      AND m.id NOT IN (SELECT id FROM whole)
    ORDER BY kind, m.id, related_at
) found"""
    return Sql(statement, {"event": event, "lang": lang, **tense.values})


def merged_into(by: By, event: UUID | str, lang: str, at: datetime | None = None) -> Sql:
    """What was merged into an event, directly: [{…, updated_at, glide}], the latest first."""
    tense = Tense(by, at)
    glides = "m.glides" if at else "ARRAY(SELECT glide FROM event_glides WHERE event_id = m.id ORDER BY glide)"
    statement = f"""
SELECT coalesce(json_agg(x ORDER BY withdrawn_at DESC), '[]') FROM (
    SELECT m.withdrawn_at, m.updated_at, m.countries_of AS countries, {brief("m")} AS event, {glides} AS glide
    FROM (SELECT t.*, ARRAY(SELECT country_iso3 FROM event_countries WHERE event_id = t.id) AS countries_of FROM {tense.table} t) m
    WHERE m.merged_into_id = %(event)s AND {tense.seen("m")}
) x"""
    return Sql(statement, {"event": event, "lang": lang, **tense.values})


def master(by: By, id_or_ref: str, at: datetime | None = None) -> Sql:
    """Where both may be seen, the refs of the event that a merged one leads to, and of that one itself."""
    tense, values = Tense(by, at), identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    statement = f"""
SELECT m.ref, r.ref FROM {tense.table} r JOIN {tense.table} m ON m.id = master_of(r.id{tense.more})
WHERE {named} AND r.merged_into_id IS NOT NULL AND {tense.seen("r")} AND {tense.seen("m")} AND m.withdrawn_at IS NULL"""
    return Sql(statement, values | tense.values)


def alert_levels(by: By, event: UUID | str, lang: str, at: datetime | None = None) -> Sql:
    """The levels of an event since when, the latest first, those of times when the asker could have seen it."""
    seen = visible(by, "l.visibility", "e.organisation_id", IN_COUNTRIES.format("e"))
    until = "AND l.since <= %(as_of)s" if at else ""
    statement = f"""
SELECT coalesce(json_agg(x ORDER BY x.since DESC, x.id DESC), '[]') FROM (
    SELECT l.id, l.level, l.since, l.reason, CASE WHEN o.id IS NOT NULL THEN
        json_build_object('code', o.code, 'name', label(o.names, %(lang)s)) END AS organisation
    FROM event_alert_levels l JOIN events e ON e.id = l.event_id LEFT JOIN organisations o ON o.id = l.organisation_id
    WHERE l.event_id = %(event)s AND {seen} {until}
) x"""
    return Sql(statement, {"event": event, "lang": lang, "as_of": at, **visible_values(by)})
