"""DIR, where the portal keeps its private database and its log, and the locks that keep two commands apart."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.commands.terminal import Refused


def called_path(path: Path) -> Path:
    """A path as the caller meant it: the script works in the checkout, its caller stood somewhere else."""
    return Path(os.environ.get("PORTAL_CALLED_FROM", ".")).absolute() / path.expanduser()


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "portal.log"
        self.mail = path / "mail"

    def prepare(self) -> None:
        """Make the folder, or say why it cannot be used."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / "up.lock").touch()
        except PermissionError:
            raise Refused(f"{self.path} cannot be written to: choose another folder with --data.") from None
        except (FileExistsError, NotADirectoryError):
            raise Refused(f"{self.path} is a file: choose a folder with --data.") from None

    def secret_key(self) -> str:
        """What encrypts second factors here: made once, readable by nobody else. Keep it with the backups."""
        path = self.path / "secret-key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text().strip()

    def open_mail(self, user: int | None, group: int | None) -> int:
        """Where mails are kept without a mail server: for the background process, and nobody else, to write and read.

        It gets the folder itself, as a descriptor: its user may not walk the path where that leads through a closed folder.
        """
        self.mail.mkdir(mode=0o700, exist_ok=True)
        if user is not None and group is not None:
            os.chown(self.mail, user, group)
        return os.open(self.mail, os.O_RDONLY | os.O_DIRECTORY)

    @contextmanager
    def up(self) -> Iterator[None]:
        """Held while `up` runs from this folder, by one process at a time; the kernel frees it whatever happens."""
        with (self.path / "up.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused(self._taken()) from None
            try:
                yield
            finally:
                self.note_running(None)

    def _taken(self) -> str:
        running = self.running() or {}
        where = f" at {running['url']}" if "url" in running else ""
        return (
            f"The portal already runs from {self.path}{where} (process {running.get('pid', 'unknown')}). "
            "Stop that one with Ctrl-C, or start another with its own --data and --port."
        )

    def note_running(self, url: str | None) -> None:
        """Leave word of who serves where, for the second `up` and for `doctor`."""
        note = {"pid": os.getpid()} | ({"url": url} if url else {})
        (self.path / "up.lock").write_text(json.dumps(note))

    def running(self) -> dict[str, str | int] | None:
        """Who runs `up` from here right now, or None."""
        try:
            with (self.path / "up.lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            with suppress(ValueError):
                note: dict[str, str | int] = json.loads((self.path / "up.lock").read_text())
                return note
            return {}
        return None

    @contextmanager
    def changing_database(self) -> Iterator[None]:
        """Held for the moment in which the private database is started or stopped."""
        with (self.path / "database.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def using_database(self) -> Iterator["Users"]:
        """Held, by any number of commands, as long as the private database must run."""
        with (self.path / "database.users").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield Users(file.fileno())


class Users:
    """The commands that use the private database at this moment, we among them."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def are_others(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
