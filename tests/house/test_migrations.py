"""Migrations: numbered without a gap, one line, there and back, and nothing that the models have and they have not."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, NullPool, create_engine, text

from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from tests.conftest import ROOT, superuser

VERSIONS = sorted(path.name for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[Engine]:
    name = f"house_migrations_{os.getpid()}"
    cluster.create_database(name)
    engine = create_engine(sqlalchemy_url(cluster.url(name, OWNER)), poolclass=NullPool)
    yield engine
    with superuser(cluster) as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def alembic(engine: Engine, verb: str, *arguments: str) -> None:
    config = Config(ROOT / "alembic.ini")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        getattr(command, verb)(config, *arguments)


def what_there_is(engine: Engine) -> list[tuple[str, str]]:
    """Every table, function, index, sequence and trigger of ours."""
    statement = """
        SELECT 'relation', relname::text || relkind::text FROM pg_class c
        WHERE relnamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        UNION ALL SELECT 'function', oid::regprocedure::text FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        UNION ALL SELECT 'trigger', tgrelid::regclass || tgname FROM pg_trigger WHERE NOT tgisinternal
        ORDER BY 1, 2"""
    with engine.connect() as connection:
        return [(kind, name) for kind, name in connection.execute(text(statement))]


def test_revisions_are_numbered_without_a_gap_in_one_line() -> None:
    numbers = [name[:4] for name in VERSIONS]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    heads = ScriptDirectory.from_config(Config(ROOT / "alembic.ini")).get_heads()
    assert heads == [numbers[-1]]


def test_up_down_and_up_again_leave_the_same(empty: Engine) -> None:
    before = what_there_is(empty)
    alembic(empty, "upgrade", "head")
    first = what_there_is(empty)
    alembic(empty, "downgrade", "base")
    left = [thing for thing in what_there_is(empty) if thing not in before and "alembic_version" not in thing[1]]
    assert left == []
    alembic(empty, "upgrade", "head")
    assert what_there_is(empty) == first


def test_autogenerate_finds_nothing_left_over(empty: Engine) -> None:
    alembic(empty, "upgrade", "head")
    alembic(empty, "check")


@pytest.mark.parametrize("name", VERSIONS)
def test_a_migration_says_why_and_never_imports_the_application(name: str) -> None:
    source = Path(ROOT / "migrations" / "versions" / name).read_text()
    assert source.startswith('"""')
    assert "from app" not in source
    assert "import app" not in source
