"""What is asked of the inbox: candidates as a list, one with what each feed says, their number, and the rules."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.events.queries import visible_events
from app.facets import Facet, count_facets
from app.inbox.schemas import CandidateFilter
from app.listing import Column, Listing
from app.paging import Key
from app.permissions import By, Permission, visible_values
from app.sql import Sql

FILTERS = {
    "status": "r.status = ANY (%(status)s)",
    "waiting": "r.waits = %(waiting)s",
    "changed": "r.is_changed = %(changed)s",
    "urgent": "r.urgent = %(urgent)s",
    "hazard": "r.hazard_code = ANY (%(hazard)s)",
    "feed": "r.feeds && %(feed)s",
    "country": "r.countries && %(country)s",
    "alert_level": "r.alert_level = ANY (%(alert_level)s)",
    "region": "r.region = ANY (%(region)s)",
    "area": "r.areas && ARRAY(SELECT code FROM areas WHERE id IN (SELECT areas_within(%(area)s)))",
    "rule": "r.rule_id IN (SELECT id FROM inbox_rules WHERE position = %(rule)s)",
    "event": "r.event_id IN (SELECT id FROM events WHERE ref = upper(%(event)s))",
    "exercise": "(r.is_exercise OR r.is_test) = %(exercise)s",
    "started_after": "r.started_at >= %(started_after)s",
    "started_before": "r.started_at < %(started_before)s",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "bbox": "ST_Intersects(r.geometry, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))",
    "near": "r.geometry IS NOT NULL",
    "within_km": "ST_DWithin(r.geometry::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography, %(within_m)s)",
    "q": "r.search @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    """What candidates can be ordered by; `gravity`: changed since decided, then urgent, then the latest to come in."""
    return {
        "gravity": Key("r.gravity", "bigint"),
        "started_at": Key("coalesce(r.started_at, '-infinity')", "timestamptz"),
        "magnitude": Key("coalesce(r.magnitude, -100)", "float8"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "near": Key("r.geometry::geography <-> ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography", "float8"),
        "q": Key("ts_rank(r.search, query)::float8", "float8", descending=True),
    }


WHO = "coalesce((SELECT name FROM users WHERE id = page.decided_by_id), (SELECT name FROM api_keys WHERE id = page.decided_by_id))"

RECORD = f"""
    page.id, page.ref, label(page.titles, %(lang)s) AS title, page.status, page.waits AS waiting, page.is_changed AS changed,
    page.changed AS changed_fields, page.urgent,
    CASE WHEN hazard.code IS NOT NULL THEN json_build_object('code', hazard.code, 'name', label(hazard.names, %(lang)s)) END AS hazard,
    page.started_at, page.ended_at, page.magnitude, nullif(page.magnitude_type, '') AS magnitude_type, page.depth_km, page.alert_level,
    page.population, page.region,
    (SELECT coalesce(json_agg(json_build_object('iso3', iso3, 'name', label(names, %(lang)s)) ORDER BY iso3), '[]')
     FROM countries WHERE iso3 = ANY (page.countries)) AS countries,
    page.glides AS glide, page.feeds,
    ST_AsGeoJSON(page.geometry, 5)::json AS geometry,
    CASE WHEN page.geometry IS NOT NULL THEN
        json_build_object('lon', ST_X(ST_PointOnSurface(page.geometry)), 'lat', ST_Y(ST_PointOnSurface(page.geometry))) END AS point,
    page.is_exercise AS exercise, page.is_test AS test, page.is_cancelled AS cancelled, page.chosen,
    (SELECT position FROM inbox_rules WHERE id = page.rule_id) AS rule, nullif(page.reason, '') AS reason,
    (SELECT ref FROM events WHERE id = page.event_id) AS event, page.decided_at, {WHO} AS decided_by,
    page.created_at, page.updated_at"""


def country_limit(by: By) -> str:
    """The condition of candidates that whoever writes events in these countries is concerned with. Codes are our own."""
    limit = by.rights.get(Permission.EVENT_WRITE, frozenset())
    if limit is None:
        return "TRUE"
    listed = ", ".join(f"'{code}'" for code in sorted(limit) if code.isalpha())
    return f"(r.countries = '{{}}' OR r.countries && ARRAY[{listed}]::text[])" if listed else "FALSE"


CANDIDATES = Listing(
    name="inbox",
    layers=("inbox", "events", "reference", "places"),
    table="candidates",
    record=RECORD,
    joins="LEFT JOIN hazards hazard ON hazard.code = page.hazard_code",
    filters=FILTERS,
    keys=keys,
    default="-gravity",
    visible=country_limit,
    withdrawable=False,
    columns=tuple(
        Column(path, hxl)
        for path, hxl in (
            ("id", "#meta+id"), ("ref", "#meta+code"), ("title", "#event+name"), ("status", "#status"), ("urgent", "#severity+urgent"),
            ("hazard.code", "#cause+code"), ("hazard.name", "#cause+name"), ("started_at", "#date+start"),
            ("magnitude", "#severity+magnitude"), ("magnitude_type", "#severity+magnitude+type"), ("depth_km", "#severity+depth+km"),
            ("alert_level", "#severity"), ("population", "#population"), ("countries.iso3", "#country+code+iso3"),
            ("countries.name", "#country+name"), ("glide", "#crisis+code+glide"), ("feeds", "#meta+source"),
            ("point.lon", "#geo+lon"), ("point.lat", "#geo+lat"), ("exercise", "#meta+exercise"), ("test", "#meta+test"),
            ("cancelled", "#status+cancelled"), ("region", "#meta+region"), ("rule", "#meta+rule"), ("reason", "#description"),
            ("event", "#event+code"), ("decided_at", "#date+decided"), ("created_at", "#date+created"), ("updated_at", "#date+updated"),
        )
    ),
)  # fmt: skip

FACETS = {
    "status": Facet("r.status"),
    "hazard": Facet("v.code", "v.names", "JOIN hazards v ON v.code = r.hazard_code"),
    "feed": Facet("v.code", "jsonb_build_object('en', v.name)", "JOIN feeds v ON v.code = ANY (r.feeds)"),
    "country": Facet("v.iso3", "v.names", "JOIN countries v ON v.iso3 = ANY (r.countries)"),
    "alert_level": Facet("r.alert_level"),
}


def facets(where: CandidateFilter, lang: str) -> Sql:
    return count_facets(CANDIDATES, FACETS, where, lang)


def waiting(by: By) -> str:
    """How many candidates wait for this asker. One statement for each circle of countries, since its answer is kept."""
    return f"SELECT count(*) FROM candidates r WHERE r.waits AND {country_limit(by)}"


TABS = """
SELECT json_build_object('waiting', count(*) FILTER (WHERE r.waits), 'event', count(*) FILTER (WHERE r.status = 'event'),
    'dismissed', count(*) FILTER (WHERE r.status = 'dismissed'), 'dropped', count(*) FILTER (WHERE r.status = 'dropped'))
