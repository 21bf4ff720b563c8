"""`./portal` itself, the script a newcomer runs: what it says without installing or starting anything."""

import os
import subprocess
from pathlib import Path

from app.cli import portal as commands
from tests.operations.conftest import ROOT, environment


def script(*arguments: str, cwd: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "portal", *arguments],
        cwd=cwd,
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_alone_it_lists_every_command_there_is():
    listed = [line.split()[0] for line in script().stdout.splitlines() if line.startswith("  ")]
    names = {
        (each.name or each.callback.__name__).replace("_", "-")
        for each in commands.registered_commands
        if not each.hidden
    }
    assert set(listed) == names
    assert len(listed) == len(names)


def test_an_unknown_command_is_refused_with_the_list():
    refused = script("upp")
    assert refused.returncode == 1
    assert refused.stderr.endswith('There is no command "upp".\n')
    assert "  up  " in refused.stderr


def test_help_of_one_command_comes_without_installing_anything():
    explained = script("up", "--help")
    assert explained.returncode == 0
    assert "--workers" in explained.stdout


def test_it_may_be_called_from_anywhere_and_files_are_those_of_the_caller(tmp_path):
    refused = script("doctor", "--data", "my folder", cwd=tmp_path)
    assert f"Database: none in {tmp_path}/my folder yet" in refused.stderr


def test_it_is_one_executable_file_of_readable_length():
    assert os.access(ROOT / "portal", os.X_OK)
    assert len((ROOT / "portal").read_text().splitlines()) < 320
