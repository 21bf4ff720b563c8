"""What is asked of the figures of an event, of its headlines, and of the sources they come from."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.events.queries import seen_with_master, visible_events
from app.figures.schemas import AsKnown
from app.listing import Column, Listing
from app.paging import Key
from app.permissions import By, visible_values
from app.reference.queries import Detail, code_list
from app.sql import Sql


def visible_figures(by: By) -> str:
    return f"EXISTS (SELECT FROM events e WHERE e.id = r.event_id AND {seen_with_master(by, 'e')})"


def visible_figures_then(by: By) -> str:
    """Those of an event that was withdrawn since are told of the time before: the door says of which events."""
    return f"EXISTS (SELECT FROM events e WHERE e.id = r.event_id AND {visible_events(by, 'e')})"


DOCUMENT = """search_document(
    (SELECT concat_ws(' ', code, all_names(names)) FROM indicators WHERE code = r.indicator_code),
    (SELECT concat_ws(' ', code, name) FROM sources WHERE id = r.source_id), all_names(r.note))"""
# docs/decisions/0007
STOOD = """was_said(r, %(at)s::timestamptz, %(recorded)s::timestamptz) AND NOT EXISTS (
    SELECT FROM figures s WHERE s.supersedes_id = r.id AND was_said(s, %(at)s::timestamptz, %(recorded)s::timestamptz))"""
SUPERSEDED = "EXISTS (SELECT FROM figures s WHERE s.supersedes_id = r.id AND s.withdrawn_at IS NULL)"

OF_EVENTS = "r.event_id = ANY (%(events)s::uuid[])"

FILTERS = {
    "events": OF_EVENTS,
    "as_of": STOOD,
    "recorded_by": STOOD,
    "indicator": "r.indicator_code = ANY (%(indicator)s)",
    "source": "r.source_id IN (SELECT id FROM sources WHERE code = ANY (%(source)s))",
    "source_kind": "r.source_id IN (SELECT id FROM sources WHERE kind = ANY (%(source_kind)s))",
    "method": "r.method = ANY (%(method)s)",
    "counting": "r.counting = ANY (%(counting)s)",
    "country": "r.country_iso3 = ANY (%(country)s)",
    "area": "r.area_id IN (SELECT areas_within(%(area)s))",
    "headline": "r.is_headline = %(headline)s",
    "superseded": f"{SUPERSEDED} = %(superseded)s",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "q": f"{DOCUMENT} @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    return {
        "reported_at": Key("r.reported_at", "timestamptz"),
        "indicator": Key("(SELECT position FROM indicators WHERE code = r.indicator_code)", "int"),
        "as_of": Key("coalesce(r.as_of, '-infinity')", "date"),
        "value": Key("coalesce(r.value, r.low)", "numeric"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "q": Key(f"ts_rank({DOCUMENT}, query)::float8", "float8", descending=True),
    }


SOURCE = "json_build_object('code', source.code, 'name', source.name, 'url', source.url, 'kind', source.kind)"

# Parts that are split by the same things are one split; it ought to add up to the figure, or be told not to
CONTRADICTING = """ARRAY(
        SELECT split.by FROM (
            SELECT concat_ws('+', CASE WHEN sex IS NOT NULL THEN 'sex' END, CASE WHEN num_nonnulls(age_from, age_to) > 0 THEN 'age' END,
                             CASE WHEN disability IS NOT NULL THEN 'disability' END, CASE WHEN other IS NOT NULL THEN 'other' END) AS by,
                   sum(value) AS total
            FROM figure_parts WHERE figure_id = page.id GROUP BY 1) split
        WHERE CASE page.qualifier WHEN 'range' THEN split.total NOT BETWEEN page.low AND page.high
                                  WHEN 'at_least' THEN split.total < page.value ELSE split.total <> page.value END
        ORDER BY 1)"""

RECORD = """
    page.id, (SELECT ref FROM events WHERE id = page.event_id) AS event,
    (SELECT exercise FROM events WHERE id = page.event_id) AS exercise,
    json_build_object('code', indicator.code, 'name', label(indicator.names, %(lang)s)) AS indicator,
    page.value, page.low, page.high, page.qualifier, page.counting, {source} AS source, page.method,
    CASE WHEN country.iso3 IS NOT NULL THEN
        json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) END AS country,
    (SELECT json_build_object('code', a.code, 'name', label(a.names, %(lang)s)) FROM areas a WHERE a.id = page.area_id) AS area,
    page.is_part AS part, page.as_of, page.reported_at, label(page.note, %(lang)s) AS note, {headline} AS headline,
    (SELECT coalesce(json_agg(json_build_object('sex', sex, 'age_from', age_from, 'age_to', age_to, 'disability', disability,
                                                'other', other, 'value', value)
                            ORDER BY sex, age_from NULLS FIRST, age_to, disability NULLS FIRST, other), '[]')
     FROM figure_parts WHERE figure_id = page.id) AS parts,
    {contradicting} AS parts_contradict,
    page.document_id AS document, page.supersedes_id AS supersedes, {superseded_by} AS superseded_by,
    page.created_at, page.updated_at"""

NOW = RECORD.format(
    source=SOURCE,
    headline="page.is_headline",
    contradicting=CONTRADICTING,
    superseded_by="(SELECT s.id FROM figures s WHERE s.supersedes_id = page.id AND s.withdrawn_at IS NULL)",
)
# asked once, not for each row
HEADLINES_THEN = (
    "ARRAY(SELECT h.figure_id FROM headlines_known(%(event)s, %(at)s::timestamptz, %(recorded)s::timestamptz) h)"
)
THEN = RECORD.format(
    source=SOURCE, headline=f"page.id = ANY ({HEADLINES_THEN})", contradicting=CONTRADICTING, superseded_by="NULL"
)

JOINS = """JOIN indicators indicator ON indicator.code = page.indicator_code
    JOIN sources source ON source.id = page.source_id
    LEFT JOIN countries country ON country.iso3 = page.country_iso3"""

COLUMNS = (
    Column("id", "#meta+id"),
    Column("event", "#event+code"),
    Column("exercise", "#meta+exercise"),
    Column("indicator.code", "#indicator+code"),
    Column("indicator.name", "#indicator+name"),
    Column("value", "#indicator+value+num"),
    Column("low", "#indicator+value+min"),
    Column("high", "#indicator+value+max"),
    Column("qualifier", "#indicator+qualifier"),
    Column("counting", "#indicator+counting"),
    Column("source.code", "#meta+source+code"),
    Column("source.name", "#meta+source+name"),
    Column("source.url", "#meta+source+url"),
    Column("source.kind", "#meta+source+type"),
    Column("method", "#meta+method"),
    Column("country.iso3", "#country+code+iso3"),
    Column("country.name", "#country+name"),
    Column("area.code", "#adm+code"),
    Column("area.name", "#adm+name"),
    Column("part", "#meta+part"),
    Column("as_of", "#date+occurred"),
    Column("reported_at", "#date+reported"),
    Column("note", "#description"),
    Column("headline", "#meta+headline"),
    Column("supersedes", "#meta+supersedes"),
    Column("superseded_by", "#meta+superseded"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)

FIGURES = Listing(
    name="figures",
    layers=("events", "reference", "places"),
    table="figures",
    record=NOW,
    joins=JOINS,
    filters=FILTERS,
    keys=keys,
    default="-reported_at",
    visible=visible_figures,
    named="FALSE",  # figures have no names
    ref="(SELECT ref FROM events WHERE id = page.event_id)",
    formats=("json", "csv", "xlsx"),
    columns=COLUMNS,
)

# The same, as known at a moment: also what was withdrawn since
FIGURES_THEN = replace(
    FIGURES,
    record=THEN,
    filters=FILTERS | {"headline": f"(r.id = ANY ({HEADLINES_THEN})) = %(headline)s"},
    withdrawable=False,
    visible=visible_figures_then,
)


def events_shown(by: By, event: UUID, then: datetime | None = None) -> Sql:
    """The event and those merged into it, now or then, whose figures `by` may see, itself first. Columns: id."""
    merged = "SELECT %(event)s::uuid UNION ALL SELECT events_merged_into(%(event)s, %(then)s)"
    return Sql(
        f"""
