"""A database made ready for this version: its tables, the serving role's rights, the data."""

from pathlib import Path

from app.commands.database import open_database
from app.commands.migrate import load_data, migrate

ROOT = Path(__file__).parents[2]


def database(demo: bool) -> None:
    """Prepare the one that DATABASE_URL and DATABASE_OWNER_URL name."""
    with open_database(ROOT / ".portal") as prepared:
        migrate(prepared)
        load_data(prepared, demo=demo)
