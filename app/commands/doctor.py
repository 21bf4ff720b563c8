"""`./portal doctor`: what is installed, running and outdated, and what to do about it."""

import shutil
import sys
from pathlib import Path

import psycopg

from app.cluster import DATABASE, OWNER, SERVING, Cluster, ClusterError, installed_binaries
from app.commands import doctor_feeds as feeds
from app.commands import doctor_people as people
from app.commands.database import is_external
from app.commands.folder import DataFolder
from app.commands.migrate import current_revision, known_revisions, loaded_data, seed_digest
from app.commands.terminal import say
from app.settings import settings

BUILT = Path(__file__).parents[2] / "frontend" / "static" / "built"


def doctor(data: Path) -> bool:
    """Print one line a subject; False when something needs doing."""
    lines = [_python(), _postgres(), _frontend(), _portal(data), *_database(data), _secret_key(data), _disk(data)]
    for is_well, line in lines:
        say(f"{'  ok ' if is_well else '  !! '} {line}")
    return all(is_well for is_well, _ in lines)


Line = tuple[bool, str]


def _python() -> Line:
    return True, f"Python {sys.version.split()[0]} in {sys.prefix}"


def _postgres() -> Line:
    found = installed_binaries()
    if found or is_external():
        return True, "PostgreSQL with PostGIS: " + (", ".join(str(one.major) for one in found) or "not needed here")
    return False, "PostgreSQL with PostGIS is not installed: `./portal up` installs it"


def _frontend() -> Line:
    is_built = BUILT.is_dir() and any(BUILT.iterdir())
    return is_built, "Front end: built" if is_built else "Front end: not built yet; `./portal up` builds it"


def _portal(data: Path) -> Line:
    running = DataFolder(data).running()
    if running is None:
        return True, f"Portal: not running from {data}"
    return True, f"Portal: running at {running.get('url', 'an address not yet known')} (process {running.get('pid')})"


def _database(data: Path) -> list[Line]:
    if is_external():
        return _content(settings().owner_url, settings().database_url, "DATABASE_URL", data)
    cluster = Cluster(data)
    if not cluster.exists():
        return [(True, f"Database: none in {data} yet")]
    try:
        return _private(cluster)
    except ClusterError as error:
        return [(False, f"Database: {error}")]


def _private(cluster: Cluster) -> list[Line]:
    newest = max((one.major for one in installed_binaries()), default=0)
    cluster.binaries["postgres"]  # raises, with what to do, when they are not installed any more
    outdated = f"; PostgreSQL {newest} is installed, the next `./portal up` moves it" if newest > cluster.major else ""
    if cluster.running_pid() is None:
        return [(not outdated, f"Database: PostgreSQL {cluster.major} in {cluster.folder}, stopped{outdated}")]
    owner_url, serving_url = cluster.url(DATABASE, OWNER), cluster.url(DATABASE, SERVING)
    line = (
        f"Database: PostgreSQL {cluster.major} in {cluster.folder}, running (process {cluster.running_pid()}){outdated}"
    )
    return [
        (not outdated, line),
        *_content(owner_url, serving_url, "the private database", cluster.data),
    ]


def _content(url: str, serving_url: str, where: str, data: Path) -> list[Line]:
    try:
        with psycopg.connect(url, connect_timeout=5) as db:
            revision, newest = current_revision(db), known_revisions()[-1]
            loaded = loaded_data(db) if revision else {}
            about = [*people.lines(db, serving_url, data), feeds.line(db)] if revision == newest else []
    except psycopg.OperationalError as error:
        return [(False, f"{where} does not answer: {str(error).strip().splitlines()[-1]}")]
    tables = f"Tables: revision {revision or 'none'}"
    if revision != newest:
        tables += f", this version has {newest}; `./portal migrate` or the next `up` brings them there"
    is_loaded = loaded.get("reference") == seed_digest()
    reference = (
        f"Reference data: {'of this version' if is_loaded else 'outdated or missing; `./portal seed` loads them'}"
    )
    demo = {None: "none", "removed": "removed"}.get(loaded.get("demonstration"), "present")
    here = [(revision == newest, tables), (is_loaded, reference), (True, f"Demonstration data: {demo}")]
    return [*here, *about]


def _secret_key(data: Path) -> Line:
    """A machine that serves a database of its own keeps the key beside it; several machines need the same."""
    if settings().secret_key:
        return True, "SECRET_KEY: set"
    file = data / "secret-key"
    if not is_external():
        return True, f"SECRET_KEY: kept in {file}" if file.exists() else "SECRET_KEY: `./portal up` makes one"
    return False, (
        f"SECRET_KEY: not set, so this machine uses {file}; set it in `.env` and keep it with the backups, or second "
        "factors are lost with the machine"
    )


def _disk(data: Path) -> Line:
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    free = shutil.disk_usage(there).free >> 20
    return free > 500, f"Disk: {free} MB free at {there}"
