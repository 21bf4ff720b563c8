"""Every table of the house, gathered for Alembic and for whoever needs the whole schema."""

from app import history, idempotency, records
from app.capacities import models as capacities
from app.db import Base
from app.events import models as events
from app.intake import models as intake
from app.maps import models as maps
from app.people import models as people
from app.places import models as places
from app.reference import models as reference
from app.stock import models as stock

__all__ = [
    "Base",
    "capacities",
    "events",
    "history",
    "idempotency",
    "intake",
    "maps",
    "people",
    "places",
    "records",
    "reference",
    "stock",
]
