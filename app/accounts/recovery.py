"""A forgotten password: a link by mail. Whoever asks is told the same, and costs the same, whether there is an account or not.

The door only notes the address; the background process looks it up. The second factor stays: only an administrator can
take that away.
"""

import structlog
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app import history
from app.accounts import ceremonies, letters, links, passwords, sessions, sign_in, throttle
from app.accounts.queries import account_of, locked_account
from app.people.models import Ceremony, User
from app.permissions import By
from app.settings import settings

ASKED = "recovery-asked"

log = structlog.get_logger()


def ask(db: Session, request: Request, email: str) -> None:
    """Note that somebody asked. Raises Throttled when this address, or theirs, was typed too often of late."""
    throttle.begin(db, throttle.counters("recovery of", email.lower(), None, sessions.address_of(request)))
    ceremonies.begin(db, ASKED, minutes=60, email=email, request=request.scope["portal.request_id"])


def answer_asked(db: Session, site: str = "") -> None:
    """The job: send links to those who asked and have an account that serves."""
    asked = db.scalars(delete(Ceremony).where(Ceremony.purpose == ASKED).returning(Ceremony)).all()
    for ceremony in asked:
        person = account_of(db, ceremony.state["email"])
        if person is not None and person.status == "active":
            send_link(db, person, ceremony.state["request"], site or settings().public_url)


def send_link(db: Session, person: User, request_id: str, site: str) -> None:
    letters.recovery(db, person, links.make(db, links.RECOVERY, person.id), site)
    by = By(means="page", request_id=request_id)
    history.record(db, by, "new password asked for", "users", person.id)


def person_of(db: Session, token: str | None) -> User:
    """Whose link it is. Raises DeadLink."""
    return serving(db.get(User, links.look_at(db, links.RECOVERY, token).user_id))


def recover(db: Session, request: Request, token: str | None, password: str) -> Response:
    """Use the link up: a new password, every session ended, word of it by mail. Raises DeadLink."""
    link = links.use(db, links.RECOVERY, token)
    assert link.user_id is not None
    person = serving(locked_account(db, link.user_id))
    passwords.change(db, person, password)
    sessions.end_all(db, person.id)
    links.void_all(db, person.id)
    history.record(db, sessions.as_person(request, person), "password recovered", "users", person.id)
    letters.password_changed(db, person, request.app.state.settings.public_url)
    log.info("password recovered", user=str(person.id), address=sessions.address_of(request))
    return sign_in.go_on(db, request, person, first="recovery", next="/")


def serving(person: User | None) -> User:
    """Raises DeadLink for an account that was suspended or erased meanwhile."""
    if person is None or person.status != "active":
        raise links.DeadLink
    return person
