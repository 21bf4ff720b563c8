"""One-time links: an invitation, a recovery, the first administrator. A newer one makes the older ones void.

Looking at the page uses nothing up, since mail programs look ahead; sending its form does, once. The token comes in the
query, which no log line shows, and goes into a cookie at once: the page's own address holds none.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.accounts.link_queries import link_that_serves
from app.errors import AppError
from app.languages import gettext as _
from app.people.models import OneTimeLink
from app.secrets import new_token, token_hash

INVITATION, RECOVERY, FIRST = "invitation", "recovery", "first_administrator"
HOURS = {INVITATION: 72, RECOVERY: 1, FIRST: 24}
PATHS = {INVITATION: "/welcome", RECOVERY: "/recover/new-password", FIRST: "/first-administrator"}


class DeadLink(AppError):
    """Used, too old, or replaced by a newer one."""

    status = 410

    def __init__(self) -> None:
        super().__init__(_("This link has been used, has expired, or was replaced by a newer one."))


def make(db: Session, purpose: str, user_id: UUID | None = None) -> str:
    """The token of a new link; those of this purpose that the person had serve no more."""
    void(db, purpose, user_id)
    token = new_token()
    ends = datetime.now(UTC) + timedelta(hours=HOURS[purpose])
    db.add(OneTimeLink(token_hash=token_hash(token), purpose=purpose, user_id=user_id, expires_at=ends))
    db.flush()
    return token


def address(site: str, purpose: str, token: str, language: str = "") -> str:
    """Where it leads, in the language of whoever gets it."""
    query = {"token": token} | ({"lang": language} if language else {})
    return f"{site}{PATHS[purpose]}?{urlencode(query)}"


def void(db: Session, purpose: str, user_id: UUID | None) -> None:
    of_theirs = OneTimeLink.user_id.is_not_distinct_from(user_id)
    db.execute(delete(OneTimeLink).where(OneTimeLink.purpose == purpose, of_theirs))


def void_all(db: Session, user_id: UUID) -> None:
    """Of somebody who is suspended, or has a password now."""
    db.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user_id))


def look_at(db: Session, purpose: str, token: str | None) -> OneTimeLink:
    """Raises DeadLink."""
    found = link_that_serves(db, purpose, token_hash(token or ""))
    if found is None:
        raise DeadLink
    return found


def use(db: Session, purpose: str, token: str | None) -> OneTimeLink:
    """Of two who send the same form the second gets DeadLink: the first holds the row until it is used."""
    serves = (
        OneTimeLink.token_hash == token_hash(token or ""),
        OneTimeLink.purpose == purpose,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > datetime.now(UTC),
    )
    used: OneTimeLink | None = db.scalar(
        update(OneTimeLink).where(*serves).values(used_at=datetime.now(UTC)).returning(OneTimeLink)
    )
    if used is None:
        raise DeadLink
    return used


def forget_old(db: Session) -> None:
    """A job's work."""
    db.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < datetime.now(UTC) - timedelta(days=7)))
