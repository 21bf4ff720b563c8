"""What is asked of offers. A draft is its organisation's; what is submitted is also for the Centre, for whoever asked, and for
those who decide on requests of that country."""

from app.capacities.queries import CAPACITIES
from app.events.queries import visible_events
from app.exercises import title_of
from app.listing import Column, Listing
from app.paging import Key
from app.permissions import By, Permission, visible
from app.requests.queries import visible_requests
from app.sql import Sql
from app.stock.queries import visible_stock

COUNTRY = "coalesce((SELECT q.country_iso3 FROM requests q WHERE q.id = {0}.request_id), {0}.country_iso3)"
EVENT = "coalesce((SELECT q.event_id FROM requests q WHERE q.id = {0}.request_id), {0}.event_id)"
TITLES = "CASE WHEN {0}.titles <> '{{}}' THEN {0}.titles ELSE (SELECT q.titles FROM requests q WHERE q.id = {0}.request_id) END"
DOCUMENT = f"""search_document(concat_ws(' ', r.ref, all_names({TITLES.format("r")}), (SELECT q.ref FROM requests q WHERE q.id = r.request_id)),
    concat_ws(' ', (SELECT concat_ws(' ', all_names(names), code) FROM organisations WHERE id = r.organisation_id),
        (SELECT string_agg(concat_ws(' ', all_names(t.names), all_names(i.names), all_names(l.description)), ' ') FROM offer_lines l
         LEFT JOIN resource_types t ON t.code = l.resource_type_code LEFT JOIN items i ON i.code = l.item_code WHERE l.offer_id = r.id)),
    all_names(r.conditions))"""

