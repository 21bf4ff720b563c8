"""A portal behind a real socket, for what no client library sends."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from app.cluster import Cluster
from app.main import create_app
from tests.conftest import settings_for
from tests.waiting import soon


@contextmanager
def serving(cluster: Cluster, database: str) -> Iterator[int]:
    """The port that it answers at."""
    config = uvicorn.Config(create_app(settings_for(cluster, database)), port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    soon(lambda: server.started, bool)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()
