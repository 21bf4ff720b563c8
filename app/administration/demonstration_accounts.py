"""The accounts of the demonstration: one for each role, with a new password and a new TOTP secret at each start.

They are there on this machine only, and only while the demonstration is: otherwise nobody signs in with them, and the keys
that they have made serve no more.
"""

import base64
import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import history
from app.accounts import passwords, second_factor
from app.accounts.queries import account_of
from app.administration import queries
from app.keys.queries import organisation_with_code
from app.people.models import Organisation, User
from app.permissions import PORTAL, By, Role
from app.secrets import encrypt

ASKED_BY = By(kind=PORTAL.kind, means="command", name=PORTAL.name)
CENTRE = "CESDRR"

# whose account each role has, and the countries that limit it
HOLDERS: dict[Role, tuple[str, list[str]]] = {
    Role.READER: ("TJK-COES", []),
    Role.CONTRIBUTOR: ("AFG-ANDMA", []),
    Role.REQUESTER: ("KGZ-MES", ["KGZ"]),
    Role.APPROVER: ("KAZ-MES", []),
    Role.ANALYST: (CENTRE, []),
    Role.STOCK_KEEPER: (CENTRE, []),
    Role.OPERATOR: (CENTRE, []),
    Role.ADMINISTRATOR: (CENTRE, []),
}


@dataclass(frozen=True)
class Opened:
    """What signs in, to be printed once; the database holds a hash and an encrypted secret."""

    role: Role
    email: str
    password: str
    secret: str


def address_of(role: Role) -> str:
    return f"{role.replace('_', '-')}@demo.invalid"


def open_accounts(db: Session) -> list[Opened]:
    """Each with a password and a secret of its own; those of the last start serve no more."""
    opened = [open_account(db, role) for role in HOLDERS]
    history.record(db, ASKED_BY, "demonstration accounts opened", "users", None)
    return opened


def open_account(db: Session, role: Role) -> Opened:
    code, countries = HOLDERS[role]
    organisation = organisation_with_code(db, code)
    assert organisation is not None, f"the seed brings {code}"
    person = account_of(db, address_of(role)) or make_account(db, role, organisation)
    opened = Opened(role, address_of(role), new_password(), second_factor.new_secret())
    close_account(db, person)
    queries.replace_roles(db, person.id, {str(role): countries})
    passwords.change(db, person, opened.password)
    person.status, person.totp_secret = "active", encrypt(opened.secret)
    return opened


def make_account(db: Session, role: Role, organisation: Organisation) -> User:
    person = User(
        organisation_id=organisation.id, email=address_of(role), name=f"Demonstration {role.replace('_', ' ')}",
        demonstration=True,
    )  # fmt: skip
    db.add(person)
    db.flush()
    return person


def new_password() -> str:
    """80 bits, to be typed from a terminal: abcd-efgh-ijkl-mnop."""
    signs = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(signs[start : start + 4] for start in range(0, 16, 4))


def close_accounts(db: Session) -> int:
    """Nobody signs in with them any more, nor with anybody whom they have invited."""
    closing = queries.lock_demonstration(db)
    for person in closing:
        close_account(db, person)
    queries.revoke_keys_of_demonstration(db)
    if closing:
        history.record(db, ASKED_BY, "demonstration accounts closed", "users", None)
    return len(closing)


def close_account(db: Session, person: User) -> None:
    person.status, person.password_hash = "suspended", None
    person.totp_secret, person.totp_last_step = None, None
    db.flush()
    queries.delete_ways_in(db, person.id)
