"""DATABASE_URL: what is asked of somebody else's server, and that many processes may start on it at once."""

import subprocess
import sys

import pytest

from app.cluster import OWNER, SUPERUSER, newest_binaries
from tests.operations.conftest import ROOT, environment, portal, rows

MIGRATED = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'capacities'"


def test_the_owner_migrates_and_the_serving_role_owns_nothing(outside):
    done = portal("migrate", **outside.settings())
    assert done.returncode == 0, done.stderr
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'"
    assert outside.run(owners, OWNER) == [("portal_owner",)]
    assert outside.run("SELECT count(*) FROM pg_class WHERE relowner = 'portal'::regrole") == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE hazards",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE hazards ADD COLUMN mine int",
        "UPDATE alembic_version SET version_num = '9999'",
        "DELETE FROM stock_movements",
        "UPDATE layer_changes SET bumps = 0",
    ],
)
def test_the_serving_role_may_not(outside_migrated, statement):
    with pytest.raises(Exception, match=r"permission denied|must be owner"):
        outside_migrated.run(statement, "portal")


@pytest.fixture(scope="module")
def outside_migrated(server):
    from tests.operations.conftest import Outside

    server.create_database("migrated")
    outside = Outside(server, "migrated")
    assert portal("migrate", **outside.settings()).returncode == 0
    return outside


def test_several_processes_starting_at_once_migrate_once(outside):
    command = [sys.executable, "-m", "app.cli", "migrate"]
    env = environment(**outside.settings())
    started = [subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate(timeout=120)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 4, said
    assert sum("Bringing the tables" in lines for lines in said) == 1


def test_up_serves_from_it_and_leaves_it_running(up, outside, tmp_path):
    running = up(tmp_path / "log", settings=outside.settings())
    assert running.is_ready()
    assert running.stop() == 130
    assert outside.run(MIGRATED) == [(1,)]
    assert not (tmp_path / "log" / "postgres").exists()


def test_a_restore_tells_an_owner_without_the_right_what_to_have_run(outside, tmp_path):
    settings = outside.settings()
    portal("migrate", **settings)
    portal("backup", tmp_path / "file", **settings)
    refused = portal("restore", tmp_path / "file", **settings)
    assert refused.returncode == 1
    explanation, *statements = refused.stderr.partition("portal_owner may not")[2].splitlines()
    assert "Have a superuser run this" in explanation
    psql = [newest_binaries()["psql"], "-X", "-q", "-v", "ON_ERROR_STOP=1", outside.server.url("postgres", SUPERUSER)]
    subprocess.run(psql, input="\n".join(statements), text=True, check=True)
    restored = portal("restore", tmp_path / "file", **settings)
    assert restored.returncode == 0, restored.stderr
    assert outside.run(MIGRATED, "portal") == [(1,)]


def test_a_missing_owner_is_said(outside):
    settings = outside.settings() | {"DATABASE_OWNER_URL": ""}
    assert "DATABASE_OWNER_URL is not" in refusal(settings)


def test_an_unreachable_server_is_said(outside):
    settings = outside.settings() | {"DATABASE_URL": "postgresql://portal@127.0.0.1:1/portal"}
    assert "DATABASE_URL does not lead to a database" in refusal(settings)


def test_serving_as_the_owner_is_refused(outside):
    assert "serve as a role that owns nothing" in refusal(outside.settings(serving=OWNER))


def test_serving_as_a_superuser_is_refused(outside):
    assert "is a superuser" in refusal(outside.settings(serving=SUPERUSER))


def test_an_owner_without_rights_is_told_what_to_run(outside):
    outside.run(f"ALTER DATABASE {outside.name} OWNER TO postgres")
    assert f"ALTER DATABASE {outside.name} OWNER TO portal_owner;" in refusal(outside.settings())


def test_missing_postgis_is_told_what_to_run(outside):
    outside.run("DROP EXTENSION postgis")
    assert "Have a superuser run in the database" in refusal(outside.settings())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("ENCODING 'UTF8' LOCALE 'C'", "cannot lower-case Cyrillic"),
        ("ENCODING 'SQL_ASCII' LOCALE 'C'", "is encoded in SQL_ASCII"),
    ],
)
def test_a_database_that_cannot_read_our_letters_is_refused(server, options, said):
    admin = server.url("postgres", SUPERUSER)
    rows(admin, f"CREATE DATABASE letters OWNER portal_owner TEMPLATE template0 {options}")
    settings = {"DATABASE_OWNER_URL": server.url("letters", OWNER), "DATABASE_URL": server.url("letters", "portal")}
    try:
        assert said in refusal(settings)
    finally:
        rows(admin, "DROP DATABASE letters WITH (FORCE)")


def refusal(settings: dict[str, str]) -> str:
    refused = portal("migrate", **settings)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1, refused.stderr
    return refused.stderr
