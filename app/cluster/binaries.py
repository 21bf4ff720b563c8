"""The PostgreSQL servers installed on this machine."""

from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15


class ClusterError(Exception):
    """The private database cannot do what was asked; the message says why and what to do."""


@dataclass(frozen=True)
class Binaries:
    """The server programs of one PostgreSQL major version."""

    major: int
    folder: Path

    def __getitem__(self, program: str) -> str:
        return str(self.folder / program)


def installed_binaries() -> list[Binaries]:
    """Every PostgreSQL server on this machine that has PostGIS, newest first."""
    found = []
    for initdb in Path("/usr").glob("lib/postgresql/*/bin/initdb"):
        version = initdb.parent.parent.name
        if version.isdigit() and Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
            found.append(Binaries(int(version), initdb.parent))
    return sorted(found, key=lambda binaries: -binaries.major)


def newest_binaries() -> Binaries:
    found = installed_binaries()
    if not found or found[0].major < OLDEST_MAJOR:
        raise ClusterError(
            f"PostgreSQL {OLDEST_MAJOR} or newer with PostGIS is not installed: run `./portal up`, which installs it, "
            "or `apt-get install postgresql-postgis`."
        )
    return found[0]


def binaries_of(major: int) -> Binaries:
    """The programs of the very major version that made a cluster: no other can open its files."""
    for binaries in installed_binaries():
        if binaries.major == major:
            return binaries
    raise ClusterError(
        f"This database was made by PostgreSQL {major}, whose programs are not installed here. Install them with "
        f"`apt-get install postgresql-{major}-postgis-3`, or choose a new folder with --data and load a backup into "
        "it with `./portal restore FILE`."
    )
