"""What writing asks of deployments: rows locked in the order of the house (request, offer, deployment), what may still be sent."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.capacities.models import Capacity
from app.deployments.models import Deployment, DeploymentChange, DeploymentLine, DeploymentOutcome, Receipt
from app.deployments.queries import DEPLOYMENTS, visible_deployments
from app.entry_points.models import EntryPoint
from app.filters import identity
from app.offers.models import Offer, OfferLine
from app.people.models import Organisation
from app.permissions import By, visible_values
from app.reference.models import ResourceType
from app.requests.models import Request
from app.stock.models import Item, StockReservation

FREE = """
SELECT lot.id, lot.number, lot.expires_on, position.item_code, r.quantity - coalesce(planned.quantity, 0) AS quantity
FROM (SELECT lot_id, sum(quantity) AS quantity FROM stock_reservations
      WHERE offer_line_id = %(line)s AND ended_at IS NULL GROUP BY lot_id) r
JOIN lots lot ON lot.id = r.lot_id
JOIN stock_positions position ON position.id = lot.position_id
LEFT JOIN (SELECT l.lot_id, sum(l.quantity) AS quantity FROM deployment_lines l JOIN deployments d ON d.id = l.deployment_id
           WHERE l.offer_line_id = %(line)s AND d.status IN ('planned', 'mobilising') GROUP BY l.lot_id) planned ON planned.lot_id = r.lot_id
WHERE r.quantity > coalesce(planned.quantity, 0)
ORDER BY lot.expires_on NULLS LAST, lot.id"""

BASE = """
SELECT coalesce(w.country_iso3, c.country_iso3) AS country,
       coalesce(label(w.place, 'en'), label(w.names, 'en'), label(c.base_place, 'en'), '') AS place,
       ST_AsEWKT(coalesce(w.location, c.location)) AS location
FROM offer_lines l LEFT JOIN stock_positions p ON p.id = l.stock_position_id
LEFT JOIN warehouses w ON w.code = p.warehouse_code LEFT JOIN capacities c ON c.id = l.capacity_id
WHERE l.offer_id = %(offer)s AND coalesce(w.country_iso3, c.country_iso3) IS NOT NULL ORDER BY l.no LIMIT 1"""


class Free(NamedTuple):
    """What is reserved of a lot for a line of an offer, and not planned for another deployment."""

    lot_id: UUID
    number: str
    expires_on: date | None
    item_code: str
    quantity: Decimal


def ask(db: Session, statement: str, values: Mapping[str, Any]) -> Any:
    return db.connection().exec_driver_sql(statement, dict(values))


# -- found and locked


def deployment_seen(db: Session, by: By, id_or_ref: str) -> Deployment | None:
    """The deployment, if `by` may see it."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    asked = f"SELECT r.id FROM deployments r WHERE {named} AND r.withdrawn_at IS NULL AND {visible_deployments(by)}"
    id = ask(db, asked, values | visible_values(by)).scalar()
    return db.get_one(Deployment, id, populate_existing=True) if id else None


def lock_deployment(db: Session, by: By, id_or_ref: str) -> Deployment | None:
    """The same with its request and its offer, locked in this order; as it is now."""
    found = deployment_seen(db, by, id_or_ref)
    if found is None:
        return None
    lock_rows(db, found.request_id, found.offer_id)
    locked = select(Deployment).where(Deployment.id == found.id).with_for_update(key_share=True)
    return db.scalars(locked, execution_options={"populate_existing": True}).one()


def lock_rows(db: Session, request_id: UUID | None, offer_id: UUID) -> Offer:
    """A request and an offer, for whoever changes what they add up to. Foreign keys of others need not wait."""
    db.execute(select(Request.id).where(Request.id == request_id).with_for_update(key_share=True)).all()
    locked = select(Offer).where(Offer.id == offer_id).with_for_update(key_share=True)
    return db.scalars(locked, execution_options={"populate_existing": True}).one()


# -- what an offer still has


def offer_lines(db: Session, offer_id: UUID) -> dict[int, OfferLine]:
    lines = select(OfferLine).where(OfferLine.offer_id == offer_id).order_by(OfferLine.no)
    return {line.no: line for line in db.scalars(lines.execution_options(populate_existing=True))}


def planned_of(db: Session, offer_id: UUID) -> dict[UUID, Decimal]:
    """{line of the offer: how much of it is in deployments that were not cancelled}."""
    planned = (
        select(DeploymentLine.offer_line_id, func.sum(DeploymentLine.quantity))
        .join(Deployment)
        .where(Deployment.offer_id == offer_id, Deployment.status != "cancelled")
        .group_by(DeploymentLine.offer_line_id)
    )
    return {row[0]: row[1] for row in db.execute(planned)}


def free_lots(db: Session, offer_line_id: UUID) -> list[Free]:
    """First expired first."""
    return [Free(*row) for row in ask(db, FREE, {"line": offer_line_id})]


