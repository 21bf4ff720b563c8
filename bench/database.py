"""The database by itself: pgbench runs the portal's own statements, prepared, with eight clients."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from app.cluster import Cluster
from app.reading import OPTIONS
from app.sql import Sql
from bench.cases import Question

CLIENTS = 8
SCRIPTS = 32  # pgbench knows no lists: each question is a script of its own, planned once by each client


def run(cluster: Cluster, questions: Sequence[Question], seconds: float) -> float:
    """Statements a second."""
    with TemporaryDirectory() as folder:
        arguments = [argument for n, question in enumerate(questions[:SCRIPTS])
                     for argument in script(question.sql, n, Path(folder))]  # fmt: skip
        command = [
            program(cluster),
            "-n",
            "-M",
            "prepared",
            "-c",
            str(CLIENTS),
            "-j",
            "2",
            "-T",
            str(round(seconds)),
            *arguments,
        ]
        done = subprocess.run(
            [*command, cluster.url()], env={"PGOPTIONS": OPTIONS}, capture_output=True, text=True, check=False
        )
    found = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
    if done.returncode or not found:
        raise RuntimeError(done.stderr)
    return float(found[1])


def program(cluster: Cluster) -> str:
    beside = Path(cluster.binaries["pgbench"])
    return str(beside) if beside.exists() else shutil.which("pgbench") or "pgbench"


def script(statement: Sql, number: int, folder: Path) -> list[str]:
    """Arguments for pgbench: a file with the statement, and its values as variables that no other file shares."""
    text, arguments = statement.text, []
    for name, value in statement.values.items():
        text = re.sub(rf"%\({name}\)s", f":q{number}_{name}", text)
        arguments += ["-D", f"q{number}_{name}={literal(value)}"]
    file = folder / f"{number}.sql"
    file.write_text(text.replace("%%", "%").strip() + ";\n")
    return [*arguments, "-f", str(file)]


def literal(value: object) -> str:
    """A value as PostgreSQL reads it from text."""
    if isinstance(value, list):
        return "{" + ",".join(str(part) for part in value) + "}"
    return str(value)
