"""The nouns that stand on the map as points: where a row of each lies, and what its point says of it."""

from app.capacities.queries import CAPACITIES, seen_besides
from app.entry_points.queries import ENTRY_POINTS
from app.events.queries import EVENTS
from app.exercises import title_of
from app.maps.queries.points import Layer

CAPACITY_POINTS = Layer(
    listing=CAPACITIES,
    geometry="r.location",
    position="r.location",
    says="one.ref, label(one.names, %(lang)s) AS name, one.type_code AS type, one.kind, one.status, one.demonstration",
    besides=seen_besides,
)

EVENT_POINTS = Layer(
    listing=EVENTS,
    geometry="r.geometry",
    position="ST_PointOnSurface(r.geometry)",
    says=f"""one.ref, {title_of("one.titles", "one.exercise")} AS name, one.hazard_code AS hazard, one.alert_level, one.status, one.exercise,
            one.demonstration""",
    worst="array_position(ARRAY['green', 'orange', 'red'], r.alert_level)",
    shapes="event_shapes",
)

ENTRY_POINT_POINTS = Layer(
    listing=ENTRY_POINTS,
    geometry="r.location",
    position="r.location",
    says="one.ref, label(one.names, %(lang)s) AS name, one.kind, one.status, one.passable, one.demonstration",
)
