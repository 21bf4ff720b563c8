"""A private database made by an older PostgreSQL: its content moves into a cluster of the newest one installed."""

import shutil

import psycopg

from app.cluster import DATABASE, OWNER, SUPERUSER, Binaries, Cluster, newest_binaries
from app.commands.dump import dump, load
from app.commands.terminal import say, step


def is_needed(cluster: Cluster) -> bool:
    return newest_binaries().major > cluster.major


def to_newest(cluster: Cluster, newest: Binaries | None = None) -> Cluster:
    """Dump, load into a new cluster beside it, and only then change places; the old files are kept."""
    newest, old = newest or newest_binaries(), cluster.binaries
    kept = cluster.data / f"postgres-{old.major}-kept"
    with step(f"Moving the database from PostgreSQL {old.major} to {newest.major}"):
        fresh = _filled_copy(cluster, newest)
        cluster.folder.rename(kept)
        fresh.folder.rename(cluster.folder)
        shutil.rmtree(fresh.data)
    say(f"The files of PostgreSQL {old.major} are kept in {kept}; remove them when all is well.")
    return Cluster(cluster.data, connections=cluster.connections)


def _filled_copy(cluster: Cluster, newest: Binaries) -> Cluster:
    beside = cluster.data / "upgrade"
    shutil.rmtree(beside, ignore_errors=True)
    fresh = Cluster(beside, binaries=newest)
    fresh.create()
    file = beside / "portal.dump"
    cluster.start()
    try:
        has_content = _has_database(cluster)
        if has_content:
            dump(newest["pg_dump"], cluster.url(DATABASE, SUPERUSER), file)
    finally:
        cluster.stop()
    fresh.start()
    try:
        fresh.create_database()
        if has_content:
            load(newest.__getitem__, fresh.url(DATABASE, OWNER), file)
    finally:
        fresh.stop()
    return fresh


def _has_database(cluster: Cluster) -> bool:
    with psycopg.connect(cluster.url("postgres", SUPERUSER)) as db:
        return bool(db.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount)
