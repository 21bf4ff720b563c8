"""What is asked for matching: where a request is to be delivered, and what in the register and in store can meet its lines.

One statement looks at everything for all lines at once, scores it and keeps the best of each line. What the score is made of
stands in `scoring.py`, which hands its weights in as values and says in words what came out.
"""

from uuid import UUID

from app.capacities.queries import CAPACITIES, base_is_told
from app.permissions import By, visible_values
from app.requests.queries import REQUESTS
from app.sql import Sql
from app.stock.queries import STOCK

LAYERS = (*REQUESTS.layers, "capacities", "stock", "entry_points", "equipment")

DELIVERED_TO = """
SELECT r.organisation_id, ST_X(place.at), ST_Y(place.at), r.deliver_location IS NOT NULL
FROM requests r LEFT JOIN areas area ON area.id = r.deliver_area_id
LEFT JOIN entry_points entry ON entry.id = r.deliver_entry_point_id
LEFT JOIN areas country ON country.country_iso3 = r.country_iso3 AND country.level = 0 AND country.valid_to IS NULL
CROSS JOIN LATERAL (SELECT coalesce(r.deliver_location, entry.location, area.label_point, country.label_point) AS at) place
WHERE r.id = %(request)s LIMIT 1"""


def delivered_to(request: UUID) -> Sql:
    """Who asks, longitude and latitude of where it is to go, and whether that is the place itself and not the middle of an area."""
    return Sql(DELIVERED_TO, {"request": request})


# What a line may be met with: a type with all below it, an item; `likeness` 1 for what was asked for
WANTED = """
WITH RECURSIVE line AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(lines)s::json) AS l (no int, item text, type text, alternatives text[], missing float8,
                                                           unit text, hours_left float8, asked jsonb)
), way AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(ways)s::json) AS w (start text, mode text, x float8, y float8, z float8, hours float8, pace float8)
), type AS (
    SELECT no, type AS code, 1.0::float8 AS likeness FROM line WHERE type IS NOT NULL
    UNION SELECT no, i.resource_type_code, %(kindred)s FROM line JOIN items i ON i.code = line.item WHERE i.resource_type_code IS NOT NULL
    UNION SELECT no, t.code, %(alternative)s FROM line, unnest(alternatives) a (code) JOIN resource_types t ON t.code = a.code
    UNION SELECT type.no, t.code, type.likeness FROM type JOIN resource_types t ON t.parent_code = type.code
), types AS MATERIALIZED (
    SELECT type.no, code, max(likeness) AS likeness, line.unit, line.asked
    FROM type JOIN line USING (no) GROUP BY type.no, code, line.unit, line.asked
), items_wanted AS MATERIALIZED (
    SELECT i.no, code, max(likeness) AS likeness, line.unit, line.asked FROM (
        SELECT no, item AS code, 1.0::float8 AS likeness FROM line WHERE item IS NOT NULL
        UNION ALL SELECT no, a.code, %(alternative)s FROM line, unnest(alternatives) a (code)
        UNION ALL SELECT no, i.code, least(likeness, %(kindred)s) FROM types JOIN items i ON i.resource_type_code = types.code
    ) i JOIN line USING (no) GROUP BY i.no, code, line.unit, line.asked
)"""

FIT = """{likeness} * CASE WHEN {asked} IS NULL THEN 1 WHEN {said} IS NULL THEN %(unsaid)s WHEN {said} @> {asked} THEN 1 ELSE %(perhaps)s END"""
FIT_OF_CAPACITY = FIT.format(likeness="types.likeness", asked="types.asked", said="r.specification")
FIT_OF_ITEM = FIT.format(likeness="i.likeness", asked="i.asked", said="item.specification")

# No more than the score needs: fifteen thousand rows are sorted, and a thousand of them read again.
# `<> 0` since `> 0` tempts the planner into walking an index that holds nearly all of the register
CAPACITIES_FOUND = f"""
    SELECT types.no, types.likeness, 'capacity' AS source, r.id, r.quantity_available::float8 AS held,
           r.mobilisation_hours::float8 AS hours_to_leave, r.country_iso3 AS country,
           coalesce({{location}}, (SELECT label_point FROM areas WHERE id = r.base_area_id)) AS base, {{location}} IS NULL AS is_guessed,
           CASE WHEN r.kind = 'aircraft' THEN 'itself' WHEN r.kind IN ('team', 'expert') THEN 'people'
                WHEN r.kind = 'vehicle' THEN 'vehicles' ELSE 'goods' END AS load,
           CASE WHEN r.kind = 'aircraft' THEN '{{{{itself}}}}' WHEN r.transport_modes = '{{{{}}}}' THEN '{{{{road}}}}' ELSE r.transport_modes END AS modes,
           extract(epoch FROM now() - r.verified_at)::float8 / 86400 AS verified_days, NULL::date AS expires_on, false AS is_earmarked,
           {FIT_OF_CAPACITY} AS fit
    FROM types JOIN capacities r ON r.type_code = types.code AND r.unit_code = types.unit
    WHERE r.type_code = ANY (ARRAY(SELECT code FROM types)) AND r.withdrawn_at IS NULL AND r.quantity_available <> 0
      AND r.status <> 'unavailable' AND r.organisation_id <> %(requester)s AND (NOT r.demonstration OR %(demonstration)s) AND {{seen}}"""

