"""What is asked of entry points, agreements and host nation support.

What an entry point is like now is worked out from what was said of it and from the day, so nobody has to note it.
"""

from datetime import date, datetime

from app.contacts import queries as contacts
from app.entry_points.models import SECTIONS
from app.entry_points.schemas import EntryPointFilter
from app.facets import Facet, count_facets
from app.listing import HERE, Column, Listing, everybody
from app.paging import Key
from app.permissions import ANYBODY, By
from app.sql import Sql

STALE_DAYS = 14
# Hours with papers in order, to plan with where nothing better is known: nobody has measured them for us
USUAL_HOURS = {"road": 4, "rail": 12, "airport": 3, "seaport": 24, "river_port": 12, "ferry": 12}
USUAL = "CASE e.kind {} END".format(" ".join(f"WHEN '{kind}' THEN {hours}" for kind, hours in USUAL_HOURS.items()))

# An entry point with what is so of it at a moment, `{at}`: what was said, whether it is winter there, whether one gets through
AT = f"""(
    SELECT e.*, said.*, coalesce(said.said_status, 'unknown') AS status, country.time_zone AS country_time_zone,
           coalesce(e.hours_to_cross, {USUAL}) AS planned_hours,
           coalesce(said.said_as_of < {{at}} - interval '{STALE_DAYS} days', true) AS is_stale, winter.is_now AS in_winter,
           coalesce(said.said_status, 'unknown') <> 'closed' AND NOT winter.is_now AS passable
    FROM entry_points e
    JOIN countries country ON country.iso3 = e.country_iso3
    CROSS JOIN LATERAL (SELECT is_in_winter(e.winter_from, e.winter_to,
        ({{at}} AT TIME ZONE coalesce(e.time_zone, country.time_zone, 'UTC'))::date) AS is_now) winter
    LEFT JOIN (
        SELECT entry_point_id, status AS said_status, said_by, source AS said_source, note AS said_note, from_at AS said_from_at,
               until_at AS said_until_at, as_of AS said_as_of, demonstration AS said_demonstration
        FROM entry_point_reports_at({{at}})
    ) said ON said.entry_point_id = e.id
)"""
NOW = AT.format(at="now()")

DOCUMENT = """search_document(concat_ws(' ', r.ref, r.code, all_names(r.names), all_names(r.counterpart)),
    (SELECT string_agg(all_names(names), ' ') FROM countries WHERE iso3 IN (r.country_iso3, r.across_iso3)),
    all_names(r.note))"""

