"""A full disk: one clear line, whichever command meets it. The disk is one of 60 MB in a mount space of its own."""

import os
import subprocess
import sys

import pytest

from tests.operations.conftest import ROOT, environment

OWN_MOUNTS = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]


def on_a_small_disk(folder: str, script: str) -> subprocess.CompletedProcess[str]:
    if subprocess.run([*OWN_MOUNTS, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody make a mount space, so there is no small disk to fill")
    command = f'mount -t tmpfs -o size=60m none "{folder}" && {script}'
    return subprocess.run(
        [*OWN_MOUNTS, "sh", "-c", command], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )


def test_a_database_is_not_begun_where_it_has_no_room(tmp_path):
    up = f"{sys.executable} -m app.cli up --port 0 --data {tmp_path}/data; code=$?; ls {tmp_path}/data; exit $code"
    refused = on_a_small_disk(str(tmp_path), up)
    assert refused.returncode == 1
    assert f"The disk of {tmp_path}/data is full: 60 MB free, 400 MB are needed." in refused.stderr
    assert "postgres" not in refused.stdout.split()


def test_a_backup_that_finds_no_room_leaves_no_half_of_a_file(cluster, tmp_path):
    (tmp_path / "disk").mkdir()
    fill = f"head -c 100M /dev/zero >{tmp_path}/disk/fill 2>/dev/null; "
    backup = f"{sys.executable} -m app.cli backup --data '{cluster.data}' {tmp_path}/disk/file; code=$?; "
    refused = on_a_small_disk(str(tmp_path / "disk"), fill + backup + f"ls {tmp_path}/disk; exit $code")
    assert refused.returncode == 1
    assert "No space left on device" in refused.stderr
    assert refused.stdout.split() == ["fill"]
