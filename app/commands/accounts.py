"""Who can sign in once the portal has started: the accounts of the demonstration, or a link for the first administrator."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg

from app.commands.database import Database
from app.commands.folder import DataFolder
from app.commands.migrate import loaded_data
from app.commands.terminal import Refused
from app.settings import settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# whether a real administrator, not limited to countries, serves
HAS_ADMINISTRATOR = """
    SELECT EXISTS (SELECT FROM users JOIN user_roles ON user_id = id
                   WHERE role = 'administrator' AND countries = '{}' AND status = 'active' AND NOT demonstration)
"""
HAS_DEMONSTRATION = "SELECT EXISTS (SELECT FROM users WHERE demonstration AND status IN ('active', 'invited'))"


def is_demonstrated(database: Database, *, demo: bool, host: str) -> bool:
    """Whether there are accounts of the demonstration: with its data, and where only this machine reaches the portal."""
    if not demo or not has_demonstration_data(database):
        return False
    return is_this_machine(host) and is_this_machine(urlsplit(settings().public_url).hostname or "")


def has_demonstration_data(database: Database) -> bool:
    with psycopg.connect(database.serving_url) as db:
        return loaded_data(db).get("demonstration") not in (None, "removed")


def is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def close_demonstration(database: Database) -> None:
    """Before anything is served: what an earlier start has opened for this machine alone."""
    if not asked(database, HAS_DEMONSTRATION):
        return
    from app.administration.demonstration_accounts import close_accounts

    with one_transaction() as db:
        close_accounts(db)


@contextmanager
def one_transaction() -> Iterator["Session"]:
    """As the serving role, with no connection left open afterwards. Imported here, since it takes longer than a restart."""
    from app.db import engine, transaction

    with transaction() as db:
        yield db
    engine().dispose()


def asked(database: Database, question: str) -> bool:
    with psycopg.connect(database.serving_url) as db:
        row = db.execute(question.encode()).fetchone()
        return bool(row and row[0])


def who_signs_in(database: Database, *, demo: bool, demonstrated: bool) -> Iterator[str]:
    """Lines to print once the portal serves; on the terminal only, never in its log."""
    if demonstrated:
        yield from demonstration_accounts()
    elif demo and has_demonstration_data(database):
        yield "No accounts of the demonstration: the portal can be reached from other machines."
    if not demonstrated and not asked(database, HAS_ADMINISTRATOR):
        yield f"There is no administrator yet. This link, good once and for 24 hours, makes an administrator:\n  {new_link()}"
    yield where_passkeys_work(settings().public_url)


def demonstration_accounts() -> Iterator[str]:
    """Role, address, password and TOTP secret of each account, as a table."""
    from app.administration.demonstration_accounts import open_accounts

    with one_transaction() as db:
        rows = [(one.role.replace("_", " "), one.email, one.password, one.secret) for one in open_accounts(db)]
    yield "Accounts of the demonstration, with new passwords at each start; --no-demo starts without them:"
    for row in (("role", "e-mail", "password", "TOTP secret"), *rows):
        yield "  {:<14} {:<27} {:<20} {}".format(*row)
    yield (
        "The secret goes into an authenticator app; `./portal demo-code operator` prints the code of the moment instead."
    )


def where_passkeys_work(site: str) -> str:
    parts = urlsplit(site)
    works = parts.scheme == "https" or parts.hostname == "localhost"
    return "Passkeys work at this address." if works else f"Passkeys need HTTPS or http://localhost: not at {site}."


def new_link() -> str:
    from app.administration.invitations import link_for_administrator

    with one_transaction() as db:
        return link_for_administrator(db, settings().public_url)


def demonstration_code(role: str) -> str:
    """The code that the app of this account would show now. Raises Refused."""
    import pyotp

    from app.accounts.queries import account_of
    from app.administration.demonstration_accounts import HOLDERS, address_of
    from app.permissions import Role
    from app.secrets import SecretLost, decrypt

    if role.replace("-", "_") not in HOLDERS:
        raise Refused(f"There is no role {role}: {', '.join(HOLDERS)}.")
    with one_transaction() as db:
        person = account_of(db, address_of(Role(role.replace("-", "_"))))
        if person is None or not person.demonstration or person.totp_secret is None:
            raise Refused("There are no accounts of the demonstration; `./portal up` on this machine alone makes them.")
        try:
            return pyotp.TOTP(decrypt(person.totp_secret)).now()
        except SecretLost:
            raise Refused("SECRET_KEY is not the one that the running portal uses.") from None


def use_address_and_key(folder: DataFolder) -> None:
    """For commands beside a running portal: the address that it serves at and the key that it encrypts with."""
    running = folder.running() or {}
    if "public_url" not in settings().model_fields_set and "url" in running:
        os.environ["PUBLIC_URL"] = str(running["url"])
    if not settings().secret_key:
        os.environ["SECRET_KEY"] = folder.secret_key()
    settings.cache_clear()