SELECT e.id FROM ({merged if then else "SELECT event_with_merged(%(event)s)"}) merged (id) JOIN events e ON e.id = merged.id
WHERE {visible_events(by, "e")} ORDER BY e.id <> %(event)s, e.id""",
        {"event": event, "then": then, **visible_values(by)},
    )


def event_of(id: UUID) -> Sql:
    """Columns: the id of the event that a figure was recorded for."""
    return Sql("SELECT event_id FROM figures WHERE id = %(id)s", {"id": id})


def indicators(lang: str) -> Sql:
    """A JSON list of {code, name} in their order."""
    told = "SELECT json_agg(json_build_object('code', code, 'name', label(names, %(lang)s)) ORDER BY position, code) FROM indicators"
    return Sql(told, {"lang": lang})


# -- the headlines, and why they are what they are

ONE = f"(SELECT row_to_json(x) FROM (SELECT {THEN}) x)"
HEADLINES = f"""
SELECT coalesce(json_agg(json_build_object(
    'indicator', json_build_object('code', i.code, 'name', label(i.names, %(lang)s)),
    'because', CASE WHEN h.choice_id IS NOT NULL THEN 'chosen' WHEN page.is_official THEN 'latest_official' ELSE 'latest' END,
    'chosen', (SELECT json_build_object('reason', c.reason, 'at', c.chosen_at) FROM headline_choices c WHERE c.id = h.choice_id),
    'contradicted', EXISTS (
        SELECT FROM figures r
        WHERE r.event_id = ANY (%(events)s) AND r.indicator_code = page.indicator_code AND NOT r.is_part AND r.counting = 'cumulative'
          AND r.source_id <> page.source_id
          AND (r.value, r.low, r.high) IS DISTINCT FROM (page.value, page.low, page.high) AND {STOOD}),
    'figure', {ONE}) ORDER BY i.position, i.code), '[]')
