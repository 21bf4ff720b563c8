"""`./portal texts`: bring every catalogue in frontend/locales up to date with the texts that stand in the code."""

import subprocess
import sys
import tempfile
from pathlib import Path

from app.commands.terminal import say

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "frontend" / "locales"


def collect_texts() -> None:
    """New texts come without a translation, texts that are gone go; no translation is guessed."""
    with tempfile.NamedTemporaryFile(suffix=".pot") as template:
        extract_to(Path(template.name))
        _pybabel(
            "update", "-D", "portal", "-d", str(LOCALES), "-i", template.name, "-N", "--ignore-obsolete", "-w", "120"
        )
    say("The texts in frontend/locales are those of the code; translate the empty ones.")


def extract_to(template: Path) -> None:
    options = ["-F", "pyproject.toml", "--no-location", "--sort-output", "-w", "120", "-k", "_", "--project", "portal"]
    _pybabel("extract", *options, "--ignore-dirs", "node_modules .* built", "-o", str(template), ".")


def _pybabel(*arguments: str) -> None:
    subprocess.run([str(Path(sys.executable).parent / "pybabel"), "-q", *arguments], cwd=ROOT, check=True)
