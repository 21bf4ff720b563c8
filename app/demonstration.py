"""Whether the portal holds demonstration records: every page says so as long as it does."""

from app.reading import Reader

LAYERS = ("events", "capacities", "stock")

HELD = """
SELECT EXISTS (SELECT FROM capacities WHERE demonstration)
    OR EXISTS (SELECT FROM events WHERE demonstration)
    OR EXISTS (SELECT FROM stock_positions WHERE demonstration)"""


async def is_held(db: Reader) -> bool:
    """Asked again only after something has changed."""
    [(answer,)] = await db.held(HELD, LAYERS)
    return bool(answer)
