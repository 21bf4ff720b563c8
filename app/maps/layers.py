"""The nouns that stand on the map as points: where a row of each lies, and what its point says of it."""

from app.capacities.queries import CAPACITIES
from app.maps.queries.points import Layer

CAPACITY_POINTS = Layer(
    listing=CAPACITIES,
    position="r.location",
    says="one.ref, label(one.names, %(lang)s) AS name, one.type_code AS type, one.kind, one.status, one.demonstration",
)
