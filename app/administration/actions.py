"""What administrators do with accounts: invite, give roles, suspend, restore, reset a second factor, erase.

An administrator limited to countries manages the people of organisations there, and gives rights there only. Nobody
changes their own account here, and the last administrator stays. Whoever's rights change has to sign in again.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import history
from app.accounts import letters, links, second_factor, sessions
from app.accounts.providers import may_manage
from app.accounts.queries import account_of
from app.administration import queries
from app.administration.schemas import Invitation, Roles
from app.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from app.languages import gettext as _
from app.mail import queries as mail_queries
from app.people.models import Organisation, User
from app.permissions import CENTRE_ROLES, By, Permission, Role

Granted = Mapping[str, list[str]]  # each role with its countries


class LastAdministrator(Conflict):
    """Without them nobody could let anybody in."""


# -- whom, and what may be given


def get_person(db: Session, by: By, id: UUID, *, lock: bool = False) -> tuple[User, Organisation]:
    """Raises NotFound for those whom this administrator does not manage."""
    found = queries.person_with_id(db, id, lock=lock)
    if found is None or not manages(db, by, *found):
        raise NotFound(_("There is no such account."))
    return found


def manages(db: Session, by: By, person: User, organisation: Organisation) -> bool:
    """Those of the demonstration manage only one another: whatever is done with them ends with them."""
    return may_manage(by, organisation) and (person.demonstration or not queries.is_demonstration(db, by.user_id))


def get_other(db: Session, by: By, id: UUID) -> tuple[User, Organisation]:
    """Somebody else, locked. Raises Forbidden for oneself, Conflict for whoever has been erased."""
    if id == by.user_id:
        raise Forbidden(_("Nobody changes their own account here: ask another administrator."))
    person, organisation = get_person(db, by, id, lock=True)
    if person.status == "erased":
        raise Conflict(_("This account has been erased."))
    return person, organisation


def refuse_grants(db: Session, by: By, organisation: Organisation, granted: Granted) -> None:
    """Raises Invalid for roles that this organisation cannot have, and for more than the giver's right reaches."""
    if not organisation.is_centre and any(Role(role) in CENTRE_ROLES for role in granted):
        raise Invalid.field(
            "roles", _("Only people of the Centre can be analysts, stock keepers, operators or administrators.")
        )
    limit = by.rights[Permission.PEOPLE_MANAGE]
    if limit is not None and not all(codes and limit.issuperset(codes) for codes in granted.values()):
        raise Invalid.field(
            "roles", _("You can give rights for %(countries)s only.") % {"countries": ", ".join(sorted(limit))}
        )
    if unknown := queries.unknown_countries(db, {code for codes in granted.values() for code in codes}):
        raise Invalid.field("roles", _("There is no country %(code)s.") % {"code": ", ".join(sorted(unknown))})


def refuse_last_administrator(person: User, administrators: set[UUID]) -> None:
    if administrators <= {person.id} and administrators:
        raise LastAdministrator(_("This is the last administrator: make another one first."))


# -- inviting


def invite(db: Session, by: By, new: Invitation, site: str) -> User:
    """An account that serves once its person has chosen a password by the link in the mail."""
    organisation = next((one for one in organisations(db, by) if one.code == new.organisation), None)
    if organisation is None:
        raise Invalid.field("organisation", _("Choose an organisation of the list."))
    refuse_grants(db, by, organisation, new.granted)
    if account_of(db, new.email) is not None:
        raise Invalid.field("email", _("There is an account with this address already."))
    person = User(
        organisation_id=organisation.id, name=new.name, email=new.email, language=new.language,
        demonstration=queries.is_demonstration(db, by.user_id),
    )  # fmt: skip
    db.add(person)
    db.flush()
    queries.replace_roles(db, person.id, new.granted)
    send_invitation(db, by, person, organisation, site)
    note(db, by, "invited", person, after=told(db, person, organisation) | {"roles": listed(new.granted)})
    return person


def told(db: Session, person: User, organisation: Organisation) -> dict[str, Any]:
    """A new account as history tells it: what is personal lies aside."""
    name, email = (history.personal(db, person.id, value or "") for value in (person.name, person.email))
    return {"name": name, "email": email, "organisation": organisation.code, "language": person.language}


