"""What is asked of events."""

from app.exercises import title_of
from app.facets import Facet
from app.listing import HERE, Column, Listing
from app.paging import Key
from app.permissions import By, visible

INDICATORS = ("dead", "missing", "injured", "affected", "displaced", "houses_destroyed")


FILTERS = {
    "hazard": "r.hazard_code = ANY (%(hazard)s)",
    "status": "r.status = ANY (%(status)s)",
    "alert_level": "r.alert_level = ANY (%(alert_level)s)",
    "country": "EXISTS (SELECT FROM event_countries c WHERE c.event_id = r.id AND c.country_iso3 = ANY (%(country)s))",
    "area": "r.id IN (SELECT a.event_id FROM event_areas a WHERE a.area_id IN (SELECT areas_within(%(area)s)))",
    "glide": "r.id IN (SELECT events_of_glides(%(glide)s))",
    "started_after": "r.started_at >= %(started_after)s",
    "started_before": "r.started_at < %(started_before)s",
    "exercise": "r.exercise = %(exercise)s",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "bbox": "ST_Intersects(r.geometry, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))",
    "near": "r.geometry IS NOT NULL",
    "within_km": f"ST_DWithin(r.geometry::geography, {HERE}, %(within_m)s)",
    "q": "r.search @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    """What events can be ordered by."""
    return {
        "started_at": Key("r.started_at", "timestamptz"),
        "title": Key(f"lower(label(r.titles, '{'ru' if lang == 'ru' else 'en'}'))"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "near": Key(f"r.geometry::geography <-> {HERE}", "float8"),
        "q": Key("ts_rank(r.search, query)::float8", "float8", descending=True),
    }


SOURCE = "json_build_object('code', source.code, 'name', source.name, 'url', source.url)"
HEADLINES = ", ".join(f"'{code}', headline.figures -> '{code}'" for code in INDICATORS)
SAID = f"""json_build_object(
            'value', value, 'low', low, 'high', high, 'qualifier', qualifier, 'source', {SOURCE}, 'as_of', as_of)"""


def record(glides: str, countries: str, areas: str) -> str:
    """What is said of an event; the numbers, and where the rows of its countries and areas are."""
    return f"""
    page.id, page.ref, {title_of("page.titles", "page.exercise")} AS title, label(page.summary, %(lang)s) AS summary,
    json_build_object('code', hazard.code, 'name', label(hazard.names, %(lang)s)) AS hazard,
    {glides} AS glide,
    page.status, page.alert_level, page.started_at, page.started_precision, page.ended_at,
    (SELECT coalesce(json_agg(json_build_object('iso3', iso3, 'name', label(names, %(lang)s)) ORDER BY iso3), '[]')
     FROM {countries}) AS countries,
    (SELECT coalesce(json_agg(json_build_object('code', code, 'name', label(names, %(lang)s)) ORDER BY code), '[]')
     FROM {areas}) AS areas,
    label(page.place, %(lang)s) AS place, ST_AsGeoJSON(page.geometry, 6)::json AS geometry, page.geometry_precision,
    CASE WHEN page.geometry IS NOT NULL THEN
        json_build_object('lon', ST_X(ST_PointOnSurface(page.geometry)), 'lat', ST_Y(ST_PointOnSurface(page.geometry)))
        END AS point,
    page.exercise, json_build_object({HEADLINES}) AS figures,
    page.visibility, page.demonstration, page.created_at, page.updated_at"""


RECORD = record(
    "ARRAY(SELECT glide FROM event_glides WHERE event_id = page.id ORDER BY glide)",
    "event_countries JOIN countries ON iso3 = country_iso3 WHERE event_id = page.id",
    "event_areas JOIN areas ON areas.id = area_id WHERE event_id = page.id",
)


def joins(indicator: str, headlines: str) -> str:
    return f"""JOIN hazards hazard ON hazard.code = page.hazard_code
    LEFT JOIN LATERAL (
        SELECT json_object_agg({indicator}, {SAID}) AS figures
        FROM {headlines}
    ) headline ON true"""


JOINS = joins(
    "indicator_code",
    """figures JOIN sources source ON source.id = source_id
        WHERE event_id = ANY (ARRAY(SELECT event_with_merged(page.id))) AND is_headline""",
)

HXL_OF_INDICATORS = {
    "dead": "#affected+killed",
    "missing": "#affected+missing",
    "injured": "#affected+injured",
    "affected": "#affected",
    "displaced": "#affected+displaced",
    "houses_destroyed": "#impact+houses+destroyed",
}


def figure_columns(code: str, hxl: str) -> tuple[Column, ...]:
    at = f"figures.{code}"
    return (
        Column(f"{at}.value", f"{hxl}+num"),
        Column(f"{at}.low", f"{hxl}+num+min"),
        Column(f"{at}.high", f"{hxl}+num+max"),
        Column(f"{at}.qualifier", f"{hxl}+qualifier"),
        Column(f"{at}.source.code", f"{hxl}+source+code"),
        Column(f"{at}.source.name", f"{hxl}+source+name"),
        Column(f"{at}.source.url", f"{hxl}+source+url"),
        Column(f"{at}.as_of", f"{hxl}+date"),
    )


COLUMNS = (
    Column("id", "#event+id"),
    Column("ref", "#event+code"),
    Column("title", "#event+name"),
    Column("summary", "#description"),
    Column("hazard.code", "#cause+code"),
    Column("hazard.name", "#cause+name"),
    Column("glide", "#crisis+code+glide"),
    Column("status", "#status"),
    Column("alert_level", "#severity"),
    Column("started_at", "#date+start"),
    Column("started_precision", "#date+start+precision"),
    Column("ended_at", "#date+end"),
    Column("countries.iso3", "#country+code+iso3"),
    Column("countries.name", "#country+name"),
    Column("areas.code", "#adm1+code"),
    Column("areas.name", "#adm1+name"),
    Column("place", "#loc+name"),
    Column("geometry_precision", "#geo+precision"),
    Column("point.lon", "#geo+lon"),
    Column("point.lat", "#geo+lat"),
    Column("exercise", "#meta+exercise"),
    *(column for code, hxl in HXL_OF_INDICATORS.items() for column in figure_columns(code, hxl)),
    Column("visibility", "#meta+visibility"),
    Column("demonstration", "#meta+demonstration"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)

IN_COUNTRIES = "EXISTS (SELECT FROM event_countries c WHERE c.event_id = {}.id AND c.country_iso3 = ANY ({{}}))"


def visible_events(by: By, r: str = "r") -> str:
    return visible(by, f"{r}.visibility", f"{r}.organisation_id", IN_COUNTRIES.format(r))


def seen_with_master(by: By, r: str) -> str:
    """Events whose parts are shown: those that are here, and those merged into another one."""
    return f"{visible_events(by, r)} AND ({r}.withdrawn_at IS NULL OR {r}.merged_into_id IS NOT NULL)"


EVENTS = Listing(
    name="events",
    layers=("events", "reference", "places"),
    table="events",
    record=RECORD,
    joins=JOINS,
    filters=FILTERS,
    keys=keys,
    default="-started_at",
    visible=visible_events,
    columns=COLUMNS,
)

FACETS = {
    "hazard": Facet("v.code", "v.names", "JOIN hazards v ON v.code = r.hazard_code"),
    "country": Facet(
        "v.iso3", "v.names", "JOIN event_countries c ON c.event_id = r.id JOIN countries v ON v.iso3 = c.country_iso3"
    ),
    "status": Facet("r.status"),
    "alert_level": Facet("r.alert_level"),
}
