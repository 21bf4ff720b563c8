"""Takes the demonstration out again: all of it, and nothing that people have put beside it."""

from sqlalchemy import text
from sqlalchemy.orm import Session

# in this order, since what comes first points at what comes later
STATEMENTS = {
    "equipment_profiles": "DELETE FROM equipment_profiles WHERE demonstration",
    "stock_counts": "DELETE FROM stock_counts WHERE demonstration",
    "stock_movements": "DELETE FROM stock_movements WHERE demonstration",
    "stock_reservations": """
        DELETE FROM stock_reservations
        WHERE demonstration AND NOT EXISTS (SELECT FROM stock_movements WHERE reservation_id = stock_reservations.id)""",
    "deployments": "DELETE FROM deployments WHERE demonstration",
    "offers": "DELETE FROM offers WHERE demonstration AND NOT EXISTS (SELECT FROM deployments WHERE offer_id = offers.id)",
    "requests": "DELETE FROM requests WHERE demonstration AND NOT EXISTS (SELECT FROM offers WHERE request_id = requests.id)",
    "minimum_levels": "DELETE FROM minimum_levels WHERE demonstration",
    "lots": """
        DELETE FROM lots USING stock_positions position
        WHERE position.id = position_id AND position.demonstration
          AND NOT EXISTS (SELECT FROM stock_movements WHERE lot_id = lots.id)
          AND NOT EXISTS (SELECT FROM stock_reservations WHERE lot_id = lots.id)""",
    "stock_positions": """
        DELETE FROM stock_positions
        WHERE demonstration AND NOT EXISTS (SELECT FROM lots WHERE position_id = stock_positions.id)""",
    "warehouses": """
        DELETE FROM warehouses
        WHERE demonstration AND NOT EXISTS (SELECT FROM stock_positions WHERE warehouse_code = code)""",
    "items": """
        DELETE FROM items
        WHERE demonstration AND NOT EXISTS (SELECT FROM stock_positions WHERE item_code = code)
          AND NOT EXISTS (SELECT FROM equipment_lines WHERE item_code = code)
          AND NOT EXISTS (SELECT FROM request_lines WHERE item_code = code)
          AND NOT EXISTS (SELECT FROM offer_lines WHERE item_code = code)""",
    "warnings": "DELETE FROM warnings WHERE demonstration",  # those of an event of the demonstration are
    "contacts": "DELETE FROM contacts WHERE demonstration",
    "capacities": """
        DELETE FROM capacities
        WHERE demonstration AND NOT EXISTS (SELECT FROM offer_lines WHERE capacity_id = capacities.id)""",
    "figures": "DELETE FROM figures USING events WHERE events.id = event_id AND demonstration",
    "events": "DELETE FROM events WHERE demonstration",
    "sources": """
        DELETE FROM sources
        WHERE code LIKE 'DEMO-%' AND NOT EXISTS (SELECT FROM figures WHERE source_id = sources.id)""",
    "webhooks": "DELETE FROM webhooks USING users WHERE users.id = created_by_id AND users.demonstration",
    "api_keys": "DELETE FROM api_keys USING users WHERE users.id = created_by_id AND users.demonstration",
    "users": "DELETE FROM users WHERE demonstration",
}


def remove_demonstration(db: Session) -> dict[str, int]:
    """How many rows went, by table."""
    return {table: len(db.execute(text(f"{delete} RETURNING 1")).all()) for table, delete in STATEMENTS.items()}