FROM candidates r WHERE {}"""


def tabs(by: By) -> Sql:
    """How many candidates stand under each tab."""
    return Sql(TABS.format(country_limit(by)), {})


ITEMS = """
SELECT coalesce(json_agg(json_build_object('feed', f.code, 'name', f.name, 'key', i.key, 'revision', c.revision, 'said', c.said,
    'first_seen_at', i.first_seen_at, 'seen_at', i.seen_at, 'gone_at', i.gone_at, 'region', c.placed ->> 'region')
    ORDER BY f.name, i.first_seen_at, i.id), '[]')
FROM candidate_items c JOIN feed_items i ON i.id = c.item_id JOIN feeds f ON f.id = c.feed_id
WHERE c.candidate_id = %(id)s"""

CHANGES = """
SELECT coalesce(json_agg(x ORDER BY x.at DESC), '[]') FROM (
    SELECT h.feed, coalesce(f.name, h.feed) AS name, h.revision, h.was, h.is_now, h.at
    FROM candidate_changes h LEFT JOIN feeds f ON f.code = h.feed
    WHERE h.candidate_id = %(id)s ORDER BY h.id DESC LIMIT 100) x"""


def items(id: UUID | str) -> Sql:
    """What each feed says of a candidate, as it was last sorted."""
    return Sql(ITEMS, {"id": id})


def changes(id: UUID | str) -> Sql:
    """What feeds came to say otherwise, the latest first."""
    return Sql(CHANGES, {"id": id})


WITH_GLIDE = """
SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT DISTINCT ON (r.ref) r.ref, label(r.titles, %(lang)s) AS title, r.status, r.started_at, r.started_precision, r.exercise,
           json_build_object('code', h.code, 'name', label(h.names, %(lang)s)) AS hazard, NULL::float8 AS distance_km, g.glide
    FROM event_glides g JOIN events r ON r.id = g.event_id JOIN hazards h ON h.code = r.hazard_code
    WHERE g.glide = ANY (%(glides)s) AND r.withdrawn_at IS NULL AND """


def with_glide(by: By, glides: Sequence[str], lang: str) -> Sql:
    """The events that bear one of these GLIDE numbers, as duplicates are told of, each with the number."""
    values = {"glides": list(glides), "lang": lang} | visible_values(by)
    return Sql(f"{WITH_GLIDE}{visible_events(by)}) x", values)


TOUCHED = """
SELECT coalesce(json_agg(DISTINCT m.country_iso3 ORDER BY m.country_iso3), '[]')
FROM candidates c JOIN areas_on_map m ON m.level = 0 AND ST_Intersects(m.geometry, c.geometry)
WHERE c.id = %(id)s"""


def touched(id: UUID | str) -> Sql:
    """The countries in which a candidate lies; none where its place is not known, or in no country that is drawn."""
    return Sql(TOUCHED, {"id": id})


OF_EVENT = """
SELECT coalesce(json_agg(json_build_object('ref', r.ref, 'title', label(r.titles, %(lang)s), 'changed', r.is_changed,
    'items', (SELECT coalesce(json_agg(json_build_object('feed', f.code, 'name', f.name, 'said', c.said, 'seen_at', i.seen_at)
                ORDER BY f.name, i.id), '[]')
              FROM candidate_items c JOIN feed_items i ON i.id = c.item_id JOIN feeds f ON f.id = c.feed_id
              WHERE c.candidate_id = r.id)) ORDER BY r.id), '[]')
