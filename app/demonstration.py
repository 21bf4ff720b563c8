"""Whether the portal holds demonstration records: every page says so as long as it does."""

from app.reading import Reader
from app.sql import Sql

LAYERS = ("events", "capacities", "stock")

HELD = """
SELECT EXISTS (SELECT FROM capacities WHERE demonstration)
    OR EXISTS (SELECT FROM events WHERE demonstration)
    OR EXISTS (SELECT FROM stock_positions WHERE demonstration)"""

_known: dict[tuple[int, ...], bool] = {}


async def is_held(db: Reader) -> bool:
    """Asked again only after something has changed."""
    version = db.versions.now.of(LAYERS)
    if not db.versions.listening or version not in _known:
        row = await db.row(Sql(HELD, {}))
        _known.clear()
        _known[version] = bool(row and row[0])
    return _known[version]
