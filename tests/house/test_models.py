"""The tables as the server knows them, without what tests and commands import besides."""

import subprocess
import sys

from tests.conftest import ROOT


def test_the_server_knows_every_table_that_foreign_keys_lead_to() -> None:
    """Whoever writes a row has SQLAlchemy put its tables in order; one that no room imports would stop it."""
    asked = "import app.main; from app.db import Base; Base.metadata.sorted_tables"
    subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=True)
