"""Shared by the tests of announcements."""

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.announcements.happening import Happening
from tests.conftest import Cast


@pytest.fixture
def happening(client: TestClient, cast: Cast, db: Session) -> Happening:
    return Happening(client, cast, db)
