"""The private PostgreSQL of the embedded default."""

from app.cluster.binaries import Binaries, ClusterError, installed_binaries, newest_binaries
from app.cluster.server import DATABASE, EXTENSIONS, OWNER, SERVING, SUPERUSER, Cluster, die_with_parent

__all__ = [
    "DATABASE",
    "EXTENSIONS",
    "OWNER",
    "SERVING",
    "SUPERUSER",
    "Binaries",
    "Cluster",
    "ClusterError",
    "die_with_parent",
    "installed_binaries",
    "newest_binaries",
]
