"""`backup` and `restore`: what was there is there again, all of it or nothing."""

from tests.operations.conftest import owner_of, portal, rows, wait_until


def test_a_restored_backup_is_the_database_of_that_time(cluster, tmp_path):
    here, file = owner_of(cluster.data), tmp_path / "a backup.dump"
    before = rows(here, "SELECT code, names FROM hazards ORDER BY code")
    written = portal("backup", file, "--data", cluster.data)
    assert written.returncode == 0, written.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    rows(here, 'UPDATE hazards SET names = names || \'{"en": "changed"}\'')
    restored = portal("restore", file, "--data", cluster.data)
    assert restored.returncode == 0, restored.stderr
    assert rows(here, "SELECT code, names FROM hazards ORDER BY code") == before
    assert rows(here, "SELECT datname FROM pg_database WHERE datname LIKE 'portal%'") == [("portal",)]
    assert rows(here, "SELECT has_table_privilege('portal', 'hazards', 'SELECT')") == [(True,)]


def test_what_was_kept_in_memory_is_not_taken_for_the_restored(cluster, tmp_path):
    here, versions = owner_of(cluster.data), "SELECT layer, sum(bumps) FROM layer_changes GROUP BY layer"
    portal("backup", tmp_path / "file", "--data", cluster.data)
    rows(here, 'UPDATE hazards SET names = names || \'{"en": "changed"}\'')
    changed = dict(rows(here, versions))
    portal("restore", tmp_path / "file", "--data", cluster.data)
    assert all(bumps > changed[layer] for layer, bumps in rows(here, versions))


def test_a_running_portal_goes_on_with_the_restored_data(up, data, tmp_path):
    running = up(data)
    assert running.is_ready()
    assert portal("backup", tmp_path / "file", "--data", data).returncode == 0
    restored = portal("restore", tmp_path / "file", "--data", data)
    assert restored.returncode == 0, restored.stderr
    wait_until("serving from the restored database", running.is_ready)


def test_a_backup_of_a_newer_version_is_refused_and_nothing_changes(cluster, tmp_path):
    here = owner_of(cluster.data)
    rows(here, "UPDATE alembic_version SET version_num = '9999'")
    portal("backup", tmp_path / "newer", "--data", cluster.data)
    rows(here, "UPDATE alembic_version SET version_num = '0001'")
    refused = portal("restore", tmp_path / "newer", "--data", cluster.data)
    assert refused.returncode == 1
    assert "revision 9999 is unknown here" in refused.stderr
    assert rows(here, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert rows(here, "SELECT datname FROM pg_database WHERE datname LIKE 'portal%'") == [("portal",)]


def test_a_file_that_is_no_backup_is_refused(cluster, tmp_path):
    (tmp_path / "file").write_text("nothing of the kind")
    refused = portal("restore", tmp_path / "file", "--data", cluster.data)
    assert refused.returncode == 1
    assert "does not appear to be a valid archive" in refused.stderr


def test_a_missing_file_is_said(cluster, tmp_path):
    refused = portal("restore", tmp_path / "nowhere", "--data", cluster.data)
    assert (refused.returncode, refused.stderr) == (1, f"There is no file {tmp_path}/nowhere.\n")


def test_a_backup_of_nothing_is_refused(tmp_path):
    refused = portal("backup", tmp_path / "file", "--data", tmp_path / "empty")
    assert refused.returncode == 1
    assert f"There is no database in {tmp_path}/empty yet" in refused.stderr
