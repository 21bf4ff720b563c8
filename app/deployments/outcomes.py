"""What became of what was sent: lost, consumed, returned, donated, damaged. Commitments end with it, and stock comes back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.deployments import writing_queries as queries
from app.deployments.actions import (
    ENDED,
    NotPossible,
    demand_either,
    line_named,
    may_send,
    outstanding,
    plain,
    take,
    tell,
    unaccounted,
)
from app.deployments.models import Deployment, DeploymentLine, DeploymentOutcome
from app.deployments.schemas import OutcomeIn
from app.errors import Forbidden, Invalid
from app.languages import gettext as _
from app.offers.committing import end_commitment
from app.permissions import By, Permission
from app.stock import actions as stock

NEEDS_REASON = ("lost", "damaged")
ON_THE_WAY = ("in_transit", "at_border")
# how a commitment of a capacity ends with each
COMMITMENT = {"lost": "lost", "damaged": "lost", "consumed": "consumed", "donated": "consumed", "returned": "returned"}


def record_outcome(db: Session, by: By, id_or_ref: str, new: OutcomeIn, version: str) -> Deployment:
    """Say what became of some of a line. Raises NotFound, Forbidden, Stale, NotPossible, Invalid."""
    deployment = take(db, by, id_or_ref, version, demand_either)
    demand_sent(deployment)
    line = line_named(db, deployment, new.line, "line")
    check(deployment, line, new)
    end(db, by, deployment, line, new)
    finish(db, deployment)
    said = {"line": new.line, "kind": new.kind, "quantity": plain(new.quantity)}
    tell(db, by, "outcome recorded", deployment, after=said, reason=new.reason)
    return deployment


def demand_sent(deployment: Deployment) -> None:
    if deployment.status in ("planned", "mobilising"):
        raise NotPossible(_("It has not left yet."))
    if deployment.status in ENDED:
        raise NotPossible(_("This deployment has ended."))


def check(deployment: Deployment, line: DeploymentLine, new: OutcomeIn) -> None:
    left = unaccounted(line)
    if new.quantity > left:
        words = {"no": line.no, "left": plain(left), "asked": plain(new.quantity)}
        raise NotPossible(_("Of line %(no)s it is open what became of %(left)s; %(asked)s were given.") % words)
    if new.kind in NEEDS_REASON and not new.reason.strip():
        raise Invalid.field("reason", _("Say how it came to be lost or damaged."))
    if deployment.status in ON_THE_WAY and new.kind not in ("lost", "damaged", "returned"):
        raise NotPossible(_("It has not arrived yet, so it cannot have been used there."))


def end(db: Session, by: By, deployment: Deployment, line: DeploymentLine, new: OutcomeIn) -> None:
    """One outcome, with what follows for the capacity or the lot."""
    on_the_way = deployment.status in ON_THE_WAY and new.quantity <= outstanding(line)
    promised = line.quantity - line.quantity_ended  # more may have come than was sent, and nobody had promised that
    db.add(
        DeploymentOutcome(
            deployment_line_id=line.id, kind=new.kind, quantity=new.quantity, reason=new.reason, on_the_way=on_the_way,
            condition=(new.condition or "good") if new.kind == "returned" else None, at=new.at or datetime.now(UTC),
        )
    )  # fmt: skip
    db.flush()
    if line.capacity_id and promised > 0 and not deployment.is_exercise:
        end_commitment(db, by, line.offer_line_id, min(new.quantity, promised), COMMITMENT[new.kind])
    if line.lot_id and new.kind == "returned":
        if not (may_send(by, deployment.organisation_id) and by.may(Permission.STOCK_WRITE)):
            raise Forbidden(_("What comes back into the store is taken in by the stock keeper."))
        stock.take_back(db, by, line.lot_id, new.quantity, new.condition or "good", line.id, new.at)
    db.refresh(line)


def finish(db: Session, deployment: Deployment) -> None:
    """When it is known of all of it what became of it, the deployment has ended."""
    lines = queries.lines_of(db, deployment.id).values()
    if any(unaccounted(line) > 0 for line in lines):
        return
    kinds = queries.kinds_of_outcomes(db, deployment.id)
    status = "returned" if "returned" in kinds else "consumed" if kinds & {"consumed", "donated"} else "lost"
    deployment.status, deployment.ended_at = status, datetime.now(UTC)
    db.flush()


def end_all(db: Session, by: By, deployment: Deployment, kind: str, at: datetime, reason: str) -> None:
    """Of all whose fate is open: the same. Capacities first, then stock, each in the order of the house."""
    lines = sorted(queries.lines_of(db, deployment.id).values(), key=in_order)
    for line in lines:
        left = unaccounted(line)
        if left > 0:
            said: Mapping[str, Any] = {
                "line": line.no,
                "kind": kind,
                "quantity": Decimal(left),
                "reason": reason,
                "at": at,
            }
            end(db, by, deployment, line, OutcomeIn.model_validate(said))


def in_order(line: DeploymentLine) -> tuple[bool, str]:
    return line.capacity_id is None, str(line.capacity_id or line.lot_id or "")