def invite_again(db: Session, by: By, id: UUID, site: str) -> None:
    """A new link; the old one serves no more."""
    person, organisation = get_other(db, by, id)
    if person.status != "invited":
        raise Conflict(_("This person has accepted the invitation already."))
    send_invitation(db, by, person, organisation, site)
    note(db, by, "invited again", person)


def send_invitation(db: Session, by: By, person: User, organisation: Organisation, site: str) -> None:
    letters.invite(db, person, organisation, by.name, links.make(db, links.INVITATION, person.id), site)


def organisations(db: Session, by: By) -> list[Organisation]:
    """Those whose people this administrator manages."""
    within = queries.organisations_within(db, by.rights[Permission.PEOPLE_MANAGE])
    return [one for one in within if may_manage(by, one)]


# -- roles and status


def change_roles(db: Session, by: By, id: UUID, new: Roles, was: Granted) -> None:
    """Raises Stale where somebody else has changed them since they were read as `was`."""
    administrators = queries.lock_administrators(db)
    person, organisation = get_other(db, by, id)
    before = queries.roles_granted(db, id)
    if before != was:
        raise Stale(_("Somebody has changed these roles since you opened the page: look at them again."))
    if before == new.granted:
        return
    refuse_grants(db, by, organisation, new.granted)
    if new.granted.get(Role.ADMINISTRATOR) != []:
        refuse_last_administrator(person, administrators)
    queries.replace_roles(db, id, new.granted)
    sessions.end_all(db, id)
    note(db, by, "roles changed", person, before={"roles": listed(before)}, after={"roles": listed(new.granted)})


def suspend(db: Session, by: By, id: UUID, reason: str) -> None:
    """Nothing signs in until the account is restored; its links are void."""
    administrators = queries.lock_administrators(db)
    person, _organisation = get_other(db, by, id)
    refuse_last_administrator(person, administrators)
    set_status(db, by, person, "suspended", "suspended", reason)
    links.void_all(db, id)


def restore(db: Session, by: By, id: UUID, reason: str) -> None:
    """Back to where it was: whoever never accepted the invitation is invited again by hand."""
    person, _organisation = get_other(db, by, id)
    if person.status != "suspended":
        raise Conflict(_("This account is not suspended."))
    set_status(db, by, person, "active" if queries.can_sign_in(db, person) else "invited", "restored", reason)


def set_status(db: Session, by: By, person: User, status: str, action: str, reason: str) -> None:
    before, person.status = person.status, status
    sessions.end_all(db, person.id)
    note(db, by, action, person, before={"status": before}, after={"status": status}, reason=reason)


def reset_second_factor(db: Session, by: By, id: UUID, reason: str, site: str) -> None:
    """For somebody who has lost telephone and codes: they sign in with their password and set up a new one."""
    person, _organisation = get_other(db, by, id)
    second_factor.reset(db, person)
    queries.delete_passkeys(db, id)
    sessions.end_all(db, id)
    letters.second_factor_reset(db, person, site)
    note(db, by, "second factor reset", person, reason=reason)


def erase(db: Session, by: By, id: UUID, reason: str) -> None:
    """Name, address and all that it signs in with are gone, in history too; what the account did stays, under its id."""
    administrators = queries.lock_administrators(db)
    person, _organisation = get_other(db, by, id)
    refuse_last_administrator(person, administrators)
    before = {"status": person.status, "roles": listed(queries.roles_granted(db, id))}
    if person.email:
        mail_queries.forget_recipient(db, person.email)
    queries.delete_ways_in(db, id)
    queries.replace_roles(db, id, {})
    person.name, person.email, person.password_hash, person.status = "", None, None, "erased"
    person.totp_secret, person.totp_last_step, person.last_signed_in_at = None, None, None
    db.flush()
    queries.erase_personal_values(db, id)
    note(db, by, "erased", person, before=before, after={"status": "erased"}, reason=reason)


def listed(granted: Granted) -> list[str]:
    """Roles as history tells them: "contributor", "requester (KGZ, TJK)"."""
    return [f"{role} ({', '.join(codes)})" if codes else role for role, codes in sorted(granted.items())]


def note(db: Session, by: By, action: str, person: User, **what: Any) -> None:
    history.record(db, by, action, "users", person.id, **what)
