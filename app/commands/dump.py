"""A database in one file and back, by pg_dump and pg_restore."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.commands.terminal import Refused

# An empty database already has these; only a superuser could make them, and they are not ours.
NOT_OURS = (" EXTENSION ", " COMMENT - EXTENSION", " TABLE DATA public spatial_ref_sys", " SCHEMA - public")


def dump(pg_dump: str, url: str, file: Path) -> None:
    """Write everything the owner sees into `file`, which appears only when it is whole."""
    part = file.with_name(file.name + ".part")
    try:
        part.touch(mode=0o600)
        _run([pg_dump, "--format=custom", "--schema=public", f"--file={part}", f"--dbname={url}"])
        part.replace(file)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)


def load(binaries: Callable[[str], str], url: str, file: Path) -> None:
    """Fill an empty database, extensions in place, from a file of `dump()`; everything belongs to the role of `url`."""
    contents = _run([binaries("pg_restore"), "--list", str(file)]).splitlines()
    ours = [line for line in contents if not any(part in line for part in NOT_OURS)]
    with tempfile.TemporaryDirectory(prefix="portal-restore-") as folder:
        chosen, script = Path(folder, "contents"), Path(folder, "script.sql")
        chosen.write_text("\n".join(ours))
        choice = ["--no-owner", "--no-privileges", f"--use-list={chosen}"]
        _run([binaries("pg_restore"), *choice, f"--file={script}", str(file)])
        # a function that sets a limit of pg_trgm can only be made in a session that has used it
        wake = ["-c", "SELECT show_trgm('')"]
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", "--output=/dev/null"]
        _run([binaries("psql"), *options, f"--dbname={url}", *wake, "-f", str(script)])
    _run([binaries("psql"), "--no-psqlrc", "--quiet", f"--dbname={url}", "-c", "ANALYZE"])  # a dump holds no statistics


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"}
        )
    except FileNotFoundError:
        raise Refused(f"{command[0]} is not installed: `apt-get install postgresql-client` brings it.") from None
    if done.returncode:
        program, reason = Path(command[0]).name, done.stderr.strip().splitlines()
        raise Refused(f"{program} failed: {reason[0] if reason else 'it gives no reason'}")
    return done.stdout
