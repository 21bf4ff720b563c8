"""What an outside PostgreSQL server must be and have before the portal uses it; each lack is one clear line."""

import psycopg

from app.cluster import EXTENSIONS
from app.commands.terminal import Refused

OLDEST_VERSION = 150000


def check_server(owner_url: str, serving_url: str) -> None:
    """Raises Refused at the first thing that would make the portal fail or answer wrongly."""
    with _connect(owner_url, "DATABASE_OWNER_URL") as owner, _connect(serving_url, "DATABASE_URL") as serving:
        if owner.info.dbname != serving.info.dbname:
            raise Refused("DATABASE_URL and DATABASE_OWNER_URL name different databases; they must name the same.")
        _check_version(owner)
        _check_letters(owner)
        _add_extensions(owner)
        _check_trigrams(owner)
        _check_owner(owner)
        _check_serving(serving, owner.info.user)


def _connect(url: str, setting: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10, client_encoding="utf8")
    except psycopg.OperationalError as error:
        raise Refused(f"{setting} does not lead to a database: {str(error).strip().splitlines()[-1]}") from None


def _ask(db: psycopg.Connection, question: str, *values: object) -> str | bool | None:
    row = db.execute(question, values).fetchone()
    return row[0] if row else None


def _check_version(db: psycopg.Connection) -> None:
    if db.info.server_version < OLDEST_VERSION:
        raise Refused(f"The server is PostgreSQL {db.info.server_version // 10000}; the portal needs 15 or newer.")


def _check_letters(db: psycopg.Connection) -> None:
    encoding = _ask(db, "SELECT getdatabaseencoding()")
    if encoding != "UTF8":
        raise Refused(f"The database {db.info.dbname} is encoded in {encoding}; the portal needs UTF8.")
    if not _ask(db, "SELECT lower('Ә') = 'ә'"):
        raise Refused(
            f"The database {db.info.dbname} cannot lower-case Cyrillic (its character type is plain C). Make it anew: "
            "CREATE DATABASE portal TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';"
        )


def _add_extensions(db: psycopg.Connection) -> None:
    """Add what is missing, as far as the owner may; PostGIS is usually a superuser's to add."""
    present = {name for (name,) in db.execute("SELECT extname FROM pg_extension")}
    available = {name for (name,) in db.execute("SELECT name FROM pg_available_extensions")}
    for extension in EXTENSIONS:
        if extension in present:
            continue
        if extension not in available:
            raise Refused(f"The server has no {extension}: install its package there (postgresql-NN-postgis-3).")
        try:
            db.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        except psycopg.errors.InsufficientPrivilege:
            raise Refused(
                f"{db.info.user} may not add {extension}. Have a superuser run in the database {db.info.dbname}: "
                + " ".join(f"CREATE EXTENSION IF NOT EXISTS {name};" for name in EXTENSIONS)
            ) from None


def _check_trigrams(db: psycopg.Connection) -> None:
    if not _ask(db, "SELECT cardinality(show_trgm('Әлем')) > 0"):
        raise Refused(f"The database {db.info.dbname} finds no trigrams in Cyrillic: make it with LOCALE 'C.UTF-8'.")


def _check_owner(db: psycopg.Connection) -> None:
    if not _ask(db, "SELECT has_schema_privilege('public', 'CREATE')"):
        raise Refused(
            f"{db.info.user} may not create tables. Have a superuser run: ALTER DATABASE {db.info.dbname} OWNER TO "
            f"{db.info.user};"
        )


def _check_serving(db: psycopg.Connection, owner: str) -> None:
    """The serving role must own nothing, so that no mistake in a request can change or drop a table."""
    role = db.info.user
    if _ask(db, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        raise Refused(f"{role} (DATABASE_URL) is a superuser; serve as a plain role that owns nothing.")
    if _ask(db, "SELECT pg_has_role(%s, 'MEMBER')", owner):
        raise Refused(f"{role} (DATABASE_URL) is {owner} or a member of it; serve as a role that owns nothing.")
    owned = "SELECT relname FROM pg_class WHERE relowner = current_user::regrole AND relpersistence <> 't' LIMIT 1"
    if name := _ask(db, owned):
        raise Refused(f"{role} (DATABASE_URL) owns {name}; serve as a role that owns nothing.")
    if _ask(db, "SELECT has_schema_privilege('public', 'CREATE')"):
        raise Refused(
            f"{role} (DATABASE_URL) may create tables. Have a superuser run in the database {db.info.dbname}: "
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
        )
