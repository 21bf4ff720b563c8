"""What is asked of warnings. `in force` and `expired` are worked out from the time, so nobody has to note them."""

from app.events.queries import visible_events
from app.listing import HERE, Column, Listing
from app.paging import Key
from app.permissions import ANYBODY, By, visible
from app.sql import Sql
from app.warnings.models import SEVERITIES

IN_FORCE = (
    "({0}.issued_at IS NOT NULL AND {0}.msg_type <> 'cancel' AND {0}.ended_at IS NULL AND {0}.expires_at > now())"
)
STATE = """CASE WHEN {0}.issued_at IS NULL THEN 'draft' WHEN {0}.msg_type = 'cancel' THEN 'cancellation'
    WHEN {0}.ended_as IS NOT NULL THEN {0}.ended_as WHEN {0}.expires_at <= now() THEN 'expired' ELSE 'in_force' END"""
WIDTHS = "ARRAY['public', 'partners', 'centre', 'own']"
# A warning that more may see than its event does not lead to the event
OF_EVENT = f"""r.event_id IN (SELECT e.id FROM events e WHERE (e.ref = ANY (%(event)s) OR upper(e.id::text) = ANY (%(event)s))
    AND e.withdrawn_at IS NULL AND array_position({WIDTHS}, e.visibility) <= array_position({WIDTHS}, r.visibility))"""
DOCUMENT = """search_document(concat_ws(' ', r.ref, all_names(r.headlines)),
    concat_ws(' ', (SELECT all_names(names) FROM hazards WHERE code = r.hazard_code), all_names(r.area_descriptions),
              (SELECT string_agg(all_names(names), ' ') FROM warning_countries JOIN countries ON iso3 = country_iso3
               WHERE warning_id = r.id)),
    concat_ws(' ', all_names(r.descriptions), all_names(r.instructions)))"""

