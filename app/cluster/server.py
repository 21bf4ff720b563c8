"""The private PostgreSQL of the embedded default: made, started and stopped in a folder of its own.

It listens on a unix socket only, in a short private folder, and runs as an unprivileged user even when root calls,
since PostgreSQL refuses root. Everything else reaches it by the address that `Cluster.url()` gives.
"""

import ctypes
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.cluster.binaries import Binaries, ClusterError, binaries_of, newest_binaries
from app.cluster.tuning import memory_bytes, tuned_for

SUPERUSER = "postgres"
OWNER = "portal_owner"
SERVING = "portal"
DATABASE = "portal"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
# What an empty cluster with PostGIS, the reference data and room for its write-ahead log take.
BYTES_NEEDED = 400 * 1024 * 1024
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def die_with_parent(stop_signal: int) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the child `stop_signal` when we die, even by kill -9."""
    return lambda: _libc.prctl(PR_SET_PDEATHSIG, stop_signal)


class Cluster:
    """One private PostgreSQL server in `data`/postgres.

    `fast` gives up durability for speed: for tests and benchmarks that throw the cluster away.
    """

    def __init__(
        self, data: Path, *, fast: bool = False, connections: int = 120, binaries: Binaries | None = None
    ) -> None:
        self.data = data.absolute()
        self.folder = self.data / "postgres"
        self.log = self.data / "postgres.log"
        self.fast = fast
        self.connections = connections
        self._binaries = binaries
        self._process: subprocess.Popen[bytes] | None = None

    # -- what it is

    def exists(self) -> bool:
        return (self.folder / "PG_VERSION").exists()

    @property
    def major(self) -> int:
        """The PostgreSQL major version that made this cluster."""
        return int((self.folder / "PG_VERSION").read_text())

    @property
    def binaries(self) -> Binaries:
        if self._binaries is None:
            self._binaries = binaries_of(self.major) if self.exists() else newest_binaries()
        return self._binaries

    @property
    def account(self) -> pwd.struct_passwd:
        """Who runs the server: whoever calls, or for root the owner of the cluster or else `postgres`."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        if self.folder.exists() and (owner := self.folder.stat().st_uid) != 0:
            return pwd.getpwuid(owner)
        try:
            return pwd.getpwnam("postgres")
        except KeyError:
            raise ClusterError("There is no user `postgres` to run the database as; root may not run it.") from None

    @property
    def socket_folder(self) -> Path:
        """Short, since the path of a unix socket may have 107 bytes; the same for every spelling of `data`."""
        digest = hashlib.sha256(os.fsencode(self.data.resolve())).hexdigest()[:12]
        return Path(f"/tmp/portal-{digest}")  # noqa: S108 - made with mode 700, and refused when it is another's

    def url(self, database: str = DATABASE, user: str = SERVING) -> str:
        """A libpq address: postgresql://portal@/portal?host=%2Ftmp%2Fportal-…"""
        return f"postgresql://{user}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    # -- making it

    def create(self) -> None:
        """Make the cluster's files; a half-made one, left by a crash or a full disk, is made anew."""
        self._refuse_little_room()
        account, making = self.account, self.data / "postgres.making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        os.chown(making, account.pw_uid, account.pw_gid)
        # Plain C would leave trigrams of Cyrillic empty and lower('Ә') unchanged.
        options = ["-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "--data-checksums"]
        if self.fast:
            options.append("--no-sync")
        with self._reachable(making) as (path, fds):
            made = self._run([self.binaries["initdb"], "-D", path, *options], fds)
        if made.returncode:
            shutil.rmtree(making, ignore_errors=True)
            raise ClusterError(f"The database could not be made in {self.data}: {_last_line(made.stderr)}")
        with (making / "postgresql.conf").open("a") as conf:
            conf.write("\n# Written anew at every start; your own settings go below this line and win.\n")
            conf.write("include_if_exists = 'portal.conf'\n")
        making.rename(self.folder)

    def _refuse_little_room(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.data).free
        if free < BYTES_NEEDED:
            raise ClusterError(
                f"The disk of {self.data} is full: {free >> 20} MB free, {BYTES_NEEDED >> 20} MB are needed. "
                "Make room or choose another place with --data."
            )

    def _run(self, command: list[str], fds: tuple[int, ...]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd="/", capture_output=True, text=True, check=False, pass_fds=fds, **self._as_account()
        )

    def _as_account(self) -> dict[str, Any]:
        """Arguments for `subprocess`: drop root, and none of the caller's PG… or LC_… variables."""
        env = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
        if os.geteuid() != 0:
            return {"env": env}
        account = self.account
        return {"env": env, "user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    @contextmanager
    def _reachable(self, folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
        """`folder` by a path that the server's user can follow, and the file descriptors to pass on for it.

        Under a closed folder such as /root the plain path is of no use to an unprivileged user, but one that goes
        through a descriptor which root has opened is.
        """
        if os.geteuid() != 0:
            yield str(folder), ()
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)

    # -- running it

    def running_pid(self) -> int | None:
        """The process that serves this very folder; a pid file whose number someone else now has does not count."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
            return pid if Path(f"/proc/{pid}/cwd").samefile(self.folder) else None
        except PermissionError:
            if os.access(self.folder, os.R_OK | os.X_OK):
                return None
            raise ClusterError(f"{self.folder} belongs to {self.folder.owner()}: call as that user or root.") from None
        except (OSError, ValueError):
            return None

    def is_running(self) -> bool:
        return self.running_pid() is not None and self._answers()

    def start(self) -> None:
        """Start the server and wait until it answers; nothing to do when it already does."""
        if self.is_running():
            return
        self._clear_leftovers()
        self._write_configuration()
        with self._reachable(self.folder) as (path, fds), self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.binaries["postgres"], "-D", path],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=fds,
                start_new_session=True,  # Ctrl-C reaches only us; we stop the database last
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - calls nothing but prctl
                **self._as_account(),
            )
        self._wait_for_answer(self._process)

    def _clear_leftovers(self) -> None:
        """A server that is still stopping is waited for; a pid file that nobody stands behind is removed."""
        if self.running_pid() is not None:
            self.stop()
        self._wait_until_unused()
        self._forget_process()
        for lock in (self.folder / "postmaster.pid", *self.socket_folder.glob(".s.PGSQL.*")):
            lock.unlink(missing_ok=True)
        folder, account = self.socket_folder, self.account
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, account.pw_uid, account.pw_gid)
        status = folder.lstat()
        if status.st_uid != account.pw_uid or status.st_mode & 0o7777 != 0o700 or folder.is_symlink():
            raise ClusterError(f"{folder} was made by somebody else: remove it and try again.")

    def _wait_until_unused(self, seconds: float = 20) -> None:
        """After kill -9 of the server its sessions linger for a moment, and a new server would refuse to start."""
        deadline = time.monotonic() + seconds
        while self._lingering() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _lingering(self) -> bool:
        if not (self.folder / "postmaster.pid").exists():
            return False
        return any(_works_in(process, self.folder) for process in Path("/proc").glob("[0-9]*"))

    def _write_configuration(self) -> None:
        settings = {**tuned_for(memory_bytes()), "max_connections": str(self.connections)}
        settings |= {"unix_socket_directories": f"'{self.socket_folder}'", "listen_addresses": "''"}
        if self.fast:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
        conf = self.folder / "portal.conf"
        conf.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))

    def _wait_for_answer(self, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds  # long, for a recovery after a crash
        while not self._answers():
            if process.poll() is not None:
                raise ClusterError(f"The database did not start: {self.last_words()} (see {self.log})")
            if time.monotonic() > deadline:
                raise ClusterError(f"The database does not answer after {seconds:.0f} seconds; see {self.log}.")
            time.sleep(0.03)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres", SUPERUSER), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def last_words(self) -> str:
        """The newest error in the server's log, without its time and process."""
        with suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()[-200:]
            for line in reversed(lines):
                if found := re.search(r"(?:FATAL|PANIC|ERROR|could not).*", line):
                    return found.group()
        return "the log says nothing"

    def stop(self, seconds: float = 30) -> None:
        """Stop the server as its manual asks: sessions are ended, all is written; at last by force."""
        for stop_signal, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if (pid := self.running_pid()) is None:
                break
            with suppress(ProcessLookupError):
                os.kill(pid, stop_signal)
            self._wait_for_exit(pid, patience)
        self._forget_process()
        with suppress(OSError):
            self.socket_folder.rmdir()

    def _forget_process(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _wait_for_exit(self, pid: int, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.running_pid() == pid:
            if self._process is not None and self._process.poll() is not None:
                return
            time.sleep(0.02)

    # -- what is in it

    def create_database(self, name: str = DATABASE) -> None:
        """A database owned by `portal_owner` with the extensions that only a superuser may add."""
        with psycopg.connect(self.url("postgres", SUPERUSER), autocommit=True) as db:
            for role in (OWNER, SERVING):
                if db.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
                    continue
                # another process may make the same role in the same moment
                with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                    db.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            if not db.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
                names = (sql.Identifier(name), sql.Identifier(OWNER))
                db.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(*names))
        with psycopg.connect(self.url(name, SUPERUSER), autocommit=True) as db:
            for extension in EXTENSIONS:
                db.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").samefile(folder)
    except OSError:
        return False


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("initdb: hint")]
    return next((line for line in reversed(lines) if "error" in line), lines[-1] if lines else "no reason given")
