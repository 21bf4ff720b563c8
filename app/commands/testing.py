"""`./portal test`: style, types, the direction of imports, then the tests themselves."""

import os
import subprocess
import sys
from pathlib import Path

from app.commands.terminal import say

ROOT = Path(__file__).parents[2]
# Names of the outside world that must not reach a test: it works on a throwaway cluster only.
NOT_FOR_TESTS = ("DATABASE_URL", "DATABASE_OWNER_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "RATE_LIMIT")
CHECKS = {
    "Style (ruff)": ["ruff", "check"],
    "Format (ruff)": ["ruff", "format", "--check"],
    "Types (mypy)": ["mypy"],
    "Imports (import-linter)": ["lint-imports"],
}


def run_tests(arguments: list[str]) -> int:
    """Everything when nothing is named; arguments choose tests and then only those run. The first failure's code."""
    if arguments:
        say("Arguments choose the tests, so style, types and imports are not checked; plain `./portal test` does all.")
        return _run(["pytest", *arguments])
    results = [_check(name, command) for name, command in CHECKS.items()]
    results.append(_run(["pytest", "-n", "auto"]))
    return next((code for code in results if code), 0)


def _check(name: str, command: list[str]) -> int:
    done = subprocess.run(_own(command), cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False)
    say(f"{name}: {'fine' if done.returncode == 0 else 'not right'}")
    if done.returncode:
        say(done.stdout + done.stderr)
    return done.returncode


def _run(command: list[str]) -> int:
    return subprocess.run(_own(command), cwd=ROOT, env=_environment(), check=False).returncode


def _own(command: list[str]) -> list[str]:
    return [str(Path(sys.executable).parent / command[0]), *command[1:]]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in NOT_FOR_TESTS}
    return kept | {"PYTHONPATH": str(ROOT)}