def reservations_of(db: Session, offer_line_id: UUID, lot_id: UUID) -> list[UUID]:
    active = select(StockReservation.id).where(
        StockReservation.offer_line_id == offer_line_id,
        StockReservation.lot_id == lot_id,
        StockReservation.ended_at.is_(None),
    )
    return list(db.scalars(active.order_by(StockReservation.id)))


def base_of(db: Session, offer_id: UUID) -> dict[str, Any]:
    """{country, place, location} of what is offered, where it is registered here: the warehouse, or the base as all may know it."""
    row = ask(db, BASE, {"offer": offer_id}).mappings().first()
    return dict(row) if row else {}


# -- of a deployment


def lines_of(db: Session, deployment_id: UUID) -> dict[int, DeploymentLine]:
    lines = select(DeploymentLine).where(DeploymentLine.deployment_id == deployment_id).order_by(DeploymentLine.no)
    return {line.no: line for line in db.scalars(lines.execution_options(populate_existing=True))}


def next_receipt(db: Session, deployment_id: UUID) -> int:
    return 1 + (db.scalar(select(func.max(Receipt.no)).where(Receipt.deployment_id == deployment_id)) or 0)


def kinds_of_outcomes(db: Session, deployment_id: UUID) -> set[str]:
    asked = select(DeploymentOutcome.kind).join(DeploymentLine).where(DeploymentLine.deployment_id == deployment_id)
    return set(db.scalars(asked))


def changes_of(db: Session, deployment_id: UUID) -> dict[int, DeploymentChange]:
    asked = select(DeploymentChange).where(DeploymentChange.deployment_id == deployment_id)
    return {one.no: one for one in db.scalars(asked.order_by(DeploymentChange.no))}


# -- codes and names


def organisation_coded(db: Session, code: str) -> UUID | None:
    return db.scalar(select(Organisation.id).where(Organisation.code == code.upper()))


def entry_point_coded(db: Session, code: str) -> UUID | None:
    return db.scalar(select(EntryPoint.id).where(func.lower(EntryPoint.code) == code.lower()))


def code_of_entry_point(db: Session, id: UUID | None) -> str | None:
    return db.scalar(select(EntryPoint.code).where(EntryPoint.id == id)) if id else None


def is_country(db: Session, code: str) -> bool:
    return bool(ask(db, "SELECT FROM countries WHERE iso3 = %(code)s", {"code": code}).rowcount)


def kind_of_type(db: Session, code: str | None) -> str | None:
    return db.scalar(select(ResourceType.kind).where(ResourceType.code == code)) if code else None


def type_of_capacity(db: Session, id: UUID | None) -> str | None:
    return db.scalar(select(Capacity.type_code).where(Capacity.id == id)) if id else None


def item(db: Session, code: str | None) -> Item | None:
    return db.get(Item, code) if code else None


def request_of(db: Session, id: UUID | None) -> Request | None:
    return db.get(Request, id) if id else None


# -- for pages

LEFT = """
SELECT l.no, l.quantity_accepted - l.quantity_released - quantity_deployed(l.id) AS left, l.unit_code AS unit,
       label(unit.names, %(lang)s) AS unit_name,
       coalesce(label(item.names, %(lang)s), label(type.names, %(lang)s), label(capacity.names, %(lang)s),
                label(nullif(l.description, '{}'), %(lang)s), '') AS name
FROM offer_lines l JOIN units unit ON unit.code = l.unit_code LEFT JOIN stock_positions p ON p.id = l.stock_position_id
LEFT JOIN items item ON item.code = coalesce(l.item_code, p.item_code) LEFT JOIN capacities capacity ON capacity.id = l.capacity_id
LEFT JOIN resource_types type ON type.code = coalesce(l.resource_type_code, capacity.type_code)
WHERE l.offer_id = %(offer)s ORDER BY l.no"""


def lines_left(db: Session, offer_id: UUID, lang: str) -> list[dict[str, Any]]:
    """{no, left, unit, unit_name, name} of the lines of an offer of which something may still be sent."""
    rows = ask(db, LEFT, {"offer": offer_id, "lang": lang}).mappings()
    return [{**row, "left": f"{row['left'].normalize():f}"} for row in rows if row["left"] > 0]


def entry_points(db: Session, lang: str) -> list[tuple[str, str]]:
    """(code, name) of all, by country."""
    asked = """SELECT e.code, label(c.names, %(lang)s) || ': ' || label(e.names, %(lang)s) FROM entry_points e
        JOIN countries c ON c.iso3 = e.country_iso3 WHERE e.withdrawn_at IS NULL ORDER BY 2"""
    return [(code, name) for code, name in ask(db, asked, {"lang": lang})]


def record_of(db: Session, id_or_ref: str, lang: str) -> dict[str, Any]:
    """All that is said of a deployment to whoever asks, as the API tells it."""
    statement = DEPLOYMENTS.one(id_or_ref, lang)
    record: dict[str, Any] = ask(db, statement.text, statement.values).one()[0]
    return record
