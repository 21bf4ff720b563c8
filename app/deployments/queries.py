"""What is asked of deployments. Who sends, who receives, who decides for the country they go to, and the Centre see them."""

from app.deployments.models import TIME_KINDS, WHATS
from app.exercises import title_of
from app.listing import Column, Listing
from app.paging import Key
from app.permissions import By, Permission, visible
from app.requests.queries import visible_requests

ENDED = "('returned', 'lost', 'consumed', 'cancelled')"
THERE = "('on_site', 'released', 'returned', 'lost', 'consumed', 'cancelled')"


def said(what: str, kind: str, r: str) -> str:
    """The time that was said last."""
    return f"""(SELECT t.at FROM deployment_times t WHERE t.deployment_id = {r}.id AND t.what = '{what}' AND t.kind = '{kind}'
        ORDER BY t.recorded_at DESC, t.id DESC LIMIT 1)"""


def expected(r: str) -> str:
    return f"coalesce({said('arrival', 'estimated', r)}, {said('arrival', 'requested', r)})"


def is_late(r: str) -> str:
    return f"({r}.status NOT IN {THERE} AND coalesce({expected(r)} < now(), false))"


FILTERS = {
    "status": "r.status = ANY (%(status)s)",
    "open": f"(r.status NOT IN {ENDED}) = %(open)s",
    "kind": "r.kind = ANY (%(kind)s)",
    "mode": "r.mode = ANY (%(mode)s)",
    "exercise": "r.is_exercise = %(exercise)s",
    "country": "r.to_country_iso3 = ANY (%(country)s)",
    "organisation": "r.organisation_id IN (SELECT id FROM organisations WHERE code = ANY (%(organisation)s))",
    "receiver": "r.receiver_id IN (SELECT id FROM organisations WHERE code = ANY (%(receiver)s))",
    "request": "r.request_id IN (SELECT q.id FROM requests q WHERE q.ref = ANY (%(request)s) OR upper(q.id::text) = ANY (%(request)s))",
    "offer": "r.offer_id IN (SELECT o.id FROM offers o WHERE o.ref = ANY (%(offer)s) OR upper(o.id::text) = ANY (%(offer)s))",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "late": f"{is_late('r')} = %(late)s",
    "q": """search_document(concat_ws(' ', r.ref, r.from_place, r.to_place, r.carrier, r.vehicle,
        (SELECT concat_ws(' ', o.ref, q.ref, all_names(q.titles)) FROM offers o LEFT JOIN requests q ON q.id = r.request_id WHERE o.id = r.offer_id)),
        (SELECT string_agg(concat_ws(' ', all_names(i.names), all_names(t.names), l.description), ' ') FROM deployment_lines l
         LEFT JOIN items i ON i.code = l.item_code LEFT JOIN resource_types t ON t.code = l.resource_type_code WHERE l.deployment_id = r.id),
        r.purpose) @@ query""",
}


