"""A disk without room: one clear line, and nothing half done is left behind."""

import resource
import subprocess
import sys

import pytest

from app.cluster import Cluster, ClusterError
from tests.operations.conftest import ROOT, environment


def test_a_database_is_not_begun_where_it_has_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr("app.cluster.server.BYTES_NEEDED", 1 << 60)
    with pytest.raises(ClusterError, match=r"The disk of .* is full: \d+ MB free, \d+ MB are needed\. Make room"):
        Cluster(tmp_path / "data").create()
    assert list((tmp_path / "data").iterdir()) == []


def test_a_backup_that_cannot_be_written_to_its_end_leaves_no_half_of_a_file(cluster, tmp_path):
    command = [sys.executable, "-m", "app.cli", "backup", "--data", str(cluster.data), str(tmp_path / "file")]
    refused = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 3, refused.stderr
    assert "pg_dump failed" in refused.stderr
    assert list(tmp_path.glob("file*")) == []
