"""Who has opened a warning, and who has acknowledged it: on a page, by the link of a mail, or by a program. Each counts once.

The first acknowledgement of an organisation ends its reminders. Looking is noted, and acknowledges nothing.
"""

from datetime import UTC, datetime
from uuid import UUID

from anyio import to_thread
from fastapi import Request
from sqlalchemy.orm import Session

from app import history
from app.answers import not_found
from app.db import engine_of, transaction
from app.errors import AppError, Forbidden
from app.languages import gettext as _
from app.permissions import By, asking
from app.reading import Reader
from app.secrets import token_hash
from app.warnings import board_queries
from app.warnings import writing_queries as queries
from app.warnings.models import Warning, WarningReader

NOUN = "warnings"


class DeadLink(AppError):
    """The link is none of ours, of another warning, or too old."""

    status = 410

    def __init__(self) -> None:
        super().__init__(_("This link serves no more. Sign in to read the warning, or ask the Centre."))


async def note_look(request: Request, id: str, db: Reader) -> None:
    """That somebody who was told has opened the warning, once; for doors that show it."""
    by = asking()
    found = await db.row(board_queries.is_first_look(by, id)) if by.is_known else None
    if found and found[0]:
        await to_thread.run_sync(write_look, request, by, UUID(id))


def write_look(request: Request, by: By, id: UUID) -> None:
    with transaction(engine_of(request.app)) as db:
        note_opened(db, by, id)


def note_opened(db: Session, by: By, warning_id: UUID) -> None:
    """That somebody of an organisation that was told of it has looked at a warning."""
    if queries.is_told(db, warning_id, by.organisation_id):
        opened(db, reader_of(db, by, warning_id), "api" if by.kind == "key" else "page")


def acknowledge(db: Session, by: By, id_or_ref: str, remark: str) -> tuple[Warning, WarningReader]:
    """For the asker's organisation. Raises NotFound, Forbidden."""
    warning = queries.warning_seen(db, by, id_or_ref)
    if warning is None:
        raise not_found(id_or_ref)
    if not queries.is_told(db, warning.id, by.organisation_id):
        raise Forbidden(_("Your organisation was not told of this warning, so there is nothing to acknowledge."))
    reader = reader_of(db, by, warning.id)
    acknowledged(db, by, warning, reader, "api" if by.kind == "key" else "page", remark)
    return warning, reader


def by_link(db: Session, ref: str, token: str | None) -> tuple[Warning, WarningReader]:
    """The warning that a mailed link opens, and whose link it is. Raises DeadLink."""
    reader = queries.reader_of_letter(db, ref, token_hash(token or ""))
    if reader is None:
        raise DeadLink
    opened(db, reader, "link")
    return db.get_one(Warning, reader.warning_id), reader


def acknowledge_by_link(db: Session, by: By, ref: str, token: str | None, remark: str) -> WarningReader:
    """Raises DeadLink."""
    warning, reader = by_link(db, ref, token)
    whoever = By(
        "person" if reader.user_id else "nobody", "page", reader.user_id, organisation_id=reader.organisation_id,
        request_id=by.request_id,
    )  # fmt: skip
    acknowledged(db, whoever, warning, reader, "link", remark)
    return reader


def reader_of(db: Session, by: By, warning_id: UUID) -> WarningReader:
    """The asker's row, locked; made where they come by themselves."""
    queries.lock_readers(db, warning_id, by.user_id or by.key_id)
    row = queries.reader_row(db, warning_id, by.user_id, None, by.key_id)
    if row is None:
        row = WarningReader(
            warning_id=warning_id, organisation_id=by.organisation_id, user_id=by.user_id, key_id=by.key_id, remark=""
        )
        db.add(row)
        db.flush()
    return row


def opened(db: Session, reader: WarningReader, how: str) -> None:
    if reader.opened_at is None:
        reader.opened_at, reader.opened_by = datetime.now(UTC), how
        db.flush()


def acknowledged(db: Session, by: By, warning: Warning, reader: WarningReader, how: str, remark: str) -> None:
    """The first time counts; said again with other words, the words are the newer ones."""
    opened(db, reader, how)
    is_first, remark = reader.acknowledged_at is None, remark.strip()
    if is_first:
        reader.acknowledged_at, reader.acknowledged_by = datetime.now(UTC), how
        queries.drop_steps(db, warning.id, "acknowledged", reader.organisation_id)
    elif remark in ("", reader.remark):
        return
    reader.remark = remark or reader.remark
    db.flush()
    history.record(
        db, by, "acknowledged", NOUN, warning.id, ref=warning.ref, reason=remark,
        visibility=history.narrower(warning.visibility, "centre"),
    )  # fmt: skip
