"""What is done to documents: kept, described otherwise, withdrawn, restored. Each with its line of history.

Whoever writes needs the right to write the event, in all its countries. The file itself never changes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found, refuse_stale
from app.documents import names
from app.documents import writing_queries as queries
from app.documents.examination import examine
from app.documents.models import Document
from app.documents.schemas import DocumentIn
from app.errors import Conflict, Invalid
from app.events.actions import demand_right, may_write
from app.events.models import Event
from app.events.writing_queries import event_seen
from app.history import narrower
from app.languages import gettext as _
from app.permissions import By
from app.writing import merged, understood

NOUN = "documents"


class KeptAlready(Conflict):
    """The same content is with the same event."""


class Withdrawn(Conflict):
    """Only what is not withdrawn can be changed or withdrawn."""


class NotWithdrawn(Conflict):
    """Only what is withdrawn can be restored."""


@dataclass(frozen=True)
class Examined:
    """A file that can be kept: what it is, how large, and its hash."""

    file: IO[bytes]
    name: str
    format: str
    size: int
    sha256: bytes


def look_at(file: IO[bytes] | None, name: str) -> Examined:
    """What was sent, once it was found to be fit. Raises Invalid. Takes seconds for a large file: not for the event loop."""
    if file is None:
        raise Invalid.field("file", _("Choose a file."))
    format = examine(file, name)
    digest, size = hashlib.sha256(), 0
    for piece in queries.pieces(file):
        digest.update(piece)
        size += len(piece)
    return Examined(file, names.cleaned(name, format), format, size, digest.digest())


def event_to_write(db: Session, by: By, id_or_ref: str) -> Event:
    """The event that a document is to go with. Raises NotFound, Forbidden."""
    event = event_seen(db, by, id_or_ref)
    if event is None or event.withdrawn_at:
        raise not_found(id_or_ref)
    demand_right(by, queries.countries_of(db, event.id))
    return event


def keep_document(db: Session, by: By, event: Event, examined: Examined, said: Mapping[str, Any]) -> Document:
    """Keep a file with an event. The row comes last, so that nobody waits for it while the bytes go in. Raises KeptAlready, Invalid."""
    new = understood(DocumentIn, {"visibility": event.visibility, **said})
    check_visibility(by, event, new.visibility)
    queries.take_turn(db, event.id, examined.sha256)
    if ref := queries.same_content(db, by, event.id, examined.sha256):
        message = _("This file is with the event already: %(ref)s.") % {"ref": ref}
        raise KeptAlready(message, [{"field": "file", "message": message}])
    id = queries.new_id(db)
    queries.put_pieces(db, id, examined.file)
    document = Document(
        id=id, event_id=event.id, file_name=examined.name, format=examined.format, size=examined.size,
        sha256=examined.sha256, organisation_id=by.organisation_id,
        demonstration=by.demonstration or event.demonstration, **new.model_dump(),
    )  # fmt: skip
    db.add(document)
    db.flush()
    db.refresh(document)
    after = queries.as_json(queries.state_of(db, id)) | {"file_name": examined.name, "sha256": examined.sha256.hex()}
    seen = narrower(event.visibility, document.visibility)
    history.record(db, by, "added", NOUN, id, ref=document.ref, after=after, visibility=seen)
    return document


def check_visibility(by: By, event: Event, visibility: str) -> None:
    """Raises Invalid where it would be seen by more than the event, or be kept to an organisation that there is not."""
    if narrower(event.visibility, visibility) != visibility:
        raise Invalid.field("visibility", _("The event itself is seen by fewer. Choose who may see it among those."))
    if visibility == "own" and by.organisation_id is None:
        raise Invalid.field("visibility", _("You belong to no organisation, so it cannot be kept to one’s own."))


def change_document(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any], version: str) -> Document:
    """Say something else of a document. Raises NotFound, Forbidden, Stale, Withdrawn, Invalid."""
    document, event = take(db, by, id_or_ref, version)
    if document.withdrawn_at:
        raise Withdrawn(_("This document is withdrawn. Restore it before you change it."))
    before = queries.as_json(queries.state_of(db, document.id))
    new = understood(DocumentIn, merged(before, change))
    if new.visibility != before["visibility"]:
        check_visibility(by, event, new.visibility)
    for name, value in new.model_dump().items():
        setattr(document, name, value)
    db.flush()
    if not queries.document_seen(db, by, document.ref):
        raise Invalid.field(
            "visibility", _("Then you could not see it yourself. Choose who may see it so that you can.")
        )
    return noted(db, by, document, event, before)


def noted(db: Session, by: By, document: Document, event: Event, before: Mapping[str, Any]) -> Document:
    after = queries.as_json(queries.state_of(db, document.id))
    if before != after:
        was, now = history.changes(before, after)
        seen = narrower(event.visibility, before["visibility"], after["visibility"])
        history.record(db, by, "changed", NOUN, document.id, ref=document.ref, before=was, after=now, visibility=seen)
    db.refresh(document)
    return document


def withdraw_document(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Document:
    """Take a document out of sight; it stays known, and can be restored. Raises NotFound, Forbidden, Stale, Withdrawn."""
    document, event = take(db, by, id_or_ref, version)
    if document.withdrawn_at:
        raise Withdrawn(_("This document is withdrawn already."))
    document.withdrawn_at = datetime.now(UTC)
    return told(db, by, document, event, "withdrawn", reason)


def restore_document(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> Document:
    """Make a withdrawn document be seen again. Raises NotFound, Forbidden, Stale, NotWithdrawn, KeptAlready."""
    document, event = take(db, by, id_or_ref, version)
    if not document.withdrawn_at:
        raise NotWithdrawn(_("This document is not withdrawn."))
    if ref := queries.same_content(db, by, document.event_id, document.sha256):
        raise KeptAlready(_("This file is with the event already: %(ref)s.") % {"ref": ref})
    document.withdrawn_at = None
    return told(db, by, document, event, "restored", reason)


def told(db: Session, by: By, document: Document, event: Event, action: str, reason: str) -> Document:
    db.flush()
    seen = narrower(event.visibility, document.visibility)
    history.record(db, by, action, NOUN, document.id, ref=document.ref, reason=reason, visibility=seen)
    db.refresh(document)
    return document


def take(db: Session, by: By, id_or_ref: str, version: str) -> tuple[Document, Event]:
    """The document, locked, and its event, for somebody who may write both and has read what it says now."""
    document, event = document_to_write(db, by, id_or_ref, locked=True)
    refuse_stale(version, document.updated_at)
    return document, event


def document_to_write(db: Session, by: By, id_or_ref: str, locked: bool = False) -> tuple[Document, Event]:
    """Raises NotFound, Forbidden."""
    document = queries.document_seen(db, by, id_or_ref, locked)
    countries = queries.countries_of(db, document.event_id) if document else []
    if document is None or (document.withdrawn_at and not may_write(by, countries)):
        raise not_found(id_or_ref)
    demand_right(by, countries)
    return document, db.get_one(Event, document.event_id)
