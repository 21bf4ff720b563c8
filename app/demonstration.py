"""Whether the portal holds demonstration records that the asker may see: every page says so as long as it does."""

from app.permissions import By, asking, layers_seen, seen_everywhere
from app.reading import Reader

LAYERS = ("events", "capacities", "stock")

HELD = """
SELECT EXISTS (SELECT FROM capacities WHERE demonstration AND visibility IN ({seen}))
    OR EXISTS (SELECT FROM events WHERE demonstration AND visibility IN ({seen}))
    OR EXISTS (SELECT FROM stock_positions WHERE demonstration AND visibility IN ({seen}))"""


def held(by: By) -> str:
    """One statement for each audience, since its answer is kept."""
    return HELD.format(seen=", ".join(f"'{visibility}'" for visibility in seen_everywhere(by)))


async def is_held(db: Reader) -> bool:
    """Asked again only after something has changed."""
    by = asking()
    [(answer,)] = await db.held(held(by), layers_seen(by, LAYERS))
    return bool(answer)
