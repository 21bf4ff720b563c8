"""Real commands on real clusters: each test runs `./portal`'s own Python in processes of its own."""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from app.cluster import DATABASE, OWNER, SUPERUSER, Cluster
from app.commands.folder import DataFolder

ROOT = Path(__file__).parents[2]
SETTINGS = ("DATABASE_URL", "DATABASE_OWNER_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "PORTAL_DATA")


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return kept | {"PYTHONPATH": str(ROOT), "PORTAL_CALLED_FROM": str(ROOT)} | settings


def portal(*arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "app.cli", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=environment(**settings), capture_output=True, text=True, timeout=120, check=False
    )


def wait_until(what: str, is_so: Callable[[], object], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"after {seconds} seconds still not: {what}"
        time.sleep(0.02)


def processes_of(data: Path) -> list[str]:
    """Command lines of everything that works in or for this DIR: its database, and who was started with it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            works_there = (process / "cwd").resolve().is_relative_to(data)
            was_given = f"PORTAL_TEST={data}".encode() in (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if command and (works_there or was_given):
            found.append(command)
    return found


@dataclass
class Running:
    """`up` on a port of its own, by default without demonstration data and with one serving process."""

    data: Path
    arguments: tuple[str, ...] = ("--port", "0", "--workers", "1", "--no-demo")
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.said = self.data.parent / f"{self.data.name}.said"
        command = [sys.executable, "-m", "app.cli", "up", "--data", str(self.data), *self.arguments]
        settings = self.settings | {"PORTAL_TEST": str(self.data)}
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(**settings), stdout=subprocess.DEVNULL, stderr=said, text=True
            )

    @property
    def output(self) -> str:
        return self.said.read_text()

    @property
    def url(self) -> str:
        """Where it serves, as it says itself once it does."""
        wait_until("serving", lambda: "The portal is at" in self.output or self.process.poll() is not None)
        found = re.search(r"The portal is at (\S+)", self.output)
        assert found, self.output
        return found.group(1)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, by: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(by)
        return self.process.wait(timeout=40)


@pytest.fixture
def up() -> Iterator[Callable[..., Running]]:
    """Start `up` as often as a test likes; whatever still runs in the end is stopped."""
    started: list[Running] = []

    def start(*arguments: object, **changes: object) -> Running:
        started.append(Running(*arguments, **changes))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A DIR with all tables and the reference data, made once a run; tests work on copies."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    data = shared / "prepared"
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / "postgres").exists():
            made = portal("seed", "--no-demo", "--data", data)
            assert made.returncode == 0, made.stderr
    return data


def copied(prepared: Path, folder: Path) -> Path:
    """A DIR that an earlier `up` has left behind, with a space and a letter of Kazakh in its name."""
    copy = folder / "дерек қоры"
    subprocess.run(["cp", "-a", "--reflink=auto", str(prepared), str(copy)], check=True)
    return copy


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Iterator[Path]:
    copy = copied(prepared, tmp_path)
    yield copy
    Cluster(copy).stop()
    shutil.rmtree(copy, ignore_errors=True)


@pytest.fixture(scope="module")
def serving(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One `up` for tests that leave it serving."""
    running = Running(copied(prepared, tmp_path_factory.mktemp("serving")))
    assert running.url
    yield running
    running.stop()


@pytest.fixture
def cluster(data: Path) -> Iterator[Cluster]:
    """The database of `data`, running, and in use as by a console: commands leave it on."""
    cluster = Cluster(data)
    with DataFolder(data).using_database():
        cluster.start()
        yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL server that somebody else looks after, as DATABASE_URL means it."""
    cluster = Cluster(tmp_path_factory.mktemp("server"), fast=True)
    cluster.create()
    cluster.start()
    cluster.create_database("unused")  # makes both roles
    yield cluster
    cluster.stop()


@dataclass(frozen=True)
class Outside:
    """One empty database on that server."""

    server: Cluster
    name: str

    def settings(self, owner: str = OWNER, serving: str = "portal") -> dict[str, str]:
        return {
            "DATABASE_OWNER_URL": self.server.url(self.name, owner),
            "DATABASE_URL": self.server.url(self.name, serving),
        }

    def run(self, statement: str, user: str = SUPERUSER) -> list[tuple[object, ...]]:
        return rows(self.server.url(self.name, user), statement)


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as db:
        result = db.execute(statement)  # type: ignore[call-overload]
        return result.fetchall() if result.description else []


@pytest.fixture
def outside(server: Cluster, request: pytest.FixtureRequest) -> Iterator[Outside]:
    """An empty database with its extensions, owned by portal_owner."""
    name = f"outside_{abs(hash(request.node.nodeid)):x}"
    server.create_database(name)
    yield Outside(server, name)
    rows(server.url("postgres", SUPERUSER), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        return int(holder.getsockname()[1])


def owner_of(data: Path) -> str:
    return Cluster(data).url(DATABASE, OWNER)
