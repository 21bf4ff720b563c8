"""What is asked of the register of capacities."""

from app.capacities.models import Capacity
from app.capacities.schemas import CapacityFilter
from app.facets import Facet, count_facets
from app.listing import HERE, Column, Listing
from app.paging import Key
from app.permissions import By, seen_everywhere, seen_here, visible
from app.sql import Sql

STALE_DAYS = 180

LEAST_READY = """CASE WHEN 'none' IN (r.readiness_equipment, r.readiness_people, r.readiness_funding) THEN 'none'
         WHEN 'partial' IN (r.readiness_equipment, r.readiness_people, r.readiness_funding) THEN 'partial'
         WHEN 'ready' IN (r.readiness_equipment, r.readiness_people, r.readiness_funding) THEN 'ready' END"""

FILTERS = {
    "type": "r.type_code = ANY (%(type)s)",
    "family": "r.type_code IN (SELECT code FROM resource_types WHERE family_code = ANY (%(family)s))",
    "country": "r.country_iso3 = ANY (%(country)s)",
    "area": "r.base_area_id = ANY (ARRAY(SELECT areas_within(%(area)s)))",
    # by the types of that kind, for which there are indexes
    "kind": "r.type_code IN (SELECT code FROM resource_types WHERE kind = ANY (%(kind)s))",
    "organisation": "r.organisation_id IN (SELECT id FROM organisations WHERE code = ANY (%(organisation)s))",
    "status": "r.status = ANY (%(status)s)",
    "readiness": f"{LEAST_READY} = %(readiness)s",
    "available": "(r.quantity_available > 0) = %(available)s",
    "mobilisation_within": "r.mobilisation_hours <= %(mobilisation_within)s",
    "verified_since": "r.verified_at >= %(verified_since)s",
    "stale": f"(r.verified_at IS NULL OR r.verified_at < current_date - {STALE_DAYS}) = %(stale)s",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "bbox": "r.location && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)",
    "near": "r.location IS NOT NULL",
    "within_km": f"ST_DWithin(r.location::geography, {HERE}, %(within_m)s, false)",
    "q": "r.search @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    """What capacities can be ordered by. Names are ordered in Russian or in English: those two have an index."""
    return {
        "name": Key(f"lower(label(r.names, '{'ru' if lang == 'ru' else 'en'}'))"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "verified_at": Key("coalesce(r.verified_at, '-infinity')", "timestamptz"),
        "quantity_available": Key("r.quantity_available", "numeric"),
        "mobilisation_hours": Key("coalesce(r.mobilisation_hours, 2147483647)", "int"),
        "near": Key(f"r.location::geography <-> {HERE}", "float8"),
        "q": Key("ts_rank(r.search, query)::float8", "float8", descending=True),
    }


RECORD = f"""
    page.id, page.ref, label(page.names, %(lang)s) AS name, label(page.description, %(lang)s) AS description,
    json_build_object('code', type.code, 'name', label(type.names, %(lang)s), 'family', type.family_code) AS type, page.kind,
    json_build_object('code', organisation.code, 'name', label(organisation.names, %(lang)s)) AS organisation,
    json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) AS country,
    page.quantity, page.unit_code AS unit, label(unit.names, %(lang)s) AS unit_name, page.quantity_available,
    json_build_object('equipment', page.readiness_equipment, 'people', page.readiness_people,
                      'funding', page.readiness_funding) AS readiness,
    page.status, page.mobilisation_hours, page.self_sufficiency_days,
    CASE WHEN page.classification_body IS NOT NULL THEN
        json_build_object('body', page.classification_body, 'level', page.classification_level,
                          'valid_until', page.classification_valid_until) END AS classification,
    json_build_object(
        'area', CASE WHEN area.id IS NOT NULL THEN
            json_build_object('code', area.code, 'name', label(area.names, %(lang)s)) END,
        'place', label(page.base_place, %(lang)s)) AS base,
    ST_AsGeoJSON(page.location, 6)::json AS geometry,
    json_build_object('weight_kg', page.transport_weight_kg, 'volume_m3', page.transport_volume_m3,
                      'modes', page.transport_modes) AS transport,
    page.languages, page.specification, page.verified_at, page.verified_by,
    page.verified_at IS NULL OR page.verified_at < current_date - {STALE_DAYS} AS is_stale,
    page.visibility, page.demonstration, page.created_at, page.updated_at"""

JOINS = """JOIN resource_types type ON type.code = page.type_code
    JOIN organisations organisation ON organisation.id = page.organisation_id
    JOIN countries country ON country.iso3 = page.country_iso3
    JOIN units unit ON unit.code = page.unit_code
    LEFT JOIN areas area ON area.id = page.base_area_id"""


# -- exact bases: where the base of a record is told to fewer than the record, `location` and `base_place` are NULL


def base_is_told(by: By, r: str = "") -> str:
    """The condition of the rows whose exact base may be seen by whoever sees the row."""
    return visible(by, f"{r}base_visibility", f"{r}organisation_id", f"{r}country_iso3 = ANY ({{}})")


def told(by: By) -> str:
    """The record for a known asker: its base as exactly as they may know it. Who may not learns not even that there is one."""
    is_told = base_is_told(by, "page.")
    place = f"coalesce(CASE WHEN {is_told} THEN page.exact_place END, page.base_place)"
    location = f"coalesce(CASE WHEN {is_told} THEN page.exact_location END, page.location)"
    has_exact = "(page.exact_location IS NOT NULL OR page.exact_place IS NOT NULL)"
    record = RECORD.replace("page.base_place", place).replace("page.location", location)
    return f"{record},\n    CASE WHEN {has_exact} AND {is_told} THEN page.base_visibility ELSE page.visibility END AS base_visibility"


def placed(by: By) -> str:
    """Capacities where a known asker may know them to be: as they lie in the table, and the exact bases told to them.

    Two plain SELECTs, so that every index of positions serves. No row is in both, for one of its two positions is NULL.
    """
    columns = [column.name for column in Capacity.__table__.columns]
    exactly = ["exact_location AS location" if name == "location" else name for name in columns]
    return f"""(SELECT * FROM (
        SELECT {", ".join(columns)}, true AS is_meant FROM capacities
        UNION ALL
        SELECT {", ".join(exactly)}, exact_location IS NOT NULL AND {base_is_told(by)} AS is_meant FROM capacities
    ) placed WHERE is_meant)"""


def seen_besides(by: By) -> list[tuple[str, str]]:
    """What a known asker sees besides all records of their audiences, as pairs of a position and a condition: those of their
    countries and their own organisation, and exact bases."""
    everywhere = ", ".join(f"'{visibility}'" for visibility in seen_everywhere(by))
    here = " OR ".join(seen_here(by, "r.visibility", "r.organisation_id", "r.country_iso3 = ANY ({})"))
    others = f"r.visibility <> 'public' AND r.visibility NOT IN ({everywhere}) AND ({here})"
    exact = f"r.exact_location IS NOT NULL AND {base_is_told(by, 'r.')} AND {visible(by)}"
    return [
        ("r.location", f"{others} AND r.withdrawn_at IS NULL"),
        ("r.exact_location", f"{exact} AND r.withdrawn_at IS NULL"),
    ]


COLUMNS = (
    Column("id", "#meta+id"),
    Column("ref", "#capacity+code"),
    Column("name", "#capacity+name"),
    Column("description", "#description"),
    Column("type.code", "#capacity+type+code"),
    Column("type.name", "#capacity+type+name"),
    Column("type.family", "#capacity+family+code"),
    Column("kind", "#capacity+kind"),
    Column("organisation.code", "#org+code"),
    Column("organisation.name", "#org+name"),
    Column("country.iso3", "#country+code+iso3"),
    Column("country.name", "#country+name"),
    Column("quantity", "#capacity+num"),
    Column("unit", "#capacity+unit"),
    Column("quantity_available", "#capacity+num+available"),
    Column("readiness.equipment", "#status+equipment"),
    Column("readiness.people", "#status+people"),
    Column("readiness.funding", "#status+funding"),
    Column("status", "#status"),
    Column("mobilisation_hours", "#capacity+mobilisation+hours"),
    Column("self_sufficiency_days", "#capacity+self_sufficiency+days"),
    Column("classification.body", "#capacity+classification+org"),
    Column("classification.level", "#capacity+classification+level"),
    Column("classification.valid_until", "#date+classification+end"),
    Column("base.area.code", "#adm1+code"),
    Column("base.area.name", "#adm1+name"),
    Column("base.place", "#loc+name"),
    Column("geometry.coordinates.0", "#geo+lon"),
    Column("geometry.coordinates.1", "#geo+lat"),
    Column("transport.weight_kg", "#capacity+weight+kg"),
    Column("transport.volume_m3", "#capacity+volume+m3"),
    Column("transport.modes", "#capacity+transport+list"),
    Column("languages", "#capacity+language+list"),
    Column("specification.make", "#capacity+make"),
    Column("specification.model", "#capacity+model"),
    Column("verified_at", "#date+verified"),
    Column("verified_by", "#contact+verified"),
    Column("is_stale", "#status+stale"),
    Column("visibility", "#meta+visibility"),
    Column("demonstration", "#meta+demonstration"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)

CAPACITIES = Listing(
    name="capacities",
    layers=("capacities", "reference", "people", "places"),
    table="capacities",
    record=RECORD,
    joins=JOINS,
    filters=FILTERS,
    keys=keys,
    default="name",
    placed_with=("type",),
    told=told,
    placed=placed,
    columns=COLUMNS,
)

# In the order of ix_capacities_facets, which answers them without looking at the records
FACETS = {
    "type": Facet("v.code", "v.names", "JOIN resource_types v ON v.code = r.type_code", by="type_code"),
    "family": Facet(
        "v.code",
        "v.names",
        "JOIN resource_types t ON t.code = r.type_code JOIN resource_families v ON v.code = t.family_code",
        by="type_code",
    ),
    "kind": Facet("t.kind", joins="JOIN resource_types t ON t.code = r.type_code", by="type_code"),
    "country": Facet("v.iso3", "v.names", "JOIN countries v ON v.iso3 = r.country_iso3", by="country_iso3"),
    "organisation": Facet(
        "v.code", "v.names", "JOIN organisations v ON v.id = r.organisation_id", by="organisation_id"
    ),
    "status": Facet("r.status", by="status"),
}


def facets(where: CapacityFilter, lang: str) -> Sql:
    """How many capacities each value would leave."""
    return count_facets(CAPACITIES, FACETS, where, lang)
