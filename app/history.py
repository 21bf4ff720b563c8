"""Who did what, for which organisation, when, by what means, and what it was before: written with the change itself.

Rows are only ever added (the database sees to that); a job chains them by hash. What is personal lies aside, erasable:
a row holds its salted digest. `before` and `after` are JSON objects of the fields that changed.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base
from app.permissions import By
from app.records import VISIBILITY, Identified, one_of

Fields = Mapping[str, Any]


class History(Base):
    """One thing that somebody did. `visibility` is that of the record then, the narrower of before and after."""

    __tablename__ = "history"
    __table_args__ = (
        one_of("actor_kind", "person", "key", "portal", "nobody"),
        one_of("visibility", *VISIBILITY),
        Index("ix_history_record", "noun", "record_id", "id"),
        Index("ix_history_actor", "actor_id", "id"),
        Index("ix_history_organisation", "organisation_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]  # of a user or an API key; no foreign key, since history outlives both
    organisation_id: Mapped[UUID | None]
    means: Mapped[str]
    request_id: Mapped[str]
    action: Mapped[str]
    noun: Mapped[str]
    record_id: Mapped[UUID | None]
    ref: Mapped[str]
    visibility: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str]


class HistorySeal(Base):
    """A link of the chain: `hash` is sha256 of the hash before and of the digest of the row."""

    __tablename__ = "history_seals"
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    history_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class HistoryHead(Base):
    """The last link of a day, published so that outsiders can check."""

    __tablename__ = "history_heads"
    day: Mapped[date] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class HistoryUnsealed(Base):
    """The rows that wait for the next sealing; a trigger adds them."""

    __tablename__ = "history_unsealed"
    history_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class PersonalValue(Identified, Base):
    """A name, a telephone number, an e-mail address that history speaks of. Erased, only the digest is left."""

    __tablename__ = "personal_values"
    subject_id: Mapped[UUID] = mapped_column(index=True)  # the user or contact it is about
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    value: Mapped[str | None]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    erased_at: Mapped[datetime | None]


def record(
    db: Session,
    by: By,
    action: str,
    noun: str,
    record_id: UUID | None,
    *,
    ref: str = "",
    before: Fields | None = None,
    after: Fields | None = None,
    reason: str = "",
    visibility: str = "own",
) -> None:
    """Note that `by` did `action` (a past participle: logged, changed, withdrawn) to a record, in this transaction."""
    db.add(
        History(
            actor_kind=by.kind,
            actor_id=by.user_id or by.key_id,
            organisation_id=by.organisation_id,
            means=by.means,
            request_id=by.request_id,
            action=action,
            noun=noun,
            record_id=record_id,
            ref=ref,
            visibility=visibility,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
            reason=reason,
        )
    )
    db.flush()


def changes(before: Fields, after: Fields) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of two states of a record the fields that differ: as they were, as they are."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def narrower(*visibilities: str) -> str:
    """The narrowest of some visibilities."""
    return max(visibilities, key=VISIBILITY.index)


def personal(db: Session, subject_id: UUID, value: str) -> dict[str, str]:
    """Lay a personal value aside; what comes back stands for it in `before` and `after`."""
    salt = os.urandom(16)
    digest = hashlib.sha256(salt + value.encode()).digest()
    kept = PersonalValue(subject_id=subject_id, salt=salt, value=value, digest=digest)
    db.add(kept)
    db.flush()
    return {"personal": str(kept.id), "digest": digest.hex()}
