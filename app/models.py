"""Every table of the house, gathered for Alembic and for whoever needs the whole schema."""

from app import history, idempotency, records
from app.announcements import models as announcements
from app.capacities import models as capacities
from app.db import Base
from app.deployments import models as deployments
from app.documents import models as documents
from app.entry_points import models as entry_points
from app.equipment import models as equipment
from app.events import models as events
from app.figures import models as figures
from app.inbox import models as inbox
from app.intake import models as intake
from app.maps import models as maps
from app.offers import models as offers
from app.people import models as people
from app.places import models as places
from app.reference import models as reference
from app.requests import models as requests
from app.situation_reports import models as situation_reports
from app.stock import models as stock
from app.subscriptions import models as subscriptions
from app.warnings import models as warnings
from app.webhooks import models as webhooks

__all__ = [
    "Base",
    "announcements",
    "capacities",
    "deployments",
    "documents",
    "entry_points",
    "equipment",
    "events",
    "figures",
    "history",
    "idempotency",
    "inbox",
    "intake",
    "maps",
    "offers",
    "people",
    "places",
    "records",
    "reference",
    "requests",
    "situation_reports",
    "stock",
    "subscriptions",
    "warnings",
    "webhooks",
]