LOTS_FOUND = f"""
    SELECT i.no, i.likeness, 'lot', lots.id, (b.on_hand - b.reserved)::float8, %(hours_to_leave)s::float8, w.country_iso3,
           coalesce(w.location, (SELECT label_point FROM areas WHERE id = w.area_id)), w.location IS NULL, 'goods',
           '{{{{road,rail,air}}}}'::text[], 0, lots.expires_on, r.earmark_countries <> '{{{{}}}}', {FIT_OF_ITEM}
    FROM items_wanted i JOIN items item ON item.code = i.code AND item.unit_code = i.unit
    JOIN stock_positions r ON r.item_code = i.code JOIN warehouses w ON w.code = r.warehouse_code
    JOIN lots ON lots.position_id = r.id JOIN lot_balances b ON b.lot_id = lots.id
    WHERE r.withdrawn_at IS NULL AND lots.condition IN ('new', 'good') AND b.on_hand > b.reserved
      AND (lots.expires_on IS NULL OR lots.expires_on > current_date)
      AND (r.earmark_countries = '{{{{}}}}' OR %(country)s = ANY (r.earmark_countries))
      AND r.owner_id <> %(requester)s AND (NOT r.demonstration OR %(demonstration)s) AND {{seen}}"""

# Hours on the way: by the quickest way that leads from the country with what the thing can travel by; over a sphere, by unit vectors
TRAVEL = """
, placed AS MATERIALIZED (
    SELECT row_number() OVER () AS n, found.*, CASE load WHEN 'itself' THEN load ELSE country || ' ' || load END AS start,
           cos(radians(ST_Y(base))) * cos(radians(ST_X(base))) AS x,
           cos(radians(ST_Y(base))) * sin(radians(ST_X(base))) AS y, sin(radians(ST_Y(base))) AS z
    FROM found
), travel AS (
    SELECT n, min(hours) AS hours
    FROM (SELECT n, way.hours + way.pace * acos(least(1, placed.x * way.x + placed.y * way.y + placed.z * way.z)) AS hours
          FROM placed JOIN way ON way.start = placed.start AND way.mode = ANY (placed.modes) WHERE base IS NOT NULL) possible
    GROUP BY n
)"""

# Each part from 0 to 1, as scoring.py explains them
PARTS = """
, timed AS (
    SELECT placed.*, line.missing, coalesce(line.hours_left, %(usual_hours)s) AS within,
           coalesce(hours_to_leave, %(assumed_hours)s) + travel.hours AS hours, travel.hours AS travel_hours
    FROM placed JOIN line USING (no) LEFT JOIN travel USING (n)
), scored AS (
    SELECT timed.*,
           least(1, held / missing) AS quantity,
           CASE WHEN hours IS NULL THEN %(nowhere)s WHEN hours <= within THEN 1 - hours / within / 2 ELSE within / hours / 2 END AS soon,
           CASE WHEN verified_days IS NULL THEN 0 ELSE greatest(0, 1 - verified_days / %(forgotten_days)s) END AS verified,
           CASE WHEN expires_on IS NULL THEN 1
                ELSE greatest(0, least(1, (expires_on - current_date - coalesce(hours, within) / 24) / %(lasting_days)s)) END AS lasting,
           CASE WHEN is_earmarked THEN 1 ELSE %(not_earmarked)s END AS earmark,
           CASE WHEN country = ANY (%(agreed)s) THEN 1 WHEN country = ANY (%(eased)s) THEN %(some)s ELSE 0 END AS agreement
    FROM timed
    WHERE expires_on IS NULL OR expires_on - current_date > coalesce(hours, 0) / 24
), ranked AS (
    SELECT *, coalesce(hours <= within, false) AS in_time, row_number() OVER best AS rank, count(*) OVER (PARTITION BY no) AS found_for_line
    FROM (SELECT *, {score} AS score FROM scored) s
    WINDOW best AS (PARTITION BY no ORDER BY score DESC, id)
)"""