FILTERS = {
    "country": "(r.country_iso3 = ANY (%(country)s) OR r.across_iso3 = ANY (%(country)s))",
    "area": """EXISTS (SELECT FROM areas a WHERE a.id IN (SELECT areas_within(%(area)s)) AND ST_Intersects(a.geometry, r.location))""",
    "kind": "r.kind = ANY (%(kind)s)",
    "status": "r.status = ANY (%(status)s)",
    "passes": "r.may_pass @> %(passes)s::text[]",
    "passable": "r.passable = %(passable)s",
    "stale": "r.is_stale = %(stale)s",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "bbox": "r.location && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)",
    "near": "r.location IS NOT NULL",
    "within_km": f"ST_DWithin(r.location::geography, {HERE}, %(within_m)s, false)",
    "q": f"{DOCUMENT} @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    """What entry points can be ordered by."""
    return {
        "name": Key(f"lower(label(r.names, '{'ru' if lang == 'ru' else 'en'}'))"),
        "code": Key("r.code"),
        "as_of": Key("coalesce(r.said_as_of, '-infinity')", "timestamptz"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "near": Key(f"r.location::geography <-> {HERE}", "float8"),
        "q": Key(f"ts_rank({DOCUMENT}, query)::float8", "float8", descending=True),
    }


def contact(by: By, column: str) -> str:
    """Whose desk it is; its name and number stand in the directory, where each reading is recorded."""
    return f"""(SELECT json_build_object('id', r.id, 'organisation',
            json_build_object('code', r.organisation_code, 'name', label(r.organisation_names, %(lang)s)))
        FROM {contacts.TABLE} r WHERE r.id = page.{column} AND r.withdrawn_at IS NULL AND {contacts.visible_in_directory(by)})"""


def record(by: By) -> str:
    """What is said of an entry point: of its contacts only to whoever may see them in the directory."""
    return f"""
    page.id, page.ref, page.code, label(page.names, %(lang)s) AS name, label(page.counterpart, %(lang)s) AS counterpart, page.kind,
    json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) AS country,
    CASE WHEN across.iso3 IS NOT NULL THEN json_build_object('iso3', across.iso3, 'name', label(across.names, %(lang)s)) END AS across,
    ST_AsGeoJSON(page.location, 6)::json AS geometry, page.elevation_m,
    coalesce(page.time_zone, page.country_time_zone) AS time_zone, label(page.hours, %(lang)s) AS hours, page.may_pass,
    page.planned_hours AS hours_to_cross, page.hours_to_cross IS NULL AS hours_to_cross_is_usual,
    CASE WHEN page.winter_from IS NOT NULL THEN json_build_object('from_md', page.winter_from, 'to_md', page.winter_to,
        'note', label(page.winter_note, %(lang)s), 'is_now', page.in_winter) END AS winter,
    json_build_object('status', page.status, 'said_by', page.said_by, 'source', nullif(page.said_source, ''),
        'note', nullif(page.said_note, ''), 'from_at', page.said_from_at, 'until_at', page.said_until_at, 'as_of', page.said_as_of,
        'is_stale', page.is_stale) AS said,
    page.passable, label(page.note, %(lang)s) AS note,
    {contact(by, "customs_contact_id")} AS customs_contact, {contact(by, "quarantine_contact_id")} AS quarantine_contact,
    page.source, page.evidence, page.visibility, page.demonstration, page.created_at, page.updated_at"""


WHEN = (Column("created_at", "#date+created"), Column("updated_at", "#date+updated"))
SHOWN = (Column("visibility", "#meta+visibility"), Column("demonstration", "#meta+demonstration"), *WHEN)

ENTRY_POINTS = Listing(
    name="entry-points",
    layers=("entry_points", "people", "places"),
    table=NOW,
    record=record(ANYBODY),
    told=record,
    joins="""JOIN countries country ON country.iso3 = page.country_iso3
    LEFT JOIN countries across ON across.iso3 = page.across_iso3""",
    filters=FILTERS,
    keys=keys,
    default="name",
    visible=everybody,
    named="%(ref)s IN (r.ref, r.code)",
    columns=(
        Column("id", "#meta+id"),
        Column("ref", "#loc+ref"),
        Column("code", "#loc+code"),
        Column("name", "#loc+name"),
        Column("counterpart", "#loc+name+counterpart"),
        Column("kind", "#loc+type"),
        Column("country.iso3", "#country+code+iso3"),
        Column("country.name", "#country+name"),
        Column("across.iso3", "#country+code+iso3+across"),
        Column("across.name", "#country+name+across"),
        Column("geometry.coordinates.0", "#geo+lon"),
        Column("geometry.coordinates.1", "#geo+lat"),
        Column("elevation_m", "#geo+elevation"),
        Column("time_zone", "#meta+time_zone"),
        Column("hours", "#access+hours"),
        Column("may_pass", "#access+type+list"),
        Column("hours_to_cross", "#access+duration+hours"),
        Column("hours_to_cross_is_usual", "#access+duration+usual"),
        Column("winter.from_md", "#date+winter+start"),
        Column("winter.to_md", "#date+winter+end"),
        Column("said.status", "#status"),
        Column("said.said_by", "#status+by"),
        Column("said.as_of", "#date+status"),
        Column("said.until_at", "#date+status+end"),
        Column("said.note", "#status+description"),
        Column("said.is_stale", "#status+stale"),
        Column("passable", "#access+passable"),
        Column("note", "#description"),
        Column("source", "#meta+source"),
        Column("evidence", "#meta+evidence"),
        *SHOWN,
    ),
)

FACETS = {
    "kind": Facet("r.kind", by="kind"),
    "status": Facet("r.status", by="status"),
    "country": Facet("v.iso3", "v.names", "JOIN countries v ON v.iso3 IN (r.country_iso3, r.across_iso3)"),
    "passes": Facet("v.code", joins="CROSS JOIN unnest(r.may_pass) v(code)"),
}


def facets(where: EntryPointFilter, lang: str) -> Sql:
    """How many entry points each value would leave."""
    return count_facets(ENTRY_POINTS, FACETS, where, lang)


REPORTS = f"""
SELECT coalesce(json_agg(json_build_object(
    'id', r.id, 'status', r.status, 'said_by', r.said_by, 'source', nullif(r.source, ''), 'note', nullif(r.note, ''),
    'from_at', r.from_at, 'until_at', r.until_at, 'as_of', r.as_of, 'is_stale', r.as_of < now() - interval '{STALE_DAYS} days',
    'counts', holds.id IS NOT NULL, 'reported_at', r.reported_at, 'demonstration', r.demonstration,
    'organisation', CASE WHEN o.id IS NOT NULL THEN json_build_object('code', o.code, 'name', label(o.names, %(lang)s)) END)
    ORDER BY r.reported_at DESC, r.id DESC), '[]')
