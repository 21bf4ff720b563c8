"""What is asked of requests: the board, one request with its lines, and what donors may read of it."""

from app.events.queries import visible_events
from app.exercises import title_of
from app.facets import Facet, count_facets
from app.listing import HERE, Column, Listing
from app.paging import Key
from app.permissions import By, Permission, visible
from app.requests.models import PRIORITIES
from app.requests.schemas import RequestFilter
from app.sql import Sql

IS_OPEN = "(r.status IN ('submitted', 'approved') AND r.progress_delivered <> 'complete')"
FILTERS = {
    "event": """r.event_id IN (SELECT e.id FROM events e WHERE e.withdrawn_at IS NULL
        AND (e.ref = ANY (%(event)s) OR upper(e.id::text) = ANY (%(event)s)))""",
    "organisation": "r.organisation_id IN (SELECT id FROM organisations WHERE code = ANY (%(organisation)s))",
    "country": "r.country_iso3 = ANY (%(country)s)",
    "area": "r.deliver_area_id = ANY (ARRAY(SELECT areas_within(%(area)s)))",
    "status": "r.status = ANY (%(status)s)",
    "priority": "r.priority = ANY (%(priority)s)",
    "open": f"{IS_OPEN} = %(open)s",
    "needed_before": "r.needed_by <= %(needed_before)s",
    "progress": """ARRAY['offered:' || r.progress_offered, 'committed:' || r.progress_committed,
        'in_transit:' || r.progress_in_transit, 'delivered:' || r.progress_delivered] && %(progress)s::text[]""",
    "type": "EXISTS (SELECT FROM request_lines l WHERE l.request_id = r.id AND l.resource_type_code = ANY (%(type)s))",
    "item": "EXISTS (SELECT FROM request_lines l WHERE l.request_id = r.id AND l.item_code = ANY (%(item)s))",
    "exercise": "r.is_exercise = %(exercise)s",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "bbox": "r.deliver_location && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)",
    "near": "r.deliver_location IS NOT NULL",
    "within_km": f"ST_DWithin(r.deliver_location::geography, {HERE}, %(within_m)s)",
    "q": "r.search @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    """What requests can be ordered by; a draft by when it was begun."""
    return {
        "submitted_at": Key("coalesce(r.submitted_at, r.created_at)", "timestamptz"),
        "needed_by": Key("coalesce(r.needed_by, 'infinity')", "timestamptz"),
        "priority": Key(f"array_position(ARRAY{list(PRIORITIES)}, r.priority)", "int"),
        "created_at": Key("r.created_at", "timestamptz"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "near": Key(f"r.deliver_location::geography <-> {HERE}", "float8"),
        "q": Key("ts_rank(r.search, query)::float8", "float8", descending=True),
    }


NAME_OF_LINE = "coalesce(label(i.names, %(lang)s), label(t.names, %(lang)s), label(l.description, %(lang)s))"
# What would do as well, by its name: an item of that code, or else a type
ALTERNATIVES = """(SELECT coalesce(json_agg(json_build_object('code', code, 'name',
        coalesce(label(ai.names, %(lang)s), label(at.names, %(lang)s), code)) ORDER BY n), '[]')
    FROM unnest(l.alternatives) WITH ORDINALITY a (code, n) LEFT JOIN items ai USING (code) LEFT JOIN resource_types at USING (code))"""
LINES = f"""(SELECT coalesce(json_agg(json_build_object('id', l.id, 'no', l.no,
        'resource', json_build_object('kind', l.kind, 'code', coalesce(l.item_code, l.resource_type_code), 'name', {NAME_OF_LINE}),
        'description', label(l.description, %(lang)s), 'specification', l.specification, 'alternatives', {ALTERNATIVES},
        'quantity', l.quantity, 'unit', l.unit_code, 'unit_name', label(u.names, %(lang)s), 'priority', coalesce(l.priority, page.priority),
        'needed_by', coalesce(l.needed_by, page.needed_by), 'unit_price', l.unit_price, 'currency', l.currency,
        'status', l.status, 'cancelled_at', l.cancelled_at, 'quantity_offered', l.quantity_offered,
        'quantity_committed', l.quantity_committed, 'quantity_in_transit', l.quantity_in_transit,
        'quantity_delivered', l.quantity_delivered) ORDER BY l.no), '[]')
    FROM request_lines l JOIN units u ON u.code = l.unit_code LEFT JOIN items i ON i.code = l.item_code
    LEFT JOIN resource_types t ON t.code = l.resource_type_code WHERE l.request_id = page.id)"""


def sees_contact(by: By, r: str) -> str:
    """The condition of the requests of which an asker is told whom to call: one's own, and whoever decides on them."""
    return f"({r}.organisation_id = %(by_organisation)s OR {is_decided_by(by, r)})" if by.is_known else "FALSE"


def is_decided_by(by: By, r: str) -> str:
    """The condition of the requests that an asker decides on: everywhere, or in the countries that limit them."""
    if Permission.REQUEST_APPROVE not in by.rights:
        return "FALSE"
    limit = by.rights[Permission.REQUEST_APPROVE]
    codes = ", ".join(f"'{code}'" for code in sorted(limit or ()) if code.isalpha())
    return "TRUE" if limit is None else f"{r}.country_iso3 IN ({codes})"


def visible_requests(by: By, r: str = "r") -> str:
    """As of all records; the Centre's approvers see what they decide on, drafts too."""
    seen = visible(by, f"{r}.visibility", f"{r}.organisation_id", f"{r}.country_iso3 = ANY ({{}})")
    return f"({seen} OR {is_decided_by(by, r)})" if by.may(Permission.READ_CENTRE) else seen


def record(by: By) -> str:
    return f"""
    page.id, page.ref, {title_of("page.titles", "page.is_exercise")} AS title, label(page.descriptions, %(lang)s) AS description,
    json_build_object('organisation', json_build_object('code', organisation.code, 'name', label(organisation.names, %(lang)s))) AS requester,
    json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) AS country,
    (SELECT json_build_object('ref', e.ref, 'title', {title_of("e.titles", "e.exercise")}) FROM events e
     WHERE e.id = page.event_id AND e.withdrawn_at IS NULL AND {visible_events(by, "e")}) AS event,
    page.status, page.priority, page.needed_by,
    json_build_object('place', label(page.deliver_place, %(lang)s),
        'area', CASE WHEN area.id IS NOT NULL THEN json_build_object('code', area.code, 'name', label(area.names, %(lang)s)) END,
        'geometry', ST_AsGeoJSON(page.deliver_location, 6)::json,
        'entry_point', (SELECT json_build_object('code', p.code, 'name', label(p.names, %(lang)s)) FROM entry_points p
                        WHERE p.id = page.deliver_entry_point_id),
        'contact', CASE WHEN {sees_contact(by, "page")} THEN nullif(page.contact, '') END) AS deliver_to,
    {LINES} AS lines,
    json_build_object('offered', page.progress_offered, 'committed', page.progress_committed,
                      'in_transit', page.progress_in_transit, 'delivered', page.progress_delivered) AS progress,
    page.is_exercise AS exercise, page.submitted_at, page.decided_at, page.decision_reason,
    CASE WHEN page.appeal_published_at IS NOT NULL THEN '/requests/' || page.ref || '/appeal' END AS appeal_url,
    page.audience, page.visibility, page.demonstration, page.created_at, page.updated_at,
    ST_AsGeoJSON(page.deliver_location, 6)::json AS geometry"""


JOINS = """JOIN organisations organisation ON organisation.id = page.organisation_id
    JOIN countries country ON country.iso3 = page.country_iso3
    LEFT JOIN areas area ON area.id = page.deliver_area_id"""

COLUMNS = (
    Column("id", "#meta+id"),
    Column("ref", "#request+code"),
    Column("title", "#request+name"),
    Column("description", "#description"),
    Column("requester.organisation.code", "#org+code"),
    Column("requester.organisation.name", "#org+name"),
    Column("country.iso3", "#country+code+iso3"),
    Column("country.name", "#country+name"),
    Column("event.ref", "#crisis+code"),
    Column("status", "#status"),
    Column("priority", "#severity+priority"),
    Column("needed_by", "#date+needed"),
    Column("deliver_to.place", "#loc+name"),
    Column("deliver_to.area.code", "#adm1+code"),
    Column("progress.offered", "#status+offered"),
    Column("progress.committed", "#status+committed"),
    Column("progress.in_transit", "#status+in_transit"),
    Column("progress.delivered", "#status+delivered"),
    Column("geometry.coordinates.0", "#geo+lon"),
    Column("geometry.coordinates.1", "#geo+lat"),
    Column("exercise", "#meta+exercise"),
    Column("submitted_at", "#date+submitted"),
    Column("decided_at", "#date+decided"),
    Column("decision_reason", "#description+decision"),
    Column("visibility", "#meta+visibility"),
    Column("demonstration", "#meta+demonstration"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)
LAYERS = ("requests", "events", "people", "places", "reference", "stock", "entry_points")

REQUESTS = Listing(
    name="requests",
    layers=LAYERS,
    table="requests",
    record=record(By()),
    told=record,
    joins=JOINS,
    filters=FILTERS,
    keys=keys,
    default="-submitted_at",
    visible=visible_requests,
    columns=COLUMNS,
)

FACETS = {
    "status": Facet("r.status", by="status"),
    "priority": Facet("r.priority", by="priority"),
    "country": Facet("v.iso3", "v.names", "JOIN countries v ON v.iso3 = r.country_iso3", by="country_iso3"),
    "organisation": Facet(
        "v.code", "v.names", "JOIN organisations v ON v.id = r.organisation_id", by="organisation_id"
    ),
}


def facets(where: RequestFilter, lang: str) -> Sql:
    """How many requests each value would leave."""
    return count_facets(REQUESTS, FACETS, where, lang)


# -- the page for donors: public once it is published, whatever the visibility of the request

MISSING = "greatest(l.quantity - greatest(l.quantity_committed, l.quantity_in_transit + l.quantity_delivered), 0)"
NEEDED = f"""(SELECT coalesce(json_agg(json_build_object('no', l.no, 'name', {NAME_OF_LINE}, 'description', label(l.description, %(lang)s),
        'quantity', l.quantity, 'missing', {MISSING}, 'unit', l.unit_code, 'unit_name', label(u.names, %(lang)s),
        'unit_price', CASE WHEN page.appeal_prices THEN l.unit_price END, 'currency', CASE WHEN page.appeal_prices THEN l.currency END)
        ORDER BY l.no), '[]')
    FROM request_lines l JOIN units u ON u.code = l.unit_code LEFT JOIN items i ON i.code = l.item_code
    LEFT JOIN resource_types t ON t.code = l.resource_type_code WHERE l.request_id = page.id AND l.cancelled_at IS NULL)"""
APPEAL = f"""
    page.ref, {title_of("page.titles", "page.is_exercise")} AS title, label(page.appeal_text, %(lang)s) AS text,
    json_build_object('code', organisation.code, 'name', label(organisation.names, %(lang)s)) AS organisation,
    json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) AS country,
    page.priority, page.needed_by, page.appeal_published_at AS published_at, {NEEDED} AS lines,
    page.is_exercise AS exercise, page.demonstration"""


def is_published(by: By) -> str:
    return "(r.appeal_published_at IS NOT NULL AND r.status IN ('submitted', 'approved', 'closed'))"


APPEALS = Listing(
    name="appeals",
    layers=("requests", "people", "places", "reference", "stock"),
    table="requests",
    record=APPEAL,
    joins=JOINS,
    filters=FILTERS,
    keys=keys,
    default="-submitted_at",
    visible=is_published,
    formats=("json",),
)
