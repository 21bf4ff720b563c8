"""Whoever was sent help asks to keep it longer; whoever sent it calls it back earlier. The other side answers."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.answers import not_found
from app.deployments import writing_queries as queries
from app.deployments.actions import (
    NotPossible,
    demand_either,
    demand_open,
    demand_receiver,
    demand_sender,
    take,
    tell,
)
from app.deployments.models import Deployment, DeploymentChange
from app.deployments.schemas import AnswerIn, ChangeIn
from app.errors import Invalid
from app.languages import gettext as _
from app.permissions import By

ASKS = {"extension": demand_receiver, "recall": demand_sender}
ANSWERS = {"extension": demand_sender, "recall": demand_receiver}


def ask_change(db: Session, by: By, id_or_ref: str, new: ChangeIn) -> Deployment:
    """Ask for an extension, or call it back. Raises NotFound, Forbidden, NotPossible, Invalid."""
    deployment = take(db, by, id_or_ref, "*", ASKS[new.kind])
    demand_open(deployment)
    before = queries.changes_of(db, deployment.id)
    if any(one.kind == new.kind and one.answer is None for one in before.values()):
        raise NotPossible(_("This was asked already and waits for an answer."))
    if new.until <= datetime.now(UTC):
        raise Invalid.field("until", _("This time is over. Look at the day and the time."))
    change = DeploymentChange(
        deployment_id=deployment.id, no=max(before, default=0) + 1, kind=new.kind, until=new.until, reason=new.reason,
        organisation_id=by.organisation_id or deployment.organisation_id,
    )  # fmt: skip
    db.add(change)
    said = {"until": new.until.isoformat()}
    tell(db, by, f"{new.kind} asked", deployment, after=said, reason=new.reason)
    return deployment


def answer_change(db: Session, by: By, id_or_ref: str, no: int, said: AnswerIn, version: str) -> Deployment:
    """Accept or decline. Raises NotFound, Forbidden, Stale, NotPossible."""
    deployment = take(db, by, id_or_ref, version, demand_either)
    change = queries.changes_of(db, deployment.id).get(no)
    if change is None:
        raise not_found(f"{deployment.ref}/{no}")
    ANSWERS[change.kind](by, deployment)
    if change.answer:
        raise NotPossible(_("This was answered already."))
    change.answer, change.answer_note, change.answered_at = said.answer, said.note, datetime.now(UTC)
    if said.answer == "accepted":
        deployment.ends_at = change.until
    tell(
        db, by, f"{change.kind} {said.answer}", deployment, after={"until": change.until.isoformat()}, reason=said.note
    )
    return deployment