FROM headlines_known(%(event)s, %(at)s::timestamptz, %(recorded)s::timestamptz) h
JOIN indicators i ON i.code = h.indicator_code JOIN figures page ON page.id = h.figure_id
{JOINS}"""

PER_BODY = 24
# Of each indicator the latest, those of official bodies and the others: an index holds them in this order
SERIES = f"""
WITH told AS (
    SELECT i.code AS indicator, i.position, i.names, r.*
    FROM indicators i, (VALUES (true), (false)) body (official), unnest(%(events)s::uuid[]) one (event), LATERAL (
        SELECT r.* FROM figures r
        WHERE r.event_id = one.event AND r.indicator_code = i.code AND r.is_official = body.official
          AND NOT r.is_part AND r.counting = 'cumulative'
          AND coalesce(r.as_of, '-infinity'::date) <= (%(at)s::timestamptz AT TIME ZONE 'UTC')::date + 1 AND {STOOD}
        ORDER BY coalesce(r.as_of, '-infinity'::date) DESC, r.trust, r.reported_at DESC, r.id DESC
        LIMIT {PER_BODY} + 1) r
    WHERE (%(indicator)s::text[] IS NULL OR i.code = ANY (%(indicator)s))
), points AS (
    SELECT indicator, position, names, source_id,
           json_agg(json_build_object(
               'id', told.id, 'on', coalesce(as_of, (reported_at AT TIME ZONE 'UTC')::date), 'as_of', as_of, 'reported_at', reported_at,
               'value', value, 'low', low, 'high', high, 'qualifier', qualifier, 'headline', told.id = ANY (%(shown)s::uuid[]))
               ORDER BY coalesce(as_of, (reported_at AT TIME ZONE 'UTC')::date), reported_at, told.id) AS points
    FROM told GROUP BY 1, 2, 3, 4
), series AS (
    SELECT indicator, position, names,
           json_agg(json_build_object('source', {SOURCE}, 'points', points) ORDER BY source.name, source.code) AS series
    FROM points JOIN sources source ON source.id = source_id GROUP BY 1, 2, 3
)
SELECT json_build_object(
    'is_partial', EXISTS (SELECT FROM told GROUP BY indicator, is_official, event_id HAVING count(*) > {PER_BODY}),
    'results', (SELECT coalesce(json_agg(json_build_object(
        'indicator', json_build_object('code', indicator, 'name', label(names, %(lang)s)), 'series', series)
        ORDER BY position, indicator), '[]') FROM series))"""


def headlines(event: UUID, events: list[UUID], asked: AsKnown, lang: str) -> Sql:
    """A JSON list of `HeadlineFigureOut`. The asker is known to see the event."""
    return Sql(HEADLINES, {"event": event, "events": events, "lang": lang, **asked.times})


def headline_ids(event: UUID, asked: AsKnown) -> Sql:
    """Columns: the id of each figure that is a headline then."""
    told = "SELECT figure_id FROM headlines_known(%(event)s, %(at)s::timestamptz, %(recorded)s::timestamptz)"
    return Sql(told, {"event": event, **asked.times})


def series(
    events: list[UUID], shown: list[UUID] | list[str], asked: AsKnown, lang: str, indicator: list[str] | None = None
) -> Sql:
    """A JSON object as `FigureSeriesOut`, without the times; `shown` are the headlines then."""
    values = {"events": events, "shown": shown, "lang": lang, "indicator": indicator, **asked.times}
    return Sql(SERIES, values)


# -- the documents they come from

OF_A_SOURCE = "EXISTS (SELECT FROM figures f JOIN events e ON e.id = f.event_id WHERE f.source_id = r.source_id AND {})"


def visible_sources(by: By) -> str:
    """A source is seen where a figure that comes from it is."""
    return OF_A_SOURCE.format(seen_with_master(by, "e"))


SOURCES = code_list(
    "sources",
    "#meta+source",
    layers=("events",),
    table="SELECT id AS source_id, code, jsonb_build_object('en', name) AS names, kind, url, published_on FROM sources",
    visible=visible_sources,
    details=(
        Detail("kind", "#meta+source+type"),
        Detail("url", "#meta+source+url"),
        Detail("published_on", "#date+published"),
    ),
)
