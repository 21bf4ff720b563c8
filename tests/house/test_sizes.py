"""The house stays readable: short functions, short files, guessable names, and SQL, commits and refusals at home."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = sorted(path for top in ("app", "seed", "bench") for path in (ROOT / top).rglob("*.py"))
FORBIDDEN = ("util", "helper", "common", "misc", "manager", "handler", "service")


def functions() -> Iterator[tuple[str, int]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_functions_are_short() -> None:
    sizes = dict(functions())
    assert statistics.median(sizes.values()) <= 8
    assert statistics.quantiles(sizes.values(), n=10)[-1] <= 25
    assert {name: size for name, size in sizes.items() if size > 50} == {}


def test_files_are_short() -> None:
    sizes = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in FILES}
    assert {name: size for name, size in sizes.items() if size > 400} == {}


def test_nobody_hides_behind_a_word_without_meaning() -> None:
    assert [str(path) for path in FILES if any(word in path.stem for word in FORBIDDEN)] == []


def test_every_module_says_what_lives_in_it() -> None:
    silent = [path for path in FILES if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def lines_with(pattern: str, *but: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in FILES
        if path.is_relative_to(ROOT / "app") and not any(part in str(path.relative_to(ROOT)) for part in but)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_a_transaction_is_opened_in_one_place() -> None:
    assert lines_with(r"\.commit\(|db\.begin\(", "app/db.py") == []


def test_only_errors_knows_status_codes() -> None:
    assert (
        lines_with(
            r"HTTPException|status_code=4",
            "app/errors.py",
            "app/static_files.py",
            "app/commands",
            "app/delivery/guard.py",
        )
        == []
    )


@pytest.mark.parametrize("room", sorted(path.name for path in (ROOT / "app").iterdir() if (path / "api.py").exists()))
def test_doors_leave_the_sql_to_queries(room: str) -> None:
    for door in ("api.py", "pages.py", "actions.py"):
        path = ROOT / "app" / room / door
        if path.exists():
            assert not re.search(r"\bSELECT\b|\bselect\(", path.read_text()), path


def test_templates_hold_no_script_style_or_handler() -> None:
    wrong = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", re.IGNORECASE)
    templates = (ROOT / "frontend" / "templates").rglob("*.html")
    assert [str(path.relative_to(ROOT)) for path in templates if wrong.search(path.read_text())] == []


def test_layout_speaks_of_start_and_end_never_of_left_and_right() -> None:
    physical = re.compile(
        r"(?<![\w-])(margin|padding|border)-(left|right)|(?<![\w-])(left|right)\s*:|text-align:\s*(left|right)|float:\s*(left|right)"
    )
    sheets = [path for path in (ROOT / "frontend" / "static" / "css").rglob("*.css") if isinstance(path, Path)]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sheets
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if physical.search(line) and "/*" not in line  # an exception says why on its own line
    ]
    assert found == []