def keys(lang: str) -> dict[str, Key]:
    """What deployments can be ordered by; those that nobody expects at a known time come last."""
    return {
        "created_at": Key("r.created_at", "timestamptz"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "expected_at": Key(f"coalesce({expected('r')}, 'infinity')", "timestamptz"),
        "q": Key("0::float8", "float8", descending=True),
    }


def named(alias: str, code: str = "code") -> str:
    return f"json_build_object('{code}', {alias}.{code}, 'name', label({alias}.names, %(lang)s))"


def maybe(alias: str, code: str = "code") -> str:
    return f"CASE WHEN {alias}.{code} IS NOT NULL THEN {named(alias, code)} END"


def place(side: str, country: str) -> str:
    return f"""json_build_object('country', {maybe(country, "iso3")}, 'place', page.{side}_place,
        'geometry', ST_AsGeoJSON(page.{side}_location, 6)::json)"""


def times() -> str:
    """{what: {kind: the time}}, as JSON."""
    pairs = []
    for what in WHATS:
        kinds = ", ".join(f"'{kind}', {said(what, kind, 'page')}" for kind in TIME_KINDS)
        pairs.append(f"'{what}', json_build_object({kinds})")
    return f"json_build_object({', '.join(pairs)})"


LINES = """(SELECT coalesce(json_agg(json_build_object('no', l.no, 'offer_line', offered.no, 'request_line', asked.no,
        'what', CASE WHEN l.item_code IS NOT NULL THEN 'item' WHEN l.resource_type_code IS NOT NULL THEN 'type' ELSE 'other' END,
        'code', coalesce(l.item_code, l.resource_type_code),
        'name', coalesce(label(item.names, %(lang)s), label(type.names, %(lang)s), nullif(l.description, ''), ''),
        'description', l.description,
        'capacity', CASE WHEN capacity.ref IS NOT NULL THEN json_build_object('ref', capacity.ref) END,
        'lot', lot.number, 'expires_on', l.expires_on, 'quantity', l.quantity, 'unit', l.unit_code,
        'unit_name', label(unit.names, %(lang)s), 'packages', l.packages, 'weight_kg', l.weight_kg, 'volume_m3', l.volume_m3,
        'quantity_received', l.quantity_received, 'quantity_missing', l.quantity_missing, 'quantity_ended', l.quantity_ended)
        ORDER BY l.no), '[]')
    FROM deployment_lines l JOIN units unit ON unit.code = l.unit_code JOIN offer_lines offered ON offered.id = l.offer_line_id
    LEFT JOIN request_lines asked ON asked.id = l.request_line_id LEFT JOIN items item ON item.code = l.item_code
    LEFT JOIN resource_types type ON type.code = l.resource_type_code LEFT JOIN capacities capacity ON capacity.id = l.capacity_id
    LEFT JOIN lots lot ON lot.id = l.lot_id WHERE l.deployment_id = page.id)"""

OUTCOMES = """(SELECT coalesce(json_agg(json_build_object('line', l.no, 'kind', o.kind, 'quantity', o.quantity,
        'condition', o.condition, 'reason', o.reason, 'at', o.at) ORDER BY o.at, o.id), '[]')
    FROM deployment_outcomes o JOIN deployment_lines l ON l.id = o.deployment_line_id WHERE l.deployment_id = page.id)"""

CHANGES = f"""(SELECT coalesce(json_agg(json_build_object('no', c.no, 'kind', c.kind, 'organisation', {named("o")}, 'until', c.until,
        'reason', c.reason, 'asked_at', c.asked_at, 'answer', c.answer, 'answer_note', c.answer_note,
        'answered_at', c.answered_at) ORDER BY c.no), '[]')
    FROM deployment_changes c JOIN organisations o ON o.id = c.organisation_id WHERE c.deployment_id = page.id)"""


def receipts(by: By) -> str:
    return f"""(SELECT coalesce(json_agg(json_build_object('no', s.no, 'organisation', {named("o")},
        'signed_by', CASE WHEN {takes_part(by, "page")} THEN s.signed_by END, 'signed_at', s.signed_at, 'place', s.place, 'note', s.note,
        'lines', (SELECT coalesce(json_agg(json_build_object('line', l.no, 'quantity_received', x.quantity_received,
            'quantity_missing', x.quantity_missing, 'condition', x.condition, 'difference', x.difference, 'note', x.note)
            ORDER BY l.no), '[]') FROM receipt_lines x JOIN deployment_lines l ON l.id = x.deployment_line_id WHERE x.receipt_id = s.id)
        ) ORDER BY s.no), '[]')
    FROM receipts s JOIN organisations o ON o.id = s.organisation_id WHERE s.deployment_id = page.id)"""


# -- who sees what


def takes_part(by: By, r: str = "r") -> str:
    """Who sends and who receives, and the Centre: they know drivers and signatures by name."""
    if not by.is_known:
        return "FALSE"
    of_centre = "TRUE" if by.may(Permission.READ_CENTRE) else "FALSE"
    return f"({of_centre} OR coalesce(%(by_organisation)s IN ({r}.organisation_id, {r}.receiver_id), false))"


def is_decided_by(by: By, r: str) -> str:
    """The deployments for countries whose requests `by` decides on."""
    if not by.may(Permission.REQUEST_APPROVE):
        return "FALSE"
    limit = by.rights[Permission.REQUEST_APPROVE]
    codes = ", ".join(f"'{code}'" for code in sorted(limit or ()) if code.isalpha())
    return "TRUE" if limit is None else f"{r}.to_country_iso3 IN ({codes})"


def visible_deployments(by: By, r: str = "r") -> str:
    seen = visible(by, f"{r}.visibility", f"{r}.organisation_id", f"{r}.to_country_iso3 = ANY ({{}})")
    return f"({seen} OR {takes_part(by, r)} OR {is_decided_by(by, r)})" if by.is_known else seen


def record(by: By) -> str:
    asked = f"q.withdrawn_at IS NULL AND {visible_requests(by, 'q')}"
    return f"""
    page.id, page.ref, page.status, page.kind, page.is_exercise AS exercise,
    {named("organisation")} AS organisation, {maybe("receiver")} AS receiver,
    (SELECT json_build_object('ref', o.ref) FROM offers o WHERE o.id = page.offer_id) AS offer,
    (SELECT json_build_object('ref', q.ref, 'title', CASE WHEN {asked} THEN {title_of("q.titles", "q.is_exercise")} END)
     FROM requests q WHERE q.id = page.request_id) AS request,
    {place("from", "from_country")} AS origin, {place("to", "to_country")} AS destination, {maybe("entry")} AS entry_point,
    page.mode, page.carrier, page.vehicle, CASE WHEN {takes_part(by, "page")} THEN page.driver END AS driver, page.people, page.purpose,
    page.reason, page.ends_at, page.left_at, page.arrived_at, page.ended_at,
    {expected("page")} AS expected_at, {is_late("page")} AS late, {times()} AS times, {LINES} AS lines,
    (SELECT sum(weight_kg) FROM deployment_lines WHERE deployment_id = page.id) AS weight_kg,
    (SELECT sum(packages) FROM deployment_lines WHERE deployment_id = page.id) AS packages,
    {receipts(by)} AS receipts, {OUTCOMES} AS outcomes, {CHANGES} AS changes,
    page.visibility, page.demonstration, page.created_at, page.updated_at"""


COLUMNS = (
    Column("id", "#meta+id"),
    Column("ref", "#activity+code"),
    Column("status", "#status"),
    Column("kind", "#activity+kind"),
    Column("exercise", "#meta+exercise"),
    Column("organisation.code", "#org+code"),
    Column("organisation.name", "#org+name"),
    Column("receiver.code", "#org+receiver+code"),
    Column("receiver.name", "#org+receiver+name"),
    Column("offer.ref", "#activity+offer+code"),
    Column("request.ref", "#activity+request+code"),
    Column("origin.country.iso3", "#country+from+code+iso3"),
    Column("origin.place", "#loc+from+name"),
    Column("destination.country.iso3", "#country+code+iso3"),
    Column("destination.place", "#loc+name"),
    Column("entry_point.code", "#loc+crossing+code"),
    Column("entry_point.name", "#loc+crossing+name"),
    Column("mode", "#transport+mode"),
    Column("carrier", "#transport+carrier"),
    Column("vehicle", "#transport+vehicle"),
    Column("people", "#capacity+num+people"),
    Column("packages", "#item+num+packages"),
    Column("weight_kg", "#item+weight+kg"),
    Column("left_at", "#date+departure"),
    Column("expected_at", "#date+arrival+estimated"),
    Column("arrived_at", "#date+arrival"),
    Column("ended_at", "#date+end"),
    Column("ends_at", "#date+end+agreed"),
    Column("late", "#status+late"),
    Column("lines.name", "#item+name+list"),
    Column("lines.quantity", "#item+num+list"),
    Column("lines.unit", "#item+unit+list"),
    Column("lines.quantity_received", "#item+num+received+list"),
    Column("lines.quantity_missing", "#item+num+missing+list"),
    Column("reason", "#description+reason"),
    Column("visibility", "#meta+visibility"),
    Column("demonstration", "#meta+demonstration"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)

JOINS = """JOIN organisations organisation ON organisation.id = page.organisation_id
    LEFT JOIN organisations receiver ON receiver.id = page.receiver_id
    LEFT JOIN countries from_country ON from_country.iso3 = page.from_country_iso3
    LEFT JOIN countries to_country ON to_country.iso3 = page.to_country_iso3
    LEFT JOIN entry_points entry ON entry.id = page.entry_point_id"""

DEPLOYMENTS = Listing(
    name="deployments",
    layers=("deployments", "requests", "offers", "people", "reference", "places", "stock"),
    table="deployments",
    record=record(By()),
    told=record,
    joins=JOINS,
    filters=FILTERS,
    keys=keys,
    default="-created_at",
    visible=visible_deployments,
    columns=COLUMNS,
    formats=("json", "csv", "xlsx"),
)
