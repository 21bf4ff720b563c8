"""Reading what the outbox holds, as its receiver would."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.people.models import Mail


def letters_to(db: Session, recipient: str) -> list[Mail]:
    """The latest first."""
    db.rollback()
    asked = select(Mail).where(Mail.recipient == recipient).order_by(Mail.created_at.desc(), Mail.id.desc())
    return list(db.scalars(asked.execution_options(populate_existing=True)))


def link_in(mail: Mail) -> str:
    """The path of its one-time link."""
    found = re.search(r"^https?://[^/]+(/\S+\?token=\S+)$", mail.body or "", re.MULTILINE)
    assert found, mail.body
    return found[1]


def token_in(mail: Mail) -> str:
    return link_in(mail).partition("token=")[2].partition("&")[0]
