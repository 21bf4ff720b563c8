"""What a receiver is sent: the news, the event, and the record as the webhook's organisation may see it now."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.announcements import queries as announcements
from app.exercises import marked
from app.languages import speaking
from app.people.models import Organisation
from app.permissions import By, Permission
from app.webhooks.models import Delivery, Webhook

LANGUAGE = "en"  # codes are the same in every language
READS = {
    "public": (),
    "partners": (Permission.READ_PARTNERS,),
    "centre": (Permission.READ_PARTNERS, Permission.READ_CENTRE),
}


def eyes_of(webhook: Webhook, organisation: Organisation) -> By:
    """As whom a webhook sees: a program of its organisation, in the countries of whoever made it."""
    limit = frozenset(webhook.limited_to) or None
    rights = dict.fromkeys(READS[webhook.sees], limit)
    return By("key", "job", None, None, None, organisation.id, organisation.code, webhook.name, rights=rights)


def message_id(delivery: Delivery) -> str:
    return f"msg_{delivery.id}"


def body_of(db: Session, delivery: Delivery, webhook: Webhook, organisation: Organisation, site: str) -> bytes | None:
    """The JSON to send; `site` is the portal's address. None where the organisation may not see it (any more)."""
    if delivery.announcement_id is None:
        return as_json(message_id(delivery), "webhook.test", delivery.created_at, {"exercise": False})
    by = eyes_of(webhook, organisation)
    seen = announcements.seen_of(db, by, [delivery.announcement_id])
    if not seen:
        return None
    one = seen[0]
    with speaking(LANGUAGE):
        said = {
            "exercise": one["exercise"],
            "event": event_of(db, by, one["event_id"], site),
            "noun": one["noun"],
            "ref": one["ref"] or None,
            "record": announcements.record_as_seen(db, by, one["noun"], one["record_id"], LANGUAGE),
        }
    return as_json(message_id(delivery), one["kind"], one["at"], said)


def event_of(db: Session, by: By, id: UUID | None, site: str) -> dict[str, Any] | None:
    """The event that the news is about, with a link to its page; None where it may not be seen."""
    event = announcements.event_as_seen(db, by, id, LANGUAGE)
    if event is None:
        return None
    title = marked(event["title"], event["exercise"])
    return {"id": str(event["id"]), "ref": event["ref"], "title": title, "url": f"{site}/events/{event['ref']}"}


def as_json(id: str, kind: str, at: datetime, said: Mapping[str, Any]) -> bytes:
    nothing = {"event": None, "noun": None, "ref": None, "record": None}
    told = {"id": id, "type": kind, "occurred_at": at.isoformat(), **nothing, **said}
    return json.dumps(told, ensure_ascii=False, default=str, separators=(",", ":")).encode()
