"""What the pages that look across nouns ask besides the lists of the nouns themselves."""

from app.events.queries import visible_events
from app.permissions import asking, visible, visible_values
from app.sql import Sql

AREAS_BY_COUNTRY = """
SELECT coalesce(json_agg(json_build_object(
    'code', country.iso3, 'name', label(country.names, %(lang)s),
    'events', (SELECT count(*) FROM event_countries ec JOIN events e ON e.id = ec.event_id
               WHERE ec.country_iso3 = country.iso3 AND {of_events} AND e.withdrawn_at IS NULL AND NOT e.exercise),
    'capacities', (SELECT count(*) FROM capacities c
                   WHERE c.country_iso3 = country.iso3 AND {of_capacities} AND c.withdrawn_at IS NULL),
    'areas', (SELECT coalesce(json_agg(json_build_object('code', area.code, 'name', label(area.names, %(lang)s),
                                                         'valid_to', area.valid_to)
                                       ORDER BY label(area.names, %(lang)s)), '[]')
              FROM areas area WHERE area.country_iso3 = country.iso3 AND area.level = 1
                  AND NOT EXISTS (SELECT FROM area_predecessors p WHERE p.predecessor_id = area.id))
) ORDER BY country.position, country.iso3), '[]')
FROM countries country WHERE country.region"""

OUT_OF_DATE = """
SELECT coalesce(json_agg(json_build_object(
    'code', area.code, 'name', label(area.names, %(lang)s),
    'country', json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)),
    'valid_to', area.valid_to, 'note', label(area.note, %(lang)s)
) ORDER BY country.position, area.code), '[]')
FROM areas area JOIN countries country ON country.iso3 = area.country_iso3
WHERE area.valid_to IS NOT NULL OR area.note IS NOT NULL"""

DISPUTED = """
SELECT coalesce(json_agg(json_build_object(
    'name', label(names, %(lang)s), 'kind', kind, 'note', label(note, %(lang)s),
    'claimants', ARRAY(SELECT label(c.names, %(lang)s) FROM countries c WHERE c.iso3 = ANY (claimants) ORDER BY 1)
) ORDER BY label(names, %(lang)s)), '[]')
FROM disputed_features"""

SOURCES = """
SELECT coalesce(json_agg(json_build_object('name', name, 'url', url, 'figures', figures) ORDER BY figures DESC, name), '[]')
FROM (SELECT source.name, source.url, count(*) AS figures
      FROM sources source
      JOIN figures figure ON figure.source_id = source.id
      JOIN events event ON event.id = figure.event_id
      WHERE {seen} AND event.withdrawn_at IS NULL AND NOT event.exercise
      GROUP BY source.id) counted"""

ORGANISATION = """
SELECT json_build_object(
    'code', organisation.code, 'name', label(organisation.names, %(lang)s), 'names', organisation.names,
    'kind', organisation.kind, 'relation', organisation.relation, 'aliases', organisation.aliases,
    'url', organisation.url, 'source', organisation.source,
    'country', CASE WHEN country.iso3 IS NOT NULL THEN
        json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) END)
FROM organisations organisation LEFT JOIN countries country ON country.iso3 = organisation.country_iso3
WHERE organisation.code = upper(%(code)s)"""

# The neighbours of an area are on its own level; those of a country are countries
NEIGHBOURS = """
SELECT coalesce(json_agg(json_build_object(
    'code', other.code, 'name', label(other.names, %(lang)s),
    'country', json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s))
) ORDER BY label(other.names, %(lang)s)), '[]')
FROM areas area
JOIN areas other ON other.level = area.level AND other.id <> area.id
    AND other.geometry && area.geometry AND ST_Intersects(other.geometry, area.geometry)
JOIN countries country ON country.iso3 = other.country_iso3
WHERE area.id = %(id)s
    AND NOT EXISTS (SELECT FROM area_predecessors p WHERE p.predecessor_id = other.id AND area.valid_to IS NULL)"""

PARTS = """
SELECT coalesce(json_agg(json_build_object('code', code, 'name', label(names, %(lang)s), 'valid_to', valid_to)
                         ORDER BY label(names, %(lang)s)), '[]')
FROM areas area WHERE parent_id = %(id)s AND NOT EXISTS (SELECT FROM area_predecessors p WHERE p.predecessor_id = area.id)"""


def region() -> Sql:
    """The codes of the countries that the Centre looks after."""
    return Sql("SELECT json_agg(iso3) FROM countries WHERE region", {})


def areas_by_country(lang: str) -> Sql:
    """The ten countries, how much is known of each, and their areas."""
    of_capacities = visible(asking(), "c.visibility", "c.organisation_id", "c.country_iso3 = ANY ({})")
    text = AREAS_BY_COUNTRY.format(of_events=visible_events(asking(), "e"), of_capacities=of_capacities)
    return Sql(text, {"lang": lang, **visible_values(asking())})


def out_of_date(lang: str) -> Sql:
    """Areas that no longer are as they are drawn, and why."""
    return Sql(OUT_OF_DATE, {"lang": lang})


def disputed(lang: str) -> Sql:
    return Sql(DISPUTED, {"lang": lang})


def sources() -> Sql:
    """Where the figures of events come from, the most used first."""
    return Sql(SOURCES.format(seen=visible_events(asking(), "event")), visible_values(asking()))


def organisation(code: str, lang: str) -> Sql:
    return Sql(ORGANISATION, {"code": code, "lang": lang})


def neighbours(area_id: str, lang: str) -> Sql:
    return Sql(NEIGHBOURS, {"id": area_id, "lang": lang})


def parts(area_id: str, lang: str) -> Sql:
    return Sql(PARTS, {"id": area_id, "lang": lang})
