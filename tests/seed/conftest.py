"""Databases filled by the seed: one to read, and one of its own for a test that loads or removes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from tests.conftest import clone


@pytest.fixture(scope="session")
def seeded(cluster: Cluster, demo_database: str) -> Iterator[Session]:
    """The seed with its demonstration, to read."""
    engine = create_engine(sqlalchemy_url(cluster.url(demo_database, OWNER)))
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def own_demo(cluster: Cluster) -> Iterator[Engine]:
    """The seed with its demonstration, this test's own."""
    with clone(cluster, "demo") as name:
        engine = create_engine(sqlalchemy_url(cluster.url(name, OWNER)))
        yield engine
        engine.dispose()
