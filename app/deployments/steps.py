"""The way of a deployment, step by step: mobilising, leaving, at the border, there, released, home again; or called off, or lost."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.deployments import outcomes
from app.deployments import writing_queries as queries
from app.deployments.actions import (
    NotPossible,
    add_time,
    demand_either,
    demand_sender,
    outstanding,
    take,
    tell,
)
from app.deployments.models import Deployment
from app.deployments.schemas import TransitionIn
from app.errors import Forbidden, Invalid
from app.languages import gettext as _
from app.permissions import By, Permission
from app.stock import actions as stock
from app.stock import writing_queries as stock_queries

FROM: Mapping[str, tuple[str, ...]] = {
    "mobilising": ("planned",),
    "in_transit": ("planned", "mobilising", "at_border"),
    "at_border": ("in_transit",),
    "on_site": ("in_transit", "at_border"),
    "released": ("on_site",),
    "returned": ("in_transit", "at_border", "on_site", "released"),
    "consumed": ("on_site", "released"),
    "lost": ("in_transit", "at_border", "on_site", "released"),
    "cancelled": ("planned", "mobilising"),
}
WHO: Mapping[str, Callable[[By, Deployment], None]] = {
    "on_site": demand_either,
    "released": demand_either,
    "consumed": demand_either,
    "lost": demand_either,
}
NEEDS_REASON = ("cancelled", "lost")
ENDINGS = ("returned", "consumed", "lost")
TIMES = {"at_border": "border", "on_site": "arrival", "released": "return_departure", "returned": "return_arrival"}


def steps_of(deployment_status: str) -> list[str]:
    """What may come next."""
    return [to for to, before in FROM.items() if deployment_status in before]


def move_deployment(db: Session, by: By, id_or_ref: str, new: TransitionIn, version: str) -> Deployment:
    """Take a deployment one step on. Raises NotFound, Forbidden, Stale, NotPossible, Invalid."""
    deployment = take(db, by, id_or_ref, version, WHO.get(new.to, demand_sender))
    check(db, deployment, new)
    was, at = deployment.status, new.at or datetime.now(UTC)
    if new.to == "in_transit" and deployment.left_at is None:
        leave(db, by, deployment, at)
    elif new.to in ENDINGS:
        outcomes.end_all(db, by, deployment, new.to, at, new.reason)
    mark(db, deployment, new.to, at)
    deployment.reason = new.reason
    tell(db, by, new.to, deployment, before={"status": was}, after={"status": new.to}, reason=new.reason)
    return deployment


def check(db: Session, deployment: Deployment, new: TransitionIn) -> None:
    if deployment.status not in FROM.get(new.to, ()):
        possible = ", ".join(steps_of(deployment.status)) or "—"
        words = {"status": deployment.status, "possible": possible}
        raise NotPossible(_("It is %(status)s now. Possible next: %(possible)s.") % words)
    if new.to in NEEDS_REASON and not new.reason.strip():
        raise Invalid.field("reason", _("Say why."))
    if new.to == "on_site" and any(
        (line.item_code or deployment.kind == "goods") and outstanding(line) > 0
        for line in queries.lines_of(db, deployment.id).values()
    ):
        raise NotPossible(_("Goods have arrived when they are signed for: sign for what arrived."))


def leave(db: Session, by: By, deployment: Deployment, at: datetime) -> None:
    """It leaves: what is reserved in store for it is issued. Raises Forbidden."""
    lines = [line for line in queries.lines_of(db, deployment.id).values() if line.lot_id]
    if lines and not by.may(Permission.STOCK_WRITE):
        raise Forbidden(_("What lies in store leaves it by the hand of the stock keeper."))
    stock_queries.lock_lots(db, [line.lot_id for line in lines if line.lot_id])
    for line in lines:
        assert line.lot_id is not None
        reserved = queries.reservations_of(db, line.offer_line_id, line.lot_id)
        stock.issue_reserved(db, by, reserved, line.id, at, line.quantity)
    deployment.left_at = at
    add_time(db, deployment, "departure", "actual", at)


def mark(db: Session, deployment: Deployment, to: str, at: datetime) -> None:
    """The new state, and when it was reached."""
    deployment.status = to
    if to == "on_site":
        deployment.arrived_at = at
    if to in (*ENDINGS, "cancelled"):
        deployment.ended_at = at
    if to in TIMES:
        add_time(db, deployment, TIMES[to], "actual", at)
    db.flush()
