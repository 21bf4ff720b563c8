"""Signing for what arrived. It may differ from what was sent, and then somebody says why. What is signed never changes."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.deployments import writing_queries as queries
from app.deployments.actions import (
    ENDED,
    NotPossible,
    add_time,
    demand_receiver,
    line_named,
    outstanding,
    plain,
    take,
    tell,
)
from app.deployments.models import Deployment, DeploymentLine, Receipt, ReceiptLine
from app.deployments.schemas import ReceiptIn, ReceiptLineIn
from app.errors import Conflict, Invalid
from app.languages import gettext as _
from app.permissions import By


class SignedMeanwhile(Conflict):
    """Somebody else has signed since the page was opened."""


def sign_receipt(db: Session, by: By, id_or_ref: str, new: ReceiptIn, version: str) -> Deployment:
    """Sign for what arrived. Raises NotFound, Forbidden, Stale, NotPossible, SignedMeanwhile, Invalid."""
    deployment = take(db, by, id_or_ref, version, demand_receiver)
    no = demand_arriving(db, deployment, new)
    at = new.signed_at or datetime.now(UTC)
    receipt = Receipt(
        deployment_id=deployment.id, no=no, organisation_id=deployment.receiver_id or by.organisation_id, user_id=by.user_id,
        signed_by=new.signed_by, signed_at=at, place=new.place, note=new.note,
    )  # fmt: skip
    db.add(receipt)
    db.flush()
    add_lines(db, deployment, receipt, new.lines)
    arrive(db, deployment, at)
    said = {"receipt": no, "lines": [differs(one) for one in new.lines]}
    tell(db, by, "received", deployment, after=said)
    return deployment


def demand_arriving(db: Session, deployment: Deployment, new: ReceiptIn) -> int:
    """The number of this receipt. Raises NotPossible, SignedMeanwhile."""
    if deployment.left_at is None:
        raise NotPossible(_("It has not left yet, so nothing can be signed for."))
    no = queries.next_receipt(db, deployment.id)
    if new.no not in (None, no):
        raise SignedMeanwhile(_("Somebody has signed for this meanwhile. Look at what is still to come."))
    still = [line for line in queries.lines_of(db, deployment.id).values() if outstanding(line) > 0]
    if deployment.status in ENDED or not still:
        raise NotPossible(_("All of it was signed for already."))
    return no


def add_lines(db: Session, deployment: Deployment, receipt: Receipt, said: list[ReceiptLineIn]) -> None:
    for place, one in enumerate(said):
        field = f"lines.{place}"
        line = line_named(db, deployment, one.line, f"{field}.line")
        if one.line in [other.line for other in said[:place]]:
            raise Invalid.field(f"{field}.line", _("The line %(no)s was given twice.") % {"no": one.line})
        db.add(received(receipt, line, one, field))
        db.flush()


def received(receipt: Receipt, line: DeploymentLine, said: ReceiptLineIn, field: str) -> ReceiptLine:
    """What is signed of one line. Raises Invalid where it differs and nobody says why."""
    expected = outstanding(line)
    words = {"no": line.no, "expected": plain(expected), "received": plain(said.quantity_received)}
    if said.quantity_received != expected and said.difference is None:
        text = _("Line %(no)s: %(expected)s were to come, %(received)s arrived. Say why.")
        raise Invalid.field(f"{field}.difference", text % words)
    if (said.quantity_received > expected) != (said.difference == "more") and said.difference is not None:
        text = _("Line %(no)s: the reason does not go with %(received)s of %(expected)s.")
        raise Invalid.field(f"{field}.difference", text % words)
    is_final = said.difference not in (None, "later", "more")
    return ReceiptLine(
        receipt_id=receipt.id,
        deployment_line_id=line.id,
        quantity_received=said.quantity_received,
        quantity_missing=max(expected - said.quantity_received, Decimal(0)) if is_final else 0,
        condition=said.condition,
        difference=said.difference if said.quantity_received != expected else None,
        note=said.note,
    )


def arrive(db: Session, deployment: Deployment, at: datetime) -> None:
    """When nothing is still to come, it is there."""
    lines = queries.lines_of(db, deployment.id).values()
    if deployment.status not in ("in_transit", "at_border") or any(outstanding(line) > 0 for line in lines):
        return
    deployment.status, deployment.arrived_at = "on_site", at
    add_time(db, deployment, "arrival", "actual", at)


def differs(one: ReceiptLineIn) -> dict[str, Any]:
    said = {"line": one.line, "quantity": plain(one.quantity_received), "condition": one.condition}
    return said | ({"difference": one.difference} if one.difference else {})
