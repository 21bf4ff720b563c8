"""Accepting an invitation, and making the first administrator: both by a one-time link, both end signed in."""

from dataclasses import replace

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app import history, languages
from app.accounts import links, passwords, sessions, sign_in
from app.accounts.queries import account_of, locked_account
from app.administration import actions as administration
from app.administration.queries import get_centre
from app.errors import Invalid
from app.languages import gettext as _
from app.people.models import User, UserRole
from app.permissions import PORTAL, By, Role


def person_of(db: Session, token: str | None) -> User:
    """Whom the link invites. Raises DeadLink."""
    return invited(db.get(User, links.look_at(db, links.INVITATION, token).user_id))


def accept(db: Session, request: Request, token: str | None, password: str) -> Response:
    """Use the link up: the account serves from now on. Raises DeadLink."""
    link = links.use(db, links.INVITATION, token)
    assert link.user_id is not None
    person = invited(locked_account(db, link.user_id))
    passwords.change(db, person, password)
    person.status = "active"
    links.void_all(db, person.id)
    history.record(db, sessions.as_person(request, person), "invitation accepted", "users", person.id)
    return sign_in.go_on(db, request, person, first="invitation", next="/")


def invited(person: User | None) -> User:
    """Raises DeadLink for an account that was suspended or erased meanwhile, or serves already."""
    if person is None or person.status != "invited":
        raise links.DeadLink
    return person


def make_first_administrator(db: Session, request: Request, token: str | None, person: User, password: str) -> Response:
    """Use the link up. `person` has a name, an address and the Centre. Raises DeadLink, Invalid where the address is taken."""
    refuse_taken(db, person.email or "")
    links.use(db, links.FIRST, token)
    person.language, person.status = languages.current().code, "active"
    db.add(person)
    db.flush()
    db.add(UserRole(user_id=person.id, role=Role.ADMINISTRATOR))
    passwords.change(db, person, password)
    note_made(db, sessions.as_person(request, person), person)
    return sign_in.go_on(db, request, person, first="invitation", next="/people")


def note_made(db: Session, by: By, person: User) -> None:
    after = administration.told(db, person, get_centre(db)) | {"roles": [str(Role.ADMINISTRATOR)]}
    history.record(db, by, "made", "users", person.id, after=after)


def refuse_taken(db: Session, email: str) -> None:
    if account_of(db, email) is not None:
        raise Invalid.field("email", _("There is an account with this address already."))


def link_for_administrator(db: Session, site: str) -> str:
    """The address to print: whoever works on the machine may make an administrator."""
    token = links.make(db, links.FIRST)
    history.record(db, replace(PORTAL, means="command"), "administrator link printed", "users", None)
    return links.address(site, links.FIRST, token)