FILTERS = {
    "request": """r.request_id IN (SELECT q.id FROM requests q
        WHERE q.ref = ANY (%(request)s) OR upper(q.id::text) = ANY (%(request)s))""",
    "event": f"""{EVENT.format("r")} IN (SELECT e.id FROM events e WHERE e.withdrawn_at IS NULL
        AND (e.ref = ANY (%(event)s) OR upper(e.id::text) = ANY (%(event)s)))""",
    "organisation": "r.organisation_id IN (SELECT id FROM organisations WHERE code = ANY (%(organisation)s))",
    "country": f"{COUNTRY.format('r')} = ANY (%(country)s)",
    "status": "r.status = ANY (%(status)s)",
    "source": "EXISTS (SELECT FROM offer_lines l WHERE l.offer_id = r.id AND l.source = ANY (%(source)s))",
    "unsolicited": "(r.request_id IS NULL) = %(unsolicited)s",
    "exercise": "r.is_exercise = %(exercise)s",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "q": f"{DOCUMENT} @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    """What offers can be ordered by; a draft by when it was begun."""
    return {
        "submitted_at": Key("coalesce(r.submitted_at, r.created_at)", "timestamptz"),
        "valid_until": Key("coalesce(r.valid_until, 'infinity')", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "q": Key(f"ts_rank({DOCUMENT}, query)::float8", "float8", descending=True),
    }


# -- who sees them


def decides(by: By, r: str) -> str:
    """The condition of the offers that an asker decides on: everywhere, or those to the countries that limit them."""
    if Permission.REQUEST_APPROVE not in by.rights:
        return "FALSE"
    limit = by.rights[Permission.REQUEST_APPROVE]
    codes = ", ".join(f"'{code}'" for code in sorted(limit or ()) if code.isalpha())
    return "TRUE" if limit is None else f"{COUNTRY.format(r)} IN ({codes})"


def visible_offers(by: By, r: str = "r") -> str:
    of_countries = f"{COUNTRY.format(r)} = ANY ({{}})"
    seen = visible(by, f"{r}.visibility", f"{r}.organisation_id", of_countries)
    if not by.is_known:
        return seen
    asked_by_own = f"{r}.request_id IN (SELECT q.id FROM requests q WHERE q.organisation_id = %(by_organisation)s)"
    return f"({seen} OR ({r}.status <> 'draft' AND ({asked_by_own} OR {decides(by, r)})))"


# -- what is said of them

NAMED = "json_build_object('code', {0}.code, 'name', label({0}.names, %(lang)s))"
NAME_OF_LINE = "coalesce(label(i.names, %(lang)s), label(t.names, %(lang)s), label(l.description, %(lang)s))"
ASKED = """(SELECT json_build_object('no', a.no, 'quantity', a.quantity, 'unit', a.unit_code, 'name',
        coalesce(label(ai.names, %(lang)s), label(at.names, %(lang)s), label(a.description, %(lang)s)))
    FROM request_lines a LEFT JOIN items ai ON ai.code = a.item_code LEFT JOIN resource_types at ON at.code = a.resource_type_code
    WHERE a.id = l.request_line_id)"""


def lines(by: By) -> str:
    """Capacities and positions are named to those who may see them; what is offered of them is told to all who see the offer."""
    stock = f"""(SELECT json_build_object('ref', s.ref, 'warehouse', label(w.names, %(lang)s))
        FROM (SELECT r.* FROM stock_positions r WHERE r.id = l.stock_position_id AND {visible_stock(by)}) s
        JOIN warehouses w ON w.code = s.warehouse_code)"""
    capacity = f"""(SELECT json_build_object('ref', r.ref, 'name', label(r.names, %(lang)s)) FROM capacities r
        WHERE r.id = l.capacity_id AND {CAPACITIES.visible(by)})"""
    return f"""(SELECT coalesce(json_agg(json_build_object('id', l.id, 'no', l.no, 'request_line', {ASKED}, 'source', l.source,
            'capacity', {capacity}, 'stock', {stock}, 'lot', CASE WHEN l.lot_id IS NOT NULL AND {stock} IS NOT NULL THEN l.lot_id END,
            'item', CASE WHEN i.code IS NOT NULL THEN {NAMED.format("i")} END,
            'type', CASE WHEN t.code IS NOT NULL THEN {NAMED.format("t")} END, 'name', {NAME_OF_LINE},
            'description', label(l.description, %(lang)s), 'specification', l.specification, 'quantity', l.quantity,
            'unit', l.unit_code, 'unit_name', label(u.names, %(lang)s), 'quantity_accepted', l.quantity_accepted,
            'quantity_released', l.quantity_released, 'decline_reason', l.decline_reason) ORDER BY l.no), '[]')
        FROM offer_lines l JOIN units u ON u.code = l.unit_code LEFT JOIN items i ON i.code = l.item_code
        LEFT JOIN resource_types t ON t.code = l.resource_type_code WHERE l.offer_id = page.id)"""


def record(by: By) -> str:
    return f"""
    page.id, page.ref, {title_of(TITLES.format("page"), "page.is_exercise")} AS title, {NAMED.format("organisation")} AS organisation,
    (SELECT json_build_object('ref', q.ref, 'title', {title_of("q.titles", "q.is_exercise")}) FROM requests q
     WHERE q.id = page.request_id AND {visible_requests(by, "q")}) AS request,
    (SELECT json_build_object('ref', e.ref, 'title', {title_of("e.titles", "e.exercise")}) FROM events e
     WHERE e.id = {EVENT.format("page")} AND e.withdrawn_at IS NULL AND {visible_events(by, "e")}) AS event,
    (SELECT json_build_object('iso3', c.iso3, 'name', label(c.names, %(lang)s)) FROM countries c
     WHERE c.iso3 = {COUNTRY.format("page")}) AS country,
    page.status, label(page.conditions, %(lang)s) AS conditions, page.financing, page.available_from, page.valid_until,
    {lines(by)} AS lines, page.is_exercise AS exercise, page.submitted_at, page.decided_at, page.decision_reason,
    page.visibility, page.demonstration, page.created_at, page.updated_at"""


COLUMNS = (
    Column("id", "#meta+id"),
    Column("ref", "#meta+code"),
    Column("title", "#meta+name"),
    Column("organisation.code", "#org+code"),
    Column("organisation.name", "#org+name"),
    Column("request.ref", "#request+code"),
    Column("event.ref", "#crisis+code"),
    Column("country.iso3", "#country+code+iso3"),
    Column("status", "#status"),
    Column("lines.name", "#item+name+list"),
    Column("lines.quantity", "#item+num+list"),
    Column("lines.unit", "#item+unit+list"),
    Column("lines.quantity_accepted", "#item+num+accepted+list"),
    Column("conditions", "#description+conditions"),
    Column("financing", "#description+financing"),
    Column("available_from", "#date+start"),
    Column("valid_until", "#date+end"),
    Column("exercise", "#meta+exercise"),
    Column("submitted_at", "#date+submitted"),
    Column("decided_at", "#date+decided"),
    Column("visibility", "#meta+visibility"),
    Column("demonstration", "#meta+demonstration"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)

OFFERS = Listing(
    name="offers",
    layers=("offers", "requests", "capacities", "stock", "people", "events", "reference", "places"),
    table="offers",
    record=record(By()),
    told=record,
    joins="JOIN organisations organisation ON organisation.id = page.organisation_id",
    filters=FILTERS,
    keys=keys,
    default="-submitted_at",
    visible=visible_offers,
    columns=COLUMNS,
    formats=("json", "csv", "xlsx"),
)

# -- how its lines fit: what was asked, what it is, who asks; the capacity or item may say more of itself than the line does

FITTING = """
SELECT coalesce(json_agg(json_build_object('no', l.no, 'asked', a.specification, 'item', l.item_code, 'type', l.resource_type_code,
    'offered', coalesce(c.specification, i.specification, '{}') || coalesce(l.specification, '{}')) ORDER BY l.no), '[]')
FROM offer_lines l JOIN offers o ON o.id = l.offer_id LEFT JOIN request_lines a ON a.id = l.request_line_id
LEFT JOIN capacities c ON c.id = l.capacity_id LEFT JOIN items i ON i.code = l.item_code
WHERE l.offer_id = %(offer)s"""
ASKER = "SELECT to_json(q.organisation_id) FROM requests q JOIN offers o ON o.request_id = q.id WHERE o.id = %(offer)s"


def fitting(offer: object) -> Sql:
    """Of each line what was asked, what is offered and what it is, as JSON."""
    return Sql(FITTING, {"offer": offer})


def asker(offer: object) -> Sql:
    """The organisation whose rescuers would use it, as JSON; no row where nobody asked."""
    return Sql(ASKER, {"offer": offer})
