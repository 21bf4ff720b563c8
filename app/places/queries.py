"""What is asked of areas, countries and disputed features."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.listing import HERE, Column, Listing, everybody
from app.paging import Key
from app.reference.queries import NAMES, Detail, code_list
from app.sql import Sql

# Outlines out of date are still shown until what came after them is loaded: without them the map would have holes
TABLE = """(
    SELECT areas.*, code AS ref,
           valid_to IS NULL OR valid_to > current_date
           OR NOT EXISTS (SELECT FROM area_predecessors WHERE predecessor_id = areas.id) AS is_current
    FROM areas
)"""

FILTERS = {
    "country": "r.country_iso3 = ANY (%(country)s)",
    "area": "r.id IN (SELECT areas_within(%(area)s))",
    "level": "r.level = ANY (%(level)s::int[])",
    "parent": """r.parent_id IN (SELECT id FROM areas
                 WHERE code = ANY (%(parent)s) OR pcode = ANY (%(parent)s) OR iso = ANY (%(parent)s))""",
    "pcode": "r.pcode = ANY (%(pcode)s)",
    "iso": "r.iso = ANY (%(iso)s)",
    "valid_on": "daterange(r.valid_from, r.valid_to) @> %(valid_on)s::date",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "bbox": "ST_Intersects(r.geometry, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))",
    "within_km": f"ST_DWithin(r.geometry::geography, {HERE}, %(within_m)s)",
    "q": "r.search @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    """What areas can be ordered by."""
    return {
        "code": Key("r.code"),
        "name": Key(f"lower(label(r.names, '{'ru' if lang == 'ru' else 'en'}'))"),
        "level": Key("r.level", "int"),
        "population": Key("coalesce(r.population, -1)", "numeric"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "near": Key(f"r.geometry::geography <-> {HERE}", "float8"),
        "q": Key("ts_rank(r.search, query)::float8", "float8", descending=True),
    }


NAMED = "json_build_object('code', other.code, 'name', label(other.names, %(lang)s))"

RECORD = f"""
    page.id, page.ref, page.code, page.pcode, page.iso, page.level, label(page.names, %(lang)s) AS name, page.names, page.spellings,
    json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) AS country,
    (SELECT {NAMED} FROM areas other WHERE other.id = page.parent_id) AS parent,
    page.valid_from, page.valid_to, page.is_current,
    (SELECT coalesce(json_agg({NAMED} ORDER BY other.code), '[]')
     FROM area_predecessors JOIN areas other ON other.id = predecessor_id WHERE area_id = page.id) AS predecessors,
    (SELECT coalesce(json_agg({NAMED} ORDER BY other.code), '[]')
     FROM area_predecessors JOIN areas other ON other.id = area_id WHERE predecessor_id = page.id) AS successors,
    page.population, page.population_on,
    CASE WHEN page.label_point IS NOT NULL THEN
        json_build_object('lon', ST_X(page.label_point), 'lat', ST_Y(page.label_point)) END AS point,
    label(page.note, %(lang)s) AS note, page.source,
    'public' AS visibility, false AS demonstration, page.created_at, page.updated_at"""

COLUMNS = (
    Column("id", "#meta+id"),
    Column("code", "#loc+code"),
    Column("pcode", "#loc+code+v_pcode"),
    Column("iso", "#loc+code+v_iso"),
    Column("level", "#loc+level"),
    Column("name", "#loc+name"),
    *(Column(f"names.{lang}", f"#loc+name+i_{lang.lower().replace('-', '_')}") for lang in NAMES),
    Column("spellings", "#loc+name+alt+list"),
    Column("country.iso3", "#country+code+iso3"),
    Column("country.name", "#country+name"),
    Column("parent.code", "#loc+code+parent"),
    Column("parent.name", "#loc+name+parent"),
    Column("valid_from", "#date+start"),
    Column("valid_to", "#date+end"),
    Column("is_current", "#status+current"),
    Column("predecessors.code", "#loc+code+predecessor+list"),
    Column("successors.code", "#loc+code+successor+list"),
    Column("population", "#population"),
    Column("population_on", "#date+population"),
    Column("point.lon", "#geo+lon"),
    Column("point.lat", "#geo+lat"),
    Column("note", "#description"),
    Column("source", "#meta+source"),
    Column("visibility", "#meta+visibility"),
    Column("demonstration", "#meta+demonstration"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)

AREAS = Listing(
    name="areas",
    layers=("places",),
    table=TABLE,
    record=RECORD,
    joins="JOIN countries country ON country.iso3 = page.country_iso3",
    filters=FILTERS,
    keys=keys,
    default="code",
    visible=everybody,
    withdrawable=False,
    # a code may have been given anew after a split: the one in force is meant
    named="%(ref)s IN (upper(r.code), upper(r.pcode), upper(r.iso))",
    prefers=" ORDER BY r.is_current DESC, r.valid_from DESC NULLS LAST LIMIT 1",
    columns=COLUMNS,
)

AREAS_DRAWN = replace(AREAS, record=f"{RECORD}, ST_AsGeoJSON(page.geometry, 5)::json AS geometry")

COUNTRIES = code_list(
    "countries",
    "#country",
    layers=("places",),
    table="SELECT iso3 AS code, names, position, iso2, m49, region FROM countries",
    details=(
        Detail("position", "#meta+position"),
        Detail("iso2", "#country+code+iso2"),
        Detail("m49", "#country+code+m49"),
        Detail("region", "#meta+region"),
    ),
    document="search_document(concat_ws(' ', r.code, r.iso2, all_names(r.names)), NULL, NULL)",
    has_position=True,
)

DISPUTED = code_list(
    "disputed-features",
    "#loc",
    layers=("places",),
    table="SELECT id AS row_id, code, names, kind, claimants, note, source, geometry FROM disputed_features",
    details=(
        Detail("kind", "#loc+type"),
        Detail("claimants", "#country+code+iso3+list"),
        Detail("note", "#description", "label(page.note, %(lang)s)"),
        Detail("source", "#meta+source"),
        Detail("geometry", "", "ST_AsGeoJSON(page.geometry, 5)::json"),
    ),
    filters={"country": "r.claimants && %(country)s", "kind": "r.kind = ANY (%(kind)s)"},
    id="row_id",
    formats=("json", "geojson", "csv", "xlsx"),
)


def names_of_areas(codes: Sequence[str], lang: str) -> Sql:
    """`{code: name}` of areas by whichever of their codes was written."""
    text = """SELECT coalesce(json_object_agg(asked, label(areas.names, %(lang)s)), '{}')
        FROM unnest(%(codes)s::text[]) asked JOIN areas ON asked IN (areas.code, areas.pcode, areas.iso)"""
    return Sql(text, {"codes": list(codes), "lang": lang})


AWAY = text("""
    SELECT coalesce(bool_and(NOT ST_DWithin(geometry, ST_SetSRID(ST_GeomFromGeoJSON(:place), 4326), :degrees)), false)
    FROM areas WHERE country_iso3 = ANY (:countries) AND level = 0 AND (valid_to IS NULL OR valid_to > current_date)""")


def is_far_from(db: Session, countries: Sequence[str], place: str, degrees: float) -> bool:
    """Whether a place (GeoJSON) lies farther than this from each of the countries. Of those without an outline nobody knows."""
    return bool(db.scalar(AWAY, {"countries": list(countries), "place": place, "degrees": degrees}))


# Countries, and of each the areas of the first level; an outline that crosses itself is put right first
TOUCHED = text(f"""
    WITH shape AS MATERIALIZED (SELECT ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(:geometry), 4326)) AS it)
    SELECT level, CASE level WHEN 0 THEN country_iso3 ELSE code END AS code, label(names, :lang) AS name
    FROM {TABLE} drawn, shape
    WHERE level < 2 AND is_current AND ST_Intersects(geometry, it) ORDER BY level, name""")


def touched(db: Session, geometry: str, lang: str) -> dict[str, list[dict[str, str]]]:
    """The countries and areas that a GeoJSON geometry lies in, as {"countries": [{code, name}], "areas": […]}."""
    found = db.execute(TOUCHED, {"geometry": geometry, "lang": lang}).all()
    named = [(level, {"code": code, "name": name}) for level, code, name in found]
    return {noun: [one for at, one in named if at == level] for level, noun in enumerate(("countries", "areas"))}
