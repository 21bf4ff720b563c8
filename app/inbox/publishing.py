"""What a rule publishes: the portal itself logs the event, and history names the rule."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app import history
from app.errors import AppError
from app.events.actions import log_event
from app.inbox import writing_queries as queries
from app.inbox.becoming import event_of, likely, proposals
from app.inbox.models import InboxRule
from app.permissions import PORTAL, Permission

log = structlog.get_logger()

NOUN = "candidates"
RIGHTS = dict.fromkeys((Permission.EVENT_WRITE, Permission.READ_CENTRE, Permission.READ_PARTNERS))


def publish(db: Session, id: UUID, rule: InboxRule) -> None:
    """Log the event that a candidate is. One that may be here already, or lacks something, waits for an operator."""
    candidate = queries.lock_candidate_with_id(db, id)
    by = replace(PORTAL, rights=RIGHTS, organisation_id=rule.organisation_id)
    if likely(proposals(db, by, candidate)):
        candidate.urgent = True
        return
    try:
        with db.begin_nested():
            new = event_of(db, candidate)
            said = {"status": rule.event_status, "visibility": rule.event_visibility}
            event = log_event(db, by, new.model_copy(update=said), reason=words_of(rule))
    except AppError as refusal:
        log.warning("a rule could not publish", candidate=candidate.ref, rule=rule.position, why=refusal.detail)
        candidate.urgent = True
        return
    candidate.status, candidate.event_id, candidate.decided_at = "event", event.id, datetime.now(UTC)
    candidate.decided = queries.state_now(db, candidate) | {"made": True, "glides": []}
    db.flush()
    history.record(
        db, by, "made an event", NOUN, candidate.id, ref=candidate.ref, after={"event": event.ref},
        reason=words_of(rule), visibility="centre",
    )  # fmt: skip


def words_of(rule: InboxRule) -> str:
    """How history names a rule; English, since it is kept for all readers."""
    return f"Rule {rule.position} of the inbox" + (f": {rule.reason}" if rule.reason else "")
