"""The ground tests stand on: one throwaway PostgreSQL for the whole run, and databases cloned from templates in it.

`reference` is migrated and holds the reference data; `demo` holds the demonstration too. A test that only reads uses
`portal` (a client on a shared clone of `demo`); one that writes gets its own clone: `db` for rows, `client` to ask.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from xdist.scheduler import LoadScopeScheduling

import seed
from app.cluster import OWNER, SERVING, SUPERUSER, Cluster
from app.db import sqlalchemy_url
from app.main import create_app
from app.queue import work
from app.roles import grant_serving
from app.settings import Settings
from tests import make

ROOT = Path(__file__).parent.parent
FOLDER = "PORTAL_TEST_CLUSTER"
TOGETHER = ("tests/browser/", "tests/faults/", "tests/operations/test_up.py", "tests/operations/test_accounts.py")
_numbers = count()


def pytest_configure(config: pytest.Config) -> None:
    """The process that hands out the tests makes the cluster; those it starts find it by the environment."""
    os.environ.setdefault("SECRET_KEY", "only for tests")
    os.environ.setdefault("FETCH_FEEDS", "false")  # portals that tests start leave the world alone
    if FOLDER not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="portal-test-", dir=fastest_folder()))
        folder.chmod(0o755)
        os.environ[FOLDER] = str(folder)
        config.portal_cluster = cluster = Cluster(folder, fast=True, connections=300)  # type: ignore[attr-defined]
        cluster.create()
        cluster.start()


class HeavyOnesTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Each test goes to whoever is free, but what starts servers or browsers to one process: several starve one another.

    pytest-xdist's own `--dist loadgroup` finds no group under pytest 9.2: it writes into a name that is no longer read.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> HeavyOnesTogether:
    return HeavyOnesTogether(config, log)


def fastest_folder() -> str | None:
    """Memory, where there is enough of it: cloning a database is mostly writing files."""
    memory = Path("/dev/shm")
    return str(memory) if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30 else None


def pytest_unconfigure(config: pytest.Config) -> None:
    if cluster := getattr(config, "portal_cluster", None):
        cluster.stop()
        shutil.rmtree(cluster.data, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    return Cluster(Path(os.environ[FOLDER]), fast=True, connections=300)


@contextmanager
def superuser(cluster: Cluster) -> Iterator[psycopg.Connection]:
    with psycopg.connect(cluster.url("postgres", SUPERUSER), autocommit=True) as db:
        yield db


def make_template(cluster: Cluster, name: str) -> None:
    """Migrate and fill a database once a run; whoever comes second waits for the first."""
    with superuser(cluster) as db:
        db.execute("SELECT pg_advisory_lock(1)")
        if db.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            return
        making = f"{name}_making"
        db.execute(f"DROP DATABASE IF EXISTS {making}")
        cluster.create_database(making)
        owner = create_engine(sqlalchemy_url(cluster.url(making, OWNER)), poolclass=NullPool)
        migrate(owner)
        with psycopg.connect(cluster.url(making, OWNER)) as connection:
            grant_serving(connection, SERVING)
        seed.load_all(demo=name == "demo", on=owner)
        with psycopg.connect(cluster.url(making, SUPERUSER), autocommit=True) as connection:
            connection.execute("ANALYZE")
        db.execute(f"ALTER DATABASE {making} RENAME TO {name}")


def migrate(owner: Engine, revision: str = "head") -> None:
    config = Config(ROOT / "alembic.ini")
    with owner.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@contextmanager
def clone(cluster: Cluster, template: str) -> Iterator[str]:
    """A database of its own, dropped afterwards."""
    make_template(cluster, template)
    name = f"t_{os.getpid()}_{next(_numbers)}"
    with superuser(cluster) as db:
        # PostgreSQL copies a template only while nobody else does
        db.execute("SELECT pg_advisory_lock(2)")
        db.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER} STRATEGY FILE_COPY")
        db.execute("SELECT pg_advisory_unlock(2)")
    try:
        yield name
    finally:
        with superuser(cluster) as db:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def settings_for(cluster: Cluster, database: str, **changes: object) -> Settings:
    """The settings of a portal on this database, whatever the environment says."""
    urls = {"database_url": cluster.url(database, SERVING), "database_owner_url": cluster.url(database, OWNER)}
    return Settings(_env_file=None, **{"rate_limit": 0, **urls, **changes})  # type: ignore[arg-type,call-arg]


@contextmanager
def client_on(cluster: Cluster, database: str, **changes: object) -> Iterator[TestClient]:
    with TestClient(create_app(settings_for(cluster, database, **changes)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def demo_database(cluster: Cluster) -> Iterator[str]:
    with clone(cluster, "demo") as name:
        yield name


@pytest.fixture(scope="session")
def portal(cluster: Cluster, demo_database: str) -> Iterator[TestClient]:
    """A portal with the demonstration, for tests that only read."""
    with client_on(cluster, demo_database) as client:
        yield client


@pytest.fixture(autouse=True)
def no_cookies_of_the_test_before(request: pytest.FixtureRequest) -> None:
    """The shared client keeps cookies as a browser does, and with one the language that another test has chosen."""
    if "portal" in request.fixturenames:
        request.getfixturevalue("portal").cookies.clear()


@pytest.fixture
def database(cluster: Cluster) -> Iterator[str]:
    """A database with the reference data, this test's own."""
    with clone(cluster, "reference") as name:
        yield name


