"""The documents are true: settings, rooms, commands and every address that they show."""

import re
import subprocess
import sys

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from tests.conftest import ROOT

API = (ROOT / "docs" / "api.md").read_text()
EXAMPLES = re.findall(r"http://localhost:8000(/[^\s\"')]*)", API)


@pytest.mark.parametrize("address", EXAMPLES)
def test_every_address_in_the_partners_guide_answers(portal: TestClient, address: str) -> None:
    answer = portal.get(address)
    assert answer.status_code == 200, answer.text
    if "json" in answer.headers["content-type"]:
        body = answer.json()
        assert body.get("results") or body.get("features") or body.get("id"), "the example finds nothing"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", API, re.DOTALL))
def test_the_python_of_the_guide_runs(portal: TestClient, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    monkeypatch.setattr(httpx, "get", portal.get)
    exec(code, {})


def test_every_setting_is_explained_and_no_other() -> None:
    explained = set(re.findall(r"^#?\s?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert explained == {name.upper() for name in Settings.model_fields}


def test_the_readme_names_every_folder() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    named = set(re.findall(r"`(\w+)/`", (ROOT / "README.md").read_text()))
    assert folders - {"node_modules"} <= named


def test_the_architecture_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    modules = {path.stem for path in (ROOT / "app").iterdir() if not path.name.startswith(("_", "."))}
    assert {name for name in modules if f"`{name}" not in text} == set()


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "seed").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)} → {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#]+)", document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []


def test_operators_are_told_of_every_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "app.cli", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    commands = re.findall(r"^  ([a-z][a-z-]+) {2,}", shown.stdout, re.MULTILINE)
    guides = (ROOT / "docs" / "operations.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    assert len(commands) >= 12
    assert [command for command in commands if f"./portal {command}" not in guides] == []
