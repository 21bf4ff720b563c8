"""A DIR that another version of the portal or of PostgreSQL has made."""

import pytest

from app.cluster import DATABASE, OWNER, SUPERUSER, Cluster, newest_binaries
from app.commands import upgrade
from app.commands.migrate import known_revisions
from tests.operations.conftest import owner_of, portal, rows


def test_an_older_one_is_migrated(cluster):
    older, newest = known_revisions()[-2:]
    moved = portal("migrate", "--data", cluster.data)
    assert moved.returncode == 0
    downgrade(cluster, older)
    moved = portal("migrate", "--data", cluster.data)
    assert moved.returncode == 0, moved.stderr
    assert f"Bringing the tables from {older} to {newest}" in moved.stderr
    assert rows(owner_of(cluster.data), "SELECT version_num FROM alembic_version") == [(newest,)]


def test_a_newer_one_is_refused_and_left_as_it_is(cluster):
    rows(owner_of(cluster.data), "UPDATE alembic_version SET version_num = '9999'")
    refused = portal("up", "--data", cluster.data, "--port", "0")
    assert refused.returncode == 1
    assert "last used by a newer version of the portal (revision 9999 is unknown here)" in refused.stderr
    cluster.start()
    assert rows(owner_of(cluster.data), "SELECT version_num FROM alembic_version") == [("9999",)]


def test_an_older_postgresql_whose_programs_are_gone_is_refused_with_the_command(data):
    (data / "postgres" / "PG_VERSION").write_text("9\n")
    refused = portal("up", "--data", data, "--port", "0")
    assert refused.returncode == 1
    assert "This database was made by PostgreSQL 9, whose programs are not installed here" in refused.stderr
    assert "`apt-get install postgresql-9-postgis-3`" in refused.stderr


def test_the_content_moves_into_a_cluster_of_the_newer_postgresql(data):
    # one major version is all that a distribution carries, so the same one plays both parts
    cluster = upgrade.to_newest(Cluster(data), newest_binaries())
    cluster.start()
    assert rows(cluster.url(DATABASE, OWNER), "SELECT count(*) > 5 FROM hazards") == [(True,)]
    assert rows(cluster.url(DATABASE, SUPERUSER), "SHOW data_checksums") == [("on",)]
    cluster.stop()
    assert (data / f"postgres-{newest_binaries().major}-kept" / "PG_VERSION").exists()
    assert not (data / "upgrade").exists()


def downgrade(cluster: Cluster, revision: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    from app.db import sqlalchemy_url

    config = Config("alembic.ini")
    with create_engine(sqlalchemy_url(cluster.url(DATABASE, OWNER))).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("SHOW server_encoding", "UTF8"),
        ("SELECT datctype FROM pg_database WHERE datname = current_database()", "C.UTF-8"),
        ("SHOW listen_addresses", ""),
        ("SHOW data_checksums", "on"),
    ],
)
def test_the_private_server_is_set_up_for_our_letters_and_closed_to_the_network(cluster, question, answer):
    assert rows(cluster.url(DATABASE, SUPERUSER), question) == [(answer,)]