@pytest.fixture
def owner(cluster: Cluster, database: str) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_url(cluster.url(database, OWNER)))
    yield engine
    engine.dispose()


@pytest.fixture
def db(owner: Engine) -> Iterator[Session]:
    """A session of the owner on this test's database; commit what a client should see."""
    with Session(owner, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def client(cluster: Cluster, database: str) -> Iterator[TestClient]:
    """A portal on this test's database."""
    with client_on(cluster, database) as client:
        yield client


@pytest.fixture
def new_portal(cluster: Cluster, database: str) -> Iterator[Callable[..., TestClient]]:
    """Portals on this test's database with settings of the test's choice."""
    opened = []

    def open_portal(**changes: object) -> TestClient:
        portal = client_on(cluster, database, **changes)
        opened.append(portal)
        return portal.__enter__()

    yield open_portal
    for portal in opened:
        portal.__exit__(None, None, None)


@pytest.fixture
def work_off(cluster: Cluster, database: str) -> Callable[..., None]:
    """Does what is due in the queue of this test's database, and comes back when nothing is left."""

    def work_until_empty(**changes: object) -> None:
        # in a thread of its own: where a browser was driven before, this one has an event loop that runs already
        with ThreadPoolExecutor(1) as aside:
            aside.submit(asyncio.run, work(settings_for(cluster, database, **changes), until_empty=True)).result()

    return work_until_empty


@dataclass(frozen=True)
class Cast:
    """The people of the play, on this test's database: each is the headers that a client sends as them."""

    db: Session

    def person(
        self, *roles: str, organisation: str = "CESDRR", countries: tuple[str, ...] = (), **changes: Any
    ) -> dict[str, str]:
        """Somebody signed in, with two factors, as a browser on our own pages sends it."""
        user = make.make_user(self.db, *roles, organisation=organisation, countries=countries, **changes)
        token = make.make_session(self.db, user)
        self.db.commit()
        return {"Cookie": f"session={token}", "Sec-Fetch-Site": "same-origin"}

    def program(self, *scopes: str, organisation: str = "TEST-ORG", **changes: Any) -> dict[str, str]:
        token = make.make_key(self.db, *scopes, organisation=organisation, **changes)
        self.db.commit()
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def cast(db: Session) -> Cast:
    """Roles on demand: `client.get("/events", headers=cast.person("operator"))`."""
    return Cast(db)
