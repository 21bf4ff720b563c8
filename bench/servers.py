"""Servers that can be killed: workers as `./portal up` starts them, on sockets that outlive them, each replaced at once."""

import os
import random
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import BinaryIO

from app.commands.up import bind, one_for_each
from bench.portal import HOST, wait_until_ready, worker


@dataclass
class Servers:
    """Workers side by side, each on a socket of its own; what comes meanwhile waits there for the next one."""

    listeners: Sequence[socket]
    environment: dict[str, str]
    log: BinaryIO
    workers: list[subprocess.Popen[bytes]]
    killed: int = 0

    @property
    def port(self) -> int:
        return int(self.listeners[0].getsockname()[1])

    def kill_one(self) -> None:
        """SIGKILL, in the middle of whatever it does; another takes its place."""
        at = random.randrange(len(self.workers))
        self.workers[at].send_signal(signal.SIGKILL)
        self.workers[at].wait()
        self.killed += 1
        self.workers[at] = worker(self.listeners[at].fileno(), self.environment, self.log)

    def end(self) -> None:
        for listener in self.listeners:
            listener.close()
        for one in self.workers:
            one.kill()
            one.wait()


@contextmanager
def mortal(database_url: str, log: Path, many: int = 2, **more: str) -> Iterator[Servers]:
    """So many workers on a free port."""
    listeners = one_for_each(many, bind(HOST, 0))
    environment = os.environ | {"DATABASE_URL": database_url, "DATABASE_OWNER_URL": "", "RATE_LIMIT": "0"} | more
    with log.open("wb") as output:
        started = [worker(one.fileno(), environment, output) for one in listeners]
        servers = Servers(listeners, environment, output, started)
        try:
            wait_until_ready(servers.port, log)
            yield servers
        finally:
            servers.end()