BEST = """
SELECT coalesce(json_agg(json_build_object(
    'no', r.no, 'likeness', r.likeness, 'source', r.source, 'id', r.id, 'ref', coalesce(c.ref, position.ref), 'lot', lots.number,
    'held', r.held, 'missing', r.missing, 'hours_to_leave', r.hours_to_leave, 'travel_hours', r.travel_hours, 'hours', r.hours,
    'in_time', r.in_time, 'within', r.within, 'load', r.load, 'modes', r.modes, 'lon', ST_X(r.base), 'lat', ST_Y(r.base),
    'is_guessed', r.is_guessed, 'verified_days', r.verified_days, 'expires_on', r.expires_on, 'is_earmarked', r.is_earmarked,
    'specification', coalesce(c.specification, item.specification),
    'parts', json_build_object('fit', r.fit, 'hours', r.soon, 'quantity', r.quantity, 'verified', r.verified,
                               'expiry', r.lasting, 'earmark', r.earmark, 'agreement', r.agreement),
    'score', r.score, 'rank', r.rank, 'found', r.found_for_line,
    'country', json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)),
    'holder', json_build_object('code', holder.code, 'name', label(holder.names, %(lang)s)),
    'sender', json_build_object('code', sender.code, 'name', label(sender.names, %(lang)s)),
    'name', coalesce(label(c.names, %(lang)s), label(item.names, %(lang)s)), 'demonstration', coalesce(c.demonstration, position.demonstration),
    'type', c.type_code, 'item', position.item_code, 'unit', coalesce(c.unit_code, item.unit_code),
    'unit_name', label(unit.names, %(lang)s), 'earmark', label(position.earmark, %(lang)s),
    'place', coalesce(label(w.names, %(lang)s), {place}, label(area.names, %(lang)s)),
    'where', coalesce(w.code, ST_AsText(r.base, 2), country.iso3)) ORDER BY r.no, r.rank), '[]')
FROM ranked r
LEFT JOIN capacities c ON r.source = 'capacity' AND c.id = r.id
LEFT JOIN areas area ON area.id = c.base_area_id
LEFT JOIN lots ON r.source = 'lot' AND lots.id = r.id
LEFT JOIN stock_positions position ON position.id = lots.position_id
LEFT JOIN items item ON item.code = position.item_code
LEFT JOIN warehouses w ON w.code = position.warehouse_code
JOIN organisations holder ON holder.id = coalesce(c.organisation_id, position.owner_id)
JOIN organisations sender ON sender.id = coalesce(w.organisation_id, c.organisation_id)
JOIN countries country ON country.iso3 = r.country
JOIN units unit ON unit.code = coalesce(c.unit_code, item.unit_code)
WHERE r.rank <= %(most)s"""


def candidates(by: By, values: dict[str, object], lang: str) -> Sql:
    """The best for each line of a request, all lines at once: one JSON array, by line and rank.

    `values` are those of `scoring.values()` with `lines`, `ways`, `requester`, `country`, `agreed`, `eased`, `demonstration` and `most`.
    A base is as exact as the asker may know it, in the score too; where none is told the middle of its area stands in for it.
    """
    is_told = base_is_told(by, "r.")
    location = f"coalesce(r.location, CASE WHEN {is_told} THEN r.exact_location END)" if by.is_known else "r.location"
    found = CAPACITIES_FOUND.format(location=location, seen=CAPACITIES.visible(by))
    lots = LOTS_FOUND.format(seen=STOCK.visible(by))
    place = f"CASE WHEN {base_is_told(by, 'c.')} THEN label(c.exact_place, %(lang)s) END" if by.is_known else "NULL"
    score = " + ".join(f"%(weight_{part})s * {column}" for part, column in COLUMNS.items())
    text = f"{WANTED}, found AS ({found}\n    UNION ALL{lots}\n){TRAVEL}{PARTS.format(score=score)}" + BEST.format(
        place=f"coalesce({place}, label(c.base_place, %(lang)s))"
    )
    return Sql(text, {**values, **visible_values(by), "lang": lang}, planned_anew=True)


# part of the score → the column of the statement that holds it
COLUMNS = {
    "fit": "fit", "hours": "soon", "quantity": "quantity", "verified": "verified", "expiry": "lasting", "earmark": "earmark",
    "agreement": "agreement",
}  # fmt: skip