FROM (SELECT * FROM entry_point_reports WHERE entry_point_id = %(id)s ORDER BY reported_at DESC, id DESC LIMIT 100) r
LEFT JOIN entry_point_reports_at(now()) holds ON holds.id = r.id
LEFT JOIN organisations o ON o.id = r.organisation_id"""


def reports(id: str, lang: str) -> Sql:
    """What was said of an entry point: the latest first, at most 100."""
    return Sql(REPORTS, {"id": id, "lang": lang})


def home_of(by: By) -> Sql:
    """The country of the asker's organisation, as JSON."""
    return Sql("SELECT to_json(country_iso3) FROM organisations WHERE id = %(id)s", {"id": by.organisation_id})


def country(iso3: str, lang: str) -> Sql:
    """{iso3, name} of a country."""
    text = "SELECT json_build_object('iso3', iso3, 'name', label(names, %(lang)s)) FROM countries WHERE iso3 = %(iso3)s"
    return Sql(text, {"iso3": iso3, "lang": lang})


# -- for matching: where one gets through, and what is agreed on

CROSSINGS = f"""
SELECT e.id, e.ref, e.code, label(e.names, %(lang)s) AS name, e.kind, e.country_iso3 AS country, e.across_iso3 AS across,
       ST_X(e.location) AS lon, ST_Y(e.location) AS lat, e.planned_hours::float8 AS hours, e.may_pass, e.status, e.is_stale,
       e.in_winter, label(e.winter_note, %(lang)s) AS winter_note, e.passable, e.said_by, e.said_as_of AS as_of, e.said_note AS note
FROM {AT.format(at="%(at)s::timestamptz")} e
WHERE e.withdrawn_at IS NULL AND e.location IS NOT NULL
ORDER BY e.code"""


def crossings(at: datetime, lang: str) -> Sql:
    """Every entry point whose place is known, with both countries and whether one gets through at that moment (`passable`)."""
    return Sql(CROSSINGS, {"at": at, "lang": lang})


IN_FORCE = "({0}.in_force_from <= {1} AND ({0}.in_force_until IS NULL OR {0}.in_force_until > {1}))"

AGREED = f"""
SELECT a.ref, label(a.titles, %(lang)s) AS title, a.kind, array_agg(c.country_iso3 ORDER BY c.country_iso3) AS countries
FROM agreements a JOIN agreement_countries c ON c.agreement_id = a.id
WHERE a.withdrawn_at IS NULL AND {IN_FORCE.format("a", "%(on)s::date")}
GROUP BY a.id HAVING %(country)s = ANY (array_agg(c.country_iso3)) ORDER BY a.code"""


def agreed_with(country: str, on: date, lang: str) -> Sql:
    """The agreements that a country is party to and that are known to be in force that day: ref, title, kind, countries."""
    return Sql(AGREED, {"country": country, "on": on, "lang": lang})


# -- agreements

AGREEMENT_DOCUMENT = """search_document(concat_ws(' ', r.ref, r.code, all_names(r.titles)),
    concat_ws(' ', (SELECT string_agg(all_names(names), ' ') FROM agreement_countries JOIN countries ON iso3 = country_iso3
                    WHERE agreement_id = r.id),
              (SELECT string_agg(concat_ws(' ', code, all_names(names)), ' ') FROM agreement_organisations
               JOIN organisations ON organisations.id = organisation_id WHERE agreement_id = r.id)),
    all_names(r.summary))"""


