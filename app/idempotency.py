"""`Idempotency-Key`: a write that is sent again, since its answer got lost, is not done again.

The first answer is kept 30 days, in the transaction of the write, by caller, route and key.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.responses import Response
from sqlalchemy import LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base
from app.errors import Conflict, Invalid
from app.languages import gettext as _
from app.permissions import By

LOCKS = 2015
KEPT_DAYS = 30
LONGEST = 255

IdempotencyKey = Annotated[
    str | None, Header(description="any text of yours, to 255 characters: the same write sent again is done once")
]


class KeptAnswer(Base):
    """What was answered the first time."""

    __tablename__ = "kept_answers"
    caller: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)


class StillAtWork(Conflict):
    """The first request with this key has not been answered yet."""


def once(
    db: Session, by: By, request: Request, key: str | None, question: Mapping[str, Any], do: Callable[[], Response]
) -> Response:
    """The answer of `do`, or the one it gave when the same caller sent the same key and question to this address before.

    Raises StillAtWork while the first is under way, Invalid where the question is another one. Without a key `do` is done.
    """
    if key is None:
        return do()
    if not 0 < len(key) <= LONGEST:
        raise Invalid.field(
            "Idempotency-Key", _("Idempotency-Key may have 1 to %(most)s characters.") % {"most": LONGEST}
        )
    place = (str(by.user_id or by.key_id), f"{request.method} {request.url.path}", key)
    asked = hashlib.sha256(json.dumps(question, sort_keys=True, default=str).encode()).digest()
    take_turn(db, place)
    if kept := db.get(KeptAnswer, place):
        return first_answer(kept, asked)
    answer = do()
    keep(db, place, asked, answer)
    return answer


def take_turn(db: Session, place: tuple[str, str, str]) -> None:
    asked = text("SELECT pg_try_advisory_xact_lock(:locks, hashtext(:place))")
    if not db.execute(asked, {"locks": LOCKS, "place": "\0".join(place).replace("\0", "\n")}).scalar_one():
        raise StillAtWork(_("The first request with this Idempotency-Key is still at work: ask again in a moment."))


def first_answer(kept: KeptAnswer, asked: bytes) -> Response:
    if kept.question != asked:
        raise Invalid.field(
            "Idempotency-Key", _("This Idempotency-Key was used for another request: take a new one for a new request.")
        )
    return Response(kept.body, kept.status, dict(kept.headers))


def keep(db: Session, place: tuple[str, str, str], asked: bytes, answer: Response) -> None:
    caller, route, key = place
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    db.add(
        KeptAnswer(
            caller=caller, route=route, key=key, question=asked, status=answer.status_code, headers=headers,
            body=bytes(answer.body),
        )
    )  # fmt: skip


def forget_old_answers(db: Session) -> None:
    """A job's work: answers that nobody asks for any more."""
    db.execute(
        text("DELETE FROM kept_answers WHERE created_at < now() - make_interval(days => :days)"), {"days": KEPT_DAYS}
    )
