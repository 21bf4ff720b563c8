"""The processes that `up` starts: kept alive, logged into one file, and stopped together."""

import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, BinaryIO

from app.cluster import Cluster, ClusterError, die_with_parent
from app.commands.serve import GRACE_S
from app.commands.terminal import Refused, say

ROOT = Path(__file__).parents[2]
LOG_BYTES = 20 * 1024 * 1024
# So many ends within so many seconds are no accident any more.
TOO_MANY_ENDS, WITHIN_S = 8, 60


class Log:
    """DIR/portal.log, with one older file beside it; copied to standard output where that is no terminal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last_lines: deque[str] = deque(maxlen=30)
        self._copies = not sys.stdout.isatty()
        self._file = self._open()
        self._lock = threading.Lock()

    @property
    def last_words(self) -> str:
        """What to show of the log when all ends: nothing where it was copied to standard output anyway."""
        return "" if self._copies else "\n".join(self.last_lines)

    def _open(self) -> BinaryIO:
        if self.path.exists() and self.path.stat().st_size > LOG_BYTES:
            self.path.replace(self.path.with_suffix(".log.1"))
        self.path.touch(mode=0o600)  # it says from where people sign in
        return self.path.open("ab", buffering=0)

    def follow(self, stream: BinaryIO) -> None:
        """Write down each line of a process, in a thread of its own."""
        threading.Thread(target=self._follow, args=[stream], daemon=True).start()

    def _follow(self, stream: BinaryIO) -> None:
        for line in stream:
            with self._lock:
                self._write(line)

    def _write(self, line: bytes) -> None:
        self.last_lines.append(line.decode(errors="replace").rstrip())
        try:
            self._file.write(line)
            if self._file.tell() > LOG_BYTES:
                self._file = self._open()
        except OSError:
            pass  # a full disk must not end the reading, or the process would wait for us for ever
        if self._copies:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()


class Child:
    """One process that `up` keeps alive; it dies with `up`, even when that is killed."""

    def __init__(self, name: str, arguments: list[str], log: Log, **options: Any) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "app.cli", *arguments]
        self._log, self._options = log, options
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only us, and we stop everything in order
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - calls nothing but prctl
            **self._options,
        )
        assert process.stdout is not None
        self._log.follow(process.stdout)  # type: ignore[arg-type]
        return process

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def start_again(self) -> None:
        say(f"The {self.name} ended ({_how(self.process.returncode)}); starting it again.")
        self.process = self._start()

    def ask_to_stop(self) -> None:
        if not self.has_ended():
            self.process.send_signal(signal.SIGTERM)

    def wait_or_kill(self, deadline: float) -> None:
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


class Supervisor:
    """Everything that serves: the children and, where it is private, their database."""

    def __init__(self, children: list[Child], cluster: Cluster | None, log: Log) -> None:
        self.children, self.cluster, self.log = children, cluster, log
        self._ends: deque[float] = deque(maxlen=TOO_MANY_ENDS)

    def watch(self) -> None:
        """Look after everything, until a signal ends it."""
        while True:
            self.look_once()
            time.sleep(0.3)

    def look_once(self) -> None:
        if self.cluster is not None and self.cluster.running_pid() is None:
            self._note_end(self.cluster.last_words())
            say("The database ended; starting it again.")
            self._start_database(self.cluster)
        for child in self.children:
            if child.has_ended():
                self._note_end(self.log.last_words)
                child.start_again()

    def _start_database(self, cluster: Cluster) -> None:
        try:
            cluster.start()
        except ClusterError as error:
            say(f"{error} Trying again.")

    def _note_end(self, last_words: str) -> None:
        self._ends.append(time.monotonic())
        if len(self._ends) == TOO_MANY_ENDS and self._ends[-1] - self._ends[0] < WITHIN_S:
            say(last_words)
            raise Refused(f"It ends again and again, so the portal stops. The whole log: {self.log.path}")

    def stop(self) -> None:
        """Visitors first: what is being answered is finished, then the processes end."""
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE_S + 2
        for child in self.children:
            child.wait_or_kill(deadline)


def unprivileged(account: pwd.struct_passwd) -> dict[str, Any] | None:
    """Arguments for `subprocess` that drop root for `account`, or None where it could not read the checkout."""
    needed = [Path(sys.executable).resolve(), Path(sys.prefix) / "pyvenv.cfg", Path(__file__).resolve()]
    if not all(_may_read(account, path) for path in needed):
        return None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "env": os.environ | {"HOME": "/"}}


def _may_read(account: pwd.struct_passwd, path: Path) -> bool:
    """Whether the account may follow the path and read its end, by the plain mode bits."""
    return _has_mode(account, path, 4) and all(_has_mode(account, folder, 1) for folder in path.parents)


def _has_mode(account: pwd.struct_passwd, path: Path, mode: int) -> bool:
    status = path.stat()
    shift = 6 if status.st_uid == account.pw_uid else 3 if status.st_gid == account.pw_gid else 0
    return bool(status.st_mode >> shift & mode)
