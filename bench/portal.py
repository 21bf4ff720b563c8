"""The portal as it is served: real workers on one socket, asked by wrk over 32 connections that stay open."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from app.cluster import die_with_parent
from app.commands.up import bind, is_ready, one_for_each
from bench.data import PROCESSORS

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"
CONNECTIONS = 32


@dataclass(frozen=True)
class Asked:
    """What wrk saw."""

    per_second: float
    p50_ms: float
    p99_ms: float


@contextmanager
def served(database_url: str, log: Path, **more: str) -> Iterator[int]:
    """The portal on a free port, with its usual settings but for the limit of requests and `more`; its log goes to a file."""
    listeners = one_for_each(PROCESSORS, bind(HOST, 0))
    port: int = listeners[0].getsockname()[1]
    environment = os.environ | {"DATABASE_URL": database_url, "DATABASE_OWNER_URL": "", "RATE_LIMIT": "0"} | more
    with log.open("wb") as output:
        workers = [worker(listener.fileno(), environment, output) for listener in listeners]
    try:
        wait_until_ready(port, log)
        yield port
    finally:
        for listener in listeners:
            listener.close()
        for process in workers:
            process.terminate()
        for process in workers:
            process.wait()


def worker(descriptor: int, environment: Mapping[str, str], log: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", str(descriptor)],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
        pass_fds=[descriptor],
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - calls nothing but prctl
    )


def wait_until_ready(port: int, log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_ready(HOST, port):
        if time.monotonic() > deadline:
            raise RuntimeError(log.read_text()[-2000:])
        time.sleep(0.1)
    time.sleep(1)  # the other workers, too


def ask(port: int, paths: Sequence[str], seconds: float, *, fresh: bool = True, etag: str = "") -> Asked:
    """Ask these paths in turn; `fresh` keeps the portal from answering out of its memory. Any wrong answer is an error."""
    with NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(paths) + "\n")
        file.flush()
        script = [file.name, "fresh" if fresh else "same", *([etag] if etag else [])]
        command = [
            wrk(),
            "-t2",
            f"-c{CONNECTIONS}",
            f"-d{seconds:.0f}s",
            "--timeout",
            "10s",
            "-s",
            str(ROOT / "bench/ask.lua"),
        ]
        done = subprocess.run(
            [*command, f"http://{HOST}:{port}", "--", *script], capture_output=True, text=True, check=True
        )
    numbers = [float(number) for number in done.stdout.rpartition("RESULT ")[2].split()]
    if len(numbers) != 4 or numbers[3]:
        raise RuntimeError(f"wrk was not answered rightly: {done.stdout} {done.stderr}")
    return Asked(*numbers[:3])


def etag_of(port: int, path: str) -> str:
    connection = HTTPConnection(HOST, port)
    connection.request("GET", path)
    return connection.getresponse().headers["ETag"]


def wrk() -> str:
    if found := shutil.which("wrk"):
        return found
    raise SystemExit("The bench asks the portal with wrk: install it with `apt-get install wrk`.")
