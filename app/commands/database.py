"""The database that a command works on: the private one in DIR, or the server that DATABASE_URL names."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from app.cluster import DATABASE, OWNER, SERVING, SUPERUSER, Cluster
from app.commands import upgrade
from app.commands.folder import DataFolder, Users
from app.commands.server_check import check_server
from app.commands.terminal import Refused, step
from app.settings import settings

# Each serving process has two pools of POOL_SIZE, a few connections for downloads and one that listens; commands and the
# superuser need some as well.
FOR_DOWNLOADS_AND_LISTENING = 6
BESIDE_SERVERS = 30
DISK_FULL = 64 * 1024 * 1024


@dataclass(frozen=True)
class Database:
    """`owner_url` may change tables, `serving_url` owns nothing, `admin_url` may create databases."""

    owner_url: str
    serving_url: str
    admin_url: str
    cluster: Cluster | None = None

    def use(self) -> None:
        """From here on the portal's own code, in this process and in those it starts, works on this database."""
        os.environ["DATABASE_URL"] = self.serving_url
        os.environ["DATABASE_OWNER_URL"] = self.owner_url
        settings.cache_clear()


def is_external() -> bool:
    """Whether DATABASE_URL is set, in the environment or in `.env`."""
    return "database_url" in settings().model_fields_set


@contextmanager
def open_database(data: Path, *, make: bool = False, workers: int = 4) -> Iterator[Database]:
    """The database to work on, running as long as the block lasts; `make` makes a private one where none is yet."""
    if is_external():
        yield _external_database()
        return
    folder = DataFolder(data)
    if not make and not Cluster(data).exists():
        raise Refused(f"There is no database in {data} yet: run `./portal up` first, or name its folder with --data.")
    folder.prepare()
    connections = workers * (2 * settings().pool_size + FOR_DOWNLOADS_AND_LISTENING) + BESIDE_SERVERS
    with ExitStack() as stack:
        with folder.changing_database():
            cluster = _started(Cluster(data, connections=connections))
            users = stack.enter_context(folder.using_database())
        stack.callback(_stop_if_last, folder, users, cluster)
        database = _private_database(cluster)
        database.use()
        yield database


def _external_database() -> Database:
    owner_url = settings().database_owner_url
    if not owner_url:
        raise Refused(
            "DATABASE_URL is set, DATABASE_OWNER_URL is not: name there the role that owns the tables and migrates "
            "them. The role of DATABASE_URL serves and owns nothing (docs/operations.md shows how to make both)."
        )
    database = Database(owner_url, settings().database_url, owner_url)
    check_server(database.owner_url, database.serving_url)
    database.use()
    return database


def _private_database(cluster: Cluster) -> Database:
    addresses = (cluster.url(DATABASE, OWNER), cluster.url(DATABASE, SERVING), cluster.url(DATABASE, SUPERUSER))
    return Database(*addresses, cluster)


def _started(cluster: Cluster) -> Cluster:
    """The cluster made, upgraded and started, as far as that is not so already."""
    if not cluster.exists():
        with step(f"Making a private database in {cluster.data}"):
            cluster.create()
    elif upgrade.is_needed(cluster):
        cluster = upgrade.to_newest(cluster)
    if not cluster.is_running():
        _refuse_full_disk(cluster)
        cluster.start()
    if not _has_database(cluster):
        cluster.create_database()
    return cluster


def _refuse_full_disk(cluster: Cluster) -> None:
    status = os.statvfs(cluster.data)
    if status.f_bavail * status.f_frsize < DISK_FULL:
        raise Refused(f"The disk of {cluster.data} is full: make room, then start again. Nothing was lost.")


def _has_database(cluster: Cluster) -> bool:
    with psycopg.connect(cluster.url("postgres", SUPERUSER)) as connection:
        return bool(connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount)


def _stop_if_last(folder: DataFolder, users: Users, cluster: Cluster) -> None:
    with folder.changing_database():
        if not users.are_others():
            cluster.stop()
