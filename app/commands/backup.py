"""`./portal backup` and `./portal restore`: the whole database in one file, and such a file in its place."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from app.cluster import EXTENSIONS, installed_binaries
from app.commands.database import Database
from app.commands.dump import dump, load
from app.commands.migrate import changing_tables, current_revision, migrate_tables, refuse_newer
from app.commands.terminal import Refused, say, step

# Answers that were kept before the restore must not pass for those after it, whatever was counted in the backup.
FORGET_OLD_VERSIONS = """
    INSERT INTO layer_changes (layer, bumps)
    SELECT DISTINCT layer, extract(epoch FROM now())::bigint FROM layer_changes
"""

# Whoever was signed out since must not be in again, and no mail of that time goes out a second time.
FORGET_VISITS = """
    DELETE FROM sessions; DELETE FROM ceremonies; DELETE FROM one_time_links;
    DELETE FROM mails WHERE sent_at IS NULL
"""


def backup(database: Database, file: Path) -> None:
    with step(f"Writing {file}"):
        dump(program(database, "pg_dump"), database.owner_url, file)
    say(f"{file} holds the whole database ({file.stat().st_size >> 10} kB). Keep it where this machine's disk is not.")


def refuse_missing(file: Path) -> None:
    """Asked before a database is made to restore into."""
    if not file.is_file():
        raise Refused(f"There is no file {file}.")


def restore(database: Database, file: Path) -> None:
    """Fill a fresh database beside the present one, bring it to this version, then let them change names at once."""
    name = _name(database.owner_url)
    fresh_name = f"{name}_restoring"
    fresh = _named(database, fresh_name)
    with _administration(database) as admin:
        try:
            with step(f"Reading {file} into a fresh database"):
                _make_empty(admin, fresh)
                load(partial(program, database), fresh.owner_url, file)
                _bring_up_to_date(fresh)
            _change_places(admin, name, fresh_name)
        finally:
            database.use()
            _drop(admin, fresh_name)
    say("The database is now that of the backup. Everybody signs in anew; links that were mailed before serve no more.")


def program(database: Database, name: str) -> str:
    """pg_dump and its kin must be as new as the server: a private one brings its own, else take the newest."""
    if database.cluster is not None:
        return database.cluster.binaries[name]
    newest = max(installed_binaries(), key=lambda binaries: binaries.major, default=None)
    return newest[name] if newest else shutil.which(name) or name


def _name(url: str) -> str:
    with psycopg.connect(url) as connection:
        return connection.info.dbname


def _named(database: Database, name: str) -> Database:
    def renamed(url: str) -> str:
        return urlsplit(url)._replace(path=f"/{name}").geturl()

    owner, serving, admin = map(renamed, (database.owner_url, database.serving_url, database.admin_url))
    return replace(database, owner_url=owner, serving_url=serving, admin_url=admin)


@contextmanager
def _administration(database: Database) -> Iterator[psycopg.Connection]:
    """A connection beside the database that is to change its name."""
    with psycopg.connect(_named(database, "postgres").admin_url, autocommit=True) as admin:
        yield admin


def _make_empty(admin: psycopg.Connection, fresh: Database) -> None:
    """An empty database with its extensions; one that a superuser has made for us will do."""
    name = urlsplit(fresh.owner_url).path.removeprefix("/")
    owner = urlsplit(fresh.owner_url).username or admin.info.user
    if _is_prepared(fresh):
        return
    _drop(admin, name)
    making = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'").format(
        sql.Identifier(name), sql.Identifier(owner)
    )
    extending = [sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(each)) for each in EXTENSIONS]
    try:
        admin.execute(making)
        with psycopg.connect(fresh.admin_url, autocommit=True) as connection:
            for statement in extending:
                connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        by_hand = [sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(owner)), making, *extending]
        lines = [f"{statement.as_string(admin)};" for statement in by_hand]
        lines.insert(2, f'\\connect "{name}"')
        raise Refused(
            f"{owner} may not make a database with PostGIS. Have a superuser run this, then restore again:\n"
            + "\n".join(lines)
        ) from None


def _is_prepared(fresh: Database) -> bool:
    try:
        with psycopg.connect(fresh.owner_url) as connection:
            present = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
            return present >= set(EXTENSIONS) and current_revision(connection) is None
    except psycopg.OperationalError:
        return False


def _bring_up_to_date(fresh: Database) -> None:
    fresh.use()
    with changing_tables(fresh) as connection:
        refuse_newer(connection)
        migrate_tables(connection, fresh)
        connection.execute(FORGET_OLD_VERSIONS)
        connection.execute(FORGET_VISITS)


def _change_places(admin: psycopg.Connection, present: str, fresh: str) -> None:
    """In one transaction; whoever is connected is sent away and connects anew to the other."""
    old = f"{present}_before_restore"
    _drop(admin, old)
    try:
        for name in (present, fresh):
            _close(admin, name)
        with admin.transaction():
            _rename(admin, present, old)
            _rename(admin, fresh, present)
    finally:
        _open(admin, present)
    _drop(admin, old)


def _rename(admin: psycopg.Connection, name: str, new: str) -> None:
    admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new)))


def _open(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name)))


def _close(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
    try:
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
    except psycopg.errors.InsufficientPrivilege:
        raise Refused("Others are connected to the database: stop every portal that uses it, then restore.") from None


def _drop(admin: psycopg.Connection, name: str) -> None:
    with suppress(psycopg.errors.InsufficientPrivilege):
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