def agreement_keys(lang: str) -> dict[str, Key]:
    """What agreements can be ordered by."""
    return {
        "title": Key(f"lower(label(r.titles, '{'ru' if lang == 'ru' else 'en'}'))"),
        "signed_on": Key("coalesce(r.signed_on, '-infinity')", "date"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "q": Key(f"ts_rank({AGREEMENT_DOCUMENT}, query)::float8", "float8", descending=True),
    }


IN_FORCE_TODAY = f"coalesce({IN_FORCE.format('{0}', 'current_date')}, false)"

AGREEMENTS = Listing(
    name="agreements",
    layers=("entry_points", "people", "places"),
    table="agreements",
    record=f"""
    page.id, page.ref, page.code, label(page.titles, %(lang)s) AS title, page.kind,
    (SELECT coalesce(json_agg(json_build_object('iso3', iso3, 'name', label(names, %(lang)s)) ORDER BY position, iso3), '[]')
     FROM agreement_countries JOIN countries ON iso3 = country_iso3 WHERE agreement_id = page.id) AS countries,
    (SELECT coalesce(json_agg(json_build_object('code', code, 'name', label(names, %(lang)s)) ORDER BY code), '[]')
     FROM agreement_organisations JOIN organisations ON organisations.id = organisation_id WHERE agreement_id = page.id) AS organisations,
    page.signed_on, page.in_force_from, page.in_force_until, {IN_FORCE_TODAY.format("page")} AS in_force,
    label(page.summary, %(lang)s) AS summary, page.url, page.source, page.evidence,
    page.visibility, page.demonstration, page.created_at, page.updated_at""",
    filters={
        "country": "EXISTS (SELECT FROM agreement_countries c WHERE c.agreement_id = r.id AND c.country_iso3 = ANY (%(country)s))",
        "organisation": """EXISTS (SELECT FROM agreement_organisations p JOIN organisations o ON o.id = p.organisation_id
            WHERE p.agreement_id = r.id AND o.code = ANY (%(organisation)s))""",
        "kind": "r.kind = ANY (%(kind)s)",
        "in_force": f"{IN_FORCE_TODAY.format('r')} = %(in_force)s",
        "updated_since": "r.updated_at >= %(updated_since)s",
        "q": f"{AGREEMENT_DOCUMENT} @@ query",
    },
    keys=agreement_keys,
    default="title",
    visible=everybody,
    named="%(ref)s IN (r.ref, r.code)",
    columns=(
        Column("id", "#meta+id"),
        Column("ref", "#agreement+ref"),
        Column("code", "#agreement+code"),
        Column("title", "#agreement+name"),
        Column("kind", "#agreement+type"),
        Column("countries.iso3", "#country+code+iso3+list"),
        Column("organisations.code", "#org+code+list"),
        Column("signed_on", "#date+signed"),
        Column("in_force_from", "#date+start"),
        Column("in_force_until", "#date+end"),
        Column("in_force", "#status+in_force"),
        Column("summary", "#description"),
        Column("url", "#meta+url"),
        Column("source", "#meta+source"),
        Column("evidence", "#meta+evidence"),
        *SHOWN,
    ),
    formats=("json", "csv", "xlsx"),
)

# -- host nation support

SUPPORT_DOCUMENT = """search_document(concat_ws(' ', r.ref, (SELECT all_names(names) FROM countries WHERE iso3 = r.country_iso3)),
    NULL, all_names(r.texts))"""
IN_ORDER = "array_position(ARRAY[{}], r.section)".format(", ".join(f"'{section}'" for section in SECTIONS))


def support_keys(lang: str) -> dict[str, Key]:
    """What sections can be ordered by; those of a country stand in the order in which one needs them."""
    return {
        "country": Key(f"r.country_iso3 || ' ' || {IN_ORDER}"),
        "as_of": Key("r.as_of", "date"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "q": Key(f"ts_rank({SUPPORT_DOCUMENT}, query)::float8", "float8", descending=True),
    }


SUPPORT = Listing(
    name="host-nation-support",
    layers=("entry_points", "places"),
    table="host_nation_support",
    record="""
    page.id, page.ref, json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) AS country, page.section,
    label(page.texts, %(lang)s) AS text, page.texts, page.source, page.url, page.evidence, page.as_of,
    page.visibility, page.demonstration, page.created_at, page.updated_at""",
    joins="JOIN countries country ON country.iso3 = page.country_iso3",
    filters={
        "country": "r.country_iso3 = ANY (%(country)s)",
        "section": "r.section = ANY (%(section)s)",
        "updated_since": "r.updated_at >= %(updated_since)s",
        "q": f"{SUPPORT_DOCUMENT} @@ query",
    },
    keys=support_keys,
    default="country",
    visible=everybody,
    columns=(
        Column("id", "#meta+id"),
        Column("ref", "#meta+ref"),
        Column("country.iso3", "#country+code+iso3"),
        Column("country.name", "#country+name"),
        Column("section", "#subject+code"),
        Column("text", "#description"),
        Column("source", "#meta+source"),
        Column("url", "#meta+url"),
        Column("evidence", "#meta+evidence"),
        Column("as_of", "#date"),
        *SHOWN,
    ),
    formats=("json", "csv", "xlsx"),
)
