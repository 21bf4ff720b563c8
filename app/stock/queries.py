"""What is asked of the Centre's stock. Balances are sums over the ledger, never stored."""

from app.facets import Facet, count_facets
from app.listing import HERE, Column, Listing
from app.paging import Key
from app.permissions import By, visible
from app.sql import Sql
from app.stock.schemas import StockFilter

# A position with what it is found by: its item, the place of its warehouse, its balance
TABLE = """(
    SELECT position.*, item.names AS item_names, item.family_code, warehouse.country_iso3, warehouse.area_id, warehouse.location,
           coalesce((SELECT sum(moved.quantity) FROM lots JOIN stock_movements moved ON moved.lot_id = lots.id
                     WHERE lots.position_id = position.id), 0) AS on_hand,
           coalesce((SELECT sum(held.quantity) FROM lots JOIN stock_reservations held ON held.lot_id = lots.id
                     WHERE lots.position_id = position.id AND held.ended_at IS NULL), 0) AS reserved
    FROM stock_positions position
    JOIN items item ON item.code = position.item_code
    JOIN warehouses warehouse ON warehouse.code = position.warehouse_code
)"""

FILTERS = {
    "item": "r.item_code = ANY (%(item)s)",
    "family": "r.family_code = ANY (%(family)s)",
    "warehouse": "r.warehouse_code = ANY (%(warehouse)s)",
    "owner": "r.owner_id IN (SELECT id FROM organisations WHERE code = ANY (%(owner)s))",
    "donor": "r.donor_id IN (SELECT id FROM organisations WHERE code = ANY (%(donor)s))",
    "available": "(r.on_hand > r.reserved) = %(available)s",
    "country": "r.country_iso3 = ANY (%(country)s)",
    "area": "r.area_id IN (SELECT areas_within(%(area)s))",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "bbox": "r.location && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)",
    "near": "r.location IS NOT NULL",
    "within_km": f"ST_DWithin(r.location::geography, {HERE}, %(within_m)s)",
    "q": "r.search @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    """What stock can be ordered by; `name` is the item's."""
    return {
        "name": Key(f"lower(label(r.item_names, '{'ru' if lang == 'ru' else 'en'}'))"),
        "on_hand": Key("r.on_hand", "numeric"),
        "available": Key("(r.on_hand - r.reserved)", "numeric"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "near": Key(f"r.location::geography <-> {HERE}", "float8"),
        "q": Key("ts_rank(r.search, query)::float8", "float8", descending=True),
    }


def named(alias: str) -> str:
    return f"'code', {alias}.code, 'name', label({alias}.names, %(lang)s)"


GEOMETRY = "ST_AsGeoJSON(page.location, 6)::json"

RECORD = f"""
    page.id, page.ref,
    json_build_object({named("item")}, 'family', item.family_code, 'unit', item.unit_code, 'unit_name', label(unit.names, %(lang)s),
                      'weight_kg', item.weight_kg, 'volume_m3', item.volume_m3,
                      'specification', item.specification) AS item,
    json_build_object({named("warehouse")}, 'place', label(warehouse.place, %(lang)s), 'geometry', {GEOMETRY}) AS warehouse,
    json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) AS country,
    CASE WHEN area.id IS NOT NULL THEN json_build_object({named("area")}) END AS area, {GEOMETRY} AS geometry,
    json_build_object({named("owner")}) AS owner,
    CASE WHEN donor.id IS NOT NULL THEN json_build_object({named("donor")}) END AS donor,
    label(page.earmark, %(lang)s) AS earmark, page.earmark_countries,
    page.on_hand, page.reserved, page.on_hand - page.reserved AS available,
    (SELECT coalesce(json_agg(batch ORDER BY batch.expires_on, batch.lot), '[]') FROM (
        SELECT lots.id, number AS lot, on_hand AS quantity, balance.reserved, expires_on, condition
        FROM lots JOIN lot_balances balance ON balance.lot_id = lots.id
        WHERE lots.position_id = page.id AND on_hand <> 0) batch) AS lots,
    page.visibility, page.demonstration, page.created_at, page.updated_at"""

JOINS = """JOIN items item ON item.code = page.item_code
    JOIN units unit ON unit.code = item.unit_code
    JOIN warehouses warehouse ON warehouse.code = page.warehouse_code
    JOIN countries country ON country.iso3 = page.country_iso3
    LEFT JOIN areas area ON area.id = page.area_id
    JOIN organisations owner ON owner.id = page.owner_id
    LEFT JOIN organisations donor ON donor.id = page.donor_id"""

COLUMNS = (
    Column("id", "#meta+id"),
    Column("ref", "#item+ref"),
    Column("item.code", "#item+code"),
    Column("item.name", "#item+name"),
    Column("item.family", "#item+family+code"),
    Column("item.unit", "#item+unit"),
    Column("item.weight_kg", "#item+weight+kg"),
    Column("item.volume_m3", "#item+volume+m3"),
    Column("warehouse.code", "#loc+warehouse+code"),
    Column("warehouse.name", "#loc+warehouse+name"),
    Column("warehouse.place", "#loc+name"),
    Column("country.iso3", "#country+code+iso3"),
    Column("country.name", "#country+name"),
    Column("area.code", "#adm1+code"),
    Column("area.name", "#adm1+name"),
    Column("geometry.coordinates.0", "#geo+lon"),
    Column("geometry.coordinates.1", "#geo+lat"),
    Column("owner.code", "#org+owner+code"),
    Column("owner.name", "#org+owner+name"),
    Column("donor.code", "#org+funder+code"),
    Column("donor.name", "#org+funder+name"),
    Column("earmark", "#item+earmark"),
    Column("earmark_countries", "#country+code+earmark+list"),
    Column("on_hand", "#item+num+on_hand"),
    Column("reserved", "#item+num+reserved"),
    Column("available", "#item+num+available"),
    Column("lots.lot", "#item+lot+list"),
    Column("lots.quantity", "#item+lot+num+list"),
    Column("lots.expires_on", "#date+expires+list"),
    Column("lots.condition", "#item+condition+list"),
    Column("visibility", "#meta+visibility"),
    Column("demonstration", "#meta+demonstration"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)


def visible_stock(by: By) -> str:
    """A position stands where its warehouse stands."""
    of_country = "r.warehouse_code IN (SELECT code FROM warehouses WHERE country_iso3 = ANY ({}))"
    return visible(by, owner="r.owner_id", countries=of_country)


STOCK = Listing(
    name="stock",
    layers=("stock", "reference", "people", "places"),
    table=TABLE,
    record=RECORD,
    joins=JOINS,
    visible=visible_stock,
    filters=FILTERS,
    keys=keys,
    default="name",
    columns=COLUMNS,
)

FACETS = {
    "family": Facet("v.code", "v.names", "JOIN resource_families v ON v.code = r.family_code"),
    "item": Facet("r.item_code", "r.item_names"),
    "warehouse": Facet("v.code", "v.names", "JOIN warehouses v ON v.code = r.warehouse_code"),
    "owner": Facet("v.code", "v.names", "JOIN organisations v ON v.id = r.owner_id"),
    "donor": Facet("v.code", "v.names", "JOIN organisations v ON v.id = r.donor_id"),
    "country": Facet("v.iso3", "v.names", "JOIN countries v ON v.iso3 = r.country_iso3"),
}


def facets(where: StockFilter, lang: str) -> Sql:
    """How many positions each value would leave."""
    return count_facets(STOCK, FACETS, where, lang)