FILTERS = {
    "active": f"{IN_FORCE.format('r')} = %(active)s",
    "state": f"{STATE.format('r')} = ANY (%(state)s)",
    "status": "r.status = ANY (%(status)s)",
    "msg_type": "r.msg_type = ANY (%(msg_type)s)",
    "hazard": "r.hazard_code = ANY (%(hazard)s)",
    "severity": "r.severity = ANY (%(severity)s)",
    "urgency": "r.urgency = ANY (%(urgency)s)",
    "certainty": "r.certainty = ANY (%(certainty)s)",
    "event": OF_EVENT,
    "country": "EXISTS (SELECT FROM warning_countries c WHERE c.warning_id = r.id AND c.country_iso3 = ANY (%(country)s))",
    "area": "r.id IN (SELECT a.warning_id FROM warning_areas a WHERE a.area_id IN (SELECT areas_within(%(area)s)))",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "bbox": "ST_Intersects(r.geometry, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))",
    "near": "r.geometry IS NOT NULL",
    "within_km": f"ST_DWithin(r.geometry::geography, {HERE}, %(within_m)s)",
    "q": f"{DOCUMENT} @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    """What warnings can be ordered by; a draft by when it was begun."""
    grave = ", ".join(f"'{code}'" for code in reversed(SEVERITIES))
    return {
        "issued_at": Key("coalesce(r.issued_at, r.created_at)", "timestamptz"),
        "expires_at": Key("r.expires_at", "timestamptz"),
        "severity": Key(f"array_position(ARRAY[{grave}], r.severity)", "int"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "created_at": Key("r.created_at", "timestamptz"),
        "near": Key(f"r.geometry::geography <-> {HERE}", "float8"),
        "q": Key(f"ts_rank({DOCUMENT}, query)::float8", "float8", descending=True),
    }


def record(by: By) -> str:
    """What is said of a warning: of its event only to whom may see that."""
    return f"""
    page.id, page.ref, label(page.headlines, %(lang)s) AS headline, label(page.descriptions, %(lang)s) AS description,
    label(page.instructions, %(lang)s) AS instruction,
    {STATE.format("page")} AS state, {IN_FORCE.format("page")} AS active, page.status, page.status = 'exercise' AS exercise, page.msg_type,
    (SELECT json_build_object('ref', w.ref) FROM warnings w WHERE w.id = page.replaces_id) AS replaces,
    (SELECT json_build_object('ref', w.ref) FROM warnings w WHERE w.replaces_id = page.id AND w.issued_at IS NOT NULL) AS replaced_by,
    CASE page.audience WHEN 'public' THEN 'public' WHEN 'partners' THEN 'restricted' ELSE 'private' END AS scope,
    json_build_object('code', organisation.code, 'name', label(organisation.names, %(lang)s)) AS organisation,
    (SELECT json_build_object('ref', e.ref, 'title', label(e.titles, %(lang)s)) FROM events e
     WHERE e.id = page.event_id AND e.withdrawn_at IS NULL AND {visible_events(by, "e")}) AS event,
    json_build_object('code', hazard.code, 'name', label(hazard.names, %(lang)s)) AS hazard,
    page.categories, page.responses, page.urgency, page.severity, page.certainty,
    page.issued_at, page.effective_at, page.onset_at, page.expires_at, page.ended_at,
    ARRAY(SELECT jsonb_object_keys(page.headlines)) AS languages,
    (SELECT json_agg(json_build_object('language', key, 'headline', value, 'description', page.descriptions ->> key,
        'instruction', page.instructions ->> key, 'area', page.area_descriptions ->> key)) FROM jsonb_each_text(page.headlines)) AS infos,
    (SELECT coalesce(json_agg(json_build_object('iso3', iso3, 'name', label(names, %(lang)s)) ORDER BY iso3), '[]')
     FROM warning_countries JOIN countries ON iso3 = country_iso3 WHERE warning_id = page.id) AS countries,
    (SELECT coalesce(json_agg(json_build_object('code', code, 'name', label(names, %(lang)s)) ORDER BY code), '[]')
     FROM warning_areas JOIN areas ON areas.id = area_id WHERE warning_id = page.id) AS areas,
    ST_AsGeoJSON(page.geometry, 6)::json AS geometry, page.circles, page.parameters, page.contact, page.note,
    CASE WHEN page.issued_at IS NOT NULL THEN '/feeds/warnings/' || page.ref || '.cap' END AS cap_url,
    page.audience, page.visibility, page.demonstration, page.created_at, page.updated_at"""


COLUMNS = (
    Column("id", "#event+id"),
    Column("ref", "#event+code"),
    Column("headline", "#event+name"),
    Column("description", "#description"),
    Column("instruction", "#description+instruction"),
    Column("state", "#status"),
    Column("active", "#status+active"),
    Column("status", "#status+cap"),
    Column("exercise", "#meta+exercise"),
    Column("msg_type", "#meta+type"),
    Column("organisation.code", "#org+code"),
    Column("organisation.name", "#org+name"),
    Column("event.ref", "#crisis+code"),
    Column("hazard.code", "#cause+code"),
    Column("hazard.name", "#cause+name"),
    Column("categories", "#cause+category+list"),
    Column("responses", "#response+list"),
    Column("urgency", "#severity+urgency"),
    Column("severity", "#severity"),
    Column("certainty", "#severity+certainty"),
    Column("issued_at", "#date+issued"),
    Column("effective_at", "#date+effective"),
    Column("onset_at", "#date+start"),
    Column("expires_at", "#date+end"),
    Column("ended_at", "#date+ended"),
    Column("languages", "#meta+languages+list"),
    Column("countries.iso3", "#country+code+iso3"),
    Column("countries.name", "#country+name"),
    Column("areas.code", "#adm1+code"),
    Column("areas.name", "#adm1+name"),
    Column("contact", "#contact"),
    Column("note", "#description+note"),
    Column("cap_url", "#meta+url"),
    Column("visibility", "#meta+visibility"),
    Column("demonstration", "#meta+demonstration"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)

IN_COUNTRIES = "EXISTS (SELECT FROM warning_countries c WHERE c.warning_id = {}.id AND c.country_iso3 = ANY ({{}}))"
TOLD = (
    "EXISTS (SELECT FROM warning_recipients t WHERE t.warning_id = {}.id AND t.organisation_id = %(by_organisation)s)"
)


def visible_warnings(by: By, r: str = "r") -> str:
    """As of all records; and whoever was told of a warning may see it."""
    seen = visible(by, f"{r}.visibility", f"{r}.organisation_id", IN_COUNTRIES.format(r))
    return f"({seen} OR {TOLD.format(r)})" if by.is_known else seen


WARNINGS = Listing(
    name="warnings",
    layers=("warnings", "events", "people", "reference", "places"),
    table="warnings",
    record=record(ANYBODY),
    told=record,
    joins="""JOIN hazards hazard ON hazard.code = page.hazard_code
    JOIN organisations organisation ON organisation.id = page.organisation_id""",
    filters=FILTERS,
    keys=keys,
    default="-issued_at",
    visible=visible_warnings,
    columns=COLUMNS,
)


def message(id_or_ref: str) -> Sql:
    """The CAP message of an issued warning that the asker may see, as it was sent, and when the record last changed."""
    found = WARNINGS.found(id_or_ref)
    return Sql(f"SELECT r.cap, r.updated_at FROM {found.text} AND r.cap IS NOT NULL", found.values)
