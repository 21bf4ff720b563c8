"""A shelf that many want, a portal that can be killed, and the programs that ask it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.cluster import OWNER, SERVING, Cluster
from bench.commitments import Crowd, Shelf, Stage, fill
from bench.servers import Servers, mortal


@dataclass
class Play:
    """What is on the stage of one test."""

    db: psycopg.Connection[Any]
    stage: Stage
    servers: Servers
    crowd: Crowd


@pytest.fixture
def play(cluster: Cluster, database: str, tmp_path: Path) -> Iterator[Callable[[Shelf], Play]]:
    """Lays out what a shelf says, and serves the portal on it."""
    with ExitStack() as stack:

        def begin(shelf: Shelf) -> Play:
            db = stack.enter_context(psycopg.connect(cluster.url(database, OWNER), autocommit=True))
            stage = fill(db, shelf)
            served = mortal(cluster.url(database, SERVING), tmp_path / "portal.log", SECRET_KEY="only for tests")
            servers = stack.enter_context(served)
            return Play(db, stage, servers, Crowd(stage, servers.port))

        yield begin