FROM candidates r WHERE r.event_id = %(event)s"""


def of_event(event: UUID | str, lang: str) -> Sql:
    """What feeds say of an event: its candidates with their items."""
    return Sql(OF_EVENT, {"event": event, "lang": lang})


RULES = """
SELECT coalesce(json_agg(x ORDER BY x.position), '[]') FROM (
    SELECT r.*, (SELECT count(*) FROM candidates c WHERE c.rule_id = r.id) AS caught,
           (SELECT label(names, %(lang)s) FROM areas WHERE code = r.area ORDER BY valid_to DESC NULLS FIRST LIMIT 1) AS area_name,
           (SELECT max(c.created_at) FROM candidates c WHERE c.rule_id = r.id) AS last_caught_at
    FROM inbox_rules r) x"""


def rules(lang: str) -> Sql:
    """All rules in their order, with how many candidates each decided on."""
    return Sql(RULES, {"lang": lang})


NAMED = """
SELECT json_build_object(
    'hazards', (SELECT json_agg(json_build_array(code, label(names, %(lang)s)) ORDER BY position) FROM hazards),
    'countries', (SELECT json_agg(json_build_array(iso3, label(names, %(lang)s)) ORDER BY NOT region, position, label(names, %(lang)s)) FROM countries),
    'feeds', (SELECT coalesce(json_agg(json_build_array(code, name) ORDER BY name), '[]') FROM feeds),
    'areas', (SELECT json_agg(json_build_array(m.code, label(m.names, %(lang)s), label(c.names, %(lang)s)) ORDER BY c.position, label(m.names, %(lang)s))
              FROM areas_on_map m JOIN countries c ON c.iso3 = m.country_iso3 WHERE m.level = 1))"""


def named(lang: str) -> Sql:
    """What rules can be about: [code, name] of hazards, countries and feeds, [code, name, country] of areas."""
    return Sql(NAMED, {"lang": lang})


LATELY = """
SELECT r.id, r.ref, label(r.titles, %(lang)s) AS title, r.titles, r.status, r.feeds, r.hazard_code, r.countries, r.areas, r.region,
       r.magnitude_most, r.depth_km, r.alert_level, r.created_at, r.rule_id,
       ARRAY(SELECT c.said ->> 'title' FROM candidate_items c WHERE c.candidate_id = r.id) AS told
FROM candidates r WHERE r.created_at >= now() - make_interval(days => %(days)s)
ORDER BY r.created_at DESC, r.id DESC LIMIT %(most)s"""


def lately(days: int, most: int, lang: str) -> tuple[str, dict[str, Any]]:
    """The candidates of the last days, as rules look at them."""
    return LATELY, {"days": days, "most": most, "lang": lang}
