"""Bringing the database to this version of the portal: tables, then the serving role's rights, then data."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from app.commands.database import Database
from app.commands.terminal import Refused, say, step
from app.roles import grant_serving

ROOT = Path(__file__).parents[2]
VERSIONS = ROOT / "migrations" / "versions"
LOCK = 0x616C6D61747901  # every process of every version takes this one before it changes tables


def known_revisions() -> list[str]:
    """The revisions of this checkout, oldest first; a house test holds that they are numbered without gaps."""
    return sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))


def current_revision(db: psycopg.Connection) -> str | None:
    """The revision of the database, or None for an empty one."""
    if db.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
        return None
    row = db.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return row[0] if row else None


@contextmanager
def changing_tables(database: Database) -> Iterator[psycopg.Connection]:
    """One process at a time, over all machines, changes tables and loads data; the others wait here."""
    with psycopg.connect(database.owner_url, autocommit=True) as db:
        if db.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() == (False,):
            say("Another process is migrating this database; waiting for it …")
            db.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield db  # the lock ends with the connection


def migrate(database: Database) -> None:
    with changing_tables(database) as db:
        migrate_tables(db, database)


def migrate_tables(db: psycopg.Connection, database: Database) -> None:
    current, newest = refuse_newer(db), known_revisions()[-1]
    if current != newest:
        with step(f"Bringing the tables from {current or 'nothing'} to {newest}"):
            upgrade_tables(database)
    grant_serving(db, serving_role(database))


def upgrade_tables(database: Database) -> None:
    # imported here, since together they take longer than all else that a restart does
    from alembic import command
    from alembic.config import Config

    from app.db import engine

    config = Config(ROOT / "alembic.ini")
    with engine(database.owner_url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine(database.owner_url).dispose()


def refuse_newer(db: psycopg.Connection) -> str | None:
    """The database's revision, unless only a newer version of the portal knows it."""
    current = current_revision(db)
    if current and current not in known_revisions():
        raise Refused(
            f"This database was last used by a newer version of the portal (revision {current} is unknown here). "
            "Update this checkout, or restore a backup of this version."
        )
    return current


def serving_role(database: Database) -> str:
    with psycopg.connect(database.serving_url) as db:
        return db.info.user


# -- data: what was loaded is noted as the comment of alembic_version, so that it travels with the database


def load_data(database: Database, *, demo: bool, again: bool = False) -> None:
    """Load reference and demonstration data where they are missing or older than this version's.

    Demonstration data that somebody removed stay away until asked for `again`.
    """
    with changing_tables(database) as db:
        loaded, newest = loaded_data(db), seed_digest()
        wants_demo = demo and (again or loaded.get("demonstration") != "removed")
        wanted = {"reference": newest} | ({"demonstration": newest} if wants_demo else {})
        if again or not wanted.items() <= loaded.items():
            _load(database, wants_demo)
            note_loaded(db, loaded | wanted)
    if not demo and loaded.get("demonstration") not in (None, "removed"):
        say("Demonstration data are in this database; `./portal remove-demo` deletes them.")


def _load(database: Database, demo: bool) -> None:
    import seed
    from app.db import engine

    with step(f"Loading reference{' and demonstration' if demo else ''} data"):
        seed.load_all(demo, engine(database.owner_url))
    engine(database.owner_url).dispose()  # `up` has no more use for the owner


def loaded_data(db: psycopg.Connection) -> dict[str, str]:
    row = db.execute("SELECT obj_description('public.alembic_version'::regclass)").fetchone()
    return json.loads(row[0]) if row and row[0] else {}


def note_loaded(db: psycopg.Connection, loaded: dict[str, str]) -> None:
    db.execute(sql.SQL("COMMENT ON TABLE public.alembic_version IS {}").format(json.dumps(loaded)))


def seed_digest() -> str:
    """Changes whenever a file of seed/ or the tables do."""
    digest = hashlib.sha256(known_revisions()[-1].encode())
    for path in sorted((ROOT / "seed").rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def remove_demonstration(database: Database) -> None:
    import seed

    with changing_tables(database) as db:
        migrate_tables(db, database)
        with step("Deleting the demonstration data"):
            seed.remove_demo()
        note_loaded(db, loaded_data(db) | {"demonstration": "removed"})
